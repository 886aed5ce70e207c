//! Callers who speak nothing the house speaks: passed on to a phone that speaks it, refused otherwise.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::LegId;
use rappel_rtp::sdp::Carried;
use rappel_rtp::{Foreign, Format, Stream};
use rappel_sip::message::Message;

use crate::support::{Act, Manners, World};

const RINGING: &str = "+33199000012";
const PRINCIPAL: &str = "+33199000010";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn carried(name: &str, payload_type: u8, parameters: Option<&str>) -> Carried {
    Carried {
        format: Foreign::new(name, 8_000, 1).expect("a codec"),
        payload_type,
        parameters: parameters.map(str::to_owned),
    }
}

/// A caller from outside and Sofia, who speak these.
fn world(seed: u64, caller: Vec<Carried>, called: Vec<Carried>) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let trunk = world.trunk();
    world.phones[trunk].speaks = caller;
    world.phones[sofia].speaks = called;
    world.phones[sofia].picky = true;
    (world, trunk, sofia)
}

/// What media was last told of a leg.
fn stream(world: &World, wanted: u64) -> &Stream {
    let mut told = world.sound.orders.iter().rev();
    let told = told.find_map(|order| match order {
        Command::Connect { leg, stream } if *leg == LegId(wanted) => Some(stream),
        _ => None,
    });
    told.expect("it was connected")
}

/// Why the last INVITE of a phone was refused, in words.
fn warned(world: &World, phone: usize) -> String {
    let mut heard = world.phones[phone].heard.iter().rev();
    let refusal = heard.find_map(|message| match message {
        Message::Response(response) if response.status().code() == 488 => Some(response),
        _ => None,
    });
    let headers = refusal.expect("a 488").headers();
    let warning = headers
        .iter()
        .find(|field| field.name().to_string().eq_ignore_ascii_case("warning"))
        .expect("it says why");
    String::from_utf8(warning.value().to_vec()).expect("a header is text")
}

#[test]
fn two_who_speak_the_same_are_joined_with_what_either_said_of_it() {
    let offered = vec![
        carried("AMR", 97, Some("octet-align=1")),
        carried("iLBC", 98, Some("mode=30")),
        carried("G729", 18, None),
    ];
    let spoken = vec![carried("iLBC", 98, Some("mode=20"))];
    let (mut world, trunk, sofia) = world(800, offered, spoken);
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[call].progress, [180]);
    world.act(sofia, 0, Act::Accept);
    world.run(secs(1));
    assert!(world.talk((trunk, call), (sofia, 0)));
    let ilbc = Format::Foreign(Foreign::new("ILBC", 8_000, 1).unwrap());
    assert_eq!(stream(&world, 1).format, ilbc);
    assert_eq!(stream(&world, 2).format, ilbc);
    let heard = &world.phones[trunk].calls[call];
    assert_eq!(heard.stream.as_ref().unwrap().format, ilbc);
    assert_eq!(heard.carried()[0].parameters.as_deref(), Some("mode=20"));
    // A hold and its end change nothing of that.
    world.act(sofia, 0, Act::Hold);
    world.run(secs(1));
    world.act(sofia, 0, Act::Resume);
    world.run(secs(1));
    assert!(world.talk((trunk, call), (sofia, 0)));
    assert_eq!(stream(&world, 2).format, ilbc);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn what_a_phone_says_before_it_answers_is_passed_on_too() {
    let both = vec![carried("G729", 18, Some("annexb=no"))];
    let (mut world, trunk, sofia) = world(801, both.clone(), both);
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[call].progress, [180, 183]);
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    world.act(sofia, 0, Act::Accept);
    world.run(secs(1));
    assert!(world.talk((trunk, call), (sofia, 0)));
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_menu_refuses_who_could_only_be_passed_on_and_says_why() {
    let (mut world, trunk, _) = world(802, vec![carried("G729", 18, None)], Vec::new());
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(2));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(488));
    let why = warned(&world, trunk);
    assert!(why.starts_with("305 "), "{why}");
    assert!(why.contains("can only be passed on"), "{why}");
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_phone_that_speaks_something_else_does_not_ring_and_the_caller_is_told_why() {
    let (mut world, trunk, sofia) = world(803, vec![carried("G729", 18, None)], Vec::new());
    let call = world.call(trunk, RINGING);
    world.run(secs(60));
    assert!(world.phones[sofia].calls.is_empty());
    assert_eq!(world.phones[trunk].calls[call].failed, Some(488));
    assert!(warned(&world, trunk).contains("can only be passed on"));
    world.settle(secs(120));
    world.assert_quiet();
}
