//! A careful way to read one table: every key asked for is remembered, so that what is left at the
//! end is unknown.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use rappel_ivr::diagnostic::Suggestion;
use rappel_ivr::variables::show_duration;
use rappel_ivr::{Diagnostic, Source, Words, words};
use rappel_model::time::parse_duration;
use rappel_model::{PhoneNumber, Rate};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::codes;
use crate::problems::Problems;

/// A text of a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<'d> {
    pub value: &'d str,
    pub span: Range<usize>,
}

/// One table being read.
pub(crate) struct Fields<'d> {
    source: &'d Source,
    /// What messages call it: `[person.sofia]`.
    title: Words,
    span: Range<usize>,
    table: &'d DeTable<'d>,
    asked: Vec<&'d str>,
}

impl<'d> Fields<'d> {
    /// Reads `table`, whose header (or name) is at `span`.
    pub(crate) fn new(
        source: &'d Source,
        title: Words,
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
        self.table.get(key)
    }

    /// Whether `key` is written.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Where the value of `key` stands; the table's place when it is not written.
    pub(crate) fn span_of(&mut self, key: &'static str) -> Range<usize> {
        self.value(key).map_or_else(|| self.span(), Spanned::span)
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
        self.require(key, problems);
        self.text(key, problems)
    }

    /// Says so when `key` is missing.
    pub(crate) fn require(&mut self, key: &'static str, problems: &mut Problems) {
        if !self.has(key) {
            self.missing(key, problems);
        }
    }

    /// Says that `key` is missing.
    pub(crate) fn missing(&self, key: &str, problems: &mut Problems) {
        let title = &self.title;
        let message = words!([title] "{title} has no \"{key}\"", "{title} n'a pas de « {key} »");
        problems.push(self.error(codes::MISSING, self.span(), message));
    }

    /// A list of texts, if it is written; entries of another type are problems.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<Text<'d>>> {
        let value = self.value(key)?;
        let Some(list) = value.get_ref().as_array() else {
            let expected = words!(
                "a list of texts, like [\"a\", \"b\"]",
                "une liste de textes, comme [\"a\", \"b\"]"
            );
            self.wrong_type(key, value, expected, problems);
            return None;
        };
        if list.len() > MAX_LIST {
            let message = words!(
                "\"{key}\" may have {MAX_LIST} entries",
                "« {key} » a {MAX_LIST} éléments au plus"
            );
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
        self.one_of(key, &text, words, problems)
    }

    /// `text` as one of `words`; if it is none of them, that is a problem.
    pub(crate) fn one_of(
        &self,
        key: &str,
        text: &Text<'_>,
        words: &[&'static str],
        problems: &mut Problems,
    ) -> Option<&'static str> {
        let found = words.iter().find(|word| **word == text.value).copied();
        if found.is_none() {
            let known = words.join(", ");
            let message = words!(
                "\"{key}\" is one of: {known}",
                "« {key} » est au choix : {known}"
            );
            let near = problems.nearest(text.value, words.iter().copied());
            let problem = self.error(codes::NOT_A_WORD, text.span.clone(), message);
            problems.push(problem.suggest(near));
        }
        found
    }

    /// What the word of `key` stands for.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let word = self.word(key, &words, problems)?;
        let found = choices.iter().find(|(each, _)| *each == word);
        found.map(|(_, choice)| *choice)
    }

    /// True or false, if it is written.
    pub(crate) fn yes_no(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let value = self.value(key)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            let expected = words!("true or false", "true (oui) ou false (non)");
            self.wrong_type(key, value, expected, problems);
        }
        found
    }

    /// A whole number within `range`, if it is written.
    pub(crate) fn whole<N: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<N>,
        problems: &mut Problems,
    ) -> Option<N> {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(
                key,
                value,
                words!("a whole number", "un nombre entier"),
                problems,
            );
            return None;
        };
        let plain = (integer.radix() == 10).then(|| integer.as_str().parse().ok());
        let number = plain.flatten().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            let message = words!(
                "\"{key}\" is between {least} and {most}",
                "« {key} » est compris entre {least} et {most}"
            );
            problems.push(self.error(codes::OUT_OF_RANGE, value.span(), message));
        }
        number
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
            let written = text.value;
            let message = words!(
                "\"{written}\" is not a duration",
                "« {written} » n'est pas une durée"
            );
            let problem = self.error(codes::NOT_A_DURATION, text.span, message);
            problems.push(problem.label(words!(
                "write 30s, 20m, 1h30m or 3d",
                "écrivez 30s, 20m, 1h30m ou 3d"
            )));
        }
        length
    }

    /// A duration between two, in seconds, if it is written.
    pub(crate) fn duration_within(
        &mut self,
        key: &'static str,
        seconds: RangeInclusive<u64>,
        problems: &mut Problems,
    ) -> Option<Duration> {
        let length = self.duration(key, problems)?;
        if seconds.contains(&length.as_secs()) {
            return Some(length);
        }
        let shown = |seconds: &u64| show_duration(Duration::from_secs(*seconds));
        let (least, most) = (shown(seconds.start()), shown(seconds.end()));
        let message = words!(
            "\"{key}\" is between {least} and {most}",
            "« {key} » est compris entre {least} et {most}"
        );
        let place = self.span_of(key);
        problems.push(self.error(codes::OUT_OF_RANGE, place, message));
        None
    }

    /// How often something may happen, if it is written: `3/day`.
    pub(crate) fn rate(&mut self, key: &'static str, problems: &mut Problems) -> Option<Rate> {
        let text = self.text(key, problems)?;
        let rate = Rate::parse(text.value);
        if rate.is_none() {
            let written = text.value;
            let message = words!(
                "\"{written}\" is not how often",
                "« {written} » ne dit pas combien de fois"
            );
            let problem = self.error(codes::BAD_VALUE, text.span, message);
            problems.push(problem.label(words!(
                "write 30/minute, 10/hour, 3/day, 2/week or 4/month",
                "écrivez 30/minute, 10/hour, 3/day, 2/week ou 4/month"
            )));
        }
        rate
    }

    /// A date, quoted or not, if it is written.
    pub(crate) fn date(&mut self, key: &'static str, problems: &mut Problems) -> Option<Date> {
        let value = self.value(key)?;
        if let Some(moment) = value.get_ref().as_datetime() {
            if let (Some(date), None) = (moment.date, moment.time) {
                let year = i16::try_from(date.year).ok()?;
                return Date::new(year, date.month.try_into().ok()?, date.day.try_into().ok()?)
                    .ok();
            }
            let expected = words!(
                "a date alone, like \"2026-12-24\"",
                "une date seule, comme \"2026-12-24\""
            );
            self.wrong_type(key, value, expected, problems);
            return None;
        }
        let text = text_of(self.source, key, value, problems)?;
        let date = parse_date(text.value);
        if date.is_none() {
            let written = text.value;
            let message = words!(
                "\"{written}\" is not a date",
                "« {written} » n'est pas une date"
            );
            let problem = self.error(codes::BAD_VALUE, text.span, message);
            problems.push(problem.label(words!(
                "write 2026-12-24: year, month, day",
                "écrivez 2026-12-24 : année, mois, jour"
            )));
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
            let message = words!(
                "this is not an international number",
                "ce n'est pas un numéro international"
            );
            let problem = self.error(codes::NOT_E164, text.span, message);
            problems.push(problem.label(words!(
                "write + and the country code, like +33199000010",
                "écrivez + et l'indicatif du pays, comme +33199000010"
            )));
        }
        number
    }

    /// A table, if it is written.
    pub(crate) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Self> {
        let value = self.value(key)?;
        let title = &self.title;
        let title = words!([title] "\"{key}\" of {title}", "« {key} » de {title}");
        match value.get_ref() {
            DeValue::Table(table) => {
                let span = header_of(self.source, value.span());
                Some(Self::new(self.source, title, span, table))
            }
            _ => {
                self.wrong_type(key, value, words!("a table", "un tableau"), problems);
                None
            }
        }
    }

    /// A list of tables (`[[person.durand.absence]]`); empty when it is not written.
    pub(crate) fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            let expected = words!(
                "a list of tables, each under [[…]]",
                "une liste de tableaux, chacun sous [[…]]"
            );
            self.wrong_type(key, value, expected, problems);
            return Vec::new();
        };
        if list.len() > MAX_LIST {
            let message = words!(
                "\"{key}\" may have {MAX_LIST} entries",
                "« {key} » a {MAX_LIST} éléments au plus"
            );
            problems.push(self.error(codes::LIMIT, value.span(), message));
            return Vec::new();
        }
        let mut tables = Vec::new();
        for entry in list.iter() {
            match entry.get_ref() {
                DeValue::Table(table) => {
                    let title = words!("this \"{key}\"", "ce « {key} »");
                    tables.push(Self::new(self.source, title, entry.span(), table));
                }
                _ => self.wrong_type(key, entry, words!("a table", "un tableau"), problems),
            }
        }
        tables
    }

    /// Says what was written and never asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            if problems.is_full() {
                return;
            }
            let title = &self.title;
            let message = words!(
                [title] "{title} has no key \"{name}\"",
                "{title} n'a pas de réglage « {name} »"
            );
            let near = problems.nearest(name, self.asked.iter().copied());
            let problem = self.error(codes::UNKNOWN_KEY, key.span(), message);
            problems.push(problem.suggest(near));
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

    /// Says that `key` should be what `expected` says.
    pub(crate) fn wrong_type(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        expected: Words,
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
        let expected = words!("a text in quotes", "un texte entre guillemets");
        problems.push(wrong_type(source, key, value, expected));
        return None;
    };
    // Counting stops soon after the bound: a text may be as long as its file.
    if text.chars().take(MAX_TEXT + 1).count() > MAX_TEXT {
        let message = words!(
            "\"{key}\" may have {MAX_TEXT} characters",
            "« {key} » fait {MAX_TEXT} caractères au plus"
        );
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
    expected: Words,
) -> Diagnostic {
    let found = match value.get_ref() {
        DeValue::String(_) => words!("a text", "un texte"),
        DeValue::Integer(_) | DeValue::Float(_) => words!("a number", "un nombre"),
        DeValue::Boolean(_) => words!("true or false", "true ou false"),
        DeValue::Datetime(_) => words!("a date", "une date"),
        DeValue::Array(_) => words!("a list", "une liste"),
        DeValue::Table(_) => words!("a table", "un tableau"),
    };
    let message = words!([found] "\"{key}\" is {found}", "« {key} » est {found}");
    source
        .error(codes::WRONG_TYPE, value.span(), message)
        .label(words!([expected] "write {expected}", "écrivez {expected}"))
}

/// The first line of a table's place: all of it would underline a page.
fn header_of(source: &Source, span: Range<usize>) -> Range<usize> {
    let text = source.text().get(span.clone()).unwrap_or("");
    let first = text.find('\n').unwrap_or(text.len());
    span.start..span.start + first
}

/// Longest text of one value, in characters (FLOWS §18.6).
pub(crate) const MAX_TEXT: usize = 600;

/// Most entries of one list.
pub(crate) const MAX_LIST: usize = 1000;
