//! baresip as the phones of the demo company: people who call the flow and each other, leave
//! messages and hear them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::baresip::{Baresip, Transport};
use rappel_tests::listen::Sound;
use rappel_tests::wait::until;

use crate::{PASSWORD, SECOND, add_user, assert_heard, assert_only, await_fact, engine};
use crate::{listen, newest_call, sentence};

const SILENT: (f32, Duration) = (440.0, Duration::ZERO);
const MINUTE: Duration = Duration::from_secs(60);

/// A registered softphone of a new user.
fn phone(engine: &Engine, user: &str, transport: Transport, tone: (f32, Duration)) -> Baresip {
    add_user(engine, user);
    Baresip::start(engine, (user, PASSWORD), transport, tone)
}

#[test]
fn the_menu_is_heard_whole_and_digits_choose() {
    let engine = engine();
    let mut phone = phone(&engine, "poste-11", Transport::Udp, SILENT);
    phone.call("104");
    await_fact(&engine, "Playing(\"rien-entendu\")", 1, 25 * SECOND);
    // Said in real time, and the short menu after it, which is where the key falls.
    listen(&sentence("rien-entendu"));
    phone.press("2");
    await_fact(&engine, "Key(Some('2'))", 1, 5 * SECOND);
    await_fact(&engine, "Playing(\"personne-libre\")", 1, 10 * SECOND);
    // What is behind the last thing heard lets that come through the phone's jitter buffer whole.
    thread::sleep(SECOND);
    phone.hang_up();
    let heard = phone.heard();
    let menu = assert_heard(&heard, "menu-garage");
    assert!(menu < 500, "the menu begins at {menu} ms");
    let nothing = assert_heard(&heard, "rien-entendu");
    let instant = assert_heard(&heard, "un-instant");
    assert!(menu < nothing && nothing < instant, "in their order");
    let call = newest_call(&engine);
    for part in [
        "\"service\":\"atelier\"",
        "\"origin\":\"user poste-11\"",
        "key 2",
    ] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
}

#[test]
fn what_is_spoken_without_a_pause_has_none() {
    let engine = engine();
    let mut phone = phone(&engine, "poste-11", Transport::Tcp, SILENT);
    phone.call("102");
    await_fact(&engine, "Playing(\"ferme-choix\")", 1, 5 * SECOND);
    phone.press("2");
    await_fact(&engine, "Playing(\"horaires\")", 1, 5 * SECOND);
    await_fact(&engine, "Recording(", 1, 40 * SECOND);
    phone.hang_up();
    let heard = phone.heard();
    assert_heard(&heard, "horaires");
    let silences = heard.silences(2_000);
    assert!(silences.is_empty(), "{silences:?}");
    let call = newest_call(&engine);
    assert!(call.contains("\"motif\":\"ferme\""), "{call}");
}

#[test]
fn two_phones_hear_each_other_hold_and_resume() {
    let engine = engine();
    let mut karim = phone(&engine, "poste-12", Transport::Udp, (440.0, MINUTE));
    let mut sofia = phone(&engine, "poste-11", Transport::Tcp, (1_000.0, MINUTE));
    karim.call("11");
    thread::sleep(2 * SECOND);
    sofia.command("hold", "");
    await_fact(&engine, "held: true", 1, 5 * SECOND);
    thread::sleep(2 * SECOND);
    sofia.command("resume", "");
    await_fact(&engine, "held: false", 1, 5 * SECOND);
    thread::sleep(2 * SECOND);
    karim.hang_up();
    sofia.await_end(5 * SECOND);
    assert!(sofia.log().contains("Via: SIP/2.0/TCP"), "she is on TCP");
    assert!(!karim.log().contains("SIP/2.0/TCP"), "and he is not");
    let (at_karim, at_sofia) = (karim.heard(), sofia.heard());
    assert_only(&at_sofia, 440.0, 1_000.0);
    // Who was held heard nothing in between, but before and after.
    assert_only(&at_karim, 1_000.0, 440.0);
    let tone = at_karim.tone_millis(1_000.0);
    assert!((3_000..=5_000).contains(&tone), "{tone} ms of her tone");
    let call = newest_call(&engine);
    for part in [
        "\"direction\":\"internal\"",
        "\"outcome\":\"served\"",
        "\"ended_by\":\"caller\"",
        "\"lost\":0",
        "held by",
        "resumed by",
        "reach sofia: answered",
    ] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
    for stage in ["ringing", "answered", "connected", "ended"] {
        assert!(
            call.contains(&format!("\"{stage}\":\"20")),
            "{stage}: {call}"
        );
    }
}

#[test]
fn the_person_called_hangs_up() {
    let engine = engine();
    let mut karim = phone(&engine, "poste-12", Transport::Tcp, (440.0, MINUTE));
    let mut sofia = phone(&engine, "poste-11", Transport::Udp, (1_000.0, MINUTE));
    karim.call("11");
    thread::sleep(SECOND);
    sofia.hang_up();
    karim.await_end(5 * SECOND);
    assert_only(&karim.heard(), 1_000.0, 440.0);
    assert_only(&sofia.heard(), 440.0, 1_000.0);
    let call = newest_call(&engine);
    assert!(call.contains("\"ended_by\":\"callee\""), "{call}");
}

/// Leaves a message of `length` in the company's mailbox and hangs up when it is saved.
fn leave_message(engine: &Engine, phone: &mut Baresip, length: Duration) {
    phone.call("103");
    await_fact(engine, "Recording(", 1, 20 * SECOND);
    phone.say(700.0, length);
    // Spoken in real time: the key is pressed when the tone is over.
    thread::sleep(length + SECOND);
    phone.press("#");
    await_fact(engine, "Key(Some('#'))", 1, 5 * SECOND);
    thread::sleep(SECOND);
    phone.press("1");
    await_fact(engine, "MessageSaved", 1, 10 * SECOND);
    phone.hang_up();
}

/// All recordings there are.
fn recordings(engine: &Engine) -> Vec<PathBuf> {
    let entries = fs::read_dir(engine.recordings()).into_iter().flatten();
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "wav"))
        .collect()
}

#[test]
fn a_message_is_kept_as_spoken_and_announced_and_heard_with_a_pin() {
    let engine = engine();
    let mut karim = phone(&engine, "poste-12", Transport::Udp, SILENT);
    let mut sofia = phone(&engine, "poste-11", Transport::Udp, SILENT);
    engine.rappel_with_input(&["user", "pin", "poste-11"], &format!("{PIN}\n"));
    leave_message(&engine, &mut karim, 4 * SECOND);
    let files = recordings(&engine);
    assert_eq!(files.len(), 1, "{files:?}");
    assert_spoken(&Sound::read(&files[0]));
    until("sofia's phone to be told", 5 * SECOND, || {
        sofia.log().contains("Voice-Message: 1/0").then_some(())
    });

    sofia.call("*98");
    await_fact(&engine, "Playing(\"pin-ask\")", 1, 5 * SECOND);
    // The first key ends the question.
    listen(&sentence("pin-ask"));
    sofia.press(&format!("{PIN}#"));
    await_fact(&engine, "Playing(\"listen-menu\")", 1, 30 * SECOND);
    sofia.press("3");
    await_fact(&engine, "MessageDeleted", 1, 10 * SECOND);
    await_fact(&engine, "Playing(\"message-deleted\")", 1, 5 * SECOND);
    sofia.await_end(20 * SECOND);
    let heard = sofia.heard();
    assert_heard(&heard, "pin-ask");
    assert_heard(&heard, "message-deleted");
    let tone = heard.tone_millis(700.0);
    assert!((3_900..=4_060).contains(&tone), "{tone} ms of the message");
    until("sofia's phone to be told again", 5 * SECOND, || {
        let log = sofia.log();
        let last = log.lines().rfind(|l| l.contains("Voice-Message: "))?;
        last.contains("0/0").then_some(())
    });
    assert!(recordings(&engine).is_empty(), "its sound is gone");
    assert_secret(&engine);
}

/// The PIN of sofia: nowhere else in the tree, so that finding it means that it leaked.
const PIN: &str = "730194";

/// Four seconds at 700 Hz and −13 dB, without a hole.
fn assert_spoken(sound: &Sound) {
    let tone = sound.tone_span(700.0).expect("the tone is in the file");
    let length = tone.to - tone.from;
    assert!((3_960..=4_040).contains(&length), "{length} ms");
    let level = sound.tone_level(700.0).expect("it has a level");
    assert!((level + 13.0).abs() < 1.0, "{level} dB");
    let holes = sound.part(tone.from, tone.to).silences(20);
    assert!(holes.is_empty(), "{holes:?}");
}

/// The PIN stands in no file of the engine, nor in what it prints of its calls.
fn assert_secret(engine: &Engine) {
    let calls = until("the record of the call", 5 * SECOND, || {
        let calls = engine.rappel(&["calls", "--json"]);
        calls.contains("\"called\":\"*98\"").then_some(calls)
    });
    let mut traced = 0;
    for call in calls.lines() {
        let id = call.split("\"call\":\"").nth(1).expect("it has an ID");
        let id = id.split('"').next().expect("it ends");
        let trace = engine.rappel(&["calls", "--trace", id]);
        assert!(!trace.contains(PIN), "{trace}");
        let keys: String = trace
            .lines()
            .filter_map(|line| line.split("key ").nth(1)?.chars().next())
            .collect();
        assert!(!keys.contains(PIN), "{trace}");
        traced += usize::from(trace.contains("keys (hidden)"));
    }
    assert!(calls.contains("\"outcome\":\"message\""), "{calls}");
    assert_eq!(traced, 1, "the secret keys are hidden in one call: {calls}");
    let log = engine.log();
    let keys: String = log
        .split("Key(Some('")
        .skip(1)
        .filter_map(|rest| rest.chars().next())
        .collect();
    assert!(log.contains("Key(None)"), "the log tells every key");
    assert!(!keys.contains(PIN), "{keys}");
    let mut looked = 0;
    look_for_pin(&engine.folder().join("config"), &mut looked);
    assert!(looked > 20, "only {looked} files were read");
    assert!(!log.contains(PIN), "it is in the log");
}

fn look_for_pin(folder: &Path, looked: &mut usize) {
    for entry in fs::read_dir(folder)
        .expect("a folder can be read")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            look_for_pin(&path, looked);
            continue;
        }
        // The socket for commands holds nothing.
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).expect("a file can be read");
        let found = bytes.windows(PIN.len()).any(|w| w == PIN.as_bytes());
        assert!(!found, "the PIN is in {}", path.display());
        *looked += 1;
    }
}
