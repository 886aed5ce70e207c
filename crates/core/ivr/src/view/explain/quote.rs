//! What is quoted: sentences with their holes as words, durations, names.

use super::Teller;
use crate::expression::duration_in_words;
use crate::prompt::{Piece, split};
use crate::variables::parse_duration;
use crate::words;
use crate::words::{Help, Lang};

impl Teller<'_> {
    /// A text in the quotation marks of the language.
    pub(super) fn quoted(&self, text: &str) -> String {
        match self.lang {
            Lang::En => format!("“{text}”"),
            Lang::Fr => format!("«\u{a0}{text}\u{a0}»"),
        }
    }

    /// The sentences of prompts, one after the other.
    pub(super) fn sentences(&self, prompts: &[&str]) -> String {
        let said = prompts.iter().map(|prompt| {
            let text = self.tables.sentence(prompt, self.lang);
            self.quoted(&text.map_or_else(|| (*prompt).to_owned(), |text| self.with_words(text)))
        });
        let then = self.say(words!(", then ", ", puis "));
        said.collect::<Vec<_>>().join(&then)
    }

    /// A text with its holes as words in square brackets.
    pub(super) fn with_words(&self, text: &str) -> String {
        let mut shown = String::new();
        for (span, piece) in split(text, &mut Vec::new()) {
            match piece {
                Piece::Words(words) => shown.push_str(&words),
                Piece::Hole => {
                    let inside = text[span].trim_matches(['{', '}']);
                    let (value, format) = inside.rsplit_once('|').unwrap_or((inside, ""));
                    let hole = hole(value.trim(), format.trim());
                    let words = hole.map_or_else(|| value.trim(), |help| help.in_lang(self.lang));
                    shown.push_str(&format!("[{words}]"));
                }
            }
        }
        shown
    }

    /// A duration as it is spoken of: `20 secondes`; what is none as it is written.
    pub(super) fn duration(&self, text: &str) -> String {
        match parse_duration(text) {
            Some(length) => self.say(duration_in_words(length)),
            None => text.to_owned(),
        }
    }

    /// A language by its name.
    pub(super) fn language(&self, tag: &str) -> String {
        match tag.split('-').next() {
            Some("fr") => self.say(words!("French", "français")),
            Some("en") => self.say(words!("English", "anglais")),
            _ => tag.to_owned(),
        }
    }
}

/// What a hole says, by its value where it is a well-known one, else by its format.
fn hole(value: &str, format: &str) -> Option<Help> {
    let (en, fr) = match (value, format) {
        ("person.name", _) => ("the person's name", "nom de la personne"),
        ("person.back", _) => ("day of return", "jour du retour"),
        ("person.reason", _) => ("reason of the absence", "motif de l'absence"),
        ("callback.window", _) => ("day and hours of the callback", "jour et heures du rappel"),
        ("callback.from", _) => ("from when", "à partir de quand"),
        ("callback.to", _) => ("until when", "jusqu'à quand"),
        ("queue.position", _) => ("their place", "son rang"),
        ("keys", _) => ("what was typed", "ce qui a été tapé"),
        ("caller.number", _) => ("the caller's number", "numéro de l'appelant"),
        (_, "between") => ("between … and … minutes", "entre … et … minutes"),
        (name, "moment" | "day" | "date" | "time") if name.ends_with(".next_open") => {
            ("when it opens again", "jour et heure de la réouverture")
        }
        (_, "number" | "number:f") => ("number", "nombre"),
        (_, "ordinal") => ("rank", "rang"),
        (_, "digits") => ("digits", "chiffres"),
        (_, "phone") => ("telephone number", "numéro de téléphone"),
        (_, "time") => ("time", "heure"),
        (_, "date" | "day") => ("day", "jour"),
        (_, "moment") => ("day and time", "jour et heure"),
        (_, "window") => ("day, between two times", "jour, entre deux heures"),
        (_, "duration") => ("duration", "durée"),
        (_, "money") => ("amount", "montant"),
        (_, "spell") => ("letters", "lettres"),
        (_, "name") => ("name", "nom"),
        _ => return None,
    };
    Some(Help { en, fr })
}
