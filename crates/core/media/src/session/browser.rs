//! A browser's session before its sound, and beside it: checks of the way answered, keys agreed on.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::association::News;
use rappel_rtp::{Association, Identity, Peering};

use super::Session;
use crate::engine::Sink;
use crate::event::Event;

impl Session {
    /// The same session, with a certificate to show.
    pub(crate) fn identified(mut self, identity: Option<Arc<Identity>>) -> Self {
        self.secrecy.identity = identity;
        self
    }

    /// A browser was agreed with: it will come by a way it proves. One that is here already keeps its way
    /// and its keys as far as what it says is the same.
    pub(super) fn await_browser(&mut self, now: Instant, peering: Peering) {
        let Some(identity) = &self.secrecy.identity else {
            return;
        };
        match &mut self.secrecy.association {
            Some(association) => association.renew(now, peering),
            association => {
                // Keys that came by SDP are not those of a handshake.
                self.secrecy.secured = None;
                let fresh = Association::new(now, Arc::clone(identity), peering);
                *association = Some(Box::new(fresh));
            }
        }
    }

    /// Whether there is a browser on the other side, or will be.
    pub(crate) fn has_browser(&self) -> bool {
        self.secrecy.association.is_some()
    }

    /// Whether a packet comes from where the browser of this session has not proved itself; never, where
    /// there is none.
    pub(super) fn is_from_elsewhere(&self, now: Instant, from: SocketAddr) -> bool {
        let association = self.secrecy.association.as_ref();
        association.is_some_and(|a| !a.hears(now, from))
    }

    /// Takes one datagram of STUN or DTLS; nothing of it concerns a session without a browser.
    pub(crate) fn associate(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        sink: &mut impl Sink,
        events: &mut VecDeque<Event>,
    ) {
        let leg = self.leg;
        let Some(association) = &mut self.secrecy.association else {
            return;
        };
        let mut send = |to: SocketAddr, packet: &[u8]| sink.send(leg, to, packet);
        if !association.handle_datagram(now, from, datagram, &mut send) {
            self.arrivals.turned_away.strangers += 1;
            return;
        }
        self.follow(events);
    }

    /// What the way and the handshake want done in a tick.
    pub(super) fn tend_browser(
        &mut self,
        now: Instant,
        sink: &mut impl Sink,
        events: &mut VecDeque<Event>,
    ) {
        let leg = self.leg;
        let Some(association) = &mut self.secrecy.association else {
            return;
        };
        let mut send = |to: SocketAddr, packet: &[u8]| sink.send(leg, to, packet);
        association.handle_timeout(now, &mut send);
        let is_lost = association.is_lost(now);
        self.follow(events);
        // A browser that wants our packets asks for them, on hold too (RFC 7675 §5.1).
        if is_lost && self.liveness.lose() {
            events.push_back(Event::Lost { leg });
        }
    }

    /// For so long until `now` nobody here has listened to its checks.
    pub(super) fn excuse_browser(&mut self, now: Instant, stood: Duration) {
        if let Some(association) = &mut self.secrecy.association {
            association.excuse(now, stood);
        }
    }

    /// Takes over what came of it.
    fn follow(&mut self, events: &mut VecDeque<Event>) {
        let Some(association) = &mut self.secrecy.association else {
            return;
        };
        let (target, news) = (association.target(), association.poll_news());
        if let (Some(target), Some(agreed)) = (target, &mut self.agreed) {
            agreed.latch.choose(target);
        }
        match news {
            Some(News::Keys(keys)) => self.take_keys(*keys),
            Some(News::Failed(why)) => events.push_back(Event::NoKeys { leg: self.leg, why }),
            None => {}
        }
    }
}
