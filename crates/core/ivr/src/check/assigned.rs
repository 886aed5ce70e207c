//! Which names surely have a value when a step begins: those that every way to it gives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::draft::{FlowDraft, Leads};
use crate::expression::BUILT_IN;

/// Names with a value at the beginning of each step.
pub(super) struct Assigned {
    names: Vec<String>,
    /// One set of bits per step; `None` for a step that is never reached.
    at: Vec<Option<Bits>>,
}

type Bits = Vec<u64>;

impl Assigned {
    /// Follows every way of a flow until nothing changes; each step changes at most once per name.
    pub(super) fn of(draft: &FlowDraft) -> Self {
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
            if variable.default.is_some() {
                set(&mut first, ids[name]);
            }
        }
        let mut at: Vec<Option<Bits>> = vec![None; draft.steps.len()];
        let mut waiting = VecDeque::new();
        for (name, _) in [&draft.start, &draft.on_error, &draft.on_hangup]
            .into_iter()
            .flatten()
        {
            if let Some(step) = draft.index.get(name) {
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
                let work = draft.steps[step].work.as_ref();
                for name in work.map(|work| work.gives(&way)).unwrap_or_default() {
                    if let Some(id) = ids
                        .get(name)
                        .filter(|_| draft.steps[step].condition.is_none())
                    {
                        set(&mut after, *id);
                    }
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
