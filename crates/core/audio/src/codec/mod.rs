//! The codecs this build knows. Each lives in its own file; the rest of the room sees samples.

mod g711;

/// A way to put 8 kHz sound on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 µ-law: one byte per sample.
    Pcmu,
    /// G.711 A-law: one byte per sample.
    Pcma,
}

impl Codec {
    /// The byte that sounds like nothing.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcmu => 0xff,
            Self::Pcma => 0xd5,
        }
    }

    /// Decodes as many bytes as fit and returns how many samples were written.
    pub fn decode(self, coded: &[u8], samples: &mut [i16]) -> usize {
        let table = match self {
            Self::Pcmu => &g711::ULAW_TO_LINEAR,
            Self::Pcma => &g711::ALAW_TO_LINEAR,
        };
        for (sample, &byte) in samples.iter_mut().zip(coded) {
            *sample = table[usize::from(byte)];
        }
        coded.len().min(samples.len())
    }

    /// Encodes as many samples as fit and returns how many bytes were written.
    pub fn encode(self, samples: &[i16], coded: &mut [u8]) -> usize {
        let encode = match self {
            Self::Pcmu => g711::linear_to_ulaw,
            Self::Pcma => g711::linear_to_alaw,
        };
        for (byte, &sample) in coded.iter_mut().zip(samples) {
            *byte = encode(sample);
        }
        coded.len().min(samples.len())
    }

    /// Rewrites coded sound in place for a listener who expects `other`.
    pub fn convert(self, other: Self, coded: &mut [u8]) {
        let table = match (self, other) {
            (Self::Pcmu, Self::Pcma) => &g711::ULAW_TO_ALAW,
            (Self::Pcma, Self::Pcmu) => &g711::ALAW_TO_ULAW,
            (Self::Pcmu, Self::Pcmu) | (Self::Pcma, Self::Pcma) => return,
        };
        for byte in coded {
            *byte = table[usize::from(*byte)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_the_quietest_code_and_survives_conversion() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let mut sample = [1i16];
            assert_eq!(codec.decode(&[codec.silence()], &mut sample), 1);
            assert!(sample[0].abs() <= 8, "{codec:?}: {}", sample[0]);
        }
        let mut byte = [Codec::Pcmu.silence()];
        Codec::Pcmu.convert(Codec::Pcma, &mut byte);
        assert_eq!(byte, [Codec::Pcma.silence()]);
    }

    #[test]
    fn the_shorter_side_bounds_the_work() {
        assert_eq!(Codec::Pcma.decode(&[0xd5; 5], &mut [0; 3]), 3);
        assert_eq!(Codec::Pcma.encode(&[0; 2], &mut [0; 9]), 2);
    }

    #[test]
    fn a_conversion_equals_decoding_and_encoding() {
        for code in 0..=255u8 {
            for (from, to) in [(Codec::Pcmu, Codec::Pcma), (Codec::Pcma, Codec::Pcmu)] {
                let mut direct = [code];
                from.convert(to, &mut direct);
                let mut sample = [0];
                from.decode(&[code], &mut sample);
                let mut twice = [0];
                to.encode(&sample, &mut twice);
                assert_eq!(direct, twice, "{from:?} {code:#x}");
            }
        }
    }
}
