//! Calls handed over by the phones that talk: blind, to somebody busy, and attended. Judged by ear.

use std::time::{Duration, Instant};

use rappel_tests::handset::{Handset, Manners, Seen, assert_talk};
use rappel_tests::wait::until;

use super::{company, handset, sentence};

/// Voice follows an answer within this.
const SOON: Duration = Duration::from_secs(2);

fn over(seen: &Seen) -> bool {
    seen.ended
}

#[test]
fn a_blind_transfer_joins_the_caller_to_the_new_party_and_lets_the_first_go() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Rings);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    paul.refer(0, "22");
    paul.await_seen(0, "202", |seen| seen.referred == Some(202));
    nour.await_call(0);
    // Whoever waits hears that it rings.
    until("ringing to be heard", SOON, || {
        (lea.heard(call).tone_millis(440.0) > 500).then_some(())
    });
    assert!(!paul.seen(0).ended, "she hears how it goes");
    assert!(nour.seen(0).from.contains("20"), "{}", nour.seen(0).from);
    nour.answer(0);
    paul.await_seen(0, "the transferor to be let go", over);
    let told = paul.seen(0).told;
    assert_eq!(told.first().map(String::as_str), Some("100 Trying"));
    assert_eq!(told.last().map(String::as_str), Some("200 OK"), "{told:?}");
    assert_talk((&lea, call), (&nour, 0), SOON);
    lea.hang_up(call);
    nour.await_seen(0, "the end", over);
}

#[test]
fn the_caller_may_hand_over_whom_they_called() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let call = lea.talk_to("21");
    lea.refer(call, "22");
    lea.await_seen(call, "the transferor to be let go", over);
    assert_eq!(
        lea.seen(call).told.last().map(String::as_str),
        Some("200 OK")
    );
    assert_talk((&paul, 0), (&nour, 0), SOON);
    nour.hang_up(0);
    paul.await_seen(0, "the end", over);
}

#[test]
fn a_transfer_to_somebody_busy_brings_both_together_within_a_second() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let _nour = handset(&engine, "poste-22", Manners::Refuses(486));
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    // As phones do it: the caller is put on hold first.
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    let begun = Instant::now();
    paul.refer(0, "22");
    paul.await_seen(0, "news of the failure", |seen| {
        seen.told.last().is_some_and(|told| told.starts_with("486"))
    });
    assert!(begun.elapsed() < Duration::from_secs(1));
    paul.resume(0);
    paul.await_seen(0, "the call to be taken back", |seen| seen.agreed == 2);
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(1));
    assert!(!paul.seen(0).ended && !lea.seen(call).ended);
    // And once more without hold, to nobody at all.
    let begun = Instant::now();
    paul.refer(0, "nobody");
    paul.await_seen(0, "a refusal", |seen| seen.referred == Some(404));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(1));
    lea.hang_up(call);
}

#[test]
fn an_attended_transfer_joins_the_remote_parties_of_two_calls() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let call = lea.talk_to("21");
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    let consultation = paul.talk_to("22");
    assert_talk((&paul, consultation), (&nour, 0), SOON);
    paul.join(0, consultation);
    paul.await_seen(0, "202", |seen| seen.referred == Some(202));
    paul.await_seen(0, "the first leg to be let go", over);
    paul.await_seen(consultation, "the consultation to be let go", over);
    assert_eq!(paul.seen(0).told.last().map(String::as_str), Some("200 OK"));
    assert_talk((&lea, call), (&nour, 0), SOON);
    assert!(!lea.seen(call).ended && !nour.seen(0).ended);
    nour.hang_up(0);
    lea.await_seen(call, "the end", over);
}

#[test]
fn an_attended_transfer_works_in_the_other_direction_too() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    // Paul has called both, and names the first in the second.
    let first = paul.talk_to("20");
    paul.hold(first);
    paul.await_seen(first, "hold to be agreed", |seen| seen.agreed == 1);
    let second = paul.talk_to("22");
    paul.join(second, first);
    paul.await_seen(second, "the second leg to be let go", over);
    paul.await_seen(first, "the first leg to be let go", over);
    assert_talk((&lea, 0), (&nour, 0), SOON);
    lea.hang_up(0);
    nour.await_seen(0, "the end", over);
}

/// Léa talks with Paul, who holds her, calls Nour, and hands Léa over while that only rings. The number of
/// Léa's call; Paul's are 0 and 1.
fn left_to_ring(lea: &Handset, paul: &Handset, nour: &Handset) -> usize {
    let call = lea.call("21");
    paul.await_call(0);
    paul.answer(0);
    assert_talk((lea, call), (paul, 0), SOON);
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    let consultation = paul.call("22");
    nour.await_call(0);
    paul.await_seen(consultation, "ringing", |seen| seen.ringing.contains(&180));
    lea.forget(call);
    paul.join(0, consultation);
    paul.await_seen(0, "202", |seen| seen.referred == Some(202));
    paul.await_seen(0, "word that it rings", |seen| {
        seen.told.last().is_some_and(|told| told == "180 Ringing")
    });
    hears_ringing(lea, call);
    assert!(!paul.seen(0).ended, "the call is still his");
    call
}

fn hears_ringing(phone: &Handset, call: usize) {
    until("ringing to be heard", Duration::from_secs(6), || {
        (phone.heard(call).tone_millis(440.0) > 500).then_some(())
    });
}

#[test]
fn who_was_left_to_ring_is_back_within_a_second_of_a_refusal() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Rings);
    let nour = handset(&engine, "poste-22", Manners::Rings);
    let call = left_to_ring(&lea, &paul, &nour);
    let begun = Instant::now();
    nour.refuse(0, 486);
    paul.await_seen(0, "news of the failure", |seen| {
        seen.told.last().is_some_and(|told| told.starts_with("486"))
    });
    paul.resume(0);
    paul.await_seen(0, "the call to be taken back", |seen| seen.agreed == 2);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(1));
    assert!(!paul.seen(0).ended && !lea.seen(call).ended);
    lea.hang_up(call);
}

#[test]
fn who_was_left_to_ring_by_a_phone_that_hung_up_rings_there_again() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Rings);
    let nour = handset(&engine, "poste-22", Manners::Rings);
    let call = left_to_ring(&lea, &paul, &nour);
    paul.hang_up(0);
    lea.forget(call);
    hears_ringing(&lea, call);
    nour.refuse(0, 486);
    paul.await_call(2);
    assert!(paul.seen(2).from.contains("20"), "{}", paul.seen(2).from);
    lea.forget(call);
    hears_ringing(&lea, call);
    paul.answer(2);
    assert_talk((&lea, call), (&paul, 2), SOON);
    // And once more, without an answer of anybody: words, and then the end.
    let consultation = paul.call("22");
    paul.hold(2);
    nour.await_call(1);
    paul.await_seen(consultation, "ringing", |seen| seen.ringing.contains(&180));
    paul.join(2, consultation);
    paul.await_seen(2, "202", |seen| seen.referred == Some(202));
    paul.hang_up(2);
    nour.refuse(1, 486);
    paul.await_call(4);
    paul.refuse(4, 486);
    lea.forget(call);
    lea.await_seen(call, "the end", over);
    let heard = lea.heard(call);
    let words = sentence("fr", "not-available");
    assert!(heard.contains(&words), "{} ms, no words", heard.millis());
}

#[test]
fn who_was_left_to_ring_talks_with_who_answers_whoever_hung_up() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Rings);
    let nour = handset(&engine, "poste-22", Manners::Rings);
    let call = left_to_ring(&lea, &paul, &nour);
    paul.hang_up(0);
    nour.answer(0);
    assert_talk((&lea, call), (&nour, 0), SOON);
    nour.hang_up(0);
    lea.await_seen(call, "the end", over);
}
