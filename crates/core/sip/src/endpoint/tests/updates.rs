//! UPDATE: offers before the answer and after it, glare, another address (RFC 3311).

use bytes::Bytes;

use super::carol::Carol;
use crate::header::{RSeq, RetryAfter};
use crate::message::Method;

const KNOWS: &str = "Supported: 100rel\nAllow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\n";

/// A call of hers that rings here, with offer and answer known.
fn early() -> Carol {
    let mut carol = Carol::calls(KNOWS, "offer");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.ring(now, dialog, 183, Bytes::from_static(b"answer"))
    });
    carol.run(20);
    let answer = carol.answer("INVITE");
    carol.learn(&answer);
    let rseq = answer.typed::<RSeq>().unwrap();
    carol.asks("PRACK", &format!("RAck: {rseq} {}\n", answer.cseq()), "");
    carol.forget();
    carol
}

/// A call of ours that rings at her, with offer and answer known.
fn ringing() -> Carol {
    let (mut carol, asked) = Carol::called(b"our offer");
    let headers = format!(
        "{}Require: 100rel\nRSeq: 1\n",
        KNOWS.replace("Supported: 100rel\n", "")
    );
    carol.answers(&asked, "183 Progress", "carol", &headers, "early answer");
    carol.forget();
    carol
}

fn answer_offer(carol: &mut Carol) {
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.answer_offer(now, dialog, Bytes::from_static(b"agreed"))
    });
    carol.run(20);
}

fn offer(carol: &mut Carol) {
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.offer(now, dialog, Bytes::from_static(b"ours"))
    });
    carol.run(20);
}

#[test]
fn an_offer_is_told_and_answered_wherever_the_call_stands() {
    for mut carol in [early(), ringing(), Carol::up("")] {
        carol.asks("UPDATE", "", "hers");
        assert_eq!(carol.news(), ["Offer { body: \"hers\" }"]);
        carol.asks("UPDATE", "", "again");
        assert_eq!(carol.statuses("UPDATE"), [500], "the first waits");
        assert!(carol.answer("UPDATE").typed::<RetryAfter>().is_some());
        offer(&mut carol);
        answer_offer(&mut carol);
        let ok = carol.answer("UPDATE");
        assert_eq!((ok.status().code(), &ok.body()[..]), (200, &b"agreed"[..]));
        carol.asks("UPDATE", "", "third");
        let dialog = carol.dialog;
        carol
            .world
            .act(0, |e, now| e.refuse_offer(now, dialog, 488));
        carol.run(20);
        assert!(matches!(
            carol.statuses("UPDATE")[..],
            [500, 200, 488 | 491]
        ));
    }
}

#[test]
fn an_offer_before_the_first_was_answered_is_refused() {
    let mut theirs = Carol::calls(KNOWS, "offer");
    let dialog = theirs.dialog;
    theirs
        .world
        .act(0, |e, now| e.ring(now, dialog, 180, Bytes::new()));
    theirs.run(20);
    let ringing = theirs.answer("INVITE");
    theirs.learn(&ringing);
    theirs.asks("UPDATE", "", "hers");
    assert_eq!(theirs.statuses("UPDATE"), [500], "we owe an answer");
    offer(&mut theirs);
    assert_eq!(theirs.news(), ["OfferRefused { status: 491 }"]);

    let (mut ours, asked) = Carol::called(b"our offer");
    ours.answers(&asked, "180 Ringing", "carol", KNOWS, "");
    ours.asks("UPDATE", "", "hers");
    assert_eq!(ours.statuses("UPDATE"), [491], "she owes an answer");
    offer(&mut ours);
    assert_eq!(
        ours.news().pop().as_deref(),
        Some("OfferRefused { status: 491 }")
    );
}

#[test]
fn our_offer_before_the_answer_travels_in_update() {
    for mut carol in [early(), ringing()] {
        offer(&mut carol);
        let update = carol.last(&Method::Update);
        assert_eq!(&update.body()[..], b"ours");
        carol.asks("UPDATE", "", "hers");
        assert_eq!(carol.statuses("UPDATE"), [491], "glare");
        offer(&mut carol);
        assert_eq!(
            carol.news(),
            ["OfferRefused { status: 491 }"],
            "one at a time"
        );
        carol.answers(&update, "200 OK", "", "", "agreed");
        assert_eq!(
            carol.news().pop().as_deref(),
            Some("OfferAnswered { body: \"agreed\" }")
        );
        offer(&mut carol);
        let update = carol.last(&Method::Update);
        carol.answers(&update, "488 No", "", "", "");
        assert_eq!(
            carol.news().pop().as_deref(),
            Some("OfferRefused { status: 488 }")
        );
    }
}

#[test]
fn an_update_without_offer_moves_the_target_and_is_answered_here() {
    let mut carol = Carol::up("");
    let text = carol
        .text("UPDATE", 50, "", "")
        .replace("<sip:carol@192.0.2.9:5060>", "<sip:carol@192.0.2.9:5099>");
    carol.says(&text);
    assert_eq!(carol.statuses("UPDATE"), [200]);
    assert!(carol.news().is_empty());
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carol.run(20);
    let bye = carol.last(&Method::Bye);
    assert_eq!(bye.uri().to_string(), "sip:carol@192.0.2.9:5099");
}

#[test]
fn an_update_meets_our_reinvite_and_a_body_nobody_reads() {
    let mut carol = Carol::up("");
    offer(&mut carol);
    carol.asks("UPDATE", "", "hers");
    carol.asks("UPDATE", "Content-Type: text/plain\n", "hello");
    carol.asks("UPDATE", "", "");
    assert_eq!(carol.statuses("UPDATE"), [491, 415, 200]);
}

#[test]
fn an_offer_nobody_answers_is_504_in_time() {
    let mut carol = early();
    carol.asks("UPDATE", "", "hers");
    carol.run(20_100);
    assert_eq!(carol.statuses("UPDATE"), [504]);
    answer_offer(&mut carol);
    assert_eq!(carol.statuses("UPDATE"), [504]);
    carol.asks("BYE", "", "");
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn an_offer_that_waits_outlives_the_answer_and_dies_with_the_call() {
    let mut carol = early();
    carol.asks("UPDATE", "", "hers");
    let dialog = carol.dialog;
    carol
        .world
        .act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    carol.run(20);
    answer_offer(&mut carol);
    assert_eq!(carol.statuses("UPDATE"), [200]);
    carol.asks("UPDATE", "", "more");
    carol.asks("BYE", "", "");
    assert_eq!(carol.statuses("UPDATE"), [200, 487]);
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn the_next_invite_stands_for_the_ack_that_was_lost() {
    let mut carol = Carol::calls("", "offer");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.accept(now, dialog, Bytes::from_static(b"answer"))
    });
    carol.run(20);
    let ok = carol.answer("INVITE");
    carol.learn(&ok);
    carol.asks("INVITE", "", "hold");
    assert_eq!(
        carol.news(),
        ["Acknowledged { body: \"\" }", "Offer { body: \"hold\" }"]
    );
    answer_offer(&mut carol);
    carol.acks();
    carol.cseq += 1;
    carol.run(40_000);
    assert_eq!(carol.world.at(0).live().dialogs, 1, "no 32 s drop");
    carol.leaves();
}
