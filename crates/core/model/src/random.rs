//! Chance as an argument: a ChaCha20 stream, seeded by the operating system or by a number.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers. Each room takes its own by [`Random::fork`], so that one more draw
/// in one room does not change what another sees.
#[derive(Clone, Debug)]
pub struct Random {
    seed: [u8; 32],
    stream: ChaCha20Rng,
}

impl Random {
    /// A reproducible stream: the same seed gives the same draws, byte for byte.
    pub fn from_seed(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self::from_bytes(bytes)
    }

    /// A stream from 32 bytes of the operating system's own randomness.
    pub fn from_bytes(seed: [u8; 32]) -> Self {
        Self {
            seed,
            stream: ChaCha20Rng::from_seed(seed),
        }
    }

    /// An independent stream for the room `label`, the same however much was drawn from this one.
    pub fn fork(&self, label: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(label.as_bytes());
        Self::from_bytes(hash.finalize().into())
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.stream.next_u64()
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        self.stream.next_u32()
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of the widening multiplication is below 2⁻³² for every bound we use.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True with probability `percent` in 100.
    pub fn chance(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// `len` characters of `[a-z0-9]`, for tags, branches and nonces (about 5.17 bits each).
    pub fn token(&mut self, len: usize) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..len)
            .map(|_| char::from(LETTERS[self.below(36) as usize]))
            .collect()
    }

    /// Fills `out` with random bytes.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.stream.fill_bytes(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_does_not_depend_on_what_was_drawn() {
        let mut a = Random::from_seed(7);
        let before = a.fork("sip").next_u64();
        a.next_u64();
        assert_eq!(a.fork("sip").next_u64(), before);
        assert_ne!(a.fork("rtp").next_u64(), before);
    }

    #[test]
    fn a_bounded_draw_stays_below_and_reaches_everything() {
        let mut random = Random::from_seed(3);
        let mut seen = [false; 6];
        for _ in 0..200 {
            seen[random.below(6) as usize] = true;
        }
        assert_eq!(seen, [true; 6]);
        assert_eq!(random.below(0), 0);
        assert!(random.chance(100) && !random.chance(0));
    }

    #[test]
    fn a_token_has_its_length_and_only_safe_characters() {
        let token = Random::from_seed(9).token(40);
        assert_eq!(token.len(), 40);
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        assert_eq!(token, Random::from_seed(9).token(40));
    }
}
