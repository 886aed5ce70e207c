//! `[limits]`, `[keep]` and `[defaults]`: how much, how long, and what a step does by default
//! (FLOWS §7.6, §18.6).

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::words;
use rappel_model::StepName;

use crate::codes;
use crate::fields::text_of;
use crate::names::{Names, check_name};
use crate::problems::Problems;

/// How much a tenant may have and use; what is absent is bounded by the engine alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Flows of its own.
    pub flows: Option<u32>,
    /// Steps in all of its own flows.
    pub steps: Option<u32>,
    /// Calls at one time.
    pub calls: Option<u32>,
    /// Recordings kept at one time.
    pub recordings: Option<u32>,
    /// Texts sent in a day.
    pub texts_per_day: Option<u32>,
}

/// How long things are kept; what is absent is kept until somebody deletes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Records of calls.
    pub calls: Option<Duration>,
    /// Messages of mailboxes that say nothing themselves.
    pub messages: Option<Duration>,
    /// Recordings of calls.
    pub recordings: Option<Duration>,
    /// Written dialogues.
    pub texts: Option<Duration>,
}

/// The limits, and where those stand that are checked when files are loaded.
pub(crate) struct Read {
    pub limits: Limits,
    pub flows_at: Option<Place>,
    pub steps_at: Option<Place>,
}

/// Reads `[limits]`.
pub(crate) fn read(names: &mut Names<'_>, problems: &mut Problems) -> Read {
    let mut read = Read {
        limits: Limits::default(),
        flows_at: None,
        steps_at: None,
    };
    let Some(mut fields) = names.take("limits") else {
        return read;
    };
    read.limits = Limits {
        flows: fields.whole("flows", 1..=10_000, problems),
        steps: fields.whole("steps", 1..=1_000_000, problems),
        calls: fields.whole("calls", 1..=1_000_000, problems),
        recordings: fields.whole("recordings", 0..=100_000_000, problems),
        texts_per_day: fields.whole("texts_per_day", 0..=10_000_000, problems),
    };
    let source = fields.source();
    read.flows_at = Some(source.place(fields.span_of("flows")));
    read.steps_at = Some(source.place(fields.span_of("steps")));
    for key in ["calls", "recordings", "texts_per_day"] {
        if fields.has(key) {
            let place = source.place(fields.span_of(key));
            let message = words!(
                "limits other than \"flows\" and \"steps\" are read and not kept to yet",
                "les limites autres que « flows » et « steps » sont lues et pas encore tenues"
            );
            problems.not_served("limits", place, message);
        }
    }
    fields.finish(problems);
    read
}

/// Reads `[keep]`.
pub(crate) fn read_keep(names: &mut Names<'_>, problems: &mut Problems) -> Keep {
    let Some(mut fields) = names.take("keep") else {
        return Keep::default();
    };
    let days = 86_400..=10 * 366 * 86_400;
    let mut kept = |key| fields.duration_within(key, days.clone(), problems);
    let keep = Keep {
        calls: kept("calls"),
        messages: kept("messages"),
        recordings: kept("recordings"),
        texts: kept("texts"),
    };
    if keep.calls.or(keep.messages).or(keep.texts).is_some() {
        let message = words!(
            "of [keep], only recordings are deleted by themselves yet",
            "de [keep], seuls les enregistrements s'effacent tout seuls pour l'instant"
        );
        problems.not_served("keep", fields.source().place(fields.span()), message);
    }
    fields.finish(problems);
    keep
}

/// Reads `[defaults.callback]`: the outcome, then the step. Whether the steps exist is a question to
/// each flow with a `callback` step.
pub(crate) fn read_defaults(
    names: &mut Names<'_>,
    problems: &mut Problems,
) -> BTreeMap<String, StepName> {
    let mut steps = BTreeMap::new();
    let Some(mut fields) = names.take("defaults") else {
        return steps;
    };
    if let Some(mut callback) = fields.table("callback", problems) {
        if let Some(on) = callback.table("on", problems) {
            for (key, value) in on.entries() {
                let outcome: &str = key.get_ref().as_ref();
                if !CALLBACK_OUTCOMES.contains(&outcome) {
                    let message = words!(
                        "\"callback\" has no outcome \"{outcome}\"",
                        "« callback » n'a pas d'issue « {outcome} »"
                    );
                    let near = problems.nearest(outcome, CALLBACK_OUTCOMES);
                    let problem = on.error(codes::UNKNOWN_KEY, key.span(), message);
                    problems.push(problem.suggest(near));
                    continue;
                }
                if let Some(step) = text_of(on.source(), outcome, value, problems) {
                    check_name(step.value, on.source(), step.span, problems);
                    steps.insert(outcome.to_owned(), StepName::from(step.value));
                }
            }
        }
        callback.finish(problems);
    }
    fields.finish(problems);
    steps
}

/// The outcomes of the step `callback` (FLOWS §6.4).
const CALLBACK_OUTCOMES: [&str; 7] = [
    "done",
    "already",
    "bad_number",
    "not_allowed",
    "none_left",
    "give_up",
    "error",
];
