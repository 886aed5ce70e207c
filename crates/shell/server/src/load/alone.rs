//! What codecs and ciphers cost by themselves: what no server that transcodes or encrypts can save.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES};
use rappel_audio::{Codec, Rate};
use rappel_rtp::packet::MAX_PACKET;
use rappel_rtp::srtp::{Keys, MAX_KEY, MAX_OVERHEAD, MasterKey, Suite};
use rappel_rtp::{Header, Secured};

/// Both directions of a call between Opus and G.711, in millicores: one decoded and one coded of each
/// per 20 ms.
pub(super) fn codecs() -> Result<f64, String> {
    let rate = Rate::Narrow;
    let missing = |_| "this rappel was built without Opus".to_owned();
    let mut to_opus = Encoder::new(Codec::Opus, rate).map_err(missing)?;
    let mut from_opus = Decoder::new(Codec::Opus, rate).map_err(missing)?;
    let mut to_law = Encoder::new(Codec::Pcma, rate).map_err(missing)?;
    let mut from_law = Decoder::new(Codec::Pcma, rate).map_err(missing)?;
    let frames = tone(rate);
    let coded = |encoder: &mut Encoder| -> Vec<Vec<u8>> {
        let mut out = [0; MAX_ENCODED];
        let one = |frame: &Vec<i16>| {
            let length = encoder.encode(frame, &mut out);
            out[..length].to_vec()
        };
        frames.iter().map(one).collect()
    };
    let (opus, law) = (coded(&mut to_opus), coded(&mut to_law));
    let (mut samples, mut out) = ([0; MAX_PACKET_SAMPLES], [0; MAX_ENCODED]);
    Ok(millicores(|n| {
        let count = from_opus.decode(black_box(&opus[n]), &mut samples);
        black_box(to_law.encode(&samples[..count], &mut out));
        let count = from_law.decode(black_box(&law[n]), &mut samples);
        black_box(to_opus.encode(&samples[..count], &mut out));
    }))
}

/// One side of a call under SRTP, in millicores: one packet of G.711 protected and one unprotected per
/// 20 ms, in the suite everybody has.
pub(super) fn cipher() -> f64 {
    let suite = Suite::AesCm128HmacSha1_80;
    let key = |byte| MasterKey::new(suite, &[byte; MAX_KEY]);
    let keys = |ours, theirs| Keys {
        suite,
        ours: key(ours),
        theirs: key(theirs),
    };
    let mut them = Secured::new(keys(2, 1));
    // Enough for all rounds, made before they are timed.
    let total = (ROUND * ROUNDS) as u16;
    let mut theirs: Vec<Vec<u8>> = (0..total)
        .map(|n| {
            let mut sealed = [0; ROOM];
            let length = them.protect(&packet(n), &mut sealed).unwrap_or(0);
            sealed[..length].to_vec()
        })
        .collect();
    let mut us = Secured::new(keys(1, 2));
    let mut sequence = 0_u16;
    millicores(|_| {
        let arrived = &mut theirs[usize::from(sequence)];
        black_box(us.unprotect(black_box(arrived)));
        black_box(us.protect(&packet(sequence), &mut [0; ROOM]));
        sequence += 1;
    })
}

fn packet(sequence: u16) -> [u8; 172] {
    let mut out = [0xd5; 172];
    let header = Header {
        marker: false,
        payload_type: 8,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: 1,
    };
    header.write(&mut out);
    out
}

fn tone(rate: Rate) -> Vec<Vec<i16>> {
    let step = 440.0 * std::f64::consts::TAU / f64::from(rate.hertz());
    let sample = |i: usize| (8_000.0 * (i as f64 * step).sin()) as i16;
    let frame = |n: usize| n * rate.frame_samples()..(n + 1) * rate.frame_samples();
    (0..ROUND).map(|n| frame(n).map(sample).collect()).collect()
}

/// What work costs that is done once per 20 ms: the middle of several rounds, in thousandths of a core.
fn millicores(mut work: impl FnMut(usize)) -> f64 {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let since = Instant::now();
            (0..ROUND).for_each(&mut work);
            since.elapsed()
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2].as_secs_f64() / ROUND as f64 * PER_SECOND * 1_000.0
}

const ROOM: usize = MAX_PACKET + MAX_OVERHEAD;
/// Frames in one round: a second of sound.
const ROUND: usize = 50;
const ROUNDS: usize = 41;
const PER_SECOND: f64 = 50.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_works_and_costs_something() {
        assert!(cipher() > 0.0);
        if Codec::Opus.is_built() {
            assert!(codecs().is_ok_and(|cost| cost > 0.0));
        }
        assert!(ROUND * ROUNDS < usize::from(u16::MAX));
    }
}
