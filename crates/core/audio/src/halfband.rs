//! From 8 to 16 kHz and back while a call lasts: one half-band filter, packet by packet, with its
//! history as the only state. [`resample`](crate::resample) does whole files and other rates.
//!
//! The filter passes sound up to 3.4 kHz within 0.02 dB, is 6 dB down at 4 kHz and has lost 57 dB at
//! 4.6 kHz, so that what folds over lands above the telephone's band. Each direction delays by
//! [`DELAY`]; no sample waits for another packet, and nothing allocates.

use std::time::Duration;

/// Makes 16 kHz sound of 8 kHz sound.
#[derive(Clone, Debug)]
pub struct Doubler {
    history: [i16; HISTORY],
}

impl Doubler {
    /// A converter that has heard silence.
    pub const fn new() -> Self {
        Self {
            history: [0; HISTORY],
        }
    }

    /// Converts as many samples as fit twice into `wide`; returns how many were written there.
    pub fn convert(&mut self, narrow: &[i16], wide: &mut [i16]) -> usize {
        let count = narrow.len().min(wide.len() / 2);
        let blocks = narrow[..count].chunks(BLOCK);
        for (block, out) in blocks.zip(wide.chunks_mut(2 * BLOCK)) {
            let line = Line::new(&mut self.history, block.iter().copied());
            for (i, pair) in out.chunks_exact_mut(2).take(block.len()).enumerate() {
                let between = (line.dot(i) + (1 << 13)) >> 14;
                pair[0] = saturated(between);
                // Every second sample is one that came: the filter's other coefficients are zero.
                pair[1] = line.0[i + HALF];
            }
        }
        count * 2
    }
}

impl Default for Doubler {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes 8 kHz sound of 16 kHz sound.
#[derive(Clone, Debug)]
pub struct Halver {
    /// Samples of odd places, which the filter weighs.
    weighed: [i16; HISTORY],
    /// Samples of even places, which wait for the middle of the filter.
    middle: [i16; HALF - 1],
}

impl Halver {
    /// A converter that has heard silence.
    pub const fn new() -> Self {
        Self {
            weighed: [0; HISTORY],
            middle: [0; HALF - 1],
        }
    }

    /// Converts as many pairs of samples as fit into `narrow`; returns how many were written there.
    /// An odd sample at the end is left out.
    pub fn convert(&mut self, wide: &[i16], narrow: &mut [i16]) -> usize {
        let (pairs, _) = wide.as_chunks::<2>();
        let count = pairs.len().min(narrow.len());
        let blocks = pairs[..count].chunks(BLOCK);
        for (block, out) in blocks.zip(narrow.chunks_mut(BLOCK)) {
            let line = Line::new(&mut self.weighed, block.iter().map(|pair| pair[1]));
            for (i, sample) in out.iter_mut().take(block.len()).enumerate() {
                let middle = match i.checked_sub(self.middle.len()) {
                    Some(i) => block[i][0],
                    None => self.middle[i],
                };
                *sample = saturated((line.dot(i) + (i32::from(middle) << 14) + (1 << 14)) >> 15);
            }
            remember(&mut self.middle, block.iter().map(|pair| pair[0]));
        }
        count
    }
}

impl Default for Halver {
    fn default() -> Self {
        Self::new()
    }
}

/// What either direction delays: 23 samples at 16 kHz, half the filter.
pub const DELAY: Duration = Duration::from_nanos(23 * 1_000_000_000 / 16_000);

/// A block behind the samples that came before it.
struct Line([i16; HISTORY + BLOCK]);

impl Line {
    fn new(
        history: &mut [i16; HISTORY],
        block: impl ExactSizeIterator<Item = i16> + Clone,
    ) -> Self {
        let mut line = [0; HISTORY + BLOCK];
        line[..HISTORY].copy_from_slice(history);
        for (place, sample) in line[HISTORY..].iter_mut().zip(block.clone()) {
            *place = sample;
        }
        remember(history, block);
        Self(line)
    }

    /// The filter over the samples up to the `i`-th of the block, in units of 2⁻¹⁴.
    fn dot(&self, i: usize) -> i32 {
        let samples = &self.0[i..i + TAPS.len()];
        let products = samples.iter().zip(&TAPS);
        products.map(|(&s, &t)| i32::from(s) * i32::from(t)).sum()
    }
}

/// Moves the last samples of `history` and `block` together into `history`.
fn remember(history: &mut [i16], block: impl ExactSizeIterator<Item = i16>) {
    let kept = history.len().saturating_sub(block.len());
    history.copy_within(history.len() - kept.., 0);
    let skipped = block.len() - (history.len() - kept);
    for (place, sample) in history[kept..].iter_mut().zip(block.skip(skipped)) {
        *place = sample;
    }
}

fn saturated(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// Samples converted at once, so that the filter runs over memory in order.
const BLOCK: usize = 160;

/// Samples before a block that the filter reaches.
const HISTORY: usize = 23;

/// Half the coefficients that are not zero.
const HALF: usize = 12;

/// Every second coefficient of a half-band low-pass of 47, windowed by Kaiser (β = 5.65), in units of
/// 2⁻¹⁴; a test makes them again.
const TAPS: [i16; 2 * HALF] = {
    const SIDE: [i16; HALF] = [
        10_391, -3_342, 1_865, -1_194, 799, -539, 358, -230, 140, -80, 40, -16,
    ];
    let mut taps = [0; 2 * HALF];
    let mut i = 0;
    while i < HALF {
        taps[HALF + i] = SIDE[i];
        taps[HALF - 1 - i] = SIDE[i];
        i += 1;
    }
    taps
};

#[cfg(test)]
mod tests;
