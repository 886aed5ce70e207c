//! A sound ready to send: encoded once per codec, shared read-only by every call that plays it.

use std::fmt;
use std::time::Duration;

use rappel_audio::{Codec, length_of, samples_in, tone};
use rappel_model::Tone;
use rappel_rtp::Encoding;

/// Something to play. Both encodings hold one byte per sample at 8 kHz, so that a clip of any
/// length follows the one before it without a gap and without a rounding to whole frames.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

impl Clip {
    /// Encodes linear samples at 8 kHz.
    pub fn from_samples(samples: &[i16]) -> Self {
        let encoded = |codec: Codec| {
            let mut bytes = vec![0; samples.len()];
            codec.encode(samples, &mut bytes);
            bytes.into_boxed_slice()
        };
        Self {
            pcmu: encoded(Codec::Pcmu),
            pcma: encoded(Codec::Pcma),
        }
    }

    /// A tone: the beep whole, or one period of a tone that repeats (to be played `forever`).
    pub fn tone(kind: Tone) -> Self {
        Self::from_samples(&match kind {
            Tone::Beep => tone::beep(),
            Tone::Ringing => tone::ringing(),
            Tone::Hold => tone::hold(),
        })
    }

    /// Nothing, for `length` (at most [`LONGEST_PAUSE`]).
    pub fn pause(length: Duration) -> Self {
        let samples = samples_in(length.min(LONGEST_PAUSE)) as usize;
        Self {
            pcmu: vec![Codec::Pcmu.silence(); samples].into(),
            pcma: vec![Codec::Pcma.silence(); samples].into(),
        }
    }

    /// How long it sounds.
    pub fn length(&self) -> Duration {
        length_of(self.pcmu.len() as u64)
    }

    /// Whether there is nothing to hear, not even silence.
    pub fn is_empty(&self) -> bool {
        self.pcmu.is_empty()
    }

    /// What it weighs in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.pcmu.len() + self.pcma.len()
    }

    /// The samples as `encoding` puts them on the wire, one byte each.
    pub fn encoded(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Pcmu => &self.pcmu,
            Encoding::Pcma => &self.pcma,
            Encoding::G722 | Encoding::Opus => &[],
        }
    }
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({:?})", self.length())
    }
}

/// The longest pause between words that is honoured.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_hold_every_sample() {
        let clip = Clip::from_samples(&[0, 1_000, -1_000]);
        assert_eq!(clip.encoded(Encoding::Pcmu).len(), 3);
        assert_eq!(clip.encoded(Encoding::Pcma)[0], 0xd5);
        assert_eq!(
            (clip.length(), clip.bytes()),
            (Duration::from_micros(375), 6)
        );
    }

    #[test]
    fn tones_and_pauses_have_their_lengths() {
        assert_eq!(Clip::tone(Tone::Beep).length(), Duration::from_millis(200));
        assert_eq!(Clip::tone(Tone::Ringing).length(), Duration::from_secs(5));
        assert_eq!(
            Clip::pause(Duration::from_millis(300)).length(),
            Duration::from_millis(300)
        );
        assert_eq!(Clip::pause(Duration::MAX).length(), LONGEST_PAUSE);
    }
}
