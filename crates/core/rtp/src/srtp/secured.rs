//! Both directions of one session under their keys, and the change to new keys.

use std::fmt;

use webrtc_srtp::context::Context;

use super::Keys;
use super::gate::{Gate, Kind, sending};

/// One session's keys at work.
pub struct Secured {
    keys: Keys,
    outgoing: Context,
    incoming: Incoming,
    /// Of the keys before these: packets under them are on their way while the new ones are agreed.
    before: Option<Box<Incoming>>,
}

#[derive(Debug)]
struct Incoming {
    sound: Gate,
    control: Gate,
}

impl Secured {
    /// A session under its first keys.
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
            outgoing: sending(keys.suite, &keys.ours),
            incoming: Incoming::new(&keys),
            before: None,
        }
    }

    /// What was agreed now. Nothing changes for a direction whose key is the same: its rollover
    /// counter and its window go on (RFC 4568 §7.1.4). Packets under the key before are still read
    /// until the first one under the new.
    pub fn renew(&mut self, keys: Keys) {
        let same_suite = keys.suite == self.keys.suite;
        if !same_suite || keys.ours != self.keys.ours {
            self.outgoing = sending(keys.suite, &keys.ours);
        }
        if !same_suite || keys.theirs != self.keys.theirs {
            let fresh = Incoming::new(&keys);
            let before = std::mem::replace(&mut self.incoming, fresh);
            self.before = Some(Box::new(before));
        }
        self.keys = keys;
    }

    /// The keys in use.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Enciphers one RTP packet of ours into `out`; the length then. `None` for what is no RTP, does
    /// not fit, or would be one packet too many for the key (RFC 3711 §9.2).
    pub fn protect(&mut self, packet: &[u8], out: &mut [u8]) -> Option<usize> {
        let protected = self.protected(packet)?;
        let protected = protected.as_ref();
        out.get_mut(..protected.len())?.copy_from_slice(protected);
        Some(protected.len())
    }

    /// As [`protect`](Self::protect), where the cipher has put it.
    pub fn protected(&mut self, packet: &[u8]) -> Option<impl AsRef<[u8]> + use<>> {
        self.outgoing.encrypt_rtp(packet).ok()
    }

    /// Likewise one compound RTCP packet.
    pub fn protect_control(&mut self, packet: &[u8], out: &mut [u8]) -> Option<usize> {
        let protected = self.outgoing.encrypt_rtcp(packet).ok()?;
        out.get_mut(..protected.len())?.copy_from_slice(&protected);
        Some(protected.len())
    }

    /// Checks and deciphers one RTP packet in place; the length then. `None` for what is not a
    /// packet of the peer, or came before; nothing is remembered of it.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Option<usize> {
        if let Some(length) = self.incoming.sound.unprotect(packet) {
            self.before = None;
            return Some(length);
        }
        self.before.as_mut()?.sound.unprotect(packet)
    }

    /// Likewise one compound RTCP packet.
    pub fn unprotect_control(&mut self, packet: &mut [u8]) -> Option<usize> {
        if let Some(length) = self.incoming.control.unprotect(packet) {
            return Some(length);
        }
        self.before.as_mut()?.control.unprotect(packet)
    }
}

impl Incoming {
    fn new(keys: &Keys) -> Self {
        Self {
            sound: Gate::new(Kind::Rtp, keys),
            control: Gate::new(Kind::Rtcp, keys),
        }
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secured")
            .field("suite", &self.keys.suite)
            .finish_non_exhaustive()
    }
}
