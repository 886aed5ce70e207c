//! What is true of every codec, and of G.711 without a stream.

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
fn the_byte_of_silence_is_silence_in_g722_too() {
    let mut decoder = Decoder::new(Codec::G722, Rate::Wide).unwrap();
    let mut peak_of = |byte: u8| {
        let mut out = [0; MAX_PACKET_SAMPLES];
        assert_eq!(decoder.decode(&[byte; 160], &mut out), 320);
        out.iter().map(|s| s.unsigned_abs()).max().unwrap()
    };
    assert_eq!(peak_of(Codec::G722.silence()), 0);
    // Behind something loud it ends in a trace, 54 dB below full scale.
    assert!(peak_of(0x13) > 1_000);
    let after: Vec<u16> = (0..20).map(|_| peak_of(Codec::G722.silence())).collect();
    assert!(after[10..].iter().all(|&peak| peak <= 64), "{after:?}");
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

#[test]
fn what_has_a_memory_is_not_done_without_it() {
    for codec in [Codec::G722, Codec::Opus] {
        let (mut samples, mut coded) = ([7; 4], [9; 4]);
        assert_eq!(codec.decode(&[0; 4], &mut samples), 0);
        assert_eq!(codec.encode(&[0; 4], &mut coded), 0);
        codec.convert(Codec::Pcmu, &mut coded);
        Codec::Pcmu.convert(codec, &mut coded);
        assert_eq!((samples, coded), ([7; 4], [9; 4]));
    }
}

#[test]
fn timestamps_count_as_the_profiles_say() {
    let clocks = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus].map(Codec::rtp_clock);
    assert_eq!(clocks, [8_000, 8_000, 8_000, 48_000]);
    assert_eq!(Codec::G722.frame_ticks(), 160);
    assert_eq!(Codec::Opus.frame_ticks(), 960);
}
