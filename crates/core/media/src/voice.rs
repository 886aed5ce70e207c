//! The codecs of one session that have a memory: made when they are first needed, then kept.

use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED};
use rappel_audio::{Codec, FRAME_SAMPLES, Rate};
use rappel_rtp::Encoding;

use crate::agreed::codec;

/// What a session decodes for itself, and what it codes while it plays.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    /// Of what is decoded.
    rate: Rate,
    ear: Option<(Encoding, Decoder)>,
    mouth: Option<Box<Mouth>>,
    /// How many of a hundred packets the listener misses, when that is known.
    loss: Option<u8>,
}

#[derive(Debug)]
struct Mouth {
    encoding: Encoding,
    encoder: Encoder,
    /// A packet of silence: coded once, sent for as long as nobody speaks.
    quiet: Payload,
}

/// One coded payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload {
    bytes: [u8; MAX_ENCODED],
    length: usize,
}

impl Voice {
    /// One that decodes to this rate; the default is 8 kHz.
    pub(crate) fn at(rate: Rate) -> Self {
        Self {
            rate,
            ..Self::default()
        }
    }

    /// The rate of what is decoded.
    pub(crate) fn rate(&self) -> Rate {
        self.rate
    }

    /// Decodes one packet to its rate; how many samples were written. Nothing that fails to decode is
    /// heard.
    pub(crate) fn hear(&mut self, encoding: Encoding, coded: &[u8], samples: &mut [i16]) -> usize {
        if is_g711(encoding) && self.rate == Rate::Narrow {
            return codec(encoding).decode(coded, samples);
        }
        if self.ear.as_ref().is_none_or(|(of, _)| *of != encoding) {
            let decoder = Decoder::new(codec(encoding), self.rate).ok();
            self.ear = decoder.map(|decoder| (encoding, decoder));
        }
        let Some((_, decoder)) = &mut self.ear else {
            return 0;
        };
        decoder.decode(coded, samples)
    }

    /// Codes 20 ms of A-law for a listener of `encoding`, which is not G.711; how many bytes were
    /// written.
    pub(crate) fn say(
        &mut self,
        encoding: Encoding,
        a_law: &[u8; FRAME_SAMPLES],
        out: &mut [u8; MAX_ENCODED],
    ) -> usize {
        let mut samples = [0; FRAME_SAMPLES];
        Codec::Pcma.decode(a_law, &mut samples);
        self.say_samples(encoding, &samples, out)
    }

    /// The same of samples.
    pub(crate) fn say_samples(
        &mut self,
        encoding: Encoding,
        samples: &[i16; FRAME_SAMPLES],
        out: &mut [u8; MAX_ENCODED],
    ) -> usize {
        let mouth = self.mouth(encoding);
        mouth.map_or(0, |mouth| mouth.encoder.encode(samples, out))
    }

    /// 20 ms of silence for a listener of `encoding`, which is not G.711.
    pub(crate) fn keep_quiet(&mut self, encoding: Encoding) -> Payload {
        let mouth = self.mouth(encoding);
        mouth.map_or(Payload::NOTHING, |mouth| mouth.quiet)
    }

    /// How many of a hundred packets the listener misses; matters to Opus.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        self.loss = Some(percent);
        if let Some(mouth) = &mut self.mouth {
            mouth.encoder.expect_loss(percent);
        }
    }

    fn mouth(&mut self, encoding: Encoding) -> Option<&mut Mouth> {
        let fits = self.mouth.as_ref().is_some_and(|m| m.encoding == encoding);
        if !fits {
            let mut encoder = Encoder::new(codec(encoding), Rate::Narrow).ok()?;
            if let Some(percent) = self.loss {
                encoder.expect_loss(percent);
            }
            let quiet = Payload::coded(&mut encoder, &[0; FRAME_SAMPLES]);
            self.mouth = Some(Box::new(Mouth {
                encoding,
                encoder,
                quiet,
            }));
        }
        self.mouth.as_deref_mut()
    }
}

impl Payload {
    /// Nothing to send.
    pub(crate) const NOTHING: Self = Self {
        bytes: [0; MAX_ENCODED],
        length: 0,
    };

    /// Copies it; how many bytes were written.
    pub(crate) fn copy_to(&self, out: &mut [u8; MAX_ENCODED]) -> usize {
        out[..self.length].copy_from_slice(self.bytes());
        self.length
    }

    pub(crate) fn coded(encoder: &mut Encoder, samples: &[i16]) -> Self {
        let mut payload = Self::NOTHING;
        payload.length = encoder.encode(samples, &mut payload.bytes);
        payload
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(crate) const fn clear(&mut self) {
        self.length = 0;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Whether an encoding has no memory, so that its bytes can be cut, joined and converted anywhere.
pub(crate) const fn is_g711(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Pcmu | Encoding::Pcma)
}
