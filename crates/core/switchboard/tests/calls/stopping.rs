//! The engine stops while people talk.

use std::time::Duration;

use rappel_model::record::EndedBy;
use rappel_sip::message::Message;
use rappel_switchboard::Input;

use crate::support::{Act, Manners, World, settings};

const RINGING: &str = "+33199000012";
const PRINCIPAL: &str = "+33199000010";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn world(limit: u64) -> World {
    let mut settings = settings();
    settings.drain_limit = secs(limit);
    World::with(600, settings)
}

fn status_of_options(world: &mut World, phone: usize) -> (u16, bool) {
    let at = world.phones[phone].address;
    let text = format!(
        "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKopt{};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:probe@{at}>;tag=p\r\nTo: <sip:192.0.2.1>\r\n\
         Call-ID: probe-{}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        world.posted(),
        world.posted(),
    );
    world.send_to_board(phone, bytes::Bytes::from(text));
    world.run(Duration::from_millis(100));
    let heard = world.phones[phone].heard.iter().rev();
    let mut answers = heard.filter_map(|message| match message {
        Message::Response(response) if response.call_id().starts_with("probe-") => {
            let text = String::from_utf8_lossy(&rappel_sip::wire::print(message)).into_owned();
            Some((response.status().code(), text.contains("Retry-After:")))
        }
        _ => None,
    });
    answers.next().expect("an answer")
}

#[test]
fn conversations_go_on_until_the_limit_and_nothing_new_begins() {
    let mut world = world(3_600);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    assert_eq!(status_of_options(&mut world, trunk).0, 200);
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    let menu = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.input(Input::Drain);
    assert_eq!(
        status_of_options(&mut world, trunk),
        (503, true),
        "probes go elsewhere"
    );
    let refused = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[refused].failed, Some(503));
    // Nobody is rung any more: the menu offers a message instead.
    let rung = world.phones[sofia].calls.len();
    world.press(trunk, menu, '1');
    world.run(secs(60));
    assert_eq!(world.phones[sofia].calls.len(), rung);
    // A hand-over is refused, and the two talk on.
    world.refer(sofia, 0, "sip:12@192.0.2.1");
    world.run(secs(1));
    assert_eq!(world.told(sofia).0, Some(603));
    world.run(secs(3_000));
    assert!(
        world.talk((trunk, call), (sofia, 0)),
        "not dropped before the limit"
    );
    assert!(!world.drained);
    world.act(trunk, call, Act::HangUp);
    world.run(secs(20));
    assert!(world.drained, "the last one has left: no reason to wait");
}

#[test]
fn at_the_limit_callers_hear_words_and_are_let_go() {
    let mut world = world(60);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    world.input(Input::Drain);
    world.run(secs(59));
    assert!(world.talk((trunk, call), (sofia, 0)));
    world.run(Duration::from_millis(1_500));
    assert!(world.phones[sofia].calls[0].over);
    assert_eq!(
        world.plays.last().map(|play| play.1.as_str()),
        Some("apology")
    );
    assert!(
        !world.phones[trunk].calls[call].over,
        "the words are heard to their end"
    );
    world.run(secs(3));
    assert!(world.phones[trunk].calls[call].over);
    world.run(secs(10));
    assert!(world.drained);
    world.settle(secs(120));
    world.assert_quiet();
    assert_eq!(
        (world.record().ended_by, world.record().cause),
        (EndedBy::Engine, 41)
    );
}

#[test]
fn a_telephone_that_was_switched_off_delays_no_stop() {
    let mut world = world(60);
    let answers = Manners::answers(1);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), answers);
    let gone = world.phone("198.51.100.22:5060", Some("sofia"), answers);
    world.phones[gone].is_deaf = true;
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    assert!(world.talk((trunk, call), (sofia, 0)));
    world.input(Input::Drain);
    world.act(trunk, call, Act::HangUp);
    world.run(secs(1));
    assert!(!world.drained, "its answer may be on its way");
    world.run(secs(4));
    assert!(world.drained);
}

#[test]
fn a_hand_over_under_way_when_the_engine_stops_comes_to_its_end() {
    let mut world = world(60);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    world.phone("198.51.100.23:5060", Some("karim"), Manners::refuses(486));
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    world.refer(sofia, 0, "sip:13@192.0.2.1");
    world.run(secs(1));
    world.input(Input::Drain);
    world.run(secs(3));
    assert!(world.talk((trunk, call), (lea, 0)));
    world.act(lea, 0, Act::HangUp);
    world.run(secs(20));
    assert!(world.drained);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_rolling_restart_drops_nobody_within_the_limit() {
    let mut world = world(300);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let mut calls = Vec::new();
    for _ in 0..12 {
        calls.push(world.call(trunk, RINGING));
        world.run(Duration::from_millis(700));
    }
    world.run(secs(3));
    world.input(Input::Drain);
    for (n, call) in calls.iter().enumerate() {
        let phone = &world.phones[trunk].calls[*call];
        assert!(phone.answered && !phone.over, "call {n} goes on");
        world.act(trunk, *call, Act::HangUp);
        world.run(secs(20));
    }
    assert!(world.drained);
    world.settle(secs(120));
    world.assert_quiet();
    assert!(world.phones[sofia].calls.iter().all(|call| call.over));
    let callers = world
        .records
        .iter()
        .filter(|r| r.ended_by == EndedBy::Caller);
    assert_eq!(callers.count(), 12, "each ended by its caller, none by us");
}

/// Karim rings, Sofia talks, somebody hears the menu.
fn busy(world: &mut World) -> (usize, [usize; 3]) {
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
    let trunk = world.trunk();
    let talking = world.call(trunk, RINGING);
    world.run(secs(3));
    let menu = world.call(trunk, PRINCIPAL);
    let ringing = world.call(karim, "13");
    world.run(secs(1));
    assert!(world.phones[trunk].calls[talking].answered);
    (trunk, [talking, menu, ringing])
}

#[test]
fn told_twice_every_call_is_hung_up_at_once_and_written_down() {
    // While they are let finish, while they hear the last words, and without being told before.
    for (limit, before) in [(3_600, Some(1)), (1, Some(1)), (3_600, None)] {
        let mut world = world(limit);
        let (trunk, [talking, menu, _]) = busy(&mut world);
        if let Some(before) = before {
            world.input(Input::Drain);
            world.run(secs(before));
        }
        world.input(Input::Stop);
        world.run(Duration::from_millis(200));
        for call in [talking, menu] {
            assert!(world.phones[trunk].calls[call].over, "BYE was sent");
        }
        let phones = world.phones.iter().flat_map(|phone| &phone.calls);
        let left = phones.filter(|call| !call.over && call.failed.is_none());
        assert_eq!(left.count(), 0, "those who rang are cancelled");
        world.run(Duration::from_millis(1_500));
        assert!(world.drained, "within two seconds");
        assert_eq!(world.records.len(), 3, "none is lost");
        for record in &world.records {
            assert_eq!((record.ended_by, record.cause), (EndedBy::Engine, 41));
        }
        world.input(Input::Stop);
        world.settle(secs(120));
        world.assert_quiet();
        assert_eq!(world.records.len(), 3, "told again is told once");
    }
}
