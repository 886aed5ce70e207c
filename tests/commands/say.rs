//! `rappel say`: the words of a value, its sound, and the tables of `tests/spoken` row by row.

use std::fs;
use std::path::Path;

use rappel_tests::engine::temporary_folder;
use rappel_tests::listen::Sound;

use super::{rappel, text};

fn said(args: &[&str]) -> String {
    let output = rappel(&[&["say"], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_value_is_said_in_words_and_heard() {
    assert_eq!(said(&["fr-BE", "number:f", "91"]), "nonante et une\n");
    let window = ["fr-FR", "window", "2026-11-24T14:00/14:20"];
    let folder = temporary_folder();
    fs::create_dir_all(&folder).expect("it is ours");
    let file = folder.join("window.wav");
    let listen = ["--listen", file.to_str().expect("a plain name")];
    let now = ["--now", "2026-11-24T09:00"];
    assert_eq!(
        said(&[&window[..], &now, &listen].concat()),
        "aujourd'hui entre quatorze heures et quatorze heures vingt\n"
    );
    let heard = Sound::read(&file);
    fs::remove_dir_all(folder).expect("it is ours");
    assert!(
        (1_500..6_000).contains(&heard.millis()),
        "{}",
        heard.millis()
    );
    let refused = rappel(&["say", "de", "number", "1"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("fr-CH"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn the_tables_are_said_row_by_row() {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("spoken");
    for (name, more) in [
        ("fr.tsv", &[][..]),
        ("en.tsv", &[]),
        ("huitante.tsv", &["--huitante"]),
    ] {
        let file = tables.join(name);
        let table = fs::read_to_string(&file).expect("it is part of the repository");
        let file = file.to_str().expect("a plain name");
        let said = said(&[&["--batch", file, "--now", "2026-11-24T09:00"], more].concat());
        let expected = table.lines().filter_map(|row| row.split('\t').nth(4));
        let wrong = said
            .lines()
            .zip(expected)
            .find(|(said, expected)| said != expected);
        assert_eq!(wrong, None, "{name}");
        assert_eq!(said.lines().count(), table.lines().count(), "{name}");
    }
}
