//! The SIP transports on real sockets of the loopback: few and short.
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rappel_model::Random;
use rappel_net::Clock;
use rappel_net::sip::{BindError, Gate, Inbox, Listen, Sender, Sockets, Timeouts};
use rappel_sip::{Flow, Input, Transport, guard};
use tokio::runtime::Runtime;

#[derive(Clone)]
struct Channel(SyncSender<Input>);

impl Inbox for Channel {
    fn try_put(&self, input: Input) -> Result<(), Box<Input>> {
        self.0.try_send(input).map_err(|error| match error {
            std::sync::mpsc::TrySendError::Full(input)
            | std::sync::mpsc::TrySendError::Disconnected(input) => Box::new(input),
        })
    }
}

struct World {
    _runtime: Runtime,
    sender: Sender,
    inbox: Receiver<Input>,
    address: SocketAddr,
}

fn listen(address: &str) -> Listen {
    Listen::usual(address.parse().unwrap())
}

fn world(room: usize) -> World {
    world_with(room, Timeouts::default())
}

fn world_with(room: usize, timeouts: Timeouts) -> World {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let sockets = Sockets::bind(&[listen("127.0.0.1:0")])
        .unwrap()
        .with_timeouts(timeouts);
    let address = sockets.shown()[0];
    let (put, inbox) = sync_channel(room);
    let clock = Clock::since(Instant::now());
    let gate = Gate::new(guard::Settings::default(), &mut Random::from_seed(1), clock);
    let sender = sockets.start(Channel(put), gate, clock, runtime.handle());
    World {
        _runtime: runtime,
        sender,
        inbox,
        address,
    }
}

impl World {
    fn next(&self) -> Input {
        self.inbox.recv_timeout(PATIENCE).unwrap()
    }

    fn received(&self) -> (String, Flow) {
        match self.next() {
            Input::Received { message, flow } => (message.call_id().to_owned(), flow),
            other => panic!("{other:?}"),
        }
    }
}

fn request(call_id: &str) -> String {
    format!(
        "OPTIONS sip:rappel@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bK{call_id}\r\n\
         From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: {call_id}\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 4\r\n\r\nbody"
    )
}

fn eventually(what: &str, test: impl Fn() -> bool) {
    let start = Instant::now();
    while !test() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const PATIENCE: Duration = Duration::from_secs(5);

fn udp_peer() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn tcp_peer(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn read(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 2000];
    let length = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn wire_a_datagram_comes_in_and_an_answer_goes_out() {
    let world = world(10);
    let peer = udp_peer();
    for keep_alive in [b"\r\n\r\n" as &[u8], b"\0\0\0\0", b""] {
        peer.send_to(keep_alive, world.address).unwrap();
    }
    peer.send_to(request("one").as_bytes(), world.address)
        .unwrap();
    let (call_id, flow) = world.received();
    assert_eq!(call_id, "one");
    let expected = Flow {
        transport: Transport::Udp,
        local: world.address,
        remote: peer.local_addr().unwrap(),
        connection: None,
    };
    assert_eq!(flow, expected);

    world
        .sender
        .send(Bytes::from_static(b"SIP/2.0 200 OK"), flow, None);
    let mut buffer = [0; 100];
    let (length, from) = peer.recv_from(&mut buffer).unwrap();
    assert_eq!(
        (&buffer[..length], from),
        (b"SIP/2.0 200 OK" as &[u8], world.address)
    );
    // Counted by the listener's own task, which may still be behind what it handed on.
    eventually("the request is counted", || {
        world.sender.counters().received.value() == 1
    });
}

#[test]
fn wire_a_malformed_request_is_answered_where_it_came_from() {
    let world = world(10);
    let peer = udp_peer();
    peer.send_to(b"garbage", world.address).unwrap();
    let bad = request("two").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE");
    peer.send_to(bad.as_bytes(), world.address).unwrap();
    let mut buffer = [0; 2000];
    let length = peer.recv(&mut buffer).unwrap();
    let answer = String::from_utf8_lossy(&buffer[..length]);
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    let port = peer.local_addr().unwrap().port();
    assert!(answer.contains(&format!("rport={port}")), "{answer}");
    assert_eq!(world.sender.counters().malformed.value(), 2);
    assert!(world.inbox.try_recv().is_err());
}

#[test]
fn wire_a_full_inbox_drops_datagrams_and_delays_connections() {
    let world = world(1);
    let peer = udp_peer();
    for n in 0..5 {
        peer.send_to(request(&n.to_string()).as_bytes(), world.address)
            .unwrap();
    }
    eventually("four are dropped", || {
        world.sender.counters().dropped.value() == 4
    });

    let mut stream = tcp_peer(world.address);
    stream
        .write_all((request("a") + &request("b")).as_bytes())
        .unwrap();
    eventually("the connection waits", || {
        world.sender.counters().waited.value() == 1
    });
    assert_eq!(world.received().0, "0");
    assert_eq!(
        (world.received().0, world.received().0),
        ("a".into(), "b".into())
    );
}

#[test]
fn wire_a_new_call_that_finds_the_inbox_full_is_told_when_to_try_again() {
    let world = world(1);
    let peer = udp_peer();
    let invite = |n: u32| request(&n.to_string()).replace("OPTIONS", "INVITE");
    let say = |n: u32| {
        peer.send_to(invite(n).as_bytes(), world.address).unwrap();
    };
    say(1);
    say(2);
    let mut buffer = [0; 2048];
    let length = peer.recv(&mut buffer).unwrap();
    let answer = String::from_utf8_lossy(&buffer[..length]);
    assert!(
        answer.starts_with("SIP/2.0 503 Service Unavailable\r\n"),
        "{answer}"
    );
    assert!(answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
    assert!(answer.contains("\r\nCall-ID: 2\r\n"), "{answer}");
    // The first is let in and repeated: it waits, and its answer will come.
    say(1);
    eventually("both are dropped", || {
        world.sender.counters().dropped.value() == 2
    });
    assert_eq!(world.sender.counters().overload.value(), 1);
    assert_eq!(world.received().0, "1");
}

#[test]
fn wire_a_taken_port_is_told_as_such() {
    let udp = udp_peer();
    let taken = Sockets::bind(&[listen(&udp.local_addr().unwrap().to_string())]);
    assert!(matches!(taken, Err(BindError::Taken(_))), "{taken:?}");

    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = Sockets::bind(&[listen(&tcp.local_addr().unwrap().to_string())]);
    assert!(matches!(taken, Err(BindError::Taken(_))), "{taken:?}");

    let elsewhere = Sockets::bind(&[listen("192.0.2.1:0")]);
    assert!(
        matches!(elsewhere, Err(BindError::NotHere(_))),
        "{elsewhere:?}"
    );
    let nowhere = Sockets::bind(&[listen("0.0.0.0:0")]);
    assert!(
        matches!(nowhere, Err(BindError::Unspecified(_))),
        "{nowhere:?}"
    );
    let advertised = Listen {
        advertised: Some([192, 0, 2, 7].into()),
        ..listen("0.0.0.0:0")
    };
    let shown = Sockets::bind(&[advertised, listen("[::1]:0")])
        .unwrap()
        .shown();
    assert_eq!(shown[0].ip().to_string(), "192.0.2.7");
    assert!(shown[1].is_ipv6() && shown[1].port() != 0);
}

#[test]
fn wire_a_stream_is_cut_into_messages_however_it_arrives() {
    let world = world(10);
    let mut stream = tcp_peer(world.address);
    stream.set_nodelay(true).unwrap();
    let bytes = request("cut") + "\r\n\r\n" + &request("second");
    for piece in bytes.as_bytes().chunks(29) {
        stream.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    let (call_id, flow) = world.received();
    assert_eq!((call_id.as_str(), flow.transport), ("cut", Transport::Tcp));
    assert_eq!(world.received(), ("second".into(), flow));
    assert_eq!(read(&mut stream), "\r\n", "a ping gets its pong");

    world.sender.send(Bytes::from_static(b"answer"), flow, None);
    assert_eq!(read(&mut stream), "answer");

    drop(stream);
    assert!(matches!(world.next(), Input::FlowClosed(id) if Some(id) == flow.connection));
    world.sender.send(Bytes::from_static(b"late"), flow, None);
    assert!(matches!(world.next(), Input::SendFailed(failed) if failed == flow));
    assert_eq!(world.sender.connections(), 0);
}

#[test]
fn wire_a_stream_that_cannot_be_followed_is_answered_and_closed() {
    let world = world(10);
    let mut stream = tcp_peer(world.address);
    let endless = request("big").replace("Content-Length: 4", "Content-Length: 99999999");
    stream.write_all(endless.as_bytes()).unwrap();
    let answer = read(&mut stream);
    assert!(answer.starts_with("SIP/2.0 513 "), "{answer}");
    // The rest was never read, so the end may come as a reset.
    assert!(matches!(stream.read(&mut [0; 10]), Ok(0) | Err(_)));
    assert!(matches!(world.next(), Input::FlowClosed(_)));
    assert_eq!(world.sender.counters().cut_off.value(), 1);
}

#[test]
fn wire_a_connection_is_opened_when_there_is_none_and_used_again() {
    let world = world(10);
    let phone = TcpListener::bind("127.0.0.1:0").unwrap();
    let flow = Flow {
        transport: Transport::Tcp,
        local: world.address,
        remote: phone.local_addr().unwrap(),
        connection: None,
    };
    world.sender.send(Bytes::from_static(b"first "), flow, None);
    world.sender.send(Bytes::from_static(b"second"), flow, None);
    let (mut stream, _) = phone.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut both = [0; 12];
    stream.read_exact(&mut both).unwrap();
    assert_eq!(&both, b"first second");
    stream.write_all(request("back").as_bytes()).unwrap();
    let (call_id, back) = world.received();
    assert_eq!(call_id, "back");
    assert_eq!(back.remote, flow.remote);
    assert!(back.connection.is_some());

    drop((stream, phone));
    assert!(matches!(world.next(), Input::FlowClosed(id) if Some(id) == back.connection));
    world.sender.send(Bytes::from_static(b"third"), flow, None);
    assert!(matches!(world.next(), Input::SendFailed(failed) if failed == flow));
    assert_eq!(world.sender.connections(), 0);
}

#[test]
fn wire_peers_that_are_slow_or_silent_are_cut_off() {
    let timeouts = Timeouts {
        message: Duration::from_millis(100),
        idle: Duration::from_millis(300),
        write: Duration::from_millis(100),
        ..Timeouts::default()
    };
    let world = world_with(10, timeouts);
    let cut_off = |n| world.sender.counters().cut_off.value() == n;

    // Says nothing; trickles a message; rests after a message.
    let _silent = tcp_peer(world.address);
    eventually("the silent one is cut off", || cut_off(1));
    let mut trickling = tcp_peer(world.address);
    let start = Instant::now();
    while !cut_off(2) {
        assert!(
            start.elapsed() < PATIENCE,
            "the trickling one is not cut off"
        );
        // Fails once it is.
        let _cut = trickling.write_all(b"OPT").is_err();
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut resting = tcp_peer(world.address);
    let start = Instant::now();
    resting.write_all(request("rest").as_bytes()).unwrap();
    eventually("the resting one is cut off", || cut_off(3));
    assert!(start.elapsed() >= timeouts.idle);

    // Sends, and never reads.
    let mut deaf = tcp_peer(world.address);
    deaf.write_all(request("deaf").as_bytes()).unwrap();
    let flow = loop {
        if let Input::Received { message, flow } = world.next()
            && message.call_id() == "deaf"
        {
            break flow;
        }
    };
    let start = Instant::now();
    while !cut_off(4) {
        assert!(start.elapsed() < PATIENCE, "the deaf one is not cut off");
        world
            .sender
            .send(Bytes::from(vec![b'x'; 60_000]), flow, None);
        deaf.write_all(b"\r\n\r\n").unwrap_or_default();
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn wire_a_stun_request_on_the_sip_port_is_told_where_it_came_from() {
    let world = world(10);
    let peer = udp_peer();
    let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    request.extend(b"transaction!");
    peer.send_to(&request, world.address).unwrap();
    let mut answer = [0; 100];
    let length = peer.recv(&mut answer).unwrap();
    assert_eq!(
        (length, &answer[..2], &answer[8..20]),
        (32, &[1, 1][..], &request[8..])
    );
    let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    assert_eq!(port, peer.local_addr().unwrap().port());
    assert!(
        world.inbox.try_recv().is_err(),
        "it is nobody else's business"
    );
}

#[test]
fn wire_datagrams_of_a_busy_moment_come_in_their_order() {
    let world = world(1_000);
    let peer = udp_peer();
    let names: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    for burst in names.chunks(20) {
        for name in burst {
            peer.send_to(request(name).as_bytes(), world.address)
                .unwrap();
        }
        // While the listener rests between two looks.
        std::thread::sleep(Duration::from_micros(300));
    }
    let received: Vec<String> = names.iter().map(|_| world.received().0).collect();
    assert_eq!(received, names);
    // And after a rest it is woken.
    std::thread::sleep(Duration::from_millis(20));
    peer.send_to(request("late").as_bytes(), world.address)
        .unwrap();
    assert_eq!(world.received().0, "late");
}

#[test]
fn wire_listening_ends_with_the_runtime() {
    let world = world(10);
    let address = world.address;
    drop(world);
    UdpSocket::bind(address).unwrap();
}
