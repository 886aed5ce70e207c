//! Which variables hold a secret: what a caller typed in secret, and whatever is computed from it or
//! handed on to another flow.

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::FlowName;

use crate::draft::FlowDraft;
use crate::expression::Expression;
use crate::step::{Onward, Setting, TemplatePart};

/// The variables of one flow that hold a secret.
type Names<'a> = BTreeSet<&'a str>;
/// A variable of a flow.
type Spot<'a> = (&'a FlowName, &'a str);

/// The secrets of every flow. One walk along the copies: linear in what is written.
pub(super) struct Secrets<'a> {
    flows: BTreeMap<&'a FlowName, Names<'a>>,
}

impl<'a> Secrets<'a> {
    pub(super) fn of(drafts: &'a [FlowDraft]) -> Self {
        let mut copies: BTreeMap<Spot<'a>, Vec<Spot<'a>>> = BTreeMap::new();
        let mut open: Vec<Spot<'a>> = Vec::new();
        for draft in drafts {
            for step in &draft.steps {
                let typed = step.work.as_ref().and_then(|work| work.secret());
                open.extend(typed.map(|name| (&draft.name, name)));
                let mut copy = |value: &'a Expression, to: Spot<'a>| {
                    for (name, _) in value.names() {
                        copies.entry((&draft.name, name)).or_default().push(to);
                    }
                };
                if let Some((Setting::Assignments(list), _)) = step.reading.settings.get("set") {
                    for (name, _, value, _) in list {
                        copy(value, (&draft.name, name));
                    }
                }
                let Onward::Through(target) = step.onward() else {
                    continue;
                };
                for field in step.reading.fields("args") {
                    let parts = field.template().map(|template| template.parts.as_slice());
                    if let Some([TemplatePart::Value(value, _)]) = parts {
                        copy(value, (target, &field.name));
                    }
                }
                if let Some((Setting::Readings(list), _)) = step.reading.settings.get("results") {
                    for each in list {
                        let given = (target, each.word.value.as_str());
                        let taken = (&draft.name, each.variable.as_str());
                        copies.entry(given).or_default().push(taken);
                    }
                }
            }
        }
        let mut flows: BTreeMap<&FlowName, Names<'a>> = BTreeMap::new();
        while let Some(spot) = open.pop() {
            if flows.entry(spot.0).or_default().insert(spot.1) {
                open.extend(copies.remove(&spot).unwrap_or_default());
            }
        }
        Self { flows }
    }

    /// Those of one flow.
    pub(super) fn in_flow(&self, flow: &FlowName) -> Names<'a> {
        self.flows.get(flow).cloned().unwrap_or_default()
    }
}
