//! What a spoken value is put together from.

use std::time::Duration;

use rappel_model::Language;

use super::words;

/// One part of a spoken value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A recorded piece, by its key: `number/21`.
    Clip(String),
    /// A short silence between groups, which a reader sees as a comma.
    Pause,
    /// Words that no recording says: a synthesiser speaks them.
    Speech(String),
}

/// Silence between groups of digits, between letters.
pub const PAUSE: Duration = Duration::from_millis(120);

/// Collects pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    pub(super) fn clip(&mut self, key: impl Into<String>) {
        self.0.push(Piece::Clip(key.into()));
    }

    /// The piece `family/number`.
    pub(super) fn numbered(&mut self, family: &str, number: u32) {
        self.clip(format!("{family}/{number}"));
    }

    /// Digits as single numbers.
    pub(super) fn one_by_one(&mut self, digits: &str) {
        for digit in digits.chars().filter_map(|c| c.to_digit(10)) {
            self.numbered("number", digit);
        }
    }

    pub(super) fn pause(&mut self) {
        self.0.push(Piece::Pause);
    }

    pub(super) fn extend(&mut self, more: Vec<Piece>) {
        self.0.extend(more);
    }

    /// Puts `key` in the place of the first piece.
    pub(super) fn replace_first(&mut self, key: &str) {
        if let Some(first) = self.0.first_mut() {
            *first = Piece::Clip(key.to_owned());
        }
    }

    pub(super) fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(Piece::Clip(key)) => Some(key),
            _ => None,
        }
    }

    /// All, when there are any.
    pub(super) fn finish(self) -> Option<Vec<Piece>> {
        (!self.0.is_empty()).then_some(self.0)
    }

    pub(super) fn into_vec(self) -> Vec<Piece> {
        self.0
    }
}

/// The words of pieces as they are read: the words of each with a space between, a comma where there
/// is a pause. A key without words in `language` is left out; [`super::pieces`] has them all.
pub fn text(language: &Language, pieces: &[Piece]) -> String {
    let mut said = String::new();
    for piece in pieces {
        let words = match piece {
            Piece::Pause => {
                said.push(',');
                continue;
            }
            Piece::Clip(key) => words(language, key).unwrap_or_default(),
            Piece::Speech(words) => words.clone(),
        };
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(&words);
    }
    said
}
