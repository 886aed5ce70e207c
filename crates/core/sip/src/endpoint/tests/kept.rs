//! Registrations over a restart: what the store is told, and what an engine makes of it that knows
//! nothing else.

use std::time::Duration;

use rappel_model::Secret;
use rappel_model::record::RegistrationRecord;

use super::phone::Phone;
use super::world::{World, user, user_id};
use crate::auth::{Algorithm, ha1};
use crate::guard::Report;
use crate::header::Name;
use crate::listeners::{Listener, Listeners};
use crate::settings::Settings;
use crate::{Credentials, Invite, Transport};

/// A world of one engine, with alice and bob.
fn world() -> World {
    let settings = Settings {
        listeners: Listeners::new(vec![Listener {
            transport: Transport::Udp,
            shown: "192.0.2.1:5060".parse().unwrap(),
            ipv6: false,
            networks: Vec::new(),
        }]),
        ..Settings::default()
    };
    let mut world = World::with(31, 1, &settings);
    world.act(0, |e, _| e.set_users(both()));
    world
}

fn both() -> Vec<Credentials> {
    ["alice", "bob"]
        .map(|name| user(name, &[Algorithm::Md5]))
        .to_vec()
}

fn kept(world: &mut World) -> Vec<RegistrationRecord> {
    std::mem::take(&mut world.nodes[0].kept)
}

#[test]
fn a_phone_is_rung_by_an_engine_it_never_registered_at() {
    let mut before = world();
    let mut phone = Phone::new("alice", 41_100);
    let extra = "Contact: <sip:alice@10.0.0.7>\nExpires: 600\nPath: <sip:edge.example;lr>\n";
    phone.prove(&mut before, "REGISTER", extra);
    let records = kept(&mut before);
    assert_eq!(records.len(), 1);

    let mut after = world();
    after.act(0, |e, now| e.restore(now, records));
    assert_eq!(kept(&mut after), [], "the store has it already");
    let source = phone.flow.remote.ip();
    assert_eq!(after.nodes[0].reports, [Report::Registered(source)]);
    let devices = after.nodes[0]
        .endpoint
        .bindings(after.now, &user_id("alice"));
    let call = Invite {
        target: devices[0].contact.clone(),
        ..super::world::invite(devices[0].flow, b"offer")
    };
    after.act(0, |e, now| {
        e.invite(now, call);
    });
    after.run(Duration::from_millis(20));
    let (to, invite) = after.for_peers.last().unwrap();
    assert_eq!(*to, phone.flow.remote, "through its NAT");
    let route = invite.headers().text(&Name::Route).unwrap();
    assert_eq!(route, "<sip:edge.example;lr>");

    // It refreshes as if nothing had happened, and leaves.
    let ok = phone.prove(&mut after, "REGISTER", extra);
    assert_eq!(ok.status().code(), 200);
    phone.register(&mut after, "<sip:alice@10.0.0.7>", 0);
    assert_eq!(kept(&mut after).last().unwrap().devices, []);
    after.settle();
    after.assert_clean();
}

#[test]
fn a_registration_that_nobody_renews_ends_and_leaves_the_store() {
    let mut before = world();
    Phone::new("alice", 41_101).register(&mut before, "<sip:alice@10.0.0.7>", 60);
    let records = kept(&mut before);
    let mut after = world();
    after.act(0, |e, now| e.restore(now, records));
    after.run(Duration::from_secs(60 + 601));
    assert_eq!(after.nodes[0].endpoint.live().bindings, 0);
    assert_eq!(kept(&mut after)[0].devices, []);
    after.settle();
    after.assert_clean();
}

#[test]
fn who_is_no_user_any_more_does_not_come_back() {
    let mut before = world();
    Phone::new("alice", 41_102).register(&mut before, "<sip:alice@10.0.0.7>", 600);
    Phone::new("bob", 41_103).register(&mut before, "<sip:bob@10.0.0.8>", 600);
    let records = kept(&mut before);
    let mut after = world();
    after.act(0, |e, now| {
        e.set_users(vec![user("bob", &[Algorithm::Md5])]);
        e.restore(now, records);
    });
    assert_eq!(after.nodes[0].endpoint.live().bindings, 1);
    let left = kept(&mut after);
    assert_eq!(left.len(), 1);
    assert_eq!(
        (left[0].user.as_str(), &left[0].devices[..]),
        ("alice", &[][..])
    );
}

#[test]
fn a_new_password_ends_what_was_registered_with_the_old_one() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_104);
    phone.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    Phone::new("bob", 41_105).register(&mut world, "<sip:bob@10.0.0.8>", 600);
    kept(&mut world);
    // The same users once more, then alice with other algorithms, then with another password.
    world.act(0, |e, _| e.set_users(both()));
    let mut users = both();
    users[0] = user("alice", &[Algorithm::Sha256, Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(users.clone()));
    assert_eq!(world.nodes[0].endpoint.live().bindings, 2);
    let (alice, other) = (&mut users[0], Secret::new("another secret"));
    for (algorithm, hash) in &mut alice.ha1 {
        *hash = ha1(*algorithm, "alice", &alice.realm, &other);
    }
    world.act(0, |e, _| e.set_users(users));
    assert_eq!(world.nodes[0].endpoint.live().bindings, 1);
    assert_eq!(kept(&mut world)[0].devices, []);
    let refused = phone.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    assert_eq!(refused.status().code(), 403);
    phone.password = "another secret";
    let ok = phone.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    assert_eq!(ok.status().code(), 200);
}
