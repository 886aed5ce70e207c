//! The three complete examples of the flow language, as they lie in `tests/examples`.

#![allow(clippy::disallowed_methods)]

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

/// Nothing is wrong with them; what is warned of is what this engine reads and does not do yet.
#[test]
fn the_examples_are_taken() {
    for name in ["garage-martin", "lumen", "rasoirs"] {
        let version = example(name).unwrap_or_else(|problems| {
            let shown: Vec<_> = problems.iter().map(|p| format!("{p}\n")).collect();
            panic!("{name}:\n{}", shown.join("\n"))
        });
        let idle = |problem: &&Diagnostic| problem.code == "W10";
        let other: Vec<_> = version.warnings.iter().filter(|w| !idle(w)).collect();
        assert!(other.is_empty(), "{name}: {other:#?}");
    }
}
