//! What callers hear before anybody answers, and while somebody has put them on hold.

use std::time::Duration;

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;
use rappel_tests::{Engine, Handset, engine, sipp};

use super::{company, handset};

const SOON: Duration = Duration::from_secs(2);

#[test]
fn the_announcement_of_a_network_is_heard_before_the_answer() {
    let port = engine::free_port();
    let engine = company(|config| {
        let path = config.join("rappel.toml");
        let mut text = std::fs::read_to_string(&path).expect("there is a rappel.toml");
        text.push_str(&format!(
            "\n[trunk.carrier]\naddress = [\"127.0.0.2\"]\ncountry = \"33\"\n\
             host = \"127.0.0.2\"\nport = {port}\ntransport = \"udp\"\n"
        ));
        std::fs::write(path, text).expect("the fixture is ours");
    });
    let carrier = Handset::carrier(engine.sip, (sipp::TRUNK, port), Manners::SpeaksEarly(850.0));
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let call = lea.call("0199887766");
    lea.await_seen(call, "183", |seen| seen.ringing.contains(&183));
    until("the carrier's tone", SOON, || {
        (lea.heard(call).tone_millis(850.0) >= 500).then_some(())
    });
    let level = lea.heard(call).tone_level(850.0).expect("it is heard");
    assert!((level + 13.0).abs() < 1.0, "{level} dB");
    assert!(!lea.seen(call).answered, "nobody has answered");
    carrier.answer(0);
    lea.await_seen(call, "the answer", |seen| seen.answered);
    assert_talk((&lea, call), (&carrier, 0), SOON);
    lea.hang_up(call);
    carrier.await_seen(0, "the end", |seen| seen.ended);
}

#[test]
fn who_is_held_hears_the_tone_and_the_voice_again_afterwards() {
    let engine = holding("tone");
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    for (turn, (holder, held)) in [((&paul, 0), (&lea, call)), ((&lea, call), (&paul, 0))]
        .into_iter()
        .enumerate()
    {
        holder.0.hold(holder.1);
        holder
            .0
            .await_seen(holder.1, "hold to be agreed", |seen| seen.agreed == 1);
        held.0.forget(held.1);
        held.0.say(held.1, Some(600.0));
        // Two soft notes of 200 ms every two seconds.
        until("the tone of hold", Duration::from_secs(4), || {
            let heard = held.0.heard(held.1);
            let notes = (heard.tone_millis(392.0), heard.tone_millis(523.0));
            (notes.0 >= 140 && notes.1 >= 140).then_some(())
        });
        held.0.say(held.1, None);
        holder.0.resume(holder.1);
        holder
            .0
            .await_seen(holder.1, "the end of hold", |seen| seen.agreed == 2);
        assert_talk((&lea, call), (&paul, 0), SOON);
        held.0.forget(held.1);
        std::thread::sleep(Duration::from_secs(5));
        let rest = held.0.heard(held.1).tone_millis(392.0);
        assert_eq!(rest, 0, "turn {turn}: the tone of hold goes on");
    }
    lea.hang_up(call);
}

#[test]
fn who_is_held_hears_music_without_a_pause() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    lea.forget(call);
    std::thread::sleep(Duration::from_secs(6));
    let heard = lea.heard(call);
    assert!(heard.millis() >= 4_000, "{} ms", heard.millis());
    let pauses = heard.silences(300);
    assert!(pauses.is_empty(), "{pauses:?}");
    paul.resume(0);
    paul.await_seen(0, "the end of hold", |seen| seen.agreed == 2);
    assert_talk((&lea, call), (&paul, 0), SOON);
    lea.hang_up(call);
}

#[test]
fn who_waits_for_the_holders_own_music_hears_it_whole_and_ours_while_there_is_none() {
    let engine = holding("theirs");
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    lea.forget(call);
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    std::thread::sleep(Duration::from_secs(6));
    let heard = lea.heard(call);
    let silences = heard.silences(2_200);
    assert!(
        silences.is_empty() && heard.millis() >= 5_000,
        "{silences:?}"
    );
    let ours = heard.part(heard.millis() - 2_000, heard.millis());
    assert!(
        ours.silences(300).is_empty(),
        "music, and not a tone now and then"
    );
    paul.play(0, 700.0);
    until("the holder's music", SOON, || {
        (lea.heard(call).tone_millis(700.0) >= 100).then_some(())
    });
    lea.forget(call);
    std::thread::sleep(Duration::from_secs(3));
    let heard = lea.heard(call);
    let share = heard.tone_millis(700.0) * 100 / heard.millis().max(1);
    assert!(
        heard.millis() >= 2_000 && share >= 95,
        "{share} % are theirs"
    );
    paul.say(0, None);
    paul.resume(0);
    paul.await_seen(0, "the end of hold", |seen| seen.agreed == 2);
    assert_talk((&lea, call), (&paul, 0), SOON);
    lea.hang_up(call);
}

/// The company, in which those on hold hear this.
fn holding(what: &str) -> Engine {
    company(|config| {
        let path = config.join("rappel.toml");
        let text = std::fs::read_to_string(&path).expect("there is a rappel.toml");
        let other = text.replace("= \"music\" ", &format!("= \"{what}\" "));
        assert_ne!(other, text, "music is usual");
        std::fs::write(path, other).expect("the fixture is ours");
    })
}

#[test]
fn of_two_phones_that_ring_the_loser_hears_where_the_call_went() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let slow = handset(&engine, "poste-21", Manners::Rings);
    let quick = Handset::of(engine.sip, "poste-21", super::PASSWORD, Manners::Rings);
    let call = lea.call("21");
    slow.await_call(0);
    quick.await_call(0);
    quick.answer(0);
    slow.await_seen(0, "CANCEL", |seen| seen.ended);
    let reason = slow.seen(0).reason;
    assert!(reason.contains("cause=200"), "{reason}");
    assert_talk((&lea, call), (&quick, 0), SOON);
    lea.hang_up(call);
}
