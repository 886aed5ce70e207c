//! Which steps calls can come to: never (W1), after the caller has gone (R305), on a line that is never
//! answered (R304), and flows that are called and do not come back (R307).

use std::collections::BTreeMap;

use super::graph::{Graph, Node, To};
use super::walk::{At, Change, Root, Walk};
use super::{Around, Found};
use crate::flow::Use;
use crate::step::{Answers, Onward, Setting};
use crate::words;

/// Nothing need be known of the call.
struct Anything;

impl Change<()> for Anything {
    fn after(&self, _: &Node<'_>, _: &str, (): ()) {}
}

/// What follows a step that answers is no business of a line that is never answered.
struct UntilAnswered;

impl Change<()> for UntilAnswered {
    fn after(&self, _: &Node<'_>, _: &str, (): ()) {}

    fn passes(&self, node: &Node<'_>) -> bool {
        !answers(node)
    }
}

/// What follows a step that cannot run without a caller never comes.
struct UntilRefused;

impl Change<()> for UntilRefused {
    fn after(&self, _: &Node<'_>, _: &str, (): ()) {}

    fn passes(&self, node: &Node<'_>) -> bool {
        node.step.runs_after_hangup()
    }
}

pub(super) fn check(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    let after_hangup = after_hangup_roots(graph);
    let flows = (0..graph.flow_count()).map(At::Flow);
    let all = flows.chain(after_hangup.iter().map(|node| At::Node(*node)));
    let walk = Walk::new(graph, all.map(|at| Root { at, state: () }), &Anything);
    let lost = never_coming_back(graph, &walk, found);
    unreached(graph, &walk, &lost, found);
    without_caller(graph, &after_hangup, found);
    never_answered(graph, with.uses, found);
}

/// Steps whose called flow never comes back, so that `next` never happens; returns their flows.
fn never_coming_back(graph: &Graph<'_>, walk: &Walk<()>, found: &mut Found<'_>) -> Vec<usize> {
    let back = walk.coming_back();
    let mut flows = Vec::new();
    for node in walk.nodes() {
        let node = &graph.nodes[node];
        let Onward::Through(name) = node.facts.onward else {
            continue;
        };
        if node.sends_to.is_none_or(|flow| back.contains(&flow)) || !graph.is_whole() {
            continue;
        }
        flows.push(node.flow);
        let span = node.step.reading.settings.get("flow");
        let span = span.map_or_else(|| node.header(), |(_, span)| span.clone());
        let message = words!(
            "the flow \"{name}\" never comes back, so \"next\" never happens",
            "le flux « {name} » ne revient jamais : « next » n'arrive jamais"
        );
        let reader = found.of(node.flow);
        let problem = reader.source.error("R307", span, message);
        reader.keep(problem.remedy(words!(
            "end \"{name}\" with a step do = \"return\", or go there for good with do = \"goto\"",
            "terminez « {name} » par une étape do = \"return\", ou allez-y sans retour par do = \"goto\""
        )));
    }
    flows
}

fn unreached(graph: &Graph<'_>, walk: &Walk<()>, lost: &[usize], found: &mut Found<'_>) {
    let seen = walk.nodes();
    for (index, node) in graph.nodes.iter().enumerate() {
        if seen.contains(&index) || lost.contains(&node.flow) || graph.has_holes(node.flow) {
            continue;
        }
        let reader = found.of(node.flow);
        if reader.has_room() {
            let name = &node.step.name;
            let message = words!(
                "the step \"{name}\" is never reached",
                "aucun chemin ne mène à l'étape « {name} »"
            );
            let problem = reader.source.warning("W1", node.header(), message);
            reader.keep(problem.remedy(words!(
                "lead a way to it, or remove it",
                "menez-y un chemin, ou supprimez-la"
            )));
        }
    }
}

/// Where calls go on once the caller has gone: `on_hangup` of the flows, and ways of that name.
fn after_hangup_roots(graph: &Graph<'_>) -> Vec<usize> {
    let flows = (0..graph.flow_count()).filter_map(|flow| graph.on_hangup(flow));
    let ways = graph.nodes.iter().flat_map(|node| &node.exits);
    let ways = ways.filter_map(|exit| match exit.to {
        To::Node(next) if exit.way == "on.hangup" => Some(next),
        _ => None,
    });
    flows.chain(ways).collect()
}

fn without_caller(graph: &Graph<'_>, roots: &[usize], found: &mut Found<'_>) {
    let roots = roots.iter().map(|node| Root {
        at: At::Node(*node),
        state: (),
    });
    let walk = Walk::new(graph, roots, &UntilRefused);
    let mut told = std::collections::BTreeSet::new();
    for (spot, at) in walk.spots.iter().enumerate() {
        let node = &graph.nodes[at.node];
        if node.step.runs_after_hangup() || !told.insert(at.node) {
            continue;
        }
        let (name, verb) = (&node.step.name, node.verb.name);
        let path = walk.path(graph, spot, node.flow);
        let reader = found.of(node.flow);
        let message = words!(
            "\"{name}\" may run after the caller has hung up",
            "« {name} » peut arriver après que l'appelant a raccroché"
        );
        let problem = reader.source.error("R305", node.header(), message);
        let problem = problem.label(words!(
            "\"{verb}\" needs a caller",
            "« {verb} » a besoin de quelqu'un au bout du fil"
        ));
        reader.keep(problem.note(words!(
            "path: on_hangup -> {path}",
            "chemin : on_hangup -> {path}"
        )));
    }
}

/// Steps that would answer a line that is never answered.
fn never_answered(graph: &Graph<'_>, uses: &[Use], found: &mut Found<'_>) {
    let mut lines: BTreeMap<usize, &Use> = BTreeMap::new();
    for line in uses.iter().filter(|line| line.never_answered) {
        if let Some(flow) = graph.flow(&line.flow) {
            lines.entry(flow).or_insert(line);
        }
    }
    let roots = lines.keys().map(|flow| Root {
        at: At::Flow(*flow),
        state: (),
    });
    let walk = Walk::new(graph, roots, &UntilAnswered);
    let mut told = std::collections::BTreeSet::new();
    for (spot, at) in walk.spots.iter().enumerate() {
        let node = &graph.nodes[at.node];
        if !answers(node) || !told.insert(at.node) {
            continue;
        }
        let mut first = spot;
        while let Some((before, _)) = walk.before(first) {
            first = before;
        }
        let from = graph.nodes[walk.spots[first].node].flow;
        let Some(line) = lines.get(&from).map(|line| &line.line) else {
            continue;
        };
        let (name, verb) = (&node.step.name, node.verb.name);
        let reader = found.of(node.flow);
        let message = words!(
            "the line \"{line}\" is never answered, and \"{name}\" would answer it",
            "la ligne « {line} » ne décroche jamais, et « {name} » décrocherait"
        );
        let problem = reader.source.error("R304", node.header(), message);
        let problem = problem.label(words!(
            "\"{verb}\" needs an answered call",
            "« {verb} » a besoin d'un appel décroché"
        ));
        reader.keep(problem.remedy(words!(
            "refuse the call with do = \"reject\", or remove  answer = \"never\"  from [line.{line}]",
            "refusez l'appel par do = \"reject\", ou retirez  answer = \"never\"  de [line.{line}]"
        )));
    }
}

fn answers(node: &Node<'_>) -> bool {
    let settings = &node.step.reading.settings;
    match node.verb.answers {
        Answers::First | Answers::WhenReached => true,
        Answers::UnlessEarly => !matches!(settings.get("early"), Some((Setting::YesNo(true), _))),
        Answers::WhenSpeaking => {
            settings.contains_key("prompt") || settings.contains_key("mailbox")
        }
        Answers::No => false,
    }
}
