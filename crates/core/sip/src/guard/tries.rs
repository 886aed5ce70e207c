//! Wrong passwords, counted per name and source: whoever guesses is stopped, and nobody beside
//! them. An office behind one address keeps its other phones when one of them has a wrong password.

use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Now, Random};
use sha2::{Digest, Sha256};

use super::rows::{Rows, source_of};

/// How many wrong passwords are borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrySettings {
    /// Wrong passwords for one name from one source before that source is refused unheard under
    /// that name; at least 1.
    pub tries: u32,
    /// How long it is refused at first; twice as long each further time, up to an hour.
    pub block: Duration,
    /// Wrong passwords for one name from all sources at once before only its registered phones are
    /// heard, refilled with one per second; at least 1.
    pub anywhere: u32,
}

impl Default for TrySettings {
    /// A phone that was set up wrongly is tried three times by hand, and asks again every minute.
    fn default() -> Self {
        Self {
            tries: 10,
            block: Duration::from_secs(60),
            anywhere: 100,
        }
    }
}

/// What was tried, in fixed memory. Names are counted whether anybody has them or not.
#[derive(Debug)]
pub(crate) struct Tries {
    settings: TrySettings,
    secret: [u8; 16],
    pairs: Rows<Pair>,
    names: Rows<Spent>,
}

/// One name at one source.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    wrong: u32,
    blocks: u32,
    until: Instant,
}

/// One name anywhere: tries spent of the bucket, and when that was counted.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    micros: u64,
    at: Instant,
}

impl Tries {
    pub(crate) fn new(settings: TrySettings, random: &mut Random) -> Self {
        let mut secret = [0; 16];
        random.fill(&mut secret);
        Self {
            settings,
            secret,
            pairs: Rows::new(PAIR_BITS, random),
            names: Rows::new(NAME_BITS, random),
        }
    }

    /// Whether credentials for `name` from `source` are looked at. `registered` says that the name
    /// has a device there, which guesses from elsewhere must not lock out.
    pub(crate) fn may_try(&self, now: Now, name: &str, source: IpAddr, registered: bool) -> bool {
        let pair = self.pairs.find(self.key(name, source_of(source)));
        let blocked = pair.is_some_and(|pair| pair.until > now.instant);
        let spent = self.names.find(self.key(name, 0));
        let everywhere = spent.is_some_and(|spent| spent.left(now.instant) >= self.most());
        !blocked && (registered || !everywhere)
    }

    /// The password was wrong. True when the name is refused at that source from now on.
    pub(crate) fn failed(&mut self, now: Now, name: &str, source: IpAddr) -> bool {
        let (instant, most) = (now.instant, self.most());
        let anywhere = self.key(name, 0);
        let spent = self.names.touch(instant, anywhere);
        let left = spent.left(instant);
        *spent = Spent {
            micros: (left + ONE).min(most),
            at: instant,
        };
        let key = self.key(name, source_of(source));
        let (tries, block) = (self.settings.tries.max(1), self.settings.block);
        let pair = self.pairs.touch(instant, key);
        pair.wrong += 1;
        if pair.wrong < tries {
            return false;
        }
        pair.wrong = 0;
        let longer = block * 2_u32.saturating_pow(pair.blocks.min(16));
        pair.until = instant + longer.min(LONGEST);
        pair.blocks += 1;
        true
    }

    /// The password was right: what was wrong before is forgotten.
    pub(crate) fn proven(&mut self, name: &str, source: IpAddr) {
        let key = self.key(name, source_of(source));
        self.pairs.forget(key);
    }

    fn most(&self) -> u64 {
        u64::from(self.settings.anywhere.max(1)) * ONE
    }

    fn key(&self, name: &str, source: u128) -> u128 {
        let hash = Sha256::new()
            .chain_update(self.secret)
            .chain_update(source.to_be_bytes())
            .chain_update(name)
            .finalize();
        let half: [u8; 16] = hash[..16].try_into().expect("a hash has 32 bytes");
        u128::from_be_bytes(half) | 1
    }
}

impl Spent {
    /// What is still spent now.
    fn left(self, now: Instant) -> u64 {
        let idle = u64::try_from(now.since(self.at).as_micros()).unwrap_or(u64::MAX);
        self.micros.saturating_sub(idle)
    }
}

/// One try, as microseconds of refilling.
const ONE: u64 = 1_000_000;

/// Longest refusal of a name at a source.
const LONGEST: Duration = Duration::from_secs(3600);

/// Pairs of name and source that are remembered: 2¹² rows of four.
const PAIR_BITS: u32 = 12;

/// Names that are remembered: 2¹⁰ rows of four.
const NAME_BITS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn tries() -> Tries {
        let settings = TrySettings {
            tries: 3,
            block: Duration::from_secs(60),
            anywhere: 5,
        };
        Tries::new(settings, &mut Random::from_seed(1))
    }

    fn ip(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    fn at(seconds: u64) -> Now {
        Now::default().after(Duration::from_secs(seconds))
    }

    #[test]
    fn one_wrong_phone_blocks_itself_and_nobody_else_at_its_address() {
        let mut tries = tries();
        for n in 0..3 {
            assert!(tries.may_try(at(0), "alice", ip(1), false));
            assert_eq!(tries.failed(at(0), "alice", ip(1)), n == 2);
        }
        assert!(!tries.may_try(at(59), "alice", ip(1), true));
        assert!(tries.may_try(at(59), "bob", ip(1), false));
        assert!(tries.may_try(at(59), "alice", ip(2), false));
        assert!(tries.may_try(at(61), "alice", ip(1), false), "it ends");
        for _ in 0..3 {
            tries.failed(at(61), "alice", ip(1));
        }
        assert!(
            !tries.may_try(at(180), "alice", ip(1), false),
            "twice as long"
        );
        tries.proven("alice", ip(1));
        assert!(tries.may_try(at(180), "alice", ip(1), false));
    }

    #[test]
    fn guesses_from_everywhere_leave_only_registered_phones_heard() {
        let mut tries = tries();
        for n in 0..5 {
            tries.failed(at(0), "alice", ip(n));
        }
        assert!(!tries.may_try(at(0), "alice", ip(9), false));
        assert!(tries.may_try(at(0), "alice", ip(9), true));
        assert!(tries.may_try(at(0), "bob", ip(9), false));
        assert!(
            tries.may_try(at(1), "alice", ip(9), false),
            "one per second"
        );
    }

    #[test]
    fn memory_is_fixed() {
        let mut tries = tries();
        for n in 0..40_000_u32 {
            tries.failed(at(0), &format!("user{n}"), ip(1));
        }
        assert_eq!(tries.pairs.capacity(), 4 << PAIR_BITS);
        assert_eq!(tries.names.capacity(), 4 << NAME_BITS);
    }
}
