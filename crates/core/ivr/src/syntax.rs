//! TOML as read here: every value with its place, every problem with its code.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source, Suggestion, nearest};
use crate::toml_words::toml_words;
use crate::words;
use crate::words::Words;

/// A key and its value, with places.
pub(crate) type Entry<'d> = (&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>);

/// A text of a file: what it says and where each of its bytes stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) value: String,
    /// The value with its quotes.
    pub(crate) span: Range<usize>,
    /// Where its first byte stands, when it is written without escapes.
    base: Option<usize>,
}

impl Text {
    /// The text `value` that `span` of `source` writes.
    pub(crate) fn new(source: &Source, span: Range<usize>, value: &str) -> Self {
        let written = source.text().get(span.clone()).unwrap_or("");
        let exact = written.len() <= value.len() + 7;
        let base = exact.then(|| written.find(value)).flatten();
        Self {
            value: value.to_owned(),
            base: base.map(|offset| span.start + offset),
            span,
        }
    }

    /// The place in the file of `inner`, bytes of the value; the whole value when it is escaped.
    pub(crate) fn at(&self, inner: Range<usize>) -> Range<usize> {
        match self.base {
            Some(base) => base + inner.start..base + inner.end,
            None => self.span.clone(),
        }
    }
}

/// Reads one file and collects its problems; at most [`MAX_PROBLEMS`] are kept.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) source: &'a Source,
    problems: Vec<Diagnostic>,
    /// Counted even when the problems are no longer kept.
    errors: usize,
    suggestions: usize,
    /// Names of tables that stand there twice: what they say is not to be trusted.
    twice: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// A reader of `source` that has found nothing wrong yet.
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            problems: Vec::new(),
            errors: 0,
            suggestions: 0,
            twice: BTreeSet::new(),
        }
    }

    /// What was found, in the order of the file.
    pub(crate) fn into_problems(mut self) -> Vec<Diagnostic> {
        self.problems
            .sort_by_key(|p| (p.severity, p.place.span.start));
        self.problems
    }

    /// What was found so far, in the order it was found.
    pub(crate) fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// Whether a table of this name stands there twice.
    pub(crate) fn is_twice(&self, name: &str) -> bool {
        self.twice.contains(name)
    }

    /// How many errors were found so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Keeps an error.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
    ) {
        self.errors += 1;
        if self.has_room() {
            let problem = self.source.error(code, span, message);
            self.problems.push(problem);
        }
    }

    /// Keeps an error with words beside the caret.
    pub(crate) fn error_label(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
        label: impl Into<Words>,
    ) {
        self.errors += 1;
        if self.has_room() {
            let problem = self.source.error(code, span, message).label(label);
            self.problems.push(problem);
        }
    }

    /// Keeps a problem made elsewhere.
    pub(crate) fn keep(&mut self, problem: Diagnostic) {
        self.errors += usize::from(problem.is_error());
        if self.has_room() {
            self.problems.push(problem);
        }
    }

    /// Whether one more problem would be kept: building it may be spared otherwise.
    pub(crate) fn has_room(&self) -> bool {
        self.problems.len() < MAX_PROBLEMS
    }

    /// Keeps an error about an unknown name, with the nearest of `names`, which is returned.
    pub(crate) fn unknown<'n>(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
        written: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<String> {
        self.errors += 1;
        if !self.has_room() {
            return None;
        }
        let near = self.nearest(written, names);
        let meant = near.as_ref().map(|near| near.name.clone());
        let problem = self.source.error(code, span, message).suggest(near);
        self.problems.push(problem);
        meant
    }

    /// Tells each key of a table that is none of `names`, in the words of `message`.
    pub(crate) fn only_keys(
        &mut self,
        table: &DeTable<'_>,
        names: &[&str],
        message: impl Fn(&str) -> Words,
    ) {
        for (key, _) in table.iter() {
            let written: &str = key.get_ref();
            if !names.contains(&written) {
                let known = names.iter().copied();
                self.unknown("R101", key.span(), message(written), written, known);
            }
        }
    }

    /// The nearest name; searching is given up after a number of searches per file, so that a
    /// hostile file costs no more than its length.
    pub(crate) fn nearest<'n>(
        &mut self,
        written: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<Suggestion> {
        self.suggestions += 1;
        (self.suggestions <= MAX_SUGGESTIONS)
            .then(|| nearest(written, names))
            .flatten()
    }

    /// A table, or a problem.
    pub(crate) fn table<'d>(&mut self, (key, value): Entry<'d>) -> Option<&'d DeTable<'d>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong(key.get_ref(), value, words!("a table", "un tableau")),
        }
    }

    /// A list, or a problem.
    pub(crate) fn array<'d>(
        &mut self,
        name: &str,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Option<&'d DeArray<'d>> {
        match value.get_ref() {
            DeValue::Array(array) => Some(array),
            _ => self.wrong(name, value, words!("a list", "une liste")),
        }
    }

    /// A text, or a problem.
    pub(crate) fn text(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(text) => Some(Text::new(self.source, value.span(), text)),
            _ => self.wrong(
                name,
                value,
                words!("a text between quotes", "un texte entre guillemets"),
            ),
        }
    }

    /// True or false, or a problem.
    pub(crate) fn yes_no(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(yes) => Some(*yes),
            _ => self.wrong(
                name,
                value,
                words!("true or false", "true (oui) ou false (non)"),
            ),
        }
    }

    /// A whole number, or a problem.
    pub(crate) fn number(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        match number {
            Some(number) => Some(number),
            None => self.wrong(name, value, words!("a whole number", "un nombre entier")),
        }
    }

    fn wrong<T>(&mut self, name: &str, value: &Spanned<DeValue<'_>>, expected: Words) -> Option<T> {
        let message = words!([expected] "\"{name}\" is {expected}", "« {name} » est {expected}");
        let found = describe(value.get_ref());
        let label = words!([found] "this is {found}", "ceci est {found}");
        self.error_label("R201", value.span(), message, label);
        None
    }
}

/// What a TOML value is, in words for operators.
fn describe(value: &DeValue<'_>) -> Words {
    match value {
        DeValue::String(_) => words!("a text", "un texte"),
        DeValue::Integer(_) => words!("a whole number", "un nombre entier"),
        DeValue::Float(_) => words!("a number with decimals", "un nombre à virgule"),
        DeValue::Boolean(_) => words!("true or false", "true ou false"),
        DeValue::Datetime(_) => words!("a date without quotes", "une date sans guillemets"),
        DeValue::Array(_) => words!("a list", "une liste"),
        DeValue::Table(_) => words!("a table", "un tableau"),
    }
}

/// Reads the TOML of a file; problems of the syntax are kept, and what can be read is returned.
pub(crate) fn document<'a>(reader: &mut Reader<'a>) -> Spanned<DeTable<'a>> {
    let source: &'a Source = reader.source;
    let (root, errors) = DeTable::parse_recoverable(source.text());
    let titles = if errors.is_empty() {
        Vec::new()
    } else {
        titles(source.text())
    };
    let (mut last, mut header) = (None, None);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let line = source.line_of(span.start);
        let first = error.message().lines().next().unwrap_or("this is not TOML");
        match first {
            "duplicate key" => {
                let written = source.text().get(span.clone()).unwrap_or("");
                if last.is_some() {
                    continue;
                }
                let above = titles.partition_point(|title| *title <= line);
                let is_title = above > 0 && titles[above - 1] == line;
                // What stands below a title that is there twice is there twice because of it.
                if header.is_some() && header == titles.get(above.wrapping_sub(1)) && !is_title {
                    continue;
                }
                if is_title {
                    let name = source.text().get(span.clone()).unwrap_or("");
                    reader.twice.insert(name.trim_matches('"').to_owned());
                    header = titles.get(above - 1);
                }
                let message = words!(
                    "\"{written}\" is declared twice",
                    "« {written} » est déclaré deux fois"
                );
                let again = source.text().lines().nth(line - 1).unwrap_or("").trim();
                let first = is_title.then(|| first_title(source.text(), &titles, again));
                match first.flatten().filter(|first| *first < line) {
                    Some(first) => reader.error_label(
                        "R110",
                        span,
                        message,
                        words!("first at line {first}", "d'abord à la ligne {first}"),
                    ),
                    None => reader.error("R110", span, message),
                }
            }
            _ => {
                // The lines after a mistake are read as what they are not.
                let follows = last.is_some_and(|last| line <= last + CONSEQUENCES);
                last = Some(line);
                if !follows {
                    let what = toml_words(first, source.text(), span.start);
                    reader.error("R001", span, what);
                }
            }
        }
    }
    root
}

/// The first line, from 1, that holds the title `again`, whatever remark follows it.
fn first_title(text: &str, titles: &[usize], again: &str) -> Option<usize> {
    let title = |line: &str| {
        line.split(']')
            .next()
            .map(|t| t.replace([' ', '"', '\t'], ""))
    };
    let again = title(again);
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines
        .find(|(number, line)| titles.binary_search(number).is_ok() && title(line) == again)
        .map(|(number, _)| number)
}

/// The lines, from 1, that hold the title of a table.
fn titles(text: &str) -> Vec<usize> {
    let lines = text.lines().enumerate();
    let titles = lines.filter(|(_, line)| line.trim_start().starts_with('['));
    titles.map(|(number, _)| number + 1).collect()
}

/// Lines after a mistake in the syntax whose mistakes are taken for its consequences.
const CONSEQUENCES: usize = 2;
/// Problems kept per file.
pub(crate) const MAX_PROBLEMS: usize = 200;
/// Searches for a nearest name per file.
const MAX_SUGGESTIONS: usize = 32;
