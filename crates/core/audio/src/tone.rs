//! Tones made on the spot, as linear samples at 8 kHz.

use std::f64::consts::PI;
use std::time::Duration;

use crate::frame::{RATE, samples_in};

/// The beep before a recording: 1 kHz for 200 ms.
pub fn beep() -> Vec<i16> {
    tone(&[(1_000.0, -10.0)], Duration::from_millis(200))
}

/// One period of ringing as Europe hears it (ITU-T E.180): 440 Hz for 1.5 s, then 3.5 s of nothing.
/// Played again and again it has no seam.
pub fn ringing() -> Vec<i16> {
    let mut samples = tone(&[(440.0, -13.0)], Duration::from_millis(1_500));
    samples.resize(samples_in(Duration::from_secs(5)) as usize, 0);
    samples
}

/// One period of what is heard on hold: two soft tones, 392 Hz and 523 Hz, 200 ms each, then nothing
/// up to two seconds: nobody who waits hears nothing for longer. Played again and again it has no seam.
pub fn hold() -> Vec<i16> {
    let mut samples = still_there();
    samples.resize(samples_in(Duration::from_secs(2)) as usize, 0);
    samples
}

/// Two soft tones, 392 Hz and 523 Hz, 200 ms each: the call stands, and nobody has anything to say.
pub fn still_there() -> Vec<i16> {
    let short = Duration::from_millis(200);
    let mut samples = tone(&[(392.0, -24.0)], short);
    samples.extend(tone(&[(523.25, -24.0)], short));
    samples
}

/// The sum of sines, each `(hertz, dBm0)`, for at most [`LONGEST_TONE`], with smooth edges of
/// [`EDGE`] so that neither end clicks.
pub fn tone(sines: &[(f64, f64)], length: Duration) -> Vec<i16> {
    let count = samples_in(length.min(LONGEST_TONE));
    (0..count).map(|i| shaped(sines, i, count)).collect()
}

/// Sample `i` of a tone of `count` samples.
pub(crate) fn shaped(sines: &[(f64, f64)], i: u64, count: u64) -> i16 {
    let edge = samples_in(EDGE).min(count / 2);
    let sum: f64 = sines
        .iter()
        .map(|&(hertz, level)| {
            amplitude(level) * (2.0 * PI * hertz * i as f64 / f64::from(RATE)).sin()
        })
        .sum();
    let from_end = i.min(count - 1 - i);
    let rise = if from_end < edge {
        0.5 - 0.5 * (PI * from_end as f64 / edge as f64).cos()
    } else {
        1.0
    };
    (sum * rise).round().clamp(-32_768.0, 32_767.0) as i16
}

/// The peak of a sine of `level` dBm0: full scale is +3.14 dBm0 (G.711 §4, A-law).
pub fn amplitude(level: f64) -> f64 {
    32_767.0 * 10f64.powf((level - FULL_SCALE_DBM0) / 20.0)
}

/// The level of a sine that just reaches full scale, in dBm0.
#[expect(
    clippy::approx_constant,
    reason = "a level that happens to look like π"
)]
pub const FULL_SCALE_DBM0: f64 = 3.14;

/// How long a tone takes to rise, and to fall.
pub const EDGE: Duration = Duration::from_millis(5);

/// The longest tone made at once.
pub const LONGEST_TONE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beep_is_200_ms_of_1_khz_with_quiet_ends() {
        let beep = beep();
        assert_eq!(beep.len(), 1_600);
        assert!(beep[0].abs() < 10 && beep[1_599].abs() < 10);
        let crossings = beep.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        assert!((198..=201).contains(&crossings), "{crossings}");
        let peak = f64::from(*beep.iter().max().unwrap());
        assert!((peak - amplitude(-10.0)).abs() < 2.0, "{peak}");
    }

    #[test]
    fn ringing_is_a_third_of_sound() {
        let ringing = ringing();
        assert_eq!(ringing.len(), 40_000);
        assert!(ringing[12_000..].iter().all(|&s| s == 0));
        assert!(
            ringing[100..11_900]
                .chunks(20)
                .all(|c| c.iter().any(|&s| s.abs() > 1_000))
        );
    }

    #[test]
    fn hold_is_soft_and_short() {
        let hold = hold();
        assert_eq!(hold.len(), 16_000);
        assert!(hold[3_200..].iter().all(|&s| s == 0));
        let peak = f64::from(*hold.iter().max().unwrap());
        assert!(peak > 500.0 && peak <= amplitude(-24.0) + 2.0, "{peak}");
    }

    #[test]
    fn a_tone_is_bounded_and_may_be_shorter_than_its_edges() {
        assert_eq!(tone(&[(440.0, 0.0)], Duration::MAX).len(), 480_000);
        assert_eq!(tone(&[(440.0, 0.0)], Duration::from_millis(1)).len(), 8);
        assert!(tone(&[(440.0, 0.0)], Duration::ZERO).is_empty());
    }
}
