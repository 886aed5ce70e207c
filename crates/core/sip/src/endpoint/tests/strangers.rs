//! Senders who prove nothing: whatever they ask costs us one answer, and nothing is kept of it.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::Random;

use super::phone::Phone;
use super::world::{World, request, user, user_id};
use crate::Endpoint;
use crate::auth::{self, Account, Algorithm};
use crate::settings::{Limits, Settings};

const CONTACT: &str = "Contact: <sip:alice@10.0.0.7:5060>\n";

/// A node with room for four transactions and two dialogs, and alice.
fn world() -> World {
    let mut world = World::new(51, 1);
    let settings = Settings {
        limits: Limits {
            transactions: 4,
            dialogs: 2,
            ..Limits::default()
        },
        ..Settings::default()
    };
    world.nodes[0].endpoint = Endpoint::new(settings, Random::from_seed(51));
    let alice = user("alice", &[Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(vec![alice]));
    world
}

/// What the house does in the turn an INVITE is reported in.
fn challenge_all(world: &mut World) {
    for incoming in std::mem::take(&mut world.nodes[0].incoming) {
        assert_eq!(incoming.user, None);
        world.act(0, |e, now| e.challenge(now, incoming.dialog));
    }
}

fn stranger(method: &str, number: u32) -> String {
    let extra = "Event: message-summary\n";
    request(method, "sip:bob@192.0.2.1", &format!("s{number}"), 1, extra)
        .replace("Call-ID: scripted", &format!("Call-ID: s{number}"))
}

#[test]
fn strangers_leave_room_for_a_known_user_to_register_and_call() {
    let mut world = world();
    let methods = [
        "INVITE",
        "REGISTER",
        "SUBSCRIBE",
        "OPTIONS",
        "BYE",
        "CANCEL",
        "REFER",
        "NEW",
    ];
    for number in 0..400 {
        let peer = SocketAddr::from(([192, 0, 2, 100 + (number % 3) as u8], 5060));
        let method = methods[number as usize % methods.len()];
        world.say(peer, 0, &stranger(method, number));
        challenge_all(&mut world);
    }
    let live = world.nodes[0].endpoint.live();
    assert_eq!((live.transactions, live.dialogs, live.timers), (0, 0, 0));
    world.run(Duration::from_millis(20));
    assert_eq!(world.statuses().len(), 400);
    assert!(!world.statuses().contains(&503));

    let mut phone = Phone::new("alice", 43_100);
    let registered = phone.register(&mut world, "<sip:alice@10.0.0.7:5060>", 600);
    assert_eq!(registered.status().code(), 200);
    let first = phone.request("INVITE", CONTACT);
    world.hear(0, first.into(), phone.flow);
    challenge_all(&mut world);
    world.run(Duration::from_millis(20));
    let refusal = world.responses().last().copied().cloned().unwrap();
    let mut again = phone.request("INVITE", CONTACT);
    let account = Account {
        username: "alice".into(),
        password: rappel_model::Secret::new("secret"),
    };
    let mut random = Random::from_seed(1);
    assert!(auth::answer(&mut again, &refusal, &account, 1, &mut random));
    assert_eq!(phone.send(&mut world, again).status().code(), 100);
    assert_eq!(world.nodes[0].incoming[0].user, Some(user_id("alice")));
}

#[test]
fn a_strangers_invite_gets_one_401_and_nothing_else() {
    let mut world = world();
    let peer = "192.0.2.9:5060".parse().unwrap();
    world.say(peer, 0, &stranger("INVITE", 1));
    challenge_all(&mut world);
    world.settle();
    assert_eq!(world.statuses(), [401]);
    world.assert_clean();
}

#[test]
fn a_repeated_invite_gets_the_same_tag_and_its_ack_goes_nowhere() {
    let mut world = world();
    let peer = "192.0.2.9:5060".parse().unwrap();
    for number in [1, 1, 2] {
        world.say(peer, 0, &stranger("INVITE", number));
        challenge_all(&mut world);
        world.run(Duration::from_millis(20));
    }
    let tags: Vec<String> = world
        .responses()
        .iter()
        .map(|response| response.to().tag().unwrap().to_owned())
        .collect();
    assert_eq!(tags[0], tags[1]);
    assert_ne!(tags[1], tags[2]);
    let to = "To: <sip:bob@192.0.2.1>";
    let ack = stranger("ACK", 1).replace(to, &format!("{to};tag={}", tags[0]));
    world.say(peer, 0, &ack);
    world.settle();
    assert_eq!(world.statuses(), [401, 401, 401]);
    assert!(world.nodes[0].news.is_empty());
    world.assert_clean();
}

#[test]
fn wrong_and_stale_credentials_are_strangers_too() {
    let mut world = world();
    let mut phone = Phone::new("alice", 43_101);
    let request = phone.request("REGISTER", "");
    let refusal = phone.send(&mut world, request);
    for (password, wait, status) in [("guess", 0, 403), ("secret", 301, 401)] {
        world.run(Duration::from_secs(wait));
        let account = Account {
            username: "alice".into(),
            password: rappel_model::Secret::new(password),
        };
        let mut again = phone.request("REGISTER", "");
        let mut random = Random::from_seed(2);
        assert!(auth::answer(&mut again, &refusal, &account, 1, &mut random));
        assert_eq!(phone.send(&mut world, again).status().code(), status);
        assert_eq!(world.nodes[0].endpoint.live().transactions, 0);
    }
}

#[test]
fn an_invite_nobody_challenges_gets_its_100_and_is_repeated_as_ever() {
    let mut world = world();
    let peer = "192.0.2.9:5060".parse().unwrap();
    world.say(peer, 0, &stranger("INVITE", 1));
    world.run(Duration::from_millis(10));
    assert_eq!(world.statuses(), [100]);
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.reject(now, dialog, 486, None));
    world.settle();
    let statuses = world.statuses();
    assert!(statuses.len() > 5 && statuses[1..].iter().all(|status| *status == 486));
    world.assert_clean();
}
