//! Numbers by which a phone tests its own call, heard: its echo, what its sound is like, its keys.

use std::thread;
use std::time::{Duration, Instant};

use rappel_tests::handset::Manners;
use rappel_tests::listen::Sound;
use rappel_tests::wait::until;
use rappel_tests::{Handset, Phone};

use super::{PASSWORD, company, handset, sentence};

/// A sentence is heard in this call of a handset within `limit`.
fn await_sentence(handset: &Handset, call: usize, sentence: &Sound, limit: Duration) {
    until("a sentence to be heard", limit, || {
        handset.heard(call).contains(sentence).then_some(())
    });
}

#[test]
fn callers_of_600_hear_their_own_voice_at_once() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let call = lea.talk_to("600");
    await_sentence(&lea, call, &sentence("fr", "test-echo"), SPOKEN);
    // From the order to speak to the first sound of it, our own packets of 20 ms included. A machine
    // that is busy makes us late ourselves: the quickest of some counts.
    let mut quickest = Duration::MAX;
    for hertz in [500.0, 700.0, 900.0, 1_100.0, 1_300.0, 1_500.0] {
        thread::sleep(Duration::from_millis(300));
        lea.forget(call);
        lea.say(call, Some(hertz));
        let begun = Instant::now();
        until("the echo", Duration::from_secs(3), || {
            lea.heard(call)
                .levels()
                .iter()
                .any(|level| *level > -20.0)
                .then_some(())
        });
        quickest = quickest.min(begun.elapsed());
        thread::sleep(Duration::from_millis(200));
        assert!(lea.heard(call).tone_millis(hertz) > 100, "{hertz} Hz");
        lea.say(call, None);
    }
    eprintln!("echo heard after {quickest:?}");
    assert!(quickest < Duration::from_millis(60), "{quickest:?}");
    lea.hang_up(call);
}

#[test]
fn callers_of_601_are_told_their_codec() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let call = lea.talk_to("601");
    lea.say(call, Some(700.0));
    for key in [
        "test-measuring",
        "test-codec-pcma",
        "test-plain",
        "test-heard-all",
    ] {
        await_sentence(&lea, call, &sentence("fr", key), SPOKEN);
    }
    // A handset without RTCP says nothing of us.
    await_sentence(&lea, call, &sentence("fr", "test-told-nothing"), SPOKEN);
    lea.await_seen(call, "the end", |seen| seen.ended);
}

#[test]
fn callers_of_602_hear_each_key_and_how_it_came() {
    let engine = company(|_| {});
    let five = sentence("fr", "number/5");
    // Events beside the sound.
    let _known = handset(&engine, "poste-22", Manners::Answers);
    let phone = Phone::dial_as(engine.sip, [127, 0, 0, 1], "602", ("poste-22", PASSWORD));
    phone.await_answer();
    phone.await_sentence(&sentence("fr", "test-keys"), 0, SPOKEN);
    phone.press('5');
    let told = phone.await_sentence(&five, 0, SPOKEN);
    phone.await_sentence(&sentence("fr", "test-key-event"), told, SPOKEN);
    phone.hang_up();
    // By signalling, from a phone that has no events.
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let call = lea.talk_to("602");
    await_sentence(&lea, call, &sentence("fr", "test-keys"), SPOKEN);
    lea.forget(call);
    lea.inform(call, '5');
    await_sentence(&lea, call, &five, SPOKEN);
    await_sentence(&lea, call, &sentence("fr", "test-key-info"), SPOKEN);
    lea.hang_up(call);
}

/// Longer than the longest sentence takes to be spoken.
const SPOKEN: Duration = Duration::from_secs(20);
