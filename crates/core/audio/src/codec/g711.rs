//! G.711 (ITU-T, November 1988): A-law and µ-law, one byte per sample. The arithmetic follows the
//! definition in the recommendation's tables 1 and 2 with samples scaled to 16 bits, as the ITU's own
//! tool library (G.191) does; all that runs per packet is a table look-up.

/// Decoded µ-law, 14 significant bits scaled to 16: ±32124.
pub(super) static ULAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = ulaw_to_linear(code as u8);
        code += 1;
    }
    table
};

/// Decoded A-law, 13 significant bits scaled to 16: ±32256.
pub(super) static ALAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = alaw_to_linear(code as u8);
        code += 1;
    }
    table
};

/// The µ-law code of each sample but for its two lowest bits, which no code tells.
pub(super) static LINEAR_TO_ULAW: [u8; 1 << 14] = {
    let mut table = [0; 1 << 14];
    let mut place = 0;
    while place < table.len() {
        table[place] = linear_to_ulaw((place << 2) as i16);
        place += 1;
    }
    table
};

/// The A-law code of each sample but for its four lowest bits.
pub(super) static LINEAR_TO_ALAW: [u8; 1 << 12] = {
    let mut table = [0; 1 << 12];
    let mut place = 0;
    while place < table.len() {
        table[place] = linear_to_alaw((place << 4) as i16);
        place += 1;
    }
    table
};

/// The A-law code of each µ-law code's value.
pub(super) static ULAW_TO_ALAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = linear_to_alaw(ulaw_to_linear(code as u8));
        code += 1;
    }
    table
};

/// The µ-law code of each A-law code's value.
pub(super) static ALAW_TO_ULAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = linear_to_ulaw(alaw_to_linear(code as u8));
        code += 1;
    }
    table
};

/// The code of one sample by table 2: sign, three bits of segment, four of interval, all inverted.
const fn linear_to_ulaw(sample: i16) -> u8 {
    let biased = magnitude(sample, 2) + ULAW_BIAS;
    let biased = if biased > 0x1fff { 0x1fff } else { biased };
    // The bias makes bit 5 the lowest possible leading one: segment 0.
    let segment = 10 - biased.leading_zeros() as u8;
    let interval = (biased >> (segment + 1)) as u8 & 0x0f;
    !(sign(sample) | segment << 4 | interval)
}

/// The code of one sample by table 1: sign, segment and interval, every other bit inverted.
const fn linear_to_alaw(sample: i16) -> u8 {
    let magnitude = magnitude(sample, 4);
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 12 - magnitude.leading_zeros() as u8;
        segment << 4 | ((magnitude >> (segment - 1)) as u8 & 0x0f)
    };
    (sign(sample) ^ 0x80 | code) ^ 0x55
}

const fn ulaw_to_linear(code: u8) -> i16 {
    let code = !code;
    let segment = code >> 4 & 7;
    let interval = (code & 0x0f) as i16;
    // The middle of the interval, less the bias, in units of a quarter step.
    let magnitude = (((interval << 1) + 33) << segment) - ULAW_BIAS as i16;
    let magnitude = magnitude << 2;
    if code & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

const fn alaw_to_linear(code: u8) -> i16 {
    let code = code ^ 0x55;
    let segment = code >> 4 & 7;
    let interval = (code & 0x0f) as i16;
    let magnitude = match segment {
        0 => (interval << 4) + 8,
        _ => ((interval << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// The magnitude without its `drop` lowest bits. A negative sample is mirrored to −1 − x, as the
/// reference does, so that both signs have the same number of values.
const fn magnitude(sample: i16, drop: u32) -> u16 {
    (if sample < 0 { !sample } else { sample }) as u16 >> drop
}

const fn sign(sample: i16) -> u8 {
    if sample < 0 { 0x80 } else { 0 }
}

/// What table 2 adds before it looks for the segment, in units of the 14-bit sample.
const ULAW_BIAS: u16 = 33;

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 2b/G.711: the decoder output y of the last value of each segment, 14-bit scale.
    const ULAW_SEGMENT_ENDS: [i16; 8] = [30, 93, 219, 471, 975, 1983, 3999, 8031];
    /// Table 1b/G.711: the same for A-law, 13-bit scale (which counts half steps: y · 2).
    const ALAW_SEGMENT_ENDS: [i16; 8] = [31, 63, 126, 252, 504, 1008, 2016, 4032];

    #[test]
    fn the_ends_of_the_segments_are_those_of_the_recommendation() {
        for segment in 0..8u8 {
            let code = segment << 4 | 0x0f;
            assert_eq!(
                ULAW_TO_LINEAR[usize::from(!code)],
                ULAW_SEGMENT_ENDS[usize::from(segment)] * 4
            );
            assert_eq!(
                ALAW_TO_LINEAR[usize::from((code | 0x80) ^ 0x55)],
                ALAW_SEGMENT_ENDS[usize::from(segment)] * 8
            );
        }
    }

    #[test]
    fn well_known_codes_have_their_values() {
        let ulaw = [
            (0x00, -32124),
            (0x80, 32124),
            (0xff, 0),
            (0x7f, 0),
            (0xfe, 8),
            (0x8f, 16764),
        ];
        for (code, value) in ulaw {
            assert_eq!(ULAW_TO_LINEAR[code], value, "µ {code:#x}");
        }
        let alaw = [
            (0xd5, 8),
            (0x55, -8),
            (0xaa, 32256),
            (0x2a, -32256),
            (0xd4, 24),
            (0x80, 5504),
        ];
        for (code, value) in alaw {
            assert_eq!(ALAW_TO_LINEAR[code], value, "A {code:#x}");
        }
    }

    #[test]
    fn every_code_comes_back_from_its_value() {
        for code in 0..=255u8 {
            assert_eq!(linear_to_alaw(alaw_to_linear(code)), code);
            let back = linear_to_ulaw(ulaw_to_linear(code));
            // µ-law has two zeros; the positive one is sent.
            assert_eq!(back, if code == 0x7f { 0xff } else { code });
        }
    }

    #[test]
    fn every_sample_goes_to_the_interval_that_holds_it() {
        let mut last = (i16::MIN, i16::MIN);
        for sample in i16::MIN..=i16::MAX {
            let decoded = (
                ulaw_to_linear(linear_to_ulaw(sample)),
                alaw_to_linear(linear_to_alaw(sample)),
            );
            assert!(
                decoded.0 >= last.0 && decoded.1 >= last.1,
                "not monotonic at {sample}"
            );
            last = decoded;
            let magnitude = i32::from(sample).abs();
            // Half an interval: a 32nd of the segment's start, at least half of the finest step.
            let ulaw = (magnitude + 132) / 32 + 4;
            let alaw = magnitude / 32 + 8;
            let error = |value: i16| (i32::from(value) - i32::from(sample)).abs();
            if magnitude <= 32_124 {
                assert!(error(decoded.0) <= ulaw, "µ {sample} → {}", decoded.0);
            }
            assert!(error(decoded.1) <= alaw || magnitude > 32_256, "A {sample}");
        }
    }

    #[test]
    fn the_bits_that_the_tables_leave_out_tell_nothing() {
        for sample in i16::MIN..=i16::MAX {
            let place = usize::from(sample as u16);
            assert_eq!(LINEAR_TO_ULAW[place >> 2], linear_to_ulaw(sample));
            assert_eq!(LINEAR_TO_ALAW[place >> 4], linear_to_alaw(sample));
        }
    }

    /// The loops of the ITU's tool library (G.191 STL, g711.c), restated as an oracle.
    #[test]
    fn encoding_agrees_with_the_reference_loops_for_every_sample() {
        for sample in i16::MIN..=i16::MAX {
            let lin = i32::from(sample);
            let mut ix = if lin < 0 { !lin >> 4 } else { lin >> 4 };
            if ix > 15 {
                let mut iexp = 1;
                while ix > 31 {
                    ix >>= 1;
                    iexp += 1;
                }
                ix = ix - 16 + (iexp << 4);
            }
            let alaw = (if lin >= 0 { ix | 0x80 } else { ix } ^ 0x55) as u8;
            assert_eq!(linear_to_alaw(sample), alaw, "A {sample}");

            let absno = ((if lin < 0 { !lin >> 2 } else { lin >> 2 }) + 33).min(0x1fff);
            let mut segment = 1;
            while absno >> 6 >> (segment - 1) != 0 {
                segment += 1;
            }
            let code = (8 - segment) << 4 | (0xf - (absno >> segment & 0xf));
            let ulaw = (if lin >= 0 { code | 0x80 } else { code }) as u8;
            assert_eq!(linear_to_ulaw(sample), ulaw, "µ {sample}");
        }
    }
}
