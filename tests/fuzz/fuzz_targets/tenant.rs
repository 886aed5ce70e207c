//! The files of a whole company as one text, each behind a line `=== PATH`. Refused, every problem
//! stands in the file it names; accepted, the version is the same every time and finds what it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rappel_fuzz::{folder, place_holds, tenant};
use rappel_tenant::{Diagnostic, Files};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let files = folder(split(text));
    match rappel_tenant::load(&tenant(), &files, &folder([])) {
        Ok(version) => {
            for warning in &version.warnings {
                assert!(!warning.is_error());
                stands(warning, &files);
            }
            for line in &version.lines {
                assert!(
                    version.flows.contains(&line.flow),
                    "{} leads nowhere",
                    line.name
                );
                let found = version.line_by_number(&line.number).expect("it is there");
                assert_eq!(found.name, line.name, "a number belongs to one line");
            }
            let again = rappel_tenant::load(&tenant(), &files, &folder([]));
            let again = again.expect("what was taken is taken again");
            assert_eq!(again.fingerprint, version.fingerprint);
            assert_eq!(again.surroundings, version.surroundings);
            assert_eq!(again.warnings, version.warnings);
        }
        Err(problems) => {
            assert!(problems.iter().any(Diagnostic::is_error));
            problems.iter().for_each(|problem| stands(problem, &files));
        }
    }
});

/// What stands behind each `=== PATH`; what stands before the first is `tenant.toml`.
fn split(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = text.split("\n=== ");
    let first = parts.next().map(|text| ("tenant.toml", text));
    first
        .into_iter()
        .chain(parts.map(|part| part.split_once('\n').unwrap_or((part, ""))))
}

fn stands(problem: &Diagnostic, files: &Files) {
    let file = &problem.place.file;
    // What nobody wrote can be missed: then the place is the beginning of an empty file.
    place_holds(problem, files.text(file).unwrap_or_default());
}
