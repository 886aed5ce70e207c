//! How `rappel check` tells what it found: for people, or for editors.

use std::io::Write;

use clap::ValueEnum;
use rappel_ivr::words;
use rappel_ivr::words::{Lang, Words};
use rappel_model::TenantId;
use rappel_tenant::{Diagnostic, Version};

/// How problems are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people: the line, a caret, the reason, and a sum at the end.
    #[default]
    Text,
    /// For editors: one JSON object per line and problem.
    Json,
}

/// Tells problems as they come and counts the errors.
pub(crate) struct Report<'a, W> {
    form: Form,
    lang: Lang,
    out: &'a mut W,
    errors: usize,
    sums: Vec<Words>,
}

impl<'a, W: Write> Report<'a, W> {
    /// Nothing told yet.
    pub(crate) fn new(form: Form, lang: Lang, out: &'a mut W) -> Self {
        Self {
            form,
            lang,
            out,
            errors: 0,
            sums: Vec::new(),
        }
    }

    /// Tells an error that stands in no line of a file.
    pub(crate) fn error(&mut self, message: &Words) -> std::io::Result<()> {
        self.errors += 1;
        let message = message.in_lang(self.lang);
        match (self.form, self.lang) {
            (Form::Text, Lang::En) => writeln!(self.out, "error: {message}\n"),
            (Form::Text, Lang::Fr) => writeln!(self.out, "erreur : {message}\n"),
            (Form::Json, _) => {
                let object = serde_json::json!({ "severity": "error", "message": message });
                writeln!(self.out, "{object}")
            }
        }
    }

    /// Tells problems, each followed by an empty line.
    pub(crate) fn problems(&mut self, problems: &[Diagnostic]) -> std::io::Result<()> {
        for problem in problems {
            self.errors += usize::from(problem.is_error());
            match self.form {
                Form::Text => writeln!(self.out, "{}\n", problem.shown(self.lang))?,
                Form::Json => writeln!(self.out, "{}", object(problem, self.lang))?,
            }
        }
        Ok(())
    }

    /// Sums up a tenant that is good: what it has, and its fingerprint.
    pub(crate) fn good(&mut self, version: &Version, warnings: usize, flows: usize) {
        let around = &version.surroundings;
        let parts = [
            counted(version.lines.len(), LINES),
            counted(flows, FLOWS),
            counted(around.calendars.len(), CALENDARS),
            counted(around.people.persons.len(), PEOPLE),
            counted(around.mailboxes.len(), MAILBOXES),
            counted(warnings, WARNINGS),
        ];
        let list = |lang| parts.each_ref().map(|part| part.in_lang(lang)).join(", ");
        let parts = Words {
            en: list(Lang::En),
            fr: list(Lang::Fr),
        };
        let (tenant, fingerprint) = (&version.tenant, &version.fingerprint);
        self.sums.push(words!([parts]
            "{tenant}: good, version {fingerprint} ({parts})",
            "{tenant} : bon, version {fingerprint} ({parts})"
        ));
    }

    /// Sums up a tenant that is refused.
    pub(crate) fn refused(&mut self, tenant: &TenantId, problems: &[Diagnostic]) {
        let errors = problems.iter().filter(|problem| problem.is_error()).count();
        let warnings = counted(problems.len() - errors, WARNINGS);
        let errors = counted(errors, ERRORS);
        self.sums.push(words!([errors, warnings]
            "{tenant}: refused, {errors}, {warnings}",
            "{tenant} : refusé, {errors}, {warnings}"
        ));
    }

    /// Prints the sums, for people; returns how many errors were told.
    pub(crate) fn end(self) -> std::io::Result<usize> {
        if self.form == Form::Text {
            for sum in &self.sums {
                writeln!(self.out, "{}", sum.in_lang(self.lang))?;
            }
        }
        Ok(self.errors)
    }
}

/// A problem as editors read it.
fn object(problem: &Diagnostic, lang: Lang) -> serde_json::Value {
    let place = &problem.place;
    let notes: Vec<_> = problem
        .notes
        .iter()
        .map(|note| note.in_lang(lang))
        .collect();
    serde_json::json!({
        "severity": if problem.is_error() { "error" } else { "warning" },
        "code": problem.code,
        "message": problem.message.in_lang(lang),
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_column": place.column + place.width,
        "start": place.span.start,
        "end": place.span.end,
        "label": problem.label.as_ref().map(|label| label.in_lang(lang)),
        "notes": notes,
        "remedy": problem.remedy.as_ref().map(|remedy| remedy.in_lang(lang)),
    })
}

/// One and several in English, one and several in French.
type Noun = [&'static str; 4];

/// `1 line`, `2 lines`; in French none is singular.
fn counted(count: usize, [one, many, un, plusieurs]: Noun) -> Words {
    let en = if count == 1 { one } else { many };
    let fr = if count < 2 { un } else { plusieurs };
    words!("{count} {en}", "{count} {fr}")
}

const LINES: Noun = ["line", "lines", "ligne", "lignes"];
const FLOWS: Noun = ["flow", "flows", "flux", "flux"];
const CALENDARS: Noun = ["calendar", "calendars", "calendrier", "calendriers"];
const PEOPLE: Noun = ["person", "people", "personne", "personnes"];
const MAILBOXES: Noun = ["mailbox", "mailboxes", "messagerie", "messageries"];
const WARNINGS: Noun = ["warning", "warnings", "avertissement", "avertissements"];
const ERRORS: Noun = ["error", "errors", "erreur", "erreurs"];
