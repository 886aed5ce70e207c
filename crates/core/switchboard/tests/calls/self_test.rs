//! Numbers by which a phone tests its own call.

use std::sync::Arc;
use std::time::Duration;

use rappel_media::Command;
use rappel_model::{KeyWay, Sound};
use rappel_switchboard::Input;

use crate::support::{Act, Manners, World, with_extension};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The pieces that were ordered to be played, in order.
fn said(world: &World) -> Vec<String> {
    let mut said = Vec::new();
    for order in &world.sound.orders {
        if let Command::Play { sounds, .. } = order {
            said.extend(sounds.iter().filter_map(|sound| match sound {
                Sound::Clip { key, .. } => Some(key.clone()),
                _ => None,
            }));
        }
    }
    said
}

fn karim(world: &mut World) -> usize {
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default())
}

#[test]
fn callers_of_600_hear_themselves_until_they_hang_up() {
    let mut world = World::new(601);
    let karim = karim(&mut world);
    let call = world.call(karim, "600");
    world.run(secs(30));
    assert_eq!(said(&world), ["test-echo"]);
    let port = world.phones[karim].calls[call].remote.expect("answered");
    let leg = world.sound.leg_at(port).expect("it goes on");
    assert!(world.sound.hear_each_other(leg, leg));
    world.act(karim, call, Act::HangUp);
    world.settle(secs(60));
    world.assert_quiet();
}

#[test]
fn an_echo_nobody_ends_is_ended() {
    let mut world = World::new(602);
    let karim = karim(&mut world);
    world.call(karim, "600");
    world.settle(secs(15 * 60));
    assert_eq!(said(&world), ["test-echo", "goodbye"]);
    world.assert_quiet();
}

#[test]
fn callers_of_601_are_told_what_their_sound_is_like() {
    let mut world = World::new(603);
    let karim = karim(&mut world);
    world.call(karim, "601");
    world.settle(secs(120));
    assert_eq!(
        said(&world),
        [
            "test-measuring",
            "test-codec-g722",
            "test-encrypted",
            "test-heard-loss",
            "number/1",
            "test-percent",
            "test-told-all",
            "test-jitter",
            "number/5",
            "test-milliseconds",
            "test-delay",
            "number/61",
            "test-milliseconds",
            "goodbye"
        ]
    );
    world.assert_quiet();
}

#[test]
fn callers_of_602_are_told_each_key_and_how_it_came() {
    let mut world = World::new(604);
    let karim = karim(&mut world);
    let call = world.call(karim, "602");
    world.run(secs(1));
    let port = world.phones[karim].calls[call].remote.expect("answered");
    let leg = world.sound.leg_at(port).expect("a session is open there");
    for (digit, way) in [
        ('5', KeyWay::Event),
        ('#', KeyWay::Tone),
        ('A', KeyWay::Tone),
    ] {
        world.input(Input::Media(rappel_media::Event::Digit { leg, digit, way }));
        world.run(Duration::from_millis(200));
    }
    world.run(secs(14));
    assert_eq!(
        said(&world),
        [
            "test-keys",
            "number/5",
            "test-key-event",
            "digit/hash",
            "test-key-tone",
            "letter/a",
            "test-key-tone"
        ]
    );
    world.settle(secs(120));
    let said = said(&world);
    assert_eq!(said[7..], ["test-keys", "test-keys", "goodbye"]);
    world.assert_quiet();
}

#[test]
fn an_extension_of_the_company_comes_first() {
    let mut world = World::new(606);
    let version = with_extension("601");
    world.input(Input::Tenant(version.tenant.clone(), Arc::new(version)));
    let karim = karim(&mut world);
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(1));
    let call = world.call(karim, "601");
    world.run(secs(5));
    assert_eq!(said(&world), Vec::<String>::new());
    assert_eq!(world.phones[lea].calls.len(), 1);
    world.act(karim, call, Act::HangUp);
    world.settle(secs(60));
    world.assert_quiet();
}

#[test]
fn callers_from_outside_have_no_such_numbers() {
    let mut world = World::new(605);
    let trunk = world.trunk();
    let call = world.call(trunk, "600");
    world.settle(secs(60));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(404));
    world.assert_quiet();
}
