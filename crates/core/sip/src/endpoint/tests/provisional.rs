//! Provisional answers that must arrive: PRACK both ways (RFC 3262).

use bytes::Bytes;

use super::carol::Carol;
use super::world::World;
use crate::dialog::reliable::MAX_WAITING;
use crate::header::{Name, RAck, RSeq};
use crate::message::{Method, Response};

const REQUIRED: &str = "Require: 100rel\n";
const SUPPORTED: &str = "Supported: 100rel\n";

fn ring(carol: &mut Carol, status: u16, body: &'static str) {
    let dialog = carol.dialog;
    carol
        .world
        .act(0, |e, now| e.ring(now, dialog, status, Bytes::from(body)));
    carol.run(20);
}

fn accept(carol: &mut Carol, body: &'static str) {
    let dialog = carol.dialog;
    carol
        .world
        .act(0, |e, now| e.accept(now, dialog, Bytes::from(body)));
    carol.run(20);
}

fn rseq(response: &Response) -> Option<u32> {
    response.typed::<RSeq>().map(|rseq| rseq.0)
}

/// She acknowledges our last provisional answer.
fn pracks(carol: &mut Carol, body: &str) {
    let answer = carol.answer("INVITE");
    carol.learn(&answer);
    let rack = format!("RAck: {} {}\n", rseq(&answer).unwrap(), answer.cseq());
    carol.asks("PRACK", &rack, body);
}

#[test]
fn what_is_required_is_repeated_until_its_prack_and_the_200_waits() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 183, "answer");
    let first = carol.answer("INVITE");
    assert_eq!(
        first.headers().text(&Name::Require).as_deref(),
        Some("100rel")
    );
    assert_eq!(&first.body()[..], b"answer");
    carol.run(3_600);
    assert_eq!(
        carol.statuses("INVITE"),
        [100, 183, 183, 183, 183],
        "RFC 3262 §3: after 0.5, 1.5 and 3.5 s"
    );
    ring(&mut carol, 180, "");
    accept(&mut carol, "another");
    assert_eq!(carol.statuses("INVITE").last(), Some(&183), "both wait");
    pracks(&mut carol, "");
    assert_eq!(carol.statuses("PRACK"), [200]);
    let ok = carol.answer("INVITE");
    assert_eq!(ok.status().code(), 200);
    assert_eq!(&ok.body()[..], b"answer", "the same again");
    carol.cseq = 10;
    carol.acks();
    assert_eq!(carol.news(), ["Acknowledged { body: \"\" }"]);
    carol.cseq = 20;
    carol.leaves();
}

#[test]
fn the_next_leaves_when_the_first_was_acknowledged() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 180, "");
    let first = rseq(&carol.answer("INVITE")).unwrap();
    for _ in 0..MAX_WAITING + 3 {
        ring(&mut carol, 183, "answer");
    }
    assert_eq!(carol.statuses("INVITE"), [100, 180]);
    let mut numbers = vec![first];
    for _ in 0..MAX_WAITING {
        pracks(&mut carol, "");
        numbers.push(rseq(&carol.answer("INVITE")).unwrap());
    }
    let expected: Vec<u32> = (first..).take(MAX_WAITING + 1).collect();
    assert_eq!(numbers, expected);
    pracks(&mut carol, "");
    let sent = carol.statuses("INVITE").len();
    assert_eq!(
        sent,
        2 + MAX_WAITING,
        "what came beyond the bound is left out"
    );
    let bodies = carol.world.responses();
    let with_body = bodies
        .iter()
        .filter(|r| r.cseq().method == Method::Invite && !r.body().is_empty());
    assert_eq!(with_body.count(), 1, "an answer is given once");
}

#[test]
fn who_only_knows_how_gets_what_carries_an_answer() {
    let mut carol = Carol::calls(SUPPORTED, "offer");
    ring(&mut carol, 180, "");
    assert_eq!(rseq(&carol.answer("INVITE")), None);
    ring(&mut carol, 183, "answer");
    assert!(rseq(&carol.answer("INVITE")).is_some());
    let mut plain = Carol::calls("", "offer");
    ring(&mut plain, 183, "answer");
    assert_eq!(rseq(&plain.answer("INVITE")), None);
    accept(&mut plain, "answer");
    assert_eq!(&plain.answer("INVITE").body()[..], b"answer");
}

#[test]
fn a_200_overtakes_a_ringing_without_answer() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 180, "");
    let ringing = carol.answer("INVITE");
    accept(&mut carol, "answer");
    assert_eq!(&carol.answer("INVITE").body()[..], b"answer");
    carol.learn(&ringing);
    let rack = format!("RAck: {} {}\n", rseq(&ringing).unwrap(), ringing.cseq());
    carol.asks("PRACK", &rack, "");
    carol.asks("PRACK", &rack, "");
    assert_eq!(carol.statuses("PRACK"), [200, 481]);
}

#[test]
fn no_prack_ends_the_invitation_with_504() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 183, "answer");
    carol.run(31_900);
    assert!(carol.news().is_empty());
    carol.run(200);
    assert!(carol.statuses("INVITE").contains(&504));
    assert_eq!(carol.news(), ["Cancelled"]);
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn a_prack_for_nothing_is_481_and_one_that_cannot_be_read_400() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 180, "");
    let answer = carol.answer("INVITE");
    carol.learn(&answer);
    let number = rseq(&answer).unwrap();
    for (rack, status) in [
        (format!("RAck: {} 10 INVITE\n", number + 1), 481),
        (format!("RAck: {number} 11 INVITE\n"), 481),
        (format!("RAck: {number} 10 UPDATE\n"), 481),
        (format!("RAck: {number}\n"), 400),
        (String::new(), 400),
        (format!("RAck: {number} 10 INVITE\n"), 200),
        (format!("RAck: {number} 10 INVITE\n"), 481),
    ] {
        carol.asks("PRACK", &rack, "");
        assert_eq!(carol.statuses("PRACK").pop(), Some(status), "{rack}");
    }
}

#[test]
fn a_caller_without_offer_gets_ours_early_and_answers_in_the_prack() {
    let mut carol = Carol::calls(REQUIRED, "");
    ring(&mut carol, 180, "");
    assert_eq!(
        carol.statuses("INVITE"),
        [100],
        "RFC 3262 §5: it would need an offer"
    );
    ring(&mut carol, 183, "our offer");
    pracks(&mut carol, "her answer");
    assert_eq!(carol.news(), ["OfferAnswered { body: \"her answer\" }"]);
    accept(&mut carol, "our offer");
    assert!(carol.answer("INVITE").body().is_empty());
}

#[test]
fn a_prack_may_bring_another_offer() {
    let mut carol = Carol::calls(SUPPORTED, "offer");
    ring(&mut carol, 183, "answer");
    pracks(&mut carol, "second");
    assert_eq!(carol.news(), ["Offer { body: \"second\" }"]);
    assert!(carol.statuses("PRACK").is_empty());
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.answer_offer(now, dialog, Bytes::from_static(b"2"))
    });
    carol.run(20);
    assert_eq!(&carol.answer("PRACK").body()[..], b"2");
}

#[test]
fn hanging_up_while_the_200_waits_refuses_and_tells_the_end() {
    let mut carol = Carol::calls(REQUIRED, "offer");
    ring(&mut carol, 183, "answer");
    accept(&mut carol, "answer");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carol.run(20);
    assert_eq!(carol.statuses("INVITE").last(), Some(&480));
    assert_eq!(carol.news(), ["Ended { why: ByeSent, q850: None }"]);
}

#[test]
fn ours_are_acknowledged_in_order_and_told_once() {
    let (mut carol, asked) = Carol::called(b"our offer");
    assert!(
        asked
            .headers()
            .text(&Name::Supported)
            .unwrap()
            .contains("100rel")
    );
    let reliable = |rseq: u32| format!("Require: 100rel\nRSeq: {rseq}\n");
    carol.answers(
        &asked,
        "183 Progress",
        "carol",
        &reliable(7),
        "early answer",
    );
    carol.answers(
        &asked,
        "183 Progress",
        "carol",
        &reliable(7),
        "early answer",
    );
    carol.answers(&asked, "180 Ringing", "carol", &reliable(9), "");
    carol.answers(&asked, "180 Ringing", "carol", &reliable(8), "");
    // Another branch of a fork counts for itself.
    carol.answers(&asked, "180 Ringing", "dave", &reliable(3), "");
    let pracks: Vec<String> = carol
        .asked(&Method::Prack)
        .iter()
        .map(|prack| {
            let rack = prack.typed::<RAck>().unwrap();
            format!(
                "{} {} {}",
                prack.to().tag().unwrap(),
                rack.rseq,
                prack.cseq().number - rack.cseq.number
            )
        })
        .collect();
    assert_eq!(pracks, ["carol 7 1", "carol 8 2", "dave 3 1"]);
    assert_eq!(
        carol.news(),
        [
            "Progress { status: 183, body: \"early answer\" }",
            "Progress { status: 180, body: \"\" }",
            "Progress { status: 180, body: \"\" }"
        ]
    );
    carol.answers(&asked, "200 OK", "carol", "", "");
    assert_eq!(
        carol.news().last().map(String::as_str),
        Some("Answered { body: \"early answer\" }"),
        "the 200 need not repeat it"
    );
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carol.run(20);
    let bye = carol.last(&Method::Bye);
    assert_eq!(bye.cseq().number, asked.cseq().number + 3, "numbers go on");
    let ack = carol.last(&Method::Ack);
    assert_eq!(ack.cseq().number, asked.cseq().number);
}

#[test]
fn an_invite_without_offer_does_not_ask_for_reliable_answers() {
    let (_, asked) = Carol::called(b"");
    assert!(
        !asked
            .headers()
            .text(&Name::Supported)
            .unwrap()
            .contains("100rel")
    );
}

#[test]
fn two_of_us_agree_early() {
    let mut world = World::new(70, 2);
    let ours = world.call(1, b"offer");
    world.run(std::time::Duration::from_secs(1));
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| {
        e.ring(now, theirs, 183, Bytes::from_static(b"answer"));
        e.accept(now, theirs, Bytes::from_static(b"answer"));
    });
    world.run(std::time::Duration::from_secs(1));
    assert_eq!(
        world.news(0),
        [
            "Progress { status: 183, body: \"answer\" }",
            "Answered { body: \"answer\" }"
        ]
    );
    assert_eq!(world.news(1), ["Acknowledged { body: \"\" }"]);
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    world.assert_clean();
}
