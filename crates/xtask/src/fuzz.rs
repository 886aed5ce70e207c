//! `cargo xtask fuzz`: coverage-guided fuzzing of every parser that meets the network, with
//! libFuzzer on the stable compiler (the sanitizer flags need `RUSTC_BOOTSTRAP`).

use std::path::PathBuf;

use crate::machine;
use crate::steps::{cargo, option, root, run as sh};

/// The targets, one file each in `tests/fuzz/fuzz_targets`.
const TARGETS: &[&str] = &["sip", "sip_stream", "sdp", "rtp", "flow"];

/// What libFuzzer needs from the compiler: coverage counters, comparisons, address checks.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address -Cdebug-assertions -Ccodegen-units=1";

/// The only triple we ship for; naming it keeps the flags away from build scripts.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let seconds = option(args, "--seconds").unwrap_or("600");
    let seconds: u32 = seconds
        .parse()
        .map_err(|_| format!("--seconds takes a number, not `{seconds}`"))?;
    let named: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|a| TARGETS.contains(a))
        .collect();
    machine::ensure(machine::FUZZING)?;
    build()?;
    let chosen = if named.is_empty() {
        TARGETS.to_vec()
    } else {
        named
    };
    chosen
        .into_iter()
        .try_for_each(|target| fuzz(target, seconds))
}

/// Every target for a while; used by `cargo xtask test`.
pub(crate) fn all(seconds: u32) -> Result<(), String> {
    build()?;
    TARGETS.iter().try_for_each(|target| fuzz(target, seconds))
}

fn folder() -> PathBuf {
    root().join("tests/fuzz")
}

fn build() -> Result<(), String> {
    let mut build = cargo();
    build
        .current_dir(folder())
        .args(["build", "--quiet", "--release", "--target", TRIPLE]);
    build
        .args(["--target-dir", "target"])
        .env_remove("CARGO_TARGET_DIR");
    sh(build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS))
}

fn fuzz(target: &str, seconds: u32) -> Result<(), String> {
    println!("      fuzzing {target} for {seconds} s");
    let corpus = folder().join("corpus").join(target);
    let seeds = folder().join("seeds").join(target);
    std::fs::create_dir_all(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
    let program = folder().join(format!("target/{TRIPLE}/release/{target}"));
    let mut fuzzer = std::process::Command::new(program);
    fuzzer.arg(&corpus).current_dir(folder());
    if seeds.is_dir() {
        fuzzer.arg(&seeds);
    }
    fuzzer.arg(format!("-max_total_time={seconds}"));
    fuzzer.args([
        "-print_final_stats=0",
        "-verbosity=0",
        "-timeout=5",
        "-rss_limit_mb=2048",
    ]);
    sh(&mut fuzzer).map_err(|why| format!("{why}; the input that does it is in tests/fuzz"))
}
