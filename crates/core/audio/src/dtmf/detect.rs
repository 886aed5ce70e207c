//! A key out of sound: eight Goertzel filters over short blocks, and the rules of ITU-T Q.24 that
//! tell a key from a voice.

use std::f64::consts::PI;

use super::{COLUMNS, KEYS, ROWS};
use crate::frame::RATE;

/// Recognises keys in one stream. A key that sounds for 40 ms is found, one below 20 ms
/// is not; a break of up to 20 ms does not make two keys of one.
#[derive(Clone, Debug)]
pub struct Detector {
    filters: [Goertzel; 8],
    /// Sum of squares of the block so far.
    energy: f32,
    /// Samples of the block so far.
    filled: usize,
    /// What the last block held, and for how many blocks it has.
    last: (Option<char>, u8),
    /// The key that is being held down, already reported, with its row and column.
    held: Option<(char, usize, usize)>,
    /// Blocks in a row without the held key.
    absent: u8,
}

impl Detector {
    /// A detector that has heard nothing.
    pub fn new() -> Self {
        Self {
            filters: std::array::from_fn(|i| {
                Goertzel::new(if i < 4 { ROWS[i] } else { COLUMNS[i - 4] })
            }),
            energy: 0.0,
            filled: 0,
            last: (None, 0),
            held: None,
            absent: 0,
        }
    }

    /// Listens to the next samples, usually a frame; tells a key once, when it is recognised.
    pub fn listen(&mut self, samples: &[i16]) -> Option<char> {
        let mut found = None;
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.filled));
            self.take(now);
            rest = later;
            if self.filled == BLOCK {
                let key = self.judge();
                found = self.settle(key).or(found);
            }
        }
        found
    }

    fn take(&mut self, samples: &[i16]) {
        for filter in &mut self.filters {
            filter.take(samples);
        }
        self.energy += samples.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>();
        self.filled += samples.len();
    }

    /// The key of the finished block, if it holds one; the next block begins.
    fn judge(&mut self) -> Option<char> {
        let powers = self.filters.each_mut().map(Goertzel::finish);
        let total = std::mem::take(&mut self.energy);
        self.filled = 0;
        // A pure pair carries all the energy of its block; a voice spreads it.
        let share = |row: usize, column: usize| {
            (powers[row] + powers[4 + column]) / (total * BLOCK as f32 / 2.0).max(1.0)
        };
        if let Some((key, row, column)) = self.held
            && share(row, column) >= PURITY_HELD
        {
            return Some(key);
        }
        let row = strongest(&powers[..4])?;
        let column = strongest(&powers[4..])?;
        let (low, high) = (powers[row], powers[4 + column]);
        let both_loud = low >= MIN_POWER && high >= MIN_POWER;
        let twisted = low > high * NORMAL_TWIST || high > low * REVERSE_TWIST;
        let pure = share(row, column) >= PURITY;
        (both_loud && !twisted && pure).then_some(KEYS[row][column])
    }

    /// Three blocks alike begin a key; three without it end it.
    fn settle(&mut self, key: Option<char>) -> Option<char> {
        let alike = if key == self.last.0 { self.last.1 } else { 0 };
        self.last = (key, alike.saturating_add(1));
        let steady = key.filter(|_| self.last.1 >= PRESENT_BLOCKS);
        if let Some((held, ..)) = self.held {
            if key == Some(held) {
                self.absent = 0;
                return None;
            }
            self.absent += 1;
            if self.absent < ABSENT_BLOCKS {
                return None;
            }
            self.held = None;
        }
        self.absent = 0;
        self.held = steady.and_then(place);
        steady
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

/// A key with its row and column.
fn place(key: char) -> Option<(char, usize, usize)> {
    KEYS.iter().enumerate().find_map(|(row, keys)| {
        let column = keys.iter().position(|&k| k == key)?;
        Some((key, row, column))
    })
}

/// The index of the strongest of four, if it stands out from the others of its group.
fn strongest(powers: &[f32]) -> Option<usize> {
    let best = (0..powers.len()).max_by(|&a, &b| powers[a].total_cmp(&powers[b]))?;
    let alone = powers
        .iter()
        .enumerate()
        .all(|(i, &power)| i == best || power * STANDS_OUT < powers[best]);
    alone.then_some(best)
}

/// Power of a block at one frequency: for a pure sine of amplitude A it is (A · n / 2)².
#[derive(Clone, Debug)]
struct Goertzel {
    coefficient: f32,
    s1: f32,
    s2: f32,
}

impl Goertzel {
    fn new(hertz: f64) -> Self {
        Self {
            coefficient: (2.0 * (2.0 * PI * hertz / f64::from(RATE)).cos()) as f32,
            s1: 0.0,
            s2: 0.0,
        }
    }

    fn take(&mut self, samples: &[i16]) {
        let (mut s1, mut s2) = (self.s1, self.s2);
        for &sample in samples {
            let s0 = f32::from(sample) + self.coefficient * s1 - s2;
            (s1, s2) = (s0, s1);
        }
        (self.s1, self.s2) = (s1, s2);
    }

    fn finish(&mut self) -> f32 {
        let power = self.s1 * self.s1 + self.s2 * self.s2 - self.coefficient * self.s1 * self.s2;
        (self.s1, self.s2) = (0.0, 0.0);
        power
    }
}

/// Samples of a block: 10 ms, so that 40 ms always hold three whole blocks.
const BLOCK: usize = 80;

/// Blocks alike that begin a key.
const PRESENT_BLOCKS: u8 = 3;

/// Blocks without the held key that end it.
const ABSENT_BLOCKS: u8 = 3;

/// The weakest tone that counts: about −36 dBm0 (amplitude 360).
const MIN_POWER: f32 = (360.0 * 40.0) * (360.0 * 40.0);

/// The low tone may be 8 dB stronger than the high one (Q.24 annex A).
const NORMAL_TWIST: f32 = 6.3;

/// The high tone may be 4 dB stronger than the low one.
const REVERSE_TWIST: f32 = 2.5;

/// The tone must be 5 dB above the others of its group: 10 ms cannot tell neighbours better.
const STANDS_OUT: f32 = 3.2;

/// The pair's share of the block's energy: a pair that is 1.5 % off still has 0.88 of it.
const PURITY: f32 = 0.84;

/// The same while the key is held, where a short break spreads the energy but must not end it.
const PURITY_HELD: f32 = 0.4;

#[cfg(test)]
mod tests;
