//! What is told about a change: which versions, what changes for callers, what was refused.

use std::fmt::Write;

use rappel_ivr::{Lang, Words, words};
use rappel_model::TenantId;
use rappel_store::Summary;
use rappel_tenant::Version;

use super::Told;

/// A text that grows, and whether something in it was refused.
#[derive(Debug)]
pub(super) struct Report {
    text: String,
    refused: bool,
    lang: Lang,
}

impl Report {
    /// Nothing told yet.
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            text: String::new(),
            refused: false,
            lang,
        }
    }

    /// One more line.
    pub(super) fn line(&mut self, words: &Words) {
        self.plain(words.in_lang(self.lang));
    }

    fn plain(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    /// The whole request is refused.
    pub(super) fn refuse(&mut self, why: &Words) {
        self.refused = true;
        self.line(why);
    }

    /// The files of a tenant are refused; what runs, runs on.
    pub(super) fn refused(&mut self, tenant: &TenantId, problems: &[Words]) {
        for problem in problems {
            self.line(problem);
            self.plain("");
        }
        self.refuse(&words!(
            "{tenant}: refused, what ran goes on",
            "{tenant} : refusé, ce qui était en service continue"
        ));
    }

    /// A tenant has no folder any more.
    pub(super) fn gone(&mut self, before: &Version, plan: bool) {
        let (tenant, lines) = (&before.tenant, before.lines.len());
        self.line(&match plan {
            true => words!(
                "{tenant}: its folder is gone: new calls to its {lines} lines would be refused",
                "{tenant} : son dossier a disparu : les nouveaux appels à ses {lines} lignes seraient \
                 refusés"
            ),
            false => words!(
                "{tenant}: its folder is gone: new calls to its {lines} lines are refused, calls in \
                 progress go on",
                "{tenant} : son dossier a disparu : les nouveaux appels à ses {lines} lignes sont \
                 refusés, les appels en cours continuent"
            ),
        });
    }

    /// A tenant has another version than before, or would have.
    pub(super) fn changed(&mut self, before: Option<&Version>, now: &Version, plan: bool) {
        let (tenant, id) = (&now.tenant, now.id());
        let Some(before) = before else {
            let lines = now.lines.len();
            self.line(&match plan {
                true => words!(
                    "{tenant}: would be new, with {lines} lines",
                    "{tenant} : serait nouvelle, avec {lines} lignes"
                ),
                false => words!(
                    "{tenant}: is new, with {lines} lines",
                    "{tenant} : est nouvelle, avec {lines} lignes"
                ),
            });
            return;
        };
        let was = before.id();
        if before.fingerprint == now.fingerprint {
            self.line(&words!(
                "{tenant}: nothing changes, version {was}",
                "{tenant} : rien ne change, version {was}"
            ));
            return;
        }
        self.line(&match plan {
            true => words!(
                "{tenant}: version {was} would change",
                "{tenant} : la version {was} changerait"
            ),
            false => words!(
                "{tenant}: version {id} runs, was {was}",
                "{tenant} : version {id} en service, c'était {was}"
            ),
        });
        self.changes(before, now);
    }

    /// What callers will notice, grouped by what it is about.
    fn changes(&mut self, before: &Version, now: &Version) {
        let changes = rappel_tenant::changes(before, now);
        if changes.is_empty() {
            self.line(&words!(
                "  nothing that callers would notice but recordings, perhaps",
                "  rien que les appelants remarquent, sauf peut-être des enregistrements"
            ));
        }
        let mut subject = None;
        for change in changes {
            if subject.replace(change.subject) != Some(change.subject) {
                let words = change.subject.words();
                self.plain(&format!("  {}", words.in_lang(self.lang)));
            }
            self.plain(&format!("    {}", change.words.in_lang(self.lang)));
        }
        let count = now.warnings.len();
        if count > 0 {
            self.line(&words!(
                "  warnings: {count}; `rappel check` shows them",
                "  avertissements : {count} ; `rappel check` les montre"
            ));
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
        self.plain(tenant.as_str());
        for Summary { id, accepted } in kept {
            let mark = match running == Some(id.number) {
                true if rolled_back => words!("runs, gone back to", "en service, par un retour"),
                true => words!("runs", "en service"),
                false => Words::same(""),
            };
            let (number, fingerprint) = (id.number, &id.fingerprint);
            let when = crate::cli::seconds_of(*accepted);
            let mark = mark.in_lang(self.lang);
            let line = format!("  {number:>6}  {fingerprint}  {when}  {mark}");
            self.plain(line.trim_end());
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
