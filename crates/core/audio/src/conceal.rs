//! Sound for packets that never came, in the manner of G.711 Appendix I: the last pitch period is
//! repeated while it fades, and the first good sound is blended in. Unlike the appendix it delays
//! nothing; the seam of the repetition is smoothed inside the period instead.

use crate::frame::{FRAME_SAMPLES, Frame, MAX_FRAME_SAMPLES, Rate};

/// Fills the holes of one stream. Feed it all sound that came, in order, and ask it for as much as
/// did not.
#[derive(Clone, Debug)]
pub struct Concealer {
    rate: Rate,
    /// The last 40 ms, real or made, as a ring; at 8 kHz only the first half is used.
    history: [i16; 2 * MAX_FRAME_SAMPLES],
    /// Where in it the oldest sample stands.
    oldest: usize,
    /// The period that is repeated in a hole.
    cycle: [i16; MAX_PERIOD * 2],
    /// Its length; 0 while nothing is missing.
    period: usize,
    /// Samples made in this hole.
    made: usize,
}

impl Concealer {
    /// A concealer for 8 kHz that has heard nothing: what it makes up is silence.
    pub const fn new() -> Self {
        Self::at(Rate::Narrow)
    }

    /// The same for sound of any rate.
    pub const fn at(rate: Rate) -> Self {
        Self {
            rate,
            history: [0; 2 * MAX_FRAME_SAMPLES],
            oldest: 0,
            cycle: [0; MAX_PERIOD * 2],
            period: 0,
            made: 0,
        }
    }

    /// [`heard`](Self::heard) of a frame.
    pub fn received(&mut self, frame: &mut Frame) {
        self.heard(&mut frame.0);
    }

    /// [`fill`](Self::fill) of a frame.
    pub fn missing(&mut self) -> Frame {
        let mut frame = Frame::SILENCE;
        self.fill(&mut frame.0);
        frame
    }

    /// Passes on sound that came; after a hole its first 5 ms are blended with what was made up.
    pub fn heard(&mut self, samples: &mut [i16]) {
        if self.period > 0 {
            let blend = BLEND * self.scale();
            let mut made = [0; BLEND * 2];
            let made = &mut made[..blend];
            self.make(made);
            for (i, (sample, &made)) in samples.iter_mut().zip(&*made).enumerate() {
                let (new, old) = (i32::from(*sample), i32::from(made));
                let (rise, fall) = (i as i32, (blend - i) as i32);
                *sample = ((new * rise + old * fall) / blend as i32) as i16;
            }
            self.period = 0;
            self.made = 0;
        }
        self.remember(samples);
    }

    /// Makes sound in place of what did not come; it fades, and is silent after [`FADED_OUT`] frames
    /// of 20 ms in a row.
    pub fn fill(&mut self, samples: &mut [i16]) {
        if self.period == 0 {
            self.find_cycle();
        }
        self.make(samples);
        self.remember(samples);
    }

    /// Samples of the higher rate to one of 8 kHz.
    const fn scale(&self) -> usize {
        match self.rate {
            Rate::Narrow => 1,
            Rate::Wide => 2,
        }
    }

    /// The cycle goes on, a 20 ms slope of the fading at a time.
    fn make(&mut self, samples: &mut [i16]) {
        let slope = self.rate.frame_samples();
        let mut rest = samples;
        while !rest.is_empty() {
            let place = self.made % slope;
            let (now, later) = rest.split_at_mut(rest.len().min(slope - place));
            let gain = |step: usize| GAINS.get(self.made / slope + step).copied().unwrap_or(0);
            let (from, to) = (i32::from(gain(0)), i32::from(gain(1)));
            for (i, sample) in now.iter_mut().enumerate() {
                let source = i32::from(self.cycle[(self.made + i) % self.period]);
                let gain = from * slope as i32 + (to - from) * (place + i) as i32;
                *sample = (source * gain / (100 * slope as i32)) as i16;
            }
            // Kept small: beyond the fading only the place in the cycle would matter.
            self.made = (self.made + now.len()).min(GAINS.len() * slope);
            rest = later;
        }
    }

    fn remember(&mut self, samples: &[i16]) {
        let length = HISTORY * self.scale();
        let newest = &samples[samples.len().saturating_sub(length)..];
        let (now, wrapped) = newest.split_at(newest.len().min(length - self.oldest));
        self.history[self.oldest..self.oldest + now.len()].copy_from_slice(now);
        self.history[..wrapped.len()].copy_from_slice(wrapped);
        self.oldest = (self.oldest + newest.len()) % length;
    }

    /// Takes the last period out of the history. Its end is blended into what came before its start,
    /// so that each repetition begins where the one before it ended.
    fn find_cycle(&mut self) {
        let length = HISTORY * self.scale();
        self.history[..length].rotate_left(self.oldest);
        self.oldest = 0;
        let history = &self.history[..length];
        let period = pitch_period(history, self.scale());
        let start = history.len() - period;
        self.cycle[..period].copy_from_slice(&history[start..]);
        let seam = period / 4;
        for i in 0..seam {
            let (end, before) = (period - seam + i, start - seam + i);
            let (fall, rise) = ((seam - i) as i32, (i + 1) as i32);
            let sum = i32::from(history[start + end]) * fall + i32::from(history[before]) * rise;
            self.cycle[end] = (sum / (seam + 1) as i32) as i16;
        }
        self.period = period;
        self.made = 0;
    }
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

/// The lag, in samples of `history`, at which its last 10 ms look most like what came before. Looked for at
/// 8 kHz, then refined.
fn pitch_period(history: &[i16], scale: usize) -> usize {
    let mut coarse = [0i16; HISTORY];
    for (sample, group) in coarse.iter_mut().zip(history.chunks_exact(scale)) {
        let sum: i32 = group.iter().map(|&s| i32::from(s)).sum();
        // Four bits less, so that sums of products stay within 32 bits.
        *sample = ((sum / scale as i32) >> 4) as i16;
    }
    let found = best(MIN_PERIOD..=MAX_PERIOD, |lag| likeness(&coarse, lag));
    let Some(found) = found.filter(|&(_, likeness)| likeness > 0.0) else {
        return MAX_PERIOD * scale;
    };
    if scale == 1 {
        return found.0;
    }
    let (least, most) = (
        found.0 * scale - 1,
        (found.0 * scale + 1).min(MAX_PERIOD * 2),
    );
    let fine = |lag: usize| {
        let mut newest = [0i16; HISTORY];
        for (sample, &full) in newest.iter_mut().zip(&history[history.len() - HISTORY..]) {
            *sample = full >> 4;
        }
        // 5 ms, behind which the longest lag still fits.
        likeness_of(&newest, lag, MATCH)
    };
    best(least..=most, fine).map_or(found.0 * scale, |b| b.0)
}

/// The place of the greatest value.
fn best(
    lags: std::ops::RangeInclusive<usize>,
    value: impl Fn(usize) -> f64,
) -> Option<(usize, f64)> {
    let all = lags.map(|lag| (lag, value(lag)));
    all.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn likeness(samples: &[i16; HISTORY], lag: usize) -> f64 {
    likeness_of(samples, lag, MATCH)
}

/// How much the last `length` samples are like those `lag` before: the product, squared with its
/// sign, over the energy. Samples have twelve bits.
fn likeness_of(samples: &[i16; HISTORY], lag: usize, length: usize) -> f64 {
    let recent = &samples[HISTORY - length..];
    let earlier = &samples[HISTORY - length - lag..HISTORY - lag];
    let (mut product, mut energy) = (0i32, 1i32);
    for (&a, &b) in recent.iter().zip(earlier) {
        product += i32::from(a) * i32::from(b);
        energy += i32::from(b) * i32::from(b);
    }
    let product = f64::from(product);
    product * product.abs() / f64::from(energy)
}

/// Frames of 20 ms made in a row after which there is silence: 60 ms.
pub const FADED_OUT: u32 = 3;

/// How loud each made frame begins and ends, in hundredths.
const GAINS: [u8; FADED_OUT as usize + 1] = [100, 75, 35, 0];

/// Samples compared when looking for the period at 8 kHz: the last 10 ms, which say most of what follows.
const MATCH: usize = FRAME_SAMPLES / 2;

/// Samples kept at 8 kHz: the longest period and what is matched against it.
const HISTORY: usize = 2 * FRAME_SAMPLES;

/// Shortest pitch period looked for: 5 ms, 200 Hz. A higher voice repeats within it.
const MIN_PERIOD: usize = 40;

/// Longest pitch period looked for: 15 ms, 66 Hz.
const MAX_PERIOD: usize = 120;

/// Samples at 8 kHz over which the first good sound is blended in: 5 ms.
const BLEND: usize = 40;

#[cfg(test)]
mod tests;
