//! A key as sound.

use std::time::Duration;

use super::{COLUMNS, KEYS, ROWS};
use crate::tone::tone;

/// The tone pair of a key (`0`–`9`, `*`, `#`, `A`–`D`) for `length`; `None` for anything else. The
/// high group is 2 dB stronger, because lines weaken it more.
pub fn key_tone(key: char, length: Duration) -> Option<Vec<i16>> {
    KEYS.iter().enumerate().find_map(|(row, keys)| {
        let column = keys.iter().position(|&k| k == key)?;
        Some(tone(
            &[(ROWS[row], LOW_LEVEL), (COLUMNS[column], HIGH_LEVEL)],
            length,
        ))
    })
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
            assert_eq!(key_tone(key, Duration::from_millis(50)).unwrap().len(), 400);
        }
        assert_eq!(key_tone('E', Duration::from_millis(50)), None);
        assert_eq!(key_tone('a', Duration::from_millis(50)), None);
    }
}
