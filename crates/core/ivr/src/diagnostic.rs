//! What is wrong with an operator's file: where, why, and what to do about it (FLOWS §9). Used for
//! flows here and for every other file of a tenant by the room `tenant`.

use std::fmt;
use std::ops::Range;

use crate::words;
use crate::words::{Lang, Words};

/// The text of one file, with the starts of its lines: turns offsets into places.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    text: String,
    /// Offset of the first byte of each line.
    lines: Vec<usize>,
}

impl Source {
    /// Takes the text of `file`; the name is shown as it is.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let lines = std::iter::once(0)
            .chain(starts.map(|(i, _)| i + 1))
            .collect();
        Self {
            file: file.into(),
            text,
            lines,
        }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line, counted from 1, that holds the byte at `offset`; the last one beyond the end.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    /// The place of the bytes `span`; spans beyond the text point at its end.
    pub fn place(&self, span: Range<usize>) -> Place {
        let start = floor_char(&self.text, span.start);
        let end = floor_char(&self.text, span.end).max(start);
        let line = self.line_of(start);
        let from = self.lines[line - 1];
        let rest = &self.text[from..];
        let shown = rest.lines().next().unwrap_or("");
        let before = &self.text[from..start];
        let inside = self.text[start..end].lines().next().unwrap_or("");
        Place {
            file: self.file.clone(),
            span: start..end,
            line,
            column: before.chars().count() + 1,
            width: inside
                .chars()
                .count()
                .min(MAX_SHOWN.saturating_sub(before.chars().count()))
                .max(1),
            shown: shown.chars().take(MAX_SHOWN).collect(),
        }
    }

    /// A problem of this file that refuses it.
    pub fn error(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
    ) -> Diagnostic {
        Diagnostic::new(code, Severity::Error, self.place(span), message)
    }

    /// A problem of this file that does not refuse it.
    pub fn warning(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
    ) -> Diagnostic {
        Diagnostic::new(code, Severity::Warning, self.place(span), message)
    }
}

/// Where something stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as named to [`Source::new`].
    pub file: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters of the first line it covers; at least 1.
    pub width: usize,
    /// The line itself.
    pub shown: String,
}

/// Whether a problem refuses the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The new version is refused.
    Error,
    /// The new version is taken; somebody should look.
    Warning,
}

/// One problem of one file. `Display` shows it in English as FLOWS §9 lays it out, without a final
/// newline; [`Diagnostic::shown`] in either language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `R104`, `W2`: stable, listed in the manual.
    pub code: &'static str,
    /// Whether it refuses the file.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong, in a few words.
    pub message: Words,
    /// Said beside the caret.
    pub label: Option<Words>,
    /// Further lines: `path: a -> b`.
    pub notes: Vec<Words>,
    /// What to do, where there is one thing to do.
    pub remedy: Option<Words>,
}

impl Diagnostic {
    /// A problem at `place`.
    pub fn new(
        code: &'static str,
        severity: Severity,
        place: Place,
        message: impl Into<Words>,
    ) -> Self {
        Self {
            code,
            severity,
            place,
            message: message.into(),
            label: None,
            notes: Vec::new(),
            remedy: None,
        }
    }

    /// Says `label` beside the caret.
    pub fn label(mut self, label: impl Into<Words>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a line below.
    pub fn note(mut self, note: impl Into<Words>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    pub fn remedy(mut self, remedy: impl Into<Words>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Says `did you mean "x" (line n)?` beside the caret when a name is near enough.
    pub fn suggest(self, suggestion: Option<Suggestion>) -> Self {
        match suggestion {
            Some(near) => self.label(near.words()),
            None => self,
        }
    }

    /// Whether it refuses the file.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Diagnostic {
    /// As operators read it, laid out as FLOWS §9 shows.
    pub fn shown(&self, lang: Lang) -> Shown<'_> {
        Shown {
            problem: self,
            lang,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown(Lang::En).fmt(f)
    }
}

/// A problem in one language, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'d> {
    problem: &'d Diagnostic,
    lang: Lang,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { problem, lang } = *self;
        let word = match (problem.severity, lang) {
            (Severity::Error, Lang::En) => "error",
            (Severity::Error, Lang::Fr) => "erreur",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Warning, Lang::Fr) => "attention",
        };
        let place = &problem.place;
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        // Tabs stay tabs, so that the caret stands under its word whatever their width.
        let indent: String = place
            .shown
            .chars()
            .chain(std::iter::repeat(' '))
            .take(place.column - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let message = problem.message.in_lang(lang);
        writeln!(f, "{word}[{}]: {message}", problem.code)?;
        writeln!(f, "{gutter}--> {}:{number}:{}", place.file, place.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", place.shown)?;
        write!(f, "{gutter} | {indent}{}", "^".repeat(place.width))?;
        if let Some(label) = &problem.label {
            write!(f, " {}", label.in_lang(lang))?;
        }
        for note in &problem.notes {
            write!(f, "\n{gutter} = {}", note.in_lang(lang))?;
        }
        if let Some(remedy) = &problem.remedy {
            let word = match lang {
                Lang::En => "remedy:",
                Lang::Fr => "remède :",
            };
            write!(f, "\n{gutter} = {word} {}", remedy.in_lang(lang))?;
        }
        Ok(())
    }
}

/// A name that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The name.
    pub name: String,
    /// Where it is declared, when in the same file.
    pub line: Option<usize>,
}

impl Suggestion {
    /// `did you mean "x" (line n)?`
    pub fn words(&self) -> Words {
        let name = &self.name;
        match self.line {
            Some(line) => words!(
                "did you mean \"{name}\" (line {line})?",
                "vouliez-vous dire « {name} » (ligne {line}) ?"
            ),
            None => words!("did you mean \"{name}\"?", "vouliez-vous dire « {name} » ?"),
        }
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

/// The nearest of `names` to what was written, when it is near enough to be what was meant: a third
/// of its letters may differ.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<Suggestion> {
    // Whoever answers yes or no misspelt nothing: the nearest word may mean the opposite.
    if ANSWERS.contains(&written.to_lowercase().as_str()) {
        return None;
    }
    let written: Vec<char> = written.chars().take(MAX_COMPARED + 1).collect();
    if written.len() > MAX_COMPARED {
        return None;
    }
    let allowed = (written.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let length = name.chars().take(MAX_COMPARED + 1).count();
        if length > MAX_COMPARED || length.abs_diff(written.len()) > allowed {
            continue;
        }
        let distance = edit_distance(&written, name);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| Suggestion {
        name: name.to_owned(),
        line: None,
    })
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn edit_distance(written: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().collect();
    let mut before: Vec<usize> = vec![0; name.len() + 1];
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in written.iter().enumerate() {
        let mut row = vec![i + 1; name.len() + 1];
        for (j, b) in name.iter().enumerate() {
            let change = last[j] + usize::from(a != b);
            row[j + 1] = change.min(last[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && *a == name[j - 1] && written[i - 1] == *b;
            if swapped {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[name.len()]
}

/// The offset itself, or the start of the character it falls into.
fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Longest part of a line that is shown, in characters.
const MAX_SHOWN: usize = 240;
/// Longest name that is compared with others.
const MAX_COMPARED: usize = 48;
/// Words that mean yes or no and are none of the language.
const ANSWERS: [&str; 6] = ["oui", "non", "yes", "no", "vrai", "faux"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_laid_out_as_the_manual_shows() {
        let text = "\n".repeat(40) + "press.2 = \"atelie\"\r\n";
        let source = Source::new("tenants/garage-martin/flows/accueil.toml", text.clone());
        let at = text.find("\"atelie\"").unwrap();
        let mut near = nearest("atelie", ["menu", "atelier"]);
        near.as_mut().unwrap().line = Some(58);
        let shown = source
            .error(
                "R104",
                at..at + 8,
                Words::same("no step is named \"atelie\""),
            )
            .suggest(near)
            .remedy(Words::same("write it right"))
            .to_string();
        assert_eq!(
            shown,
            "error[R104]: no step is named \"atelie\"\n  \
             --> tenants/garage-martin/flows/accueil.toml:41:11\n   |\n\
             41 | press.2 = \"atelie\"\n   |           ^^^^^^^^ did you mean \"atelier\" (line 58)?\n   \
             = remedy: write it right"
        );
    }

    #[test]
    fn columns_count_characters_and_spans_beyond_the_end_are_harmless() {
        let source = Source::new("f", "é = 1\n");
        assert_eq!(source.place(3..4).column, 3);
        assert_eq!(source.place(1..1).column, 1, "inside a character");
        assert_eq!(source.place(900..1000).line, 2);
        assert_eq!(Source::new("f", "").place(0..5).width, 1);
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("mneu", ["menu", "merci"]).unwrap().name, "menu");
        assert_eq!(nearest("zzz", ["menu", "merci"]), None);
        assert_eq!(nearest("", ["menu"]), None);
    }
}
