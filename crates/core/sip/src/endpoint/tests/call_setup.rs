//! A call that nothing disturbs: set up, held up, torn down (RFC 3261 §13, §15).

use std::time::Duration;

use bytes::Bytes;

use super::world::{World, invite};
use crate::Flow;
use crate::message::{Message, Method};
use crate::output::{DialogEnd, DialogNews};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_is_rung_answered_and_ended_by_the_callee() {
    let mut world = World::new(1, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let incoming = world.nodes[1].incoming[0].clone();
    assert_eq!(&incoming.body[..], b"offer");
    assert_eq!(incoming.user, None);
    assert_eq!(incoming.from.uri.user().as_deref(), Some("alice"));
    let theirs = incoming.dialog;
    world.act(1, |e, now| e.ring(now, theirs, 180, Bytes::new()));
    world.run(SECOND);
    world.act(1, |e, now| {
        e.accept(now, theirs, Bytes::from_static(b"answer"));
    });
    world.run(SECOND);
    assert_eq!(
        world.news(0),
        [
            "Progress { status: 180, body: \"\" }",
            "Answered { body: \"answer\" }"
        ]
    );
    assert_eq!(world.news(1), ["Acknowledged { body: \"\" }"]);
    world.act(1, |e, now| e.hang_up(now, theirs, Some(16)));
    world.run(SECOND);
    assert!(matches!(
        world.nodes[0].news.last(),
        Some((dialog, DialogNews::Ended { why: DialogEnd::Bye, q850: Some(16) }))
            if *dialog == ours
    ));
    assert!(matches!(
        world.nodes[1].news.last(),
        Some((
            _,
            DialogNews::Ended {
                why: DialogEnd::ByeSent,
                ..
            }
        ))
    ));
    world.settle();
    world.assert_clean();
}

/// Whose voice in the clear is believed hangs on it: what a deadline or a broken connection says of one
/// dialog comes from nobody, whoever wrote last.
#[test]
fn news_name_the_host_whose_message_brought_them_and_no_other() {
    let mut world = World::new(3, 2);
    let nobody = Flow {
        remote: "192.0.2.99:5060".parse().unwrap(),
        ..world.flow(0, 1)
    };
    world.act(0, |e, now| {
        e.invite(now, invite(nobody, b"offer"));
    });
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.ring(now, theirs, 180, Bytes::new()));
    world.run(SECOND * 40);
    let news: Vec<&DialogNews> = world.nodes[0].news.iter().map(|(_, news)| news).collect();
    assert!(
        matches!(
            news[..],
            [
                DialogNews::Progress { .. },
                DialogNews::Failed { status: 408, .. }
            ]
        ),
        "{news:?}"
    );
    let peer = world.nodes[1].address.ip();
    assert_eq!(world.nodes[0].brought_by, [Some(peer), None]);
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    world.assert_clean();
}

#[test]
fn trying_is_sent_at_once_and_a_repeated_invite_gets_the_last_answer() {
    let mut world = World::new(2, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    let text = super::world::request("INVITE", "sip:bob@192.0.2.1", "a", 1, "");
    world.say(peer, 0, &text);
    world.run(SECOND);
    assert_eq!(world.statuses(), [100]);
    world.say(peer, 0, &text);
    world.run(SECOND);
    assert_eq!(world.statuses(), [100, 100]);
    assert_eq!(world.nodes[0].incoming.len(), 1);
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.ring(now, dialog, 183, Bytes::new()));
    world.say(peer, 0, &text);
    world.run(SECOND);
    assert_eq!(world.statuses(), [100, 100, 183, 183]);
}

#[test]
fn a_refusal_carries_its_status_and_cause() {
    let mut world = World::new(3, 2);
    world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.reject(now, theirs, 486, Some(17)));
    world.settle();
    assert_eq!(
        world.news(0),
        ["Failed { status: 486, q850: Some(17), contacts: [] }"]
    );
    assert!(world.nodes[1].news.is_empty(), "our own refusal is no news");
    world.assert_clean();
}

#[test]
fn an_empty_invite_gets_the_offer_in_the_200_and_answers_in_the_ack() {
    let mut world = World::new(4, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    world.say(
        peer,
        0,
        &super::world::request("INVITE", "sip:bob@192.0.2.1", "a", 1, ""),
    );
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| {
        e.accept(now, dialog, Bytes::from_static(b"our offer"))
    });
    world.run(Duration::from_millis(100));
    let ok = world.responses().last().copied().cloned().unwrap();
    assert_eq!(&ok.body()[..], b"our offer");
    let tag = ok.to().tag().unwrap();
    let ack = format!(
        "ACK sip:192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKb\n\
         From: <sip:carol@192.0.2.9>;tag=carol\nTo: <sip:bob@192.0.2.1>;tag={tag}\n\
         Call-ID: scripted\nCSeq: 1 ACK\nContent-Type: application/sdp\nContent-Length: 10\n\n\
         the answer"
    );
    world.say(peer, 0, &ack);
    assert_eq!(world.news(0), ["Acknowledged { body: \"the answer\" }"]);
}

#[test]
fn nobody_answers_at_all() {
    let mut world = World::new(5, 1);
    let flow = Flow {
        remote: "192.0.2.77:5060".parse().unwrap(),
        ..world.flow(0, 0)
    };
    world.act(0, |e, now| {
        e.invite(now, invite(flow, b"offer"));
    });
    world.settle();
    assert_eq!(
        world.news(0),
        ["Failed { status: 408, q850: None, contacts: [] }"]
    );
    assert_eq!(world.requests().len(), 7, "RFC 3261 §17.1.1.2");
    world.assert_clean();
}

#[test]
fn a_way_that_is_broken_fails_at_once() {
    let mut world = World::new(6, 1);
    let flow = Flow {
        remote: "192.0.2.77:5060".parse().unwrap(),
        ..world.flow(0, 0)
    };
    world.act(0, |e, now| {
        e.invite(now, invite(flow, b"offer"));
    });
    world.act(0, |e, now| {
        e.handle_input(now, crate::Input::SendFailed(flow));
    });
    assert_eq!(
        world.news(0),
        ["Failed { status: 503, q850: None, contacts: [] }"]
    );
    world.settle();
    world.assert_clean();
}

#[test]
fn ringing_is_repeated_every_minute() {
    let mut world = World::new(7, 2);
    world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.ring(now, theirs, 180, Bytes::new()));
    world.run(Duration::from_secs(185));
    assert_eq!(world.news(0).len(), 4, "RFC 3261 §13.3.1.1");
}

#[test]
fn record_routes_are_kept_and_requests_follow_them() {
    let mut world = World::new(8, 1);
    let peer = "192.0.2.9:5060".parse().unwrap();
    let routes = "Record-Route: <sip:192.0.2.20;lr>, <sip:192.0.2.21;lr>\n";
    world.say(
        peer,
        0,
        &super::world::request("INVITE", "sip:bob@192.0.2.1", "a", 1, routes),
    );
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    world.run(Duration::from_millis(50));
    let ok = world.responses().last().copied().cloned().unwrap();
    assert_eq!(ok.headers().all::<crate::header::RecordRoute>().len(), 2);
    let tag = ok.to().tag().unwrap();
    world.say(
        peer,
        0,
        &super::world::request("ACK", "sip:bob@192.0.2.1", "b", 1, "").replace(
            "To: <sip:bob@192.0.2.1>",
            &format!("To: <sip:bob@192.0.2.1>;tag={tag}"),
        ),
    );
    world.act(0, |e, now| e.hang_up(now, dialog, None));
    world.run(Duration::from_millis(50));
    let (to, bye) = world
        .for_peers
        .iter()
        .find_map(|(to, message)| match message {
            Message::Request(request) if *request.method() == Method::Bye => Some((*to, request)),
            _ => None,
        })
        .unwrap();
    assert_eq!(to, "192.0.2.20:5060".parse().unwrap());
    assert_eq!(bye.uri().to_string(), "sip:carol@192.0.2.9:5060");
    let visited = bye.headers().all::<crate::header::Route>();
    assert_eq!(visited.len(), 2);
    assert_eq!(visited[0].0.uri.to_string(), "sip:192.0.2.20;lr");
}
