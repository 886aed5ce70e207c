//! Whose packets a session believes, and where its own go: symmetric RTP (RFC 4961, RFC 7362 §4)
//! with a learning window, so that a stranger who finds the port later is not heard.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::Instant;

/// The peer's address of one session: the one it signalled until it is seen at another.
///
/// While learning, the first source is believed, and one nearer to what was signalled takes its
/// place. Afterwards nothing but a new agreement can move the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    since: Instant,
    learned: Option<SocketAddr>,
}

/// How near a source is to the signalled address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// Another host: a peer behind an address translator, or a stranger.
    Elsewhere,
    /// The signalled host, another port.
    SameHost,
    /// Exactly what was signalled.
    Exact,
}

impl Latch {
    pub(crate) fn new(now: Instant, signalled: SocketAddr) -> Self {
        Self {
            signalled,
            since: now,
            learned: None,
        }
    }

    /// A new agreement. The address learned is kept when the peer signals the same one as before.
    pub(crate) fn signal(&mut self, now: Instant, signalled: SocketAddr) {
        if signalled != self.signalled {
            *self = Self::new(now, signalled);
        }
    }

    /// Whether a packet from this source belongs to the session; learns from it.
    pub(crate) fn accept(&mut self, now: Instant, from: SocketAddr) -> bool {
        if self.learned == Some(from) {
            return true;
        }
        let learning = now.since(self.since) < LEARNING;
        let nearness = self.nearness(from);
        let believed = match self.learned {
            None => learning || nearness >= Nearness::SameHost,
            Some(learned) => learning && nearness > self.nearness(learned),
        };
        if believed {
            self.learned = Some(from);
        }
        believed
    }

    /// Where packets go; `None` while the peer has not named a real address (old-style hold).
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        let target = self.learned.unwrap_or(self.signalled);
        (!target.ip().is_unspecified() && target.port() != 0).then_some(target)
    }

    /// Where RTCP goes: the port above (RFC 3550 §11); `a=rtcp` is not read.
    pub(crate) fn control_target(&self) -> Option<SocketAddr> {
        let mut target = self.target()?;
        target.set_port(target.port().checked_add(1)?);
        Some(target)
    }

    fn nearness(&self, from: SocketAddr) -> Nearness {
        if from == self.signalled {
            Nearness::Exact
        } else if from.ip() == self.signalled.ip() {
            Nearness::SameHost
        } else {
            Nearness::Elsewhere
        }
    }
}

/// How long after an agreement a source other than the signalled host is believed: as long as a
/// phone may ring with early media before it sends its first packet.
pub(crate) const LEARNING: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn seconds(n: u64) -> Instant {
        Instant::from_micros(n * 1_000_000)
    }

    #[test]
    fn the_first_source_is_kept_and_a_stranger_is_refused() {
        let mut latch = Latch::new(seconds(0), at("10.0.0.1:4000"));
        assert!(latch.accept(seconds(1), at("203.0.113.9:31000")));
        assert_eq!(latch.target(), Some(at("203.0.113.9:31000")));
        assert!(!latch.accept(seconds(2), at("198.51.100.7:31000")));
        assert!(!latch.accept(seconds(2), at("203.0.113.9:31001")));
        assert_eq!(latch.target(), Some(at("203.0.113.9:31000")));
    }

    #[test]
    fn a_stranger_who_came_first_gives_way_while_learning_only() {
        let mut latch = Latch::new(seconds(0), at("10.0.0.1:4000"));
        assert!(latch.accept(seconds(1), at("198.51.100.7:9")));
        assert!(latch.accept(seconds(2), at("10.0.0.1:4002")));
        assert!(latch.accept(seconds(3), at("10.0.0.1:4000")));
        assert!(!latch.accept(seconds(4), at("10.0.0.1:4002")));

        let mut latch = Latch::new(seconds(0), at("10.0.0.1:4000"));
        assert!(latch.accept(seconds(1), at("198.51.100.7:9")));
        assert!(!latch.accept(seconds(30), at("10.0.0.1:4000")));
    }

    #[test]
    fn after_the_window_only_the_signalled_host_may_begin() {
        let mut latch = Latch::new(seconds(0), at("10.0.0.1:4000"));
        assert!(!latch.accept(seconds(30), at("198.51.100.7:9")));
        assert!(latch.accept(seconds(31), at("10.0.0.1:5000")));
    }

    #[test]
    fn a_new_agreement_moves_the_stream_and_the_same_one_does_not() {
        let mut latch = Latch::new(seconds(0), at("10.0.0.1:4000"));
        assert!(latch.accept(seconds(1), at("203.0.113.9:31000")));
        latch.signal(seconds(50), at("10.0.0.1:4000"));
        assert_eq!(latch.target(), Some(at("203.0.113.9:31000")));
        latch.signal(seconds(60), at("10.0.0.2:4000"));
        assert_eq!(latch.target(), Some(at("10.0.0.2:4000")));
        assert!(!latch.accept(seconds(91), at("203.0.113.9:31000")));
    }

    #[test]
    fn an_address_of_nobody_is_no_target() {
        assert_eq!(Latch::new(seconds(0), at("0.0.0.0:4000")).target(), None);
        assert_eq!(Latch::new(seconds(0), at("10.0.0.1:0")).target(), None);
    }
}
