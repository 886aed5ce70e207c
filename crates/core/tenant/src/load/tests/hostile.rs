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

/// Brackets, dotted names and texts without an end are refused in the time it takes to read them: the
/// largest file there may be, each in far less than a second.
#[test]
fn what_nests_for_ever_is_refused_at_once() {
    let full = |unit: &str| unit.repeat((MAX_FILE_BYTES - 100) / unit.len());
    for (text, code) in [
        (format!("x = {}", full("[")), "R004"),
        (format!("x = {}", full("{a = ")), "R004"),
        (format!("[{}x]", full("a.")), "R004"),
        (format!("{}x = 1", full("a.")), "R004"),
        (full("[[a]]\n"), "R101"),
        (full("["), "R004"),
        (full("\""), "R001"),
        (format!("x = \"\"\"{}", full("\"\"")), "R001"),
        (format!("x = \"{}", full("\\")), "R001"),
        (full("\0"), "R003"),
        (full("=\n"), "R001"),
        (full("[team.x]\n"), "R110"),
    ] {
        let problems = load_alone(&folder(&[("more.toml", &text)]));
        let problems = problems
            .err()
            .unwrap_or_else(|| panic!("{} is taken", &text[..20]));
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&code), "{}: {:?}", &text[..20], &codes[..1]);
        let flow = load_alone(&folder(&[("flows/x.toml", &text)]));
        assert!(flow.is_err(), "{}", &text[..20]);
    }
}

/// The time of a check grows with the length of the files, whatever is wrong with them.
#[test]
#[allow(clippy::disallowed_types, clippy::disallowed_methods)]
fn time_is_linear_in_what_is_wrong() {
    let kinds: [fn(usize) -> String; 6] = [
        |n| {
            (0..n)
                .map(|i| format!("[person.p{i}]\nbakup = \"x\"\n"))
                .collect()
        },
        |n| {
            (0..n)
                .map(|i| format!("[team.t{i}]\nmembers = [\"nobody{i}\"]\n"))
                .collect()
        },
        |n| {
            (0..n)
                .map(|i| format!("[prompt.p{i}]\nfr = \"{{x{i} +|number}}\"\n"))
                .collect()
        },
        |n| {
            format!(
                "[person.x]\n{}",
                (0..n).map(|i| format!("k{i} = 1\n")).collect::<String>()
            )
        },
        |n| {
            format!(
                "[calendar.x]\n{}",
                (0..n).map(|i| format!("k{i} = 1\n")).collect::<String>()
            )
        },
        |n| format!("[person.x]\nphones = [{}]\n", "\"a\",".repeat(n)),
    ];
    for (which, kind) in kinds.into_iter().enumerate() {
        let time = |n: usize| {
            let files = folder(&[("more.toml", &kind(n))]);
            let runs = (0..3).map(|_| {
                let begun = std::time::Instant::now();
                assert!(load_alone(&files).is_err());
                begun.elapsed()
            });
            runs.min().unwrap()
        };
        let (small, large) = (time(500), time(4000));
        let most = small * 24 + Duration::from_millis(50);
        assert!(
            large < most,
            "{which}: {small:?}, eight times as much {large:?}"
        );
    }
}

/// Cuts, repeats and overwrites parts of a text.
fn damaged(text: impl Into<String>) -> impl Strategy<Value = String> {
    let text: String = text.into();
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
        more in damaged(tables::MORE),
        noise in ".{0,200}",
    ) {
        for changes in [
            [("more.toml", more.as_str()), ("tables.toml", TABLES)],
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

    /// Bytes of any kind are text or are told how to become it.
    #[test]
    fn any_bytes_are_text_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        match crate::decode(&bytes) {
            Ok(text) => prop_assert!(bytes.ends_with(text.as_bytes())),
            Err(why) => prop_assert!(why.valid <= bytes.len() && !why.words.fr.is_empty()),
        }
    }

    /// The flow of a whole example, damaged: what is read of it is shown or refused, never a panic.
    #[test]
    fn damaged_examples_are_taken_or_refused(which in 0..3usize, seed in any::<u64>()) {
        let name = ["garage-martin", "lumen", "rasoirs"][which];
        let whole = examples::read(&format!("tenants/{name}"));
        let mut files = Files::new("x");
        let mut state = seed | 1;
        for (path, text) in whole.iter() {
            let mut chars: Vec<char> = text.chars().collect();
            for _ in 0..2 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % chars.len();
                let to = (at + (state >> 60) as usize).min(chars.len());
                chars.splice(at..to, "\"[]=. x".chars().cycle().skip((state >> 20) as usize % 8).take(2));
            }
            files.add(path, chars.into_iter().collect::<String>()).unwrap();
        }
        for problem in load(&TenantId::from("x"), &files, &Files::default()).err().unwrap_or_default() {
            prop_assert!(problem.place.line >= 1 && !problem.to_string().is_empty());
        }
    }
}
