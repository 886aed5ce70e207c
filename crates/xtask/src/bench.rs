//! `cargo xtask bench`: what a call costs, beside the floor measured in the same run.

use std::process::Command;

use crate::steps::{cargo, option, run as sh, target_dir};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let calls = option(args, "--calls").unwrap_or("200");
    let seconds = option(args, "--seconds").unwrap_or("20");
    println!("Building with full optimisation …");
    sh(cargo().args(["build", "--release", "--package", "rappel-server"]))?;
    let rappel = target_dir().join("release/rappel");
    sh(Command::new(rappel).args(["load", "--bench", "--calls", calls, "--seconds", seconds]))
}
