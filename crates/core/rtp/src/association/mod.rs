//! A browser's way to us: the address it proves by checks (ICE, RFC 8445; we are the lite side, §2.5), and
//! the keys it agrees on with us by a handshake over that way (DTLS-SRTP, RFC 5764).
//!
//! Two parts of str0m that stand by themselves do what should not be written twice: `is` reads, checks and
//! writes the messages of ICE, `dimpl` speaks DTLS. What comes out are [`Keys`] for [`crate::Secured`], so
//! that a browser's sound takes the same road as every other.
//!
//! Nobody is answered who does not know the password that SDP told the peer, and nothing of DTLS is looked
//! at that does not come from an address so proved: strangers cost the look at their datagram.

mod dtls;
mod ice;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::Instant;

pub use dtls::{Identity, Unusable};

use crate::peering::{HandshakeFailure, Peering};
use crate::srtp::Keys;
use crate::{Protocol, packet::MAX_PACKET};
use dtls::Handshake;
use ice::Lite;

/// One browser's way to us, from the first check to the last.
#[derive(Debug)]
pub struct Association {
    identity: Arc<Identity>,
    peering: Peering,
    lite: Lite,
    handshake: Handshake,
    news: Option<News>,
    window: Window,
}

/// What became of the handshake; told once each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Both sides have proved who they are and have these keys.
    Keys(Box<Keys>),
    /// There will be none.
    Failed(HandshakeFailure),
}

impl Association {
    /// Waits for the checks of a peer, and for its handshake, which must show the certificate that was
    /// named. We show `identity`.
    pub fn new(now: Instant, identity: Arc<Identity>, peering: Peering) -> Self {
        Self {
            lite: Lite::new(now, &peering),
            handshake: Handshake::new(now, &identity, &peering),
            identity,
            peering,
            news: None,
            window: Window::default(),
        }
    }

    /// A new agreement. The same names keep the way and the keys; other names are an ICE restart, which
    /// keeps the keys (RFC 8842 §4.4); another certificate begins a new handshake.
    pub fn renew(&mut self, now: Instant, peering: Peering) {
        if peering.ours != self.peering.ours || peering.theirs != self.peering.theirs {
            self.lite.restart(now, &peering);
        }
        if peering.fingerprint != self.peering.fingerprint || peering.role != self.peering.role {
            self.handshake = Handshake::new(now, &self.identity, &peering);
            self.news = None;
        }
        self.peering = peering;
    }

    /// Takes one datagram of STUN or DTLS; what is to be said to it leaves by `send`. False for what is
    /// not of the peer, or more than it may send.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        send: &mut dyn FnMut(SocketAddr, &[u8]),
    ) -> bool {
        match Protocol::of(datagram) {
            Protocol::Stun => {
                let mut answer = [0; MAX_ANSWER];
                let Some(length) = self.lite.handle(now, from, datagram, &mut answer) else {
                    return false;
                };
                send(from, &answer[..length]);
            }
            Protocol::Dtls if self.lite.hears(now, from) && self.window.admits(now) => {
                self.handshake.handle_datagram(now, datagram);
            }
            _ => return false,
        }
        // A check may just have opened the way for what waits to be said.
        self.speak(now, send);
        true
    }

    /// A deadline has passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Instant, send: &mut dyn FnMut(SocketAddr, &[u8])) {
        if self.handshake.poll_timeout().is_some_and(|due| due <= now) {
            self.handshake.handle_timeout(now);
            self.speak(now, send);
        }
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.handshake.poll_timeout()
    }

    /// What became of the handshake, until `None`.
    pub fn poll_news(&mut self) -> Option<News> {
        self.news.take()
    }

    /// Where packets go: the address the peer has chosen by its checks; `None` before the first.
    pub fn target(&self) -> Option<SocketAddr> {
        self.lite.target()
    }

    /// Whether packets of this source may be the peer's: it has proved itself there of late.
    pub fn hears(&self, now: Instant, from: SocketAddr) -> bool {
        self.lite.hears(now, from)
    }

    /// Whether the peer has stopped asking for what we send: no check for [`CONSENT`] (RFC 7675 §5.1).
    pub fn is_lost(&self, now: Instant) -> bool {
        now.since(self.lite.last_check()) >= CONSENT
    }

    /// For so long until `now` nobody here has listened: checks that came meanwhile are lost, and not missed.
    pub fn excuse(&mut self, now: Instant, stood: Duration) {
        self.lite.excuse(now, stood);
    }

    /// What the handshake wants to be said goes where the peer wants it. What it says before there is a
    /// way is kept by the peer's own repetitions, and by ours.
    fn speak(&mut self, now: Instant, send: &mut dyn FnMut(SocketAddr, &[u8])) {
        let target = self.lite.target();
        if target.is_none() && !self.handshake.has_failed() {
            return;
        }
        let news = self.handshake.drain(now, |packet| {
            if let Some(target) = target {
                send(target, packet);
            }
        });
        let news = match news {
            Some(News::Failed(HandshakeFailure::TimedOut)) if target.is_none() => {
                Some(News::Failed(HandshakeFailure::NoWay))
            }
            news => news,
        };
        self.news = news.or_else(|| self.news.take());
    }
}

/// How many packets of handshakes are looked at in the second that is now.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began: Instant,
    taken: u32,
}

impl Window {
    fn admits(&mut self, now: Instant) -> bool {
        if now.since(self.began) >= Duration::from_secs(1) {
            *self = Self {
                began: now,
                taken: 0,
            };
        }
        self.taken += 1;
        self.taken <= MAX_HANDSHAKE_RATE
    }
}

/// How long a peer may go without a check: then it does not want our packets any more (RFC 7675 §5.1).
pub const CONSENT: Duration = Duration::from_secs(30);

/// Packets of DTLS that are looked at in one second. A handshake has about ten, and repeats some.
pub const MAX_HANDSHAKE_RATE: u32 = 50;

/// Our largest answer to a check: a header, one address of IPv6, an HMAC and a checksum.
const MAX_ANSWER: usize = 128;

/// Our largest packet of a handshake.
const MAX_FLIGHT: usize = MAX_PACKET;

#[cfg(test)]
mod tests;
