//! The codecs this build knows. Each lives in its own file; the rest of the room sees samples.
//!
//! G.711 has no memory: [`Codec`] itself decodes and encodes it, byte by byte. Everything else, and
//! G.711 with its concealment, is a [`Decoder`] and an [`Encoder`] per stream.

mod comfort_noise;
mod decoder;
mod encoder;
mod error;
mod g711;
mod g722;
#[cfg_attr(not(feature = "opus"), path = "opus/missing.rs")]
mod opus;
mod waveform;
mod whole;

pub use comfort_noise::{ComfortNoise, MAX_ORDER, Noise};
pub use decoder::{Decoder, MAX_PACKET, MAX_PACKET_SAMPLES};
pub use encoder::{Encoder, MAX_ENCODED, OpusSettings};
pub use error::Error;
pub use whole::{Encoded, encode_all};

use crate::frame::Rate;

/// A way to put sound on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law: one byte per sample at 8 kHz.
    Pcmu,
    /// G.711 A-law: one byte per sample at 8 kHz.
    Pcma,
    /// G.722 at 64 kbit/s: one byte per two samples at 16 kHz.
    G722,
    /// Opus (RFC 6716), one channel: packets of their own length.
    Opus,
}

/// What every codec is.
impl Codec {
    /// Whether this build holds the codec: Opus needs the feature `opus`.
    pub const fn is_built(self) -> bool {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => true,
            Self::Opus => cfg!(feature = "opus"),
        }
    }

    /// Ticks per second of its RTP timestamps. G.722 counts 8 000 although it samples 16 000 times
    /// (RFC 3551 §4.5.2, an error kept for compatibility); Opus always counts 48 000 (RFC 7587 §4.1).
    pub const fn rtp_clock(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Ticks of its RTP timestamps in 20 ms: 160, or 960.
    pub const fn frame_ticks(self) -> u32 {
        self.rtp_clock() / 50
    }

    /// The rate at which nothing of its sound is lost and nothing is converted.
    pub const fn natural_rate(self) -> Rate {
        match self {
            Self::Pcmu | Self::Pcma => Rate::Narrow,
            Self::G722 | Self::Opus => Rate::Wide,
        }
    }

    /// Bytes of every 20 ms; `None` where packets have their own lengths.
    pub const fn frame_bytes(self) -> Option<usize> {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => Some(160),
            Self::Opus => None,
        }
    }
}

/// G.711, which needs no memory. Codecs that do leave their target as it is and write nothing: they
/// are decoded by a [`Decoder`] and encoded by an [`Encoder`].
impl Codec {
    /// The byte that sounds like nothing, repeated, in G.722 too. Opus has none; 0 stands for it.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcmu => 0xff,
            Self::Pcma => 0xd5,
            // A difference that is rounded to nothing, in both bands.
            Self::G722 => 0xfd,
            Self::Opus => 0,
        }
    }

    /// Decodes as many bytes of G.711 as fit and returns how many samples at 8 kHz were written.
    pub fn decode(self, coded: &[u8], samples: &mut [i16]) -> usize {
        let table = match self {
            Self::Pcmu => &g711::ULAW_TO_LINEAR,
            Self::Pcma => &g711::ALAW_TO_LINEAR,
            Self::G722 | Self::Opus => return 0,
        };
        for (sample, &byte) in samples.iter_mut().zip(coded) {
            *sample = table[usize::from(byte)];
        }
        coded.len().min(samples.len())
    }

    /// Encodes as many samples at 8 kHz as fit in G.711 and returns how many bytes were written.
    pub fn encode(self, samples: &[i16], coded: &mut [u8]) -> usize {
        let pairs = coded.iter_mut().zip(samples);
        match self {
            Self::Pcmu => pairs.for_each(|(byte, &sample)| {
                *byte = g711::LINEAR_TO_ULAW[usize::from(sample as u16 >> 2)];
            }),
            Self::Pcma => pairs.for_each(|(byte, &sample)| {
                *byte = g711::LINEAR_TO_ALAW[usize::from(sample as u16 >> 4)];
            }),
            Self::G722 | Self::Opus => return 0,
        }
        coded.len().min(samples.len())
    }

    /// Rewrites G.711 in place for a listener who expects the `other` law. Anything else stays as it
    /// is.
    pub fn convert(self, other: Self, coded: &mut [u8]) {
        let table = match (self, other) {
            (Self::Pcmu, Self::Pcma) => &g711::ULAW_TO_ALAW,
            (Self::Pcma, Self::Pcmu) => &g711::ALAW_TO_ULAW,
            _ => return,
        };
        for byte in coded {
            *byte = table[usize::from(*byte)];
        }
    }
}

#[cfg(test)]
mod tests;
