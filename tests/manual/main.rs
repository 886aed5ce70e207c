//! The operator's manual does what it says: every file in it is written, every command in it is run,
//! and what it shows is what the command prints.
//!
//! The chapters of a language are one story in one folder: each goes on where the one before ended.
//! `RAPPEL_MANUAL=write cargo test -p rappel-tests --test manual` puts what commands print today
//! into the chapters, to be read and committed.
#![allow(missing_docs)]

mod chapter;
mod reader;
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chapter::{Block, Chapter, Kind};
use reader::Reader;

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/manual");

/// The chapters of a language, in order.
fn chapters(language: &str) -> Vec<Chapter> {
    let folder = Path::new(MANUAL).join(language);
    let entries = std::fs::read_dir(&folder).expect("the manual has this language");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("read").path()).collect();
    paths.sort();
    paths.iter().map(|path| Chapter::read(path)).collect()
}

/// Does everything a language's chapters say; what comes out otherwise is shown, or written.
fn follow(language: &str, locale: &str) {
    let mut reader = Reader::new(locale);
    let write = std::env::var("RAPPEL_MANUAL").is_ok_and(|mode| mode == "write");
    let mut differences = Vec::new();
    for (file, expected) in [
        (reference::STEPS, reference::steps(language, &reader)),
        (reference::MESSAGES, reference::messages(language, &reader)),
    ] {
        let path = Path::new(MANUAL).join(language).join(file);
        if write {
            std::fs::write(&path, expected).expect("a chapter can be written");
        } else if std::fs::read_to_string(&path).ok() != Some(expected) {
            differences.push(format!("{file} is not what `rappel help` says"));
        }
    }
    for mut chapter in chapters(language) {
        for index in 0..chapter.blocks.len() {
            let Some(told) = reader.follow(&chapter.blocks[index]) else {
                continue;
            };
            let place = chapter.place(index);
            if write {
                chapter.blocks[index].lines = told;
            } else {
                differences.push(format!("{place}\n{}", told.join("\n")));
            }
        }
        if write {
            chapter.write();
        }
    }
    assert!(
        differences.is_empty(),
        "commands of the manual print something else today (RAPPEL_MANUAL=write puts it there):\n\n{}",
        differences.join("\n\n")
    );
}

#[test]
fn everything_in_the_french_manual_happens_as_it_says() {
    follow("fr", "fr_FR.UTF-8");
}

#[test]
fn everything_in_the_english_manual_happens_as_it_says() {
    follow("en", "en_GB.UTF-8");
}

#[test]
fn both_languages_have_the_same_chapters_with_the_same_examples() {
    let kind = |block: &Block| match block.kind() {
        Kind::File(_) => "file",
        Kind::Add(_) => "add",
        Kind::Part(_) => "part",
        Kind::Console => "console",
        Kind::Text => "text",
        Kind::Recorded(_) => "recorded",
        Kind::Serve => "serve",
    };
    let shape = |language| -> BTreeMap<String, Vec<&str>> {
        let chapters = chapters(language).into_iter();
        let shapes = chapters.map(|c| (c.name(), c.blocks.iter().map(kind).collect()));
        shapes.collect()
    };
    assert_eq!(shape("fr"), shape("en"));
}

#[test]
fn chapters_are_short_and_their_links_lead_somewhere() {
    for language in ["fr", "en"] {
        for chapter in chapters(language) {
            let text = chapter.text();
            let is_reference = chapter.name().contains("reference");
            assert!(
                is_reference || text.lines().count() <= MAX_LINES,
                "{} is too long to be read in one go",
                chapter.name()
            );
            for target in links(&text) {
                let path = Path::new(MANUAL).join(language).join(target);
                assert!(path.exists(), "{}: {target}", chapter.name());
            }
        }
    }
}

/// The targets of links to files.
fn links(text: &str) -> Vec<&str> {
    let after = text.split("](").skip(1);
    let targets = after.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://")).collect()
}

/// Longest chapter, in lines: two or three screens of words around one screen of examples.
const MAX_LINES: usize = 220;
