//! Busy lamps (RFC 4235) and presence (RFC 3856): what colleagues see of a phone.

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_model::{Random, Secret};

use super::phone::Phone;
use super::world::{World, invite, user};
use crate::auth::{Account, Algorithm, answer};
use crate::header::{Event, SubscriptionState};
use crate::message::{Message, Method, Request, StatusCode};
use crate::users::Credentials;
use crate::{Output, UserId};

const DIALOG: &str = "Event: dialog\nContact: <sip:alice@10.0.0.7:5060>\n";

fn stranger() -> Credentials {
    Credentials {
        id: UserId {
            tenant: "other".into(),
            user: "zoe".into(),
        },
        ..user("zoe", &[Algorithm::Md5])
    }
}

fn world() -> World {
    let mut world = World::new(60, 1);
    let users = vec![
        user("alice", &[Algorithm::Sha256]),
        user("bob", &[Algorithm::Md5]),
        stranger(),
    ];
    let names = BTreeMap::from([("12".to_owned(), vec!["bob".into()])]);
    world.act(0, |e, now| {
        e.set_users(users);
        e.set_names(now, "acme".into(), names);
    });
    world
}

fn watching(world: &mut World, uri: &'static str, extra: &str) -> Phone {
    let mut phone = Phone::new("alice", 44_000);
    phone.uri = uri;
    assert_eq!(phone.prove(world, "SUBSCRIBE", extra).status().code(), 200);
    phone
}

/// The NOTIFYs so far, each answered with 200.
fn notified(world: &mut World, phone: &Phone) -> Vec<String> {
    world.run(Duration::from_millis(300));
    let all = world.requests();
    let notifies: Vec<Request> = all
        .into_iter()
        .filter(|request| *request.method() == Method::Notify)
        .cloned()
        .collect();
    world.for_peers.clear();
    let mut seen: Vec<u32> = Vec::new();
    for notify in &notifies {
        if seen.contains(&notify.cseq().number) {
            continue;
        }
        seen.push(notify.cseq().number);
        let ok = Message::Response(notify.respond(StatusCode::OK));
        world.hear(0, ok, phone.flow);
    }
    let text = |request: &Request| String::from_utf8(request.body().to_vec()).unwrap();
    notifies.iter().map(text).collect()
}

fn call_bob(world: &mut World) -> (Phone, Request) {
    let mut bob = Phone::new("bob", 44_001);
    bob.register(world, "<sip:bob@10.0.0.8:5060>", 600);
    world.for_peers.clear();
    let call = crate::Invite {
        target: "sip:bob@10.0.0.8:5060".parse().unwrap(),
        ..invite(bob.flow, b"offer")
    };
    world.act(0, |e, now| {
        e.invite(now, call);
    });
    world.run(Duration::from_millis(20));
    let sent = world.requests();
    let invite = sent.into_iter().find(|r| *r.method() == Method::Invite);
    let invite = invite.cloned().unwrap();
    (bob, invite)
}

#[test]
fn a_lamp_follows_a_call_to_its_end() {
    let mut world = world();
    let alice = watching(&mut world, "sip:12@192.0.2.1", DIALOG);
    let first = notified(&mut world, &alice);
    assert!(
        first[0].contains("version=\"0\" state=\"full\""),
        "{first:?}"
    );
    assert!(!first[0].contains("<dialog id"));

    let (bob, invite) = call_bob(&mut world);
    let ringing = invite.respond(StatusCode::RINGING).with_to_tag("bob");
    world.hear(0, ringing.into(), bob.flow);
    let early = notified(&mut world, &alice).pop().unwrap();
    assert!(early.contains("version=\"1\" state=\"partial\""), "{early}");
    assert!(early.contains("direction=\"recipient\"><state>early</state>"));
    assert!(
        !early.contains("<remote>"),
        "with whom is shown by setting alone"
    );

    let ok = invite
        .respond(StatusCode::OK)
        .with_to_tag("bob")
        .with(&crate::header::Contact::At(
            crate::header::NameAddr::read("<sip:bob@10.0.0.8:5060>").unwrap(),
        ));
    world.hear(0, ok.into(), bob.flow);
    let talking = notified(&mut world, &alice).pop().unwrap();
    assert!(talking.contains("<state>confirmed</state>"), "{talking}");

    let (dialog, _) = world.nodes[0].news[0];
    world.act(0, |e, now| e.hang_up(now, dialog, None));
    let over = notified(&mut world, &alice).pop().unwrap();
    assert!(over.contains("<state>terminated</state>"), "{over}");
    assert!(over.contains("version=\"3\""));
}

/// An attribute of the only dialog in a body.
fn attribute<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!(" {name}=\"")).expect(name);
    rest.split('"').next().expect("it has an end")
}

#[test]
fn an_invite_made_of_a_lamps_words_names_the_call_that_rings() {
    let mut world = world();
    let alice = watching(&mut world, "sip:12@192.0.2.1", DIALOG);
    notified(&mut world, &alice);
    let (bob, invite) = call_bob(&mut world);
    let ringing = invite.respond(StatusCode::RINGING).with_to_tag("bob");
    world.hear(0, ringing.into(), bob.flow);
    let (rung, _) = world.nodes[0].news[0];
    let early = notified(&mut world, &alice).pop().unwrap();
    // RFC 3891 §6.1: the tag of whoever is asked comes first, which is the far end of the lamp's phone.
    let replaces = format!(
        "Replaces: {};to-tag={};from-tag={};early-only\nContact: <sip:alice@10.0.0.7>\n",
        attribute(&early, "call-id"),
        attribute(&early, "remote-tag"),
        attribute(&early, "local-tag"),
    );
    assert!(early.contains("<local><identity>sip:"), "{early}");
    let mut picker = Phone::new("alice", 44_005);
    let picking = picker.request("INVITE", &replaces);
    picker.send(&mut world, picking);
    let incoming = world.nodes[0].incoming.last().expect("it is no 481");
    assert_eq!(incoming.replaces, Some(rung));
}

#[test]
fn who_calls_is_seen_too_and_a_burst_is_one_notify() {
    let mut world = world();
    let alice = watching(&mut world, "sip:bob@192.0.2.1", DIALOG);
    notified(&mut world, &alice);
    let mut bob = Phone::new("bob", 44_003);
    let contact = "Contact: <sip:bob@10.0.0.8>\n";
    let stranger = bob.request("INVITE", contact);
    bob.send(&mut world, stranger);
    let asked = world.nodes[0].incoming.pop().unwrap();
    world.act(0, |e, now| e.challenge(now, asked.dialog));
    world.run(Duration::from_millis(20));
    let refusal = world.responses().last().copied().cloned().unwrap();
    let account = Account {
        username: "bob".into(),
        password: Secret::new("secret"),
    };
    let mut proven = bob.request("INVITE", contact);
    let mut random = Random::from_seed(1);
    assert!(answer(&mut proven, &refusal, &account, 1, &mut random));
    world.for_peers.clear();
    bob.send(&mut world, proven);
    let incoming = world.nodes[0].incoming.pop().unwrap();
    world.act(0, |e, now| {
        e.ring(now, incoming.dialog, 180, Default::default());
        e.accept(now, incoming.dialog, Default::default());
    });
    let told = notified(&mut world, &alice);
    let last = told.last().unwrap();
    assert!(
        last.contains("direction=\"initiator\"><state>confirmed<"),
        "{told:?}"
    );
    assert!(told.len() <= 2, "{told:?}");
}

#[test]
fn presence_is_that_of_devices_and_calls() {
    let mut world = world();
    let extra = DIALOG.replace("dialog", "presence");
    let alice = watching(&mut world, "sip:bob@192.0.2.1", &extra);
    assert!(notified(&mut world, &alice)[0].contains("<basic>closed</basic>"));
    let mut bob = Phone::new("bob", 44_001);
    bob.register(&mut world, "<sip:bob@10.0.0.8:5060>", 600);
    let open = notified(&mut world, &alice).pop().unwrap();
    assert!(open.contains("<basic>open</basic>") && !open.contains("on-the-phone"));
    call_bob(&mut world);
    let busy = notified(&mut world, &alice).pop().unwrap();
    assert!(busy.contains("on-the-phone"), "{busy}");
}

#[test]
fn names_are_those_of_ones_own_tenant() {
    let mut world = world();
    for (port, (name, uri, status)) in (44_010..).zip([
        ("alice", "sip:99@192.0.2.1", 404),
        ("alice", "sip:zoe@192.0.2.1", 404),
        ("zoe", "sip:12@192.0.2.1", 404),
        ("zoe", "sip:bob@192.0.2.1", 404),
        ("alice", "sip:bob@192.0.2.1", 200),
    ]) {
        let mut phone = Phone::new(name, port);
        phone.uri = uri;
        let answer = phone.prove(&mut world, "SUBSCRIBE", DIALOG);
        assert_eq!(answer.status().code(), status, "{name} {uri}");
    }
    let refused = Phone::new("bob", 44_019).prove(
        &mut world,
        "SUBSCRIBE",
        &format!("{DIALOG}Accept: text/plain\n"),
    );
    assert_eq!(refused.status().code(), 406);
}

#[test]
fn an_extension_that_moves_takes_its_watchers_along() {
    let mut world = world();
    let alice = watching(&mut world, "sip:12@192.0.2.1", DIALOG);
    notified(&mut world, &alice);
    let names = BTreeMap::from([("12".to_owned(), vec!["alice".into()])]);
    world.act(0, |e, now| e.set_names(now, "acme".into(), names));
    notified(&mut world, &alice);
    let (bob, invite) = call_bob(&mut world);
    let ringing = invite.respond(StatusCode::RINGING).with_to_tag("bob");
    world.hear(0, ringing.into(), bob.flow);
    assert!(notified(&mut world, &alice).is_empty(), "12 is alice now");
}

#[test]
fn one_user_cannot_take_all_subscriptions() {
    let mut world = world();
    let mut phone = Phone::new("alice", 44_020);
    phone.uri = "sip:bob@192.0.2.1";
    let most = crate::Limits::default().subscriptions_per_user;
    let mut last = 200;
    for n in 0..=most {
        let extra = DIALOG.replace("dialog", &format!("dialog;id={n}"));
        last = phone.prove(&mut world, "SUBSCRIBE", &extra).status().code();
        assert_eq!(last == 200, n < most, "{n}");
        world.for_peers.clear();
    }
    assert_eq!(last, 503);
}

#[test]
fn a_lamp_names_its_event_and_ends_with_a_last_word() {
    let mut world = world();
    let extra = format!("{}Expires: 60\n", DIALOG.replace("dialog", "dialog;id=7"));
    let alice = watching(&mut world, "sip:12@192.0.2.1", &extra);
    let first = world
        .requests()
        .into_iter()
        .find(|r| *r.method() == Method::Notify);
    let event = first.and_then(|notify| notify.typed::<Event>()).unwrap();
    assert_eq!((event.package.as_str(), event.id()), ("dialog", Some("7")));
    notified(&mut world, &alice);
    world.run(Duration::from_secs(61));
    let last = world.requests().last().copied().cloned().unwrap();
    assert!(last.typed::<SubscriptionState>().unwrap().is_terminated());
    notified(&mut world, &alice);
    let live = world.nodes[0].endpoint.live();
    assert_eq!(live.subscriptions, 0);
    assert!(
        !world.nodes[0]
            .other
            .iter()
            .any(|o| matches!(o, Output::Refused { .. }))
    );
}
