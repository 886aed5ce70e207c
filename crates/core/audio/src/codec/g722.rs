//! G.722 (ITU-T, September 2012) at 64 kbit/s: 16 kHz sound as two bands of 8 kHz, one byte for
//! every two samples. It is exact to the bit, which keeps coders and decoders of all makes in step;
//! `tests/g722.rs` says how that is proved.
//!
//! The crates there are follow another coder, which leaves the bands unlimited and so departs from the
//! recommendation for the loudest sound; one of them allocates per packet. So it is ours. A state is
//! some 300 bytes; coder and decoder together delay by 22 samples, 1.4 ms.

mod band;

use band::{HighBand, LowBand, limited};

/// Turns 16 kHz sound into codes.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    low: LowBand,
    high: HighBand,
    filter: Halves,
}

impl Encoder {
    pub(super) const fn new() -> Self {
        Self {
            low: LowBand::new(),
            high: HighBand::new(),
            filter: Halves::new(),
        }
    }

    /// Encodes as many pairs of samples as fit and returns how many bytes were written.
    pub(super) fn encode(&mut self, samples: &[i16], coded: &mut [u8]) -> usize {
        let (pairs, _) = samples.as_chunks::<2>();
        for (pairs, coded) in pairs.chunks(BLOCK).zip(coded.chunks_mut(BLOCK)) {
            let count = pairs.len().min(coded.len());
            let turned = pairs
                .iter()
                .take(count)
                .map(|[earlier, later]| [*later, *earlier]);
            let line = self.filter.line(turned);
            for (i, byte) in coded.iter_mut().take(count).enumerate() {
                let (even, odd) = line.halves(i);
                let low = self.low.encode(limited((even + odd) >> 14));
                let high = self.high.encode(limited((even - odd) >> 14));
                *byte = high << 6 | low;
            }
        }
        pairs.len().min(coded.len())
    }
}

/// Turns codes into 16 kHz sound. There is no wrong code: any bytes sound like something.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    low: LowBand,
    high: HighBand,
    filter: Halves,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self {
            low: LowBand::new(),
            high: HighBand::new(),
            filter: Halves::new(),
        }
    }

    /// Decodes as many bytes as fit, two samples each, and returns how many samples were written.
    pub(super) fn decode(&mut self, coded: &[u8], samples: &mut [i16]) -> usize {
        let (pairs, _) = samples.as_chunks_mut::<2>();
        let count = pairs.len().min(coded.len());
        for (pairs, coded) in pairs.chunks_mut(BLOCK).zip(coded[..count].chunks(BLOCK)) {
            let (low, high) = (&mut self.low, &mut self.high);
            let bands = coded.iter().map(|&byte| {
                let (low, high) = (low.decode(byte), high.decode(byte >> 6));
                // Both have 15 bits.
                [(low - high) as i16, (low + high) as i16]
            });
            let line = self.filter.line(bands);
            for (i, pair) in pairs.iter_mut().take(coded.len()).enumerate() {
                let (even, odd) = line.halves(i);
                *pair = [even, odd]
                    .map(|sum| (sum >> 11).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
            }
        }
        count * 2
    }
}

/// The memory of the quadrature mirror filter of §3.1 and §4.4: two halves of twelve coefficients, each
/// over every second sample.
#[derive(Clone, Debug)]
struct Halves {
    /// The oldest first.
    even: [i16; TAPS - 1],
    odd: [i16; TAPS - 1],
}

impl Halves {
    const fn new() -> Self {
        Self {
            even: [0; TAPS - 1],
            odd: [0; TAPS - 1],
        }
    }

    /// Lays a block of pairs behind what came before, and keeps its end for the next.
    fn line(&mut self, pairs: impl ExactSizeIterator<Item = [i16; 2]>) -> Line {
        let count = pairs.len();
        let mut line = Line {
            even: [0; TAPS - 1 + BLOCK],
            odd: [0; TAPS - 1 + BLOCK],
        };
        line.even[..TAPS - 1].copy_from_slice(&self.even);
        line.odd[..TAPS - 1].copy_from_slice(&self.odd);
        for (i, [even, odd]) in pairs.enumerate() {
            line.even[TAPS - 1 + i] = even;
            line.odd[TAPS - 1 + i] = odd;
        }
        self.even
            .copy_from_slice(&line.even[count..count + TAPS - 1]);
        self.odd.copy_from_slice(&line.odd[count..count + TAPS - 1]);
        line
    }
}

/// A block of at most [`BLOCK`] pairs behind what came before it.
struct Line {
    even: [i16; TAPS - 1 + BLOCK],
    odd: [i16; TAPS - 1 + BLOCK],
}

impl Line {
    /// What each half makes of the samples up to the `i`-th pair of the block.
    fn halves(&self, i: usize) -> (i32, i32) {
        let dot = |samples: &[i16], weights: &[i16; TAPS]| -> i32 {
            let products = samples[i..i + TAPS].iter().zip(weights);
            products.map(|(&s, &w)| i32::from(s) * i32::from(w)).sum()
        };
        (dot(&self.even, &EVEN), dot(&self.odd, &ODD))
    }
}

/// Pairs done at once, so that the filter runs over memory in order: 20 ms.
const BLOCK: usize = 160;

/// Coefficients of each half.
const TAPS: usize = 12;

/// Every second coefficient, for samples that come newest last.
const EVEN: [i16; TAPS] = [-11, 53, -156, 362, -805, 3_876, 951, -210, 32, 12, -11, 3];

/// The others: the filter is symmetric.
const ODD: [i16; TAPS] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];
