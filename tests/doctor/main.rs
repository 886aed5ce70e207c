//! Faults made on the wire against a running engine, each of which `rappel doctor` must name; healthy
//! calls, of which it must say nothing; and what else sight shows of them.
#![allow(missing_docs)]

mod below;
mod faults;
mod homer;
mod named;
mod outside;
mod peer;
mod shown;

use std::fs;
use std::process::Command;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::engine::binary;
use rappel_tests::sipp::add_carrier;
use rappel_tests::wait::until;

/// The password of every user here.
const PASSWORD: &str = "correct-horse";

/// Where the trunk's peers are.
const TRUNK: [u8; 4] = [127, 0, 0, 2];

/// A line of the demo company.
const LINE: &str = "+33199000010";

/// The demo company with a carrier whose calls come from 127.0.0.2.
fn engine(more: &str) -> Engine {
    Engine::start_with(|config| {
        add_carrier(config);
        let path = config.join("rappel.toml");
        let mut text = fs::read_to_string(&path).expect("there is a rappel.toml");
        text.push_str(more);
        fs::write(path, text).expect("it can be written");
    })
}

/// Adds a user, and waits until the engine knows them.
fn add_user(engine: &Engine, user: &str, old_phone: bool) {
    engine.add_user(user, PASSWORD, old_phone);
    let users = engine.rappel(&["user", "list", "--json"]).lines().count();
    until(
        "the engine to learn of the new user",
        Duration::from_secs(5),
        || {
            engine
                .log()
                .lines()
                .rfind(|line| line.contains("users read"))?
                .ends_with(&format!("users={users}"))
                .then_some(())
        },
    );
}

/// What `rappel doctor` says, and whether it found anything. The exit status must say the same.
fn doctor(engine: &Engine, args: &[&str]) -> (String, bool) {
    let config = engine.folder().join("config");
    let out = Command::new(binary())
        .arg("doctor")
        .args(args)
        .args(["--lang", "en", "--config"])
        .arg(config)
        .output()
        .expect("rappel starts");
    let shown = String::from_utf8_lossy(&out.stdout).into_owned();
    let errors = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(errors.is_empty(), "{errors}\n{shown}");
    (shown, !out.status.success())
}

/// The names of all findings in what was said: each begins a line with its name and a moment.
fn codes(shown: &str) -> Vec<&str> {
    let heads = shown
        .lines()
        .filter(|line| line.contains("Z") && line.starts_with(char::is_alphabetic));
    let heads = heads.filter(|line| line.split("  ").count() > 1);
    heads
        .filter_map(|line| line.split([' ', ',']).next())
        .filter(|code| !code.is_empty())
        .collect()
}
