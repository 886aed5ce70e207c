//! Every codec at every rate: lengths, loss, and packets nobody should have sent.

use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::codec::{Encoder, MAX_ENCODED};

fn every() -> impl Iterator<Item = (Codec, Rate)> {
    [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus]
        .into_iter()
        .filter(|codec| codec.is_built())
        .flat_map(|codec| [(codec, Rate::Narrow), (codec, Rate::Wide)])
}

fn sine(rate: Rate, hertz: f64, frames: usize) -> Vec<i16> {
    let step = 2.0 * PI * hertz / f64::from(rate.hertz());
    (0..frames * rate.frame_samples())
        .map(|i| (8_000.0 * (i as f64 * step).sin()) as i16)
        .collect()
}

fn packets(codec: Codec, rate: Rate, sound: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(codec, rate).unwrap();
    sound
        .chunks(rate.frame_samples())
        .map(|frame| {
            let mut out = [0; MAX_ENCODED];
            let length = encoder.encode(frame, &mut out);
            out[..length].to_vec()
        })
        .collect()
}

/// The signal to noise ratio of a sine of `hertz` in decibels: all that is not the sine, whatever its
/// delay, is noise.
fn ratio(rate: Rate, hertz: f64, sound: &[i16]) -> f64 {
    let step = 2.0 * PI * hertz / f64::from(rate.hertz());
    let (mut sine, mut cosine, mut energy) = (0.0, 0.0, 0.0);
    for (i, &sample) in sound.iter().enumerate() {
        let (s, c) = (i as f64 * step).sin_cos();
        let sample = f64::from(sample);
        sine += sample * s;
        cosine += sample * c;
        energy += sample * sample;
    }
    let signal = (sine * sine + cosine * cosine) * 2.0 / sound.len() as f64;
    10.0 * (signal / (energy - signal).max(1.0)).log10()
}

#[test]
fn a_tone_comes_through_every_pair_of_rates() {
    for (codec, sends) in every() {
        for hears in [Rate::Narrow, Rate::Wide] {
            // Whole periods fit into the part that is judged.
            let sent = packets(codec, sends, &sine(sends, 500.0, 50));
            let mut decoder = Decoder::new(codec, hears).unwrap();
            let mut sound = Vec::new();
            for packet in &sent {
                let mut out = [0; MAX_PACKET_SAMPLES];
                let count = decoder.decode(packet, &mut out);
                assert_eq!(
                    count,
                    hears.frame_samples(),
                    "{codec:?} {sends:?} {hears:?}"
                );
                sound.extend_from_slice(&out[..count]);
            }
            let judged = &sound[10 * hears.frame_samples()..];
            let ratio = ratio(hears, 500.0, judged);
            let least = match codec {
                Codec::Pcmu | Codec::Pcma => 35.0,
                Codec::G722 => 38.0,
                Codec::Opus => 15.0,
            };
            assert!(
                ratio > least,
                "{codec:?} {sends:?} → {hears:?}: {ratio:.1} dB"
            );
        }
    }
}

#[test]
fn packets_of_10_to_120_ms_are_decoded_and_longer_ones_are_lost() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
        for rate in [Rate::Narrow, Rate::Wide] {
            let mut decoder = Decoder::new(codec, rate).unwrap();
            let mut out = [0; MAX_PACKET_SAMPLES];
            for ms in [10, 20, 30, 40, 50, 60, 120] {
                let count = decoder.decode(&vec![0x55; ms * 8], &mut out);
                assert_eq!(count, ms * rate.samples_per_millisecond(), "{codec:?} {ms}");
            }
            assert_eq!(decoder.decode(&[0x55; 961], &mut out), 0);
            assert_eq!(decoder.decode(&[], &mut out), 0);
            assert!(decoder.decode(&[0x55; 160], &mut out[..7]) <= 7);
        }
    }
}

#[test]
fn a_stream_weighs_what_its_documentation_says() {
    assert!(size_of::<waveform::Decoder>() <= 2_304);
    assert!(size_of::<waveform::Encoder>() <= 1_024);
    assert!(size_of::<Decoder>() <= 32 && size_of::<Encoder>() <= 32);
}

#[test]
fn what_was_lost_lasts_20_ms_and_fades() {
    for (codec, rate) in every() {
        let mut decoder = Decoder::new(codec, rate).unwrap();
        let mut out = [0; MAX_PACKET_SAMPLES];
        for packet in packets(codec, rate, &sine(rate, 300.0, 10)) {
            decoder.decode(&packet, &mut out);
        }
        let powers: Vec<f64> = (0..20)
            .map(|_| {
                let count = decoder.conceal(&mut out);
                assert_eq!(count, rate.frame_samples());
                out[..count].iter().map(|&s| f64::from(s).powi(2)).sum()
            })
            .collect();
        // A sine of 8 000 has a mean square of 32 million: the first frame keeps a third of it.
        let sine = 3.2e7 * rate.frame_samples() as f64;
        assert!(powers[0] > sine / 3.0, "{codec:?} {rate:?}: {powers:?}");
        assert!(
            powers[19] < sine / 1_000.0,
            "{codec:?} {rate:?}: {powers:?}"
        );
        assert_eq!(
            decoder.conceal(&mut out[..10]),
            if codec == Codec::Opus { 0 } else { 10 }
        );
    }
}

#[test]
fn without_a_repetition_recovering_is_concealing() {
    for (codec, rate) in every().filter(|(codec, _)| *codec != Codec::Opus) {
        let sent = packets(codec, rate, &sine(rate, 300.0, 12));
        let [mut a, mut b] = [(); 2].map(|()| Decoder::new(codec, rate).unwrap());
        let (mut of_a, mut of_b) = ([0; MAX_PACKET_SAMPLES], [0; MAX_PACKET_SAMPLES]);
        for packet in &sent[..10] {
            a.decode(packet, &mut of_a);
            b.decode(packet, &mut of_b);
        }
        assert_eq!(a.conceal(&mut of_a), b.recover(&sent[11], &mut of_b));
        assert_eq!(of_a, of_b);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever comes, in whatever order: no panic, never more than fits, and a frame for every loss.
    #[test]
    fn any_stream_is_borne(
        codec in prop::sample::select(every().collect::<Vec<_>>()),
        stream in prop::collection::vec(
            (0u8..4, prop::collection::vec(any::<u8>(), 0..1_200)), 1..12),
    ) {
        let (codec, rate) = codec;
        let mut decoder = Decoder::new(codec, rate).unwrap();
        let mut out = [0; MAX_PACKET_SAMPLES];
        for (what, payload) in stream {
            let most = 120 * rate.samples_per_millisecond();
            match what {
                0 => prop_assert_eq!(decoder.conceal(&mut out), rate.frame_samples()),
                1 => prop_assert_eq!(decoder.recover(&payload, &mut out), rate.frame_samples()),
                _ => prop_assert!(decoder.decode(&payload, &mut out) <= most),
            }
        }
    }
}
