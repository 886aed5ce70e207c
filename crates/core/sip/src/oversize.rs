//! Requests too large for a datagram: over 1300 bytes they go by TCP, since one lost fragment loses
//! the whole of a datagram and many routers pass no fragments at all (RFC 3261 §18.1.1). Where TCP
//! cannot be had, UDP is what is left.
//!
//! Only peers found by name or address are asked for TCP. A phone that registered over UDP is
//! reached through the hole that its own datagrams made in its router: nothing else leads there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::{Instant, Now};

use crate::input::{Flow, Transport};

/// Who was asked for TCP lately and did not have it.
#[derive(Debug, Default)]
pub(crate) struct Oversize {
    without: BTreeMap<SocketAddr, Instant>,
}

impl Oversize {
    /// Whether a request of `length` bytes that would leave by `flow` is to be tried over TCP first.
    pub(crate) fn wants_tcp(&self, now: Now, length: usize, flow: Flow) -> bool {
        let lately = |until: &Instant| *until > now.instant;
        flow.transport == Transport::Udp
            && length > MAX_DATAGRAM
            && !self.without.get(&flow.remote).is_some_and(lately)
    }

    /// `failed` led nowhere and `next` is tried: a peer that takes no TCP is not asked again for a
    /// while.
    pub(crate) fn note(&mut self, now: Now, failed: Flow, next: Flow) {
        let fell_back = failed.transport == Transport::Tcp
            && next.transport == Transport::Udp
            && failed.remote == next.remote;
        if !fell_back {
            return;
        }
        self.without.retain(|_, until| *until > now.instant);
        if self.without.len() < MAX_PEERS {
            self.without.insert(next.remote, now.instant + WHILE);
        }
    }
}

/// RFC 3261 §18.1.1: the largest request that goes by UDP where nobody knows what the path carries.
pub(crate) const MAX_DATAGRAM: usize = 1300;

/// How long a peer is taken for one without TCP.
const WHILE: Duration = Duration::from_secs(600);

/// Most peers remembered; beyond, each large request is tried anew.
const MAX_PEERS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(transport: Transport, host: u16) -> Flow {
        let [a, b] = host.to_be_bytes();
        Flow {
            transport,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: SocketAddr::from(([203, 0, a, b], 5060)),
            connection: None,
        }
    }

    #[test]
    fn only_large_datagrams_ask_for_tcp() {
        let oversize = Oversize::default();
        let now = Now::default();
        let udp = flow(Transport::Udp, 1);
        assert!(!oversize.wants_tcp(now, MAX_DATAGRAM, udp));
        assert!(oversize.wants_tcp(now, MAX_DATAGRAM + 1, udp));
        assert!(!oversize.wants_tcp(now, 60_000, flow(Transport::Tls, 1)));
    }

    #[test]
    fn a_peer_without_tcp_is_asked_again_after_a_while_and_many_are_bounded() {
        let mut oversize = Oversize::default();
        let now = Now::default();
        let large = MAX_DATAGRAM * 2;
        let (tcp, udp) = (flow(Transport::Tcp, 1), flow(Transport::Udp, 1));
        oversize.note(now, udp, flow(Transport::Udp, 2));
        oversize.note(now, tcp, flow(Transport::Udp, 2));
        assert!(oversize.wants_tcp(now, large, flow(Transport::Udp, 2)));
        oversize.note(now, tcp, udp);
        assert!(!oversize.wants_tcp(now, large, udp));
        assert!(oversize.wants_tcp(now.after(WHILE), large, udp));

        for host in 0..1000 {
            oversize.note(now, flow(Transport::Tcp, host), flow(Transport::Udp, host));
        }
        assert_eq!(oversize.without.len(), MAX_PEERS);
    }
}
