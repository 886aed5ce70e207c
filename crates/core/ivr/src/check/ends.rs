//! No path ends without a word (R301): whoever hangs up on a caller has said something last, or the
//! caller has left something behind.

use std::collections::BTreeSet;

use super::graph::{Graph, Node};
use super::walk::{At, Change, Root, Walk};
use super::{Around, Found};
use crate::step::Onward;
use crate::words;
use crate::words::Words;

/// Whether the caller has had a last word.
struct LastWord;

impl Change<bool> for LastWord {
    fn after(&self, node: &Node<'_>, way: &str, before: bool) -> bool {
        // Of a flow that cannot be judged, the best is assumed.
        let unknown = matches!(node.facts.onward, Onward::Through(_)) && node.sends_to.is_none();
        unknown || node.consoles(way, before)
    }

    fn failed(&self, _: bool) -> bool {
        false
    }
}

pub(super) fn check(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    let walk = Walk::new(graph, starts(graph, with, false), &LastWord);
    let mut told = BTreeSet::new();
    for (spot, way) in &walk.ends {
        let (index, said) = (walk.spots[*spot].node, walk.spots[*spot].state);
        let node = &graph.nodes[index];
        match (way, node.facts.onward) {
            (Some(way), _)
                if !LastWord.after(node, way, said) && told.insert((index, way.clone())) =>
            {
                let label = words!("{way} ends the call", "{way} met fin à l'appel");
                let path = walk.path(graph, *spot, node.flow);
                let reader = found.of(node.flow);
                let problem = reader.source.error("R301", node.header(), without_a_word());
                let problem = problem.label(label).remedy(words!(
                    "add  {way} = \"STEP\"  with a step that says something",
                    "ajoutez  {way} = \"ÉTAPE\"  vers une étape qui dit quelque chose"
                ));
                reader.keep(problem.note(words!("path: {path}", "chemin : {path}")));
            }
            (None, Onward::End { worded: false }) if !said => {
                silent_ends(graph, &walk, *spot, (&mut told, found));
            }
            (None, Onward::Back)
                if !said && graph.is_whole() && told.insert((index, String::new())) =>
            {
                returns_nowhere(graph, &walk, *spot, found);
            }
            _ => {}
        }
    }
    if !walk.is_complete {
        tangled(graph, found);
    }
}

/// Every flow that something else than a flow starts, with `state`.
pub(super) fn starts<S: Copy>(
    graph: &Graph<'_>,
    with: Around<'_>,
    state: S,
) -> impl Iterator<Item = Root<S>> {
    let started = |name: &rappel_model::FlowName| {
        with.uses.iter().any(|line| line.flow == *name)
            || with.around.on_error.as_ref() == Some(name)
    };
    let roots = graph.roots(started).into_iter().enumerate();
    let roots: Vec<_> = roots.filter(|(_, is_root)| *is_root).collect();
    roots.into_iter().map(move |(flow, _)| Root {
        at: At::Flow(flow),
        state,
    })
}

fn without_a_word() -> Words {
    words!(
        "this path ends without a word",
        "ce chemin se termine sans un mot"
    )
}

/// A `hangup` that says nothing, told at each way that leads to it.
fn silent_ends(
    graph: &Graph<'_>,
    walk: &Walk<bool>,
    end: usize,
    (told, found): (&mut BTreeSet<(usize, String)>, &mut Found<'_>),
) {
    let last = walk.spots[end].node;
    for (before, way) in walk.into(end) {
        let index = walk.spots[before].node;
        // A way that is not written goes where a written one goes, and that one is told.
        let written = graph.nodes[index].step.ways.contains_key(way);
        if written && told.insert((index, way.to_owned())) {
            let path = walk.path_on(graph, (before, way), last, graph.nodes[index].flow);
            silent_way(graph, (index, way), last, (path, found));
        }
    }
    if walk.before(end).is_none() && told.insert((last, String::new())) {
        let index = last;
        let last = &graph.nodes[index];
        let reader = found.of(last.flow);
        let problem = reader.source.error("R301", last.header(), without_a_word());
        let failed = graph.on_error(last.flow) == Some(index);
        let problem = problem.label(if failed {
            words!(
                "when a step fails, the call ends here",
                "quand une étape échoue, l'appel se termine ici"
            )
        } else {
            words!(
                "the call is answered by nobody and refused by nobody",
                "personne ne répond à l'appel ni ne le refuse"
            )
        });
        reader.keep(problem.remedy(words!(
            "use do = \"reject\", or add a prompt",
            "écrivez do = \"reject\", ou ajoutez une phrase (prompt)"
        )));
    }
}

fn silent_way(
    graph: &Graph<'_>,
    (index, way): (usize, &str),
    last: usize,
    (path, found): (String, &mut Found<'_>),
) {
    let node = &graph.nodes[index];
    let name = graph.shown(last, node.flow);
    let reader = found.of(node.flow);
    let at = node.step.ways.get(way).map(|(_, span)| span.clone());
    let (message, span) = (without_a_word(), at.unwrap_or_else(|| node.header()));
    let problem = reader.source.error("R301", span, message);
    let problem = problem.label(words!(
        "{way} leads to \"{name}\", which says nothing",
        "{way} mène à « {name} », qui ne dit rien"
    ));
    let problem = problem.note(words!("path: {path}", "chemin : {path}"));
    reader.keep(problem.remedy(words!(
        "lead {way} to a step that says something, or give \"{name}\" a prompt",
        "menez {way} à une étape qui dit quelque chose, ou donnez à « {name} » une phrase (prompt)"
    )));
}

/// A `return` where no flow waits.
fn returns_nowhere(graph: &Graph<'_>, walk: &Walk<bool>, end: usize, found: &mut Found<'_>) {
    let node = &graph.nodes[walk.spots[end].node];
    let path = walk.path(graph, end, node.flow);
    let reader = found.of(node.flow);
    let problem = reader.source.error("R301", node.header(), without_a_word());
    let problem = problem.label(words!(
        "no flow called this one: here the call ends",
        "aucun flux n'a appelé celui-ci : l'appel se termine ici"
    ));
    let problem = problem.note(words!("path: {path}", "chemin : {path}"));
    reader.keep(problem.remedy(words!(
        "say something before, or call this flow by a step with do = \"flow\"",
        "dites quelque chose avant, ou appelez ce flux par une étape do = \"flow\""
    )));
}

/// Flows so entangled that not every way can be followed.
fn tangled(graph: &Graph<'_>, found: &mut Found<'_>) {
    let first = (0..graph.flow_count()).find_map(|flow| graph.draft(flow).map(|d| (flow, d)));
    if let Some((flow, draft)) = first {
        let message = words!(
            "the flows call each other in more ways than can be followed",
            "les flux s'appellent de plus de façons qu'on ne peut en suivre"
        );
        found.of(flow).error("R701", draft.header.clone(), message);
    }
}
