//! Packets of one stream become linear sound, and what was lost becomes something like it.

use std::time::Duration;

use super::{Codec, Error, opus, waveform};
use crate::frame::Rate;

/// Decodes one stream; made once, then nothing allocates.
///
/// Call it once per packet in the order of their timestamps: [`decode`](Self::decode) for one that
/// came, [`conceal`](Self::conceal) for each 20 ms that did not, or [`recover`](Self::recover) when the
/// packet right after the hole is there. In a pause of discontinuous transmission `conceal` goes on
/// with the background.
///
/// A G.711 or G.722 decoder holds some 2 KiB, an Opus decoder 18 KiB (libopus 1.3).
#[derive(Debug)]
pub struct Decoder {
    stream: Stream,
    rate: Rate,
}

#[derive(Debug)]
enum Stream {
    Waveform(Box<waveform::Decoder>),
    Opus(opus::Decoder),
}

impl Decoder {
    /// A decoder that gives samples at `rate`. G.711 and G.722 are converted where that is not their
    /// own ([`halfband`](crate::halfband) says what it delays); Opus decodes at either.
    ///
    /// # Errors
    /// Where there is no Opus: [`Error`] says why.
    pub fn new(codec: Codec, rate: Rate) -> Result<Self, Error> {
        let stream = match codec {
            Codec::Pcmu | Codec::Pcma => {
                Stream::Waveform(Box::new(waveform::Decoder::g711(codec, rate)))
            }
            Codec::G722 => Stream::Waveform(Box::new(waveform::Decoder::g722(rate))),
            Codec::Opus => Stream::Opus(opus::Decoder::new(rate)?),
        };
        Ok(Self { stream, rate })
    }

    /// The rate of the samples it gives.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Decodes a packet of any length up to [`MAX_PACKET`] and returns how many samples were written.
    /// 0 says that it is none of this codec's (nothing in it, too long, malformed): take it for lost.
    /// `out` holds [`MAX_PACKET_SAMPLES`]; with less room, a packet that needs more is lost or cut.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        match &mut self.stream {
            Stream::Waveform(_) if payload.len() > MAX_WAVEFORM_BYTES => 0,
            Stream::Waveform(stream) => stream.decode(payload, out),
            Stream::Opus(stream) => stream.decode(payload, out),
        }
    }

    /// Makes 20 ms in place of what was lost and returns how many samples that is: the frame of the
    /// [`rate`](Self::rate), or less where `out` is smaller.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        let frame = self.rate.frame_samples().min(out.len());
        let out = &mut out[..frame];
        match &mut self.stream {
            Stream::Waveform(stream) => stream.conceal(out),
            Stream::Opus(stream) => stream.conceal(out),
        }
    }

    /// Makes the 20 ms before `next`, a packet that came, out of what it repeats of them: Opus in-band
    /// forward error correction (RFC 6716 §2.1.7). What it does not repeat is concealed. Decode `next`
    /// itself afterwards. Returns the samples written, as [`conceal`](Self::conceal) does.
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) -> usize {
        match &mut self.stream {
            Stream::Waveform(_) => self.conceal(out),
            Stream::Opus(stream) => {
                let frame = self.rate.frame_samples().min(out.len());
                stream.recover(next, &mut out[..frame])
            }
        }
    }
}

/// The longest packet that is decoded: what an Opus packet may hold (RFC 6716 §3.2.5).
pub const MAX_PACKET: Duration = Duration::from_millis(120);

/// Samples of [`MAX_PACKET`] at the higher rate.
pub const MAX_PACKET_SAMPLES: usize = 6 * Rate::Wide.frame_samples();

/// Bytes of [`MAX_PACKET`] in G.711 and G.722.
const MAX_WAVEFORM_BYTES: usize = 960;

#[cfg(test)]
mod tests;
