//! The keys of a session at its two doors: what arrives is opened, what leaves is sealed.

use std::net::SocketAddr;

use rappel_model::Instant;
use rappel_rtp::packet::MAX_PACKET;
use rappel_rtp::srtp::MAX_OVERHEAD;
use rappel_rtp::{Secured, Security};

use super::Session;
use crate::agreed::Agreed;
use crate::control::MAX_REPORT;
use crate::engine::Sink;

impl Session {
    /// Takes over what was agreed about keys; a direction whose key stays goes on as it was.
    pub(super) fn secure(&mut self, security: &Security) {
        match (security, &mut self.secured) {
            (Security::Plain, secured) => *secured = None,
            (Security::Srtp(keys), Some(secured)) => secured.renew(**keys),
            (Security::Srtp(keys), secured) => *secured = Some(Box::new(Secured::new(**keys))),
        }
    }

    /// The plain length of an RTP packet that arrived, opened in place; `None` for what is not the
    /// peer's. Strangers are turned away before they cost a tag, once the peer is known.
    pub(crate) fn unseal(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Option<usize> {
        let Some(secured) = &mut self.secured else {
            return Some(packet.len());
        };
        let agreed = self.agreed.as_mut()?;
        if !agreed.latch.could_be(now, from) {
            self.turned_away.strangers += 1;
            return None;
        }
        let Some(length) = secured.unprotect(packet) else {
            self.turned_away.forged += 1;
            return None;
        };
        agreed.latch.prove(now, from);
        Some(length)
    }

    /// Likewise of a compound RTCP packet.
    pub(super) fn unseal_control(&mut self, datagram: &mut [u8]) -> Option<usize> {
        match &mut self.secured {
            Some(secured) => secured.unprotect_control(datagram),
            None => Some(datagram.len()),
        }
    }

    /// Sends one RTP packet, under our key where there is one.
    pub(crate) fn emit(&mut self, target: SocketAddr, packet: &[u8], sink: &mut impl Sink) {
        let Some(secured) = &mut self.secured else {
            sink.send(self.leg, target, packet);
            return;
        };
        let mut sealed = [0; MAX_PACKET + MAX_OVERHEAD];
        // Nothing leaves in the clear: what cannot be sealed is a lost packet.
        if let Some(length) = secured.protect(packet, &mut sealed) {
            sink.send(self.leg, target, &sealed[..length]);
        }
    }

    /// Sends one compound RTCP packet, from the port of RTP when both share it.
    pub(super) fn emit_control(&mut self, target: SocketAddr, packet: &[u8], sink: &mut impl Sink) {
        let mut sealed = [0; MAX_REPORT + MAX_OVERHEAD];
        let packet = match &mut self.secured {
            None => packet,
            Some(secured) => match secured.protect_control(packet, &mut sealed) {
                Some(length) => &sealed[..length],
                None => return,
            },
        };
        if self.agreed.as_ref().is_some_and(Agreed::shares_port) {
            sink.send(self.leg, target, packet);
        } else {
            sink.send_control(self.leg, target, packet);
        }
    }
}
