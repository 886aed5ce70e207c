//! `cargo xtask package`: the release binary and what goes with it, laid out in `dist/`. The
//! container image is made of exactly this.

use std::fs;
use std::path::Path;

use crate::machine;
use crate::steps::{cargo, root, run as sh, target_dir};

/// What is laid beside the binary.
const PAPERS: &[&str] = &["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

pub(crate) fn run(_args: &[String]) -> Result<(), String> {
    machine::ensure(machine::BUILDING)?;
    println!("Building the release binary …");
    sh(cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "rappel-server",
    ]))?;
    let dist = root().join("dist");
    fs::create_dir_all(&dist).map_err(|e| format!("{}: {e}", dist.display()))?;
    copy(&target_dir().join("release/rappel"), &dist.join("rappel"))?;
    for paper in PAPERS {
        copy(&root().join(paper), &dist.join(paper))?;
    }
    println!("Ready: {}", dist.display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|e| format!("{} → {}: {e}", from.display(), to.display()))
}
