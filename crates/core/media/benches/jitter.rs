//! What the jitter buffer costs per packet: one put in and one tick drained, 160 bytes, on a good line
//! and on a bad one. Copying the same bytes into and out of a ring is the floor; all are measured in
//! turns, and the best counts.

use std::hint::black_box;
use std::time::Duration;

use rappel_media::jitter::{Coded, JitterBuffer, Out, Settings};
use rappel_model::{Instant, Random};
use rappel_rtp::Header;
use rappel_sim::{Delay, Loss, Path, Talker, Voice, Voices};

/// Rounds of each, in turns.
const ROUNDS: usize = 30;

fn main() {
    let good = packets(Path::FAIR);
    let bad = packets(Path {
        delay: Delay::Uniform(60_000),
        in_order: false,
        loss: Loss::Random(30),
        ..Path::FAIR
    });
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        best[0] = best[0].min(timed(|| floor(&good)));
        best[1] = best[1].min(timed(|| through(&good)));
        best[2] = best[2].min(timed(|| through(&bad)));
    }
    let each = |n: usize, packets: &[Voice]| best[n].as_nanos() as f64 / packets.len() as f64;
    println!(
        "jitter buffer, per packet of 160 bytes, put and played\n\
         a good line                 {:6.0} ns\n\
         60 ms of disorder, 3 % lost {:6.0} ns\n\
         the bytes copied twice      {:6.0} ns",
        each(1, &good),
        each(2, &bad),
        each(0, &good),
    );
}

fn packets(path: Path) -> Vec<Voice> {
    let talker = Talker::steady(Duration::from_secs(1_000));
    Voices::new(talker, path, &Random::from_seed(3)).collect()
}

fn timed(work: impl FnOnce()) -> Duration {
    // A bench has no other way to measure.
    #[expect(clippy::disallowed_types)]
    let begin = std::time::Instant::now();
    work();
    begin.elapsed()
}

fn through(packets: &[Voice]) {
    let mut buffer = JitterBuffer::new(Settings {
        clock_rate: 8_000,
        fec: false,
    });
    let payload = [0x55; 160];
    let mut heard = [0; 160];
    let mut now = Instant::ZERO;
    for voice in packets {
        let header = Header {
            marker: voice.marker,
            payload_type: 0,
            sequence: voice.sequence,
            timestamp: voice.timestamp,
            ssrc: 1,
        };
        let coded = Coded {
            header,
            units: 160,
            pauses: false,
            payload: black_box(&payload),
        };
        buffer.put(voice.at, &coded);
        while now < voice.at {
            now = now + Duration::from_millis(20);
            buffer.tick(now, false);
            while let Some(out) = buffer.poll_output() {
                if let Out::Packet { payload, .. } = out {
                    heard.copy_from_slice(payload);
                    black_box(&heard);
                }
            }
        }
    }
}

fn floor(packets: &[Voice]) {
    let mut ring = [[0u8; 160]; 8];
    let payload = [0x55; 160];
    let mut heard = [0; 160];
    for n in 0..packets.len() {
        ring[n % 8].copy_from_slice(black_box(&payload));
        heard.copy_from_slice(&ring[(n + 5) % 8]);
        black_box(&heard);
    }
}
