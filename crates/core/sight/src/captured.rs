//! One message that passed: when, from where to where, and its bytes.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::{Flow, Transport};

/// A message as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// When it passed.
    pub at: Timestamp,
    /// Which way.
    pub passage: Passage,
    /// How it travelled.
    pub transport: Transport,
    /// Who sent it.
    pub source: SocketAddr,
    /// Who was sent it.
    pub destination: SocketAddr,
    /// The message, whole.
    pub bytes: Bytes,
}

/// Which way a message passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// A peer sent it to the engine.
    In,
    /// The engine sent it.
    Out,
    /// Between two others, as far as is known: it comes from a saved trace.
    Across,
}

impl Captured {
    /// A message of the engine's own transports.
    pub fn on(at: Timestamp, passage: Passage, flow: Flow, bytes: Bytes) -> Self {
        let (source, destination) = match passage {
            Passage::In => (flow.remote, flow.local),
            Passage::Out | Passage::Across => (flow.local, flow.remote),
        };
        Self {
            at,
            passage,
            transport: flow.transport,
            source,
            destination,
            bytes,
        }
    }
}

impl Captured {
    /// Whether it only keeps a way open and says nothing: line ends (RFC 5626 §3.5.1), zeros as some
    /// phones send, or STUN (RFC 8489 §5).
    pub fn is_keep_alive(&self) -> bool {
        let bytes = &self.bytes;
        let is_blank =
            bytes.len() <= MAX_BLANK && bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0));
        let is_stun = bytes.len() >= 20 && bytes[0] < 4 && bytes[4..8] == STUN_COOKIE;
        is_blank || is_stun
    }
}

/// What every STUN message has in its fifth to eighth byte.
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// No keep-alive of blank bytes is longer.
const MAX_BLANK: usize = 64;

/// Whether peers on the Internet cannot reach an address: private, shared by a carrier's customers,
/// link-local, loopback (RFC 6890), or no address at all.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            v6.is_loopback()
                || v6.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_those_nobody_can_reach_from_outside() {
        for (address, private) in [
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("127.0.0.1", true),
            ("198.51.100.1", false),
            ("::ffff:10.0.0.1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
