//! `cargo xtask soak`: the tests that are long by nature, whole. `cargo xtask test` runs a slice.

use crate::machine;
use crate::steps::{build_rappel, cargo, run as sh};

pub(crate) fn run(_args: &[String]) -> Result<(), String> {
    machine::ensure(machine::CLIENTS)?;
    let rappel = build_rappel()?;
    let mut tests = cargo();
    tests.args([
        "test",
        "--profile",
        "quick",
        "--workspace",
        "--",
        "--nocapture",
        "soak",
    ]);
    sh(tests.env("RAPPEL_BIN", rappel).env("RAPPEL_SOAK", "1"))
}
