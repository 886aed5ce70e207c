//! Whose packets a session believes, and where its own go: symmetric RTP (RFC 4961, RFC 7362 §4)
//! with a learning window, so that a stranger who finds the port is neither heard nor spoken to.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use rappel_model::Instant;

/// The peer's address of one session: the one it signalled until it is seen at another.
///
/// The signalled host is believed at its first packet. A source elsewhere must first prove itself:
/// [`PROOF`] packets in a row within [`LEARNING_ELSEWHERE`], and none of the signalled host before.
/// Until then packets go where the peer signalled. While learning, a source nearer to what was
/// signalled takes the place of the one learned; afterwards nothing but a new agreement can move
/// the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    since: Instant,
    learned: Option<SocketAddr>,
    /// The last source elsewhere while nothing is learned, and how many packets it sent in a row.
    candidate: Option<(SocketAddr, u8)>,
    /// The peer proves its addresses by checks (ICE): nothing else is learned.
    by_checks: bool,
    /// The port of its host that reports come from, when it is none that it named.
    reporter: Option<NonZeroU16>,
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
            candidate: None,
            by_checks: false,
            reporter: None,
        }
    }

    /// The latch of a peer whose address only its own checks move: see [`Self::choose`]. What comes here
    /// was looked at before: it came from where the peer has proved itself.
    pub(crate) fn by_checks(now: Instant) -> Self {
        let nobody = SocketAddr::from(([0, 0, 0, 0], 0));
        Self {
            by_checks: true,
            ..Self::new(now, nobody)
        }
    }

    /// The peer has chosen its address by its checks.
    #[cfg(any(test, feature = "browser"))]
    pub(crate) fn choose(&mut self, at: SocketAddr) {
        self.learned = Some(at);
    }

    /// Whether only checks move it.
    pub(crate) fn is_by_checks(&self) -> bool {
        self.by_checks
    }

    /// A new agreement. The address learned is kept when the peer signals the same one as before;
    /// where none was learned yet, learning begins anew: a phone that was offered early media may
    /// send its first packet only when it is answered.
    pub(crate) fn signal(&mut self, now: Instant, signalled: SocketAddr) {
        if signalled != self.signalled || self.learned.is_none() {
            let reporter = self.reporter.filter(|_| signalled == self.signalled);
            *self = Self {
                reporter,
                ..Self::new(now, signalled)
            };
        }
    }

    /// Whether a packet from this source belongs to the session; learns from it.
    pub(crate) fn accept(&mut self, now: Instant, from: SocketAddr) -> bool {
        if self.learned == Some(from) || self.by_checks {
            return true;
        }
        let nearness = self.nearness(from);
        let believed = match self.learned {
            None if nearness == Nearness::Elsewhere => self.is_proved(now, from),
            None => true,
            Some(learned) => now.since(self.since) < LEARNING && nearness > self.nearness(learned),
        };
        if believed {
            self.learned = Some(from);
            self.candidate = None;
        }
        believed
    }

    /// Whether a source is the peer as far as is known: the one learned, or the signalled host.
    pub(crate) fn is_peer(&self, from: SocketAddr) -> bool {
        match self.learned {
            _ if self.by_checks => true,
            Some(learned) => learned == from,
            None => self.nearness(from) > Nearness::Elsewhere,
        }
    }

    /// Whether a packet from this source could belong to the session, before anything else is known
    /// of it.
    pub(crate) fn could_be(&self, now: Instant, from: SocketAddr) -> bool {
        self.by_checks
            || self
                .learned
                .is_none_or(|learned| learned == from || now.since(self.since) < LEARNING)
    }

    /// Whether reports may come from this port of the peer's host, which it did not name: the first to send some.
    pub(crate) fn may_report_by(&self, port: u16) -> bool {
        self.reporter.is_none_or(|reporter| reporter.get() == port)
    }

    /// A report came from there, and could be read.
    pub(crate) fn reported_by(&mut self, port: u16) {
        self.reporter = self.reporter.or_else(|| NonZeroU16::new(port));
    }

    /// A packet from this source has proved itself by the key of the peer: nobody else has it, so
    /// the source is believed at once. Once learning is over, it moves nothing any more: whoever
    /// can see packets could send them on from elsewhere.
    pub(crate) fn prove(&mut self, now: Instant, from: SocketAddr) {
        if self.by_checks {
            return;
        }
        let nearer = |learned| self.nearness(from) >= self.nearness(learned);
        let within = now.since(self.since) < LEARNING;
        if self.learned.is_none_or(|learned| within && nearer(learned)) {
            self.learned = Some(from);
            self.candidate = None;
        }
    }

    /// Counts one more packet of a source elsewhere; whether they are enough to believe it.
    fn is_proved(&mut self, now: Instant, from: SocketAddr) -> bool {
        if now.since(self.since) >= LEARNING_ELSEWHERE {
            return false;
        }
        let row = match self.candidate {
            Some((candidate, row)) if candidate == from => row.saturating_add(1),
            _ => 1,
        };
        self.candidate = Some((from, row));
        row >= PROOF
    }

    /// Where packets go; `None` while the peer has not named a real address (old-style hold).
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        let target = self.learned.unwrap_or(self.signalled);
        (!target.ip().is_unspecified() && target.port() != 0).then_some(target)
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

/// How long after an agreement a nearer source takes the place of the one learned: as long as a
/// phone may ring with early media before it sends its first packet.
pub(crate) const LEARNING: Duration = Duration::from_secs(30);

/// How long after an agreement a source on another host than the signalled one may prove itself. A
/// peer behind an address translator sends at once, to open the way for what it wants to hear.
pub(crate) const LEARNING_ELSEWHERE: Duration = Duration::from_secs(10);

/// How many packets in a row a source elsewhere sends before it is believed: 100 ms of speech, so
/// that the signalled host, if it sends at all, is seen first.
pub(crate) const PROOF: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGNALLED: &str = "10.0.0.1:4000";
    const TRANSLATED: &str = "203.0.113.9:31000";
    const STRANGER: &str = "198.51.100.7:9";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn seconds(n: u64) -> Instant {
        Instant::from_micros(n * 1_000_000)
    }

    fn signalled() -> Latch {
        Latch::new(seconds(0), at(SIGNALLED))
    }

    /// A latch that has learned a source elsewhere in its first second.
    fn learned(from: &str) -> Latch {
        let mut latch = signalled();
        for _ in 1..PROOF {
            assert!(!latch.accept(seconds(1), at(from)));
            assert_eq!(latch.target(), Some(at(SIGNALLED)));
        }
        assert!(latch.accept(seconds(1), at(from)));
        assert_eq!(latch.target(), Some(at(from)));
        latch
    }

    #[test]
    fn a_peer_behind_a_translator_is_learned_within_its_first_packets_and_kept() {
        let mut latch = signalled();
        for packet in 0..u64::from(PROOF) {
            let now = Instant::from_micros(1_000_000 + packet * 20_000);
            latch.accept(now, at(TRANSLATED));
        }
        assert_eq!(latch.target(), Some(at(TRANSLATED)));
        for other in [STRANGER, "203.0.113.9:31001"] {
            for _ in 0..2 * PROOF {
                assert!(!latch.accept(seconds(2), at(other)));
            }
        }
        assert_eq!(latch.target(), Some(at(TRANSLATED)));
    }

    #[test]
    fn a_stranger_who_came_first_is_sent_nothing_once_the_signalled_host_speaks() {
        let mut latch = signalled();
        for _ in 1..PROOF {
            assert!(!latch.accept(seconds(1), at(STRANGER)));
        }
        assert!(latch.accept(seconds(1), at(SIGNALLED)));
        for _ in 0..2 * PROOF {
            assert!(!latch.accept(seconds(2), at(STRANGER)));
        }
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
    }

    #[test]
    fn packets_of_a_source_elsewhere_count_only_in_a_row() {
        let mut latch = signalled();
        for _ in 0..4 * PROOF {
            assert!(!latch.accept(seconds(1), at(STRANGER)));
            assert!(!latch.accept(seconds(1), at(TRANSLATED)));
        }
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
    }

    #[test]
    fn a_stranger_who_was_believed_gives_way_while_learning_only() {
        let mut latch = learned(STRANGER);
        assert!(latch.accept(seconds(2), at("10.0.0.1:4002")));
        assert!(latch.accept(seconds(3), at(SIGNALLED)));
        assert!(!latch.accept(seconds(4), at("10.0.0.1:4002")));

        let mut latch = learned(STRANGER);
        assert!(latch.accept(seconds(29), at(SIGNALLED)));
        let mut latch = learned(STRANGER);
        assert!(!latch.accept(seconds(30), at(SIGNALLED)));
    }

    #[test]
    fn after_the_window_only_the_signalled_host_may_begin() {
        let mut latch = signalled();
        for _ in 0..2 * PROOF {
            assert!(!latch.accept(seconds(10), at(STRANGER)));
        }
        assert!(latch.accept(seconds(31), at("10.0.0.1:5000")));
    }

    #[test]
    fn a_new_agreement_moves_the_stream_and_the_same_one_does_not() {
        let mut latch = learned(TRANSLATED);
        latch.signal(seconds(50), at(SIGNALLED));
        assert_eq!(latch.target(), Some(at(TRANSLATED)));
        latch.signal(seconds(60), at("10.0.0.2:4000"));
        assert_eq!(latch.target(), Some(at("10.0.0.2:4000")));
        for _ in 0..2 * PROOF {
            assert!(!latch.accept(seconds(70), at(TRANSLATED)));
        }
    }

    #[test]
    fn an_answer_after_early_media_lets_a_silent_peer_be_learned_anew() {
        let mut latch = signalled();
        latch.signal(seconds(40), at(SIGNALLED));
        for _ in 1..PROOF {
            latch.accept(seconds(41), at(TRANSLATED));
        }
        assert!(latch.accept(seconds(41), at(TRANSLATED)));
    }

    #[test]
    fn packets_move_nothing_where_checks_do() {
        let mut latch = Latch::by_checks(seconds(0));
        assert!(latch.accept(seconds(1), at(STRANGER)), "looked at before");
        latch.prove(seconds(1), at(STRANGER));
        assert_eq!(latch.target(), None);
        latch.choose(at(TRANSLATED));
        for _ in 0..2 * PROOF {
            latch.accept(seconds(2), at(STRANGER));
            latch.prove(seconds(2), at(SIGNALLED));
        }
        assert_eq!(latch.target(), Some(at(TRANSLATED)));
    }

    #[test]
    fn an_address_of_nobody_is_no_target() {
        assert_eq!(Latch::new(seconds(0), at("0.0.0.0:4000")).target(), None);
        assert_eq!(Latch::new(seconds(0), at("10.0.0.1:0")).target(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever arrives, and when: packets go to the signalled address or to a source that was
        /// believed, and never elsewhere once the signalled host has been heard while learning.
        #[test]
        fn strangers_never_take_the_stream_from_the_signalled_host(
            packets in prop::collection::vec((0_u64..2_000_000, 0_usize..4), 0..60),
        ) {
            let sources = [SIGNALLED, "10.0.0.1:4002", TRANSLATED, STRANGER].map(at);
            let mut latch = signalled();
            let (mut now, mut heard, mut row) = (0, false, (0, 0));
            for (gap, source) in packets {
                now += gap;
                let instant = Instant::from_micros(now);
                row = if row.0 == source { (source, row.1 + 1) } else { (source, 1) };
                let before = latch.target();
                let believed = latch.accept(instant, sources[source]);
                let here = source < 2;
                heard |= here && believed;
                prop_assert_eq!(latch.target() == Some(sources[source]), believed || before == Some(sources[source]));
                if heard {
                    prop_assert_eq!(latch.target().map(|t| t.ip()), Some(sources[0].ip()));
                }
                if believed && !here && before != Some(sources[source]) {
                    prop_assert!(row.1 >= usize::from(PROOF));
                    prop_assert!(now < 10_000_000);
                }
            }
        }
    }
}
