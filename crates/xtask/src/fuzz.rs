//! `cargo xtask fuzz`: coverage-guided fuzzing of every parser that meets the network or an
//! operator's files, with libFuzzer on the stable compiler (its flags need `RUSTC_BOOTSTRAP`).

mod seeds;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::machine;
use crate::steps::{cargo, option, root, run as sh};

/// The targets, one file each in `tests/fuzz/fuzz_targets`.
const TARGETS: &[&str] = &[
    "sip",
    "sip_rsip",
    "sip_stream",
    "stun",
    "association",
    "capture",
    "sdp",
    "rtp",
    "sound",
    "flow",
    "tenant",
];

/// What libFuzzer needs from the compiler: coverage counters, comparisons, address checks; and what
/// we want from it: overflow checks and assertions in optimised code.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address -Cdebug-assertions -Ccodegen-units=1";

/// The only triple we ship for; naming it keeps the flags away from build scripts.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// The targets that can be named, for `--help`.
pub(crate) fn targets() -> String {
    format!("  {}\n", TARGETS.join(", "))
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let seconds = option(args, "--seconds").unwrap_or("600");
    let number: u32 = seconds
        .parse()
        .map_err(|_| format!("--seconds takes a number, not `{seconds}`"))?;
    let words = args.iter().map(String::as_str);
    let named: Vec<&str> = words
        .filter(|word| !word.starts_with("--") && *word != seconds)
        .collect();
    if let Some(unknown) = named.iter().find(|name| !TARGETS.contains(name)) {
        let known = TARGETS.join(", ");
        return Err(format!("no target is named `{unknown}`; there are {known}"));
    }
    machine::ensure(machine::FUZZING)?;
    each(if named.is_empty() { TARGETS } else { &named }, number)
}

/// Every target for a while; used by `cargo xtask test`.
pub(crate) fn all(seconds: u32) -> Result<(), String> {
    each(TARGETS, seconds)
}

fn each(targets: &[&str], seconds: u32) -> Result<(), String> {
    build(targets)?;
    targets.iter().try_for_each(|target| fuzz(target, seconds))
}

fn folder() -> PathBuf {
    root().join("tests/fuzz")
}

/// Builds into a folder of its own, so that the flags never make the workspace build again.
fn build(targets: &[&str]) -> Result<(), String> {
    let mut build = cargo();
    build
        .current_dir(folder())
        .args(["build", "--quiet", "--release", "--target", TRIPLE])
        .args(["--target-dir", "target"]);
    for target in targets {
        build.args(["--bin", target]);
    }
    build
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    sh(build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS))
}

/// Runs one target; what it found interesting stays in `tests/fuzz/corpus` for the next run.
fn fuzz(target: &str, seconds: u32) -> Result<(), String> {
    println!("      fuzzing {target} for {seconds} s");
    let folder = folder();
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("artifacts");
    for wanted in [&corpus, &artifacts] {
        fs::create_dir_all(wanted).map_err(|e| format!("{}: {e}", wanted.display()))?;
    }
    let seeds = seeds::collect(target)?;
    let log = artifacts.join(format!("{target}.log"));
    let errors = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let mut fuzzer = Command::new(folder.join(format!("target/{TRIPLE}/release/{target}")));
    fuzzer.current_dir(&folder).stderr(errors);
    fuzzer.args([&corpus, &seeds]).args([
        format!("-max_total_time={seconds}"),
        format!("-artifact_prefix={}/{target}-", artifacts.display()),
    ]);
    // Rust without unsafe code leaks nothing worth tracing, and tracing is forbidden in containers.
    fuzzer.args(["-print_final_stats=1", "-detect_leaks=0"]);
    fuzzer.args(["-timeout=5", "-rss_limit_mb=2048"]);
    let ended = sh(&mut fuzzer);
    let said = fs::read(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    ended.map_err(|why| {
        let shown = finding(&said);
        let place = artifacts.display();
        format!("{shown}\n{why}; the input and the whole log are in {place}")
    })?;
    println!("      {target}: {}", summary(&said));
    Ok(())
}

/// How much was tried, how fast, and how much of the program was seen.
fn summary(log: &str) -> String {
    let number = |name: &str| {
        let line = log.lines().rev().find(|line| line.contains(name))?;
        let (_, after) = line.split_once(name)?;
        after.split_whitespace().next()
    };
    let runs = number("stat::number_of_executed_units:").unwrap_or("?");
    let speed = number("stat::average_exec_per_sec:").unwrap_or("?");
    let edges = number(" cov: ").unwrap_or("?");
    format!("{runs} runs, {speed} per second, {edges} edges")
}

/// What a fuzzer says of its finding: the panic and where the input is; all of it when it says
/// neither.
fn finding(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let panic = lines.iter().position(|line| line.contains(" panicked at "));
    let Some(panic) = panic else {
        return lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    };
    let shown = &lines[panic..lines.len().min(panic + SHOWN)];
    let before = |line: &&&str| !line.starts_with("stack backtrace:");
    let mut shown: Vec<&str> = shown.iter().take_while(before).copied().collect();
    shown.extend(
        lines
            .iter()
            .filter(|line| line.starts_with("artifact_prefix")),
    );
    shown.join("\n")
}

/// Lines shown of a fuzzer that has found something.
const SHOWN: usize = 60;
