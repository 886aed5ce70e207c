//! Peers that give a name as their Contact, or that must prove a name: requests inside the dialog
//! (RFC 3263 applies to every request, RFC 5922 to every secure connection).

use std::net::SocketAddr;
use std::time::Duration;

use super::outbound::{Carrier, challenge, ok, response};
use super::world::address;
use crate::auth::Account;
use crate::header::{Authorization, Field, Name};
use crate::listeners::{Listener, Listeners};
use crate::message::{Message, Method, Request};
use crate::records::{Answer, LookupId, RecordKind, Records};
use crate::settings::Settings;
use crate::{ConnectionId, DialogId, Endpoint, Flow, Host, Input, Output, Transport, Way, wire};

const MOMENT: Duration = Duration::from_millis(50);

/// A call that is up, with a peer whose Contact is a name.
fn up(seed: u64) -> (Carrier, DialogId) {
    let mut carrier = Carrier::new(seed, 1);
    let dialog = carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let invite = carrier.only(1, Method::Invite);
    let mut ok = response(&invite, 200).with_to_tag("named");
    ok.push_field(Field::new(
        Name::Contact,
        "<sip:bob@sbc.carrier.example:5060>",
    ));
    carrier.answer(1, ok);
    (carrier, dialog)
}

/// The same, acknowledged at an address of that name.
fn up_and_known(seed: u64, numbers: &[u8]) -> (Carrier, DialogId) {
    let (mut carrier, dialog) = up(seed);
    let (lookup, name, kind) = asked(&mut carrier);
    let asked = (name.as_str(), kind);
    assert_eq!(asked, ("sbc.carrier.example", RecordKind::Address));
    let ips = numbers.iter().map(|number| Carrier::address(*number).ip());
    carrier.found(lookup, Answer::Addresses(ips.collect()));
    carrier.run(MOMENT);
    (carrier, dialog)
}

/// The look-up that waits.
fn asked(carrier: &mut Carrier) -> (LookupId, String, RecordKind) {
    match carrier.world.nodes[0].other.pop() {
        Some(Output::Lookup { lookup, name, kind }) => (lookup, name, kind),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_waits_for_the_name_of_its_peer() {
    let (mut carrier, dialog) = up_and_known(70, &[2]);
    let ack = carrier.only(2, Method::Ack);
    assert_eq!(ack.uri().to_string(), "sip:bob@sbc.carrier.example:5060");
    carrier.run(Duration::from_secs(100));
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    assert_eq!((carrier.take(1), carrier.take(2)), (vec![], vec![]));
    let (lookup, ..) = asked(&mut carrier);
    carrier.found(lookup, Answer::Addresses(vec![Carrier::address(3).ip()]));
    carrier.run(MOMENT);
    let bye = carrier.only(3, Method::Bye);
    assert_eq!(bye.uri().to_string(), "sip:bob@sbc.carrier.example:5060");
    carrier.reply(3, &bye, 200);
    assert!(carrier.news().last().unwrap().contains("ByeSent"));
    carrier.assert_clean();
}

#[test]
fn of_several_addresses_the_one_that_is_there_comes_first() {
    let (mut carrier, dialog) = up_and_known(71, &[2, 1]);
    carrier.only(1, Method::Ack);
    carrier
        .world
        .act(0, |e, now| e.offer(now, dialog, "hold".into()));
    carrier.run(MOMENT);
    let hold = carrier.only(1, Method::Invite);
    // It breaks: the other is tried, and the call goes on.
    carrier.send_failed(1);
    let again = carrier.only(2, Method::Invite);
    assert_eq!(again.cseq(), hold.cseq());
    carrier.answer(2, ok(&again, 2, "named"));
    assert!(carrier.news().last().unwrap().contains("OfferAnswered"));
    carrier.only(2, Method::Ack);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let bye = carrier.only(2, Method::Bye);
    carrier.reply(2, &bye, 200);
    carrier.assert_clean();
}

#[test]
fn a_name_that_nobody_knows_leads_where_the_peer_was_heard() {
    for silent in [false, true] {
        let (mut carrier, dialog) = up(72);
        assert_eq!(carrier.take(1), []);
        if silent {
            carrier.run(Duration::from_secs(6));
        } else {
            let (lookup, ..) = asked(&mut carrier);
            carrier.found(lookup, Answer::Nothing);
            carrier.run(MOMENT);
        }
        carrier.only(1, Method::Ack);
        carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
        carrier.run(Duration::from_secs(6));
        let bye = carrier.only(1, Method::Bye);
        carrier.reply(1, &bye, 200);
        carrier.assert_clean();
    }
}

#[test]
fn an_answer_that_is_repeated_while_the_ack_waits_is_acknowledged_and_makes_no_second_call() {
    let mut carrier = Carrier::new(76, 1);
    let dialog = carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let invite = carrier.only(1, Method::Invite);
    let named = ok_at(&invite, "<sip:bob@sbc.carrier.example:5060>");
    carrier.answer(1, named.clone());
    carrier.answer(1, named);
    let first = carrier.only(1, Method::Ack);
    let (lookup, ..) = asked(&mut carrier);
    carrier.found(lookup, Answer::Addresses(vec![Carrier::address(2).ip()]));
    carrier.run(MOMENT);
    let second = carrier.only(2, Method::Ack);
    assert_eq!(first.via().branch(), second.via().branch());
    assert_eq!(carrier.news().len(), 1);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let bye = carrier.only(2, Method::Bye);
    carrier.reply(2, &bye, 200);
    carrier.assert_clean();
}

#[test]
fn an_incoming_call_may_be_proved_too() {
    let mut carrier = Carrier::new(73, 1);
    let invite = "INVITE sip:100@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKin\n\
         Max-Forwards: 70\nFrom: <sip:bob@carrier.example>;tag=bob\nTo: <sip:100@192.0.2.1>\n\
         Call-ID: incoming\nCSeq: 1 INVITE\nContact: <sip:bob@203.0.113.1:5060>\nContent-Length: 0\n\n";
    carrier.world.say(Carrier::address(1), 0, invite);
    let dialog = carrier.world.nodes[0].incoming[0].dialog;
    let account = Account {
        username: "rappel".to_owned(),
        password: rappel_model::Secret::new("secret"),
    };
    carrier.world.act(0, |e, now| {
        e.set_account(dialog, account);
        e.accept(now, dialog, "answer".into());
    });
    let ack = invite
        .replace("INVITE", "ACK")
        .replace("z9hG4bKin", "z9hG4bKack")
        .replace("To: <sip:100@192.0.2.1>", &carrier.tagged_to());
    carrier.world.say(Carrier::address(1), 0, &ack);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let bye = carrier.only(1, Method::Bye);
    assert!(bye.typed::<Authorization>().is_none());
    carrier.answer(1, challenge(&bye, 401, "n", false));
    let again = carrier.only(1, Method::Bye);
    assert!(again.typed::<Authorization>().is_some());
    assert_eq!(again.cseq().number, bye.cseq().number + 1);
    carrier.reply(1, &again, 200);
    assert!(carrier.news().last().unwrap().contains("ByeSent"));
}

/// What the endpoint sends: the request, and whom its peer must prove to be.
fn sent(endpoint: &mut Endpoint) -> Vec<(Request, Flow, Option<String>)> {
    let mut sent = Vec::new();
    while let Some(output) = endpoint.poll_output() {
        if let Output::Send { bytes, flow, host } = output
            && let Ok(Message::Request(request)) = wire::parse(&bytes)
        {
            sent.push((request, flow, host.map(|host| host.to_string())));
        }
    }
    sent
}

#[test]
fn a_secure_peer_proves_the_name_it_was_found_by_in_every_request() {
    let carrier = Carrier::new(74, 1);
    let mut endpoint = endpoint(&carrier, &[(Transport::Udp, 5060), (Transport::Tls, 5061)]);
    let now = carrier.world.now;
    let mut invite = super::world::invite(carrier.flow(1), b"offer");
    invite.target = "sips:bob@carrier.example".parse().unwrap();
    invite.way = Way::Host(Host {
        name: "carrier.example".to_owned(),
        port: Some(5061),
        transport: Some(Transport::Tls),
    });
    let dialog = endpoint.invite(now, invite);
    let asked = endpoint.poll_output();
    assert!(matches!(asked, Some(Output::Lookup { .. })));
    let records = Records {
        answer: Answer::Addresses(vec![Carrier::address(1).ip()]),
        ttl: Duration::from_secs(60),
    };
    let lookup = LookupId(1);
    endpoint.handle_input(now, Input::Found { lookup, records });
    let name = Some("carrier.example".to_owned());
    let (invite, flow, host) = sent(&mut endpoint).remove(0);
    assert_eq!((flow.transport, flow.remote.port()), (Transport::Tls, 5061));
    assert_eq!((invite.via().transport.as_str(), &host), ("TLS", &name));
    let contact = "<sip:bob@203.0.113.1:5061;transport=tls>";
    let open = Flow {
        connection: Some(ConnectionId(3)),
        ..flow
    };
    let message = ok_at(&invite, contact).into();
    let flow = open;
    endpoint.handle_input(now, Input::Received { message, flow });
    let (ack, ..) = sent(&mut endpoint).remove(0);
    assert_eq!(*ack.method(), Method::Ack);
    // The connection breaks; whoever answers the next must be the same.
    endpoint.handle_input(now, Input::FlowClosed(ConnectionId(3)));
    sent(&mut endpoint);
    endpoint.hang_up(now, dialog, None);
    let (bye, flow, host) = sent(&mut endpoint).remove(0);
    assert_eq!(*bye.method(), Method::Bye);
    assert_eq!((flow.connection, host), (None, name));
    assert_eq!((flow.transport, flow.local.port()), (Transport::Tls, 5061));
}

#[test]
fn a_peer_that_changes_the_transport_is_met_from_the_listener_of_it() {
    let carrier = Carrier::new(75, 1);
    let mut endpoint = endpoint(&carrier, &[(Transport::Udp, 5060), (Transport::Tcp, 5062)]);
    let now = carrier.world.now;
    let invite = super::world::invite(carrier.flow(1), b"offer");
    let dialog = endpoint.invite(now, invite);
    let (invite, flow, _) = sent(&mut endpoint).remove(0);
    let message = ok_at(&invite, "<sip:bob@203.0.113.1:5060;transport=tcp>").into();
    endpoint.handle_input(now, Input::Received { message, flow });
    endpoint.hang_up(now, dialog, None);
    let sent = sent(&mut endpoint);
    assert_eq!(sent.len(), 2);
    for (request, flow, _) in sent {
        assert_eq!((flow.transport, flow.local.port()), (Transport::Tcp, 5062));
        let via = request.via();
        let sent_by = (via.transport.as_str(), via.sent_by.port);
        assert_eq!(sent_by, ("TCP", Some(5062)));
    }
}

/// An endpoint with listeners of these transports and ports.
fn endpoint(carrier: &Carrier, listeners: &[(Transport, u16)]) -> Endpoint {
    let listeners = listeners.iter().map(|(transport, port)| Listener {
        transport: *transport,
        shown: SocketAddr::new(address(1).ip(), *port),
        ipv6: false,
        networks: Vec::new(),
    });
    let settings = Settings {
        listeners: Listeners::new(listeners.collect()),
        ..Settings::default()
    };
    Endpoint::new(settings, carrier.world.random.fork("of its own"))
}

/// A 200 of a peer that is to be reached there.
fn ok_at(request: &Request, contact: &str) -> crate::message::Response {
    let mut ok = response(request, 200).with_to_tag("there");
    ok.push_field(Field::new(Name::Contact, contact));
    ok
}
