//! INVITE and digest: the house decides whom to challenge (RFC 3261 §22.2).

use std::time::Duration;

use super::phone::Phone;
use super::world::{World, user, user_id};
use crate::auth::Algorithm;
use crate::header::WwwAuthenticate;

const CONTACT: &str = "Contact: <sip:alice@10.0.0.7:5060>\n";

fn world() -> World {
    let mut world = World::new(50, 1);
    let alice = user("alice", &[Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(vec![alice]));
    world
}

#[test]
fn a_stranger_is_reported_and_challenged_when_the_house_says_so() {
    let mut world = world();
    let mut phone = Phone::new("alice", 43_000);
    let invite = phone.request("INVITE", CONTACT);
    assert_eq!(phone.send(&mut world, invite).status().code(), 100);
    let incoming = world.nodes[0].incoming.pop().unwrap();
    assert_eq!(incoming.user, None);
    world.act(0, |e, now| e.challenge(now, incoming.dialog));
    world.run(Duration::from_millis(20));
    let refusal = world.responses().last().copied().cloned().unwrap();
    assert_eq!(refusal.status().code(), 401);
    assert_eq!(refusal.headers().all::<WwwAuthenticate>().len(), 1);
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 0);

    let account = crate::auth::Account {
        username: "alice".into(),
        password: rappel_model::Secret::new("secret"),
    };
    let mut random = rappel_model::Random::from_seed(1);
    let mut again = phone.request("INVITE", CONTACT);
    assert!(crate::auth::answer(
        &mut again,
        &refusal,
        &account,
        1,
        &mut random
    ));
    phone.send(&mut world, again.clone());
    let proven = world.nodes[0].incoming[0].clone();
    assert_eq!(proven.user, Some(user_id("alice")));

    // Its NAT gives it another port in mid-call: we answer to where it was heard last.
    world.act(0, |e, now| e.accept(now, proven.dialog, Default::default()));
    world.run(Duration::from_millis(20));
    let ok = world.responses().last().copied().cloned().unwrap();
    let mut essentials = ok.essentials();
    let method = crate::message::Method::Ack;
    essentials.cseq = crate::header::CSeq::new(again.cseq().number, method);
    let ack = crate::message::Request::new(again.uri().clone(), essentials.clone());
    world.hear(0, ack.into(), phone.flow);
    phone.flow.remote.set_port(43_999);
    essentials.via = crate::header::Via::new("UDP", phone.flow.remote.into(), "z9hG4bKinfo");
    let method = crate::message::Method::Info;
    essentials.cseq = crate::header::CSeq::new(again.cseq().number + 1, method);
    let info = crate::message::Request::new(again.uri().clone(), essentials);
    phone.send(&mut world, info);
    world.act(0, |e, now| e.hang_up(now, proven.dialog, None));
    world.run(Duration::from_millis(20));
    let (to, bye) = world.for_peers.last().unwrap();
    assert_eq!(bye.cseq().method, crate::message::Method::Bye);
    assert_eq!(*to, phone.flow.remote);
}

#[test]
fn a_wrong_password_never_reaches_the_house() {
    let mut world = world();
    let mut phone = Phone::new("alice", 43_001);
    let invite = phone.request("INVITE", CONTACT);
    phone.send(&mut world, invite);
    let incoming = world.nodes[0].incoming.pop().unwrap();
    world.act(0, |e, now| e.challenge(now, incoming.dialog));
    world.run(Duration::from_millis(20));
    let refusal = world.responses().last().copied().cloned().unwrap();
    let account = crate::auth::Account {
        username: "alice".into(),
        password: rappel_model::Secret::new("guess"),
    };
    let mut random = rappel_model::Random::from_seed(1);
    let mut again = phone.request("INVITE", CONTACT);
    crate::auth::answer(&mut again, &refusal, &account, 1, &mut random);
    assert_eq!(phone.send(&mut world, again).status().code(), 403);
    assert!(world.nodes[0].incoming.is_empty());
    world.settle();
    world.assert_clean();
}
