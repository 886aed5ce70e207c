//! `cargo xtask soak`: the tests that are long by nature, whole. `cargo xtask test` runs a slice of
//! each: 100 kills of the store, 6 of the engine, 20 days of random calls,
//! 1,000 calls of a busy day, 300 storms over SIP, 40 reloads, 20,000 callers on paper, 3 s of each
//! attack, a fifth of the broken INVITEs by TCP and TLS.

use crate::machine;
use crate::steps::{Steps, build_rappel, cargo, run as sh};

/// One test that has a length, and the variable that sets it.
struct Long {
    what: &'static str,
    package: &'static str,
    /// What Cargo is told of where the test is.
    target: &'static [&'static str],
    test: &'static str,
    variable: (&'static str, &'static str),
}

const TESTS: &[Long] = &[
    Long {
        what: "1,000 kills of a store that keeps messages",
        package: "rappel-store",
        target: &["--test", "kill"],
        test: "nothing_acknowledged_is_lost_when_the_engine_is_killed",
        variable: ("RAPPEL_KILLS", "1000"),
    },
    Long {
        what: "100 kills of an engine that takes messages",
        package: "rappel-tests",
        target: &["--test", "voice"],
        test: "kill::no_acknowledged_message_is_lost_by_kill_9",
        variable: ("RAPPEL_SOAK", "1"),
    },
    Long {
        what: "10,000 days of 50 random calls, each with its seed",
        package: "rappel-switchboard",
        target: &["--test", "calls"],
        test: "many_calls::random_calls_leave_nothing_behind",
        variable: ("RAPPEL_SEEDS", "10000"),
    },
    Long {
        what: "100,000 calls in a day of virtual time",
        package: "rappel-switchboard",
        target: &["--test", "calls"],
        test: "busy_day::a_busy_day_gives_everything_back",
        variable: ("RAPPEL_DAY_CALLS", "100000"),
    },
    Long {
        what: "10,000 storms over SIP dialogs, each with its seed",
        package: "rappel-sip",
        target: &["--lib"],
        test: "endpoint::tests::chaos::calls_in_a_storm_end_once_and_leave_nothing",
        variable: ("RAPPEL_STORMS", "10000"),
    },
    Long {
        what: "1,000,000 callers who do anything, on paper, in every good company",
        package: "rappel-tests",
        target: &["--test", "checks"],
        test: "callers::random_callers_come_to_an_end",
        variable: ("RAPPEL_CALLERS", "1000000"),
    },
    Long {
        what: "1,000 reloads of an engine with callers in its menu",
        package: "rappel-tests",
        target: &["--test", "voice"],
        test: "reload::reloads_drop_no_call_and_change_none",
        variable: ("RAPPEL_RELOADS", "1000"),
    },
    Long {
        what: "a minute of each attack on an engine that answers calls",
        package: "rappel-tests",
        target: &["--test", "attack"],
        test: "good_calls_are_set_up_whatever_attacks",
        variable: ("RAPPEL_ATTACK_SECONDS", "60"),
    },
    Long {
        what: "every broken INVITE by every transport",
        package: "rappel-tests",
        target: &["--test", "robust"],
        test: "broken_invites_disturb_nobody",
        variable: ("RAPPEL_BROKEN", "all"),
    },
];

pub(crate) fn run(_args: &[String]) -> Result<(), String> {
    machine::ensure(machine::CLIENTS)?;
    let rappel = build_rappel()?;
    let mut steps = Steps::new(TESTS.len());
    for long in TESTS {
        steps.next(long.what, || {
            let mut test = cargo();
            test.args(["test", "--profile", "quick"])
                .args(["--package", long.package])
                .args(long.target)
                .args(["--", "--nocapture", "--exact", long.test])
                .env("RAPPEL_BIN", &rappel)
                .env(long.variable.0, long.variable.1);
            sh(&mut test)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::steps::root;

    /// Cargo is content with a name that no test has, and runs nothing.
    #[test]
    fn every_long_test_exists_and_reads_its_variable() {
        let places = [
            "crates/shell/store/tests/kill.rs",
            "tests/voice/kill.rs",
            "crates/core/switchboard/tests/calls/many_calls.rs",
            "crates/core/switchboard/tests/calls/busy_day.rs",
            "crates/core/sip/src/endpoint/tests/chaos.rs",
            "tests/checks/callers.rs",
            "tests/voice/reload.rs",
            "tests/attack/main.rs",
            "tests/robust/main.rs",
        ];
        assert_eq!(places.len(), TESTS.len());
        for (long, place) in TESTS.iter().zip(places) {
            let text = fs::read_to_string(root().join(place)).expect("the test is there");
            let name = long.test.rsplit("::").next().expect("it has a name");
            assert!(text.contains(&format!("#[test]\nfn {name}()")), "{name}");
            let variable = format!("\"{}\"", long.variable.0);
            assert!(text.contains(&variable), "{variable} in {place}");
        }
    }
}
