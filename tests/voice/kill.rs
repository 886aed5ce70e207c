//! `kill -9` at random instants: what was acknowledged is there, whole, and plays; what was begun
//! is repaired or removed; and every call a message was left in has a record.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use rappel_model::Random;
use rappel_tests::listen::Sound;
use rappel_tests::{Engine, Phone, sipp};

use super::engine;
use super::message::{await_beep, recordings};

/// What the callers say, in ms of a tone: long enough to be messages, told apart by their length.
const SPOKEN: [usize; 3] = [2200, 2700, 3300];

/// The tone they say.
const TONE: f32 = 700.0;

/// A slice in the test command; the whole with `cargo xtask soak`.
fn rounds() -> usize {
    if std::env::var_os("RAPPEL_SOAK").is_some() {
        100
    } else {
        6
    }
}

#[test]
fn no_acknowledged_message_is_lost_by_kill_9() {
    let mut engine = engine();
    let mut random = Random::from_seed(20_260);
    let (mut acknowledged, mut listed) = (BTreeSet::new(), BTreeMap::new());
    for round in 0..rounds() {
        // From amid the shortest message to after the longest is saved.
        leave_messages_for(&engine, Duration::from_millis(1500 + random.below(3500)));
        engine.kill_and_restart_after(|log| acknowledged.extend(saved(log)));
        listed = check(&engine, &acknowledged, &listed, round);
    }
    let revived = listed.len() - acknowledged.len();
    println!(
        "{} rounds: {} messages acknowledged, {revived} more revived",
        rounds(),
        acknowledged.len()
    );
    assert!(!acknowledged.is_empty(), "not one message was acknowledged");
    assert!(revived > 0, "not one message was cut");
}

/// Three callers leave messages of different lengths; the engine dies under them, so long after
/// they began to speak.
fn leave_messages_for(engine: &Engine, limit: Duration) {
    let callers: Vec<Phone> = SPOKEN
        .iter()
        .map(|_| Phone::dial(engine.sip, sipp::TRUNK, "+33199000013"))
        .collect();
    for (phone, millis) in callers.iter().zip(SPOKEN) {
        phone.await_answer();
        await_beep(phone);
        phone.say(TONE, Duration::from_millis(millis as u64));
        phone.press('#');
        phone.press('1');
    }
    std::thread::sleep(limit);
    callers.into_iter().for_each(Phone::abandon);
}

/// The messages that the log says are saved.
fn saved(log: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains("MessageSaved"));
    lines
        .filter_map(|line| line.split("message: ").nth(1)?.get(..26).map(str::to_owned))
        .collect()
}

/// A message as `rappel messages` lists it.
#[derive(Debug)]
struct Listed {
    call: String,
    millis: usize,
    file: PathBuf,
}

/// All messages, by their identity.
fn messages(engine: &Engine) -> BTreeMap<String, Listed> {
    let text = engine.rappel(&["messages", "--json"]);
    let lines = text.lines().map(|line| {
        let listed = Listed {
            call: field(line, "call").to_owned(),
            millis: field(line, "length_ms").parse().expect("it is a number"),
            file: field(line, "sound").into(),
        };
        (field(line, "message").to_owned(), listed)
    });
    lines.collect()
}

/// The value of a field of a flat JSON object.
fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let value = line.split_once(&format!("\"{name}\":"));
    let (_, value) = value.unwrap_or_else(|| panic!("no {name} in {line}"));
    match value.strip_prefix('"') {
        Some(text) => text.split('"').next().unwrap_or_default(),
        None => value.split([',', '}']).next().unwrap_or_default(),
    }
}

/// Every acknowledged message is listed with its sound, every file belongs to a message, and every
/// message's call has a record. What was looked at `before` is only counted.
fn check(
    engine: &Engine,
    acknowledged: &BTreeSet<String>,
    before: &BTreeMap<String, Listed>,
    round: usize,
) -> BTreeMap<String, Listed> {
    let listed = messages(engine);
    for message in acknowledged.iter().chain(before.keys()) {
        assert!(
            listed.contains_key(message),
            "round {round}: {message} is gone"
        );
    }
    let calls = engine.rappel(&["calls", "--json", "--last", "10000"]);
    let calls: BTreeSet<&str> = calls.lines().map(|line| field(line, "call")).collect();
    for (id, message) in listed.iter().filter(|(id, _)| !before.contains_key(*id)) {
        let what = format!("round {round}: {id} {message:?}");
        assert!(
            calls.contains(&*message.call),
            "{what}: its call left no record"
        );
        assert_holds_what_was_said(message, acknowledged.contains(id), &what);
    }
    let of_messages: BTreeSet<_> = listed.values().map(|m| m.file.file_name()).collect();
    for file in recordings(engine) {
        assert!(
            of_messages.contains(&file.file_name()),
            "round {round}: {} is no message and was not removed",
            file.display()
        );
    }
    listed
}

/// The file is as long as its row says and holds the tone without a hole: all of it when it was
/// acknowledged, as much as reached the disk when it was cut.
fn assert_holds_what_was_said(message: &Listed, acknowledged: bool, what: &str) {
    let sound = Sound::read(&message.file);
    let near = |a: usize, b: usize| a.abs_diff(b) * 20 <= b;
    assert!(
        near(sound.millis(), message.millis),
        "{what}: {} ms are in the file",
        sound.millis()
    );
    assert!(message.millis >= 2000, "{what}: too short to be kept");
    let tone = sound.tone_span(TONE).expect("the tone is in the file");
    let length = tone.to - tone.from;
    let said = SPOKEN.iter().any(|spoken| near(length, *spoken));
    let cut = SPOKEN.iter().any(|spoken| length < *spoken);
    assert!(
        near(tone.to, message.millis),
        "{what}: the tone ends at {} ms",
        tone.to
    );
    assert!(
        said || (!acknowledged && cut),
        "{what}: {length} ms of what was said are in the file"
    );
    let holes = sound.part(tone.from, tone.to).silences(20);
    assert!(holes.is_empty(), "{what}: holes in the tone: {holes:?}");
}
