//! A flow that is read but not yet checked: what `parse.rs` fills and `check/` judges.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rappel_model::{FlowName, Language};

use crate::diagnostic::Source;
use crate::expression::Expression;
use crate::step::{Onward, Otherwise, Presence, Reading, Step, Template, Verb, Voice};
use crate::syntax::Text;
use crate::variables::{Type, Value};

/// A name in a file and where it stands.
pub(crate) type Written = (String, Range<usize>);

/// One flow.
#[derive(Debug)]
pub(crate) struct FlowDraft {
    pub(crate) name: FlowName,
    pub(crate) source: Source,
    pub(crate) title: Option<String>,
    pub(crate) start: Option<Written>,
    /// Where `[flow]` stands, for problems without a better place.
    pub(crate) header: Range<usize>,
    pub(crate) languages: Vec<Language>,
    pub(crate) on_error: Option<Written>,
    pub(crate) on_hangup: Option<Written>,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) steps: Vec<Draft>,
    pub(crate) index: BTreeMap<String, usize>,
    /// One of the engine's own flows.
    pub(crate) built_in: bool,
}

/// Where a variable gets its value and who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `[vars]`: the flow's own.
    Own,
    /// `[args]`: given by the flow that calls.
    Argument,
    /// `[results]`: read by the flow that called.
    Result,
}

/// A declared variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) role: Role,
    pub(crate) kind: Type,
    pub(crate) default: Option<Value>,
    pub(crate) span: Range<usize>,
}

/// One step.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) header: Range<usize>,
    /// `None` when the verb is unknown: the step still stands, so that its callers are not blamed.
    pub(crate) verb: Option<&'static Verb>,
    pub(crate) reading: Reading,
    /// `next`, `press.2`, `on.closed`, `case.1`, `else`: where they lead.
    pub(crate) ways: BTreeMap<String, Written>,
    /// Of these, the ones that the tenant's defaults gave.
    pub(crate) by_default: BTreeSet<String>,
    pub(crate) tags: Vec<(String, Template)>,
    /// Whether tags are written, readable or not.
    pub(crate) has_tags: bool,
    /// Outcomes that were written, only wrongly.
    pub(crate) meant: Vec<String>,
    pub(crate) count: Option<String>,
    pub(crate) max_visits: u32,
    pub(crate) condition: Option<(Expression, Text)>,
    pub(crate) title: Option<String>,
    pub(crate) work: Option<Arc<dyn Step>>,
}

/// Where a way leads once defaults are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads<'a> {
    /// To this step of the flow.
    To(&'a str),
    /// The call ends.
    End,
    /// The step has failed (FLOWS §8).
    Error,
    /// It never happens.
    Never,
}

/// Follows the defaults of `verb` from `way`, given the ways that are written.
pub(crate) fn resolve<'a>(
    verb: &Verb,
    way: &str,
    written: impl Fn(&str) -> Option<&'a str>,
) -> Leads<'a> {
    let mut way = way.to_owned();
    // Defaults lead from one outcome to another; no table has a chain longer than its outcomes.
    for _ in 0..=verb.outcomes.len() + 1 {
        if let Some(step) = written(&way) {
            return Leads::To(step);
        }
        let outcome = way
            .strip_prefix("on.")
            .and_then(|word| verb.outcomes.iter().find(|outcome| outcome.name == word));
        match outcome.map(|outcome| outcome.otherwise) {
            Some(Otherwise::As(other)) => way = other.to_owned(),
            Some(Otherwise::End) => return Leads::End,
            Some(Otherwise::Never) => return Leads::Never,
            None if way == "next" && verb.may_end() => return Leads::End,
            Some(Otherwise::Required | Otherwise::Error) | None => return Leads::Error,
        }
    }
    Leads::Error
}

impl Draft {
    /// Whether it asks and says nothing although others of its verb do.
    pub(crate) fn is_quiet(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.is_quiet())
    }

    /// Where it sends the call besides its ways out.
    pub(crate) fn onward(&self) -> Onward<'_> {
        let facts = self.work.as_ref().map(|work| work.facts());
        facts.unwrap_or_default().onward
    }

    /// Whether it waits for the caller: a loop needs such a step. An unknown verb gets the benefit of
    /// the doubt.
    pub(crate) fn waits(&self) -> bool {
        self.verb.is_none_or(|verb| verb.waits && !self.is_quiet())
    }

    /// Whether it may run after the caller has gone.
    pub(crate) fn runs_after_hangup(&self) -> bool {
        self.verb
            .is_none_or(|verb| verb.after_hangup || self.is_quiet())
    }

    /// How it leaves the caller.
    pub(crate) fn voice(&self) -> Voice {
        match self.verb {
            Some(verb) if !self.is_quiet() => verb.voice,
            _ => Voice::Quiet,
        }
    }

    /// Where `way` leads.
    pub(crate) fn leads(&self, way: &str) -> Leads<'_> {
        let Some(verb) = self.verb else {
            return Leads::Never;
        };
        resolve(verb, way, |way| {
            self.ways.get(way).map(|(step, _)| step.as_str())
        })
    }

    /// Every way this step may be left by, given or by default, with where it leads.
    pub(crate) fn exits(&self) -> Vec<(String, Leads<'_>)> {
        let Some(verb) = self.verb else {
            return Vec::new();
        };
        let mut exits: Vec<(String, Leads<'_>)> = Vec::new();
        for (way, (step, _)) in &self.ways {
            exits.push((way.clone(), Leads::To(step)));
        }
        for outcome in verb.outcomes {
            let way = format!("on.{}", outcome.name);
            if !self.ways.contains_key(&way) && outcome.otherwise != Otherwise::Required {
                let leads = self.leads(&way);
                if leads != Leads::Never {
                    exits.push((way, leads));
                }
            }
        }
        if verb.may_end() && !self.ways.contains_key("next") {
            exits.push(("next".to_owned(), Leads::End));
        }
        if verb.next == Presence::None
            && self.condition.is_some()
            && !self.ways.contains_key("next")
        {
            exits.push(("next".to_owned(), Leads::Error));
        }
        exits
    }
}

impl FlowDraft {
    /// The step `name`.
    pub(crate) fn step(&self, name: &str) -> Option<&Draft> {
        self.index.get(name).map(|index| &self.steps[*index])
    }
}
