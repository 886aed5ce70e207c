//! The problems of one trunk as they are found, and the words that its keys take.

use rappel_ivr::words;
use rappel_ivr::words::Words;

use super::areas;
use crate::config::fault::Fault;

/// The problems of one trunk as they are found.
pub(super) struct Problems<'a> {
    pub(super) name: &'a str,
    pub(super) found: Vec<Fault>,
}

impl Problems<'_> {
    pub(super) fn tell(&mut self, key: &str, why: Words) {
        self.found
            .push(Fault::value(["trunk", self.name, key], why));
    }

    pub(super) fn none_of(&mut self, key: &str, text: &str, known: impl Into<Words>) {
        let known = known.into();
        self.tell(
            key,
            words!(
                [known] "\"{text}\" is none of {known}",
                "« {text} » n'est aucun de : {known}"
            ),
        );
    }

    pub(super) fn not_a_host(&mut self, key: &str, text: &str) {
        self.tell(
            key,
            words!(
                "\"{text}\" is no host: write sip.example.com, 192.0.2.10 or 192.0.2.10:5080",
                "« {text} » n'est pas un hôte : écrivez sip.example.com, 192.0.2.10 ou \
                 192.0.2.10:5080"
            ),
        );
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        text: Option<&str>,
        known: &[(&str, T)],
    ) -> Option<T> {
        let text = text?;
        let found = known.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            self.none_of(key, text, words.join(", "));
        }
        found.map(|(_, value)| *value)
    }

    /// Several of a few words.
    pub(super) fn each<T: std::str::FromStr, C: FromIterator<T>>(
        &mut self,
        key: &str,
        texts: &[String],
        known: &Words,
    ) -> C {
        let mut read = |text: &String| {
            let value = text.parse().ok();
            if value.is_none() {
                self.none_of(key, text, known.clone());
            }
            value
        };
        texts.iter().filter_map(&mut read).collect()
    }

    pub(super) fn areas(&mut self, key: &str, texts: &[String]) -> Vec<rappel_trunk::Area> {
        self.each(key, texts, &areas())
    }
}
