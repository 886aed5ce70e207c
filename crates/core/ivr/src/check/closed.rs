//! Choices offered while closed that leave nothing behind (W6): the caller chose, and nobody will know.

use std::collections::{BTreeSet, VecDeque};

use super::Found;
use super::graph::{Graph, Node, To};
use crate::step::{Kind, Onward};
use crate::words;

pub(super) fn check(graph: &Graph<'_>, found: &mut Found<'_>) {
    let useful = useful(graph);
    let mut told = BTreeSet::new();
    for index in closed(graph) {
        let node = &graph.nodes[index];
        for exit in node
            .exits
            .iter()
            .filter(|exit| exit.way.starts_with("press."))
        {
            let To::Node(next) = exit.to else { continue };
            if useful[next] || !told.insert((index, exit.way.clone())) {
                continue;
            }
            let target = graph.shown(next, node.flow);
            let way = &exit.way;
            let written = node.step.ways.get(way).map(|(_, span)| span.clone());
            let reader = found.of(node.flow);
            let message = words!(
                "this choice, offered when closed, leaves nothing behind",
                "ce choix, proposé quand c'est fermé, ne laisse aucune trace"
            );
            let span = written.unwrap_or_else(|| node.header());
            let problem = reader.source.warning("W6", span, message);
            let problem = problem.label(words!(
                "after \"{target}\" there is no message, no callback, no text",
                "après « {target} », ni message, ni rappel, ni texto"
            ));
            reader.keep(problem.remedy(words!(
                "lead it to a voicemail or a callback",
                "menez-le à une messagerie ou à un rappel"
            )));
        }
    }
}

/// Steps from which some way leaves something behind.
fn useful(graph: &Graph<'_>) -> Vec<bool> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut useful = vec![false; graph.nodes.len()];
    let mut waiting = VecDeque::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        for next in nexts(graph, node) {
            before[next].push(index);
        }
        let leaves = node
            .exits
            .iter()
            .any(|exit| node.leaves_something(&exit.way));
        // What follows a return is the business of the flow that called.
        let unknown = node.step.work.is_none() || node.facts.onward == Onward::Back;
        let unknown = unknown || node.exits.iter().any(|exit| exit.to == To::Unknown);
        if leaves || unknown {
            useful[index] = true;
            waiting.push_back(index);
        }
    }
    while let Some(index) = waiting.pop_front() {
        for earlier in &before[index] {
            if !useful[*earlier] {
                useful[*earlier] = true;
                waiting.push_back(*earlier);
            }
        }
    }
    useful
}

fn nexts(graph: &Graph<'_>, node: &Node<'_>) -> Vec<usize> {
    let exits = node.exits.iter().filter_map(|exit| match exit.to {
        To::Node(next) => Some(next),
        To::End | To::Failure | To::Unknown => None,
    });
    let sent = node.sends_to.and_then(|flow| graph.start(flow));
    exits.chain(sent).collect()
}

/// Steps that calls come to while a calendar is closed, before they are asked for another one.
fn closed(graph: &Graph<'_>) -> BTreeSet<usize> {
    let asks_hours = |node: &Node<'_>| {
        let known = node.verb.keys.iter().any(|key| key.kind == Kind::Calendar);
        known && node.exits.iter().any(|exit| exit.way == "on.open")
    };
    let mut waiting = Vec::new();
    for node in graph.nodes.iter().filter(|node| asks_hours(node)) {
        let shut = node
            .exits
            .iter()
            .filter(|exit| !OPEN.contains(&exit.way.as_str()));
        let nodes = shut.filter_map(|exit| match exit.to {
            To::Node(next) => Some(next),
            To::End | To::Failure | To::Unknown => None,
        });
        waiting.extend(nodes);
    }
    let mut seen = BTreeSet::new();
    while let Some(index) = waiting.pop() {
        let node = &graph.nodes[index];
        if seen.insert(index) && !asks_hours(node) {
            waiting.extend(nexts(graph, node));
        }
    }
    seen
}

/// Ways out of a question for the hours that mean open, or nearly.
const OPEN: [&str; 4] = ["on.open", "on.soon", "on.error", "on.too_often"];
