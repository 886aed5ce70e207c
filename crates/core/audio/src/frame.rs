//! The unit of sound: 20 ms of one channel at 8 kHz.

use std::time::Duration;

/// Samples per second everywhere behind the codecs.
pub const RATE: u32 = 8_000;

/// Samples of one frame.
pub const FRAME_SAMPLES: usize = 160;

/// How long one frame sounds.
pub const FRAME_LENGTH: Duration = Duration::from_millis(20);

/// 20 ms of linear samples, full scale ±32767.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame(pub [i16; FRAME_SAMPLES]);

impl Frame {
    /// A frame without sound.
    pub const SILENCE: Self = Self([0; FRAME_SAMPLES]);

    /// The samples in order.
    pub fn samples(&self) -> &[i16] {
        &self.0
    }

    /// The mean power of the samples: the square of the root mean square, at most 2³⁰.
    pub fn power(&self) -> u32 {
        let sum: u64 = self
            .0
            .iter()
            .map(|&sample| i64::from(sample).pow(2) as u64)
            .sum();
        (sum / FRAME_SAMPLES as u64) as u32
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::SILENCE
    }
}

/// How many samples sound for `length`, rounded down.
pub fn samples_in(length: Duration) -> u64 {
    let micros = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
    micros.saturating_mul(u64::from(RATE) / 1_000) / 1_000
}

/// How long `samples` sound, rounded down to the microsecond.
pub fn length_of(samples: u64) -> Duration {
    Duration::from_micros(samples.saturating_mul(1_000_000 / u64::from(RATE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_samples_convert_both_ways() {
        assert_eq!(samples_in(FRAME_LENGTH), FRAME_SAMPLES as u64);
        assert_eq!(length_of(FRAME_SAMPLES as u64), FRAME_LENGTH);
        assert_eq!(length_of(1), Duration::from_micros(125));
        assert_eq!(samples_in(Duration::MAX), u64::MAX / 1_000);
    }

    #[test]
    fn power_is_the_mean_square_without_overflow() {
        assert_eq!(Frame::SILENCE.power(), 0);
        assert_eq!(Frame([i16::MIN; FRAME_SAMPLES]).power(), 1 << 30);
        assert_eq!(Frame([100; FRAME_SAMPLES]).power(), 10_000);
    }
}
