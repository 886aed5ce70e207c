//! A key out of sound: eight Goertzel filters over blocks of 10 ms, and the rules of ITU-T Q.24 that
//! tell a key from a voice.
//!
//! 10 ms are short enough that a key of 40 ms always fills three blocks and one of 23 ms never does. They
//! are too short to measure a frequency by its power, so it is measured by phase: how far each tone has
//! turned from one block to the next says how far it is off, within a hertz. A voice that happens to
//! hold two tones of a key hardly ever holds both still.

use std::f32::consts::PI;

use super::phasor::{Bank, Phasor};
use super::{COLUMNS, KEYS, ROWS};
use crate::frame::{FRAME_SAMPLES, MAX_FRAME_SAMPLES, Rate};
use crate::halfband::Halver;

/// Recognises keys in one stream. A key that sounds for 40 ms is found, one below 23 ms is not; a break
/// of up to 20 ms does not make two keys of one, a pause of 40 ms does.
///
/// Each tone may be off by 1.5 % and 2 Hz, and is refused from 3.5 %; it is heard from −36 dBm0. The
/// low tone may be 8 dB the stronger one, the high one 4 dB. Noise may be as near as 15 dB.
#[derive(Clone, Debug)]
pub struct Detector {
    /// At 16 kHz: half of the sound holds all tones.
    halver: Option<Halver>,
    filters: Bank,
    /// Sum of squares of the block so far.
    energy: f32,
    /// Samples of the block so far.
    filled: usize,
    /// What the last blocks held, the newest last.
    recent: [Option<Pair>; PRESENT_BLOCKS],
    /// The row and column of the key that is being held down, already reported.
    held: Option<(usize, usize)>,
    /// Blocks in a row without the held key.
    absent: u8,
}

/// A block that may be part of a key.
#[derive(Clone, Copy, Debug)]
struct Pair {
    row: usize,
    column: usize,
    /// What the filters of row and column heard.
    low: Phasor,
    high: Phasor,
    /// Sum of squares of the whole block.
    energy: f32,
}

impl Detector {
    /// A detector for 8 kHz that has heard nothing.
    pub fn new() -> Self {
        Self::at(Rate::Narrow)
    }

    /// The same for sound of any rate.
    pub fn at(rate: Rate) -> Self {
        Self {
            halver: (rate == Rate::Wide).then(Halver::new),
            filters: Bank::new(tones()),
            energy: 0.0,
            filled: 0,
            recent: [None; PRESENT_BLOCKS],
            held: None,
            absent: 0,
        }
    }

    /// Listens to the next samples, usually a frame; tells a key once, when it is recognised. Within
    /// 60 ms there is never more than one.
    pub fn listen(&mut self, samples: &[i16]) -> Option<char> {
        let Some(halver) = &mut self.halver else {
            return self.listen_narrow(samples);
        };
        let mut halver = std::mem::take(halver);
        let mut found = None;
        for wide in samples.chunks(MAX_FRAME_SAMPLES) {
            let mut narrow = [0; FRAME_SAMPLES];
            let count = halver.convert(wide, &mut narrow);
            found = self.listen_narrow(&narrow[..count]).or(found);
        }
        self.halver = Some(halver);
        found
    }

    /// Whether a key that was told still sounds; it is let go some 40 ms after its end.
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    fn listen_narrow(&mut self, samples: &[i16]) -> Option<char> {
        let mut found = None;
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.filled));
            self.take(now);
            rest = later;
            if self.filled == BLOCK {
                found = self.judge().or(found);
            }
        }
        found
    }

    fn take(&mut self, samples: &[i16]) {
        self.filters.take(samples);
        self.energy += samples.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>();
        self.filled += samples.len();
    }

    /// The block is whole: the key that it completes, if it does.
    fn judge(&mut self) -> Option<char> {
        let tones = self.filters.finish();
        let energy = std::mem::take(&mut self.energy);
        self.filled = 0;
        self.recent.rotate_left(1);
        self.recent[PRESENT_BLOCKS - 1] = pair(&tones, energy);
        if let Some((row, column)) = self.held {
            let power = tones[row].power() + tones[4 + column].power();
            // A short break spreads the energy, but must not end the key.
            if power >= PURITY_HELD * energy * BLOCK as f32 / 2.0 && energy > 0.0 {
                self.absent = 0;
                return None;
            }
            self.absent += 1;
            if self.absent < ABSENT_BLOCKS {
                return None;
            }
            self.held = None;
            self.absent = 0;
        }
        let pairs = [self.recent[0]?, self.recent[1]?, self.recent[2]?];
        if !is_key(&pairs) {
            return None;
        }
        let (row, column) = (pairs[0].row, pairs[0].column);
        self.held = Some((row, column));
        Some(KEYS[row][column])
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

/// The low group, then the high one.
fn tones() -> [f64; 8] {
    std::array::from_fn(|i| if i < 4 { ROWS[i] } else { COLUMNS[i - 4] })
}

/// The two tones of a block, if there are two that stand out and make up most of it.
fn pair(heard: &[Phasor; 8], energy: f32) -> Option<Pair> {
    if energy < MIN_AMPLITUDE * MIN_AMPLITUDE * BLOCK as f32 {
        return None;
    }
    let (low, high) = (&heard[..4], &heard[4..]);
    let loudest = |group: &[Phasor]| group.iter().map(|t| t.power()).fold(0.0, f32::max);
    let (row, column) = if loudest(low) > loudest(high) {
        let row = strongest(low)?;
        (
            row,
            strongest(&without(high, COLUMNS, low[row], ROWS[row]))?,
        )
    } else {
        let column = strongest(high)?;
        (
            strongest(&without(low, ROWS, high[column], COLUMNS[column]))?,
            column,
        )
    };
    let pair = Pair {
        row,
        column,
        low: low[row],
        high: high[column],
        energy,
    };
    let model = Model::new(row, column, 0.0, 0.0);
    let (low, high) = model.tones(&pair);
    (model.energy(low, high) >= PURITY_AT_A_GLANCE * energy).then_some(pair)
}

/// What the filters of one group heard, less what the stronger tone of the other group leaks into them.
fn without(group: &[Phasor], hertz: [f64; 4], tone: Phasor, at: f64) -> [Phasor; 4] {
    let tone = tone.scaled(1.0 / BLOCK as f32);
    std::array::from_fn(|i| group[i].less(tone.times(leak((hertz[i] - at) as f32))))
}

/// The index of the strongest of four, if it stands out from the others of its group.
fn strongest(tones: &[Phasor]) -> Option<usize> {
    let powers = [0, 1, 2, 3].map(|i: usize| tones[i].power());
    let best = (0..4).max_by(|&a, &b| powers[a].total_cmp(&powers[b]))?;
    let alone = |i: usize| i == best || powers[i] * STANDS_OUT < powers[best];
    (0..4).all(alone).then_some(best)
}

/// What a filter hears of a tone of amplitude one that is `hertz` below it: the sum of a turning phasor
/// over the block.
fn leak(hertz: f32) -> Phasor {
    let half = PI * hertz / Rate::Narrow.hertz() as f32;
    let sum = if half.sin().abs() < 1e-5 {
        BLOCK as f32
    } else {
        (BLOCK as f32 * half).sin() / half.sin()
    };
    Phasor::turned((BLOCK - 1) as f32 * half).scaled(sum)
}

/// How two tones, each a little beside its frequency, are heard by the filters of their row and column:
/// two equations, solved for the tones.
struct Model {
    /// The leak of the low tone into the high one's filter, and so on; already divided by the
    /// determinant.
    low_low: Phasor,
    low_high: Phasor,
    high_low: Phasor,
    high_high: Phasor,
    /// What the two tones have in common over a block.
    common: Phasor,
}

impl Model {
    /// For the tones of a key, off by so many hertz.
    fn new(row: usize, column: usize, low_off: f32, high_off: f32) -> Self {
        let apart = (ROWS[row] - COLUMNS[column]) as f32;
        let a = leak(-low_off);
        let b = leak(apart - high_off);
        let c = leak(-apart - low_off);
        let d = leak(-high_off);
        let determinant = a.times(d).less(b.times(c));
        let inverse = determinant.conjugate().scaled(1.0 / determinant.power());
        Self {
            low_low: d.times(inverse),
            low_high: b.times(inverse),
            high_low: c.times(inverse),
            high_high: a.times(inverse),
            common: leak(apart + low_off - high_off),
        }
    }

    /// Half the amplitude of the low and of the high tone, at the phase of the last sample.
    fn tones(&self, pair: &Pair) -> (Phasor, Phasor) {
        let low = pair
            .low
            .times(self.low_low)
            .less(pair.high.times(self.low_high));
        let high = pair
            .high
            .times(self.high_high)
            .less(pair.low.times(self.high_low));
        (low, high)
    }

    /// The sum of squares of both tones over a block.
    fn energy(&self, low: Phasor, high: Phasor) -> f32 {
        let common = low.conjugate().times(high).times(self.common);
        2.0 * (BLOCK as f32 * (low.power() + high.power()) + 2.0 * common.real())
    }
}

/// Whether three blocks in a row are a key by all the rules.
fn is_key(pairs: &[Pair; PRESENT_BLOCKS]) -> bool {
    let (row, column) = (pairs[0].row, pairs[0].column);
    if pairs.iter().any(|p| (p.row, p.column) != (row, column)) {
        return false;
    }
    // Once as if both tones were exact, once knowing how far they are off.
    let (mut low_off, mut high_off) = (0.0, 0.0);
    for drift in [2.0 * MAX_DRIFT_HERTZ, MAX_DRIFT_HERTZ] {
        let tones = pairs.map(|pair| Model::new(row, column, low_off, high_off).tones(&pair));
        let low = deviation(ROWS[row], tones.map(|t| t.0), drift);
        let high = deviation(COLUMNS[column], tones.map(|t| t.1), drift);
        let (Some(low), Some(high)) = (low, high) else {
            return false;
        };
        (low_off, high_off) = (low, high);
    }
    let model = Model::new(row, column, low_off, high_off);
    let (mut low_power, mut high_power) = (0.0, 0.0);
    for pair in pairs {
        let (low, high) = model.tones(pair);
        if model.energy(low, high) < PURITY * pair.energy {
            return false;
        }
        low_power += low.power();
        high_power += high.power();
    }
    // Three phasors of half the amplitude.
    let least = MIN_AMPLITUDE * MIN_AMPLITUDE * 3.0 / 4.0;
    low_power.min(high_power) >= least
        && low_power <= high_power * NORMAL_TWIST
        && high_power <= low_power * REVERSE_TWIST
}

/// How far a tone is from where it should be, in hertz; `None` when it is too far, or moves by more
/// than `drift`.
fn deviation(hertz: f64, blocks: [Phasor; PRESENT_BLOCKS], drift: f32) -> Option<f32> {
    let per_block = hertz as f32 * BLOCK as f32 / Rate::Narrow.hertz() as f32;
    let expected = Phasor::turned(-2.0 * PI * per_block.fract());
    let turn = |from: Phasor, to: Phasor| {
        let surplus = to.times(from.conjugate()).times(expected).angle();
        surplus / (2.0 * PI) * Rate::Narrow.hertz() as f32 / BLOCK as f32
    };
    let (first, second) = (turn(blocks[0], blocks[1]), turn(blocks[1], blocks[2]));
    let mean = f32::midpoint(first, second);
    let still = (first - second).abs() <= drift;
    (still && mean.abs() <= MAX_DEVIATION * hertz as f32).then_some(mean)
}

/// Samples of a block: 10 ms, so that 40 ms always hold three whole blocks.
const BLOCK: usize = 80;

/// Blocks alike that begin a key.
const PRESENT_BLOCKS: usize = 3;

/// Blocks without the held key that end it.
const ABSENT_BLOCKS: u8 = 3;

/// The weakest tone that counts: about −36 dBm0.
const MIN_AMPLITUDE: f32 = 360.0;

/// The low tone may be 8 dB stronger than the high one (Q.24 annex A), and one more for noise.
const NORMAL_TWIST: f32 = 7.94;

/// The high tone may be 4 dB stronger than the low one, with the same margin.
const REVERSE_TWIST: f32 = 3.16;

/// The tone must be 2 dB above the others of its group: 10 ms cannot tell neighbours better, and phase
/// does.
const STANDS_OUT: f32 = 1.6;

/// Between the 1.5 % that must be accepted and the 3.5 % that must not.
const MAX_DEVIATION: f32 = 0.025;

/// How much a tone may move within 30 ms.
const MAX_DRIFT_HERTZ: f32 = 8.0;

/// The pair's share of each block's energy. Noise 15 dB below leaves 0.97 of it, a key that fills only
/// three quarters of the block less than this.
const PURITY: f32 = 0.85;

/// The same before it is known how far the tones are off: both at 1.5 % leave 0.88.
const PURITY_AT_A_GLANCE: f32 = 0.6;

/// The same while the key is held.
const PURITY_HELD: f32 = 0.4;

#[cfg(test)]
mod tests;
