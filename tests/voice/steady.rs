//! Hundreds of calls that hear a prompt and press keys, for as long as it is wanted: no key is lost, the
//! engine grows by nothing, its beat is in time. `RAPPEL_STEADY` says how many seconds
//! (`cargo xtask soak`: 600).

use std::process::Command;

use rappel_tests::engine::binary;

/// Calls at once.
const CALLS: u16 = 500;

#[test]
fn hundreds_of_calls_stay_as_they_are() {
    let wanted = std::env::var("RAPPEL_STEADY").ok();
    let seconds = wanted.as_deref().unwrap_or("60");
    let out = Command::new(binary())
        .args(["load", "--bench", "--json", "--mode", "digits"])
        .args(["--calls", &CALLS.to_string(), "--rate", "50"])
        .args(["--seconds", seconds])
        .output()
        .expect("the engine is built");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    let report = String::from_utf8_lossy(&out.stdout);
    println!("{report}");
    let number = |name: &str| {
        let (_, behind) = report.split_once(&format!("\"{name}\":"))?;
        behind.split([',', '}']).next()?.parse::<f64>().ok()
    };
    assert_eq!(number("calls"), Some(f64::from(CALLS)), "{report}");
    assert_eq!(number("dropped"), Some(0.0), "{report}");
    let grown = number("bytes_grown").expect("it is told");
    // A few pages come and go with whatever is written at the end of a minute.
    assert!(grown < 4.0 * 1024.0 * 1024.0, "{report}");
    let share = number("lost").zip(number("received"));
    let share = share.map(|(lost, received)| lost / received);
    assert!(share.is_some_and(|share| share < 0.01), "{report}");
    if wanted.is_none() {
        // Beside other tests the machine decides when threads are woken.
        return;
    }
    assert!(share.is_some_and(|share| share < 0.001), "{report}");
    let read = number("calls_read_whole");
    assert_eq!(read, Some(f64::from(CALLS)), "{report}");
    let late = number("late_beats");
    assert!(late.is_some_and(|late| late <= 0.001), "{report}");
}
