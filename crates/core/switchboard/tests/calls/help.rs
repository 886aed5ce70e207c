//! Calls for help while the engine is full, or about to stop.

use std::time::Duration;

use rappel_switchboard::{Input, Settings};

use crate::dial_out::town_with;
use crate::support::{Act, Manners, World, settings};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A carrier that answers, Karim and Léa.
fn town(change: impl FnOnce(&mut Settings)) -> (World, usize, usize, usize) {
    let mut settings = settings();
    change(&mut settings);
    let (mut world, carrier, karim) = town_with(settings, Manners::answers(1));
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
    (world, carrier, karim, lea)
}

#[test]
fn a_full_engine_serves_calls_for_help_within_a_bound_of_their_own() {
    let (mut world, carrier, karim, lea) = town(|settings| {
        settings.limits.calls = 1;
        settings.limits.help = 2;
    });
    let first = world.call(karim, "0199000077");
    world.run(secs(3));
    assert!(world.talk((karim, first), (carrier, 0)));
    let refused = world.call(lea, "0199000077");
    world.run(secs(1));
    assert_eq!(world.phones[lea].calls[refused].failed, Some(503));
    let mut calls = Vec::new();
    for (nth, help) in ["112", "15"].into_iter().enumerate() {
        let call = world.call(lea, help);
        world.run(secs(3));
        assert!(world.talk((lea, call), (carrier, nth + 1)), "{help}");
        calls.push((lea, call));
    }
    let one_more = world.call(lea, "17");
    world.run(secs(1));
    assert_eq!(world.phones[lea].calls[one_more].failed, Some(503));
    calls.push((karim, first));
    for (phone, call) in calls {
        world.act(phone, call, Act::HangUp);
    }
    world.settle(secs(60));
    world.assert_quiet();
}

#[test]
fn calls_for_help_are_served_until_the_last_calls_are_let_go() {
    let (mut world, carrier, karim, lea) = town(|settings| settings.drain_limit = secs(60));
    let first = world.call(karim, "0199000077");
    world.run(secs(3));
    world.input(Input::Drain);
    let refused = world.call(lea, "0199000077");
    world.run(secs(1));
    assert_eq!(world.phones[lea].calls[refused].failed, Some(503));
    let help = world.call(lea, "112");
    world.run(secs(3));
    assert!(world.talk((lea, help), (carrier, 1)));
    world.act(karim, first, Act::HangUp);
    world.run(secs(50));
    assert!(world.talk((lea, help), (carrier, 1)));
    assert!(!world.drained, "it is waited for as for any other");
    world.run(secs(6));
    let late = world.call(lea, "112");
    world.run(secs(1));
    assert_eq!(
        world.phones[lea].calls[late].failed,
        Some(503),
        "it would be cut off"
    );
    world.settle(secs(60));
    assert!(world.drained);
    world.assert_quiet();
}

#[test]
fn the_last_media_ports_are_for_help() {
    let (mut world, carrier, karim, lea) = town(|_| {});
    // Two ports of sixteen and more are kept: one call has two legs.
    world.input(Input::Ports(vec![ports(32)]));
    let mut talking = 0;
    loop {
        let call = world.call(karim, "0199000077");
        world.run(secs(3));
        if world.phones[karim].calls[call].failed.is_some() {
            break;
        }
        talking += 1;
    }
    assert_eq!(talking, 15);
    let help = world.call(lea, "18");
    world.run(secs(3));
    assert!(world.talk((lea, help), (carrier, 15)));
}

fn ports(count: u16) -> Vec<std::net::SocketAddr> {
    let port = |n| std::net::SocketAddr::from(([192, 0, 2, 1], 40_000 + 2 * n));
    (0..count).map(port).collect()
}
