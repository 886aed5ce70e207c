//! Which names surely have a value when a step begins: those that every way to it gives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rappel_model::FlowName;

use crate::draft::{Draft, FlowDraft, Leads, Role, Written};
use crate::expression::BUILT_IN;
use crate::step::{Onward, Setting};

/// Names with a value at the beginning of each step.
pub(super) struct Assigned {
    names: Vec<String>,
    /// One set of bits per step; `None` for a step that is never reached.
    at: Vec<Option<Bits>>,
}

type Bits = Vec<u64>;

/// The results that each flow surely gives back.
pub(super) type Returned = BTreeMap<FlowName, BTreeSet<String>>;

impl Assigned {
    /// Follows every way of a flow until nothing changes; each step changes at most once per name.
    pub(super) fn of(draft: &FlowDraft, returned: &Returned) -> Self {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        for name in draft.variables.keys() {
            let next = ids.len();
            ids.entry(name.clone()).or_insert(next);
        }
        for value in BUILT_IN.iter().filter(|value| value.may_be_unset) {
            let next = ids.len();
            ids.entry(value.name.to_owned()).or_insert(next);
        }
        let mut first: Bits = vec![0; ids.len().div_ceil(64)];
        for (name, variable) in &draft.variables {
            if variable.default.is_some() || variable.role == Role::Argument {
                set(&mut first, ids[name]);
            }
        }
        let mut at: Vec<Option<Bits>> = vec![None; draft.steps.len()];
        let mut waiting = VecDeque::new();
        let index = |written: &Option<Written>| Some(*draft.index.get(&written.as_ref()?.0)?);
        // What may not run there is told, and what it would need is not missed besides.
        let hung_up = index(&draft.on_hangup).filter(|step| draft.steps[*step].runs_after_hangup());
        for step in [index(&draft.start), index(&draft.on_error), hung_up] {
            if let Some(step) = &step {
                at[*step] = Some(first.clone());
                waiting.push_back(*step);
            }
        }
        while let Some(step) = waiting.pop_front() {
            let begin = at[step].clone().unwrap_or_else(|| first.clone());
            for (way, leads) in draft.steps[step].exits() {
                let Leads::To(next) = leads else { continue };
                let Some(next) = draft.index.get(next) else {
                    continue;
                };
                let mut after = begin.clone();
                let resets = draft.steps[step].work.as_ref().map(|work| work.resets());
                for name in resets.iter().flatten() {
                    let first = draft.variables.get(*name).and_then(|v| v.default.as_ref());
                    if let Some(id) = ids.get(*name).filter(|_| first.is_none()) {
                        clear(&mut after, *id);
                    }
                }
                if draft.steps[step].work.is_none() {
                    // What a step with a mistake would give is not missed besides.
                    after.iter_mut().for_each(|bits| *bits = u64::MAX);
                }
                let given = given(&draft.steps[step], &way, returned);
                for id in given.iter().filter_map(|name| ids.get(*name)) {
                    set(&mut after, *id);
                }
                if meet(&mut at[*next], &after) {
                    waiting.push_back(*next);
                }
            }
        }
        let mut names = vec![String::new(); ids.len()];
        ids.into_iter().for_each(|(name, id)| names[id] = name);
        Self { names, at }
    }

    /// The names that have a value when `step` begins; for a step that is never reached, all: it
    /// is warned about, and nothing else need be said.
    pub(super) fn at(&self, step: usize) -> BTreeSet<String> {
        let names = self.names.iter().enumerate();
        let Some(bits) = &self.at[step] else {
            return self.names.iter().cloned().collect();
        };
        names
            .filter(|(id, _)| bits[id / 64] >> (id % 64) & 1 == 1)
            .map(|(_, name)| name.clone())
            .collect()
    }
}

/// The results that each flow has set at every `return` of it. What flows get from flows they run
/// themselves is left out, so that one round is enough.
pub(super) fn returned<'d>(flows: impl Iterator<Item = &'d FlowDraft>) -> Returned {
    let none = Returned::new();
    let giving = flows.filter(|flow| flow.variables.values().any(|v| v.role == Role::Result));
    giving
        .map(|flow| {
            let assigned = Assigned::of(flow, &none);
            let mut always: BTreeSet<String> = flow
                .variables
                .iter()
                .filter(|(_, variable)| variable.role == Role::Result)
                .map(|(name, _)| name.clone())
                .collect();
            for (index, step) in flow.steps.iter().enumerate() {
                if step.onward() == Onward::Back {
                    let here = assigned.at(index);
                    always.retain(|name| here.contains(name));
                }
            }
            (flow.name.clone(), always)
        })
        .collect()
}

/// The names that surely have a value once `step` is left by `way`.
fn given<'d>(step: &'d Draft, way: &str, returned: &'d Returned) -> Vec<&'d str> {
    let Some(work) = &step.work else {
        return Vec::new();
    };
    let mut names = proven(step, way);
    if step.condition.is_some() {
        // It may have been skipped.
        return names;
    }
    names.extend(work.gives(way));
    if let Onward::Through(flow) = work.facts().onward
        && way == "next"
        && let Some(returned) = returned.get(flow)
    {
        let read = step.reading.readings("results").iter();
        names.extend(
            read.filter(|each| returned.contains(&each.word.value))
                .map(|each| each.variable.as_str()),
        );
    }
    names
}

/// What the conditions of a `switch` prove: the one that was true, and those before it that were not.
fn proven<'d>(step: &'d Draft, way: &str) -> Vec<&'d str> {
    let Some((Setting::Cases(cases), _)) = step.reading.settings.get("case") else {
        return Vec::new();
    };
    let number = way.strip_prefix("case.").and_then(|n| n.parse().ok());
    let before = match (number, way) {
        (Some(number), _) => usize::min(number, cases.len()).saturating_sub(1),
        (None, "else") => cases.len(),
        (None, _) => return Vec::new(),
    };
    let untrue = cases.iter().take(before).flat_map(|(e, _)| e.proves(false));
    let truth = cases.get(before).filter(|_| number.is_some());
    untrue
        .chain(truth.into_iter().flat_map(|(e, _)| e.proves(true)))
        .collect()
}

fn clear(bits: &mut Bits, id: usize) {
    bits[id / 64] &= !(1 << (id % 64));
}

fn set(bits: &mut Bits, id: usize) {
    bits[id / 64] |= 1 << (id % 64);
}

/// Keeps what both have; true when that changed something.
fn meet(known: &mut Option<Bits>, more: &Bits) -> bool {
    let Some(known) = known else {
        *known = Some(more.clone());
        return true;
    };
    let mut changed = false;
    for (a, b) in known.iter_mut().zip(more) {
        changed |= *a & *b != *a;
        *a &= *b;
    }
    changed
}
