//! Files as nobody would write them: too large, damaged, noise.

use proptest::prelude::*;

use super::*;
use crate::files::{MAX_FILE_BYTES, MAX_FILES, Refused};

#[test]
fn folders_and_lists_are_bounded() {
    let mut files = Files::new("x");
    assert_eq!(files.add("a.toml", "#".repeat(MAX_FILE_BYTES)), Ok(()));
    assert_eq!(
        files.add("a.toml", "#".repeat(MAX_FILE_BYTES + 1)),
        Err(Refused::TooLong)
    );
    for n in 1..MAX_FILES {
        files.add(format!("{n}.toml"), "").unwrap();
    }
    assert_eq!(files.add("b.toml", ""), Err(Refused::TooMany));

    let long: Vec<_> = (0..=crate::fields::MAX_LIST)
        .map(|n| format!("\"p{n}\""))
        .collect();
    assert_shows(
        &added(&format!("[person.x]\nphones = [{}]\n", long.join(","))),
        &["may have 1000 entries"],
    );
    let text = "x".repeat(crate::fields::MAX_TEXT + 1);
    assert_shows(
        &added(&format!("[person.x]\nname = \"{text}\"\n")),
        &["may have 600 characters"],
    );
    let many: String = (0..1001)
        .map(|n| format!("[team.t{n}]\nmembers = [\"sofia\"]\n"))
        .collect();
    let problems = load_alone(&folder(&[("more.toml", &many)])).unwrap_err();
    assert_shows(
        &problems[0].to_string(),
        &["R701", "there may be 1000 of [team]"],
    );
    let unknown: String = (0..2000).map(|n| format!("x{n} = 1\n")).collect();
    let problems = load_alone(&folder(&[("more.toml", &unknown)])).unwrap_err();
    assert_eq!(problems.len(), crate::problems::MAX_PROBLEMS);
}

/// Cuts, repeats and overwrites parts of a text.
fn damaged(text: &'static str) -> impl Strategy<Value = String> {
    let cut = (
        0..text.len(),
        0..40usize,
        ".{0,8}|[\\[\\]\"={}.,\n0-9a-z-]{0,12}",
    );
    proptest::collection::vec(cut, 1..4).prop_map(move |cuts| {
        let mut text: Vec<char> = text.chars().collect();
        for (at, length, with) in cuts {
            let from = at.min(text.len());
            let to = (from + length).min(text.len());
            text.splice(from..to, with.chars());
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any text is a version or a list of problems; nothing panics, and every problem can be shown.
    #[test]
    fn any_text_is_taken_or_refused(
        tenant in damaged(TENANT),
        tables in damaged(TABLES),
        noise in ".{0,200}",
    ) {
        for changes in [
            [("tenant.toml", TENANT), ("tables.toml", tables.as_str())],
            [("tenant.toml", tenant.as_str()), ("tables.toml", TABLES)],
            [("more.toml", noise.as_str()), ("tables.toml", TABLES)],
        ] {
            match load_alone(&folder(&changes)) {
                Ok(version) => prop_assert!(version.warnings.iter().all(|w| !w.is_error())),
                Err(problems) => {
                    prop_assert!(problems.iter().any(Diagnostic::is_error));
                    for problem in problems {
                        prop_assert!(problem.to_string().starts_with(['e', 'w']));
                    }
                }
            }
        }
    }
}
