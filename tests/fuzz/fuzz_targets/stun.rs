//! A datagram at the SIP port that may be STUN. What is answered was asked, the answer is well formed
//! and not much longer than the question, so that nobody is flooded with it.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;

/// The reader alone: the room it lives in brings a runtime and TLS, which would only slow this down.
#[path = "../../../crates/shell/net/src/sip/stun.rs"]
mod stun;

use stun::Stun;

fuzz_target!(|data: &[u8]| {
    for from in ["192.0.2.1:5060", "[2001:db8::1]:40000"] {
        let from: SocketAddr = from.parse().expect("an address");
        match stun::look(data, from) {
            Stun::Other => assert!(data.len() < HEADER || data[0] >= 64 || data[4..8] != COOKIE),
            Stun::Silent => assert!(data[0] < 64, "SIP begins with a letter"),
            Stun::Answer(answer) => {
                assert_eq!(data[..2], [0, 1], "a binding request");
                let length = usize::from(u16::from_be_bytes([answer[2], answer[3]]));
                assert_eq!(answer.len(), HEADER + length);
                assert_eq!(answer[4..HEADER], data[4..HEADER], "cookie and transaction");
                assert!(matches!(answer[..2], [1, 1 | 17]), "success or error");
                assert!(answer.len() <= data.len() + MOST_MORE);
            }
        }
    }
});

/// RFC 5389 §6.
const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// What an answer may be longer than the question, in bytes.
const MOST_MORE: usize = 64;
