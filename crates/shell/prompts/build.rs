//! Embeds the shared announcements: every recording below the repository's `prompts/`, as a table of
//! paths and bytes, sorted by path.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let folder = std::path::absolute("../../../prompts")?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    collect(&folder, &folder, &mut found)?;
    found.sort();
    let mut table = String::from("pub(crate) static RECORDINGS: &[(&str, &[u8])] = &[\n");
    for (name, path) in found {
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),").expect("a string takes all");
    }
    table.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo names it");
    std::fs::write(Path::new(&out).join("recordings.rs"), table)
}

/// The recordings below `folder`, named `fr/number/21` by their place below `root`.
fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "wav") {
            let below = path.strip_prefix(root).expect("it was found below");
            let name = below.with_extension("").display().to_string();
            found.push((name, path));
        }
    }
    Ok(())
}
