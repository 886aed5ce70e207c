//! Messages: what was spoken into the phone is what the file holds.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rappel_tests::listen::Sound;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Phone};

use super::{call, engine, sentence};

/// Waits for the end of the beep and gives the voice to the test.
pub(crate) fn await_beep(phone: &Phone) {
    until("the beep", Duration::from_secs(30), || {
        let heard = phone.heard();
        let beep = heard.tone_span(1000.0)?;
        (heard.millis() > beep.to + 40).then_some(())
    });
}

/// The files of all recordings.
pub(crate) fn recordings(engine: &Engine) -> Vec<PathBuf> {
    let entries = fs::read_dir(engine.recordings())
        .into_iter()
        .flatten()
        .flatten();
    entries
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "wav"))
        .collect()
}

#[test]
fn the_file_holds_what_was_spoken() {
    let engine = engine();
    let phone = call(&engine, "+33199000013");
    await_beep(&phone);
    phone.say(700.0, Duration::from_secs(4));
    std::thread::sleep(Duration::from_millis(4200));
    phone.press('#');
    phone.await_sentence(&sentence("fr", "review"), 0, Duration::from_secs(20));
    phone.press('1');
    phone.await_sentence(
        &sentence("fr", "message-bien-recu"),
        0,
        Duration::from_secs(20),
    );
    engine.await_log("MessageSaved", Duration::from_secs(5));
    let files = recordings(&engine);
    assert_eq!(files.len(), 1, "{files:?}");
    let sound = Sound::read(&files[0]);
    let tone = sound.tone_span(700.0).expect("the tone is in the file");
    let length = tone.to - tone.from;
    assert!(
        (3960..=4040).contains(&length),
        "4,000 ms were spoken, {length} ms are in the file"
    );
    let level = sound.tone_level(700.0).expect("it has a level");
    assert!(
        (level + 13.0).abs() < 1.0,
        "−13 dB were spoken, {level} dB are in the file"
    );
    let silences = sound.part(tone.from, tone.to).silences(20);
    assert!(silences.is_empty(), "holes in the tone: {silences:?}");
    let listed = engine.rappel(&["messages"]);
    assert!(listed.contains("accueil"), "{listed}");
    phone.hang_up();
}

#[test]
fn hanging_up_after_speaking_keeps_the_message() {
    let engine = engine();
    let phone = call(&engine, "+33199000013");
    await_beep(&phone);
    phone.say(700.0, Duration::from_secs(3));
    std::thread::sleep(Duration::from_millis(3100));
    phone.hang_up();
    engine.await_log("MessageSaved", Duration::from_secs(5));
    assert_eq!(recordings(&engine).len(), 1);
}

#[test]
fn what_is_too_short_is_a_missed_call_and_no_message() {
    let engine = engine();
    let phone = call(&engine, "+33199000013");
    await_beep(&phone);
    phone.say(700.0, Duration::from_millis(400));
    std::thread::sleep(Duration::from_millis(500));
    phone.hang_up();
    let calls = until("the record", Duration::from_secs(5), || {
        let calls = engine.rappel(&["calls", "--json"]);
        calls.contains("\"call\"").then_some(calls)
    });
    assert!(!calls.contains("\"outcome\":\"message\""), "{calls}");
    assert!(!engine.log().contains("MessageSaved"));
    until("the file to be removed", Duration::from_secs(5), || {
        recordings(&engine).is_empty().then_some(())
    });
}
