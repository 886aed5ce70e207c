//! Everything that must hold before a flow may take calls (FLOWS §9): names, types, paths, prompts.

mod assigned;
mod calls;
mod names;
mod paths;
mod sentences;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeMap;

use rappel_model::FlowName;

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

/// The problems of each flow, in the order of `drafts`; `broken` says which could not be read.
pub(crate) fn check(
    drafts: &[FlowDraft],
    broken: &[bool],
    with: Around<'_>,
) -> Vec<Vec<Diagnostic>> {
    let index: BTreeMap<&FlowName, &FlowDraft> = drafts.iter().map(|d| (&d.name, d)).collect();
    let returned = assigned::returned(drafts.iter());
    let mut found = Vec::with_capacity(drafts.len());
    let mut whole = true;
    for (draft, broken) in drafts.iter().zip(broken) {
        let mut reader = Reader::new(&draft.source);
        names::check(&mut reader, draft, &index, with);
        let assigned = assigned::Assigned::of(draft, &returned);
        types::check(&mut reader, draft, &assigned, with);
        calls::check(&mut reader, draft, &assigned, &index, with);
        sentences::check(&mut reader, draft, with);
        // Paths of a flow with holes in it would only repeat what was said.
        if *broken || reader.errors() > 0 {
            whole = false;
        } else {
            paths::check(&mut reader, draft);
        }
        found.push(reader.into_problems());
    }
    if whole {
        let never = paths::never_answered(&index, with.uses);
        for (draft, problems) in drafts.iter().zip(&mut found) {
            let mut reader = Reader::new(&draft.source);
            paths::check_across(&mut reader, draft, &index, &never);
            problems.extend(reader.into_problems());
        }
    }
    found
}
