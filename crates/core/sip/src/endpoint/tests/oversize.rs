//! Requests too large for a datagram (RFC 3261 §18.1.1).

use std::time::Duration;

use super::outbound::{Carrier, PATIENCE};
use super::world::invite;
use crate::message::{Method, Request};
use crate::oversize::MAX_DATAGRAM;
use crate::{Flow, Input, Transport};

/// Longer than the network takes.
const MOMENT: Duration = Duration::from_millis(100);

/// An INVITE with an offer of so many bytes, its name found.
fn call(carrier: &mut Carrier, length: usize) {
    let mut invite = invite(carrier.flow(1), b"");
    invite.body = vec![b'x'; length].into();
    invite.way = Carrier::way();
    invite.patience = Some(PATIENCE.into());
    carrier.world.act(0, |e, now| {
        e.invite(now, invite);
    });
    carrier.run(MOMENT);
    // What was found is kept: the second call need not ask.
    while carrier.name() > 0 {
        carrier.run(MOMENT);
    }
    carrier.run(MOMENT);
}

/// By what the only INVITE left, and is answered there.
fn transport(carrier: &mut Carrier) -> String {
    let request = carrier.only(1, Method::Invite);
    request.via().transport.to_string()
}

fn fail_tcp(carrier: &mut Carrier) {
    let flow = Flow {
        transport: Transport::Tcp,
        ..carrier.flow(1)
    };
    let endpoint = &mut carrier.world;
    endpoint.act(0, |e, now| e.handle_input(now, Input::SendFailed(flow)));
    carrier.run(MOMENT);
}

#[test]
fn a_large_request_goes_by_tcp_and_by_udp_when_that_cannot_be_opened() {
    let mut small = Carrier::new(4, 1);
    call(&mut small, 10);
    assert_eq!(transport(&mut small), "UDP");

    let mut carrier = Carrier::new(1, 1);
    call(&mut carrier, MAX_DATAGRAM);
    assert_eq!(transport(&mut carrier), "TCP");
    fail_tcp(&mut carrier);
    assert_eq!(transport(&mut carrier), "UDP");
    // The next one does not try what failed a moment ago.
    call(&mut carrier, MAX_DATAGRAM);
    let invites = carrier.take(1);
    let by_udp = |request: &Request| request.via().transport == "UDP";
    assert!(!invites.is_empty() && invites.iter().all(by_udp));
}

#[test]
fn tcp_that_nobody_answers_costs_no_more_than_the_patience_with_one_address() {
    let mut carrier = Carrier::new(2, 1);
    call(&mut carrier, MAX_DATAGRAM);
    assert_eq!(transport(&mut carrier), "TCP");
    carrier.run(PATIENCE + MOMENT);
    assert_eq!(transport(&mut carrier), "UDP");
}

#[test]
fn a_phone_known_by_its_flow_keeps_its_datagrams() {
    let mut carrier = Carrier::new(3, 1);
    let mut invite = invite(carrier.flow(1), b"");
    invite.body = vec![b'x'; 2 * MAX_DATAGRAM].into();
    carrier.world.act(0, |e, now| {
        e.invite(now, invite);
    });
    carrier.run(MOMENT);
    assert_eq!(transport(&mut carrier), "UDP");
}
