//! What an encoder takes and what it makes of it.

use proptest::prelude::*;

use super::*;

#[test]
fn only_20_ms_are_coded() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
        for rate in [Rate::Narrow, Rate::Wide] {
            if !codec.is_built() {
                assert_eq!(Encoder::new(codec, rate).err(), Some(Error::NotBuilt));
                continue;
            }
            let mut encoder = Encoder::new(codec, rate).unwrap();
            assert_eq!(encoder.rate(), rate);
            let mut out = [0; MAX_ENCODED];
            for length in [0, 1, 159, 161, 319, 321] {
                assert_eq!(encoder.encode(&vec![0; length], &mut out), 0);
            }
            let written = encoder.encode(&vec![0; rate.frame_samples()], &mut out);
            assert_eq!(written, codec.frame_bytes().unwrap_or(written));
            assert!(written > 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any sound and any settings, even senseless ones: a packet that fits, and that its decoder takes.
    #[test]
    fn any_sound_is_coded(
        seed in any::<u32>(),
        bitrate in any::<u32>(),
        complexity in any::<u8>(),
        expected_loss in any::<u8>(),
        wide in any::<bool>(),
    ) {
        let rate = if wide { Rate::Wide } else { Rate::Narrow };
        let settings = OpusSettings { bitrate, complexity, expected_loss, pauses: false };
        for codec in [Codec::Pcma, Codec::G722, Codec::Opus] {
            if !codec.is_built() {
                continue;
            }
            let mut encoder = Encoder::with(codec, rate, settings).unwrap();
            let mut decoder = crate::codec::Decoder::new(codec, rate).unwrap();
            let mut state = seed;
            for _ in 0..3 {
                let frame: Vec<i16> = (0..rate.frame_samples())
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (state >> 16) as i16
                    })
                    .collect();
                let mut out = [0; MAX_ENCODED];
                let length = encoder.encode(&frame, &mut out);
                prop_assert!(length > 0);
                let mut heard = [0; crate::codec::MAX_PACKET_SAMPLES];
                let count = decoder.decode(&out[..length], &mut heard);
                prop_assert_eq!(count, rate.frame_samples());
                encoder.expect_loss(expected_loss);
            }
        }
    }
}
