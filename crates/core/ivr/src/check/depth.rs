//! How deep calls go: flows within flows (R704), menus behind menus (W3).

use std::collections::{BTreeSet, VecDeque};

use super::Found;
use super::graph::{Graph, To};
use crate::step::{Onward, Presence};
use crate::words;

pub(super) fn check(graph: &Graph<'_>, found: &mut Found<'_>) {
    nested_flows(graph, found);
    deep_menus(graph, found);
}

/// A flow, how many flows wait for it, and the step that sent calls there.
struct Level {
    flow: usize,
    depth: usize,
    from: Option<(usize, usize)>,
}

/// Follows calls of flows down to the first that would be too deep.
fn nested_flows(graph: &Graph<'_>, found: &mut Found<'_>) {
    let mut sends: Vec<Vec<usize>> = vec![Vec::new(); graph.flow_count()];
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.sends_to.is_some() {
            sends[node.flow].push(index);
        }
    }
    let roots = 0..graph.flow_count();
    let mut levels: Vec<Level> = roots
        .map(|flow| Level {
            flow,
            depth: 0,
            from: None,
        })
        .collect();
    let mut seen: BTreeSet<(usize, usize)> = levels.iter().map(|l| (l.flow, 0)).collect();
    let mut told = BTreeSet::new();
    let mut at = 0;
    while at < levels.len() {
        let (flow, depth) = (levels[at].flow, levels[at].depth);
        for index in &sends[flow] {
            let node = &graph.nodes[*index];
            let Some(target) = node.sends_to else {
                continue;
            };
            let deeper = depth + usize::from(matches!(node.facts.onward, Onward::Through(_)));
            if deeper > MAX_NESTED {
                if told.insert(*index) && told.len() == 1 {
                    too_deep(graph, &levels, (at, *index), found);
                }
            } else if seen.insert((target, deeper)) {
                levels.push(Level {
                    flow: target,
                    depth: deeper,
                    from: Some((at, *index)),
                });
            }
        }
        at += 1;
    }
}

fn too_deep(
    graph: &Graph<'_>,
    levels: &[Level],
    (level, step): (usize, usize),
    found: &mut Found<'_>,
) {
    let name = |flow: usize| graph.draft(flow).map_or("", |draft| draft.name.as_str());
    let mut path = vec![name(levels[level].flow)];
    let mut at = level;
    let mut steps = vec![step];
    while let Some((before, from)) = levels[at].from {
        path.push(name(levels[before].flow));
        steps.push(from);
        at = before;
    }
    path.reverse();
    let target = graph.nodes[step].sends_to.map_or("", name);
    path.push(target);
    // In a circle of flows, the step that closes it is the one to change.
    let closing = steps.iter().rev().enumerate().find(|(i, step)| {
        let target = graph.nodes[**step].sends_to.map(name);
        target.is_some_and(|target| path[..=*i].contains(&target))
    });
    let circle = closing.is_some();
    let step = closing.map_or(step, |(_, step)| *step);
    let node = &graph.nodes[step];
    // A circle is shown once.
    let again = path
        .iter()
        .enumerate()
        .skip(1)
        .find(|(at, name)| path[..*at].contains(name));
    let shown = again.map_or(path.len(), |(at, _)| at + 1);
    let path = path[..shown].join(" -> ");
    let span = node.step.reading.settings.get("flow");
    let span = span.map_or_else(|| node.header(), |(_, span)| span.clone());
    let reader = found.of(node.flow);
    let message = words!(
        "flows call each other more than {MAX_NESTED} deep",
        "les flux s'appellent l'un dans l'autre sur plus de {MAX_NESTED} niveaux"
    );
    let problem = reader.source.error("R704", span, message);
    let problem = problem.note(words!("path: {path}", "chemin : {path}"));
    reader.keep(if circle {
        problem.remedy(words!(
            "come back with do = \"return\", or go on for good with do = \"goto\"",
            "revenez par do = \"return\", ou continuez sans retour par do = \"goto\""
        ))
    } else {
        problem.remedy(words!(
            "go on for good with do = \"goto\" where nothing follows",
            "continuez sans retour par do = \"goto\" là où rien ne suit"
        ))
    });
}

/// Counts the menus before each menu, along the shortest way.
fn deep_menus(graph: &Graph<'_>, found: &mut Found<'_>) {
    let is_menu = |node: usize| graph.nodes[node].verb.press == Presence::Required;
    let mut depth: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut waiting = VecDeque::new();
    let roots = graph.roots(|_| false).into_iter().enumerate();
    for (flow, _) in roots.filter(|(_, is_root)| *is_root) {
        if let Some(start) = graph.start(flow) {
            depth[start] = Some(0);
            waiting.push_back((start, 0));
        }
    }
    while let Some((index, before)) = waiting.pop_front() {
        if depth[index].is_some_and(|known| known < before) {
            continue;
        }
        let node = &graph.nodes[index];
        let cost = usize::from(is_menu(index));
        let exits = node.exits.iter().filter_map(|exit| match exit.to {
            To::Node(next) => Some(next),
            To::End | To::Failure | To::Unknown => None,
        });
        let sent = node.sends_to.and_then(|flow| graph.start(flow));
        for next in exits.chain(sent) {
            let reaches = before + cost;
            if depth[next].is_none_or(|known| reaches < known) {
                depth[next] = Some(reaches);
                if cost == 0 {
                    waiting.push_front((next, reaches));
                } else {
                    waiting.push_back((next, reaches));
                }
            }
        }
    }
    for (index, depth) in depth.into_iter().enumerate() {
        let sure = !graph.has_holes(graph.nodes[index].flow);
        if sure && is_menu(index) && depth.is_some_and(|depth| depth >= MAX_DEPTH) {
            let node = &graph.nodes[index];
            let name = &node.step.name;
            let reader = found.of(node.flow);
            let message = words!(
                "the menu \"{name}\" stands behind {MAX_DEPTH} others",
                "le menu « {name} » vient après {MAX_DEPTH} autres"
            );
            let problem = reader.source.warning("W3", node.header(), message);
            reader.keep(problem.remedy(words!(
                "offer its choices earlier",
                "proposez ses choix plus tôt"
            )));
        }
    }
}

/// Flows that wait for others, at most (FLOWS §8).
const MAX_NESTED: usize = 8;
/// Menus before a menu.
const MAX_DEPTH: usize = 3;
