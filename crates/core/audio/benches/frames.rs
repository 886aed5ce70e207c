//! What 20 ms of sound cost to code, decode, conceal and convert. `cargo bench -p rappel-audio` runs
//! it; each is measured in turns with the others, and the best round counts.

use std::hint::black_box;
use std::time::Duration;
// A bench has no other way to measure.
#[expect(clippy::disallowed_types)]
use std::time::Instant;

use rappel_audio::codec::{ComfortNoise, Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES, Noise};
use rappel_audio::halfband::{Doubler, Halver};
use rappel_audio::{Codec, Concealer, Gain, Mix, Rate, dtmf};

/// Frames in one round: half a second of sound.
const ROUND: usize = 25;
/// Rounds of each, in turns.
const ROUNDS: usize = 200;

/// One thing that is done with a frame.
type Work = (String, Box<dyn FnMut(usize)>);

fn main() {
    let mut works = codecs();
    works.extend(others());
    let mut best = vec![Duration::MAX; works.len()];
    for _ in 0..ROUNDS {
        for ((_, work), best) in works.iter_mut().zip(&mut best) {
            *best = (*best).min(round(work));
        }
    }
    println!("20 ms of one channel");
    for ((name, _), best) in works.iter().zip(best) {
        let nanos = best.as_secs_f64() * 1e9 / ROUND as f64;
        println!("{name:34} {nanos:8.0} ns");
    }
}

#[expect(clippy::disallowed_types)]
fn round(work: &mut dyn FnMut(usize)) -> Duration {
    let start = Instant::now();
    for n in 0..ROUND {
        work(n);
    }
    start.elapsed()
}

fn codecs() -> Vec<Work> {
    let mut works: Vec<Work> = Vec::new();
    let codecs = [Codec::Pcma, Codec::G722, Codec::Opus];
    for codec in codecs.into_iter().filter(|codec| codec.is_built()) {
        for rate in [Rate::Narrow, Rate::Wide] {
            let name = |what: &str| format!("{codec:?} {what}, {} kHz", rate.hertz() / 1_000);
            let frames = voice(rate);
            let mut encoder = Encoder::new(codec, rate).expect("it is built");
            let packets: Vec<Vec<u8>> = frames
                .iter()
                .map(|frame| {
                    let mut out = [0; MAX_ENCODED];
                    let length = encoder.encode(frame, &mut out);
                    out[..length].to_vec()
                })
                .collect();
            let mut coded = [0; MAX_ENCODED];
            works.push((
                name("coded"),
                Box::new(move |n| {
                    black_box(encoder.encode(black_box(&frames[n]), &mut coded));
                }),
            ));
            let mut decoder = Decoder::new(codec, rate).expect("it is built");
            let mut out = [0; MAX_PACKET_SAMPLES];
            works.push((
                name("decoded"),
                Box::new(move |n| {
                    black_box(decoder.decode(black_box(&packets[n]), &mut out));
                }),
            ));
        }
    }
    works
}

fn others() -> Vec<Work> {
    let mut works: Vec<Work> = Vec::new();
    for rate in [Rate::Narrow, Rate::Wide] {
        let khz = rate.hertz() / 1_000;
        let frames = voice(rate);
        let mut concealer = Concealer::at(rate);
        let mut made = vec![0; rate.frame_samples()];
        works.push((
            format!("heard, and the next concealed, {khz} kHz"),
            Box::new(move |n| {
                concealer.heard(&mut frames[n].clone());
                concealer.fill(black_box(&mut made));
            }),
        ));
    }
    let frames = voice(Rate::Narrow);
    let mut doubler = Doubler::new();
    works.push((
        "8 → 16 kHz".to_owned(),
        Box::new(move |n| {
            black_box(doubler.convert(black_box(&frames[n]), &mut [0; 320]));
        }),
    ));
    let frames = voice(Rate::Wide);
    let mut halver = Halver::new();
    works.push((
        "16 → 8 kHz".to_owned(),
        Box::new(move |n| {
            black_box(halver.convert(black_box(&frames[n]), &mut [0; 160]));
        }),
    ));
    for rate in [Rate::Narrow, Rate::Wide] {
        let khz = rate.hertz() / 1_000;
        let frames = voice(rate);
        let mut detector = dtmf::Detector::at(rate);
        works.push((
            format!("keys listened for, {khz} kHz"),
            Box::new(move |n| {
                black_box(detector.listen(black_box(&frames[n])));
            }),
        ));
        let frames = voice(rate);
        let mut mix = Mix::new(rate);
        works.push((
            format!("three mixed for three, {khz} kHz"),
            Box::new(move |n| {
                let voices = [0, 7, 13].map(|other| &frames[(n + other) % ROUND]);
                mix.clear();
                for voice in voices {
                    mix.add(black_box(voice), Gain::UNITY);
                }
                for voice in voices {
                    black_box(mix.without(voice, Gain::UNITY, &mut [0; 320]));
                }
            }),
        ));
    }
    let mut noise = ComfortNoise::new(Noise::white(50), 1);
    works.push((
        "comfort noise, 8 kHz".to_owned(),
        Box::new(move |_| noise.fill(black_box(&mut [0; 160]))),
    ));
    works
}

/// Half a second of something like a voice: a gliding pitch with harmonics, and noise.
fn voice(rate: Rate) -> Vec<Vec<i16>> {
    let (mut phase, mut state) = (0.0f64, 1u32);
    let mut sample = |i: usize| {
        let seconds = i as f64 / f64::from(rate.hertz());
        phase += (140.0 + 40.0 * (seconds * 9.0).sin()) / f64::from(rate.hertz());
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let harmonic = |n: i32| (phase * std::f64::consts::TAU * f64::from(n)).sin() / f64::from(n);
        let noise = (f64::from(state >> 16) - 32_768.0) / 100.0;
        (5_000.0 * (1..12).map(harmonic).sum::<f64>() + noise) as i16
    };
    let frame = rate.frame_samples();
    (0..ROUND)
        .map(|n| (n * frame..(n + 1) * frame).map(&mut sample).collect())
        .collect()
}
