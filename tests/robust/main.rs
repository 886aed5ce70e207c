//! Thousands of INVITEs, each broken in one place in one way, over every transport: whatever comes,
//! the engine answers as the RFC says or is silent, and after each fifty a valid call works.
#![allow(missing_docs)]

mod broken;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use rappel_tests::Engine;
use rappel_tests::phone::Phone;
use rappel_tests::sipp::{TRUNK, add_carrier};

use broken::Broken;

/// How one broken message is sent.
trait Wire {
    fn send(&mut self, bytes: &[u8]);
    /// What has come back since.
    fn heard(&mut self) -> Vec<u8>;
}

#[test]
#[ignore = "compiled, not yet seen green against a built engine: run with --ignored"]
fn broken_invites_by_udp_disturb_nobody() {
    let engine = Engine::start_with(add_carrier);
    let socket =
        UdpSocket::bind(SocketAddr::from((TRUNK, 0))).expect("a socket at the trunk's address");
    socket.set_nonblocking(true).expect("it can be set");
    play(&engine, "UDP", &mut Datagrams(socket, engine.sip));
}

#[test]
#[ignore = "compiled, not yet seen green against a built engine: run with --ignored"]
fn broken_invites_by_tcp_disturb_nobody() {
    let engine = Engine::start_with(add_carrier);
    play(&engine, "TCP", &mut Stream(None, engine.sip));
}

fn play(engine: &Engine, transport: &'static str, wire: &mut dyn Wire) {
    let all = broken::all(transport, engine.sip);
    assert!(all.len() >= 4_500, "{} broken messages", all.len());
    let (mut answers, mut slowest) = ([0_u32; 7], Duration::ZERO);
    for (number, Broken { what, bytes }) in all.iter().enumerate() {
        wire.send(bytes);
        count(&wire.heard(), &mut answers);
        if (number + 1) % 50 == 0 {
            slowest = slowest.max(valid_call(engine, what));
            count(&wire.heard(), &mut answers);
        }
    }
    println!(
        "{transport}: {} broken INVITEs, answered 1xx to 6xx {:?}, slowest valid call {} ms",
        all.len(),
        &answers[1..],
        slowest.as_millis()
    );
    let refused: u32 = answers[4..].iter().sum();
    assert!(refused > 1_000, "most are answered with what is wrong");
    assert!(
        slowest < Duration::from_secs(2),
        "a valid call took {slowest:?}"
    );
}

fn valid_call(engine: &Engine, after: &str) -> Duration {
    let start = Instant::now();
    let phone = Phone::dial(engine.sip, TRUNK, "+33199000014");
    let end = start + Duration::from_secs(5);
    while !phone.seen().answered {
        assert!(Instant::now() < end, "no call works after: {after}");
        assert_eq!(
            phone.seen().failed,
            None,
            "a call was refused after: {after}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    phone.hang_up();
    took
}

/// Counts the status lines in what came back, by their first digit.
fn count(heard: &[u8], answers: &mut [u32; 7]) {
    for line in heard.split(|b| *b == b'\n') {
        if let Some(digit) = line.strip_prefix(b"SIP/2.0 ").and_then(|rest| rest.first()) {
            let class = usize::from(digit.wrapping_sub(b'0'));
            if let Some(count) = answers.get_mut(class) {
                *count += 1;
            }
        }
    }
}

struct Datagrams(UdpSocket, SocketAddr);

impl Wire for Datagrams {
    fn send(&mut self, bytes: &[u8]) {
        // What is longer than a datagram can be is not sent.
        let _lost = self.0.send_to(bytes, self.1).is_err();
        std::thread::sleep(Duration::from_micros(300));
    }

    fn heard(&mut self) -> Vec<u8> {
        let (mut heard, mut buffer) = (Vec::new(), [0; 65_535]);
        while let Ok(length) = self.0.recv(&mut buffer) {
            heard.extend_from_slice(&buffer[..length]);
            heard.push(b'\n');
        }
        heard
    }
}

/// A connection, made anew when the engine has cut it off.
struct Stream(Option<TcpStream>, SocketAddr);

impl Wire for Stream {
    fn send(&mut self, bytes: &[u8]) {
        let open = self.0.take().unwrap_or_else(|| open(self.1));
        self.0 = Some(open).filter(|mut open| open.write_all(bytes).is_ok());
        std::thread::sleep(Duration::from_micros(300));
    }

    fn heard(&mut self) -> Vec<u8> {
        let (mut heard, mut buffer) = (Vec::new(), [0; 65_535]);
        while let Some(stream) = &mut self.0 {
            match stream.read(&mut buffer) {
                Ok(0) => self.0 = None,
                Ok(length) => heard.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(_) => self.0 = None,
            }
        }
        // A message that never ends holds the next one up: each has a connection of its own.
        self.0 = None;
        heard
    }
}

fn open(to: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket can be made");
    let from = SocketAddr::from((TRUNK, 0));
    socket
        .bind(&from.into())
        .expect("the trunk's address is ours");
    socket
        .connect(&to.into())
        .expect("the engine takes connections");
    let stream: TcpStream = socket.into();
    stream.set_nodelay(true).expect("it can be set");
    let patience = Some(Duration::from_millis(3));
    stream.set_read_timeout(patience).expect("it can be set");
    stream
}
