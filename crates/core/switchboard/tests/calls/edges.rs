//! The edges: bad offers, digits by two ways, bounds, and phones that are not there.

use std::time::Duration;

use crate::support::{Act, Manners, OFFER, RawCall, World};
use rappel_media::Command;
use rappel_model::Fact;
use rappel_model::record::{EndedBy, Outcome};
use rappel_sip::header::Warning;
use rappel_switchboard::Input;

const CALLER: &str = "<sip:+33612345678@198.51.100.7>";
const PRINCIPAL: &str = "+33199000010";
const RINGING: &str = "+33199000012";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A call whose INVITE has this body; the status it is answered with.
fn status_of(body: &str) -> (u16, World) {
    let mut world = World::new(100);
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, body);
    world.run(secs(1));
    let status = call.answer(&world).expect("an answer").status().code();
    world.settle(secs(120));
    (status, world)
}

#[test]
fn offers_we_cannot_take_are_refused_with_a_record() {
    let video = OFFER.replace("m=audio", "m=video");
    for (body, status) in [("this is no SDP", 400), (video.as_str(), 488)] {
        let (answered, world) = status_of(body);
        assert_eq!(answered, status);
        let record = world.record();
        assert_eq!(
            (record.outcome, record.status),
            (Outcome::Refused, Some(status))
        );
        world.assert_quiet();
    }
}

#[test]
fn an_offer_that_is_refused_is_told_why() {
    let g729 = OFFER.replace("RTP/AVP 8 0 101", "RTP/AVP 18 101");
    let video = OFFER.replace("m=audio", "m=video");
    for (body, codes, why) in [
        ("this is no SDP", None, "the body is not SDP: "),
        (&video, Some(304), "no audio over RTP is offered"),
        (&g729, Some(305), "no encoding in common: "),
    ] {
        let mut world = World::new(100);
        let trunk = world.trunk();
        let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
        call.invite(&mut world, body);
        world.run(secs(1));
        let answer = call.answer(&world).expect("an answer");
        let warning = answer.typed::<Warning>();
        assert_eq!(warning.map(|warning| warning.code), codes, "{body}");
        world.settle(secs(120));
        let stages = &world.record().stages;
        let why = format!("voice refused: {why}");
        let told = stages.iter().any(|stage| stage.what.starts_with(&why));
        assert!(told, "{stages:?}");
    }
}

#[test]
fn an_invite_without_an_offer_gets_ours_and_plays_once_it_is_agreed() {
    let mut world = World::new(101);
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, "");
    world.run(secs(1));
    let offer = call.answer(&world).expect("200").body().clone();
    assert!(offer.starts_with(b"v=0"));
    let played = |world: &World| {
        let plays = world.sound.orders.iter();
        plays.filter(|o| matches!(o, Command::Play { .. })).count()
    };
    assert_eq!(played(&world), 0, "nobody can hear it yet");
    call.ack(&mut world, OFFER);
    world.run(secs(1));
    assert_eq!(played(&world), 1);
    call.bye(&mut world);
    world.settle(secs(120));
    assert_eq!(world.record().ended_by, EndedBy::Caller);
    world.assert_quiet();
}

#[test]
fn an_answer_that_never_comes_with_the_ack_ends_the_call() {
    let mut world = World::new(102);
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, "");
    world.run(secs(1));
    call.answer(&world).expect("200");
    call.ack(&mut world, "");
    world.settle(secs(200));
    assert_eq!(world.record().ended_by, EndedBy::Network);
    world.assert_quiet();
}

#[test]
fn an_answer_that_a_later_ack_owes_leaves_the_session_open_for_their_next_offer() {
    let mut world = World::new(104);
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, OFFER);
    world.run(secs(1));
    call.answer(&world).expect("200");
    call.ack(&mut world, "");
    world.run(Duration::from_millis(100));
    for (offer, answer) in [("", ""), (OFFER, ""), ("", "v=0\r\n"), (OFFER, "")] {
        call.invite(&mut world, offer);
        world.run(Duration::from_millis(400));
        let told = call.answer(&world).expect("it is answered");
        assert_eq!(told.status().code(), 200, "{offer:?} {answer:?}");
        call.ack(&mut world, answer);
        world.run(Duration::from_millis(100));
    }
    call.bye(&mut world);
    world.settle(secs(120));
    assert_eq!(world.record().ended_by, EndedBy::Caller);
    world.assert_quiet();
}

#[test]
fn a_digit_told_by_rtp_and_by_info_counts_once() {
    let mut world = World::new(103);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, OFFER);
    world.run(Duration::from_millis(400));
    call.answer(&world).expect("200");
    call.ack(&mut world, "");
    world.run(Duration::from_millis(400));
    call.info(&mut world, '1');
    world.run(Duration::from_millis(100));
    let leg = rappel_model::LegId(1);
    let digit = '1';
    world.input(Input::Media(rappel_media::Event::Digit {
        leg,
        digit,
        way: rappel_model::KeyWay::Event,
    }));
    world.run(secs(4));
    let keys = world
        .facts()
        .iter()
        .filter(|fact| matches!(fact, Fact::Key(_)))
        .count();
    assert_eq!(keys, 1);
    // Now they talk: a digit by INFO goes on as RTP, one by RTP went there by itself.
    call.info(&mut world, '5');
    let digit = '6';
    world.input(Input::Media(rappel_media::Event::Digit {
        leg,
        digit,
        way: rappel_model::KeyWay::Event,
    }));
    world.run(Duration::from_millis(100));
    call.info(&mut world, '6');
    world.run(secs(1));
    let sent: Vec<char> = world
        .sound
        .orders
        .iter()
        .filter_map(|order| match order {
            Command::SendDigit { leg, digit, .. } if leg.0 == 2 => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(sent, ['5']);
    call.bye(&mut world);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_hidden_caller_stays_hidden() {
    let mut world = World::new(104);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let from = "\"Secret Agent\" <sip:anonymous@anonymous.invalid>";
    let mut call = RawCall::new(&world, trunk, RINGING, from);
    call.invite(&mut world, OFFER);
    world.run(secs(3));
    let seen = world.phones[sofia].calls[0].seen.clone();
    assert!(
        seen.contains("\"Anonymous\" <sip:anonymous@anonymous.invalid>"),
        "{seen}"
    );
    assert!(!seen.contains("Secret"), "{seen}");
    call.answer(&world);
    call.bye(&mut world);
    world.settle(secs(120));
    assert_eq!(world.record().caller, None);
}

#[test]
fn nobody_registered_is_unreachable_at_once() {
    let mut world = World::new(105);
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    assert!(world.phones[trunk].calls[call].failed.is_some());
    world.settle(secs(120));
    let stages = &world.record().stages;
    assert!(stages.iter().any(|s| s.what == "reach ventes: unreachable"));
    world.assert_quiet();
}

#[test]
fn a_decline_speaks_for_all_phones_of_a_user_and_for_nobody_else() {
    let mut world = World::new(106);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::refuses(603));
    world.phone("198.51.100.31:5060", Some("sofia"), Manners::default());
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    world.call(trunk, RINGING);
    world.run(secs(2));
    assert_eq!(
        world.phones[1].calls[0].failed,
        Some(487),
        "her other phone"
    );
    assert!(!world.phones[2].calls[0].over, "Karim's goes on ringing");
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_phone_for_which_no_port_is_free_is_not_rung() {
    let mut world = World::new(107);
    world.input(Input::Ports(vec![vec!["192.0.2.1:20000".parse().unwrap()]]));
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    world.call(trunk, RINGING);
    world.settle(secs(120));
    assert!(world.phones[0].calls.is_empty());
    let record = world.record();
    assert!(record.stages.iter().any(|s| s.what == "no media port free"));
    assert_eq!(world.board.live().ledger.free, 1, "the caller's came back");
}

#[test]
fn a_call_has_at_most_its_number_of_legs() {
    let mut settings = crate::support::settings();
    settings.limits.legs_per_call = 2;
    let mut world = World::with(108, settings);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    world.call(trunk, RINGING);
    world.run(secs(2));
    let rung = world.phones[0].calls.len() + world.phones[1].calls.len();
    assert_eq!(rung, 1);
    world.settle(secs(120));
    assert_eq!(world.record().legs.len(), 2);
    world.assert_quiet();
}

#[test]
fn beyond_the_bound_of_questions_nothing_is_promised() {
    let mut settings = crate::support::settings();
    settings.limits.questions = 0;
    let mut world = World::with(109, settings);
    let trunk = world.trunk();
    world.call(trunk, "+33199000011");
    world.settle(secs(200));
    assert_eq!(world.record().outcome, Outcome::Failed);
    let lost = |fact: &&&Fact| matches!(fact, Fact::MessageLost { .. });
    assert!(world.facts().iter().filter(lost).count() >= 1);
    world.assert_quiet();
}

#[test]
#[should_panic(expected = "two rooms answer each other for ever")]
fn settling_has_an_end() {
    let mut settings = crate::support::settings();
    settings.limits.rounds = 1;
    let mut world = World::with(110, settings);
    let trunk = world.trunk();
    world.call(trunk, PRINCIPAL);
    world.run(secs(1));
}

#[test]
fn the_longest_call_has_an_end() {
    let mut settings = crate::support::settings();
    settings.max_call = secs(600);
    let mut world = World::with(111, settings);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(590));
    assert!(!world.phones[trunk].calls[call].over);
    world.settle(secs(120));
    assert!(world.phones[trunk].calls[call].over && world.phones[0].calls[0].over);
    world.assert_quiet();
}

#[test]
fn a_writer_without_room_loses_the_message_and_says_so() {
    let mut world = World::new(112);
    world.sound.writer_fails = true;
    let trunk = world.trunk();
    world.call(trunk, "+33199000011");
    world.settle(secs(300));
    let record = world.record();
    assert_eq!(record.message, None);
    assert_ne!(record.outcome, Outcome::MessageLeft);
    world.assert_quiet();
}

#[test]
fn the_callee_may_hold_too() {
    let mut world = World::new(113);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    world.act(sofia, 0, Act::Hold);
    world.run(secs(1));
    let connects = world
        .sound
        .orders
        .iter()
        .filter(|order| matches!(order, Command::Connect { leg, .. } if leg.0 == 1))
        .count();
    assert_eq!(connects, 1, "the caller's session is not touched");
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    assert!(world.phones[sofia].calls[0].over);
    world.assert_quiet();
}

#[test]
fn a_person_who_hangs_up_before_the_callers_ack_is_never_joined() {
    let mut world = World::new(114);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, PRINCIPAL, CALLER);
    call.invite(&mut world, "");
    world.run(secs(1));
    call.answer(&world).expect("200 with our offer");
    let (leg, digit) = (rappel_model::LegId(1), '1');
    world.input(Input::Media(rappel_media::Event::Digit {
        leg,
        digit,
        way: rappel_model::KeyWay::Event,
    }));
    world.run(secs(2));
    assert!(world.phones[sofia].calls[0].answered);
    world.act(sofia, 0, Act::HangUp);
    world.run(secs(1));
    call.ack(&mut world, OFFER);
    world.run(secs(1));
    call.bye(&mut world);
    world.settle(secs(120));
    let joined = |order: &&Command<_>| matches!(order, Command::Bridge { .. });
    assert_eq!(world.sound.orders.iter().filter(joined).count(), 0);
    world.assert_quiet();
}
