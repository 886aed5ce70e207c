//! Loops that turn without the caller (R303): in one no step waits for anybody; in the other all wait,
//! and a caller who does nothing goes round.

use std::collections::{BTreeSet, VecDeque};

use super::Found;
use super::graph::{Exit, Graph, Node, To};
use super::walk::{At, Change, Root, Walk};
use crate::step::Onward;
use crate::words;
use crate::words::Words;

/// Calls that come to a step which waits for the caller are let go.
struct WithoutWaiting;

impl Change<()> for WithoutWaiting {
    fn after(&self, _: &Node<'_>, _: &str, (): ()) {}

    fn passes(&self, node: &Node<'_>) -> bool {
        !node.step.waits()
    }
}

pub(super) fn check(graph: &Graph<'_>, found: &mut Found<'_>) {
    let flows = (0..graph.flow_count()).map(|flow| Root {
        at: At::Flow(flow),
        state: (),
    });
    // Flows that come back without having waited: the loop goes on behind them.
    let passed = Walk::new(graph, flows, &WithoutWaiting).coming_back();
    let near = distances(graph);
    let nexts = |node: usize| nexts(graph, node, &passed);
    search(graph, nexts, |way| {
        told(graph, (way, &near), found, &without_input, &remedy());
    });
    search(
        graph,
        |node| silent_next(graph, node),
        |way| {
            let waits = way.iter().any(|node| graph.nodes[*node].step.waits());
            let ends = |node: &usize| graph.nodes[*node].step.ways.contains_key("on.too_often");
            if waits && !way.iter().any(ends) {
                told(
                    graph,
                    (way, &near),
                    found,
                    &doing_nothing,
                    &remedy_for_silence(),
                );
            }
        },
    );
}

/// How many steps lie before each step, along the shortest way from the start of a flow.
fn distances(graph: &Graph<'_>) -> Vec<usize> {
    let starts = (0..graph.flow_count()).filter_map(|flow| graph.start(flow));
    let mut waiting: VecDeque<(usize, usize)> = starts.map(|node| (node, 0)).collect();
    let mut distances = vec![usize::MAX; graph.nodes.len()];
    while let Some((index, distance)) = waiting.pop_front() {
        if distances[index] == usize::MAX {
            distances[index] = distance;
            let exits = graph.nodes[index].exits.iter();
            let nexts = exits.filter_map(|exit| target(exit.to));
            waiting.extend(nexts.map(|next| (next, distance + 1)));
        }
    }
    distances
}

/// Where a call goes from a step that does not wait.
fn nexts(graph: &Graph<'_>, index: usize, passed: &BTreeSet<usize>) -> Vec<usize> {
    let node = &graph.nodes[index];
    if node.step.waits() {
        return Vec::new();
    }
    let through = matches!(node.facts.onward, Onward::Through(_));
    let open = |exit: &&Exit| {
        !through || exit.way != "next" || node.sends_to.is_some_and(|flow| passed.contains(&flow))
    };
    let exits = node.exits.iter().filter(open);
    let mut nexts: Vec<usize> = exits.filter_map(|exit| target(exit.to)).collect();
    nexts.extend(node.sends_to.and_then(|flow| graph.start(flow)));
    nexts.sort_unstable();
    nexts.dedup();
    nexts
}

/// Where a caller who presses nothing and says nothing comes to for certain; nothing where that is
/// decided by something else.
fn silent_next(graph: &Graph<'_>, index: usize) -> Vec<usize> {
    let node = &graph.nodes[index];
    if node.step.waits() {
        let silent = |word: &str| {
            let way = format!("on.{word}");
            let exit = node.exits.iter().find(|exit| exit.way == way);
            exit.and_then(|exit| target(exit.to))
        };
        return SILENT.into_iter().find_map(silent).into_iter().collect();
    }
    match (node.exits.as_slice(), node.facts.onward) {
        ([only], Onward::Nowhere) => target(only.to).into_iter().collect(),
        ([], Onward::Goto(_)) => {
            let start = node.sends_to.and_then(|flow| graph.start(flow));
            start.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn target(to: To) -> Option<usize> {
    match to {
        To::Node(node) => Some(node),
        To::End | To::Failure | To::Unknown => None,
    }
}

/// Depth first, without recursion: a step met again while still on the way closes a loop, which is
/// handed to `tell` from its first step on.
fn search(graph: &Graph<'_>, nexts: impl Fn(usize) -> Vec<usize>, mut tell: impl FnMut(&[usize])) {
    let starts = (0..graph.flow_count()).flat_map(|flow| {
        let roots = [
            graph.start(flow),
            graph.on_error(flow),
            graph.on_hangup(flow),
        ];
        roots.into_iter().flatten()
    });
    let count = graph.nodes.len();
    let mut place: Vec<Place> = vec![Place::New; count];
    for root in starts.chain(0..count) {
        if place[root] != Place::New {
            continue;
        }
        let mut way = vec![root];
        let mut rest = vec![nexts(root)];
        place[root] = Place::OnWay(0);
        while let Some(open) = rest.last_mut() {
            let Some(next) = open.pop() else {
                rest.pop();
                if let Some(done) = way.pop() {
                    place[done] = Place::Done;
                }
                continue;
            };
            match place[next] {
                Place::Done => {}
                Place::OnWay(from) => tell(&way[from..]),
                Place::New => {
                    place[next] = Place::OnWay(way.len());
                    way.push(next);
                    rest.push(nexts(next));
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    New,
    /// On the way now, at this position.
    OnWay(usize),
    Done,
}

/// Tells a loop where its last step leads back to its first.
fn told(
    graph: &Graph<'_>,
    (way, near): (&[usize], &[usize]),
    found: &mut Found<'_>,
    message: &dyn Fn(&str) -> Words,
    remedy: &Words,
) {
    // The circle is entered at its step nearest to the start; the way back to that one closes it.
    let nearest = (0..way.len())
        .min_by_key(|at| (near[way[*at]], way[*at]))
        .unwrap_or(0);
    let mut way = way.to_vec();
    way.rotate_left(nearest);
    let (Some(first), Some(last)) = (way.first(), way.last()) else {
        return;
    };
    let node = &graph.nodes[*last];
    let mut path: Vec<String> = way
        .iter()
        .take(MAX_SHOWN)
        .map(|step| graph.shown(*step, node.flow))
        .collect();
    if way.len() > MAX_SHOWN {
        path.push("…".to_owned());
    }
    path.push(graph.shown(*first, node.flow));
    let path = path.join(" -> ");
    let closing = node
        .exits
        .iter()
        .find(|exit| target(exit.to) == Some(*first));
    let written = closing.and_then(|exit| node.step.ways.get(&exit.way));
    let sent = node.step.reading.settings.get("flow");
    let span = written
        .map(|(_, span)| span)
        .or_else(|| sent.map(|(_, span)| span));
    let span = span.cloned().unwrap_or_else(|| node.header());
    let name = graph.shown(*first, node.flow);
    let reader = found.of(node.flow);
    let problem = reader.source.error("R303", span, message(&name));
    let problem = problem.note(words!("path: {path}", "chemin : {path}"));
    reader.keep(problem.remedy(remedy.clone()));
}

fn without_input(name: &str) -> Words {
    words!(
        "this leads back to \"{name}\" in a loop without input from the caller",
        "ceci ramène à « {name} » dans une boucle où l'appelant n'a rien à faire"
    )
}

fn remedy() -> Words {
    words!(
        "put a menu or a voicemail into the loop, or lead this elsewhere",
        "mettez un menu ou une messagerie dans la boucle, ou menez ceci ailleurs"
    )
}

fn doing_nothing(name: &str) -> Words {
    words!(
        "a caller who presses nothing comes back to \"{name}\" again and again",
        "l'appelant qui n'appuie sur rien revient sans fin à « {name} »"
    )
}

fn remedy_for_silence() -> Words {
    words!(
        "lead a caller who does nothing to a voicemail or to the end",
        "menez l'appelant qui ne fait rien à une messagerie ou à la fin"
    )
}

/// Outcomes of steps that wait, when nothing comes, the most telling first.
const SILENT: [&str; 4] = ["no_input", "give_up", "empty", "no"];
/// Steps of a loop that are shown.
const MAX_SHOWN: usize = 12;
