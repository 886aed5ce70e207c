//! Sound for packets that never came, in the manner of G.711 Appendix I: the last pitch period is
//! repeated while it fades, and the first good frame is blended in.

use crate::frame::{FRAME_SAMPLES, Frame};

/// Fills the holes of one stream. Feed it every frame that came, in order, and ask it for one frame
/// per frame that did not.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// The last [`HISTORY`] samples, real or made.
    history: [i16; HISTORY],
    /// Length of the period being repeated; 0 while nothing is missing.
    period: usize,
    /// Frames made in a row.
    missing: u32,
}

impl Concealer {
    /// A concealer that has heard nothing: what it makes up is silence.
    pub const fn new() -> Self {
        Self {
            history: [0; HISTORY],
            period: 0,
            missing: 0,
        }
    }

    /// Passes on a frame that came; after a hole its first 5 ms are blended with what was made up.
    pub fn received(&mut self, frame: &mut Frame) {
        if self.missing > 0 {
            let made = self.next_made();
            for (i, sample) in frame.0.iter_mut().take(BLEND).enumerate() {
                let (new, old) = (i32::from(*sample), i32::from(made.0[i]));
                *sample = ((new * i as i32 + old * (BLEND - i) as i32) / BLEND as i32) as i16;
            }
            self.missing = 0;
            self.period = 0;
        }
        self.remember(frame);
    }

    /// Makes a frame in place of one that did not come; silent after [`FADED_OUT`] in a row.
    pub fn missing(&mut self) -> Frame {
        if self.period == 0 {
            self.period = self.pitch_period();
        }
        let frame = self.next_made();
        self.missing = self.missing.saturating_add(1);
        self.remember(&frame);
        frame
    }

    fn next_made(&self) -> Frame {
        let mut frame = Frame::SILENCE;
        if self.missing >= FADED_OUT {
            return frame;
        }
        let from = i32::from(GAINS[self.missing as usize]);
        let to = i32::from(GAINS[self.missing as usize + 1]);
        let period = self.period.max(MIN_PERIOD);
        for i in 0..FRAME_SAMPLES {
            // What was repeated last is in the history with its fading: take that out again.
            let source = match i.checked_sub(period) {
                Some(earlier) => frame.0[earlier],
                None => self.history[HISTORY - period + i],
            };
            frame.0[i] = source;
        }
        for (i, sample) in frame.0.iter_mut().enumerate() {
            let gain = from + (to - from) * i as i32 / FRAME_SAMPLES as i32;
            // The history already carries the gain `from`.
            *sample = (i32::from(*sample) * gain / from) as i16;
        }
        frame
    }

    fn remember(&mut self, frame: &Frame) {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        self.history[HISTORY - FRAME_SAMPLES..].copy_from_slice(&frame.0);
    }

    /// The lag at which the last 10 ms look most like themselves.
    fn pitch_period(&self) -> usize {
        let recent = &self.history[HISTORY - MATCH..];
        let likeness = |lag: usize| {
            let earlier = &self.history[HISTORY - MATCH - lag..HISTORY - lag];
            let (mut product, mut energy) = (0i64, 1i64);
            for (&a, &b) in recent.iter().zip(earlier) {
                product += i64::from(a) * i64::from(b);
                energy += i64::from(b) * i64::from(b);
            }
            // Only the sign and the square matter for an order; floats are exact enough for one.
            let product = product as f64;
            product * product.abs() / energy as f64
        };
        (MIN_PERIOD..=MAX_PERIOD)
            .map(|lag| (lag, likeness(lag)))
            .fold((MIN_PERIOD, f64::MIN), |best, next| {
                if next.1 > best.1 { next } else { best }
            })
            .0
    }
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

/// Frames made in a row after which there is silence: 60 ms.
pub const FADED_OUT: u32 = 3;

/// How loud each made frame begins and ends, in hundredths.
const GAINS: [u8; FADED_OUT as usize + 1] = [100, 75, 35, 0];

/// Samples kept: the longest period and what is matched against it.
const HISTORY: usize = 320;

/// Shortest pitch period looked for: 5 ms, 200 Hz. A higher voice repeats within it.
const MIN_PERIOD: usize = 40;

/// Longest pitch period looked for: 15 ms, 66 Hz.
const MAX_PERIOD: usize = 120;

/// Samples compared when looking for the period: 20 ms.
const MATCH: usize = 160;

/// Samples over which the first good frame is blended in: 5 ms.
const BLEND: usize = 40;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tone::tone;

    fn sine(hertz: f64) -> Vec<Frame> {
        tone(&[(hertz, -10.0)], Duration::from_secs(1))
            .chunks_exact(FRAME_SAMPLES)
            .map(|chunk| Frame(chunk.try_into().unwrap()))
            .collect()
    }

    #[test]
    fn a_lost_frame_of_a_voice_is_nearly_what_it_was() {
        for hertz in [100.0, 150.0, 200.0, 400.0] {
            let frames = sine(hertz);
            let mut concealer = Concealer::new();
            for frame in &frames[..20] {
                concealer.received(&mut frame.clone());
            }
            let made = concealer.missing();
            let difference: f64 = made.0[..80]
                .iter()
                .zip(&frames[20].0[..80])
                .map(|(&a, &b)| f64::from(a - b).powi(2))
                .sum::<f64>()
                / 80.0;
            let ratio = difference / f64::from(frames[20].power());
            assert!(ratio < 0.1, "{hertz} Hz: {ratio}");
        }
    }

    #[test]
    fn a_long_hole_fades_to_silence_and_stays_there() {
        let frames = sine(200.0);
        let mut concealer = Concealer::new();
        for frame in &frames[..20] {
            concealer.received(&mut frame.clone());
        }
        let powers: Vec<u32> = (0..10).map(|_| concealer.missing().power()).collect();
        assert!(powers[0] > powers[1] && powers[1] > powers[2]);
        assert!(powers[FADED_OUT as usize..].iter().all(|&p| p == 0));
    }

    #[test]
    fn the_return_has_no_step() {
        let frames = sine(300.0);
        let mut concealer = Concealer::new();
        for frame in &frames[..20] {
            concealer.received(&mut frame.clone());
        }
        let made = concealer.missing();
        let mut back = frames[21];
        concealer.received(&mut back);
        let step = (i32::from(back.0[0]) - i32::from(made.0[FRAME_SAMPLES - 1])).abs();
        assert!(step < 3_000, "{step}");
        assert_eq!(back.0[BLEND..], frames[21].0[BLEND..]);
    }

    #[test]
    fn nothing_heard_makes_silence() {
        assert_eq!(Concealer::new().missing(), Frame::SILENCE);
    }
}
