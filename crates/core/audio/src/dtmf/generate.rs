//! A key as sound.

use std::time::Duration;

use super::{COLUMNS, KEYS, ROWS};
use crate::frame::samples_in;
use crate::tone::{LONGEST_TONE, shaped};

/// The tone pair of a key, sample by sample.
#[derive(Clone, Debug)]
pub struct KeyTone {
    sines: [(f64, f64); 2],
    next: u64,
    length: u64,
}

impl KeyTone {
    /// The tone of a key (`0`–`9`, `*`, `#`, `A`–`D`) for `length`; `None` for anything else. The
    /// high group is 2 dB stronger, because lines weaken it more.
    pub fn new(key: char, length: Duration) -> Option<Self> {
        KEYS.iter().enumerate().find_map(|(row, keys)| {
            let column = keys.iter().position(|&k| k == key)?;
            Some(Self {
                sines: [(ROWS[row], LOW_LEVEL), (COLUMNS[column], HIGH_LEVEL)],
                next: 0,
                length: samples_in(length.min(LONGEST_TONE)),
            })
        })
    }

    /// Whether every sample has been taken.
    pub fn is_over(&self) -> bool {
        self.next == self.length
    }
}

impl Iterator for KeyTone {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        if self.is_over() {
            return None;
        }
        self.next += 1;
        Some(shaped(&self.sines, self.next - 1, self.length))
    }
}

/// Level of the low tone in dBm0.
const LOW_LEVEL: f64 = -9.0;

/// Level of the high tone in dBm0.
const HIGH_LEVEL: f64 = -7.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_have_a_tone() {
        for key in "0123456789*#ABCD".chars() {
            assert_eq!(
                KeyTone::new(key, Duration::from_millis(50))
                    .unwrap()
                    .count(),
                400
            );
        }
        assert!(KeyTone::new('E', Duration::from_millis(50)).is_none());
        assert!(KeyTone::new('a', Duration::from_millis(50)).is_none());
    }
}
