//! The attacks. Each goes on until it is stopped, says how many messages it sent, and fails the
//! test when it gains anything.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rappel_model::{Random, Secret};
use rappel_sip::auth::{Account, answer};
use rappel_sip::message::{Message, Response};
use rappel_sip::wire;

use crate::USER;
use crate::flood;
use crate::lines::{address, answers, read, request, udp};

/// One attack.
pub(crate) struct Attack {
    /// What it does.
    pub(crate) name: &'static str,
    /// Does it until the flag is set; says how many messages, or connections, it took.
    pub(crate) run: fn(SocketAddr, &AtomicBool) -> u64,
}

/// The attack that guesses from one address.
pub(crate) const GUESSES: &str = "REGISTER guesses, 1,000 a second";

/// The attack by connections: [`flood::connections`].
pub(crate) const CONNECTIONS: &str = "10,000 connections from 100 addresses";

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "none: the measure of all others",
        run: nothing,
    },
    Attack {
        name: GUESSES,
        run: guesses,
    },
    Attack {
        name: "REGISTER guesses from 100 addresses",
        run: distributed_guesses,
    },
    Attack {
        name: "INVITE flood from 1,000 ports",
        run: flood::invites,
    },
    Attack {
        name: "slow TCP, a byte a second",
        run: flood::slow_tcp,
    },
    Attack {
        name: CONNECTIONS,
        run: flood::connections,
    },
    Attack {
        name: "digests of others, repeated",
        run: replay,
    },
    Attack {
        name: "calls outside without a password",
        run: outbound,
    },
    Attack {
        name: "garbage, truncated, oversize by UDP and TCP",
        run: flood::malformed,
    },
    Attack {
        name: "garbage and guesses from the trunk, 1,000 a second",
        run: from_the_trunk,
    },
];

/// Sends `per_round` messages every 10 ms until it is stopped.
pub(crate) fn paced(stop: &AtomicBool, per_round: u32, mut send: impl FnMut(u64)) -> u64 {
    let (start, mut sent, mut round) = (Instant::now(), 0, 0);
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..per_round {
            send(sent);
            sent += 1;
        }
        round += 1;
        let due = Duration::from_millis(10) * round;
        thread::sleep(due.saturating_sub(start.elapsed()));
    }
    sent
}

fn nothing(_: SocketAddr, stop: &AtomicBool) -> u64 {
    paced(stop, 0, |_| {})
}

/// Passwords tried over nonces that the engine gave, as fast as a tool does.
fn guesses(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    guess_from(vec![address(0, 66)], engine, stop, 10)
}

/// The same from many machines, each slow enough to look like a phone.
fn distributed_guesses(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let addresses = (1..=100).map(|host| address(2, host)).collect();
    guess_from(addresses, engine, stop, 10)
}

/// One who guesses, and the newest challenge it was given.
struct Guesser {
    socket: UdpSocket,
    refusal: Option<Response>,
}

impl Guesser {
    fn listen(&mut self) {
        for response in answers(&self.socket) {
            let status = response.status().code();
            assert!(status >= 400, "a guess was answered {status}");
            if status == 401 {
                self.refusal = Some(response);
            }
        }
    }

    /// A password for one of a hundred names, of which one is somebody's.
    fn guess(&mut self, engine: SocketAddr, number: u64, random: &mut Random) {
        let local = self.socket.local_addr().expect("it is bound");
        let name = match number % 100 {
            0 => USER.0.to_owned(),
            other => format!("poste-{}", 100 + other),
        };
        let mut guess = read(&request(
            "REGISTER",
            &format!("sip:{engine}"),
            &name,
            local,
            number,
        ));
        if let Some(refusal) = &self.refusal {
            let account = Account {
                username: name,
                password: Secret::new(format!("guess-{number}")),
            };
            answer(&mut guess, refusal, &account, 1, random);
        }
        let bytes = wire::print(&Message::Request(guess));
        // What the system does not take is lost, as on any network.
        let _lost = self.socket.send_to(&bytes, engine).is_err();
    }
}

fn guess_from(from: Vec<IpAddr>, engine: SocketAddr, stop: &AtomicBool, rate: u32) -> u64 {
    let guesser = |address| Guesser {
        socket: udp(address),
        refusal: None,
    };
    let mut guessers: Vec<Guesser> = from.into_iter().map(guesser).collect();
    let mut random = Random::from_seed(66);
    paced(stop, rate, |number| {
        let turn = number as usize % guessers.len();
        guessers[turn].listen();
        guessers[turn].guess(engine, number, &mut random);
    })
}

/// Somebody listened to a phone that registered, and says the same again from elsewhere and from the
/// phone's own address.
fn replay(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let phone = udp(address(0, 1));
    let local = phone.local_addr().expect("it is bound");
    let uri = format!("sip:{engine}");
    let first = request("REGISTER", &uri, USER.0, local, 1_000_001);
    let (refusal, mut proven) = (ask(&phone, engine, &first), first);
    assert_eq!(refusal.status().code(), 401);
    let mut again = read(&proven.replace("1000001", "1000002"));
    let account = Account {
        username: USER.0.to_owned(),
        password: Secret::new(USER.1),
    };
    assert!(answer(
        &mut again,
        &refusal,
        &account,
        1,
        &mut Random::from_seed(5)
    ));
    let bytes = wire::print(&Message::Request(again));
    proven = String::from_utf8(bytes.to_vec()).expect("it is text");
    let ok = ask(&phone, engine, &proven);
    assert_eq!(ok.status().code(), 200, "the phone itself registers");
    let thief = udp(address(0, 70));
    paced(stop, 5, |number| {
        for socket in [&thief, &phone] {
            for response in answers(socket) {
                let status = response.status().code();
                let is_replay = response.via().branch().contains("replay");
                assert!(
                    !is_replay || status >= 400,
                    "a replay was answered {status}"
                );
            }
            let stolen = proven.replace("z9hG4bKa1000002", &format!("z9hG4bKreplay{number}"));
            let _lost = socket.send_to(stolen.as_bytes(), engine).is_err();
        }
    })
}

/// Sends a request until it is answered finally.
fn ask(socket: &UdpSocket, engine: SocketAddr, text: &str) -> Response {
    for _ in 0..20 {
        let _lost = socket.send_to(text.as_bytes(), engine).is_err();
        thread::sleep(Duration::from_millis(100));
        if let Some(response) = answers(socket).pop() {
            return response;
        }
    }
    panic!("nobody answers {text}");
}

/// Expensive numbers, dialled by nobody who proves to be anybody.
fn outbound(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let socket = udp(address(0, 73));
    let local = socket.local_addr().expect("it is bound");
    let numbers = [
        "0033899123456",
        "+882991234567",
        "0900123456",
        "104",
        "%2b33612345678",
    ];
    paced(stop, 5, |number| {
        for response in answers(&socket) {
            let status = response.status().code();
            assert!(
                matches!(status, 100 | 401 | 403 | 404 | 503),
                "a stranger's call was answered {status}"
            );
        }
        let dialled = numbers[number as usize % numbers.len()];
        let uri = format!("sip:{dialled}@{engine}");
        let text = request("INVITE", &uri, USER.0, local, 2_000_000 + number);
        let _lost = socket.send_to(text.as_bytes(), engine).is_err();
    })
}

/// A trunk that is broken, or on whose machine somebody else has a hand.
fn from_the_trunk(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let trunk = IpAddr::from(rappel_tests::sipp::TRUNK);
    thread::scope(|scope| {
        let guesses = scope.spawn(|| guess_from(vec![trunk], engine, stop, 5));
        let socket = udp(trunk);
        let garbage = paced(stop, 5, |number| {
            let text = format!("\0\u{1}garbage {number}\r\n\r\n");
            let _lost = socket.send_to(text.as_bytes(), engine).is_err();
        });
        garbage + guesses.join().expect("no guess was right")
    })
}
