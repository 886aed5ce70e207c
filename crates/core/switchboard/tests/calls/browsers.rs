//! A device that registered by secure WebSocket is a browser (RFC 7118): it is offered voice as browsers
//! take it, and a plain phone rung beside it is not.

use std::time::Duration;

use bytes::Bytes;
use rappel_rtp::Fingerprint;
use rappel_sip::message::{Message, Method};
use rappel_sip::{ConnectionId, Flow, Transport};
use rappel_switchboard::Input;

use crate::support::{Manners, World};

/// A line at which Sofia and Karim are rung at once.
const RINGING: &str = "+33199000012";

const PRINT: Fingerprint = Fingerprint([7; 32]);

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A world that serves browsers, or none.
fn world(seed: u64, serves: bool) -> World {
    let mut world = World::new(seed);
    if serves {
        world.input(Input::Identities(vec![PRINT, PRINT]));
    }
    world
}

/// Lets a phone speak by a connection of WSS, and register anew by it.
fn become_browser(world: &mut World, phone: usize) {
    world.phones[phone].flow = Some(Flow {
        transport: Transport::Wss,
        connection: Some(ConnectionId(77)),
        ..crate::support::flow_to(world.phones[phone].address)
    });
    world.phones[phone].picky = true;
    world.phones[phone].is_registered = false;
    let register = world.phones[phone].register();
    world.send_to_board(phone, register);
    world.run(secs(1));
    assert!(world.phones[phone].is_registered, "by WSS");
}

/// The offer of the last INVITE that a phone was sent.
fn offered(world: &World, phone: usize) -> String {
    let mut heard = world.phones[phone].heard.iter().rev();
    let body: Option<Bytes> = heard.find_map(|message| match message {
        Message::Request(request) if *request.method() == Method::Invite => {
            Some(request.body().clone())
        }
        _ => None,
    });
    String::from_utf8(body.expect("it was rung").to_vec()).expect("SDP is text")
}

#[test]
fn a_browser_is_offered_keys_by_dtls_and_ice_and_a_plain_phone_is_not() {
    let mut world = world(900, true);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let plain = world.phone("198.51.100.22:5060", Some("sofia"), Manners::default());
    become_browser(&mut world, sofia);
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    let browser = offered(&world, sofia);
    for line in [
        " UDP/TLS/RTP/SAVPF ",
        "a=ice-lite",
        "a=ice-ufrag:",
        "a=ice-pwd:",
        "a=setup:actpass",
        "a=rtcp-mux",
        "a=candidate:",
    ] {
        assert!(browser.contains(line), "{line}: {browser}");
    }
    assert!(
        browser.contains(&format!("a=fingerprint:{PRINT}")),
        "{browser}"
    );
    assert!(!browser.contains("a=crypto"), "{browser}");
    let phone = offered(&world, plain);
    for line in [
        "UDP/TLS",
        "a=fingerprint",
        "a=ice-",
        "a=candidate",
        "a=setup",
    ] {
        assert!(!phone.contains(line), "{line}: {phone}");
    }
    assert!(phone.contains(" RTP/AVP "), "{phone}");
    world.act(trunk, call, crate::support::Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn where_browsers_are_not_served_one_is_offered_no_dtls() {
    let mut world = world(901, false);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    become_browser(&mut world, sofia);
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    let offer = offered(&world, sofia);
    assert!(!offer.contains("a=fingerprint"), "{offer}");
    world.act(trunk, call, crate::support::Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}
