//! What codecs and ciphers cost by themselves: what no server that transcodes or encrypts can save.
//!
//! As many coders as there are calls work in turns, a frame each and at the pace of calls, each at its own
//! place of what is said. So they find what a server's find: memory that others have driven out of the
//! processor's caches meanwhile, and guesses of the processor that are not trained by the call before.
//! Coders of Opus that are all given the same frame one after the other take a fifth less, ciphers without
//! a pause between their packets half. CPU time is measured, not time that passes, so that other work on
//! the machine does not count.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES};
use rappel_audio::{Codec, FRAME_SAMPLES, Rate};
use rappel_rtp::packet::MAX_PACKET;
use rappel_rtp::srtp::{Keys, MAX_KEY, MAX_OVERHEAD, MasterKey, Suite};
use rappel_rtp::{Header, Secured};
use rustix::time::{ClockId, clock_gettime};

use super::voice;

/// Which way a packet goes. In a server both of a call have their turns at different times.
#[derive(Clone, Copy, Debug)]
enum Way {
    In,
    Out,
}

/// The coders of one call between Opus and G.711.
struct Coders {
    to_opus: Encoder,
    from_opus: Decoder,
    to_law: Encoder,
    from_law: Decoder,
}

impl Coders {
    fn new() -> Result<Self, String> {
        let rate = Rate::Narrow;
        let missing = |_| "this rappel was built without Opus".to_owned();
        Ok(Self {
            to_opus: Encoder::new(Codec::Opus, rate).map_err(missing)?,
            from_opus: Decoder::new(Codec::Opus, rate).map_err(missing)?,
            to_law: Encoder::new(Codec::Pcma, rate).map_err(missing)?,
            from_law: Decoder::new(Codec::Pcma, rate).map_err(missing)?,
        })
    }
}

/// Both directions of one of `calls` calls between Opus and G.711, in millicores: one decoded and one
/// coded of each per 20 ms, for so long.
pub(super) fn codecs(calls: usize, length: Duration) -> Result<f64, String> {
    let frames = tone(Rate::Narrow);
    let coded = |encoder: &mut Encoder| -> Vec<Vec<u8>> {
        let mut out = [0; MAX_ENCODED];
        let one = |frame: &Vec<i16>| {
            let length = encoder.encode(frame, &mut out);
            out[..length].to_vec()
        };
        frames.iter().map(one).collect()
    };
    let mut first = Coders::new()?;
    let (opus, law) = (coded(&mut first.to_opus), coded(&mut first.to_law));
    let all: Result<Vec<Coders>, String> = (0..calls.max(1)).map(|_| Coders::new()).collect();
    let mut all = all?;
    let (mut samples, mut out) = ([0; MAX_PACKET_SAMPLES], [0; MAX_ENCODED]);
    Ok(millicores(all.len(), length, |way, call, frame| {
        let coders = &mut all[call];
        // No two calls began at the same moment.
        let place = (frame + call * APART) % FRAMES;
        match way {
            Way::In => {
                let opus = black_box(&opus[place]);
                let count = coders.from_opus.decode(opus, &mut samples);
                black_box(coders.to_law.encode(&samples[..count], &mut out));
            }
            Way::Out => {
                let mut said = [0; FRAME_SAMPLES];
                said.copy_from_slice(&law[place]);
                // As the second phone says it: noise is harder to code than a tone.
                voice::stamp(&mut said, (frame * 20_011 + call * 937) as u64);
                let count = coders.from_law.decode(black_box(&said), &mut samples);
                black_box(coders.to_opus.encode(&samples[..count], &mut out));
            }
        }
    }))
}

/// One side of one of `calls` calls under SRTP, in millicores: one packet of G.711 protected and one
/// unprotected per 20 ms, in the suite our callers and the engine agree on: the best. For so long.
pub(super) fn cipher(calls: usize, length: Duration) -> f64 {
    let [suite, ..] = Suite::ALL;
    let key = |byte| MasterKey::new(suite, &[byte; MAX_KEY]);
    let keys = |ours, theirs| Keys {
        suite,
        ours: key(ours),
        theirs: key(theirs),
    };
    let mut them = Secured::new(keys(2, 1));
    let mut all: Vec<Secured> = (0..calls.max(1))
        .map(|_| Secured::new(keys(1, 2)))
        .collect();
    // What arrives, made before it is timed: all peers say the same under the same key.
    let theirs: Vec<Vec<u8>> = (0..frames_of_each(length))
        .map(|n| {
            let mut sealed = [0; ROOM];
            let length = them.protect(&packet(n as u16), &mut sealed).unwrap_or(0);
            sealed[..length].to_vec()
        })
        .collect();
    let mut opened = 0;
    let cost = millicores(all.len(), length, |way, call, frame| match way {
        Way::In => {
            let mut arrived = [0; ROOM];
            let arrived = &mut arrived[..theirs[frame].len()];
            arrived.copy_from_slice(&theirs[frame]);
            let plain = all[call].unprotect(black_box(arrived));
            opened += usize::from(plain.is_some());
        }
        Way::Out => {
            black_box(all[call].protected(&packet(frame as u16)).is_some());
        }
    });
    debug_assert_eq!(opened, theirs.len() * all.len(), "all keys are right");
    cost
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
    (0..FRAMES)
        .map(|n| frame(n).map(sample).collect())
        .collect()
}

/// What work costs that each of `calls` calls has once per 20 ms: the middle of several rounds, in
/// thousandths of a core. It is told which way, which call and which frame of it.
fn millicores(calls: usize, length: Duration, mut work: impl FnMut(Way, usize, usize)) -> f64 {
    // A codec that has just begun does other work than one that knows its voice.
    for frame in 0..FRAMES {
        for way in [Way::In, Way::Out] {
            (0..calls).for_each(|call| work(way, call, frame));
        }
    }
    let mut turns = Turns::new();
    let frames = frames_of_a_round(length);
    let round = |round: usize| -> Duration {
        let first = FRAMES + round * frames;
        let each = (first..first + frames).map(|frame| turns.all_of(frame, calls, &mut work));
        each.sum()
    };
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(round).collect();
    rounds.sort_unstable();
    let once = rounds[ROUNDS / 2].as_secs_f64() / (frames * calls) as f64;
    once * PER_SECOND * 1_000.0
}

/// The turns of 20 ms, as packets come from the pump: in each the callers of some calls, then the phones
/// they talk with.
struct Turns {
    due: Instant,
}

impl Turns {
    fn new() -> Self {
        Self {
            due: Instant::now(),
        }
    }

    /// One frame of each call both ways, over 20 ms; the CPU time it took.
    fn all_of(
        &mut self,
        frame: usize,
        calls: usize,
        work: &mut impl FnMut(Way, usize, usize),
    ) -> Duration {
        let mut spent = Duration::ZERO;
        for turn in 0..TURNS {
            for way in [Way::In, Way::Out] {
                if let Some(wait) = self.due.checked_duration_since(Instant::now()) {
                    thread::sleep(wait);
                }
                self.due += TICK / (2 * TURNS as u32);
                let since = used();
                let mine = (turn..calls).step_by(TURNS);
                mine.for_each(|call| work(way, call, frame));
                spent += used().saturating_sub(since);
            }
        }
        spent
    }
}

/// Frames that each call has in one round.
fn frames_of_a_round(length: Duration) -> usize {
    let frames = length.as_millis() / TICK.as_millis() / ROUNDS as u128;
    usize::try_from(frames).unwrap_or(usize::MAX).clamp(1, MOST)
}

/// Frames that each call has in all.
fn frames_of_each(length: Duration) -> usize {
    FRAMES + ROUNDS * frames_of_a_round(length)
}

/// CPU time of this thread so far.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
}

const ROOM: usize = MAX_PACKET + MAX_OVERHEAD;
/// Frames of the sound that is coded over and over: a second.
const FRAMES: usize = 50;
/// By how much of it two calls are apart.
const APART: usize = 7;
const ROUNDS: usize = 5;
/// Frames in a round at most: a minute's, so that sequence numbers never come round.
const MOST: usize = 3_000;
/// The pace of RTP here, and into how many turns each way it is divided.
const TICK: Duration = Duration::from_millis(20);
const TURNS: usize = 5;
const PER_SECOND: f64 = 50.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_works_and_costs_something() {
        let length = Duration::from_millis(200);
        assert!(cipher(3, length) > 0.0);
        if Codec::Opus.is_built() {
            assert!(codecs(3, length).is_ok_and(|cost| cost > 0.0));
        }
        assert!(frames_of_each(Duration::MAX) < usize::from(u16::MAX));
    }
}
