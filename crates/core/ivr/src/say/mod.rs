//! Spoken values (FLOWS §5): a value, a format, a language and the day it is become keys of recorded
//! pieces. The words are those of the pieces, so that what is read and what is heard cannot disagree.
//!
//! [`Manner::say`] is the entry; [`text`] gives the words, [`pieces`] what must be recorded. Each language
//! is a folder with its grammar and the words of its pieces; what a region says otherwise (`fr-BE`,
//! `fr-CH`, `fr-CA`) is recorded under the region's own tag, and everything else under the language's.
//!
//! The pieces are chosen by ear and by count. Numbers are whole from 0 to 99 in both genders, because
//! *soixante et onze* cut in three sounds like a list; hundreds are whole, with the *s* and without;
//! *mille* and *million* follow. French nouns that begin with a vowel, or before which *six*, *huit* and
//! *dix* change, are recorded with their number: hours, minutes, seconds, euros.

mod en;
mod format;
mod fr;
mod grammar;
mod length;
mod manner;
mod phone;
mod piece;
mod spell;
mod vocabulary;
mod written;

pub use format::{Format, Gender};
pub use manner::{CEILING, MAX_LETTERS, MAX_NUMBER, MAX_SPEECH, Manner, Moment, Spoken, digits};
pub use piece::{PAUSE, Piece, text};
pub use spell::unspelled;
pub use written::{Unreadable, moment, read};

use rappel_model::Language;

/// Every piece that `language` may need, in its region: its key and its words.
pub fn pieces(language: &Language) -> Vec<(String, String)> {
    grammar::grammar(language, false).vocabulary().all()
}

/// What must be recorded for `language`: of a region, only what the language elsewhere lacks or says
/// otherwise.
pub fn recorded(language: &Language) -> Vec<(String, String)> {
    let Some((primary, _)) = language.as_str().split_once('-') else {
        return pieces(language);
    };
    let primary = Language::from(primary);
    let mut own = pieces(language);
    own.retain(|(key, said)| words(&primary, key).as_ref() != Some(said));
    own
}

/// The words of one piece, for a reader instead of a listener; `None` for what is no piece.
pub fn words(language: &Language, key: &str) -> Option<String> {
    grammar::grammar(language, false).vocabulary().words(key)
}

/// The languages and regions with a grammar of their own.
pub const LANGUAGES: [&str; 8] = [
    "fr", "fr-FR", "fr-BE", "fr-CH", "fr-CA", "en", "en-GB", "en-US",
];

#[cfg(test)]
mod tests;
