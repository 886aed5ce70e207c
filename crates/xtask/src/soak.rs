//! `cargo xtask soak`: the tests that are long by nature, whole, or those of them that are named.
//! `cargo xtask test` runs a slice of each: 100 kills of the store, 6 of the engine, 20 days of random
//! calls, 1,000 calls of a busy day, 40 reloads, 20,000 callers on paper, 3 s of each attack, a minute of
//! 500 calls with voice and 20 s of keys, a fifth of the broken INVITEs by TCP and TLS. The storms are short enough to be
//! run there whole.

use std::process::Command;

use crate::machine;
use crate::steps::{Steps, build_rappel, cargo, run as sh};

/// One test that has a length, and the variable that sets it.
struct Long {
    /// What it is called on the command line.
    name: &'static str,
    what: &'static str,
    package: &'static str,
    /// What Cargo is told of where the test is.
    target: &'static [&'static str],
    test: &'static str,
    variable: Setting,
    /// Whether it starts engines, which are then built first.
    needs_engine: bool,
}

/// An environment variable and what it is set to.
pub(crate) type Setting = (&'static str, &'static str);

const TESTS: &[Long] = &[
    Long {
        name: "store",
        what: "1,000 kills of a store that keeps messages",
        package: "rappel-store",
        target: &["--test", "kill"],
        test: "nothing_acknowledged_is_lost_when_the_engine_is_killed",
        variable: ("RAPPEL_KILLS", "1000"),
        needs_engine: false,
    },
    Long {
        name: "engine",
        what: "100 kills of an engine that takes messages",
        package: "rappel-tests",
        target: &["--test", "voice"],
        test: "kill::no_acknowledged_message_is_lost_by_kill_9",
        variable: ("RAPPEL_SOAK", "1"),
        needs_engine: true,
    },
    Long {
        name: "days",
        what: "10,000 days of 50 random calls, each with its seed",
        package: "rappel-switchboard",
        target: &["--test", "calls"],
        test: "many_calls::random_calls_leave_nothing_behind",
        variable: ("RAPPEL_SEEDS", "10000"),
        needs_engine: false,
    },
    Long {
        name: "day",
        what: "100,000 calls in a day of virtual time",
        package: "rappel-switchboard",
        target: &["--test", "calls"],
        test: "busy_day::a_busy_day_gives_everything_back",
        variable: ("RAPPEL_DAY_CALLS", "100000"),
        needs_engine: false,
    },
    Long {
        name: "storms",
        what: "10,000 storms over SIP dialogs, each with its seed",
        package: "rappel-sip",
        target: &["--lib"],
        test: "endpoint::tests::chaos::calls_in_a_storm_end_once_and_leave_nothing",
        variable: ("RAPPEL_STORMS", "10000"),
        needs_engine: false,
    },
    Long {
        name: "callers",
        what: "1,000,000 callers who do anything, on paper, in every good company",
        package: "rappel-tests",
        target: &["--test", "checks"],
        test: "callers::random_callers_come_to_an_end",
        variable: ("RAPPEL_CALLERS", "1000000"),
        needs_engine: false,
    },
    Long {
        name: "reloads",
        what: "1,000 reloads of an engine with callers in its menu",
        package: "rappel-tests",
        target: &["--test", "voice"],
        test: "reload::reloads_drop_no_call_and_change_none",
        variable: ("RAPPEL_RELOADS", "1000"),
        needs_engine: true,
    },
    Long {
        name: "attacks",
        what: "a minute of each attack on an engine that answers calls",
        package: "rappel-tests",
        target: &["--test", "attack"],
        test: "good_calls_are_set_up_whatever_attacks",
        variable: ("RAPPEL_ATTACK_SECONDS", "60"),
        needs_engine: true,
    },
    Long {
        name: "steady",
        what: "500 calls with voice for ten minutes, then keys, bridges, SRTP, recordings",
        package: "rappel-tests",
        target: &["--test", "voice"],
        test: "steady::hundreds_of_calls_stay_as_they_are",
        variable: ("RAPPEL_STEADY", "600"),
        needs_engine: true,
    },
    Long {
        name: "broken",
        what: "every broken INVITE by every transport",
        package: "rappel-tests",
        target: &["--test", "robust"],
        test: "broken_invites_disturb_nobody",
        variable: ("RAPPEL_BROKEN", "all"),
        needs_engine: true,
    },
];

/// The storms are short enough for `cargo xtask test` to run all of them: the variable that says so.
pub(crate) const STORMS: Setting = TESTS[4].variable;

/// The parts that can be named, one a line, for `--help`.
pub(crate) fn parts() -> String {
    let line = |long: &Long| format!("  {:<8} {}\n", long.name, long.what);
    TESTS.iter().map(line).collect()
}

/// Runs what was named, everything when nothing was; one that fails does not keep the others from
/// being run.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let chosen = chosen(args)?;
    machine::ensure(machine::CLIENTS)?;
    let needs_engine = chosen.iter().any(|long| long.needs_engine);
    let rappel = needs_engine.then(build_rappel).transpose()?;
    let mut steps = Steps::new(chosen.len());
    let mut failed = Vec::new();
    for long in chosen {
        let mut test = long.command();
        if let Some(rappel) = &rappel {
            test.env("RAPPEL_BIN", rappel);
        }
        if let Err(why) = steps.next(long.what, || sh(&mut test)) {
            eprintln!("{why}");
            failed.push(long.name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}

fn chosen(args: &[String]) -> Result<Vec<&'static Long>, String> {
    let known = |name: &String| TESTS.iter().any(|long| long.name == name);
    if let Some(unknown) = args.iter().find(|name| !known(name)) {
        let names: Vec<&str> = TESTS.iter().map(|long| long.name).collect();
        let names = names.join(", ");
        return Err(format!("no part is named `{unknown}`; there are {names}"));
    }
    let wanted = |long: &&Long| args.is_empty() || args.iter().any(|name| name == long.name);
    Ok(TESTS.iter().filter(wanted).collect())
}

impl Long {
    /// Cargo, told to run the whole of this test.
    fn command(&self) -> Command {
        let mut test = cargo();
        test.args(["test", "--profile", "quick"])
            .args(["--package", self.package])
            .args(self.target)
            .args(["--", "--nocapture", self.test])
            .env(self.variable.0, self.variable.1);
        test
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::steps::root;

    #[test]
    fn parts_are_run_by_name() {
        let names = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(ToString::to_string).collect();
            let chosen = chosen(&args)?;
            Ok::<_, String>(chosen.iter().map(|long| long.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["storms", "day"]), Ok(vec!["day", "storms"]));
        assert_eq!(names(&[]).map(|all| all.len()), Ok(TESTS.len()));
        assert!(names(&["day", "night"]).is_err_and(|why| why.contains("`night`")));
        assert_eq!(STORMS.0, "RAPPEL_STORMS");
    }

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
            "tests/voice/steady.rs",
            "tests/robust/main.rs",
        ];
        assert_eq!(places.len(), TESTS.len());
        for (long, place) in TESTS.iter().zip(places) {
            let text = fs::read_to_string(root().join(place)).expect("the test is there");
            let name = long.test.rsplit("::").next().expect("it has a name");
            let forms = [format!("#[test]\nfn {name}()"), format!("\nmod {name} {{")];
            assert!(forms.iter().any(|form| text.contains(form)), "{name}");
            let variable = format!("\"{}\"", long.variable.0);
            assert!(text.contains(&variable), "{variable} in {place}");
        }
    }
}
