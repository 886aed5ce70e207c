//! Hundreds of calls for as long as it is wanted: of those that hear a prompt the engine grows by nothing
//! and its beat is in time, of those that press keys no key is lost. `RAPPEL_STEADY` says for how many
//! seconds they hear the prompt (`cargo xtask soak`: 600); then bridges, plain and encrypted, and recordings
//! stay as they are, too, a minute each.

use std::process::Command;

use rappel_tests::engine::binary;

/// Calls at once.
const CALLS: u16 = 500;

/// What `rappel load` reports as JSON.
struct Report(String);

impl Report {
    /// Of [`CALLS`] calls that do `mode`, of which none was refused or dropped.
    fn of(mode: &[&str], seconds: u32) -> Self {
        let out = Command::new(binary())
            .args(["load", "--bench", "--json", "--mode"])
            .args(mode)
            .args(["--calls", &CALLS.to_string(), "--rate", "50"])
            .args(["--seconds", &seconds.to_string()])
            .output()
            .expect("the engine is built");
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{errors}");
        let report = Self(String::from_utf8_lossy(&out.stdout).into_owned());
        println!("{}", report.0);
        assert_eq!(report.number("calls"), f64::from(CALLS), "{}", report.0);
        assert_eq!(report.number("dropped"), 0.0, "{}", report.0);
        report
    }

    fn number(&self, name: &str) -> f64 {
        let number = || {
            let (_, behind) = self.0.split_once(&format!("\"{name}\":"))?;
            behind.split([',', '}']).next()?.parse().ok()
        };
        number().unwrap_or_else(|| panic!("no {name}: {}", self.0))
    }

    fn share_lost(&self) -> f64 {
        self.number("lost") / self.number("received")
    }

    /// A few pages come and go with whatever is written at the end of a minute.
    fn assert_not_grown(&self) {
        let grown = self.number("bytes_grown");
        assert!(grown < 4.0 * 1024.0 * 1024.0, "{}", self.0);
    }

    /// No more beats are late than of a thread that only waits, and one in a thousand. Three in a thousand that are told
    /// of no such thread may be the machine's.
    fn is_no_later_than_the_machine(&self) -> bool {
        let name = "late_beats_of_a_bystander";
        let bare = match self.0.contains(&format!("\"{name}\":null")) {
            true => 0.002,
            false => self.number(name),
        };
        self.number("late_beats") <= 0.001 + bare
    }

    /// One beat in a thousand comes later than 4 ms at most. What a thread that only waits meets with on the same
    /// machine at the same time is in the report, to tell whose lateness it is.
    fn assert_in_time(&self) {
        assert!(self.share_lost() < 0.001, "{}", self.0);
        assert!(self.number("late_beats") <= 0.001, "{}", self.0);
    }
}

#[test]
fn hundreds_of_calls_stay_as_they_are() {
    let wanted = std::env::var("RAPPEL_STEADY").ok();
    let wanted = wanted.map(|seconds| seconds.parse().expect("RAPPEL_STEADY is seconds"));
    let heard = Report::of(&["play"], wanted.unwrap_or(60));
    heard.assert_not_grown();
    // Every key adds a line to the trace of its call: these are not to stay as they are.
    let pressed = Report::of(&["digits"], wanted.unwrap_or(20).min(60));
    for report in [&heard, &pressed] {
        assert!(report.share_lost() < 0.01, "{}", report.0);
    }
    let read = pressed.number("calls_read_whole");
    assert_eq!(read, f64::from(CALLS), "{}", pressed.0);
    let Some(wanted) = wanted else {
        // `.config/nextest.toml` lets this test run alone; beside others they decide when threads are woken. Whatever
        // else the machine has to do for a moment, a thread of the highest priority does not meet with: an engine that
        // is late itself is late again.
        let runs_alone = std::env::var_os("NEXTEST").is_some();
        if runs_alone && !heard.is_no_later_than_the_machine() {
            let again = Report::of(&["play"], 60);
            assert!(
                again.is_no_later_than_the_machine(),
                "{}\n{}",
                heard.0,
                again.0
            );
        }
        return;
    };
    heard.assert_in_time();
    pressed.assert_in_time();
    for mode in [&["bridge"][..], &["bridge", "--srtp"], &["record"]] {
        let report = Report::of(mode, wanted.min(60));
        report.assert_not_grown();
        report.assert_in_time();
    }
}
