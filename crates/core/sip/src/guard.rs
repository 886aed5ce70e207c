//! Who may speak at all: bans, a token bucket per source and kind of message, a list of scanners.
//! Listeners ask before they parse, so a flood costs a look-up and nothing more.
//!
//! Nobody is banned for what somebody else could have sent in their name. A datagram's source can
//! be forged, so datagrams are dropped when there are too many, and ban only by a wrong password
//! over a nonce that was given to that very address. What comes by a connection was sent by its
//! peer. And some are never banned, whatever they send: trusted networks, trunks among them, and
//! addresses at which a phone is registered, since an office has one address and one wrong phone
//! (its wrong passwords are counted by name, in [`TrySettings`]).

mod bans;
mod hush;
mod kind;
mod rows;
mod tries;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Now, Random};

use bans::Bans;
use rows::Rows;

pub use bans::{Ban, Offence};
pub(crate) use hush::Hush;
pub use kind::{Kind, is_scanner};
pub use rappel_model::Network;
use rows::address_of;
pub(crate) use rows::source_of;
pub(crate) use tries::Tries;
pub use tries::TrySettings;

/// How much a source may send, and what it is banned for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Messages of one kind per second that a source may send for ever; at least 1. Of garbage, a
    /// tenth; from trusted networks, ten times as many.
    pub rate: u32,
    /// Messages of one kind it may send at once after a silence; at least 1.
    pub burst: u32,
    /// Networks that are never banned.
    pub trusted: Vec<Network>,
    /// Offences within [`Settings::window`] that ban; at least 1.
    pub offences: u32,
    /// How long offences add up.
    pub window: Duration,
    /// The first ban; each further one of the same source is twice as long.
    pub ban: Duration,
    /// The longest ban.
    pub longest_ban: Duration,
}

impl Default for Settings {
    /// Enough for a busy PBX behind one address, far below a flood.
    fn default() -> Self {
        Self {
            rate: 500,
            burst: 2_000,
            trusted: Vec::new(),
            offences: 20,
            window: Duration::from_secs(600),
            ban: Duration::from_secs(300),
            longest_ban: Duration::from_secs(24 * 3600),
        }
    }
}

/// What to do with bytes from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Read them.
    Pass,
    /// Drop them without a word: the source sends too fast.
    Flood,
    /// Drop them without a word: a known scanner, which an answer would only encourage.
    Scanner,
    /// Drop them without a word: the source is banned.
    Banned,
}

/// What the signalling room knows of a source that the guard must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// A phone is registered there now, the first one.
    Registered(IpAddr),
    /// No phone is registered there any more.
    Unregistered(IpAddr),
    /// It gave a wrong password over a nonce that was given to it.
    WrongPassword(IpAddr),
}

/// The guard of all listeners, in bounded memory.
#[derive(Clone, Debug)]
pub struct Guard {
    settings: Settings,
    buckets: Rows<Bucket>,
    bans: Bans,
    /// Addresses with registered phones; of an IPv6 /64, how many.
    friends: BTreeMap<u128, u32>,
    hush: Hush,
    changes: u64,
}

/// What one source may still send of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Microseconds of sending at full rate that are spent.
    spent: u64,
    /// When that was counted.
    at: Instant,
}

impl Guard {
    /// A guard. `random` makes the tables of two engines differ, so nobody can aim at a place.
    pub fn new(settings: Settings, random: &mut Random) -> Self {
        Self {
            settings: Settings {
                rate: settings.rate.max(1),
                burst: settings.burst.max(1),
                offences: settings.offences.max(1),
                ..settings
            },
            buckets: Rows::new(BUCKET_BITS, random),
            bans: Bans::new(random),
            friends: BTreeMap::new(),
            hush: Hush::new(random),
            changes: 0,
        }
    }

    /// Judges one datagram, or one message of a connection.
    pub fn admit(&mut self, now: Now, source: IpAddr, message: &[u8]) -> Admission {
        if self.is_banned(now, source) {
            return Admission::Banned;
        }
        let key = source_of(source);
        let kind = Kind::of(message);
        let trusted = self.is_trusted(source);
        if !self.spend(now.instant, key, kind, trusted) {
            Admission::Flood
        } else if is_scanner(message) {
            Admission::Scanner
        } else {
            Admission::Pass
        }
    }

    /// Whether a source is trusted, or a phone is registered there: it is never banned.
    pub fn is_friend(&self, source: IpAddr) -> bool {
        self.is_trusted(source) || self.friends.contains_key(&source_of(source))
    }

    /// Whether nothing of a source is heard: a connection from there is closed at once.
    pub fn is_banned(&self, now: Now, source: IpAddr) -> bool {
        self.bans.of(now.instant, source_of(source)).is_some()
            || (self.bans.covers(now.instant, source) && !self.is_friend(source))
    }

    /// Notes what the signalling room knows. True when a source was banned by it.
    pub fn report(&mut self, now: Now, report: Report) -> bool {
        match report {
            Report::Registered(source) => {
                *self.friends.entry(source_of(source)).or_default() += 1;
                false
            }
            Report::Unregistered(source) => {
                let key = source_of(source);
                let left = self.friends.get_mut(&key).map(|count| {
                    *count -= 1;
                    *count
                });
                if left == Some(0) {
                    self.friends.remove(&key);
                }
                false
            }
            Report::WrongPassword(source) => self.offend(now, source, Offence::WrongPasswords),
        }
    }

    /// Notes an offence that its source cannot deny. True when the source was banned by it; never
    /// for one that may not be banned.
    pub fn offend(&mut self, now: Now, source: IpAddr, why: Offence) -> bool {
        let banned =
            !self.is_friend(source) && self.bans.offend(now.instant, source, why, &self.settings);
        self.changes += u64::from(banned);
        banned
    }

    /// Bans a source, or a whole network, as an operator wishes.
    ///
    /// # Errors
    /// Some of it is trusted, or a phone is registered there; it is most of the world, or there are too
    /// many networks already.
    pub fn ban(
        &mut self,
        now: Now,
        source: impl Into<Network>,
        length: Duration,
    ) -> Result<(), Unbannable> {
        let source = source.into();
        if source.is_too_wide() {
            return Err(Unbannable::TooWide);
        }
        if let Some(trusted) = self.trusted_part(source) {
            return Err(Unbannable::Trusted(trusted));
        }
        if let Some(phone) = self.registered_part(source) {
            return Err(Unbannable::Registered(phone));
        }
        let ban = Ban {
            source,
            until: now.instant + length,
            strikes: 1,
            why: Offence::Operator,
        };
        if !self.bans.put(now.instant, ban) {
            return Err(Unbannable::TooMany);
        }
        self.changes += 1;
        Ok(())
    }

    /// A trusted network that shares an address with `source`.
    fn trusted_part(&self, source: Network) -> Option<Network> {
        let mut trusted = self.settings.trusted.iter();
        trusted.find(|network| network.overlaps(&source)).copied()
    }

    /// An address of `source` at which a phone is registered; of IPv6, the first of its /64.
    fn registered_part(&self, source: Network) -> Option<IpAddr> {
        if source.is_one_source() {
            let key = source_of(source.address());
            return self.friends.contains_key(&key).then(|| source.address());
        }
        let mut phones = self.friends.keys().map(|key| address_of(*key));
        phones.find(|phone| source.contains(*phone))
    }

    /// Trusts these networks from now on, and only these; bans of them end.
    pub fn trust(&mut self, now: Now, trusted: Vec<Network>) {
        self.settings.trusted = trusted;
        for ban in self.bans.list(now.instant) {
            if self.trusted_part(ban.source).is_some() {
                self.lift(now, ban.source);
            }
        }
    }

    /// Puts a ban back that was in force before a restart, unless some of it is trusted by now.
    pub fn restore(&mut self, now: Now, ban: Ban) {
        if self.trusted_part(ban.source).is_none() && self.bans.put(now.instant, ban) {
            self.changes += 1;
        }
    }

    /// Ends a ban; false when there was none of just this source or network.
    pub fn lift(&mut self, now: Now, source: impl Into<Network>) -> bool {
        let lifted = self.bans.lift(now.instant, source.into());
        self.changes += u64::from(lifted);
        lifted
    }

    /// The bans in force, the one that ends first first.
    pub fn bans(&self, now: Now) -> Vec<Ban> {
        self.bans.list(now.instant)
    }

    /// How often the bans have changed, so that nobody writes them down for nothing.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether a line may be written about what a source does: once a second.
    pub fn may_tell(&mut self, now: Now, source: IpAddr) -> bool {
        self.hush.may_speak(now, source)
    }

    /// Most sources and kinds whose speed is known at once.
    pub fn capacity(&self) -> usize {
        self.buckets.capacity()
    }

    /// How many bans are kept, those that are over among them.
    pub fn remembered(&self) -> usize {
        self.bans.len()
    }

    fn is_trusted(&self, source: IpAddr) -> bool {
        let trusted = &self.settings.trusted;
        trusted.iter().any(|network| network.contains(source))
    }

    fn spend(&mut self, now: Instant, source: u128, kind: Kind, trusted: bool) -> bool {
        let times = if trusted { TRUSTED_TIMES } else { 1 };
        let rate = self.settings.rate.saturating_mul(times);
        let rate = match kind {
            Kind::Garbage => (rate / GARBAGE_PART).max(1),
            _ => rate,
        };
        let cost = (MICROS / u64::from(rate)).max(1);
        let full = cost.saturating_mul(u64::from(self.settings.burst.saturating_mul(times)));
        // The kind is told in bits that no source has.
        let bucket = self.buckets.touch(now, source | ((kind as u128 + 1) << 96));
        let idle = u64::try_from(now.since(bucket.at).as_micros()).unwrap_or(u64::MAX);
        bucket.spent = bucket.spent.saturating_sub(idle);
        bucket.at = now.max(bucket.at);
        let may = bucket.spent + cost <= full;
        if may {
            bucket.spent += cost;
        }
        may
    }
}

/// Why a source cannot be banned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbannable {
    /// This part of it is a trusted network, or a trunk's.
    Trusted(Network),
    /// A phone is registered at this address of it.
    Registered(IpAddr),
    /// It is more than a /8 of IPv4, or a /16 of IPv6.
    TooWide,
    /// As many networks are banned as can be; single addresses are not meant.
    TooMany,
}

/// How long a source must be silent to have its whole burst again.
pub fn recovery(settings: &Settings) -> Duration {
    Duration::from_secs(1) * settings.burst / settings.rate.max(1)
}

/// Buckets, as a power of two of rows of four: 2¹³ rows of places of 48 bytes are a megabyte and a half.
const BUCKET_BITS: u32 = 13;

/// How much more a trusted source may send.
const TRUSTED_TIMES: u32 = 10;

/// The part of a source's rate that may be garbage.
const GARBAGE_PART: u32 = 10;

const MICROS: u64 = 1_000_000;

#[cfg(test)]
mod tests;
