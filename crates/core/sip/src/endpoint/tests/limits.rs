//! Bounds, each tested at its edge: what comes beyond is answered 503 with Retry-After.

use std::time::Duration;

use bytes::Bytes;
use rappel_model::Random;

use super::phone::Phone;
use super::world::{World, request, user};
use crate::auth::Algorithm;
use crate::header::RetryAfter;
use crate::settings::{Limits, Settings};

fn world(limits: Limits) -> World {
    let mut world = World::new(80, 1);
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    world.nodes[0].endpoint = crate::Endpoint::new(settings, Random::from_seed(80));
    world
}

fn asks_to_wait(world: &World) -> bool {
    let last = world.responses().last().copied().cloned().unwrap();
    last.status().code() == 503 && last.typed::<RetryAfter>().is_some()
}

#[test]
fn transactions_are_bounded() {
    let mut world = world(Limits {
        transactions: 2,
        ..Limits::default()
    });
    let peer = "192.0.2.9:5060".parse().unwrap();
    for (number, branch) in ["a", "b", "c"].into_iter().enumerate() {
        let text = request("INVITE", "sip:bob@192.0.2.1", branch, 1, "")
            .replace("Call-ID: scripted", &format!("Call-ID: c{number}"));
        world.say(peer, 0, &text);
        world.run(Duration::from_millis(20));
    }
    assert_eq!(world.statuses(), [100, 100, 503]);
    assert!(asks_to_wait(&world));
    assert_eq!(world.nodes[0].endpoint.live().transactions, 2);
}

#[test]
fn dialogs_are_bounded_both_ways() {
    let mut world = world(Limits {
        dialogs: 1,
        ..Limits::default()
    });
    let peer = "192.0.2.9:5060".parse().unwrap();
    for (number, branch) in ["a", "b"].into_iter().enumerate() {
        let text = request("INVITE", "sip:bob@192.0.2.1", branch, 1, "")
            .replace("Call-ID: scripted", &format!("Call-ID: c{number}"));
        world.say(peer, 0, &text);
        world.run(Duration::from_millis(20));
    }
    assert_eq!(world.statuses(), [100, 503]);
    assert!(asks_to_wait(&world));
    let flow = world.flow(0, 0);
    world.act(0, |e, now| {
        e.invite(now, super::world::invite(flow, b"offer"));
    });
    assert_eq!(
        world.news(0),
        ["Failed { status: 503, q850: None, contacts: [] }"]
    );
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 1);
}

#[test]
fn a_call_refused_with_503_is_told_when_to_try_again() {
    for (status, waits) in [(503, true), (486, false)] {
        let mut world = world(Limits::default());
        let peer = "192.0.2.9:5060".parse().unwrap();
        world.say(peer, 0, &request("INVITE", "sip:bob@192.0.2.1", "a", 1, ""));
        let dialog = world.nodes[0].incoming[0].dialog;
        world.act(0, |e, now| e.reject(now, dialog, status, None));
        world.run(Duration::from_millis(20));
        let last = world.responses().last().copied().cloned().unwrap();
        assert_eq!(last.status().code(), status);
        assert_eq!(last.typed::<RetryAfter>().is_some(), waits);
    }
}

#[test]
fn subscriptions_are_bounded() {
    let mut world = world(Limits {
        subscriptions: 1,
        ..Limits::default()
    });
    let alice = user("alice", &[Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(vec![alice]));
    let extra = "Event: message-summary\nContact: <sip:alice@10.0.0.7>\n";
    let first = Phone::new("alice", 44_000).prove(&mut world, "SUBSCRIBE", extra);
    let second = Phone::new("alice", 44_001).prove(&mut world, "SUBSCRIBE", extra);
    assert_eq!((first.status().code(), second.status().code()), (200, 503));
}

#[test]
fn devices_are_bounded_and_the_most_silent_gives_way() {
    let mut world = world(Limits {
        bindings_per_user: 2,
        ..Limits::default()
    });
    let alice = user("alice", &[Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(vec![alice]));
    for port in [44_002, 44_003, 44_004] {
        let contact = format!("<sip:alice@10.0.0.7:{port}>");
        Phone::new("alice", port).register(&mut world, &contact, 600);
    }
    let bound = world.nodes[0]
        .endpoint
        .bindings(world.now, &super::world::user_id("alice"));
    let ports: Vec<u16> = bound.iter().map(|b| b.flow.remote.port()).collect();
    assert_eq!(ports, [44_004, 44_003]);
}

#[test]
fn calls_that_are_up_may_end_beyond_the_bound() {
    let mut world = world(Limits {
        transactions: 2,
        ..Limits::default()
    });
    let peer = "192.0.2.9:5060".parse().unwrap();
    let bob = "sip:bob@192.0.2.1";
    world.say(peer, 0, &request("INVITE", bob, "a", 1, ""));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    world.run(Duration::from_millis(20));
    let tag = world
        .responses()
        .last()
        .unwrap()
        .to()
        .tag()
        .unwrap()
        .to_owned();
    let to = format!("To: <{bob}>");
    let within = |method, branch, cseq| {
        request(method, bob, branch, cseq, "").replace(&to, &format!("{to};tag={tag}"))
    };
    world.say(peer, 0, &within("ACK", "b", 1));
    world.say(peer, 0, &request("INVITE", bob, "c", 2, ""));
    world.say(peer, 0, &request("INVITE", bob, "d", 3, ""));
    world.say(peer, 0, &within("BYE", "e", 2));
    world.run(Duration::from_millis(20));
    let mut statuses = world.statuses();
    statuses.sort_unstable();
    assert_eq!(statuses, [100, 100, 200, 200, 503]);
    assert_eq!(
        world.news(0).last().map(String::as_str),
        Some("Ended { why: Bye, q850: None }")
    );
}
