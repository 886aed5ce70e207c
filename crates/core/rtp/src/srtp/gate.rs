//! What stands before the ciphers: nothing is remembered of a source until one of its packets has
//! proved itself, nothing is believed twice, and nothing is read that is too short to be read.

use std::fmt;

use webrtc_srtp::context::Context;
use webrtc_srtp::option::{ContextOption, srtcp_replay_protection};

use super::window::{self, Window};
use super::{Keys, MasterKey, Suite};

/// Which packets a gate is for: both kinds have keys, sources and repetitions of their own
/// (RFC 3711 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rtp,
    Rtcp,
}

/// One kind of packets of one direction, received.
pub(super) struct Gate {
    kind: Kind,
    suite: Suite,
    key: MasterKey,
    /// The sources that have proved themselves and are read, the one heard last first; at most
    /// [`MAX_SOURCES`].
    known: Vec<Source>,
    /// Those that made room for others, in order; at most [`MAX_RETIRED`]. Nothing of them is read any more
    /// under this key: what tells their old packets from new ones is gone, and whoever has seen packets on the
    /// way could repeat them.
    retired: Vec<u32>,
    /// Where others try; made anew when it has seen [`MAX_TRIED`] of them.
    probation: Option<Context>,
    tried: u8,
}

/// A source that has proved itself.
struct Source {
    ssrc: u32,
    /// Knows its rollover counter, and of no other source.
    context: Context,
    /// What came of it, of RTP; for RTCP the crate keeps that, which makes one anew for every packet it
    /// looks at.
    window: Window,
}

impl Gate {
    pub(super) fn new(kind: Kind, keys: &Keys) -> Self {
        let (suite, key) = (keys.suite, keys.theirs);
        Self {
            kind,
            suite,
            key,
            known: Vec::new(),
            retired: Vec::new(),
            probation: None,
            tried: 0,
        }
    }

    /// Checks and deciphers one packet in place; its length then. `None` for what is not a packet
    /// of these keys, or came before.
    pub(super) fn unprotect(&mut self, packet: &mut [u8]) -> Option<usize> {
        let (ssrc, sequence) = self.source(packet)?;
        let known = self.known.iter().position(|s| s.ssrc == ssrc);
        let place = match known {
            Some(place) => place,
            None => self.prove(ssrc, packet)?,
        };
        self.open(place, sequence, packet)
    }

    /// Checks and deciphers one packet of the source at this place, which is the first then.
    fn open(&mut self, place: usize, sequence: u16, packet: &mut [u8]) -> Option<usize> {
        let source = self.known.get_mut(place)?;
        if self.kind == Kind::Rtp && !source.window.is_fresh(sequence) {
            return None;
        }
        let plain = open(self.kind, &mut source.context, packet)?;
        packet.get_mut(..plain.len())?.copy_from_slice(&plain);
        source.window.note(sequence);
        if place > 0 {
            self.known[..=place].rotate_right(1);
        }
        Some(plain.len())
    }

    /// A source that is not known yet: known from here on when its packet is good, at the place that is told.
    /// The one that was silent for longest makes room for it.
    fn prove(&mut self, ssrc: u32, packet: &[u8]) -> Option<usize> {
        if self.retired.binary_search(&ssrc).is_ok() {
            return None;
        }
        let is_full = self.known.len() >= MAX_SOURCES;
        if is_full && self.retired.len() >= MAX_RETIRED {
            return None;
        }
        if self.tried >= MAX_TRIED {
            self.probation = None;
        }
        if self.probation.is_none() {
            self.tried = 0;
        }
        self.tried += 1;
        let (kind, suite, key) = (self.kind, self.suite, self.key);
        let fresh = || receiving(kind, suite, &key);
        let probation = self.probation.get_or_insert_with(fresh);
        open(self.kind, probation, packet)?;
        self.probation = None;
        if is_full && let Some(last) = self.known.pop() {
            let place = self.retired.partition_point(|&r| r < last.ssrc);
            self.retired.insert(place, last.ssrc);
        }
        let source = Source {
            ssrc,
            context: fresh(),
            window: Window::default(),
        };
        self.known.insert(0, source);
        Some(0)
    }

    /// Whether a control packet says that it is enciphered (the E bit, RFC 3711 §3.4). One that does
    /// not was never agreed to, and the crate takes it without looking at its tag.
    fn is_enciphered(&self, packet: &[u8]) -> bool {
        let behind = match self.suite {
            // RFC 7714 §9.2: the index comes last.
            Suite::AeadAes256Gcm | Suite::AeadAes128Gcm => 4,
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 4 + CONTROL_TAG,
        };
        let at = packet.len().checked_sub(behind);
        at.and_then(|at| packet.get(at))
            .is_some_and(|byte| byte & 0x80 != 0)
    }

    /// The source of a packet that is long enough for everything that will be read of it, and, of RTP, its
    /// sequence number.
    fn source(&self, packet: &[u8]) -> Option<(u32, u16)> {
        let (at, shortest) = match self.kind {
            Kind::Rtp => (8, RTP_HEADER + self.suite.overhead()),
            Kind::Rtcp => (4, RTCP_HEADER + self.suite.control_overhead()),
        };
        if packet.len() < shortest || (self.kind == Kind::Rtcp && !self.is_enciphered(packet)) {
            return None;
        }
        let ssrc = *packet.get(at..)?.first_chunk()?;
        let sequence = *packet.get(2..)?.first_chunk()?;
        Some((u32::from_be_bytes(ssrc), u16::from_be_bytes(sequence)))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("kind", &self.kind)
            .field("suite", &self.suite)
            .field("known", &self.known.len())
            .field("retired", &self.retired.len())
            .finish_non_exhaustive()
    }
}

fn open(kind: Kind, context: &mut Context, packet: &[u8]) -> Option<bytes::Bytes> {
    // Whatever is wrong with it, the answer is the same: silence.
    match kind {
        Kind::Rtp => context.decrypt_rtp(packet).ok(),
        Kind::Rtcp => context.decrypt_rtcp(packet).ok(),
    }
}

/// A context for packets of ours. It keeps no window: nothing of it is received.
pub(super) fn sending(suite: Suite, key: &MasterKey) -> Context {
    context(suite, key, None)
}

/// A context for packets of the peer. Repeated RTP the gate refuses itself, RTCP the context.
fn receiving(kind: Kind, suite: Suite, key: &MasterKey) -> Context {
    let control = (kind == Kind::Rtcp).then(|| srtcp_replay_protection(window::LENGTH));
    context(suite, key, control)
}

fn context(suite: Suite, key: &MasterKey, control: Option<ContextOption>) -> Context {
    Context::new(key.key(), key.salt(), suite.profile(), None, control)
        .expect("a master key has the lengths of its suite")
}

/// Sources of one peer under one key that are read in turns. A phone has one; an exchange behind one key
/// shows another for each transfer, hold and announcement, and comes back to few of them.
pub(super) const MAX_SOURCES: usize = 8;

/// Sources that are remembered because nothing of them is read any more: 4 KiB at most, which only the peer
/// itself can fill. Beyond, no new source is read until the key changes: a source that was
/// forgotten could be played again by others.
pub(super) const MAX_RETIRED: usize = 1_024;

/// Sources that may try before what is kept of them is thrown away.
pub(super) const MAX_TRIED: u8 = 8;

/// The fixed header of RTP.
const RTP_HEADER: usize = 12;

/// What of RTCP stays readable.
const RTCP_HEADER: usize = 8;

/// The tag of RTCP is the long one in either suite with HMAC (RFC 4568 §6.2).
const CONTROL_TAG: usize = 10;
