//! The lite side of ICE (RFC 8445 §2.5): checks are answered, none are made. The peer, which knows all its
//! addresses, chooses the one that is used (§7.3.1.5, §8.1.1).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use is::stun::StunMessage;
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use rappel_model::Instant;

use crate::peering::{Credentials, Peering};

/// What is known of the peer's addresses.
#[derive(Debug)]
pub(super) struct Lite {
    ours: Credentials,
    /// What a check of the peer calls itself: our name, then its own (RFC 8445 §7.2.2).
    username: String,
    /// Where it has proved itself, and when last; the oldest gives way.
    sources: [Option<(SocketAddr, Instant)>; MAX_SOURCES],
    chosen: Option<Chosen>,
    /// Checks that were taken, by a part of their transaction: the oldest first.
    taken: VecDeque<u64>,
    last: Instant,
}

/// The address that is used.
#[derive(Clone, Copy, Debug)]
struct Chosen {
    at: SocketAddr,
    /// As its check said (RFC 8445 §7.1.1): of several chosen, the highest counts.
    priority: u32,
    checked: Instant,
}

impl Lite {
    pub(super) fn new(now: Instant, peering: &Peering) -> Self {
        Self {
            ours: peering.ours.clone(),
            username: format!("{}:{}", peering.ours.name(), peering.theirs.name()),
            sources: [None; MAX_SOURCES],
            chosen: None,
            taken: VecDeque::new(),
            last: now,
        }
    }

    /// Other names and passwords. What was chosen is used until something is chosen under them
    /// (RFC 8445 §9).
    pub(super) fn restart(&mut self, now: Instant, peering: &Peering) {
        let chosen = self.chosen.map(|chosen| Chosen {
            priority: 0,
            ..chosen
        });
        let sources = self.sources;
        *self = Self {
            chosen,
            sources,
            ..Self::new(now, peering)
        };
    }

    /// Answers one message into `out`; the length then. `None` for everything that is not a check of the
    /// peer: whoever does not know the password learns nothing, not even that somebody listens.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut [u8],
    ) -> Option<usize> {
        if datagram.len() > MAX_CHECK {
            return None;
        }
        let check = StunMessage::parse(datagram).ok()?;
        // The name first: it costs nothing, and strangers do not know it.
        let is_named = check.is_binding_request() && check.username() == Some(&self.username);
        if !is_named || !check.verify(self.ours.password().as_bytes(), hmac) {
            return None;
        }
        if !self.is_fresh(now, from, transaction(datagram)?) {
            return None;
        }
        self.last = now;
        let answer = match check.ice_controlled() {
            // The lite side never chooses: whoever wants us to is told to do it (RFC 8445 §7.3.1.1).
            Some(_) => StunMessage::binding_role_conflict_reply(check.trans_id()),
            None => {
                self.prove(now, from);
                if check.use_candidate() {
                    self.choose(now, from, check.prio().unwrap_or(0));
                }
                StunMessage::binding_reply(check.trans_id(), from)
            }
        };
        let password = self.ours.password().as_bytes();
        answer.to_bytes(Some(password), out, hmac).ok()
    }

    /// Where packets go.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        self.chosen.map(|chosen| chosen.at)
    }

    /// Whether the peer has proved itself there, and not too long ago.
    pub(super) fn hears(&self, now: Instant, from: SocketAddr) -> bool {
        let mut sources = self.sources.iter().flatten();
        sources.any(|(at, when)| *at == from && now.since(*when) < super::CONSENT)
    }

    /// When the last check of the peer came, or when they began to be expected.
    pub(super) fn last_check(&self) -> Instant {
        self.last
    }

    /// So much of the time until `now` in which no check came is not counted.
    pub(super) fn excuse(&mut self, now: Instant, stood: Duration) {
        let proofs = self.sources.iter_mut().flatten().map(|(_, when)| when);
        for when in proofs.chain([&mut self.last]) {
            *when = now.min(*when + stood);
        }
    }

    /// Whether a check is no repetition by somebody on the way: the peer draws a transaction for each, and
    /// repeats one only from where it has proved itself (RFC 8489 §6.2.1).
    fn is_fresh(&mut self, now: Instant, from: SocketAddr, transaction: u64) -> bool {
        if self.taken.contains(&transaction) {
            return self.hears(now, from);
        }
        if self.taken.len() >= MAX_TAKEN {
            self.taken.pop_front();
        }
        self.taken.push_back(transaction);
        true
    }

    fn prove(&mut self, now: Instant, from: SocketAddr) {
        let sources = &mut self.sources;
        let known = sources
            .iter()
            .position(|s| s.is_some_and(|(at, _)| at == from));
        let place = known.unwrap_or_else(|| {
            // A free place is older than any.
            let age = |n: &usize| sources[*n].map(|(_, when)| when);
            (0..MAX_SOURCES).min_by_key(age).unwrap_or(0)
        });
        sources[place] = Some((from, now));
    }

    /// The peer wants this address used. One that chooses several at once (RFC 5245 §8.1.1.2) means the
    /// one of the highest priority, as long as it lives.
    fn choose(&mut self, now: Instant, at: SocketAddr, priority: u32) {
        let keeps = self.chosen.is_some_and(|chosen| {
            chosen.at != at && chosen.priority > priority && now.since(chosen.checked) < STALE
        });
        if !keeps {
            self.chosen = Some(Chosen {
                at,
                priority,
                checked: now,
            });
        }
    }
}

/// The first eight bytes of what names a check's transaction (RFC 8489 §5).
fn transaction(datagram: &[u8]) -> Option<u64> {
    datagram.get(8..16)?.try_into().ok().map(u64::from_be_bytes)
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}

/// Addresses of one peer that are remembered: one for each way out of its machine, and then some.
pub(super) const MAX_SOURCES: usize = 8;

/// Checks that are remembered, so that none is taken twice: what a browser makes in twenty minutes at a check
/// every two and a half seconds, 4 KiB.
pub(super) const MAX_TAKEN: usize = 512;

/// Longest message that is looked at: names of 256 letters each, and all attributes there are.
const MAX_CHECK: usize = 1_024;

/// How long an address keeps its place without a check before one of lower priority takes it: a few times
/// the longest that a browser waits between two.
const STALE: Duration = Duration::from_secs(10);
