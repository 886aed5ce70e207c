//! Sessions that must be refreshed, by us and by the peer (RFC 4028).

use bytes::Bytes;

use super::carol::Carol;
use super::world::World;
use crate::header::{MinSe, Name, Refresher, Require, SessionExpires};
use crate::message::{Method, Response};

const ALLOWS: &str = "Allow: INVITE, ACK, BYE, UPDATE\n";

fn granted(response: &Response) -> (u32, Option<Refresher>, bool) {
    let expires = response.typed::<SessionExpires>().expect("it is granted");
    let required = response.headers().all::<Require>();
    (
        expires.seconds,
        expires.refresher(),
        required.contains(&Require("timer".into())),
    )
}

/// A call of hers with these headers, that is up; and our 200.
fn up(headers: &str) -> (Carol, Response) {
    let mut carol = Carol::calls(headers, "her offer");
    carol.accepted();
    let ok = carol.answer("INVITE");
    carol.forget();
    (carol, ok)
}

#[test]
fn what_she_asks_is_granted_and_who_knows_no_timers_is_refreshed_by_us() {
    let (_, ok) = up("");
    assert_eq!(granted(&ok), (1800, Some(Refresher::Uas), false));
    let (_, ok) = up("Supported: timer\nSession-Expires: 600\n");
    assert_eq!(granted(&ok), (600, Some(Refresher::Uac), true));
    let (_, ok) = up("Require: timer\nSession-Expires: 7200;refresher=uas\n");
    assert_eq!(granted(&ok), (1800, Some(Refresher::Uas), true));
}

#[test]
fn too_short_a_session_is_422_with_the_shortest() {
    let short = "Supported: timer\nSession-Expires: 60\n";
    let carol = Carol::calls(short, "offer");
    assert_eq!(carol.statuses("INVITE"), [422]);
    assert_eq!(carol.answer("INVITE").typed(), Some(MinSe(90)));
    assert!(carol.world.nodes[0].incoming.is_empty());
    let (mut up, _) = up("");
    up.asks("UPDATE", short, "");
    up.asks("INVITE", short, "offer");
    assert_eq!(
        (up.statuses("UPDATE"), up.statuses("INVITE")),
        (vec![422], vec![422])
    );
    assert!(up.news().is_empty());
}

#[test]
fn we_refresh_by_update_where_it_is_allowed() {
    let (mut carol, _) = up(&format!(
        "{ALLOWS}Supported: timer\nSession-Expires: 200;refresher=uas\n"
    ));
    carol.run(99_000);
    assert!(carol.asked(&Method::Update).is_empty());
    carol.run(1_000);
    for _ in 0..5 {
        let update = carol.last(&Method::Update);
        assert!(update.body().is_empty());
        assert_eq!(
            update.typed::<SessionExpires>().unwrap().to_string(),
            "200;refresher=uac"
        );
        carol.answers(
            &update,
            "200 OK",
            "",
            "Session-Expires: 200;refresher=uac\n",
            "",
        );
        carol.run(100_000);
    }
    assert_eq!(carol.asked(&Method::Update).len(), 6);
    assert!(carol.news().is_empty(), "nobody has to know");
    carol.leaves();
}

#[test]
fn we_refresh_by_the_same_offer_where_update_is_not_allowed() {
    let (mut carol, _) = up("Session-Expires: 200\n");
    carol.run(100_000);
    let again = carol.last(&Method::Invite);
    assert_eq!(&again.body()[..], b"our answer");
    carol.answers(&again, "200 OK", "", "", "her offer");
    assert_eq!(carol.asked(&Method::Ack).len(), 1);
    assert!(carol.news().is_empty(), "she says what she said");
    carol.run(100_000);
    let again = carol.last(&Method::Invite);
    carol.answers(&again, "200 OK", "", "", "from elsewhere");
    assert_eq!(carol.news(), ["OfferAnswered { body: \"from elsewhere\" }"]);
    carol.leaves();
}

#[test]
fn an_update_that_is_not_known_after_all_becomes_an_invite() {
    let (mut carol, _) = up(&format!(
        "{ALLOWS}Supported: timer\nSession-Expires: 200;refresher=uas\n"
    ));
    carol.run(100_000);
    let update = carol.last(&Method::Update);
    carol.answers(&update, "501 Not Implemented", "", "", "");
    assert_eq!(carol.asked(&Method::Invite).len(), 1);
}

#[test]
fn a_session_she_does_not_refresh_expires_with_bye() {
    let (mut carol, _) = up("Supported: timer\nSession-Expires: 180;refresher=uac\n");
    carol.run(100_000);
    carol.asks(
        "UPDATE",
        "Supported: timer\nSession-Expires: 180;refresher=uac\n",
        "",
    );
    assert_eq!(
        granted(&carol.answer("UPDATE")),
        (180, Some(Refresher::Uac), true)
    );
    carol.run(147_000);
    assert!(carol.news().is_empty());
    carol.run(1_100);
    assert_eq!(
        carol.news(),
        ["Ended { why: Expired, q850: None }"],
        "32 s before the end"
    );
    assert_eq!(carol.asked(&Method::Bye).len(), 1);
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn refusals_are_tried_again_and_silence_ends_the_call() {
    let timed = format!("{ALLOWS}Supported: timer\nSession-Expires: 200;refresher=uas\n");
    let (mut carol, _) = up(&timed);
    carol.run(100_000);
    for _ in 0..6 {
        let update = carol.last(&Method::Update);
        carol.answers(&update, "500 Later", "", "", "");
        carol.run(10_100);
    }
    assert_eq!(carol.asked(&Method::Update).len(), 7);
    carol.run(60_000);
    assert!(
        carol.news()[0].starts_with("Ended { why: "),
        "{:?}",
        carol.news()
    );

    let (mut silent, _) = up(&timed);
    silent.run(133_000);
    assert_eq!(
        silent.news(),
        ["Ended { why: Gone, q850: None }"],
        "no answer in 64·T1"
    );

    // Who knows no timers has answered, and that is enough.
    let (mut alive, _) = up("Session-Expires: 200\n");
    for _ in 0..4 {
        alive.run(100_000);
        let again = alive.last(&Method::Invite);
        alive.answers(&again, "488 Not Acceptable Here", "", "", "");
    }
    assert!(alive.news().is_empty());
    alive.leaves();
}

#[test]
fn our_invite_asks_and_takes_what_is_granted() {
    let (mut carol, asked) = Carol::called(b"our offer");
    assert_eq!(asked.typed::<SessionExpires>().unwrap().to_string(), "1800");
    assert!(
        asked
            .headers()
            .text(&Name::Supported)
            .unwrap()
            .contains("timer")
    );
    let longer = "Min-SE: 2000\n";
    carol.answers(&asked, "422 Longer", "carol", longer, "");
    let again = carol.last(&Method::Invite);
    assert_eq!(again.typed::<SessionExpires>().unwrap().seconds, 2000);
    assert_eq!(again.typed(), Some(MinSe(2000)));
    assert_eq!(again.cseq().number, asked.cseq().number + 1);
    assert_eq!(again.call_id(), asked.call_id());
    let granted = format!("{ALLOWS}Require: timer\nSession-Expires: 300;refresher=uas\n");
    carol.answers(&again, "200 OK", "carol", &granted, "her answer");
    carol.run(260_000);
    assert!(carol.asked(&Method::Update).is_empty(), "she refreshes");
    carol.run(10_000);
    assert_eq!(
        carol.news().pop().as_deref(),
        Some("Ended { why: Expired, q850: None }")
    );
}

#[test]
fn a_422_that_asks_for_less_or_too_often_is_a_refusal() {
    let (mut carol, asked) = Carol::called(b"our offer");
    carol.answers(&asked, "422 Longer", "carol", "Min-SE: 1800\n", "");
    assert_eq!(
        carol.news(),
        ["Failed { status: 422, q850: None, contacts: [] }"]
    );
    let (mut carol, mut asked) = Carol::called(b"our offer");
    for step in 1..=4 {
        let least = format!("Min-SE: {}\n", 1800 + step);
        carol.answers(&asked, "422 Longer", "carol", &least, "");
        asked = carol.last(&Method::Invite);
    }
    assert_eq!(carol.asked(&Method::Invite).len(), 4);
    assert_eq!(
        carol.news(),
        ["Failed { status: 422, q850: None, contacts: [] }"]
    );
}

#[test]
fn two_of_us_talk_all_day() {
    let mut world = World::new(71, 2);
    let ours = world.call(1, b"offer");
    world.run(std::time::Duration::from_secs(1));
    let theirs = world.nodes[1].incoming[0].dialog;
    world.act(1, |e, now| {
        e.accept(now, theirs, Bytes::from_static(b"answer"))
    });
    world.run(std::time::Duration::from_secs(10 * 3600));
    assert_eq!(world.news(0), ["Answered { body: \"answer\" }"]);
    world.act(0, |e, now| e.hang_up(now, ours, None));
    world.settle();
    world.assert_clean();
}

#[test]
fn a_session_that_would_expire_while_it_ends_just_ends() {
    let (mut carol, _) = up("Supported: timer\nSession-Expires: 90;refresher=uac\n");
    carol.run(50_000);
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carol.world.settle();
    assert_eq!(carol.news(), ["Ended { why: ByeSent, q850: None }"]);
    carol.world.assert_clean();
}

#[test]
fn a_refresh_that_meets_an_offer_is_tried_again_soon() {
    let (mut carol, _) = up("Supported: timer\nSession-Expires: 90;refresher=uas\n");
    carol.run(45_000);
    let again = carol.last(&Method::Invite);
    carol.answers(&again, "491 Request Pending", "", "", "");
    carol.run(2_100);
    let tried = carol.last(&Method::Invite).cseq().number;
    assert_eq!(tried, again.cseq().number + 1, "0–2 s: not our Call-ID");
    carol.leaves();
}
