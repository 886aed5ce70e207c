//! The unit of sound: 20 ms of one channel, at 8 kHz or, where both ends can, at 16 kHz.

use std::time::Duration;

/// How finely linear sound is sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 8 kHz, up to 3.4 kHz of sound: the telephone. Messages, keys and prompts are of this rate.
    #[default]
    Narrow,
    /// 16 kHz, up to 7 kHz of sound: G.722 and Opus.
    Wide,
}

impl Rate {
    /// Samples per second.
    pub const fn hertz(self) -> u32 {
        match self {
            Self::Narrow => 8_000,
            Self::Wide => 16_000,
        }
    }

    /// Samples of 20 ms: 160 or 320.
    pub const fn frame_samples(self) -> usize {
        self.samples_per_millisecond() * 20
    }

    /// Samples of one millisecond: 8 or 16.
    pub const fn samples_per_millisecond(self) -> usize {
        (self.hertz() / 1_000) as usize
    }
}

/// Samples of 20 ms at the highest rate: what a buffer for a frame of any rate must hold.
pub const MAX_FRAME_SAMPLES: usize = Rate::Wide.frame_samples();

/// Samples per second of a [`Frame`].
pub const RATE: u32 = Rate::Narrow.hertz();

/// Samples of one [`Frame`].
pub const FRAME_SAMPLES: usize = Rate::Narrow.frame_samples();

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
