//! A table of fixed memory: what is known of many strangers, of whom the longest silent is
//! forgotten first.

use std::net::IpAddr;

use rappel_model::{Instant, Random};

/// Values by key, in rows of four places. A key that finds its row full takes the place of the one
/// that was silent for longest.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    secret: u64,
    bits: u32,
    rows: Vec<[Place<T>; WAYS]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place<T> {
    /// 0 for an empty place.
    key: u128,
    at: Instant,
    value: T,
}

impl<T: Copy + Default> Rows<T> {
    /// A table of 4·2^`bits` places. `random` makes the rows of two engines differ, so that nobody
    /// can aim at a row.
    pub(crate) fn new(bits: u32, random: &mut Random) -> Self {
        Self {
            secret: random.next_u64() | 1,
            bits,
            rows: vec![[Place::default(); WAYS]; 1 << bits],
        }
    }

    /// How many places there are.
    pub(crate) fn capacity(&self) -> usize {
        self.rows.len() * WAYS
    }

    /// The value of a key, the default for one that is new; its silence begins anew. The key is
    /// never 0.
    pub(crate) fn touch(&mut self, now: Instant, key: u128) -> &mut T {
        let row = self.row(key);
        let row = &mut self.rows[row];
        let place = match row.iter().position(|place| place.key == key) {
            Some(place) => place,
            None => {
                let oldest = (0..WAYS)
                    .min_by_key(|place| row[*place].at)
                    .expect("a row has places");
                row[oldest] = Place {
                    key,
                    at: now,
                    value: T::default(),
                };
                oldest
            }
        };
        let place = &mut row[place];
        place.at = now.max(place.at);
        &mut place.value
    }

    /// The value of a key that is there.
    pub(crate) fn find(&self, key: u128) -> Option<T> {
        let row = &self.rows[self.row(key)];
        let place = row.iter().find(|place| place.key == key)?;
        Some(place.value)
    }

    /// Forgets a key.
    pub(crate) fn forget(&mut self, key: u128) {
        let row = self.row(key);
        if let Some(place) = self.rows[row].iter_mut().find(|place| place.key == key) {
            *place = Place::default();
        }
    }

    /// A row by multiplication with a secret odd number; the high bits are the well-mixed ones.
    fn row(&self, key: u128) -> usize {
        let folded = (key as u64) ^ ((key >> 64) as u64).rotate_left(29);
        let mixed = folded.wrapping_mul(self.secret);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(self.secret);
        (mixed >> (64 - self.bits)) as usize
    }
}

/// The number a source goes by, never 0: an IPv4 address, or the /64 of an IPv6 address, since one
/// machine has as many of these as it likes.
pub(crate) fn source_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(ip) => (1 << 64) | u128::from(u32::from(ip)),
        IpAddr::V6(ip) => (2 << 64) | (u128::from(ip) >> 64),
    }
}

/// The first address of the source that goes by a number.
pub(super) fn address_of(source: u128) -> IpAddr {
    match source >> 64 {
        1 => IpAddr::V4((source as u32).into()),
        _ => IpAddr::V6((source << 64).into()),
    }
}

/// Places in a row.
const WAYS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_fixed_and_the_longest_silent_goes_first() {
        let mut rows: Rows<u32> = Rows::new(1, &mut Random::from_seed(1));
        assert_eq!(rows.capacity(), 8);
        for key in 1..=100_u128 {
            *rows.touch(Instant::from_micros(key as u64), key) = 7;
        }
        let known = (1..=100).filter(|key| rows.find(*key).is_some()).count();
        assert!(known <= 8, "{known}");
        assert_eq!(rows.find(100), Some(7));
        rows.forget(100);
        assert_eq!(rows.find(100), None);
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_ipv4() {
        let source = |text: &str| source_of(text.parse().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:2"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("::"), 0);
        for first in ["192.0.2.1", "2001:db8:0:7::", "0.0.0.0", "::"] {
            assert_eq!(address_of(source(first)), first.parse::<IpAddr>().unwrap());
        }
    }
}
