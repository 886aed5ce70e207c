//! Linear sound of one stream becomes packets.

use super::{Codec, Error, opus, waveform};
use crate::frame::Rate;

/// Codes one stream; made once, then nothing allocates.
///
/// A G.711 or G.722 encoder holds less than 1 KiB, an Opus encoder 43 KiB (libopus 1.3).
#[derive(Debug)]
pub struct Encoder {
    stream: Stream,
    rate: Rate,
}

#[derive(Debug)]
enum Stream {
    Waveform(Box<waveform::Encoder>),
    Opus(opus::Encoder),
}

impl Encoder {
    /// An encoder of samples at `rate`, Opus with [`OpusSettings::default`].
    ///
    /// # Errors
    /// Where there is no Opus: [`Error`] says why.
    pub fn new(codec: Codec, rate: Rate) -> Result<Self, Error> {
        Self::with(codec, rate, OpusSettings::default())
    }

    /// An encoder of samples at `rate`; the settings are Opus's, other codecs have none.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(codec: Codec, rate: Rate, settings: OpusSettings) -> Result<Self, Error> {
        let stream = match codec {
            Codec::Pcmu | Codec::Pcma => {
                Stream::Waveform(Box::new(waveform::Encoder::g711(codec, rate)))
            }
            Codec::G722 => Stream::Waveform(Box::new(waveform::Encoder::g722(rate))),
            Codec::Opus => Stream::Opus(opus::Encoder::new(rate, settings)?),
        };
        Ok(Self { stream, rate })
    }

    /// The rate of the samples it takes.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Codes 20 ms and returns how many bytes were written; `out` holds [`MAX_ENCODED`]. 0 says that
    /// nothing is to be sent for these 20 ms, whose time passes all the same: in a pause with
    /// discontinuous transmission, or when `samples` are not exactly 20 ms.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        if samples.len() != self.rate.frame_samples() {
            return 0;
        }
        match &mut self.stream {
            Stream::Waveform(stream) => stream.encode(samples, out),
            Stream::Opus(stream) => stream.encode(samples, out),
        }
    }

    /// How many packets in a hundred the listener misses, as its receiver reports say: Opus repeats
    /// more of each packet in the next. Above 100 counts as 100; other codecs repeat nothing.
    pub fn expect_loss(&mut self, percent: u8) {
        match &mut self.stream {
            Stream::Waveform(_) => {}
            Stream::Opus(stream) => stream.expect_loss(percent),
        }
    }
}

/// How Opus codes. Each value is brought within its bounds when an encoder is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusSettings {
    /// Bits per second, [`OpusSettings::MIN_BITRATE`] to [`OpusSettings::MAX_BITRATE`].
    pub bitrate: u32,
    /// What is spent on finding the best coding, 0 to 10.
    pub complexity: u8,
    /// Packets in a hundred that are expected to be lost, 0 to 100. With 0 nothing is repeated in
    /// the packet after; see [`Decoder::recover`](super::Decoder::recover).
    pub expected_loss: u8,
    /// Whether nothing is sent while nobody speaks, but for a packet every 400 ms.
    pub pauses: bool,
}

impl OpusSettings {
    /// The fewest bits per second Opus takes.
    pub const MIN_BITRATE: u32 = 6_000;
    /// More is not heard in speech, and [`MAX_ENCODED`] holds 20 ms of it.
    pub const MAX_BITRATE: u32 = 64_000;
}

impl Default for OpusSettings {
    /// 24 kbit/s, complexity 5 (one core does about 150 encoders), 5 % of loss expected, no pauses.
    fn default() -> Self {
        Self {
            bitrate: 24_000,
            complexity: 5,
            expected_loss: 5,
            pauses: false,
        }
    }
}

/// The longest packet an [`Encoder`] makes, in bytes.
pub const MAX_ENCODED: usize = 400;

#[cfg(test)]
mod tests;
