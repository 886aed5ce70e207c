//! Another sampling rate, for prompts and files: a polyphase FIR filter, done once per file and
//! never on the wire, where [`halfband`](crate::halfband) serves.

use std::f64::consts::PI;

/// Converts between sampling rates. The filter passes up to 0.425 of the lower rate (3.4 kHz at
/// 8 kHz) and has lost 60 dB at 0.525 of it; the output starts with the input, without a delay.
///
/// # Errors
/// [`RateUnsupported`] for a rate outside [`RATES`], or a pair whose ratio needs more than
/// [`MAX_PHASES`] phases.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Result<Vec<i16>, RateUnsupported> {
    let filter = Polyphase::new(from, to)?;
    if from == to {
        return Ok(samples.to_vec());
    }
    let count = samples.len() as u64 * u64::from(filter.up) / u64::from(filter.down);
    Ok((0..count).map(|n| filter.output(samples, n)).collect())
}

/// A rate, or a pair of rates, that cannot be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateUnsupported {
    /// The rate of the input.
    pub from: u32,
    /// The rate that was wanted.
    pub to: u32,
}

impl std::fmt::Display for RateUnsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot convert {} Hz to {} Hz", self.from, self.to)
    }
}

impl std::error::Error for RateUnsupported {}

/// The sampling rates that are read.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;

/// The most phases of a filter: 44 100 to 8 000 Hz needs 80.
pub const MAX_PHASES: u32 = 640;

/// One windowed-sinc low-pass, cut into a short filter per phase.
struct Polyphase {
    up: u32,
    down: u32,
    /// Input samples on either side of the output's place.
    reach: i64,
    /// `up` filters of `2 · reach + 1` coefficients.
    taps: Vec<f32>,
}

impl Polyphase {
    fn new(from: u32, to: u32) -> Result<Self, RateUnsupported> {
        if !RATES.contains(&from) || !RATES.contains(&to) {
            return Err(RateUnsupported { from, to });
        }
        let divisor = greatest_common_divisor(from, to);
        let (up, down) = (to / divisor, from / divisor);
        if up > MAX_PHASES {
            return Err(RateUnsupported { from, to });
        }
        let lower = f64::from(from.min(to));
        let cutoff = 0.475 * lower / f64::from(from);
        // Kaiser's estimate for 60 dB: (60 − 7.95) / (2.285 · 2π · transition).
        let reach = (3.63 / 2.0 * f64::from(from) / (0.1 * lower)).ceil() as i64;
        let width = 2 * reach + 1;
        let mut taps = Vec::with_capacity(up as usize * width as usize);
        for phase in 0..up {
            let offset = f64::from(phase) / f64::from(up);
            let row: Vec<f64> = (-reach..=reach)
                .map(|k| {
                    let x = k as f64 - offset;
                    2.0 * cutoff * sinc(2.0 * cutoff * x) * kaiser(x / (reach as f64 + 1.0))
                })
                .collect();
            // Each phase passes the same direct current, or the phases would beat.
            let sum: f64 = row.iter().sum();
            taps.extend(row.iter().map(|tap| (tap / sum) as f32));
        }
        Ok(Self {
            up,
            down,
            reach,
            taps,
        })
    }

    /// Output sample `n`; the input is taken as silent outside its ends.
    fn output(&self, samples: &[i16], n: u64) -> i16 {
        let place = n * u64::from(self.down);
        let centre = (place / u64::from(self.up)) as i64;
        let phase = (place % u64::from(self.up)) as usize;
        let width = 2 * self.reach as usize + 1;
        let taps = &self.taps[phase * width..(phase + 1) * width];
        let first = centre - self.reach;
        let skip = (-first).max(0) as usize;
        let start = (first + skip as i64) as usize;
        let sum: f32 = taps[skip..]
            .iter()
            .zip(samples.get(start..).unwrap_or_default())
            .map(|(tap, &sample)| tap * f32::from(sample))
            .sum();
        sum.round().clamp(-32_768.0, 32_767.0) as i16
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser's window for 60 dB at `x` in −1..1.
fn kaiser(x: f64) -> f64 {
    const BETA: f64 = 5.65;
    bessel_i0(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(BETA)
}

/// The modified Bessel function of order zero by its series; 25 terms are exact for β < 10.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    (1..=25).fold(1.0, |sum, k| {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum + term
    })
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, hertz: f64) -> Vec<i16> {
        (0..rate)
            .map(|i| (10_000.0 * (2.0 * PI * hertz * f64::from(i) / f64::from(rate)).sin()) as i16)
            .collect()
    }

    /// The level of the middle of a second of sound, in decibels against the sine that went in.
    fn level(samples: &[i16]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power: f64 = middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
        10.0 * (power / middle.len() as f64 / 5e7).log10()
    }

    #[test]
    fn speech_passes_and_what_would_fold_back_does_not() {
        for from in [16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000] {
            for (hertz, least, most) in [
                (300.0, -0.1, 0.1),
                (1_000.0, -0.1, 0.1),
                (3_300.0, -0.5, 0.1),
                (4_300.0, -99.0, -50.0),
                (6_000.0, -99.0, -55.0),
            ] {
                let out = resample(&sine(from, hertz), from, 8_000).unwrap();
                assert_eq!(out.len(), 8_000);
                let level = level(&out);
                assert!(
                    (least..=most).contains(&level),
                    "{from} {hertz}: {level:.2} dB"
                );
            }
        }
    }

    #[test]
    fn upwards_no_image_appears() {
        let out = resample(&sine(8_000, 3_000.0), 8_000, 48_000).unwrap();
        let expected = sine(48_000, 3_000.0);
        let error: Vec<i16> = out.iter().zip(&expected).map(|(a, b)| a - b).collect();
        assert!(level(&error) < -45.0, "{}", level(&error));
    }

    #[test]
    fn the_sound_does_not_move() {
        let mut click = vec![0i16; 4_800];
        click[2_400] = 30_000;
        let out = resample(&click, 48_000, 8_000).unwrap();
        let peak = (0..out.len()).max_by_key(|&i| out[i]).unwrap();
        assert_eq!(peak, 400);
    }

    #[test]
    fn the_limits_hold() {
        assert!(resample(&[], 7_999, 8_000).is_err());
        assert!(resample(&[], 96_001, 8_000).is_err());
        assert!(resample(&[], 8_001, 47_999).is_err());
        assert_eq!(resample(&[], 44_100, 8_000).unwrap(), [0i16; 0]);
        assert_eq!(resample(&[1, 2], 8_000, 8_000).unwrap(), [1, 2]);
        assert_eq!(resample(&[i16::MAX; 100], 16_000, 8_000).unwrap().len(), 50);
    }
}
