//! G.722 to the bit: against coders that are not ours.
//!
//! `vectors/` was made by spandsp (its script says how). The ITU's own sequences may not be handed on
//! with this source; who has the folder `src/g722/test_data` of its tool library (G.191, openitu/STL)
//! names it and runs the rest:
//! `G722_ITU=… cargo test -p rappel-audio --test g722 -- --ignored`
#![allow(missing_docs)]

use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES};
use rappel_audio::{Codec, Rate};

const CODES: &[u8] = include_bytes!("vectors/g722.codes");
const SAMPLES: &[u8] = include_bytes!("vectors/g722.samples");

#[test]
fn an_independent_coder_makes_the_same_codes_and_sound() {
    let sound: Vec<i16> = sound().collect();
    assert_eq!(encoded(&sound), CODES);
    assert_eq!(decoded(CODES), words(SAMPLES));
}

/// Where a band would leave its 15 bits the recommendation limits it (§5.2.1), and 16-bit sums stay at
/// their ends. What is expected here was compared, code by code and sample by sample, with what the
/// ITU's reference (G.191) makes of the same.
#[test]
fn the_loudest_sound_is_limited_as_the_reference_limits_it() {
    let square = |half: usize| move |n: usize| [i16::MIN, i16::MAX][n / half % 2];
    let loudest: Vec<i16> = [1, 2, 5, 16, 61]
        .into_iter()
        .flat_map(|half| (0..1_600).map(square(half)))
        .collect();
    let codes = encoded(&loudest);
    assert_eq!(sum(codes.iter().copied()), LOUDEST_CODES);
    let any: Vec<u8> = (0..16_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let samples = decoded(&any);
    assert!(samples.contains(&i16::MAX) && samples.contains(&i16::MIN));
    assert_eq!(
        sum(samples.iter().flat_map(|s| s.to_le_bytes())),
        ANY_SAMPLES
    );
}

#[test]
#[ignore = "needs the ITU's files; the head of this file says which"]
#[expect(clippy::disallowed_methods, reason = "the files are not ours to keep")]
fn the_sequences_of_the_itu_come_out() {
    let folder = std::env::var("G722_ITU").expect("G722_ITU names the folder");
    let file = |name: &str| std::fs::read(format!("{folder}/{name}")).expect("a file of the ITU");
    // Each code is a word.
    let codes: Vec<u8> = file("codspw.cod").chunks_exact(2).map(|w| w[0]).collect();
    assert_eq!(encoded(&words(&file("inpsp.bin"))), codes);
    assert_eq!(decoded(&codes), words(&file("outsp1.bin")));
}

#[test]
fn a_lost_packet_is_forgotten_soon() {
    let sound: Vec<i16> = sound().collect();
    let whole = decoded(CODES);
    let mut decoder = Decoder::new(Codec::G722, Rate::Wide).expect("G.722 is always built");
    let mut got = Vec::new();
    for (n, payload) in CODES.chunks(160).enumerate() {
        let mut out = [0; MAX_PACKET_SAMPLES];
        let count = if n == 20 {
            decoder.conceal(&mut out)
        } else {
            decoder.decode(payload, &mut out)
        };
        got.extend_from_slice(&out[..count]);
    }
    assert_eq!(got.len(), sound.len());
    assert_eq!(got[..20 * 320], whole[..20 * 320]);
    // A tenth of a second later both bands have adapted alike.
    let error = |range: std::ops::Range<usize>| -> f64 {
        let pairs = got[range.clone()].iter().zip(&whole[range]);
        pairs
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum()
    };
    let (during, after) = (error(20 * 320..21 * 320), error(26 * 320..27 * 320));
    assert!(after < during / 100.0, "{during} {after}");
}

/// As `vectors/make_vectors.py` makes it.
fn sound() -> impl Iterator<Item = i16> {
    let mut state = 1u32;
    (0..16_000).map(move |n| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 16) as i32 - 32_768;
        let level = 15 - n / 500 % 16;
        let period = 4 + n / 1_000 * 7;
        let square = if n % period < period / 2 {
            12_000
        } else {
            -12_000
        };
        let loud = if n / 500 % 2 == 1 { noise >> 1 } else { square };
        (loud >> level) as i16
    })
}

fn encoded(samples: &[i16]) -> Vec<u8> {
    let mut encoder = Encoder::new(Codec::G722, Rate::Wide).expect("G.722 is always built");
    let mut codes = Vec::new();
    for chunk in samples.chunks(320) {
        let mut frame = [0; 320];
        frame[..chunk.len()].copy_from_slice(chunk);
        let mut out = [0; MAX_ENCODED];
        encoder.encode(&frame, &mut out);
        codes.extend_from_slice(&out[..chunk.len() / 2]);
    }
    codes
}

/// In packets of many lengths, which makes no difference.
fn decoded(codes: &[u8]) -> Vec<i16> {
    let mut decoder = Decoder::new(Codec::G722, Rate::Wide).expect("G.722 is always built");
    let mut samples = Vec::new();
    let mut rest = codes;
    for bytes in [80, 160, 240, 480, 960, 1].into_iter().cycle() {
        if rest.is_empty() {
            return samples;
        }
        let (packet, later) = rest.split_at(rest.len().min(bytes));
        rest = later;
        let mut out = [0; MAX_PACKET_SAMPLES];
        let count = decoder.decode(packet, &mut out);
        samples.extend_from_slice(&out[..count]);
    }
    samples
}

fn words(bytes: &[u8]) -> Vec<i16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect()
}

/// FNV-1a.
fn sum(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

const LOUDEST_CODES: u64 = 0x0555_4c4d_a478_21ed;
const ANY_SAMPLES: u64 = 0x0ce4_0f90_9897_dab4;
