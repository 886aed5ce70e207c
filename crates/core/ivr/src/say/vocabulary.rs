//! The recorded pieces of one language: which there are, and their words.

use super::format::Gender;

/// Where a language is spoken. What differs between regions is words (*septante*), grammar
/// ("one hundred one") and whose telephone numbers are at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    France,
    Belgium,
    Switzerland,
    Canada,
    Britain,
    America,
}

/// Pieces that differ by a number: `hours/1`, `hours/2` …
pub(super) struct Family {
    /// What stands before the `/`.
    pub(super) name: &'static str,
    /// The words of a number; `None` when the family has no such piece, or no feminine that differs.
    pub(super) words: fn(Region, u32, Gender) -> Option<String>,
}

/// All pieces of one language in one region.
pub(super) struct Vocabulary {
    pub(super) region: Region,
    pub(super) families: &'static [Family],
    /// Pieces with a name of their own and their words; the first table that has a key wins.
    pub(super) named: [Table; 2],
}

/// Keys and words.
pub(super) type Table = &'static [(&'static str, &'static str)];

impl Vocabulary {
    /// The words of the piece `key`.
    pub(super) fn words(&self, key: &str) -> Option<String> {
        let mut named = self.named.iter().flat_map(|table| table.iter());
        if let Some((_, words)) = named.find(|(name, _)| *name == key) {
            return Some((*words).to_owned());
        }
        let (name, number) = key.split_once('/')?;
        let family = self.families.iter().find(|family| family.name == name)?;
        let (number, gender) = match number.strip_suffix('f') {
            Some(number) => (number, Gender::Feminine),
            None => (number, Gender::Masculine),
        };
        let value: u32 = number.parse().ok().filter(|value| *value <= HIGHEST)?;
        // One key per piece: `number/07` is none.
        (value.to_string() == number)
            .then(|| (family.words)(self.region, value, gender))
            .flatten()
    }

    /// Every piece: its key and its words.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::with_capacity(1_024);
        for family in self.families {
            for value in 0..=HIGHEST {
                for (gender, ending) in [(Gender::Masculine, ""), (Gender::Feminine, "f")] {
                    if let Some(words) = (family.words)(self.region, value, gender) {
                        all.push((format!("{}/{value}{ending}", family.name), words));
                    }
                }
            }
        }
        for (key, words) in self.named.iter().flat_map(|table| table.iter()) {
            if all.iter().all(|(known, _)| known != key) {
                all.push(((*key).to_owned(), (*words).to_owned()));
            }
        }
        all
    }
}

/// The highest number in a key.
const HIGHEST: u32 = 900;
