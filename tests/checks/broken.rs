//! Every file of `broken/` with what is said about it, word for word, in English and in French.
//!
//! A case is one file: the flow `accueil` of the company in `base/`, or several files of the company, each
//! after a line `# file: PATH`. What is said stands beside it in `NAME.txt`. To write these anew after a
//! change, and to read what changed:
//!
//! ```text
//! RENEW=1 cargo test -p rappel-tests --test checks broken && git diff tests/checks/broken
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rappel_ivr::words::Lang;

use crate::company::{Texts, folder, problems, read};

/// The names of the cases, in order.
fn cases() -> Vec<(String, PathBuf)> {
    let listed = fs::read_dir(folder("broken")).expect("the folder is part of the repository");
    let paths = listed.map(|entry| entry.expect("it can be listed").path());
    let cases = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let mut cases: Vec<_> = cases
        .map(|path| {
            let name = path
                .file_stem()
                .expect("it has a name")
                .to_string_lossy()
                .into_owned();
            (name, path)
        })
        .collect();
    cases.sort();
    cases
}

/// The company of a case: the base with the files of the case in their places.
fn company(case: &str) -> Texts {
    let mut texts = read(&folder("base"));
    if !case.starts_with(MARK) {
        texts.insert("flows/accueil.toml".to_owned(), case.to_owned());
        return texts;
    }
    for part in case.split(MARK).skip(1) {
        let (path, text) = part
            .split_once('\n')
            .expect("a path stands alone on its line");
        match text.trim() {
            "(none)" => texts.remove(path.trim()),
            _ => texts.insert(path.trim().to_owned(), text.to_owned()),
        };
    }
    texts
}

/// What is said of a case, as its file holds it.
fn said(case: &str) -> (String, BTreeSet<&'static str>) {
    let problems = problems(&company(case));
    let codes = problems.iter().map(|problem| problem.code).collect();
    let in_lang = |lang| {
        let all: Vec<String> = problems.iter().map(|p| p.shown(lang).to_string()).collect();
        all.join("\n\n")
    };
    let text = format!("{}\n\n----\n\n{}\n", in_lang(Lang::En), in_lang(Lang::Fr));
    (text, codes)
}

#[test]
fn broken_files_are_told_word_for_word() {
    let renew = std::env::var("RENEW").is_ok();
    let cases = cases();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, path) in cases {
        let case = fs::read_to_string(&path).expect("it is text");
        let (said, codes) = said(&case);
        if codes.is_empty() {
            wrong.push(format!("{name}: nothing is wrong with it"));
        }
        let golden = path.with_extension("txt");
        if renew {
            fs::write(&golden, &said).expect("it is ours");
        } else if fs::read_to_string(&golden).unwrap_or_default() != said {
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_base_is_good() {
    let problems = problems(&read(&folder("base")));
    assert!(problems.is_empty(), "{}", problems[0]);
}

/// Every code is seen in a case, and every code seen is explained.
#[test]
fn every_code_has_its_case() {
    let mut seen = BTreeSet::new();
    for (_, path) in cases() {
        seen.extend(said(&fs::read_to_string(path).expect("it is text")).1);
    }
    let flows: BTreeSet<&str> = rappel_ivr::CODES.iter().map(|code| code.code).collect();
    let tables = rappel_tenant::CODES.iter().map(|code| code.code);
    let known: BTreeSet<&str> = tables.chain(flows.iter().copied()).collect();
    let missing: Vec<_> = flows
        .difference(&seen)
        .filter(|code| !ELSEWHERE.contains(code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let strange: Vec<_> = seen
        .difference(&known)
        .filter(|code| !ELSEWHERE.contains(code))
        .collect();
    assert!(strange.is_empty(), "not explained: {strange:?}");
}

/// Stands before each path of a case that has several files.
const MARK: &str = "# file: ";
/// Codes that a company's texts alone do not bring about: `recordings.rs` sees two, the largest file is
/// refused before, and one is of `rappel.toml`.
const ELSEWHERE: [&str; 4] = ["R405", "R702", "W13", "W4"];
