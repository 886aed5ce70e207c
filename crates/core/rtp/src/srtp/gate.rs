//! What stands before the ciphers: nothing is remembered of a source until one of its packets has
//! proved itself, nothing is believed twice, and nothing is read that is too short to be read.

use std::fmt;

use webrtc_srtp::context::Context;
use webrtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};

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
    /// Knows the sources that have proved themselves, and no other.
    context: Context,
    known: [Option<u32>; MAX_SOURCES],
    /// Where others try; made anew when it has seen [`MAX_TRIED`] of them.
    probation: Option<Context>,
    tried: u8,
}

impl Gate {
    pub(super) fn new(kind: Kind, keys: &Keys) -> Self {
        let (suite, key) = (keys.suite, keys.theirs);
        Self {
            kind,
            suite,
            key,
            context: context(suite, &key),
            known: [None; MAX_SOURCES],
            probation: None,
            tried: 0,
        }
    }

    /// Checks and deciphers one packet in place; its length then. `None` for what is not a packet
    /// of these keys, or came before.
    pub(super) fn unprotect(&mut self, packet: &mut [u8]) -> Option<usize> {
        let source = self.source(packet)?;
        if !self.known.contains(&Some(source)) {
            self.prove(source, packet)?;
        }
        let plain = open(self.kind, &mut self.context, packet)?;
        packet.get_mut(..plain.len())?.copy_from_slice(&plain);
        Some(plain.len())
    }

    /// A source that is not known yet: known from here on when its packet is good.
    fn prove(&mut self, source: u32, packet: &[u8]) -> Option<()> {
        let free = self.known.iter().position(Option::is_none)?;
        if self.tried >= MAX_TRIED {
            self.probation = None;
        }
        if self.probation.is_none() {
            self.tried = 0;
        }
        self.tried += 1;
        let (suite, key) = (self.suite, self.key);
        let probation = self.probation.get_or_insert_with(|| context(suite, &key));
        open(self.kind, probation, packet)?;
        self.known[free] = Some(source);
        self.probation = None;
        Some(())
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

    /// The source of a packet that is long enough for everything that will be read of it.
    fn source(&self, packet: &[u8]) -> Option<u32> {
        let (at, shortest) = match self.kind {
            Kind::Rtp => (8, RTP_HEADER + self.suite.overhead()),
            Kind::Rtcp => (4, RTCP_HEADER + self.suite.control_overhead()),
        };
        if packet.len() < shortest || (self.kind == Kind::Rtcp && !self.is_enciphered(packet)) {
            return None;
        }
        let bytes = packet.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("kind", &self.kind)
            .field("suite", &self.suite)
            .field("known", &self.known)
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

/// A context that refuses what it has seen.
pub(super) fn context(suite: Suite, key: &MasterKey) -> Context {
    Context::new(
        key.key(),
        key.salt(),
        suite.profile(),
        Some(srtp_replay_protection(REPLAY_WINDOW)),
        Some(srtcp_replay_protection(REPLAY_WINDOW)),
    )
    .expect("a master key has the lengths of its suite")
}

/// Sources one side of a session may show under one key. A phone has one; one more for each
/// transfer behind it that keeps the key.
pub(super) const MAX_SOURCES: usize = 8;

/// Sources that may try before what is kept of them is thrown away.
pub(super) const MAX_TRIED: u8 = 8;

/// How far behind the newest packet one may come (RFC 3711 §3.3.2 asks for 64 at least).
const REPLAY_WINDOW: usize = 128;

/// The fixed header of RTP.
const RTP_HEADER: usize = 12;

/// What of RTCP stays readable.
const RTCP_HEADER: usize = 8;

/// The tag of RTCP is the long one in either suite with HMAC (RFC 4568 §6.2).
const CONTROL_TAG: usize = 10;
