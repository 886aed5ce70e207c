//! `cargo xtask test`: everything that must hold before a change lands. CI calls exactly this.

use std::path::Path;

use crate::fuzz;
use crate::machine;
use crate::soak;
use crate::steps::{Steps, build_rappel, cargo, run as sh, target_dir};

/// How long each fuzz target runs here; `cargo xtask fuzz` is for long runs.
const FUZZ_SMOKE_SECONDS: u32 = 10;

/// What is left of the server's features where all are off, then each alone: browser, mimalloc, opus.
const WITHOUT: [&str; 4] = ["", "mimalloc,opus", "browser,opus", "browser,mimalloc"];

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let quick = args.iter().any(|arg| arg == "--quick");
    let mut steps = Steps::new(if quick { 5 } else { 9 });
    steps.next("what the tests need from Debian", || {
        machine::ensure(machine::BUILDING)?;
        machine::ensure(machine::CLIENTS)?;
        machine::ensure(machine::VOICES)?;
        machine::ensure(machine::FUZZING)
    })?;
    steps.next("layout of the code (cargo fmt)", || {
        sh(cargo().args(["fmt", "--all", "--check"]))
    })?;
    steps.next("lints (clippy, warnings refused)", || {
        let lints = [
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        sh(cargo().args(lints))
    })?;
    let mut rappel = None;
    steps.next("the engine itself", || {
        rappel = Some(build_rappel()?);
        Ok(())
    })?;
    let rappel = rappel.ok_or("the engine was not built")?;
    steps.next("tests of all rooms and of the whole house", || {
        tests(&rappel)
    })?;
    if !quick {
        steps.next(
            "the engine without its optional parts, and without each",
            || {
                for features in WITHOUT {
                    let mut lints = cargo();
                    lints.args(["clippy", "--quiet", "-p", "rappel-server"]);
                    lints.args(["--no-default-features", "--features", features]);
                    sh(lints.args(["--", "-D", "warnings"]))?;
                }
                Ok(())
            },
        )?;
        steps.next("whole calls by the engine without its optional parts", bare)?;
        steps.next("documentation (rustdoc, warnings refused)", || {
            let mut doc = cargo();
            doc.args(["doc", "--quiet", "--workspace", "--no-deps"]);
            sh(doc.env("RUSTDOCFLAGS", "-D warnings"))
        })?;
        steps.next("a short run of every fuzz target", || {
            fuzz::all(FUZZ_SMOKE_SECONDS)
        })?;
    }
    println!("\nAll is well.");
    Ok(())
}

/// Calls with sound in G.711: menus, messages, hold, where there is neither Opus nor a browser. The engine is
/// built unoptimised, in about a minute.
fn bare() -> Result<(), String> {
    let mut build = cargo();
    build.args(["build", "--quiet", "-p", "rappel-server"]);
    sh(build.arg("--no-default-features"))?;
    let mut calls = cargo();
    calls.args(["test", "--quiet", "-p", "rappel-tests", "--test", "voice"]);
    calls.args(["--", "menu::", "message::", "early::"]);
    calls.env("RAPPEL_BARE", "1");
    sh(calls.env("RAPPEL_BIN", target_dir().join("debug/rappel")))
}

/// Runs every test: with nextest where it is installed, which runs and reports better. The storms over
/// SIP are run whole: unoptimised they take 90 s of one core, as long as it takes to build them optimised.
fn tests(rappel: &Path) -> Result<(), String> {
    let mut cargo = cargo();
    if machine::found("cargo-nextest") {
        cargo.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        cargo.args(["test", "--workspace", "--no-fail-fast"]);
    }
    let (storms, all) = soak::STORMS;
    sh(cargo.env("RAPPEL_BIN", rappel).env(storms, all))
}
