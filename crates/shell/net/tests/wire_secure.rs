//! TLS and WebSocket on real sockets of the loopback, of both families, with certificates made here.
#![allow(missing_docs, clippy::unwrap_used)]

mod peers;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use peers::{PATIENCE, Peer, World, eventually, request};
use rappel_net::sip::{MAX_CONNECTIONS_PER_SOURCE, Timeouts};
use rappel_sip::{Input, Transport};

const STREAMS: [Transport; 4] = [
    Transport::Tcp,
    Transport::Tls,
    Transport::Ws,
    Transport::Wss,
];

/// The same exchange on every transport and on both families.
#[test]
fn wire_every_transport_carries_requests_and_answers() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let world = World::start(address, &STREAMS, Timeouts::default());
        for transport in STREAMS {
            let mut peer = world.call(transport);
            peer.send(&request("first", "body"));
            let (call_id, flow) = world.received();
            assert_eq!((call_id.as_str(), flow.transport), ("first", transport));
            assert_eq!(flow.local, world.address(transport));
            assert!(flow.connection.is_some());
            peer.send(&request("second", "body"));
            assert_eq!(world.received(), ("second".into(), flow));

            world
                .sender
                .send("SIP/2.0 200 OK\r\n\r\n".into(), flow, None);
            assert_eq!(peer.receive(), "SIP/2.0 200 OK\r\n\r\n");

            let traffic = world.sender.counters().of(transport);
            eventually("both are counted", || traffic.received.value() == 2);
            eventually("the answer is counted", || traffic.sent.value() == 1);

            peer.close();
            assert!(matches!(world.next(), Input::FlowClosed(id) if Some(id) == flow.connection));
            world.sender.send("late".into(), flow, None);
            assert!(matches!(world.next(), Input::SendFailed(failed) if failed == flow));
        }
        eventually("nothing is left", || world.sender.connections() == 0);
    }
}

#[test]
fn wire_large_messages_pass_and_larger_ones_do_not() {
    let world = World::start("127.0.0.1:0", &STREAMS, Timeouts::default());
    for transport in STREAMS {
        let mut peer = world.call(transport);
        let large = "x".repeat(60_000);
        peer.send(&request("large", &large));
        let (call_id, flow) = world.received();
        assert_eq!(call_id, "large");
        world.sender.send(large.clone().into(), flow, None);
        assert_eq!(peer.receive_exactly(large.len()), large);

        // A peer that goes on beyond the bound is cut off, whatever becomes of its last bytes.
        let endless = request("endless", &"x".repeat(300_000));
        let _cut = peer.try_send(&endless);
        assert!(matches!(world.next(), Input::FlowClosed(id) if Some(id) == flow.connection));
    }
}

#[test]
fn wire_pings_are_answered_and_garbage_too() {
    let world = World::start("127.0.0.1:0", &STREAMS, Timeouts::default());
    for transport in STREAMS {
        let mut peer = world.call(transport);
        peer.send("\r\n\r\n");
        assert_eq!(peer.receive_exactly(2), "\r\n", "{transport:?}");
        let bad = request("bad", "body").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE");
        peer.send(&bad);
        let answer = peer.receive();
        assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    }
}

#[test]
fn wire_web_sockets_take_frames_of_both_kinds_and_only_sip() {
    let world = World::start("127.0.0.1:0", &STREAMS, Timeouts::default());
    let mut peer = world.call(Transport::Ws);
    peer.send_binary(request("binary", "body").as_bytes());
    assert_eq!(world.received().0, "binary");

    for protocols in ["", "Sec-WebSocket-Protocol: chat, mqtt\r\n"] {
        let mut stream = TcpStream::connect(world.address(Transport::Ws)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let hello = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {protocols}\r\n"
        );
        stream.write_all(hello.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400");
    }
    for hello in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /sip HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(world.address(Transport::Ws)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(hello.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("Upgrade: websocket") && body.contains("subprotocol sip"));
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }
    let failed = &world.sender.counters().failed_handshakes;
    eventually("all are counted", || failed.value() == 4);
}

#[test]
fn wire_web_sockets_say_why_they_close() {
    let world = World::start("127.0.0.1:0", &[Transport::Ws], Timeouts::default());
    // RFC 6455 §7.4.1: 1007 for text that is not UTF-8, 1002 for a frame without a mask, 1009 for one
    // that is too large.
    let mask = [0; 4];
    let not_utf8 = [&[0x81, 0x82][..], &mask, &[0xff, 0xfe]].concat();
    let unmasked = vec![0x81, 0x01, b'x'];
    let too_large = [&[0x81, 0xff][..], &1_000_000_u64.to_be_bytes(), &mask].concat();
    for (frame, code) in [(not_utf8, 1007_u16), (unmasked, 1002), (too_large, 1009)] {
        let mut stream = TcpStream::connect(world.address(Transport::Ws)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let hello = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                     Sec-WebSocket-Protocol: sip\r\n\r\n";
        stream.write_all(hello.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(&frame).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        let [high, low] = code.to_be_bytes();
        assert_eq!(rest, [0x88, 2, high, low], "{code}");
    }
    let cut_off = &world.sender.counters().cut_off;
    eventually("all are counted", || cut_off.value() == 3);
}

#[test]
fn wire_handshakes_have_their_time() {
    let timeouts = Timeouts {
        handshake: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let world = World::start("127.0.0.1:0", &STREAMS, timeouts);
    let failed = &world.sender.counters().failed_handshakes;
    for (count, transport) in (1..).zip([Transport::Tls, Transport::Ws, Transport::Wss]) {
        let _silent = TcpStream::connect(world.address(transport)).unwrap();
        eventually("the silent one is cut off", || failed.value() == count);
    }
    // Plain SIP where TLS is spoken.
    let mut plain = TcpStream::connect(world.address(Transport::Tls)).unwrap();
    plain.write_all(request("plain", "").as_bytes()).unwrap();
    eventually("the plain one is refused", || failed.value() == 4);
    eventually("nothing is left", || world.sender.connections() == 0);
    // Half of a handshake holds a place, and no more places than one source may have.
    let _many: Vec<_> = (0..MAX_CONNECTIONS_PER_SOURCE + 5)
        .map(|_| TcpStream::connect(world.address(Transport::Tls)))
        .collect();
    let refused = &world.sender.counters().refused_connections;
    eventually("some are refused", || refused.value() >= 1);
    eventually("all are gone in time", || world.sender.connections() == 0);
    let mut peer = world.call(Transport::Tls);
    peer.send(&request("good", "body"));
    assert_eq!(world.received().0, "good");
}

#[test]
fn wire_new_certificates_are_shown_without_a_restart() {
    let world = World::start("127.0.0.1:0", &STREAMS, Timeouts::default());
    let mut old = world.call(Transport::Tls);
    world.write_certificate(&["pbx.example"]);
    assert!(
        Peer::connect(&world, Transport::Tls).is_ok(),
        "nobody has looked yet"
    );
    assert_eq!(world.keys.reload(), Ok(true));
    let why = Peer::connect(&world, Transport::Tls).expect_err("it is for another name now");
    assert!(why.contains("not valid for name"), "{why}");
    std::fs::write(world.folder.join("cert.pem"), "garbage").unwrap();
    assert!(world.keys.reload().is_err());
    world.write_certificate(&["localhost", "127.0.0.1"]);
    assert_eq!(world.keys.reload(), Ok(true));
    Peer::connect(&world, Transport::Tls).expect("it is for this one");
    old.send(&request("old", "body"));
    assert_eq!(world.received().0, "old", "what is open stays open");
}

#[test]
fn wire_ours_are_opened_to_whoever_proves_its_name_and_used_again() {
    let world = World::start("127.0.0.1:0", &STREAMS, Timeouts::default());
    let server = World::start_beside(&world);
    let mut flow = world.flow_to(Transport::Tls, server.address(Transport::Tls));
    let send = |text: String, flow, host: Option<&str>| {
        world.sender.send(text.into(), flow, host.map(Into::into));
    };
    send(request("one", "body"), flow, Some("localhost"));
    send(request("two", "body"), flow, Some("localhost"));
    let (call_id, back) = server.received();
    assert_eq!(call_id, "one");
    assert_eq!(server.received(), ("two".into(), back), "by one connection");

    // Another name at the same address is asked for by another connection, and refused.
    send(request("three", "body"), flow, Some("other.example"));
    assert!(matches!(world.next(), Input::SendFailed(failed) if failed == flow));
    assert_eq!(world.sender.counters().failed_handshakes.value(), 1);
    // Without a name the address must be in the certificate, and it is.
    send(request("four", "body"), flow, None);
    let (call_id, other) = server.received();
    assert!(call_id == "four" && other.connection != back.connection);

    // What comes back by the connection is known by its number.
    server
        .sender
        .send(request("back", "body").into(), back, None);
    let (call_id, ours) = world.received();
    assert_eq!((call_id.as_str(), ours.remote), ("back", flow.remote));
    flow.connection = ours.connection;
    send(request("five", "body"), flow, None);
    assert_eq!(server.received(), ("five".into(), back));
}

#[test]
fn wire_a_certified_listener_takes_only_who_shows_a_certificate() {
    let world = World::start_closed();
    // The engine's own client shows its certificate, which its own authority has signed.
    let flow = world.flow_to(Transport::Tls, world.address(Transport::Tls));
    let text = request("certified", "body");
    world
        .sender
        .send(text.into(), flow, Some("localhost".into()));
    assert_eq!(world.received().0, "certified");
    let refused = Peer::connect(&world, Transport::Tls).and_then(|mut peer| {
        // TLS 1.3 tells a client of its refusal only after it has sent.
        peer.try_send(&request("nobody", "body"))?;
        peer.try_receive()
    });
    assert!(refused.is_err(), "{refused:?}");
    eventually("it is counted", || {
        world.sender.counters().failed_handshakes.value() == 1
    });
}

#[test]
fn wire_ours_are_kept_alive_and_given_up_when_the_peer_stops_answering() {
    let timeouts = Timeouts {
        ping: Duration::from_millis(100),
        web_ping: Duration::from_millis(100),
        ..Timeouts::default()
    };
    let world = World::start("127.0.0.1:0", &STREAMS, timeouts);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let flow = world.flow_to(Transport::Tcp, listener.local_addr().unwrap());
    world.sender.send("hello".into(), flow, None);
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = [0; 9];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"hello\r\n\r\n");
    // Its answers are not taken for pings, and messages after them are read.
    for _ in 0..3 {
        stream.write_all(b"\r\n").unwrap();
        let mut ping = [0; 4];
        stream.read_exact(&mut ping).unwrap();
        assert_eq!(&ping, b"\r\n\r\n");
    }
    stream.write_all(b"\r\n").unwrap();
    stream
        .write_all(request("after", "body").as_bytes())
        .unwrap();
    assert_eq!(world.received().0, "after");

    // A browser is pinged by frames, and cut off when it misses three.
    let mut browser = world.call(Transport::Ws);
    assert!(browser.next_ping());
    browser.stop_answering();
    assert!(matches!(world.next(), Input::FlowClosed(_)));
}
