//! What G.711 and G.722 have in common as streams: bytes that mean samples at a rate of their own,
//! our own concealment at that rate, and a converter where another rate is asked for.

use super::{Codec, g722};
use crate::conceal::Concealer;
use crate::frame::{MAX_FRAME_SAMPLES, Rate};
use crate::halfband::{Doubler, Halver};

/// Decodes one stream of bytes.
#[derive(Debug)]
pub(super) struct Decoder {
    law: Law<g722::Decoder>,
    concealer: Concealer,
    converter: Converter,
}

/// Codes one stream of samples.
#[derive(Debug)]
pub(super) struct Encoder {
    law: Law<g722::Encoder>,
    converter: Converter,
}

/// How bytes and samples belong together.
#[derive(Debug)]
enum Law<Adaptive> {
    /// Always in the same way.
    G711(Codec),
    /// By what came before.
    G722(Adaptive),
}

/// From one rate to the other, where they differ.
#[derive(Debug)]
enum Converter {
    None,
    Up(Doubler),
    Down(Halver),
}

impl Decoder {
    pub(super) fn g711(codec: Codec, rate: Rate) -> Self {
        Self::of(Law::G711(codec), Rate::Narrow, rate)
    }

    pub(super) fn g722(rate: Rate) -> Self {
        Self::of(Law::G722(g722::Decoder::new()), Rate::Wide, rate)
    }

    fn of(law: Law<g722::Decoder>, own: Rate, asked: Rate) -> Self {
        Self {
            law,
            concealer: Concealer::at(own),
            converter: Converter::between(own, asked),
        }
    }

    /// 20 ms of bytes at a time, so that nothing large lies on the stack.
    pub(super) fn decode(&mut self, coded: &[u8], out: &mut [i16]) -> usize {
        let mut written = 0;
        for bytes in coded.chunks(FRAME_BYTES) {
            let mut own = [0; MAX_FRAME_SAMPLES];
            let count = match &mut self.law {
                Law::G711(codec) => codec.decode(bytes, &mut own),
                Law::G722(decoder) => decoder.decode(bytes, &mut own),
            };
            let own = &mut own[..count];
            self.concealer.heard(own);
            written += self.converter.convert(own, &mut out[written..]);
        }
        written
    }

    pub(super) fn conceal(&mut self, out: &mut [i16]) -> usize {
        let mut own = [0; MAX_FRAME_SAMPLES];
        let own = match self.law {
            Law::G711(_) => &mut own[..Rate::Narrow.frame_samples()],
            Law::G722(_) => &mut own[..],
        };
        self.concealer.fill(own);
        self.converter.convert(own, out)
    }
}

impl Encoder {
    pub(super) fn g711(codec: Codec, rate: Rate) -> Self {
        Self {
            law: Law::G711(codec),
            converter: Converter::between(rate, Rate::Narrow),
        }
    }

    pub(super) fn g722(rate: Rate) -> Self {
        Self {
            law: Law::G722(g722::Encoder::new()),
            converter: Converter::between(rate, Rate::Wide),
        }
    }

    pub(super) fn encode(&mut self, samples: &[i16], coded: &mut [u8]) -> usize {
        let mut own = [0; MAX_FRAME_SAMPLES];
        let count = self.converter.convert(samples, &mut own);
        match &mut self.law {
            Law::G711(codec) => codec.encode(&own[..count], coded),
            Law::G722(encoder) => encoder.encode(&own[..count], coded),
        }
    }
}

impl Converter {
    fn between(from: Rate, to: Rate) -> Self {
        match (from, to) {
            (Rate::Narrow, Rate::Wide) => Self::Up(Doubler::new()),
            (Rate::Wide, Rate::Narrow) => Self::Down(Halver::new()),
            _ => Self::None,
        }
    }

    /// Converts what fits and returns how many samples were written.
    fn convert(&mut self, from: &[i16], to: &mut [i16]) -> usize {
        match self {
            Self::Up(doubler) => doubler.convert(from, to),
            Self::Down(halver) => halver.convert(from, to),
            Self::None => {
                let count = from.len().min(to.len());
                to[..count].copy_from_slice(&from[..count]);
                count
            }
        }
    }
}

/// 20 ms of either.
const FRAME_BYTES: usize = 160;
