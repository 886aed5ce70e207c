//! Offers inside a call: re-INVITE both ways, refusal, glare (RFC 3261 §14).

use std::time::Duration;

use bytes::Bytes;

use super::carol::Carol;
use super::world::World;
use crate::output::DialogId;

const SECOND: Duration = Duration::from_secs(1);

/// A call that is up, its news forgotten.
fn up(seed: u64) -> (World, DialogId, DialogId) {
    let mut world = World::new(seed, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| e.accept(now, theirs, Bytes::new()));
    world.run(SECOND);
    world.nodes[0].news.clear();
    world.nodes[1].news.clear();
    (world, ours, theirs)
}

fn over(mut world: World, ours: DialogId) {
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    world.assert_clean();
}

#[test]
fn hold_and_resume_from_both_sides() {
    let (mut world, ours, theirs) = up(60);
    world.act(0, |e, now| e.offer(now, ours, Bytes::from_static(b"hold")));
    world.run(SECOND);
    assert_eq!(world.news(1), ["Offer { body: \"hold\" }"]);
    world.act(1, |e, now| {
        e.answer_offer(now, theirs, Bytes::from_static(b"held"));
    });
    world.run(SECOND);
    assert_eq!(world.news(0), ["OfferAnswered { body: \"held\" }"]);
    world.act(1, |e, now| {
        e.offer(now, theirs, Bytes::from_static(b"back"))
    });
    world.run(SECOND);
    world.act(0, |e, now| {
        e.answer_offer(now, ours, Bytes::from_static(b"again"));
    });
    world.run(SECOND);
    assert_eq!(
        world.news(1)[1..],
        [
            "Acknowledged { body: \"\" }",
            "OfferAnswered { body: \"again\" }"
        ]
    );
    over(world, ours);
}

#[test]
fn a_refused_offer_leaves_the_session_as_it_was() {
    let (mut world, ours, theirs) = up(61);
    world.act(0, |e, now| e.offer(now, ours, Bytes::from_static(b"video")));
    world.run(SECOND);
    world.act(1, |e, now| e.refuse_offer(now, theirs, 488));
    world.run(SECOND);
    assert_eq!(world.news(0), ["OfferRefused { status: 488 }"]);
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 1);
    over(world, ours);
}

#[test]
fn offers_that_meet_are_both_answered_in_the_end() {
    let (mut world, ours, theirs) = up(62);
    world.act(0, |e, now| e.offer(now, ours, Bytes::from_static(b"one")));
    world.act(1, |e, now| e.offer(now, theirs, Bytes::from_static(b"two")));
    world.run(Duration::from_millis(100));
    assert!(world.news(0).is_empty(), "both were answered 491");
    world.run(Duration::from_millis(2000));
    assert_eq!(
        world.news(0),
        ["Offer { body: \"two\" }"],
        "RFC 3261 §14.1: who made the Call-ID waits longer"
    );
    world.act(0, |e, now| {
        e.answer_offer(now, ours, Bytes::from_static(b"2"))
    });
    world.run(Duration::from_secs(5));
    assert_eq!(
        world.news(1)[..2],
        ["OfferAnswered { body: \"2\" }", "Offer { body: \"one\" }"]
    );
    world.act(1, |e, now| {
        e.answer_offer(now, theirs, Bytes::from_static(b"1"));
    });
    world.run(SECOND);
    assert_eq!(
        world.news(0).last().map(String::as_str),
        Some("OfferAnswered { body: \"1\" }")
    );
    over(world, ours);
}

#[test]
fn an_offer_waits_until_the_first_200_is_acknowledged() {
    let mut world = World::new(63, 2);
    let ours = world.call(1, b"offer");
    world.run(SECOND);
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| {
        e.accept(now, theirs, Bytes::new());
        e.offer(now, theirs, Bytes::from_static(b"early"));
    });
    world.run(SECOND);
    assert_eq!(
        world.news(0),
        ["Answered { body: \"\" }", "Offer { body: \"early\" }"]
    );
    over(world, ours);
}

#[test]
fn an_offer_while_ours_in_a_200_has_no_answer_is_491() {
    let mut carol = Carol::calls("", "");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.accept(now, dialog, Bytes::from_static(b"ours"));
    });
    carol.run(20);
    let ok = carol.answer("INVITE");
    carol.learn(&ok);
    carol.asks("INVITE", "", "hers");
    assert_eq!(carol.answer("INVITE").status().code(), 491);
    assert!(carol.news().is_empty());
    let ack = carol.text("ACK", 10, "", "her answer");
    carol.says(&ack);
    carol.asks("INVITE", "", "hers");
    assert_eq!(
        carol.news(),
        [
            "Acknowledged { body: \"her answer\" }",
            "Offer { body: \"hers\" }"
        ]
    );
    carol.leaves();
}

#[test]
fn an_offer_in_a_200_whose_ack_brings_no_answer_is_withdrawn() {
    let mut carol = Carol::up("");
    let dialog = carol.dialog;
    carol.asks("INVITE", "", "");
    carol.world.act(0, |e, now| {
        e.answer_offer(now, dialog, Bytes::from_static(b"ours"));
    });
    carol.run(20);
    assert_eq!(carol.answer("INVITE").status().code(), 200);
    carol.acks();
    carol.cseq += 1;
    for method in ["INVITE", "UPDATE"] {
        carol.asks(method, "", "hers");
        carol.world.act(0, |e, now| {
            e.answer_offer(now, dialog, Bytes::from_static(b"yes"));
        });
        carol.run(20);
        assert_eq!(carol.answer(method).status().code(), 200, "{method}");
    }
    assert_eq!(
        carol.news(),
        [
            "Offer { body: \"\" }",
            "OfferRefused { status: 488 }",
            "Offer { body: \"hers\" }",
            "Offer { body: \"hers\" }"
        ]
    );
    carol.leaves();
}

#[test]
fn hanging_up_answers_the_offer_that_waits() {
    let (mut world, ours, theirs) = up(64);
    world.act(0, |e, now| e.offer(now, ours, Bytes::from_static(b"hold")));
    world.run(SECOND);
    world.act(1, |e, now| e.hang_up(now, theirs, None));
    world.settle();
    assert_eq!(
        world.news(1).last().map(String::as_str),
        Some("Ended { why: ByeSent, q850: None }")
    );
    world.assert_clean();
}

#[test]
fn a_peer_that_forgot_the_call_ends_it() {
    let (mut world, ours, _) = up(65);
    world.nodes[1].endpoint = crate::Endpoint::new(
        crate::Settings::default(),
        rappel_model::Random::from_seed(9),
    );
    world.act(0, |e, now| e.offer(now, ours, Bytes::from_static(b"hold")));
    world.settle();
    assert_eq!(world.news(0), ["Ended { why: Gone, q850: None }"]);
    world.assert_clean();
}
