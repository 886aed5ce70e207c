//! What is told about a change: which versions, what changes for callers, what was refused.

use std::fmt::Write;

use rappel_model::{TenantId, Timestamp};
use rappel_store::Summary;
use rappel_tenant::Version;

use super::Told;

/// A text that grows, and whether something in it was refused.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: String,
    refused: bool,
}

impl Report {
    /// One more line.
    pub(super) fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    /// The whole request is refused.
    pub(super) fn refuse(&mut self, why: &str) {
        self.refused = true;
        self.line(why);
    }

    /// The files of a tenant are refused; what runs, runs on.
    pub(super) fn refused(&mut self, tenant: &TenantId, problems: &[String]) {
        for problem in problems {
            self.line(&format!("{problem}\n"));
        }
        self.refuse(&format!("{tenant}: refused, what ran goes on"));
    }

    /// A tenant has no folder any more.
    pub(super) fn gone(&mut self, before: &Version, plan: bool) {
        let (will, lines) = (if plan { "would be" } else { "are" }, before.lines.len());
        self.line(&format!(
            "{}: its folder is gone: new calls to its {lines} lines {will} refused, calls in \
             progress go on",
            before.tenant
        ));
    }

    /// A tenant has another version than before, or would have.
    pub(super) fn changed(&mut self, before: Option<&Version>, now: &Version, plan: bool) {
        let tenant = &now.tenant;
        let Some(before) = before else {
            let (will, lines) = (if plan { "would be" } else { "is" }, now.lines.len());
            self.line(&format!("{tenant}: {will} new, with {lines} lines"));
            return;
        };
        if before.fingerprint == now.fingerprint {
            self.line(&format!(
                "{tenant}: nothing changes, version {}",
                before.id()
            ));
            return;
        }
        self.line(&match plan {
            true => format!("{tenant}: version {} would change", before.id()),
            false => format!("{tenant}: version {} runs, was {}", now.id(), before.id()),
        });
        let changes = changes(before, now);
        for change in changes.iter().take(MAX_CHANGES) {
            self.line(&format!("  {change}"));
        }
        if let Some(more) = changes.len().checked_sub(MAX_CHANGES).filter(|n| *n > 0) {
            self.line(&format!("  and {more} more"));
        }
        if !now.warnings.is_empty() {
            let count = now.warnings.len();
            self.line(&format!("  {count} warnings: `rappel check` shows them"));
        }
    }

    /// The kept versions of a tenant.
    pub(super) fn versions(
        &mut self,
        tenant: &TenantId,
        kept: &[Summary],
        running: Option<u32>,
        rolled_back: bool,
    ) {
        self.line(tenant.as_str());
        for Summary { id, accepted } in kept {
            let mark = match running == Some(id.number) {
                true if rolled_back => "  runs, gone back to",
                true => "  runs",
                false => "",
            };
            let when = seconds(*accepted);
            self.line(&format!(
                "  {:>6}  {}  {when}{mark}",
                id.number, id.fingerprint
            ));
        }
    }

    /// What it comes to.
    pub(super) fn finish(self) -> Told {
        Told {
            text: self.text,
            good: !self.refused,
        }
    }
}

fn changes(before: &Version, now: &Version) -> Vec<String> {
    let lines = |version: &Version| -> std::collections::BTreeMap<String, String> {
        let lines = version.lines.iter();
        lines
            .map(|line| {
                (
                    line.name.to_string(),
                    format!("{} {}", line.number, line.flow),
                )
            })
            .collect()
    };
    let (was, is) = (lines(before), lines(now));
    let gone = was.keys().filter(|name| !is.contains_key(*name));
    let gone = gone.map(|name| format!("line {name}: removed"));
    let other = is
        .iter()
        .filter(|(name, line)| was.get(*name) != Some(line));
    gone.chain(other.map(|(name, line)| format!("line {name}: {line}")))
        .collect()
}

/// A time in UTC, to the second.
fn seconds(at: Timestamp) -> String {
    crate::cli::seconds_of(at)
}

/// Most changes told of one tenant.
const MAX_CHANGES: usize = 200;
