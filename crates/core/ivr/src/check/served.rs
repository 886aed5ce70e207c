//! Verbs that are read, checked and simulated while the engine cannot do their work yet (W10).

use std::collections::BTreeSet;

use crate::draft::FlowDraft;
use crate::step::not_served;
use crate::syntax::Reader;
use crate::words;
use crate::words::Words;

/// Warns of each such verb once per flow, at the first step that uses it.
pub(super) fn check(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let mut told = BTreeSet::new();
    for step in &draft.steps {
        let Some((what, instead)) = step
            .verb
            .and_then(|verb| not_served(verb, &step.reading.settings))
        else {
            continue;
        };
        if draft.built_in || !told.insert(what) || !reader.has_room() {
            continue;
        }
        let message = words!(
            "\"{what}\" is not available yet",
            "« {what} » n'est pas encore disponible"
        );
        let warning = draft.source.warning("W10", step.header.clone(), message);
        reader.keep(warning.label(Words::from(instead)));
    }
}
