//! Embeds the demo company and the operator's manual: every file below two folders, as tables of
//! paths and contents.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    embed("demo", "demo_files.rs", "&[u8]", "include_bytes!")?;
    embed(
        "../../../docs/manual",
        "manual_files.rs",
        "&str",
        "include_str!",
    )
}

/// Writes a table `FILES` of everything below `folder`.
fn embed(folder: &str, table_file: &str, content: &str, include: &str) -> std::io::Result<()> {
    let folder = Path::new(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut table = format!("pub(crate) static FILES: &[(&str, {content})] = &[\n");
    for path in files_below(folder)? {
        let name = path
            .strip_prefix(folder)
            .expect("it was found below")
            .display()
            .to_string();
        let full = std::path::absolute(&path)?;
        writeln!(table, "    ({name:?}, {include}({full:?})),").expect("a string takes all");
    }
    table.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo names it");
    std::fs::write(Path::new(&out).join(table_file), table)
}

/// Every file, in the order of the names, so that two builds make the same table.
fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.path().is_dir() {
            found.extend(files_below(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}
