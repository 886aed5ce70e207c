//! The keys of a session at its two doors: what arrives is opened, what leaves is sealed.

use std::net::SocketAddr;
#[cfg(feature = "browser")]
use std::sync::Arc;

use rappel_model::Instant;
use rappel_rtp::srtp::{Keys, MAX_OVERHEAD};
#[cfg(feature = "browser")]
use rappel_rtp::{Association, Identity};
use rappel_rtp::{Secured, Security};

use super::Session;
use crate::agreed::Agreed;
use crate::control::MAX_REPORT;
use crate::engine::Sink;

/// What keeps the stream from others; nothing where it goes in the clear.
#[derive(Debug, Default)]
pub(super) struct Secrecy {
    /// The stream is encrypted, whether or not there are keys yet: nothing is taken or sent in the clear.
    pub(super) is_secret: bool,
    /// The keys, when the stream is secured.
    pub(super) secured: Option<Box<Secured>>,
    #[cfg(feature = "browser")]
    pub(super) identity: Option<Arc<Identity>>,
    /// How a browser proves its address and comes to its keys.
    #[cfg(feature = "browser")]
    pub(super) association: Option<Box<Association>>,
}

impl Session {
    /// Takes over what was agreed about keys; a direction whose key stays goes on as it was.
    pub(super) fn secure(&mut self, now: Instant, security: &Security) {
        self.secrecy.is_secret = *security != Security::Plain;
        match security {
            Security::Plain => self.secrecy.secured = None,
            Security::Srtp(keys) => self.take_keys(**keys),
            #[cfg(feature = "browser")]
            Security::Dtls(peering) => self.await_browser(now, (**peering).clone()),
            // Never agreed on: there is no certificate to name.
            #[cfg(not(feature = "browser"))]
            Security::Dtls(_) => self.secrecy.secured = None,
        }
        #[cfg(feature = "browser")]
        if !matches!(security, Security::Dtls(_)) {
            self.secrecy.association = None;
        }
        #[cfg(not(feature = "browser"))]
        let _unused = now;
    }

    /// The first keys, or others; a direction whose key stays goes on as it was.
    pub(super) fn take_keys(&mut self, keys: Keys) {
        match &mut self.secrecy.secured {
            Some(secured) => secured.renew(keys),
            secured => *secured = Some(Box::new(Secured::new(keys))),
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
        if !self.secrecy.is_secret {
            return Some(packet.len());
        }
        #[cfg(feature = "browser")]
        if self.is_from_elsewhere(now, from) {
            self.arrivals.turned_away.strangers += 1;
            return None;
        }
        let secured = self.secrecy.secured.as_mut()?;
        let agreed = self.agreed.as_mut()?;
        if !agreed.latch.could_be(now, from) {
            self.arrivals.turned_away.strangers += 1;
            return None;
        }
        let Some(length) = secured.unprotect(packet) else {
            self.arrivals.turned_away.forged += 1;
            return None;
        };
        agreed.latch.prove(now, from);
        Some(length)
    }

    /// Likewise of a compound RTCP packet.
    pub(super) fn unseal_control(&mut self, datagram: &mut [u8]) -> Option<usize> {
        match self.secrecy.is_secret {
            true => self.secrecy.secured.as_mut()?.unprotect_control(datagram),
            false => Some(datagram.len()),
        }
    }

    /// Sends one RTP packet, under our key where there is one.
    pub(crate) fn emit(&mut self, target: SocketAddr, packet: &[u8], sink: &mut impl Sink) {
        if !self.secrecy.is_secret {
            return sink.send(self.leg, target, packet);
        }
        let Some(secured) = &mut self.secrecy.secured else {
            return;
        };
        // Nothing leaves in the clear: what cannot be sealed is a lost packet.
        if let Some(sealed) = secured.protected(packet) {
            sink.send(self.leg, target, sealed.as_ref());
        }
    }

    /// Sends one compound RTCP packet, from the port of RTP when both share it.
    pub(super) fn emit_control(&mut self, target: SocketAddr, packet: &[u8], sink: &mut impl Sink) {
        let mut sealed = [0; MAX_REPORT + MAX_OVERHEAD];
        let packet = match &mut self.secrecy.secured {
            None if self.secrecy.is_secret => return,
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
