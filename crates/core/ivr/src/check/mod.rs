//! Everything that must hold before a flow may take calls (FLOWS §9): names, types, paths, prompts.

mod assigned;
mod calls;
mod closed;
mod depth;
mod ends;
mod graph;
mod journey;
mod loops;
mod names;
mod needs;
mod reached;
mod secrets;
mod sentences;
mod served;
mod silence;
mod systems;
#[cfg(test)]
mod tests;
mod types;
mod walk;

use std::collections::BTreeMap;

use rappel_model::FlowName;

use self::graph::{Graph, Judged};
use crate::diagnostic::Diagnostic;
use crate::draft::FlowDraft;
use crate::flow::Use;
use crate::prompt::PromptTexts;
use crate::surroundings::Surroundings;
use crate::syntax::Reader;

/// What flows are checked against.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) prompts: &'a PromptTexts,
    pub(crate) around: &'a Surroundings,
    pub(crate) uses: &'a [Use],
}

/// The problems of each flow, in the order of `drafts`; `read` is what was found when they were read.
pub(crate) fn check(
    drafts: &[FlowDraft],
    read: &[Vec<Diagnostic>],
    with: Around<'_>,
) -> Vec<Vec<Diagnostic>> {
    let index: BTreeMap<&FlowName, &FlowDraft> = drafts.iter().map(|d| (&d.name, d)).collect();
    let returned = assigned::returned(drafts.iter());
    let secrets = secrets::Secrets::of(drafts);
    let mut found = Found::new(drafts);
    for (flow, draft) in drafts.iter().enumerate() {
        let reader = &mut found.readers[flow];
        names::check(reader, draft, &index, with);
        let assigned = assigned::Assigned::of(draft, &returned);
        types::check(
            reader,
            draft,
            &assigned,
            &secrets.in_flow(&draft.name),
            &read[flow],
            with,
        );
        calls::check(reader, draft, &assigned, &index, with);
        sentences::check(reader, draft, with);
        systems::check(reader, draft, with);
        served::check(reader, draft);
    }
    let readers = found.readers.iter().zip(read);
    let judged: Vec<Judged> = readers
        .map(|(reader, read)| {
            let problems = reader.problems().iter().chain(read);
            problems.map(judged_by).max().unwrap_or(Judged::Whole)
        })
        .collect();
    let graph = Graph::new(drafts, &judged);
    depth::check(&graph, &mut found);
    reached::check(&graph, with, &mut found);
    ends::check(&graph, with, &mut found);
    loops::check(&graph, &mut found);
    silence::check(&graph, with, &mut found);
    journey::check(&graph, with, &mut found);
    closed::check(&graph, &mut found);
    found
        .readers
        .into_iter()
        .map(|reader| once_in_each_circle(reader.into_problems()))
        .collect()
}

/// Of flows that run each other for ever, what is told of the same place is told once.
fn once_in_each_circle(mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let rank = |code: &str| CIRCLE.iter().position(|known| *known == code);
    let of_circles = problems.iter().filter_map(|problem| {
        let rank = rank(problem.code)?;
        Some((problem.place.span.start, rank))
    });
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, rank) in of_circles {
        let known = first.entry(at).or_insert(rank);
        *known = rank.min(*known);
    }
    problems.retain(|problem| {
        let first = first.get(&problem.place.span.start);
        rank(problem.code).is_none_or(|rank| first == Some(&rank))
    });
    problems
}

/// What a flow that runs itself comes to, the most telling first.
const CIRCLE: [&str; 3] = ["R704", "R303", "R307"];

/// How well the paths of a flow with this problem can be followed. Where a way out is missing, or
/// nobody knows what a step is, they would only repeat it.
fn judged_by(problem: &Diagnostic) -> Judged {
    let code = problem.code;
    let is_shape = ["R0", "R1", "R3", "R7"]
        .iter()
        .any(|kind| code.starts_with(kind));
    if !problem.is_error() || !is_shape || NAMES_OF_THINGS.contains(&code) {
        Judged::Whole
    } else if NAMES_OF_WAYS.contains(&code) {
        Judged::Partly
    } else {
        Judged::Not
    }
}

/// Wrong names of what steps use: sentences, calendars, people, mailboxes, languages, directories,
/// secrets, queues, lists, lines. Where calls go from there does not hang on them.
const NAMES_OF_THINGS: [&str; 10] = [
    "R105", "R106", "R107", "R108", "R116", "R117", "R118", "R120", "R121", "R122",
];
/// Wrong names of where calls go: steps and flows.
const NAMES_OF_WAYS: [&str; 2] = ["R104", "R109"];

/// What is found, by flow.
struct Found<'d> {
    readers: Vec<Reader<'d>>,
}

impl<'d> Found<'d> {
    fn new(drafts: &'d [FlowDraft]) -> Self {
        Self {
            readers: drafts.iter().map(|d| Reader::new(&d.source)).collect(),
        }
    }

    /// The reader of a flow.
    fn of(&mut self, flow: usize) -> &mut Reader<'d> {
        &mut self.readers[flow]
    }
}
