//! Companies for these tests: a folder of this repository, some of its files replaced.

use std::fs;
use std::path::{Path, PathBuf};

use rappel_model::TenantId;
use rappel_tenant::{Diagnostic, Files, Version};

/// A folder below `tests/checks`.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("checks")
        .join(name)
}

/// The files of a company by path.
pub(crate) type Texts = std::collections::BTreeMap<String, String>;

/// Every TOML and CSV file below `root`, by its path from there.
pub(crate) fn read(root: &Path) -> Texts {
    let mut texts = Texts::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is part of the repository") {
            let path = entry.expect("it can be listed").path();
            let known = path
                .extension()
                .is_some_and(|end| end == "toml" || end == "csv");
            if path.is_dir() {
                waiting.push(path);
            } else if known {
                let name = path.strip_prefix(root).expect("it is below");
                let name = name.to_string_lossy().replace('\\', "/");
                texts.insert(name, fs::read_to_string(&path).expect("it is text"));
            }
        }
    }
    texts
}

/// Loads a company as `rappel check` does: the version and its warnings, or all problems.
pub(crate) fn load(texts: &Texts) -> Result<Version, Vec<Diagnostic>> {
    load_with(texts, &Texts::new())
}

/// The same, with what all companies share.
pub(crate) fn load_with(texts: &Texts, shared: &Texts) -> Result<Version, Vec<Diagnostic>> {
    let (mut own, mut offered) = (Files::new(""), Files::new("shared"));
    own.tell_all_tables();
    for (path, text) in texts {
        if path.ends_with(".csv") {
            let header = text.lines().next().unwrap_or_default();
            own.set_columns(
                path.as_str(),
                header.split(',').map(str::to_owned).collect(),
            );
            continue;
        }
        own.add(path.as_str(), text.as_str()).expect("it is small");
    }
    for (path, text) in shared {
        offered
            .add(path.as_str(), text.as_str())
            .expect("it is small");
    }
    rappel_tenant::load(&TenantId::from("garage"), &own, &offered)
}

/// Everything that is told of a company, errors and warnings.
pub(crate) fn problems(texts: &Texts) -> Vec<Diagnostic> {
    match load(texts) {
        Ok(version) => version.warnings,
        Err(problems) => problems,
    }
}

/// The good companies that faults are put into and that callers call, by name.
pub(crate) fn subjects() -> Vec<(String, Texts)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![
        ("base".to_owned(), folder("base")),
        (
            "demo".to_owned(),
            root.join("../crates/shell/server/demo/tenants/garage-martin"),
        ),
    ];
    let examples = fs::read_dir(root.join("examples/tenants")).expect("the folder exists");
    for entry in examples {
        let path = entry.expect("it can be listed").path();
        let name = path
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        folders.push((name, path));
    }
    folders.sort();
    let shared = read(&root.join("examples/shared"));
    let subjects = folders.into_iter().map(|(name, path)| {
        let mut texts = read(&path);
        // What all companies share stands among the company's own where it is used.
        let uses = texts.values().any(|text| text.contains("choisir-langue"));
        for (path, text) in shared.iter().filter(|_| uses) {
            texts.insert(path.replace("prompts", "partage"), text.clone());
        }
        (name, texts)
    });
    // A company of campaigns has no flows.
    let has_flows = |texts: &Texts| texts.keys().any(|path| path.starts_with("flows/"));
    subjects.filter(|(_, texts)| has_flows(texts)).collect()
}
