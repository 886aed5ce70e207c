//! `cargo xtask bench`: what calls cost, each kind beside its floor measured in the same run.

use std::process::Command;

use crate::steps::{Steps, cargo, option, run as sh, target_dir};

/// Measures; `--calls`, `--seconds` and `--rounds` are for the voice, `--rooms` adds the benches of
/// single rooms, `--json` prints an object a line for programs.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let flag = |name: &str| args.iter().any(|arg| arg == name);
    let (json, rooms) = (flag("--json"), flag("--rooms"));
    let calls = option(args, "--calls").unwrap_or("200");
    let seconds = option(args, "--seconds").unwrap_or("6");
    let rounds = option(args, "--rounds").unwrap_or("3");
    if json {
        // What is printed on the standard output is read by a program.
        sh(cargo().args(BUILD))?;
        sh(&mut voice(calls, seconds, rounds, json))?;
        sh(&mut load(&SIGNALLING, json))?;
        return sh(&mut load(&FLOWS, json));
    }
    let mut steps = Steps::new(4 + usize::from(rooms));
    steps.next(
        "building with full optimisation",
        || sh(cargo().args(BUILD)),
    )?;
    let what = format!("voice: {rounds} rounds of five kinds of work, over a minute each");
    steps.next(&what, || sh(&mut voice(calls, seconds, rounds, json)))?;
    steps.next("signalling: whole calls without voice", || {
        sh(&mut load(&SIGNALLING, json))
    })?;
    steps.next("flows", || sh(&mut load(&FLOWS, json)))?;
    if rooms {
        steps.next("single rooms", || {
            BENCHES.iter().try_for_each(|(room, name)| {
                let bench = ["bench", "--quiet", "--package", room, "--bench", name];
                sh(cargo().args(bench))
            })
        })?;
    }
    Ok(())
}

fn voice(calls: &str, seconds: &str, rounds: &str, json: bool) -> Command {
    let mut voice = load(&["--table", "--rate", "100"], json);
    voice.args(["--calls", calls, "--seconds", seconds, "--rounds", rounds]);
    voice
}

fn load(args: &[&str], json: bool) -> Command {
    let mut load = Command::new(target_dir().join("release/rappel"));
    load.arg("load").args(args);
    if json {
        load.arg("--json");
    }
    load
}

const BUILD: [&str; 4] = ["build", "--release", "--package", "rappel-server"];
const SIGNALLING: [&str; 3] = ["--signalling", "--seconds", "10"];
const FLOWS: [&str; 1] = ["--flows"];

/// Packages and their benches.
const BENCHES: [(&str, &str); 3] = [
    ("rappel-sip", "messages"),
    ("rappel-media", "jitter"),
    ("rappel-audio", "frames"),
];
