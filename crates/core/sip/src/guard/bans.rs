//! Who is not heard at all for a while, and how offences add up to that.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Network, Random};

use super::Settings;
use super::rows::{Rows, source_of};

/// Why a source was banned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// Wrong passwords, over nonces that this source was given.
    WrongPasswords,
    /// What cannot be read, on connections that this source opened.
    Garbage,
    /// The name of a tool that only attacks, on a connection that this source opened.
    Scanner,
    /// An operator said so.
    Operator,
}

impl Offence {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::WrongPasswords,
        Self::Garbage,
        Self::Scanner,
        Self::Operator,
    ];

    /// The word it is kept and shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongPasswords => "passwords",
            Self::Garbage => "garbage",
            Self::Scanner => "scanner",
            Self::Operator => "operator",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

/// One ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Whose messages are dropped; of one IPv6 address, all in its /64.
    pub source: Network,
    /// Until when.
    pub until: Instant,
    /// How many bans it has had in a row, this one included: each is twice as long.
    pub strikes: u32,
    /// Why.
    pub why: Offence,
}

/// All bans, those that are over among them for as long as they make the next one longer.
#[derive(Clone, Debug)]
pub(super) struct Bans {
    by_source: BTreeMap<u128, Ban>,
    /// Networks larger than one source, as operators wish; looked through for each message.
    networks: Vec<Ban>,
    tallies: Rows<Tally>,
}

/// Offences of one source within one window.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    count: u32,
    since: Instant,
}

impl Bans {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            by_source: BTreeMap::new(),
            networks: Vec::new(),
            tallies: Rows::new(TALLY_BITS, random),
        }
    }

    /// The ban in force for a source.
    pub(super) fn of(&self, now: Instant, source: u128) -> Option<&Ban> {
        let ban = self.by_source.get(&source)?;
        (ban.until > now).then_some(ban)
    }

    /// Whether a source lies in a network that is banned.
    pub(super) fn covers(&self, now: Instant, source: IpAddr) -> bool {
        let mut networks = self.networks.iter();
        networks.any(|ban| ban.until > now && ban.source.contains(source))
    }

    /// Notes an offence; true when it is one too many and the source is banned.
    pub(super) fn offend(
        &mut self,
        now: Instant,
        source: IpAddr,
        why: Offence,
        settings: &Settings,
    ) -> bool {
        let key = source_of(source);
        let tally = self.tallies.touch(now, key);
        if now.since(tally.since) > settings.window || tally.count == 0 {
            *tally = Tally {
                count: 0,
                since: now,
            };
        }
        tally.count += match why {
            Offence::Scanner => settings.offences,
            _ => 1,
        };
        if tally.count < settings.offences {
            return false;
        }
        self.tallies.forget(key);
        let strikes = 1 + self.by_source.get(&key).map_or(0, |ban| ban.strikes);
        let doubled = settings.ban * 2_u32.saturating_pow((strikes - 1).min(16));
        let ban = Ban {
            source: source.into(),
            until: now + doubled.min(settings.longest_ban),
            strikes,
            why,
        };
        self.put(now, ban);
        true
    }

    /// Puts a ban in the place of the source's old one. When there are too many, the one that ends
    /// first goes; of larger networks, none does, and this one is not taken: false.
    pub(super) fn put(&mut self, now: Instant, ban: Ban) -> bool {
        if !ban.source.is_one_source() {
            self.networks
                .retain(|old| old.until > now && old.source != ban.source);
            let fits = self.networks.len() < MAX_NETWORKS;
            self.networks.extend(fits.then_some(ban));
            return fits;
        }
        let key = source_of(ban.source.address());
        if self.by_source.len() >= MAX_BANS && !self.by_source.contains_key(&key) {
            self.by_source
                .retain(|_, old| now.since(old.until) < MEMORY || old.until > now);
        }
        if self.by_source.len() >= MAX_BANS && !self.by_source.contains_key(&key) {
            let first = self.by_source.iter().min_by_key(|(_, old)| old.until);
            if let Some(first) = first.map(|(key, _)| *key) {
                self.by_source.remove(&first);
            }
        }
        self.by_source.insert(key, ban);
        true
    }

    /// Ends a ban and forgets what led to it; false when there was none in force. A network is lifted
    /// as it was banned, whole.
    pub(super) fn lift(&mut self, now: Instant, source: Network) -> bool {
        if !source.is_one_source() {
            let found = self.networks.iter().position(|ban| ban.source == source);
            let gone = found.map(|index| self.networks.remove(index));
            return gone.is_some_and(|ban| ban.until > now);
        }
        let key = source_of(source.address());
        self.tallies.forget(key);
        let gone = self.by_source.remove(&key);
        gone.is_some_and(|ban| ban.until > now)
    }

    /// The bans in force, the one that ends first first.
    pub(super) fn list(&self, now: Instant) -> Vec<Ban> {
        let all = self.by_source.values().chain(&self.networks);
        let in_force = all.filter(|ban| ban.until > now);
        let mut bans: Vec<Ban> = in_force.copied().collect();
        bans.sort_by_key(|ban| (ban.until, ban.source));
        bans
    }

    pub(super) fn len(&self) -> usize {
        self.by_source.len() + self.networks.len()
    }
}

/// Most sources that are banned, or were.
pub(super) const MAX_BANS: usize = 10_000;

/// Most networks larger than one source that are banned: each costs a comparison per message.
pub(super) const MAX_NETWORKS: usize = 100;

/// How long a ban that is over makes the next one longer.
const MEMORY: Duration = Duration::from_secs(24 * 3600);

/// Sources whose offences are counted, as a power of two of rows of four.
const TALLY_BITS: u32 = 10;
