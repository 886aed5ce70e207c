//! Files change under calls: none is dropped, none hears another version than it began with, and
//! every record says which one that was (FLOWS §11).

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rappel_tests::{Engine, Phone};

use super::{call, engine, sentence};

const TENANT: &str = "garage-martin";

/// A file of the tenant of this engine.
fn file(engine: &Engine, path: &str) -> PathBuf {
    let config = engine.folder().join("config");
    config.join("tenants").join(TENANT).join(path)
}

/// Reloads and says which version runs then.
fn reload(engine: &Engine) -> u32 {
    let began = Instant::now();
    let told = engine.rappel(&["reload", "--tenant", TENANT]);
    let taken = began.elapsed();
    assert!(taken < Duration::from_secs(1), "a reload took {taken:?}");
    let number = told
        .split("version ")
        .nth(1)
        .and_then(|rest| rest.split('-').next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no version in: {told}"))
}

/// Reloads of the test command, or `RAPPEL_RELOADS`.
fn reloads() -> u32 {
    std::env::var("RAPPEL_RELOADS").map_or(40, |n| n.parse().expect("RAPPEL_RELOADS is a number"))
}

#[test]
fn reloads_drop_no_call_and_change_none() {
    let engine = engine();
    let menu = file(&engine, "flows/menu.toml");
    let text = fs::read_to_string(&menu).expect("the demo has a menu");
    let (mut calls, mut begun, mut version) = (VecDeque::<Phone>::new(), Vec::new(), 1);
    for n in 0..reloads() {
        if n % 4 == 0 {
            calls.push_back(call(&engine, "+33199000014"));
            begun.push(version);
        }
        fs::write(&menu, format!("{text}\n# {n}\n")).expect("it is ours");
        let now = reload(&engine);
        assert_eq!(now, version + 1, "versions are counted");
        version = now;
        for phone in &calls {
            let seen = phone.seen();
            assert!(
                !seen.ended && seen.failed.is_none(),
                "a call was dropped: {seen:?}"
            );
        }
        if calls.len() > MOST {
            calls.pop_front().expect("there is one").hang_up();
        }
    }
    for phone in calls {
        phone.hang_up();
    }
    let count = begun.len();
    let records = rappel_tests::wait::until("the records", Duration::from_secs(10), || {
        let last = count.to_string();
        let records = engine.rappel(&["calls", "--json", "--last", &last]);
        (records.lines().count() == count).then_some(records)
    });
    for (record, version) in records.lines().zip(begun) {
        let expected = format!("\"version\":\"{version}-");
        assert!(
            record.contains(&expected),
            "not version {version}: {record}"
        );
        for part in [
            "\"ended_by\":\"caller\"",
            "\"outcome\":\"flow\"",
            "\"status\":200",
        ] {
            assert!(record.contains(part), "`{part}` is not in {record}");
        }
    }
}

/// Calls at once.
const MOST: usize = 6;

#[test]
fn a_call_hears_the_recordings_it_began_with_and_the_next_one_the_new() {
    let engine = engine();
    let before = call(&engine, "+33199000014");
    before.await_sentence(&sentence("fr", "menu-garage"), 0, Duration::from_secs(20));
    let other = file(&engine, "prompts/fr/ferme-choix.wav");
    fs::copy(other, file(&engine, "prompts/fr/un-instant.wav")).expect("a file of ours");
    assert_eq!(reload(&engine), 2);
    let after = call(&engine, "+33199000014");
    let pressed = before.heard().millis();
    before.press('2');
    let limit = Duration::from_secs(15);
    before.await_sentence(&sentence("fr", "un-instant"), pressed, limit);
    std::thread::sleep(Duration::from_millis(1_000));
    let pressed = after.heard().millis();
    after.press('2');
    after.await_sentence(&sentence("fr", "ferme-choix"), pressed, limit);
    before.hang_up();
    after.hang_up();
    // Back to the first words, over a start of the engine as well.
    let back = engine.rappel(&["rollback"]);
    assert!(back.contains("version 1-"), "{back}");
    let versions = engine.rappel(&["versions"]);
    assert!(versions.contains("runs, gone back to"), "{versions}");
}

#[test]
fn what_is_refused_changes_nothing_and_says_why() {
    let engine = engine();
    fs::write(file(&engine, "flows/menu.toml"), "rappel = 1\n[flow").expect("a file of ours");
    let place = engine.folder().join("config");
    let out = std::process::Command::new(rappel_tests::engine::binary())
        .args(["reload", "--config"])
        .arg(&place)
        .output()
        .expect("rappel starts");
    assert!(!out.status.success());
    let why = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(why.contains("flows/menu.toml:2"), "{why}");
    assert!(
        why.contains("garage-martin: refused, what ran goes on"),
        "{why}"
    );
    engine.await_log("reload: refused", Duration::from_secs(5));
    let phone = call(&engine, "+33199000014");
    phone.await_sentence(&sentence("fr", "menu-garage"), 0, Duration::from_secs(20));
    phone.hang_up();
}
