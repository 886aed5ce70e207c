//! One TOML file with the places of everything in it, and a careful way to read its tables.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use jiff::civil::Date;
use rappel_ivr::diagnostic::{Suggestion, nearest};
use rappel_ivr::{Diagnostic, Source, Words, words};
use rappel_model::PhoneNumber;
use rappel_model::time::parse_duration;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::codes;

/// What is wrong so far, up to [`MAX_PROBLEMS`]. Suggestions are costly and rarely read beyond the
/// first page: a hostile file gets a bounded number of them.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Diagnostic>,
    suggested: usize,
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
        self.list.sort_by(|a, b| {
            let order = a.place.file.cmp(&b.place.file);
            let order = order.then(a.place.span.start.cmp(&b.place.span.start));
            order.then(a.code.cmp(b.code))
        });
        self.list.dedup();
        self.list
    }
}

/// One file, parsed.
pub(crate) struct Document<'t> {
    /// Its text, for places.
    pub source: Source,
    /// Its tables.
    pub root: DeTable<'t>,
    /// Whether it lies in the shared folder.
    pub shared: bool,
}

impl<'t> Document<'t> {
    /// Parses `text`; every syntax error becomes a problem and the document `None`.
    pub(crate) fn parse(
        shown: String,
        text: &'t str,
        shared: bool,
        problems: &mut Problems,
    ) -> Option<Self> {
        let source = Source::new(shown, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Some(Self {
                source,
                root: root.into_inner(),
                shared,
            });
        }
        for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
            problems.push(syntax_problem(&source, error));
        }
        None
    }
}

/// Says what TOML does not accept; of something declared twice, both places.
fn syntax_problem(source: &Source, error: &toml::de::Error) -> Diagnostic {
    let text = source.text();
    let span = error.span().unwrap_or(0..0);
    if error.message() == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or("");
        let problem = source.error(
            codes::TWICE,
            span.clone(),
            format!("\"{key}\" is declared twice"),
        );
        return match first_declaration(text, span.start) {
            Some(offset) => problem.note(format!(
                "first declared at {}:{}",
                source.file(),
                source.line_of(offset)
            )),
            None => problem,
        };
    }
    let message = format!("this is not TOML: {}", error.message());
    source.error(codes::NOT_TOML, span, message)
}

/// The offset of an earlier line that declares what the line around `offset` declares: the same
/// header, or the same key since the last header.
fn first_declaration(text: &str, offset: usize) -> Option<usize> {
    let declared = |line: &str| {
        let line = line.trim();
        if line.starts_with('[') {
            line.split('#').next().map(|l| l.trim_end().to_owned())
        } else {
            line.split_once('=').map(|(key, _)| key.trim().to_owned())
        }
    };
    let start = text.get(..offset)?.rfind('\n').map_or(0, |i| i + 1);
    let wanted = declared(text[start..].lines().next()?)?;
    let mut found = None;
    let mut at = 0;
    for line in text[..start].split_inclusive('\n') {
        let is_header = line.trim_start().starts_with('[');
        if is_header && !wanted.starts_with('[') {
            found = None;
        }
        if found.is_none() && declared(line).as_deref() == Some(&wanted) {
            found = Some(at);
        }
        at += line.len();
    }
    found
}

/// A text of a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<'d> {
    pub value: &'d str,
    pub span: Range<usize>,
}

/// One table being read: every key asked for is remembered, so that what is left at the end is
/// unknown.
pub(crate) struct Fields<'d> {
    source: &'d Source,
    /// What messages call it: `[person.sofia]`.
    title: String,
    span: Range<usize>,
    table: &'d DeTable<'d>,
    asked: Vec<&'d str>,
}

impl<'d> Fields<'d> {
    /// Reads `table`, whose header (or name) is at `span`.
    pub(crate) fn new(
        source: &'d Source,
        title: String,
        span: Range<usize>,
        table: &'d DeTable<'d>,
    ) -> Self {
        Self {
            source,
            title,
            span,
            table,
            asked: Vec::new(),
        }
    }

    /// The file it stands in.
    pub(crate) fn source(&self) -> &'d Source {
        self.source
    }

    /// Where the table begins.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Every key and value.
    pub(crate) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>)> + use<'d> {
        self.table.iter()
    }

    /// Notes that `key` was read by other means than the methods below.
    pub(crate) fn took(&mut self, key: &'d str) {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
    }

    /// The value of `key`, if it is written.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.took(key);
        let mut entries = self.table.iter();
        entries
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// A text, if it is written.
    pub(crate) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<Text<'d>> {
        let value = self.value(key)?;
        text_of(self.source, key, value, problems)
    }

    /// A text that must be written.
    pub(crate) fn required(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Text<'d>> {
        if self.value(key).is_none() {
            self.missing(key, problems);
        }
        self.text(key, problems)
    }

    /// Says that `key` is missing.
    pub(crate) fn missing(&self, key: &str, problems: &mut Problems) {
        let message = format!("{} has no \"{key}\"", self.title);
        problems.push(self.error(codes::MISSING, self.span(), message));
    }

    /// A list of texts, if it is written; empty entries of another type are problems.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<Text<'d>>> {
        let value = self.value(key)?;
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts, like [\"a\", \"b\"]", problems);
            return None;
        };
        if list.len() > MAX_LIST {
            let message = format!("\"{key}\" may have {MAX_LIST} entries");
            problems.push(self.error(codes::LIMIT, value.span(), message));
            return None;
        }
        let texts = list.iter();
        Some(
            texts
                .filter_map(|entry| text_of(self.source, key, entry, problems))
                .collect(),
        )
    }

    /// A text that must be one of `words`.
    pub(crate) fn word(
        &mut self,
        key: &'static str,
        words: &[&'static str],
        problems: &mut Problems,
    ) -> Option<&'static str> {
        let text = self.text(key, problems)?;
        let found = words.iter().find(|word| **word == text.value).copied();
        if found.is_none() {
            let message = format!("\"{key}\" is one of: {}", words.join(", "));
            let near = nearest(text.value, words.iter().copied());
            problems.push(
                self.error(codes::NOT_A_WORD, text.span, message)
                    .suggest(near),
            );
        }
        found
    }

    /// A duration, if it is written.
    pub(crate) fn duration(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Duration> {
        let text = self.text(key, problems)?;
        let length = parse_duration(text.value);
        if length.is_none() {
            let message = format!("\"{}\" is not a duration", text.value);
            let problem = self.error(codes::NOT_A_DURATION, text.span, message);
            problems.push(problem.label("write 30s, 20m, 1h30m or 3d"));
        }
        length
    }

    /// A whole number within `range`, if it is written.
    pub(crate) fn whole(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u16>,
        problems: &mut Problems,
    ) -> Option<u16> {
        let value = self.value(key)?;
        let (low, high) = (range.start(), range.end());
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "a whole number", problems);
            return None;
        };
        let number = integer.as_str().parse().ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let message = words!(
                "\"{key}\" is a number from {low} to {high}",
                "« {key} » est un nombre de {low} à {high}"
            );
            problems.push(self.error(codes::BAD_VALUE, value.span(), message));
        }
        number
    }

    /// A date, quoted or not, if it is written.
    pub(crate) fn date(&mut self, key: &'static str, problems: &mut Problems) -> Option<Date> {
        let value = self.value(key)?;
        if let Some(moment) = value.get_ref().as_datetime() {
            if let (Some(date), None) = (moment.date, moment.time) {
                return Date::new(
                    i16::try_from(date.year).ok()?,
                    date.month as i8,
                    date.day as i8,
                )
                .ok();
            }
            self.wrong_type(key, value, "a date alone, like \"2026-12-24\"", problems);
            return None;
        }
        let text = text_of(self.source, key, value, problems)?;
        let date = parse_date(text.value);
        if date.is_none() {
            let message = format!("\"{}\" is not a date", text.value);
            let problem = self.error(codes::BAD_VALUE, text.span, message);
            problems.push(problem.label("write 2026-12-24: year, month, day"));
        }
        date
    }

    /// An E.164 number, if it is written.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<PhoneNumber> {
        let text = self.text(key, problems)?;
        let number = PhoneNumber::parse(text.value).filter(PhoneNumber::is_e164);
        if number.is_none() {
            let message = "this is not an international number".to_owned();
            let problem = self.error(codes::NOT_E164, text.span, message);
            problems.push(problem.label("write + and the country code, like +33199000010"));
        }
        number
    }

    /// A table, if it is written.
    pub(crate) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Self> {
        let value = self.value(key)?;
        let title = format!("\"{key}\" of {}", self.title);
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(self.source, title, value.span(), table)),
            _ => {
                self.wrong_type(key, value, "a table", problems);
                None
            }
        }
    }

    /// A list of tables (`[[person.durand.absence]]`); empty when it is not written.
    pub(crate) fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array().filter(|l| l.len() <= MAX_LIST) else {
            self.wrong_type(key, value, "a list of tables, each under [[…]]", problems);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for entry in list.iter() {
            match entry.get_ref() {
                DeValue::Table(table) => {
                    let title = format!("this \"{key}\"");
                    tables.push(Self::new(self.source, title, entry.span(), table));
                }
                _ => self.wrong_type(key, entry, "a table", problems),
            }
        }
        tables
    }

    /// Says what was written and never asked for. Keys in `later` belong to the language but are
    /// not served yet: ignoring them would be a lie.
    pub(crate) fn finish(self, later: &[&str], problems: &mut Problems) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            if problems.is_full() {
                return;
            }
            if later.contains(&name) {
                let message = format!("\"{name}\" is not available yet in {}", self.title);
                let problem = self.error(codes::NOT_YET, key.span(), message);
                problems.push(problem.remedy("remove it: this engine would not do what it says"));
                continue;
            }
            let message = format!("{} has no key \"{name}\"", self.title);
            let near = problems.nearest(name, self.asked.iter().copied());
            problems.push(
                self.error(codes::UNKNOWN_KEY, key.span(), message)
                    .suggest(near),
            );
        }
    }

    /// A problem of this file.
    pub(crate) fn error(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<Words>,
    ) -> Diagnostic {
        self.source.error(code, span, message)
    }

    fn wrong_type(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        expected: &str,
        problems: &mut Problems,
    ) {
        problems.push(wrong_type(self.source, key, value, expected));
    }
}

/// A date of the form 2026-12-24.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| is_plain)
}

/// The suggestion, with the line of its declaration when that is in the same file.
pub(crate) fn with_line(
    near: Option<Suggestion>,
    line_of: impl Fn(&str) -> Option<usize>,
) -> Option<Suggestion> {
    near.map(|mut near| {
        near.line = line_of(&near.name);
        near
    })
}

pub(crate) fn text_of<'d>(
    source: &Source,
    key: &str,
    value: &'d Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<Text<'d>> {
    let Some(text) = value.get_ref().as_str() else {
        problems.push(wrong_type(source, key, value, "a text in quotes"));
        return None;
    };
    if text.chars().count() > MAX_TEXT {
        let message = format!("\"{key}\" may have {MAX_TEXT} characters");
        problems.push(source.error(codes::LIMIT, value.span(), message));
        return None;
    }
    Some(Text {
        value: text,
        span: value.span(),
    })
}

fn wrong_type(
    source: &Source,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    expected: &str,
) -> Diagnostic {
    let found = match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let message = format!("\"{key}\" is {found}");
    source
        .error(codes::WRONG_TYPE, value.span(), message)
        .label(format!("write {expected}"))
}

/// Most problems told at once.
pub(crate) const MAX_PROBLEMS: usize = 500;

/// Most names looked for near what was written.
const MAX_SUGGESTIONS: usize = 100;

/// Most syntax errors shown of one file.
const MAX_SYNTAX_ERRORS: usize = 20;

/// Longest text of one value, in characters (FLOWS §18.6).
pub(crate) const MAX_TEXT: usize = 600;

/// Most entries of one list.
pub(crate) const MAX_LIST: usize = 1000;
