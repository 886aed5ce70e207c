//! REFER in a call: taken, told about, refused (RFC 3515, RFC 4488).

use super::carol::Carol;
use crate::header::{Event, ReferSub, SubscriptionState};
use crate::message::{Method, Request};
use crate::output::{DialogNews, Refer};

const TO_DAVE: &str = "Refer-To: <sip:dave@d.example>\n";

fn refer(carol: &Carol) -> Refer {
    match carol.world.nodes[0].news.last() {
        Some((_, DialogNews::Refer(refer))) => Refer::clone(refer),
        other => panic!("{other:?}"),
    }
}

fn fragment(notify: &Request) -> String {
    let state = notify.typed::<SubscriptionState>().unwrap().to_string();
    let body = String::from_utf8(notify.body().to_vec()).unwrap();
    format!("{state} {}", body.trim_end())
}

/// She answers our last NOTIFY.
fn heard(carol: &mut Carol) {
    let notify = carol.last(&Method::Notify);
    carol.answers(&notify, "200 OK", "", "", "");
}

#[test]
fn a_referrer_is_told_until_the_last_word() {
    let mut carol = Carol::up("");
    carol.asks(
        "REFER",
        &format!("{TO_DAVE}Referred-By: <sip:carol@c.example>\n"),
        "",
    );
    let asked = refer(&carol);
    assert_eq!(asked.to.to_string(), "sip:dave@d.example");
    assert_eq!(
        asked.referred_by.unwrap().uri.to_string(),
        "sip:carol@c.example"
    );
    assert_eq!(asked.replaces, None);
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.accept_refer(now, dialog));
    carol.run(20);
    assert_eq!(carol.statuses("REFER"), [202]);
    let first = carol.last(&Method::Notify);
    assert_eq!(fragment(&first), "active;expires=300 SIP/2.0 100 Trying");
    assert_eq!(first.typed::<Event>().unwrap().to_string(), "refer");
    // Two statuses while the first NOTIFY is under way go into one.
    carol.world.act(0, |e, now| {
        e.tell_referrer(now, dialog, 180);
        e.tell_referrer(now, dialog, 183);
    });
    carol.run(20);
    assert_eq!(carol.asked(&Method::Notify).len(), 1);
    heard(&mut carol);
    assert!(fragment(&carol.last(&Method::Notify)).ends_with("SIP/2.0 183 Session Progress"));
    heard(&mut carol);
    carol
        .world
        .act(0, |e, now| e.tell_referrer(now, dialog, 200));
    carol.run(20);
    assert_eq!(
        fragment(&carol.last(&Method::Notify)),
        "terminated;reason=noresource SIP/2.0 200 OK"
    );
    heard(&mut carol);
    carol
        .world
        .act(0, |e, now| e.tell_referrer(now, dialog, 486));
    assert_eq!(
        carol.asked(&Method::Notify).len(),
        3,
        "200 was the last word"
    );
    carol.leaves();
}

#[test]
fn the_last_word_leaves_before_the_bye() {
    let mut carol = Carol::up("");
    carol.asks("REFER", TO_DAVE, "");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.accept_refer(now, dialog);
        e.tell_referrer(now, dialog, 200);
        e.hang_up(now, dialog, None);
    });
    carol.run(20);
    let methods: Vec<Method> = carol
        .world
        .requests()
        .iter()
        .map(|request| request.method().clone())
        .collect();
    assert_eq!(methods, [Method::Notify, Method::Notify, Method::Bye]);
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn a_silent_referral_makes_no_subscription() {
    let mut carol = Carol::up("");
    carol.asks("REFER", &format!("{TO_DAVE}Refer-Sub: false\n"), "");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| {
        e.accept_refer(now, dialog);
        e.tell_referrer(now, dialog, 200);
    });
    carol.run(20);
    assert_eq!(carol.answer("REFER").typed(), Some(ReferSub(false)));
    assert!(carol.asked(&Method::Notify).is_empty());
    carol.leaves();
}

#[test]
fn refusals() {
    let mut carol = Carol::up("");
    let dialog = carol.dialog;
    for (headers, status) in [
        ("", 400),
        ("Refer-To: nobody\n", 400),
        ("Refer-To: <sip:d@d.example;method=BYE>\n", 501),
        ("Refer-To: <mailto:d@d.example>\n", 416),
        ("Refer-To: <sip:d@d.example?Replaces=x>\n", 400),
        (
            "Refer-To: <sip:d@d.example>\nRefer-To: <sip:e@d.example>\n",
            400,
        ),
        ("Refer-To: <sip:d@d.example>\nRequire: nosub\n", 420),
    ] {
        carol.asks("REFER", headers, "");
        assert_eq!(carol.statuses("REFER").pop(), Some(status), "{headers}");
    }
    assert!(carol.news().is_empty());
    carol.asks("REFER", TO_DAVE, "");
    carol.asks("REFER", TO_DAVE, "");
    assert_eq!(carol.statuses("REFER").pop(), Some(491), "one at a time");
    carol.world.act(0, |e, now| e.refuse_refer(now, dialog, 1));
    carol.run(20);
    assert_eq!(carol.statuses("REFER").pop(), Some(603));
    carol.asks("REFER", TO_DAVE, "");
    assert_eq!(carol.news().len(), 2, "the next is told again");
    carol.run(25_000);
    assert_eq!(
        carol.statuses("REFER").pop(),
        Some(603),
        "nobody answered it"
    );
    carol.leaves();
}

#[test]
fn a_referral_ends_when_its_notify_is_refused() {
    let mut carol = Carol::up("");
    carol.asks("REFER", TO_DAVE, "");
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.accept_refer(now, dialog));
    carol.run(20);
    let notify = carol.last(&Method::Notify);
    carol.answers(&notify, "481 Gone", "", "", "");
    carol
        .world
        .act(0, |e, now| e.tell_referrer(now, dialog, 200));
    carol.run(20);
    assert_eq!(carol.asked(&Method::Notify).len(), 1);
    carol.asks("REFER", TO_DAVE, "");
    carol.world.act(0, |e, now| e.accept_refer(now, dialog));
    carol.run(20);
    let event = carol.last(&Method::Notify).typed::<Event>().unwrap();
    assert_eq!(
        event.id(),
        Some(carol.cseq.to_string().as_str()),
        "RFC 3515 §2.4.6"
    );
    carol.leaves();
}

#[test]
fn a_referral_expires_and_is_refreshed_or_ended_by_subscribe() {
    let mut carol = Carol::up("");
    let dialog = carol.dialog;
    carol.asks("REFER", TO_DAVE, "");
    carol.world.act(0, |e, now| e.accept_refer(now, dialog));
    carol.run(20);
    heard(&mut carol);
    carol.run(299_000);
    carol.asks("SUBSCRIBE", "Event: refer\nExpires: 60\n", "");
    assert_eq!(carol.statuses("SUBSCRIBE"), [200]);
    heard(&mut carol);
    carol.run(61_000);
    let last = carol.last(&Method::Notify);
    assert_eq!(
        fragment(&last),
        "terminated;reason=timeout SIP/2.0 100 Trying"
    );
    heard(&mut carol);
    carol.asks("SUBSCRIBE", "Event: refer\nExpires: 60\n", "");
    carol.asks("SUBSCRIBE", "Event: presence\nExpires: 60\n", "");
    assert_eq!(carol.statuses("SUBSCRIBE"), [200, 481, 481]);
    carol.leaves();
}

#[test]
fn a_referral_that_waits_is_answered_when_the_call_ends() {
    let mut carol = Carol::up("");
    carol.asks("REFER", TO_DAVE, "");
    carol.asks("BYE", "", "");
    assert_eq!(carol.statuses("REFER"), [487]);
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.accept_refer(now, dialog));
    assert_eq!(carol.statuses("REFER"), [487]);
    carol.world.settle();
    carol.world.assert_clean();
}

#[test]
fn before_the_answer_and_outside_a_dialog_nobody_is_referred() {
    let mut carol = Carol::calls("", "");
    let dialog = carol.dialog;
    carol
        .world
        .act(0, |e, now| e.ring(now, dialog, 180, bytes::Bytes::new()));
    carol.run(20);
    let ringing = carol.answer("INVITE");
    carol.learn(&ringing);
    carol.asks("REFER", TO_DAVE, "");
    let outside = super::world::request("REFER", "sip:bob@192.0.2.1", "out", 1, TO_DAVE)
        .replace("Call-ID: scripted", "Call-ID: other");
    carol.says(&outside);
    assert_eq!(carol.statuses("REFER"), [500, 403]);
}
