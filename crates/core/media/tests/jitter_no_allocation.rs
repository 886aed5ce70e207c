//! The promise of the jitter buffer: after it is made, no packet and no tick costs an allocation. This
//! file holds one test only, because every thread of the process is counted.

use std::alloc::System;
use std::time::Duration;

use rappel_audio::Rate;
use rappel_media::jitter::{Coded, JitterBuffer, Settings};
use rappel_media::playout::Playout;
use rappel_model::{Instant, Random};
use rappel_rtp::{Encoding, Header};
use rappel_sim::{Delay, Loss, Path, Talker, Voice, Voices};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The same with a decoder behind it.
fn play_out(voices: &[Voice]) {
    let mut playout = Playout::new(Encoding::Pcmu, Rate::Wide, 1).expect("G.711 is always there");
    let region = Region::new(GLOBAL);
    let mut now = Instant::ZERO;
    let mut out = [0; 320];
    for voice in voices {
        let header = Header {
            marker: voice.marker,
            payload_type: 0,
            sequence: voice.sequence,
            timestamp: voice.timestamp,
            ssrc: 1,
        };
        playout.put(voice.at, &header, &[0x55; 160]);
        while now < voice.at {
            now = now + Duration::from_millis(20);
            playout.tick(now, &mut out);
        }
    }
    assert!(playout.buffer().statistics().concealed > Duration::ZERO);
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "{change:?}");
}

#[test]
fn no_packet_and_no_tick_allocates() {
    let path = Path {
        delay: Delay::Uniform(80_000),
        in_order: false,
        loss: Loss::Random(50),
        twice_permille: 20,
        ..Path::FAIR
    };
    let talker = Talker::steady(Duration::from_secs(60));
    let voices: Vec<Voice> = Voices::new(talker, path, &Random::from_seed(1)).collect();
    let made = Region::new(GLOBAL);
    let mut buffer = JitterBuffer::new(Settings {
        clock_rate: 8_000,
        fec: true,
    });
    let once = made.change();
    assert_eq!(once.allocations, 1, "its payloads: {once:?}");
    let size = once.bytes_allocated + size_of::<JitterBuffer>();
    assert!(size < 19 * 1_024, "{size} bytes");
    let region = Region::new(GLOBAL);
    let mut now = Instant::ZERO;
    for (n, voice) in voices.iter().enumerate() {
        let header = Header {
            marker: voice.marker,
            payload_type: 0,
            sequence: voice.sequence,
            timestamp: voice.timestamp,
            // Another source every ten seconds.
            ssrc: n as u32 / 500,
        };
        let payload = &[0x55; 160];
        let coded = Coded {
            header,
            units: 160,
            pauses: false,
            payload,
        };
        buffer.put(voice.at, &coded);
        while now < voice.at {
            now = now + Duration::from_millis(20);
            buffer.tick(now, n % 3 == 0);
            while buffer.poll_output().is_some() {}
        }
    }
    let counted = buffer.statistics();
    assert!(counted.received > 2_800 && counted.concealed > Duration::ZERO);
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "{change:?}");
    play_out(&voices);
}
