//! Recordings of calls: a flow begins one, two people talk, each is heard on a channel of their own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rappel_tests::handset::Manners;
use rappel_tests::listen::Sound;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Handset, Phone, sipp};

use super::{call, company, handset, sentence};

/// What the caller and what Léa say.
pub(super) const CALLER: f32 = 700.0;
pub(super) const LEA: f32 = 1_600.0;

/// The line 103 tells that it records, records, and rings Léa.
pub(super) fn studio() -> (Engine, Handset) {
    let engine = company(|config| {
        sipp::add_carrier(config);
        let path = config.join("tenants/garage-martin/flows/message.toml");
        std::fs::write(path, FLOW).expect("the fixture is ours");
    });
    let lea = handset(&engine, "poste-20", Manners::Answers);
    (engine, lea)
}

const FLOW: &str = r#"rappel = 1

[flow]
title     = "Enregistré"
start     = "annonce"
languages = ["fr", "en"]

[step.annonce]
do     = "consent"
kind   = "recording"
prompt = "un-instant"
next   = "debut"

[step.debut]
do     = "record"
action = "start"
why    = "qualité"
keep   = "30d"
next   = "lea"

[step.lea]
do        = "reach"
person    = "lea"
on.absent = "au_revoir"
next      = "au_revoir"

[step.au_revoir]
do     = "hangup"
prompt = "au-revoir"
"#;

/// The caller talks with Léa: both say their tone from the same moment on.
fn talk(engine: &Engine, lea: &Handset) -> Phone {
    let phone = call(engine, "+33199000013");
    phone.await_sentence(&sentence("fr", "un-instant"), 0, Duration::from_secs(20));
    lea.await_call(0);
    until("a talk", Duration::from_secs(10), || {
        lea.seen(0).answered.then_some(())
    });
    std::thread::sleep(Duration::from_millis(500));
    lea.say(0, Some(LEA));
    phone.say(CALLER, Duration::from_secs(3));
    phone
}

/// The one recording, as `rappel recordings` lists it.
pub(super) fn listed(engine: &Engine) -> (String, PathBuf) {
    let text = engine.rappel(&["recordings", "--json"]);
    assert_eq!(text.lines().count(), 1, "{text}");
    let (_, file) = text.split_once("\"sound\":\"").expect("it has a file");
    let file = file.split('"').next().unwrap_or_default().into();
    (text, file)
}

/// Both channels of a file.
pub(super) fn channels(path: &Path) -> [Sound; 2] {
    let mut reader = hound::WavReader::open(path).expect("it is a WAV");
    assert_eq!(
        (reader.spec().channels, reader.spec().sample_rate),
        (2, 8_000)
    );
    let all: Vec<i16> = reader.samples::<i16>().map_while(Result::ok).collect();
    [0, 1].map(|channel| {
        let samples: Vec<i16> = all.iter().skip(channel).step_by(2).copied().collect();
        Sound::from_samples(&samples)
    })
}

#[test]
fn caller_and_colleague_are_recorded_on_a_channel_each_at_the_same_time() {
    let (engine, lea) = studio();
    let phone = talk(&engine, &lea);
    std::thread::sleep(Duration::from_millis(3_200));
    phone.hang_up();
    let (line, file) = until("the end of the recording", Duration::from_secs(5), || {
        let (line, file) = listed(&engine);
        (!line.contains("\"length_ms\":null")).then_some((line, file))
    });
    for part in ["\"sides\":\"both\"", "\"why\":\"qualité\"", "\"cut\":false"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    let [left, right] = channels(&file);
    assert_eq!(left.millis(), right.millis());
    let caller = left.tone_span(CALLER).expect("the caller is left");
    let colleague = right.tone_span(LEA).expect("the colleague is right");
    assert_eq!(
        left.tone_span(LEA),
        None,
        "nothing of the colleague is left"
    );
    assert_eq!(
        right.tone_span(CALLER),
        None,
        "nothing of the caller is right"
    );
    let length = caller.to - caller.from;
    assert!((2_960..=3_040).contains(&length), "{length} ms of 3,000");
    println!("caller {caller:?}, colleague {colleague:?}");
    // The phones were told one after the other, and count their 20 ms each for itself.
    let apart = caller.from.abs_diff(colleague.from);
    assert!(apart <= 40, "{apart} ms apart: {caller:?}, {colleague:?}");
    for (sound, span) in [(&left, caller), (&right, colleague)] {
        let holes = sound.part(span.from + 20, span.to - 20).silences(20);
        assert!(holes.is_empty(), "{holes:?}");
    }
    let shown = engine.rappel(&["recordings"]);
    assert!(
        shown.contains("garage-martin") && shown.contains("both"),
        "{shown}"
    );
}

#[test]
fn a_kill_amid_a_talk_leaves_a_recording_that_plays() {
    let (mut engine, lea) = studio();
    let phone = talk(&engine, &lea);
    std::thread::sleep(Duration::from_millis(2_500));
    let (line, file) = listed(&engine);
    assert!(line.contains("\"length_ms\":null"), "{line}");
    // It can be heard while it is made.
    let [left, _] = channels(&file);
    assert!(left.tone_span(CALLER).is_some());
    phone.abandon();
    engine.kill_and_restart_after(|_| {});
    let (line, file) = listed(&engine);
    assert!(
        line.contains("\"cut\":true") && !line.contains("\"length_ms\":null"),
        "{line}"
    );
    let [left, right] = channels(&file);
    let caller = left.tone_span(CALLER).expect("the caller is there");
    assert!(caller.to - caller.from >= 1_000, "{caller:?}");
    assert!(right.tone_span(LEA).is_some(), "the colleague is there");
    let calls = engine.rappel(&["calls", "--json"]);
    assert!(calls.contains("\"outcome\":\"failed\""), "{calls}");
}
