//! `cargo xtask bench`: what calls cost, each kind beside its floor measured in the same run.

use std::process::Command;

use crate::steps::{cargo, option, run as sh, target_dir};

/// Measures; `--calls`, `--seconds`, `--rounds` and `--json` are for `rappel load`.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let calls = option(args, "--calls").unwrap_or("200");
    let seconds = option(args, "--seconds").unwrap_or("10");
    let rounds = option(args, "--rounds").unwrap_or("3");
    // What is printed on the standard output may be read by a program.
    eprintln!("Building with full optimisation …");
    sh(cargo().args(["build", "--release", "--package", "rappel-server"]))?;
    let mut load = Command::new(target_dir().join("release/rappel"));
    load.args(["load", "--table", "--calls", calls, "--seconds", seconds]);
    load.args(["--rounds", rounds, "--rate", "100"]);
    if args.iter().any(|arg| arg == "--json") {
        load.arg("--json");
    }
    sh(&mut load)?;
    let mut signalling = Command::new(target_dir().join("release/rappel"));
    signalling.args(["load", "--signalling", "--seconds", "10"]);
    if args.iter().any(|arg| arg == "--json") {
        signalling.arg("--json");
    } else {
        let benches = [
            ("rappel-sip", "messages"),
            ("rappel-media", "jitter"),
            ("rappel-audio", "frames"),
        ];
        for (room, name) in benches {
            let bench = ["bench", "--quiet", "--package", room, "--bench", name];
            sh(cargo().args(bench))?;
        }
    }
    sh(&mut signalling)?;
    let mut flows = Command::new(target_dir().join("release/rappel"));
    flows.args(["load", "--flows"]);
    if args.iter().any(|arg| arg == "--json") {
        flows.arg("--json");
    }
    sh(&mut flows)
}
