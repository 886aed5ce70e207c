//! Real phones in every codec, plain and encrypted: what each says, the other hears, and so are
//! prompts.

use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::baresip::Baresip;
use rappel_tests::linphone::Linphone;
use rappel_tests::listen::Sound;

use crate::{PASSWORD, SECOND, add, add_user, assert_heard, await_fact, engine};
use crate::{listen, newest_call, sentence};

const MINUTE: Duration = Duration::from_secs(60);

/// A codec as baresip names it, and whether it is encrypted there.
type Speech = (&'static str, Option<&'static str>);

const OPUS: &str = "opus/48000/2";
const G722: &str = "G722/16000/1";
const PCMA: &str = "PCMA/8000/1";
const PCMU: &str = "PCMU/8000/1";

fn phone(engine: &Engine, user: &str, speech: Speech, hertz: f32) -> Baresip {
    add_user(engine, user);
    Baresip::start_speaking(engine, (user, PASSWORD), speech, (hertz, MINUTE))
}

/// Two phones talk: each hears the other's tone whole, and nothing of its own.
fn talk(karim: Speech, sofia: Speech) {
    let engine = engine();
    let mut at_karim = phone(&engine, "poste-12", karim, 440.0);
    let at_sofia = phone(&engine, "poste-11", sofia, 1_000.0);
    at_karim.call("11");
    thread::sleep(4 * SECOND);
    at_karim.hang_up();
    at_sofia.await_end(5 * SECOND);
    let call = newest_call(&engine);
    assert!(call.contains("\"lost\":0"), "{call}");
    for (heard, theirs, own) in [
        (at_karim.heard(), 1_000.0, 440.0),
        (at_sofia.heard(), 440.0, 1_000.0),
    ] {
        // baresip loses a decibel of its own on the way to 48 kHz and back.
        let least = (3_000, 3.0);
        assert_whole(
            &heard,
            (theirs, own),
            least,
            &format!("{karim:?} {sofia:?}"),
        );
    }
}

/// The other's tone is heard for so many milliseconds at least, within so many decibels of the level
/// it was said at and without a hole, and nothing of one's own.
fn assert_whole(heard: &Sound, (theirs, own): (f32, f32), (least, near): (usize, f32), who: &str) {
    assert_eq!(heard.tone_millis(own), 0, "{who}: an echo of {own} Hz");
    let tone = heard.tone_millis(theirs);
    assert!(tone >= least, "{who}: {tone} ms of {theirs} Hz");
    let level = heard.tone_level(theirs).expect("it has a level");
    assert!((level + 13.0).abs() < near, "{who}: {level} dB");
    let span = heard.tone_span(theirs).expect("it is heard");
    let holes = heard.part(span.from, span.to).silences(40);
    assert!(holes.is_empty(), "{who}: {holes:?}");
}

/// Two linphones, one encrypted, one not, talk in every codec that both of it and us speak; each
/// calls the other, so that each has offered and answered.
#[test]
fn linphones_hear_each_other_in_every_codec_plain_and_encrypted() {
    let engine = engine();
    for user in ["poste-12", "poste-11"] {
        add(&engine, user, false);
    }
    let secret = (440.0, MINUTE);
    let mut secret = Linphone::start_encrypted(&engine, ("poste-12", PASSWORD), secret);
    let mut plain = Linphone::start(&engine, ("poste-11", PASSWORD), (1_000.0, MINUTE));
    let calls = [
        ("PCMU", true),
        ("PCMA", false),
        ("G722", true),
        ("opus", false),
    ];
    for (n, (codec, secret_calls)) in calls.into_iter().enumerate() {
        for phone in [&mut secret, &mut plain] {
            phone.speak(codec);
            phone.listen_anew();
        }
        let (caller, callee) = match secret_calls {
            true => (&mut secret, "11"),
            false => (&mut plain, "12"),
        };
        caller.call(callee);
        thread::sleep(3 * SECOND);
        caller.hang_up();
        for (phone, theirs, own) in [(&secret, 1_000.0, 440.0), (&plain, 440.0, 1_000.0)] {
            phone.await_ends(n + 1);
            assert_whole(&phone.heard(), (theirs, own), (2_000, 1.5), codec);
        }
        let call = newest_call(&engine);
        for secrecy in [true, false] {
            let leg = format!("\"codec\":\"{codec}\",\"encrypted\":{secrecy}");
            assert!(call.contains(&leg), "`{leg}` is not in {call}");
        }
    }
}

#[test]
fn phones_of_different_codecs_hear_each_other() {
    for (karim, sofia) in [(OPUS, PCMA), (G722, PCMU), (OPUS, G722)] {
        talk((karim, None), (sofia, None));
    }
}

#[test]
fn phones_of_the_same_wide_codec_hear_each_other() {
    for codec in [OPUS, G722] {
        talk((codec, None), (codec, None));
    }
}

#[test]
fn an_encrypted_phone_and_a_plain_one_hear_each_other() {
    talk((PCMA, Some("srtp-mand")), (PCMU, None));
    talk((PCMU, Some("srtp")), (OPUS, Some("srtp-mand")));
    talk((OPUS, Some("srtp")), (G722, Some("srtp-mand")));
}

#[test]
fn prompts_are_heard_in_wide_codecs_and_under_keys() {
    for speech in [
        (OPUS, None),
        (G722, None),
        (PCMA, Some("srtp-mand")),
        (OPUS, Some("srtp-mand")),
    ] {
        let engine = engine();
        let mut phone = phone(&engine, "poste-11", speech, 440.0);
        // The first call has the prompt coded as it is played, the second as it was coded ahead.
        for call in 1..=2 {
            phone.call("104");
            await_fact(&engine, "Playing(\"menu-garage\")", call, 5 * SECOND);
            listen(&sentence("menu-garage"));
            phone.press("2");
            await_fact(&engine, "Key(Some('2'))", call, 5 * SECOND);
            thread::sleep(SECOND);
            phone.hang_up();
            assert_heard(&phone.heard(), "menu-garage");
        }
    }
}
