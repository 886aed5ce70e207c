//! Those whom no attack may disturb: a trunk, a phone that calls, a phone that connects by TCP from an
//! address that the engine has never seen.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rappel_model::{Random, Secret};
use rappel_sip::auth::{Account, answer};
use rappel_sip::message::{Message, Response};
use rappel_sip::wire::{self, Framed, Framer};
use rappel_tests::Engine;
use rappel_tests::phone::Phone;
use rappel_tests::sipp::TRUNK;

use crate::USER;
use crate::lines::{read, request, tcp};

/// One of them, by turns: how long until the call was answered, or the phone registered.
pub(crate) fn good(engine: &Engine, turn: u32) -> Duration {
    let start = Instant::now();
    let phone = match turn % 3 {
        0 => Phone::dial(engine.sip, TRUNK, "+33199000014"),
        1 => Phone::dial_as(engine.sip, [127, 0, 0, 1], "104", USER),
        _ => return new_phone(engine.sip, turn),
    };
    phone.await_answer();
    let took = start.elapsed();
    phone.hang_up();
    took
}

/// A phone connects from a new address, registers with a password, and leaves again.
fn new_phone(engine: SocketAddr, turn: u32) -> Duration {
    let host = Ipv4Addr::new(127, 0, 3, 1 + (turn % 200) as u8);
    let start = Instant::now();
    let mut stream = tcp(host.into(), engine, PATIENCE).expect("the engine takes a new phone");
    stream.set_nonblocking(false).expect("it can be set");
    let local = stream.local_addr().expect("it is connected");
    let mut random = Random::from_seed(u64::from(turn));
    let mut took = Duration::ZERO;
    for (step, expires) in ["60", "0"].into_iter().enumerate() {
        let number = 6_000_000 + u64::from(turn) * 10 + 2 * step as u64;
        let text = |number| {
            request("REGISTER", &format!("sip:{engine}"), USER.0, local, number)
                .replace("SIP/2.0/UDP", "SIP/2.0/TCP")
                .replace(
                    "Content-Length",
                    &format!("Expires: {expires}\r\nContent-Length"),
                )
        };
        let refusal = ask(&mut stream, text(number).into());
        assert_eq!(refusal.status().code(), 401, "it is challenged");
        let mut proven = read(&text(number + 1));
        let account = Account {
            username: USER.0.to_owned(),
            password: Secret::new(USER.1),
        };
        assert!(answer(&mut proven, &refusal, &account, 1, &mut random));
        let ok = ask(&mut stream, wire::print(&Message::Request(proven)));
        assert_eq!(ok.status().code(), 200, "it is registered");
        if step == 0 {
            took = start.elapsed();
        }
    }
    took
}

/// Sends a request by a connection and waits for its answer.
fn ask(stream: &mut TcpStream, request: Bytes) -> Response {
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("it can be set");
    stream.write_all(&request).expect("the engine reads");
    let (mut framer, mut buffer) = (Framer::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).expect("the engine answers");
        assert!(length > 0, "the engine closed a good phone's connection");
        framer.push(&buffer[..length]);
        while let Some(framed) = framer.pop() {
            if let Framed::Message(bytes) = framed
                && let Ok(Message::Response(response)) = wire::parse(&bytes)
            {
                return response;
            }
        }
    }
}

/// How long a good phone waits for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
