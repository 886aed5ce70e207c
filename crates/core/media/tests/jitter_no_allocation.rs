//! The promise of the jitter buffer: after it is made, no packet and no tick costs an allocation.

use std::time::Duration;

use allocation_counter::measure;
use rappel_audio::Rate;
use rappel_media::jitter::{Coded, JitterBuffer, Settings};
use rappel_media::playout::Playout;
use rappel_model::{Instant, Random};
use rappel_rtp::{Encoding, Header};
use rappel_sim::{Delay, Loss, Path, Talker, Voice, Voices};

fn header(voice: &Voice, ssrc: u32) -> Header {
    Header {
        marker: voice.marker,
        payload_type: 0,
        sequence: voice.sequence,
        timestamp: voice.timestamp,
        ssrc,
    }
}

/// What comes out while all of `voices` arrive, another source every ten seconds.
fn fill(buffer: &mut JitterBuffer, voices: &[Voice]) {
    let mut now = Instant::ZERO;
    for (n, voice) in voices.iter().enumerate() {
        let payload = &[0x55; 160];
        let coded = Coded {
            header: header(voice, n as u32 / 500),
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
}

/// The same with a decoder behind it.
fn play_out(playout: &mut Playout, voices: &[Voice]) {
    let mut now = Instant::ZERO;
    let mut out = [0; 320];
    for voice in voices {
        playout.put(voice.at, &header(voice, 1), &[0x55; 160]);
        while now < voice.at {
            now = now + Duration::from_millis(20);
            playout.tick(now, &mut out);
        }
    }
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
    let settings = Settings {
        clock_rate: 8_000,
        fec: true,
    };
    let mut buffer = None;
    let made = measure(|| buffer = Some(JitterBuffer::new(settings)));
    let mut buffer = buffer.expect("it was made");
    assert_eq!(made.count_total, 1, "its payloads: {made:?}");
    let size = made.bytes_total as usize + size_of::<JitterBuffer>();
    assert!(size < 19 * 1_024, "{size} bytes");

    let steady = measure(|| fill(&mut buffer, &voices));
    let counted = buffer.statistics();
    assert!(counted.received > 2_800 && counted.concealed > Duration::ZERO);
    assert_eq!(steady.count_total, 0, "{steady:?}");

    let mut playout = Playout::new(Encoding::Pcmu, Rate::Wide, 1).expect("G.711 is always there");
    let steady = measure(|| play_out(&mut playout, &voices));
    assert!(playout.buffer().statistics().concealed > Duration::ZERO);
    assert_eq!(steady.count_total, 0, "{steady:?}");
}
