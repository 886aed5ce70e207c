//! What is said of recordings: none (R405), and older than their sentences (W4).

use rappel_ivr::words::Lang;
use rappel_model::TenantId;
use rappel_tenant::{Diagnostic, Files};

use crate::company::{folder, read};

/// What is told of the base company with these recordings, each with the fingerprint it carries.
fn told(recordings: &[(&str, &str)]) -> Vec<Diagnostic> {
    let mut files = Files::new("");
    for (path, text) in read(&folder("base")) {
        if path.ends_with(".toml") {
            files.add(path, text).expect("it is small");
        }
    }
    files.set_columns("clients.csv", vec!["telephone".to_owned()]);
    files.set_recordings(recordings.iter().map(|(path, _)| (*path).to_owned()));
    for (path, fingerprint) in recordings {
        files.set_fingerprint(*path, fingerprint);
    }
    let mut shared = Files::new("shared");
    shared.set_recordings([]);
    match rappel_tenant::load(&TenantId::from("garage"), &files, &shared) {
        Ok(version) => version.warnings,
        Err(problems) => problems,
    }
}

/// Every recording of the base company, its words unknown.
fn all() -> Vec<(String, &'static str)> {
    let prompts = [
        "bonjour",
        "menu",
        "ferme",
        "horaires",
        "dossier",
        "nom-lefevre",
        "au-revoir",
    ];
    let languages = ["fr", "en"].into_iter();
    languages
        .flat_map(|l| prompts.map(|p| (format!("{l}/{p}"), "")))
        .collect()
}

#[test]
fn a_sentence_without_a_recording_is_told() {
    let all = all();
    let mut recordings: Vec<_> = all
        .iter()
        .map(|(path, mark)| (path.as_str(), *mark))
        .collect();
    assert_eq!(told(&recordings), []);
    recordings.retain(|(path, _)| *path != "en/menu");
    let problems = told(&recordings);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "R405");
    assert_eq!(problems[0].place.file, "prompts.toml");
}

#[test]
fn a_recording_older_than_its_sentence_is_told() {
    let all = all();
    let mut recordings: Vec<_> = all
        .iter()
        .map(|(path, mark)| (path.as_str(), *mark))
        .collect();
    // printf 'Bonjour, garage Martin.' | sha256sum | cut -c1-16
    recordings[0].1 = BONJOUR;
    assert_eq!(told(&recordings), [], "it says what is written");
    recordings[0].1 = "Studio B, prise 3";
    assert_eq!(told(&recordings), [], "another comment is no fingerprint");
    recordings[0].1 = "0123456789abcdef";
    let problems = told(&recordings);
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].shown(Lang::Fr).to_string(),
        "attention[W4]: « bonjour » a changé depuis son enregistrement en « fr »\n --> prompts.toml:1:1\n  |\n\
         1 | [prompt.bonjour]\n  | ^^^^^^^^^^^^^^^^\n  = remède : enregistrez-la de nouveau : prompts/fr/bonjour.wav"
    );
}

const BONJOUR: &str = "29c314c9a6aecfb4";
