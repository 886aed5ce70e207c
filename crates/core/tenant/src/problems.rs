//! What is wrong so far, bounded: a hostile file costs no more than its length.

use std::collections::BTreeMap;

use rappel_ivr::diagnostic::{Place, Severity, Suggestion, nearest};
use rappel_ivr::{Diagnostic, Words, words};

use crate::codes;

/// What is wrong so far, up to [`MAX_PROBLEMS`]. Suggestions are costly and rarely read beyond the
/// first page: a hostile file gets a bounded number of them.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Diagnostic>,
    suggested: usize,
    /// What is read and checked and not done yet: once each, at its first place.
    idle: BTreeMap<&'static str, (Place, Words, usize)>,
}

impl Problems {
    /// Adds one, unless there are enough.
    pub(crate) fn push(&mut self, problem: Diagnostic) {
        if !self.is_full() {
            self.list.push(problem);
        }
    }

    /// Adds what another room found.
    pub(crate) fn extend(&mut self, problems: Vec<Diagnostic>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// Notes that this engine does not do yet what stands at `place`; `what` names the kind of thing,
    /// told once however often it stands in the files.
    pub(crate) fn not_served(&mut self, what: &'static str, place: Place, message: Words) {
        self.idle.entry(what).or_insert((place, message, 0)).2 += 1;
    }

    /// The name that was probably meant.
    pub(crate) fn nearest<'n>(
        &mut self,
        written: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<Suggestion> {
        self.suggested += 1;
        if self.suggested > MAX_SUGGESTIONS {
            return None;
        }
        nearest(written, names)
    }

    /// Whether further problems are not told.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether any of them refuses the files.
    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// All of them, by file and line.
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        for (_, (place, message, times)) in std::mem::take(&mut self.idle) {
            let problem = Diagnostic::new(codes::NOT_SERVED_YET, Severity::Warning, place, message);
            let others = times - 1;
            self.push(match others {
                0 => problem,
                1 => problem.note(words!(
                    "stands in one more place",
                    "figure encore à un autre endroit"
                )),
                _ => problem.note(words!(
                    "stands in {others} more places",
                    "figure encore à {others} autres endroits"
                )),
            });
        }
        self.list.sort_by(|a, b| {
            let order = a.place.file.cmp(&b.place.file);
            let order = order.then(a.place.span.start.cmp(&b.place.span.start));
            order.then(a.code.cmp(b.code))
        });
        self.list.dedup();
        self.list
    }
}

/// Most problems told at once.
pub(crate) const MAX_PROBLEMS: usize = 500;

/// Most names looked for near what was written.
const MAX_SUGGESTIONS: usize = 100;
