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
        for (byte, pair) in coded.iter_mut().zip(pairs) {
            let [earlier, later] = pair.map(i32::from);
            let (even, odd) = self.filter.next(later, earlier);
            let low = self.low.encode(limited((even + odd) >> 14));
            let high = self.high.encode(limited((even - odd) >> 14));
            *byte = high << 6 | low;
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
        for (pair, &byte) in pairs.iter_mut().zip(coded) {
            let low = self.low.decode(byte);
            let high = self.high.decode(byte >> 6);
            let (even, odd) = self.filter.next(low - high, low + high);
            *pair = [even, odd]
                .map(|sum| (sum >> 11).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
        }
        count * 2
    }
}

/// The quadrature mirror filter of §3.1 and §4.4 as two halves of twelve coefficients, each over
/// every second sample.
#[derive(Clone, Debug)]
struct Halves {
    /// Newest last.
    even: [i32; TAPS],
    odd: [i32; TAPS],
}

impl Halves {
    const fn new() -> Self {
        Self {
            even: [0; TAPS],
            odd: [0; TAPS],
        }
    }

    /// Takes a pair and gives what each half makes of it.
    fn next(&mut self, even: i32, odd: i32) -> (i32, i32) {
        self.even.copy_within(1.., 0);
        self.odd.copy_within(1.., 0);
        self.even[TAPS - 1] = even;
        self.odd[TAPS - 1] = odd;
        let dot = |samples: &[i32; TAPS], weights: &[i32; TAPS]| -> i32 {
            samples.iter().zip(weights).map(|(&s, &w)| s * w).sum()
        };
        (dot(&self.even, &EVEN), dot(&self.odd, &ODD))
    }
}

/// Coefficients of each half.
const TAPS: usize = 12;

/// Every second coefficient, for samples that come newest last.
const EVEN: [i32; TAPS] = [-11, 53, -156, 362, -805, 3_876, 951, -210, 32, 12, -11, 3];

/// The others: the filter is symmetric.
const ODD: [i32; TAPS] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];
