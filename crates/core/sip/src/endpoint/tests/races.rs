//! Messages that cross or never arrive: CANCEL against 200, a lost ACK, a lost BYE.

use std::time::Duration;

use bytes::Bytes;

use super::world::{World, request};
use crate::message::{Message, Method};
use crate::output::DialogNews;

const SECOND: Duration = Duration::from_secs(1);

fn is(message: &Message, method: &Method) -> bool {
    matches!(message, Message::Request(request) if request.method() == method)
}

#[test]
fn a_cancel_before_the_answer_ends_the_call() {
    let mut world = World::new(11, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.ring(now, theirs, 180, Bytes::new()));
    world.run(SECOND);
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    assert_eq!(world.news(1), ["Cancelled"]);
    assert_eq!(
        world.news(0).last().map(String::as_str),
        Some("Failed { status: 487, q850: None, contacts: [] }")
    );
    world.assert_clean();
}

#[test]
fn a_cancel_waits_for_the_first_provisional_answer() {
    let mut world = World::new(12, 2);
    let ours = world.call(1, b"offer");
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    assert_eq!(world.nodes[1].incoming.len(), 1, "the INVITE came first");
    assert_eq!(world.news(1), ["Cancelled"]);
    assert_eq!(
        world.news(0),
        ["Failed { status: 487, q850: None, contacts: [] }"]
    );
    world.assert_clean();
}

#[test]
fn a_cancel_that_crosses_the_200_becomes_a_bye() {
    let mut world = World::new(13, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    // Both act before either message has arrived.
    world.act(1, |e, now| e.accept(now, theirs, Bytes::from_static(b"a")));
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    assert_eq!(
        world.news(0),
        ["Failed { status: 487, q850: None, contacts: [] }"]
    );
    assert_eq!(
        world.news(1),
        [
            "Acknowledged { body: \"\" }",
            "Ended { why: Bye, q850: None }"
        ]
    );
    world.assert_clean();
}

#[test]
fn nobody_answers_a_cancel() {
    let mut world = World::new(14, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    world.censor = Some(|message| is(message, &Method::Cancel));
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.run(Duration::from_secs(40));
    assert_eq!(
        world.news(0),
        ["Failed { status: 487, q850: None, contacts: [] }"]
    );
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 0);
    assert_eq!(world.nodes[0].endpoint.live().transactions, 0);
}

#[test]
fn a_lost_ack_is_asked_for_again() {
    let mut world = World::new(15, 2);
    world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.censor = Some(|message| is(message, &Method::Ack));
    world.act(1, |e, now| e.accept(now, theirs, Bytes::new()));
    world.run(Duration::from_secs(5));
    assert!(world.news(1).is_empty());
    world.censor = None;
    world.run(Duration::from_secs(5));
    assert_eq!(world.news(1), ["Acknowledged { body: \"\" }"]);
    assert_eq!(world.news(0).len(), 1, "answered once");
}

#[test]
fn an_ack_that_never_comes_ends_the_call() {
    let mut world = World::new(16, 2);
    world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.censor = Some(|message| is(message, &Method::Ack));
    world.act(1, |e, now| e.accept(now, theirs, Bytes::new()));
    world.run(Duration::from_secs(31));
    assert!(world.news(1).is_empty(), "64·T1 is 32 s");
    world.settle();
    assert_eq!(world.news(1), ["Ended { why: NoAck, q850: None }"]);
    assert_eq!(
        world.news(0).last().map(String::as_str),
        Some("Ended { why: Bye, q850: None }")
    );
    world.assert_clean();
}

#[test]
fn a_callee_that_hangs_up_before_the_ack_waits_for_it() {
    let mut world = World::new(17, 2);
    world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| {
        e.accept(now, theirs, Bytes::new());
        e.hang_up(now, theirs, None);
    });
    world.settle();
    assert_eq!(world.news(1), ["Ended { why: ByeSent, q850: None }"]);
    assert_eq!(
        world.news(0),
        ["Answered { body: \"\" }", "Ended { why: Bye, q850: None }"]
    );
    world.assert_clean();
}

#[test]
fn both_hang_up_at_once() {
    let mut world = World::new(18, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.accept(now, theirs, Bytes::new()));
    world.run(SECOND);
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.act(1, |e, now| e.hang_up(now, theirs, None));
    world.settle();
    for node in 0..2 {
        assert_eq!(
            world.news(node).last().map(String::as_str),
            Some("Ended { why: ByeSent, q850: None }")
        );
    }
    world.assert_clean();
}

#[test]
fn a_bye_nobody_hears_ends_all_the_same() {
    let mut world = World::new(19, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.accept(now, theirs, Bytes::new()));
    world.run(SECOND);
    world.censor = Some(|message| is(message, &Method::Bye));
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.run(Duration::from_secs(40));
    assert!(matches!(
        world.nodes[0].news.last(),
        Some((_, DialogNews::Ended { .. }))
    ));
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 0);
}

#[test]
fn a_caller_may_bye_before_the_answer() {
    let mut world = World::new(20, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    world.say(peer, 0, &request("INVITE", "sip:bob@192.0.2.1", "a", 1, ""));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.ring(now, dialog, 180, Bytes::new()));
    world.run(SECOND);
    let tag = world
        .responses()
        .last()
        .unwrap()
        .to()
        .tag()
        .unwrap()
        .to_owned();
    let bye = request("BYE", "sip:192.0.2.1", "b", 2, "").replace(
        "To: <sip:192.0.2.1>",
        &format!("To: <sip:bob@192.0.2.1>;tag={tag}"),
    );
    world.say(peer, 0, &bye);
    world.run(Duration::from_millis(20));
    assert_eq!(world.statuses(), [100, 180, 200, 487]);
    assert_eq!(world.news(0), ["Cancelled"]);
    world.settle();
    world.assert_clean();
}

#[test]
fn an_invitation_that_expires_is_over() {
    let mut world = World::new(21, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    let text = request("INVITE", "sip:bob@192.0.2.1", "a", 1, "Expires: 5\n");
    world.say(peer, 0, &text);
    world.run(Duration::from_secs(6));
    assert_eq!(world.statuses()[..2], [100, 487]);
    assert_eq!(world.news(0), ["Cancelled"]);
    world.settle();
    world.assert_clean();
}

#[test]
fn no_bye_leaves_before_the_ack_of_our_200() {
    let mut world = World::new(22, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    let bob = "sip:bob@192.0.2.1";
    world.say(peer, 0, &request("INVITE", bob, "a", 1, ""));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| {
        e.accept(now, dialog, Bytes::new());
        e.hang_up(now, dialog, Some(16));
    });
    world.run(Duration::from_secs(10));
    assert!(world.requests().is_empty(), "RFC 3261 §15");
    let tag = world.responses()[1].to().tag().unwrap().to_owned();
    let to = format!("To: <{bob}>");
    let ack = request("ACK", bob, "b", 1, "").replace(&to, &format!("{to};tag={tag}"));
    world.say(peer, 0, &ack);
    world.run(Duration::from_millis(20));
    assert_eq!(world.requests()[0].method(), &Method::Bye);
}
