//! The tables of `tests/spoken`, made by an author independent of this code.

use jiff::tz::TimeZone;
use rappel_model::Language;

use crate::say::{Format, Manner, Moment, Piece, Spoken, moment, read, text, words};

/// Says every row of a table; the rows of each language it has, or those that are said otherwise.
fn said_as_written(table: &str, huitante: bool) -> usize {
    let zone = TimeZone::UTC;
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in table.lines() {
        let columns: Vec<&str> = row.split('\t').collect();
        let [tag, format, value, now, expected] = columns[..] else {
            panic!("five columns: {row}");
        };
        let manner = Manner {
            language: Language::from(tag),
            spoken: Spoken {
                huitante,
                ..Spoken::default()
            },
        };
        let now = if now.is_empty() {
            "2026-11-24T09:00"
        } else {
            now
        };
        let at = Moment {
            now: moment(now, &zone).unwrap(),
            zone: zone.clone(),
        };
        let format = Format::from_word(format).unwrap();
        let pieces = manner.say(format, &read(format, value, &zone).unwrap(), &at);
        let pieces = pieces.unwrap_or_default();
        for piece in &pieces {
            if let Piece::Clip(key) = piece {
                assert!(words(&manner.language, key).is_some(), "{key} of {row}");
            }
        }
        let found = text(&manner.language, &pieces);
        if found != expected {
            wrong.push(format!("{row}\n    said: {found}"));
        }
        count += 1;
    }
    let few: Vec<_> = wrong.iter().take(20).cloned().collect();
    assert!(few.is_empty(), "{} wrong:\n{}", wrong.len(), few.join("\n"));
    count
}

#[test]
fn french_is_said_as_the_table_says() {
    let table = include_str!("../../../../../../tests/spoken/fr.tsv");
    assert!(said_as_written(table, false) >= 10_000);
}

#[test]
fn english_is_said_as_the_table_says() {
    let table = include_str!("../../../../../../tests/spoken/en.tsv");
    assert!(said_as_written(table, false) >= 10_000);
}

#[test]
fn huitante_is_said_as_the_table_says() {
    let table = include_str!("../../../../../../tests/spoken/huitante.tsv");
    assert!(said_as_written(table, true) >= 5_000);
}
