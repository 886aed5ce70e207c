//! Ports by the legs that have them, looked up for every packet that is sent.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rappel_model::LegId;

/// A port's place by its leg.
pub(super) type ByLeg = HashMap<LegId, usize, BuildHasherDefault<Numbers>>;

/// Spreads numbers that we count ourselves: nobody can choose them to collide, so that a hash which
/// withstands that would only cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers(u64);

impl Hasher for Numbers {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // An odd factor keeps numbers apart, and the high bits, which it fills best, come to both ends.
        self.0 = (self.0.rotate_left(5) ^ number)
            .wrapping_mul(GOLDEN)
            .rotate_left(26);
    }
}

/// 2⁶⁴ divided by the golden ratio, odd (Knuth, The Art of Computer Programming, 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn legs_in_a_row_fall_far_apart() {
        let map = ByLeg::default();
        let hashes: Vec<u64> = (0..4_096)
            .map(|n| map.hasher().hash_one(LegId(n)))
            .collect();
        // What tables choose a place by, and what they compare first.
        let low: BTreeSet<u64> = hashes.iter().map(|hash| hash % 4_096).collect();
        let high: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 2_000, "{}", low.len());
        assert_eq!(high.len(), 128);
    }
}
