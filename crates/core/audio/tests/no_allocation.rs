//! Nothing that runs per packet allocates. (What libopus does inside is not seen here: it works on the
//! stack.)
#![allow(missing_docs)]

use allocation_counter::measure;
use rappel_audio::codec::{
    ComfortNoise, Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES, Noise, OpusSettings,
};
use rappel_audio::dtmf::Detector;
use rappel_audio::{Codec, Concealer, Gain, Mix, Rate};

#[test]
fn ten_seconds_of_every_codec_cost_no_allocation() {
    let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    let mut pairs = Vec::new();
    for codec in codecs.into_iter().filter(|codec| codec.is_built()) {
        for rate in [Rate::Narrow, Rate::Wide] {
            let settings = OpusSettings {
                complexity: 0,
                ..OpusSettings::default()
            };
            let encoder = Encoder::with(codec, rate, settings).expect("it is built");
            let decoder = Decoder::new(codec, rate).expect("it is built");
            pairs.push((encoder, decoder));
        }
    }
    let mut noise = ComfortNoise::new(Noise::white(50), 1);
    let mut concealers = [Rate::Narrow, Rate::Wide].map(Concealer::at);
    let mut detectors = [Rate::Narrow, Rate::Wide].map(Detector::at);
    let mut mix = Mix::new(Rate::Wide);
    let mut state = 1u32;

    let steady = measure(|| {
        for n in 0..500 {
            let mut sound = [0i16; 320];
            for sample in &mut sound {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = (state >> 19) as i16;
            }
            for (encoder, decoder) in &mut pairs {
                let frame = encoder.rate().frame_samples();
                let (mut packet, mut out) = ([0; MAX_ENCODED], [0; MAX_PACKET_SAMPLES]);
                let length = encoder.encode(&sound[..frame], &mut packet);
                encoder.expect_loss((n % 30) as u8);
                let heard = match n % 7 {
                    5 => decoder.conceal(&mut out),
                    6 => decoder.recover(&packet[..length], &mut out),
                    _ => decoder.decode(&packet[..length], &mut out),
                };
                assert_eq!(heard, frame);
            }
            mix.clear();
            mix.add(&sound, Gain::UNITY);
            noise.fill(&mut sound);
            mix.add(&sound, Gain::from_decibels(-6.0));
            mix.without(&sound, Gain::from_decibels(-6.0), &mut [0; 320]);
            for detector in &mut detectors {
                detector.listen(&sound);
            }
            noise.change(Noise::like(&sound));
            for concealer in &mut concealers {
                concealer.heard(&mut sound);
                concealer.fill(&mut sound);
            }
        }
    });
    assert_eq!(steady.count_total, 0, "{steady:?}");
}
