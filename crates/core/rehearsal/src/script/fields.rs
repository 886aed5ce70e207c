//! Reading the tables of a test file: every problem with its place.

use std::ops::Range;
use std::time::Duration;

use rappel_ivr::diagnostic::nearest;
use rappel_ivr::{Diagnostic, Source, Words, words};
use rappel_model::time::parse_duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its place.
pub(super) type Value<'d> = Spanned<DeValue<'d>>;

/// What is wrong with a test file, up to [`MAX_PROBLEMS`].
pub(super) struct Problems<'s> {
    pub(super) source: &'s Source,
    found: Vec<Diagnostic>,
    /// How many there are, also those that are not kept.
    told: usize,
}

impl<'s> Problems<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self {
            source,
            found: Vec::new(),
            told: 0,
        }
    }

    /// What was found, in the order of the file.
    pub(super) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|problem| problem.place.span.start);
        self.found
    }

    /// How many problems there are so far.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    pub(super) fn add(&mut self, code: &'static str, span: Range<usize>, message: Words) {
        self.keep(self.source.error(code, span, message));
    }

    pub(super) fn keep(&mut self, problem: Diagnostic) {
        self.told += 1;
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(problem);
        }
    }

    /// A name that nothing has.
    pub(super) fn unknown<'n>(
        &mut self,
        span: Range<usize>,
        message: Words,
        written: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        let near = nearest(written, names);
        self.keep(self.source.error(UNKNOWN, span, message).suggest(near));
    }

    fn wrong<T>(&mut self, span: Range<usize>, expected: Words) -> Option<T> {
        self.add(WRONG, span, expected);
        None
    }

    pub(super) fn text<'d>(&mut self, key: &str, value: &'d Value<'d>) -> Option<&'d str> {
        match value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong(
                value.span(),
                words!("\"{key}\" is a text", "« {key} » est un texte"),
            ),
        }
    }

    pub(super) fn yes(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(yes) => Some(*yes),
            _ => self.wrong(
                value.span(),
                words!("\"{key}\" is true or false", "« {key} » est true ou false"),
            ),
        }
    }

    pub(super) fn number(&mut self, key: &str, value: &Value<'_>) -> Option<u32> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        match number {
            Some(number) => Some(number),
            None => self.wrong(
                value.span(),
                words!(
                    "\"{key}\" is a whole number",
                    "« {key} » est un nombre entier"
                ),
            ),
        }
    }

    pub(super) fn duration(&mut self, key: &str, value: &Value<'_>) -> Option<Duration> {
        let text = self.text(key, value)?;
        match parse_duration(text) {
            Some(length) => Some(length),
            None => self.wrong(
                value.span(),
                words!(
                    "\"{text}\" is no duration: write 5s, 20m or 1h30m",
                    "« {text} » n'est pas une durée : écrivez 5s, 20m ou 1h30m"
                ),
            ),
        }
    }

    pub(super) fn table<'d>(&mut self, key: &str, value: &'d Value<'d>) -> Option<&'d DeTable<'d>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong(
                value.span(),
                words!(
                    "\"{key}\" is a table: {{ name = value }}",
                    "« {key} » est une table : {{ nom = valeur }}"
                ),
            ),
        }
    }

    pub(super) fn list<'d>(&mut self, key: &str, value: &'d Value<'d>) -> Vec<&'d Value<'d>> {
        match value.get_ref() {
            DeValue::Array(array) if array.len() <= MAX_ITEMS => array.iter().collect(),
            DeValue::Array(_) => {
                let message = words!(
                    "\"{key}\" lists at most {MAX_ITEMS} things",
                    "« {key} » énumère au plus {MAX_ITEMS} éléments"
                );
                self.add(WRONG, value.span(), message);
                Vec::new()
            }
            _ => {
                let message = words!("\"{key}\" is a list", "« {key} » est une liste");
                self.add(WRONG, value.span(), message);
                Vec::new()
            }
        }
    }
}

/// Any plain value as it is written, for comparing.
pub(super) fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// The file is no TOML.
pub(super) const NOT_TOML: &str = "R801";
/// A key, word or name of a test that nothing has.
pub(super) const UNKNOWN: &str = "R802";
/// A value of the wrong kind.
pub(super) const WRONG: &str = "R803";
/// Something a test needs is missing.
pub(super) const MISSING: &str = "R804";

/// Problems kept per file.
const MAX_PROBLEMS: usize = 100;
/// Longest list in a test.
pub(super) const MAX_ITEMS: usize = 500;
