//! What was spoken is what is kept, whatever the network did.

use rappel_model::Random;

use super::*;

const LIMITS: RecordLimits = RecordLimits {
    max: Duration::from_secs(120),
    silence: Duration::from_secs(3),
    stop_on_key: true,
};

fn record(house: &mut House, limits: RecordLimits) {
    house.order(Command::Record {
        leg: A,
        recording: RecordingId(1),
        subject: Subject::Message,
        limits,
    });
}

/// 20 ms of a 400 Hz tone, by its place in time.
fn voice(n: u16) -> [u8; 160] {
    let samples: [i16; 160] = std::array::from_fn(|i| {
        let seconds = (f64::from(n) * 160.0 + i as f64) / 8_000.0;
        (8_000.0 * (std::f64::consts::TAU * 400.0 * seconds).sin()) as i16
    });
    let mut coded = [0; 160];
    Codec::Pcmu.encode(&samples, &mut coded);
    coded
}

fn ended(house: &mut House) -> Option<(RecordEnd, Duration, Duration)> {
    house.news().into_iter().find_map(|e| match e {
        Event::RecordingEnded {
            why,
            length,
            speech,
            ..
        } => Some((why, length, speech)),
        _ => None,
    })
}

/// Ten seconds spoken over a network that loses, delays and swaps packets; then silence.
fn spoken(seed: u64, loss: u8) -> (House, (RecordEnd, Duration, Duration)) {
    let mut random = Random::from_seed(seed);
    let mut house = House::with_a();
    record(&mut house, LIMITS);
    let mut held: Option<u16> = None;
    for n in 0..500 {
        if random.chance(loss) {
            house.tick();
            continue;
        }
        match held.take() {
            Some(late) => {
                house.packet(A, 0, n, &voice(n));
                house.packet(A, 0, late, &voice(late));
            }
            None if random.chance(10) => held = Some(n),
            None => house.packet(A, 0, n, &voice(n)),
        }
        house.tick();
    }
    for n in 500..700 {
        house.packet(A, 0, n, &[0xff; 160]);
        house.tick();
    }
    let end = ended(&mut house).expect("silence ends it");
    (house, end)
}

#[test]
fn what_is_kept_is_as_long_as_what_was_spoken() {
    for (seed, loss) in [(1, 0), (2, 1), (3, 5), (4, 20)] {
        let (mut house, (why, length, speech)) = spoken(seed, loss);
        assert_eq!(why, RecordEnd::Silence);
        let millis = length.as_millis();
        assert!(
            (9_900..=10_100).contains(&millis),
            "{loss} % lost: {millis} ms"
        );
        assert!(speech.as_millis() >= 9_000, "{speech:?}");
        let paper = house.engine.recordings();
        let kept = paper.ended[0].1 as usize;
        assert_eq!(paper.ended.len(), 1);
        assert_eq!(kept as u128 / 8, millis);
        let level = paper.samples[..80_000]
            .iter()
            .map(|&s| f64::from(s).powi(2))
            .sum::<f64>();
        let decibels = 10.0 * (level / 80_000.0 / 3.2e7).log10();
        assert!(decibels.abs() < 1.5, "{loss} % lost: {decibels:.2} dB");
    }
}

#[test]
fn without_loss_the_recording_is_exact() {
    let mut house = House::with_a();
    record(&mut house, LIMITS);
    for n in 0..250 {
        house.packet(A, 0, n, &voice(n));
        house.tick();
    }
    house.order(Command::StopRecording {
        leg: A,
        recording: RecordingId(2),
    });
    assert_eq!(ended(&mut house), None, "another recording was meant");
    house.order(Command::StopRecording {
        leg: A,
        recording: RecordingId(1),
    });
    let five = Duration::from_secs(5);
    assert_eq!(ended(&mut house), Some((RecordEnd::Stopped, five, five)));
    let mut decoded = Vec::new();
    for n in 0..250 {
        let mut samples = [0; 160];
        Codec::Pcmu.decode(&voice(n), &mut samples);
        decoded.extend(samples);
    }
    assert_eq!(house.engine.recordings().samples, decoded);
}

#[test]
fn a_key_ends_it_where_it_may() {
    for (stop_on_key, expected) in [(true, Some(RecordEnd::Key)), (false, None)] {
        let mut house = House::with_a();
        record(
            &mut house,
            RecordLimits {
                stop_on_key,
                ..LIMITS
            },
        );
        for n in 0..50 {
            house.packet(A, 0, n, &voice(n));
            house.tick();
        }
        house.packet(A, EVENTS_A, 50, &key(11, false, 160));
        assert_eq!(ended(&mut house).map(|e| e.0), expected);
    }
}

#[test]
fn a_peer_that_stops_sending_is_silent() {
    let mut house = House::with_a();
    record(&mut house, LIMITS);
    for n in 0..100 {
        house.packet(A, 0, n, &voice(n));
        house.tick();
    }
    house.ticks(160);
    let (why, length, _) = ended(&mut house).unwrap();
    assert_eq!(why, RecordEnd::Silence);
    let millis = length.as_millis();
    assert!((2_000..=2_120).contains(&millis), "{millis}");
}

#[test]
fn other_packet_lengths_are_laid_out_as_well() {
    for length in [80usize, 240, 480] {
        let mut house = House::with_a();
        record(
            &mut house,
            RecordLimits {
                silence: Duration::ZERO,
                ..LIMITS
            },
        );
        let mut due = 0;
        let mut sequence = 0;
        for tick in 0..300 {
            while due <= tick * 160 {
                let payload = vec![0x10; length];
                house.packet_at(A, 0, sequence, due as u32, &payload);
                sequence += 1;
                due += length;
            }
            house.tick();
        }
        house.order(Command::StopRecording {
            leg: A,
            recording: RecordingId(1),
        });
        let (_, recorded, _) = ended(&mut house).unwrap();
        let millis = recorded.as_millis();
        assert!((5_980..=6_060).contains(&millis), "{length}: {millis}");
        assert!(
            house.engine.recordings().samples[..47_000]
                .iter()
                .all(|&s| s < -1_000)
        );
    }
}

#[test]
fn a_new_recording_ends_the_old_one() {
    let mut house = House::with_a();
    record(&mut house, LIMITS);
    house.ticks(5);
    record(&mut house, LIMITS);
    assert_eq!(ended(&mut house).map(|e| e.0), Some(RecordEnd::Stopped));
}
