//! What a caller must hear on the way to a step: something every two seconds (R306), and that the call
//! is recorded before it is (R308).

use std::collections::BTreeSet;
use std::time::Duration;

use super::ends::starts;
use super::graph::{Graph, Node};
use super::walk::{Change, Walk};
use super::{Around, Found};
use crate::step::{Notice, Onward, Voice};
use crate::variables::show_duration;
use crate::words;

pub(super) fn check(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    long_silences(graph, with, found);
    recordings(graph, with, found);
}

/// Seconds without anything to hear so far, at most [`ENOUGH`].
struct Quiet;

impl Change<u64> for Quiet {
    fn after(&self, node: &Node<'_>, _: &str, before: u64) -> u64 {
        let quiet = node.step.voice() == Voice::Quiet && !node.step.waits();
        if quiet && node.step.work.is_some() {
            (before + node.facts.silence.as_secs()).min(ENOUGH)
        } else {
            0
        }
    }

    fn failed(&self, _: u64) -> u64 {
        0
    }
}

fn long_silences(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    let walk = Walk::new(graph, starts(graph, with, 0), &Quiet);
    let mut told = BTreeSet::new();
    for (spot, at) in walk.spots.iter().enumerate() {
        let node = &graph.nodes[at.node];
        let silence = Duration::from_secs(at.state) + node.facts.silence;
        let quiet = node.facts.silence > Duration::ZERO;
        if !quiet || silence <= MAX_SILENCE || !told.insert(at.node) {
            continue;
        }
        let (name, most) = (&node.step.name, show_duration(MAX_SILENCE));
        let path = walk.path(graph, spot, node.flow);
        let reader = found.of(node.flow);
        let message = words!(
            "\"{name}\" makes the silence longer than {most}",
            "« {name} » porte le silence au-delà de {most}"
        );
        let problem = reader.source.error("R306", node.header(), message);
        let problem = problem.note(words!("path: {path}", "chemin : {path}"));
        reader.keep(problem.remedy(words!(
            "say something between the two, or make them shorter",
            "dites quelque chose entre les deux, ou raccourcissez-les"
        )));
    }
}

/// What the caller knows of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Recorded,
    /// They were asked and did not agree.
    Refused,
}

struct Recording;

impl Change<Told> for Recording {
    fn after(&self, node: &Node<'_>, way: &str, before: Told) -> Told {
        let unknown = matches!(node.facts.onward, Onward::Through(_)) && node.sends_to.is_none();
        match node.facts.notice {
            _ if unknown => Told::Recorded,
            Notice::Silent => before,
            Notice::Given => Told::Recorded,
            Notice::Asked if way == "on.yes" => Told::Recorded,
            // `next` stands for `on.yes` where that is absent (FLOWS §6.6).
            Notice::Asked if way == "next" && !node.step.ways.contains_key("on.yes") => {
                Told::Recorded
            }
            Notice::Asked => Told::Refused,
        }
    }
}

fn recordings(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    let walk = Walk::new(graph, starts(graph, with, Told::Nothing), &Recording);
    let mut told = BTreeSet::new();
    for (spot, at) in walk.spots.iter().enumerate() {
        let node = &graph.nodes[at.node];
        if !node.facts.records || at.state == Told::Recorded || !told.insert(at.node) {
            continue;
        }
        let name = &node.step.name;
        let path = walk.path(graph, spot, node.flow);
        let reader = found.of(node.flow);
        let (message, remedy) = match at.state {
            Told::Refused => (
                words!(
                    "\"{name}\" records a caller who did not agree to it",
                    "« {name} » enregistre un appelant qui n'a pas accepté"
                ),
                words!(
                    "lead only on.yes of the question to it",
                    "n'y menez que on.yes de la question"
                ),
            ),
            Told::Nothing | Told::Recorded => (
                words!(
                    "\"{name}\" records a caller who was not told",
                    "« {name} » enregistre un appelant qui n'a pas été prévenu"
                ),
                words!(
                    "put a step with do = \"consent\" and kind = \"recording\" before it",
                    "mettez avant elle une étape do = \"consent\" avec kind = \"recording\""
                ),
            ),
        };
        let problem = reader.source.error("R308", node.header(), message);
        let problem = problem.note(words!("path: {path}", "chemin : {path}"));
        reader.keep(problem.remedy(remedy));
    }
}

/// Nothing to hear for longer is refused (FLOWS §8).
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// Silences are not told apart beyond this many seconds.
const ENOUGH: u64 = 3;
