//! What is heard of a tone that comes over good and bad networks.

use std::f64::consts::TAU;
use std::time::Duration;

use rappel_audio::Codec;
use rappel_audio::codec::{Encoder, MAX_ENCODED};
use rappel_model::Random;
use rappel_sim::{Delay, Loss, Path, Talker, Voices};

use super::*;

/// In hertz; 20 ms are no whole number of periods.
const PITCH: f64 = 417.0;
const LEVEL: f64 = 8_000.0;

fn tone(rate: Rate, length: Duration) -> Vec<i16> {
    let count = length.as_millis() as usize * rate.samples_per_millisecond();
    let step = TAU * PITCH / f64::from(rate.hertz());
    (0..count)
        .map(|n| (LEVEL * (n as f64 * step).sin()) as i16)
        .collect()
}

/// A stream as its listener hears it, and the listener.
fn listen(encoding: Encoding, rate: Rate, talker: Talker, path: Path) -> (Vec<i16>, Playout) {
    let sound = tone(rate, talker.length + Duration::from_secs(1));
    let mut encoder = Encoder::new(codec(encoding), rate).unwrap();
    let payloads: Vec<Vec<u8>> = sound
        .chunks_exact(rate.frame_samples())
        .map(|frame| {
            let mut coded = [0; MAX_ENCODED];
            let count = encoder.encode(frame, &mut coded);
            coded[..count].to_vec()
        })
        .collect();
    let mut playout = Playout::new(encoding, rate, 1).unwrap();
    let mut voices = Voices::new(talker, path, &Random::from_seed(4)).peekable();
    let mut heard = Vec::new();
    let mut now = Instant::from_micros(7_000);
    while voices.peek().is_some() {
        while let Some(voice) = voices.next_if(|voice| voice.at <= now) {
            let header = Header {
                marker: voice.marker,
                payload_type: 0,
                sequence: voice.sequence,
                timestamp: voice.timestamp,
                ssrc: 1,
            };
            playout.put(voice.at, &header, &payloads[voice.number as usize]);
        }
        let mut frame = [0; MAX_FRAME_SAMPLES];
        let frame = &mut frame[..rate.frame_samples()];
        playout.tick(now, frame);
        heard.extend_from_slice(frame);
        now = now + Duration::from_millis(20);
    }
    (heard, playout)
}

/// How much the steepest bend of the sound exceeds the steepest of the tone: a click is a bend.
fn bend(heard: &[i16], rate: Rate) -> f64 {
    let step = TAU * PITCH / f64::from(rate.hertz());
    let bends = heard.windows(3).map(|w| {
        let [a, b, c] = [f64::from(w[0]), f64::from(w[1]), f64::from(w[2])];
        (a - 2.0 * b + c).abs()
    });
    bends.fold(0.0, f64::max) / (LEVEL * step * step)
}

fn power(frame: &[i16]) -> f64 {
    let sum: f64 = frame.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    sum / frame.len() as f64
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_good_line_is_heard_sample_by_sample() {
    let (heard, playout) = listen(
        Encoding::Pcma,
        Rate::Narrow,
        Talker::steady(MINUTE),
        Path::FAIR,
    );
    let begin = heard.iter().position(|&s| s.abs() > 500).unwrap();
    // Coded and decoded alone; later, a tick may be removed when the delay settles.
    let mut sent = tone(Rate::Narrow, Duration::from_secs(1));
    let mut coded = vec![0; sent.len()];
    Codec::Pcma.encode(&sent, &mut coded);
    Codec::Pcma.decode(&coded, &mut sent);
    let first = sent.iter().position(|&s| s.abs() > 500).unwrap();
    assert_eq!(heard[begin..begin + 7_000], sent[first..first + 7_000]);
    assert_eq!(playout.buffer().statistics().lost, 0);
}

#[test]
fn a_bad_network_makes_no_click_and_few_holes() {
    let path = Path {
        delay: Delay::Spikes {
            mean: 6_000,
            spike: 40_000,
            one_in: 300,
        },
        loss: Loss::Random(10),
        ..Path::FAIR
    };
    // Frames in which little is heard: a queue that grows by more than concealment lasts is a hole by
    // nature; what libopus makes up of a tone fades sooner than ours.
    for (encoding, rate, most_holes) in [
        (Encoding::Pcmu, Rate::Narrow, 6),
        (Encoding::G722, Rate::Wide, 6),
        (Encoding::Opus, Rate::Narrow, 30),
    ] {
        let talker = Talker {
            drift_ppm: 500,
            clock_rate: encoding.clock_rate(),
            ..Talker::steady(MINUTE)
        };
        let (heard, playout) = listen(encoding, rate, talker, path);
        let counted = playout.buffer().statistics();
        assert!(counted.removed > 3 && counted.lost > 10, "{counted:?}");
        let begin = heard.iter().position(|&s| s.abs() > 500).unwrap();
        let heard = &heard[begin + 800..];
        let bend = bend(heard, rate);
        assert!(bend < 2.5, "{encoding:?}: {bend}");
        let frames = heard.chunks_exact(rate.frame_samples());
        let holes = frames.filter(|frame| power(frame) < LEVEL * LEVEL / 20.0);
        let holes = holes.count();
        assert!(holes <= most_holes, "{encoding:?}: {holes} of 3,000");
    }
}

fn header(n: u16, timestamp: u32) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence: n,
        timestamp,
        ssrc: 1,
    }
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1_000)
}

#[test]
fn nothing_is_heard_before_a_stream_begins() {
    let mut playout = Playout::new(Encoding::G722, Rate::Wide, 1).unwrap();
    let mut out = [7; MAX_FRAME_SAMPLES];
    assert_eq!(playout.tick(at(0), &mut out), Heard::Nothing);
    assert_eq!(out, [0; MAX_FRAME_SAMPLES]);
}

#[test]
fn described_noise_is_heard_in_a_pause_and_ends_with_it() {
    let mut playout = Playout::new(Encoding::Pcma, Rate::Narrow, 1).unwrap();
    let mut out = [0; FRAME_SAMPLES];
    let loud = [0x2a; 160];
    let mut powers = Vec::new();
    for n in 0..60u64 {
        let (number, timestamp) = (n as u16, n as u32 * 160);
        match n {
            0..10 => assert_eq!(
                Put::Kept,
                playout.put(at(n * 20), &header(number, timestamp), &loud)
            ),
            10 => assert_eq!(
                Put::Kept,
                playout.put_noise(at(n * 20), &header(10, timestamp), &[50])
            ),
            11..40 => {}
            _ => assert_eq!(
                Put::Kept,
                playout.put(at(n * 20), &header(number - 29, timestamp), &loud)
            ),
        }
        let heard = playout.tick(at(n * 20), &mut out);
        powers.push((heard, power(&out).log10() * 10.0));
    }
    // −50 dBov is 40 dB in units of a sample's power.
    let pause = &powers[15..40];
    for (heard, decibel) in pause {
        assert_eq!(*heard, Heard::Nothing);
        assert!((36.0..44.0).contains(decibel), "{powers:?}");
    }
    assert_eq!(powers[50].0, Heard::Sound);
    assert_eq!(playout.buffer().statistics().concealed, Duration::ZERO);
}

#[test]
fn packets_longer_than_a_tick_and_shorter_ones_are_heard_whole() {
    for ms in [10u64, 30, 60] {
        let mut playout = Playout::new(Encoding::G722, Rate::Wide, 1).unwrap();
        let mut out = [0; MAX_FRAME_SAMPLES];
        let payload = vec![0x5a; ms as usize * 8];
        let mut heard = Vec::new();
        for tick in 0..100 {
            for n in (0..2_000 / ms).filter(|n| n * ms / 20 == tick) {
                playout.put(
                    at(tick * 20),
                    &header(n as u16, (n * ms * 8) as u32),
                    &payload,
                );
            }
            heard.push(playout.tick(at(tick * 20), &mut out));
        }
        let begin = heard.iter().position(|h| *h == Heard::Sound).unwrap();
        assert!(begin < 10, "{ms} ms begin at {begin}");
        assert!(!heard[begin..90].contains(&Heard::Concealed), "{ms} ms");
    }
}

#[test]
fn what_cannot_be_decoded_is_concealed() {
    let mut playout = Playout::new(Encoding::Opus, Rate::Narrow, 1).unwrap();
    let mut out = [0; FRAME_SAMPLES];
    assert_eq!(playout.put(at(0), &header(0, 0), &[]), Put::Stray);
    let mut encoder = Encoder::new(Codec::Opus, Rate::Narrow).unwrap();
    let mut coded = [0; MAX_ENCODED];
    for n in 0..40u64 {
        let length = encoder.encode(&tone(Rate::Narrow, Duration::from_millis(20)), &mut coded);
        // Two frames of equal length in an odd number of bytes are none (RFC 6716 §3.2.3, R3); 10 ms
        // each, so that its place in time is right.
        let broken = [0x01, 1, 2, 3];
        let payload = if n == 20 {
            &broken[..]
        } else {
            &coded[..length]
        };
        playout.put(at(n * 20), &header(n as u16, n as u32 * 960), payload);
        playout.tick(at(n * 20), &mut out);
        if n > 10 {
            assert!(power(&out) > 1_000.0, "{n}");
        }
    }
}
