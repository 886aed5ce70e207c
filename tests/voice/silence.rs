//! Nobody who waits is sent nothing for long, whatever they wait for: a caller is led through the company,
//! and everything that is sent to them is looked at. Ringing has pauses that everybody knows.

use std::thread;
use std::time::{Duration, Instant};

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::listen::Sound;
use rappel_tests::{Handset, Phone, sipp};

use super::message::await_beep;
use super::{call, company, engine, handset, sentence};

/// Milliseconds in which nothing may be heard: two seconds, and a packet that a busy machine sends late.
const BORNE: usize = 2_080;

/// The pause of ringing, and as much (ITU-T E.180).
const RINGING: usize = 4_100;

/// Every line whose flow waits for its caller: lunch, closed, menu, on leave, English, digits.
const LINES: [&str; 6] = [
    "+33199000011",
    "+33199000012",
    "+33199000014",
    "+33199000015",
    "+33199000016",
    "+33199000017",
];

const SOON: Duration = Duration::from_secs(2);

/// What came in so much time has no gap longer than that, and is sent all the time.
fn assert_heard(what: &str, sound: &Sound, (time, borne): (Duration, usize)) {
    let came = sound.millis();
    let all = time.as_millis() as usize;
    assert!(came * 100 >= all * 80, "{what}: {came} of {all} ms came");
    let silences = sound.silences(borne);
    assert!(silences.is_empty(), "{what}: {silences:?}");
}

#[test]
fn a_caller_who_does_nothing_is_never_in_silence_whatever_the_line() {
    let engine = engine();
    let dial = |number: &&str| Phone::dial(engine.sip, sipp::TRUNK, number);
    let phones: Vec<Phone> = LINES.iter().map(dial).collect();
    phones.iter().for_each(Phone::await_answer);
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(20));
    for (phone, line) in phones.into_iter().zip(LINES) {
        let time = if phone.seen().ended {
            Duration::from_secs(3)
        } else {
            begun.elapsed()
        };
        assert_heard(line, &phone.heard(), (time, BORNE));
        phone.hang_up();
    }
}

#[test]
fn before_and_after_a_message_there_is_no_silence() {
    let engine = engine();
    let phone = call(&engine, "+33199000013");
    let begun = Instant::now();
    await_beep(&phone);
    let spoken = phone.heard();
    assert_heard("the greeting", &spoken, (begun.elapsed(), BORNE));
    phone.say(700.0, Duration::from_secs(2));
    thread::sleep(Duration::from_millis(2_200));
    phone.press('#');
    let from = phone.heard().millis();
    let pressed = Instant::now();
    phone.await_sentence(&sentence("fr", "review"), from, Duration::from_secs(20));
    thread::sleep(Duration::from_secs(5));
    let all = phone.heard();
    let after = all.part(from, all.millis());
    assert_heard("the review", &after, (pressed.elapsed(), BORNE));
    phone.hang_up();
}

/// What a phone hears from now on, for so long.
fn listen(what: &str, (phone, call): (&Handset, usize), seconds: u64, borne: usize) {
    phone.forget(call);
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(seconds));
    assert_heard(what, &phone.heard(call), (begun.elapsed(), borne));
}

#[test]
fn who_is_held_handed_over_or_parked_is_never_in_silence() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Rings);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    listen("on hold", (&lea, call), 6, BORNE);
    // Handed over from there, as phones do it, to one that rings and does not answer at once.
    paul.refer(0, "22");
    nour.await_call(0);
    listen("while it rings", (&lea, call), 7, RINGING);
    nour.answer(0);
    paul.await_seen(0, "the transferor to be let go", |seen| seen.ended);
    assert_talk((&lea, call), (&nour, 0), SOON);
    nour.refer(0, "*68");
    nour.await_seen(0, "202", |seen| seen.referred == Some(202));
    listen("parked", (&lea, call), 6, BORNE);
    let fetched = paul.talk_to("701");
    assert_talk((&lea, call), (&paul, fetched), SOON);
    lea.hang_up(call);
}
