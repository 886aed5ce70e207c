//! Whose packets a session believes, and where its own go: symmetric RTP (RFC 4961, RFC 7362 §4)
//! within the bounds of what the peer has signalled, so that a stranger who finds the port is neither
//! heard nor spoken to, whoever is silent and for however long.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::Header;

/// The peer's address of one session: the one it signalled until it is seen at another.
///
/// Exactly what was signalled is believed whenever it speaks, another port of the signalled host after
/// [`PROOF`] packets in a row while nothing nearer was heard. Behind an address translator neither ever
/// speaks: there the peer is at the host its signalling comes from, at any port, and a source on that host
/// is believed after as many packets within [`LEARNING_ELSEWHERE`], when nothing nearer spoke before. Any other
/// host must show the peer's key (SRTP), or is a stranger for good. Until a source is believed packets
/// go where they went before: first where the peer signalled.
///
/// A translator may give the peer another port in the middle of a call. That one is followed, on the host
/// that was learned and on no other, when the port before it has been silent for [`SILENT`] and the stream
/// goes on there: the same source and the next numbers (RFC 3550 §3), or the peer's key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    /// The host that the peer's signalling comes from, as far as that was told.
    heard_from: Option<IpAddr>,
    since: Instant,
    /// What was learned, under this agreement or (see `is_kept`) one before.
    learned: Option<SocketAddr>,
    /// What was learned elsewhere is from before this agreement: packets go there until something is
    /// learned.
    is_kept: bool,
    /// The last packet that was believed.
    spoke: Option<Spoke>,
    /// Who must prove itself and spoke last: its host and port, its source, and how many packets it sent
    /// in a row.
    candidate: Option<(Nearness, u16, u32, u8)>,
    /// The peer proves its addresses by checks (ICE): nothing else is learned.
    by_checks: bool,
    /// The port of its host that reports come from, when it is none that it named.
    reporter: Option<NonZeroU16>,
}

/// Where a stream stood.
#[derive(Clone, Copy, Debug)]
struct Spoke {
    at: Instant,
    ssrc: u32,
    sequence: u16,
}

impl Spoke {
    fn is_silent(&self, now: Instant) -> bool {
        now.since(self.at) >= SILENT
    }

    /// Whether this packet comes next, or after a few that are lost.
    fn goes_on(&self, header: &Header) -> bool {
        let ahead = header.sequence.wrapping_sub(self.sequence);
        header.ssrc == self.ssrc && (1..=MAX_LOST).contains(&ahead)
    }
}

/// How near a source is to the signalled address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// A host nobody has spoken of.
    Stranger,
    /// The host that signalling comes from, and another than was signalled: a peer behind an address
    /// translator.
    Translated,
    /// The signalled host, another port.
    SameHost,
    /// Exactly what was signalled.
    Exact,
}

impl Latch {
    pub(crate) fn new(now: Instant, signalled: SocketAddr, heard_from: Option<IpAddr>) -> Self {
        Self {
            signalled,
            heard_from: heard_from.map(|host| host.to_canonical()),
            since: now,
            learned: None,
            is_kept: false,
            spoke: None,
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
            ..Self::new(now, nobody, None)
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

    /// A new agreement. What was learned at the signalled host stands when the peer signals the same
    /// address as before. Where nothing was, or something elsewhere, learning begins anew: a phone that
    /// was offered early media may send its first packet only when it is answered, and one whose
    /// translator has moved it says so by signalling again.
    pub(crate) fn signal(
        &mut self,
        now: Instant,
        signalled: SocketAddr,
        heard_from: Option<IpAddr>,
    ) {
        let learned = self.learned.filter(|_| signalled == self.signalled);
        let is_here = learned.is_some_and(|learned| self.nearness(learned) >= Nearness::SameHost);
        *self = Self {
            since: if is_here { self.since } else { now },
            learned,
            is_kept: learned.is_some() && !is_here,
            spoke: self.spoke.filter(|_| learned.is_some()),
            reporter: self.reporter.filter(|_| signalled == self.signalled),
            ..Self::new(now, signalled, heard_from)
        };
    }

    /// Whether a packet from this source belongs to the session; learns from it.
    pub(crate) fn accept(&mut self, now: Instant, from: SocketAddr, header: &Header) -> bool {
        let is_known = self.learned == Some(from) || self.by_checks;
        if is_known {
            self.is_kept = false;
        } else if self.is_believed(now, from, header) {
            self.learn(from);
        } else {
            return false;
        }
        self.spoke = Some(Spoke {
            at: now,
            ssrc: header.ssrc,
            sequence: header.sequence,
        });
        true
    }

    /// Whether a source other than the one learned is the peer.
    fn is_believed(&mut self, now: Instant, from: SocketAddr, header: &Header) -> bool {
        let nearness = self.nearness(from);
        if let Some(learned) = self.settled() {
            let is_nearer = nearness == Nearness::SameHost
                && self.nearness(learned) < nearness
                && self.is_learning(now);
            let goes_on = self.may_move(now, from)
                && nearness != Nearness::Stranger
                && self.spoke.is_some_and(|spoke| spoke.goes_on(header));
            return nearness == Nearness::Exact
                || goes_on
                || is_nearer && self.is_proved(from, header);
        }
        match nearness {
            Nearness::Exact => true,
            Nearness::SameHost => self.is_proved(from, header),
            Nearness::Translated => {
                now.since(self.since) < LEARNING_ELSEWHERE && self.is_proved(from, header)
            }
            Nearness::Stranger => false,
        }
    }

    /// Whether the peer may be at another port of its host by now: where it was it says nothing.
    fn may_move(&self, now: Instant, from: SocketAddr) -> bool {
        let is_beside = self.learned.is_some_and(|at| at.ip() == from.ip());
        is_beside && self.spoke.is_none_or(|spoke| spoke.is_silent(now))
    }

    /// Whether a source is the peer as far as is known: the one learned, or the signalled host.
    pub(crate) fn is_peer(&self, from: SocketAddr) -> bool {
        match self.learned {
            _ if self.by_checks => true,
            Some(learned) if learned == from => true,
            Some(_) if !self.is_kept => false,
            _ => self.nearness(from) >= Nearness::SameHost,
        }
    }

    /// Whether a packet from this source could belong to the session, before anything else is known
    /// of it.
    pub(crate) fn could_be(&self, now: Instant, from: SocketAddr) -> bool {
        let open = |learned| {
            learned == from
                || from == self.signalled
                || self.is_learning(now)
                || self.may_move(now, from)
        };
        self.by_checks || self.settled().is_none_or(open)
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
    /// the source is believed at once. Once learning is over, it moves nothing any more, except to
    /// exactly what was signalled and to another port where the one learned has fallen silent: whoever can
    /// see packets could send them on from elsewhere.
    pub(crate) fn prove(&mut self, now: Instant, from: SocketAddr) {
        if self.by_checks {
            return;
        }
        let nearness = self.nearness(from);
        let nearer = |learned| self.is_learning(now) && nearness >= self.nearness(learned);
        let moves = self.may_move(now, from);
        if nearness == Nearness::Exact || moves || self.settled().is_none_or(nearer) {
            self.learn(from);
        }
    }

    fn learn(&mut self, from: SocketAddr) {
        // A translator that gave RTP another port did so to reports.
        if self.learned.is_some_and(|learned| learned != from) {
            self.reporter = None;
        }
        self.learned = Some(from);
        self.is_kept = false;
        self.candidate = None;
    }

    /// What was learned under this agreement.
    fn settled(&self) -> Option<SocketAddr> {
        self.learned.filter(|_| !self.is_kept)
    }

    fn is_learning(&self, now: Instant) -> bool {
        now.since(self.since) < LEARNING
    }

    /// Counts one more packet of a source that has to prove itself; whether they are enough to believe it.
    fn is_proved(&mut self, from: SocketAddr, header: &Header) -> bool {
        let who = (self.nearness(from), from.port(), header.ssrc);
        let row = match self.candidate {
            Some((host, port, ssrc, row)) if (host, port, ssrc) == who => row.saturating_add(1),
            _ => 1,
        };
        self.candidate = Some((who.0, who.1, who.2, row));
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
        } else if self.heard_from == Some(from.ip().to_canonical()) {
            Nearness::Translated
        } else {
            Nearness::Stranger
        }
    }
}

/// How long after an agreement the signalled host takes the place of what was learned elsewhere, by
/// another port than the signalled one: as long as a phone may ring with early media before it sends
/// its first packet.
pub(crate) const LEARNING: Duration = Duration::from_secs(30);

/// How long after an agreement a source on the host of the signalling, when that is not the signalled
/// one, may prove itself. A peer behind an address translator sends at once, to open the way for what it
/// wants to hear; others behind the same translator have no longer than this to come before it.
pub(crate) const LEARNING_ELSEWHERE: Duration = Duration::from_secs(10);

/// How many packets in a row, of one source, come from where the peer did not say it would be, before that
/// is believed: 100 ms of speech, so that the signalled address, if it sends at all, is seen first, and a
/// stray packet moves nothing.
pub(crate) const PROOF: u8 = 5;

/// How long the port of a peer has sent nothing before the same stream is taken from another one: longer
/// than any jitter, so that what is sent twice on the way moves nothing.
pub(crate) const SILENT: Duration = Duration::from_millis(500);

/// Most packets that may be lost while a stream moves: a minute of 20 ms each (RFC 3550 §A.1).
const MAX_LOST: u16 = 3_000;

#[cfg(test)]
mod tests;
