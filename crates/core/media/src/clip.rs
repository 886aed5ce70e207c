//! A sound ready to send: encoded once per codec, shared read-only by every call that plays it.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use rappel_audio::codec::{Encoded, encode_all};
use rappel_audio::silence::QUIET_POWER;
use rappel_audio::{Codec, FRAME_SAMPLES, Rate, length_of, samples_in, tone};
use rappel_model::Tone;
use rappel_rtp::Encoding;

use crate::agreed::codec;

/// Something to play. Both laws of G.711 hold one byte per sample at 8 kHz, so that a clip of any
/// length follows the one before it without a gap and without a rounding to whole frames. Other
/// encodings are added when the first call needs them; until then, such a call has them coded
/// frame by frame.
#[derive(Clone)]
pub struct Clip {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
    g722: OnceLock<Encoded>,
    opus: OnceLock<Encoded>,
    audible: Audible,
}

/// Which of the 20 ms of a clip somebody hears.
#[derive(Clone)]
enum Audible {
    /// All: a signal whose pauses are part of it.
    All,
    /// None: a pause.
    None,
    /// A bit each, the first one lowest; none beyond the end.
    Frames(Box<[u64]>),
}

impl Audible {
    fn of(samples: &[i16]) -> Self {
        let mut bits = vec![0; samples.len().div_ceil(FRAME_SAMPLES).div_ceil(64)];
        for (n, frame) in samples.chunks(FRAME_SAMPLES).enumerate() {
            let sum: u64 = frame.iter().map(|&s| i64::from(s).pow(2) as u64).sum();
            let is_heard = sum > u64::from(QUIET_POWER) * frame.len() as u64;
            bits[n / 64] |= u64::from(is_heard) << (n % 64);
        }
        Self::Frames(bits.into())
    }

    fn has(&self, frame: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Frames(bits) => bits
                .get(frame / 64)
                .is_some_and(|b| b >> (frame % 64) & 1 == 1),
        }
    }
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
            g722: OnceLock::new(),
            opus: OnceLock::new(),
            audible: Audible::of(samples),
        }
    }

    /// A tone: the beep whole, or one period of a tone that repeats (to be played `forever`), its pause
    /// included.
    pub fn tone(kind: Tone) -> Self {
        let clip = Self::from_samples(&match kind {
            Tone::Beep => tone::beep(),
            Tone::Ringing => tone::ringing(),
            Tone::Hold => tone::hold(),
        });
        Self {
            audible: Audible::All,
            ..clip
        }
    }

    /// Nothing, for `length` (at most [`LONGEST_PAUSE`]).
    pub fn pause(length: Duration) -> Self {
        let samples = samples_in(length.min(LONGEST_PAUSE)) as usize;
        Self {
            pcmu: vec![Codec::Pcmu.silence(); samples].into(),
            pcma: vec![Codec::Pcma.silence(); samples].into(),
            g722: OnceLock::new(),
            opus: OnceLock::new(),
            audible: Audible::None,
        }
    }

    /// Whether it is a pause.
    pub const fn is_silent(&self) -> bool {
        matches!(self.audible, Audible::None)
    }

    /// Whether somebody hears the 20 ms that sample `at` is in.
    pub(crate) fn is_heard(&self, at: usize) -> bool {
        self.audible.has(at / FRAME_SAMPLES)
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
        let wide = [&self.g722, &self.opus]
            .into_iter()
            .filter_map(OnceLock::get);
        self.pcmu.len() + self.pcma.len() + wide.map(Encoded::weight).sum::<usize>()
    }

    /// The samples as `encoding` puts them on the wire, one byte each; nothing where that is not
    /// G.711, which [`Self::coded`] has.
    pub fn encoded(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Pcmu => &self.pcmu,
            Encoding::Pcma => &self.pcma,
            Encoding::G722 | Encoding::Opus => &[],
        }
    }

    /// The packets of an encoding that is not G.711, once somebody has prepared them.
    pub fn coded(&self, encoding: Encoding) -> Option<&Encoded> {
        self.place(encoding)?.get()
    }

    /// Whether nobody needs to prepare it for `encoding`.
    pub fn is_prepared(&self, encoding: Encoding) -> bool {
        self.place(encoding)
            .is_none_or(|place| place.get().is_some())
    }

    /// Codes the clip for `encoding`, once for all who play it. It takes as long as a call of that
    /// length would cost in coding, so no pacing thread may do it. `samples` are the same sound at
    /// 16 kHz where there is such, or what the clip itself holds.
    pub fn prepare(&self, encoding: Encoding, samples: Option<&[i16]>) {
        let Some(place) = self.place(encoding).filter(|place| place.get().is_none()) else {
            return;
        };
        let encoded = match samples {
            Some(samples) => encode_all(codec(encoding), Rate::Wide, samples),
            None => {
                let mut samples = vec![0; self.pcma.len()];
                Codec::Pcma.decode(&self.pcma, &mut samples);
                encode_all(codec(encoding), Rate::Narrow, &samples)
            }
        };
        // Another was faster, or the codec is not built in: both are as good as having it.
        if let Ok(encoded) = encoded {
            let _first = place.set(encoded);
        }
    }

    fn place(&self, encoding: Encoding) -> Option<&OnceLock<Encoded>> {
        match encoding {
            Encoding::Pcmu | Encoding::Pcma => None,
            Encoding::G722 => Some(&self.g722),
            Encoding::Opus => Some(&self.opus),
        }
    }
}

/// Clips are equal that sound the same; what is prepared of them does not matter.
impl PartialEq for Clip {
    fn eq(&self, other: &Self) -> bool {
        self.pcma == other.pcma && self.pcmu == other.pcmu
    }
}

impl Eq for Clip {}

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
    fn what_is_heard_of_a_clip_is_known_and_a_signal_is_heard_in_its_pauses() {
        let mut samples = vec![0; FRAME_SAMPLES * 70];
        samples[FRAME_SAMPLES * 65..FRAME_SAMPLES * 66].fill(1_000);
        let clip = Clip::from_samples(&samples);
        let heard: Vec<usize> = (0..80)
            .filter(|n| clip.is_heard(n * FRAME_SAMPLES))
            .collect();
        assert_eq!(heard, [65]);
        assert!(Clip::tone(Tone::Ringing).is_heard(39_000));
        assert!(!Clip::pause(Duration::from_secs(1)).is_heard(0));
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
