//! Embeds the demo company: every file below `demo/`, as a table of paths and bytes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let demo = Path::new("demo");
    println!("cargo::rerun-if-changed=demo");
    let mut table = String::from("pub(crate) static FILES: &[(&str, &[u8])] = &[\n");
    for path in files_below(demo)? {
        let name = path
            .strip_prefix(demo)
            .expect("it was found below")
            .display()
            .to_string();
        let full = std::path::absolute(&path)?;
        writeln!(table, "    ({name:?}, include_bytes!({full:?})),").expect("a string takes all");
    }
    table.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo names it");
    std::fs::write(Path::new(&out).join("demo_files.rs"), table)
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
