//! `kill -9` at random instants: what was acknowledged is there and plays, what was begun is
//! repaired.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use rappel_model::Random;
use rappel_tests::listen::Sound;
use rappel_tests::{Engine, Phone, sipp};

use super::engine;
use super::message::{await_beep, recordings};

/// A slice in the test command; the whole with `cargo xtask soak`.
fn rounds() -> usize {
    if std::env::var_os("RAPPEL_SOAK").is_some() {
        100
    } else {
        6
    }
}

#[test]
fn soak_no_acknowledged_message_is_lost_by_kill_9() {
    let mut engine = engine();
    let mut random = Random::from_seed(20_260);
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds() {
        leave_messages_until(&engine, Duration::from_millis(2500 + random.below(6000)));
        engine.kill_and_restart_after(|log| acknowledged.extend(saved(log)));
        check(&engine, &acknowledged, round);
    }
    assert!(
        !acknowledged.is_empty(),
        "not one message was acknowledged in {} rounds",
        rounds()
    );
}

/// Three callers leave messages of different lengths; the engine dies under them.
fn leave_messages_until(engine: &Engine, limit: Duration) {
    let end = Instant::now() + limit;
    let callers: Vec<Phone> = (0..3)
        .map(|_| Phone::dial(engine.sip, sipp::TRUNK, "+33199000013"))
        .collect();
    for (i, phone) in callers.iter().enumerate() {
        phone.await_answer();
        await_beep(phone);
        phone.say(700.0, Duration::from_millis(600 + 900 * i as u64));
        phone.press('#');
        phone.press('1');
    }
    std::thread::sleep(end.saturating_duration_since(Instant::now()));
    callers.into_iter().for_each(Phone::abandon);
}

/// The recordings of messages that the log says are saved.
fn saved(log: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains("MessageSaved"));
    lines
        .filter_map(|line| line.split("message: ").nth(1)?.get(..26).map(str::to_owned))
        .collect()
}

/// Every acknowledged message is listed, has its file, and plays; every file can be read.
fn check(engine: &Engine, acknowledged: &BTreeSet<String>, round: usize) {
    let listed = engine.rappel(&["messages", "--json"]);
    for message in acknowledged {
        assert!(
            listed.contains(message),
            "round {round}: {message} is gone\n{listed}"
        );
    }
    for file in recordings(engine) {
        let sound = Sound::read(&file);
        let size = fs::metadata(&file).expect("it is there").len();
        assert!(
            sound.millis() > 0 || size <= 44,
            "round {round}: {} does not play",
            file.display()
        );
    }
}
