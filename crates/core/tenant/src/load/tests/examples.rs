//! The three complete examples of the flow language, as they lie in `tests/examples`.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/examples")
}

/// A folder of the disk as the shell would tell it; sentences may be synthesised.
pub(super) fn read(shown: &str) -> Files {
    let mut files = Files::new(shown);
    let mut folders = vec![root().join(shown)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root().join(shown)).unwrap();
            let name = name.to_str().unwrap().to_owned();
            let text = || fs::read_to_string(&path).unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".toml") {
                files.add(name, text()).unwrap();
            } else if name.ends_with(".csv") {
                let header = text().lines().next().unwrap().to_owned();
                files.set_columns(name, header.split(',').map(str::to_owned).collect());
            }
        }
    }
    files.tell_all_tables();
    files.set_recordings([]);
    files.set_voice(true);
    files
}

fn example(name: &str) -> Result<Version, Vec<Diagnostic>> {
    let files = read(&format!("tenants/{name}"));
    load(&TenantId::from(name), &files, &read("shared"))
}

/// Verbs that an engine does not know yet (R113) are all that may be wrong with them.
#[test]
fn the_examples_are_taken() {
    for name in ["garage-martin", "lumen", "rasoirs"] {
        let problems = match example(name) {
            Ok(version) => version.warnings,
            Err(problems) => problems,
        };
        let wrong = problems.iter().filter(|p| p.is_error() && p.code != "R113");
        let shown: Vec<_> = wrong.map(|problem| format!("{problem}\n")).collect();
        assert!(shown.is_empty(), "{name}:\n{}", shown.join("\n"));
    }
}
