//! `cargo xtask demo`: builds Rappel and runs its demo company. The engine itself prints whom to
//! register and what to dial.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::machine;
use crate::steps::{build_rappel, root};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    machine::ensure(machine::BUILDING)?;
    println!("Building Rappel (some minutes the first time, seconds afterwards) …");
    let rappel = build_rappel()?;
    // Replaces this process, so that Ctrl-C and signals reach the engine alone.
    let data = root().join("demo-data");
    let why = Command::new(&rappel)
        .arg("demo")
        .arg("--data")
        .arg(data)
        .args(args)
        .exec();
    Err(format!("cannot start {}: {why}", rappel.display()))
}
