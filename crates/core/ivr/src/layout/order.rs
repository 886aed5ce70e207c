//! The keys of a step in the order of the manual: what it does, its own keys, its marks, its ways out.

use super::sheet::{Above, Entry, Section, Sheet};
use crate::step::{self, Verb};

/// The sheet with the keys of every step in order. Tables stay where they are: banners and sections
/// are the operator's own.
pub(super) fn ordered(mut sheet: Sheet) -> Sheet {
    for table in sheet.tables.iter_mut().filter(|t| t.step().is_some()) {
        let verb = verb(table);
        table.entries.sort_by_key(|entry| rank(verb, &entry.path));
        for entry in &mut table.entries {
            entry.above.retain(|line| *line != Above::Blank);
        }
    }
    sheet
}

/// The verb a step names, when it is one.
fn verb(table: &Section) -> Option<&'static Verb> {
    let written = table.entries.iter().find(|entry| is_key(entry, "do"))?;
    step::verb(written.value.trim_matches(['"', '\'']))
}

fn is_key(entry: &Entry, name: &str) -> bool {
    matches!(&entry.path[..], [key] if key == name)
}

/// Where a key stands: its group, and its place within. Keys of one rank keep their order: what
/// `set` assigns happens in the order of the file.
fn rank(verb: Option<&Verb>, path: &[String]) -> (u8, usize) {
    let name = path.first().map_or("", String::as_str);
    let after = path.get(1).map(String::as_str);
    let own = verb.and_then(|verb| verb.keys.iter().position(|key| key.name == name));
    match (own, name) {
        (_, "do") => (0, 0),
        (Some(place), _) => (5, place),
        (None, "title") => (1, 0),
        (None, "note") => (2, 0),
        (None, "if") => (3, 0),
        (None, "tags") => (7, 0),
        (None, "count") => (8, 0),
        (None, "max_visits") => (9, 0),
        (None, "next") => (10, 0),
        (None, "press") => (11, pad(after)),
        (None, "on") => (12, outcome(verb, after)),
        (None, _) => (6, 0),
    }
}

/// The place of a key on a telephone.
fn pad(key: Option<&str>) -> usize {
    let place = key.and_then(|key| "1234567890*#".find(key));
    place.unwrap_or(usize::MAX)
}

fn outcome(verb: Option<&Verb>, word: Option<&str>) -> usize {
    let Some(word) = word else { return 0 };
    let own = verb.and_then(|verb| verb.outcomes.iter().position(|o| o.name == word));
    match (own, word) {
        (Some(place), _) => place,
        (None, "error") => usize::MAX - 1,
        (None, "too_often") => usize::MAX,
        (None, _) => usize::MAX - 2,
    }
}
