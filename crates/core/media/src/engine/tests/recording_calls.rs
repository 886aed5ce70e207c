//! The recording of a call: both sides at their place in time, nothing of a secret, and nobody in the
//! call who could tell.

use rappel_audio::dtmf::KeyTone;
use rappel_model::record::RecordedRate;

use super::*;
use crate::command::Tracks;

const CALL: RecordingId = RecordingId(7);

fn record(house: &mut House, tracks: Tracks) {
    house.order(Command::Record {
        leg: A,
        recording: CALL,
        subject: Subject::Call(tracks, RecordedRate::Narrow),
        limits: RecordLimits {
            max: Duration::from_secs(3_600),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
}

fn stop(house: &mut House) {
    house.order(Command::StopRecording {
        leg: A,
        recording: CALL,
    });
}

/// 20 ms of a tone, by its place in time.
fn tone(hertz: f64, n: u16, codec: Codec) -> [u8; 160] {
    let samples: [i16; 160] = std::array::from_fn(|i| {
        let seconds = (f64::from(n) * 160.0 + i as f64) / 8_000.0;
        (8_000.0 * (std::f64::consts::TAU * hertz * seconds).sin()) as i16
    });
    let mut coded = [0; 160];
    codec.encode(&samples, &mut coded);
    coded
}

/// How strong a frequency is in sound, as the amplitude of a tone.
fn strength(samples: &[i16], hertz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hertz / 8_000.0;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, &sample) in samples.iter().enumerate() {
        re += f64::from(sample) * (turn * i as f64).cos();
        im += f64::from(sample) * (turn * i as f64).sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

/// The first sample of a tone, to within 5 ms.
fn onset(samples: &[i16], hertz: f64) -> usize {
    let windows = samples.chunks(40);
    40 * windows
        .map(|window| strength(window, hertz))
        .position(|strength| strength > 4_000.0)
        .expect("the tone is there")
}

/// A and B talk; from the 50th packet on A has a tone of 400 Hz and B one of 1,000 Hz.
fn conversation(house: &mut House, packets: std::ops::Range<u16>) {
    for n in packets {
        let quiet = n < 50;
        let a = if quiet {
            [0xff; 160]
        } else {
            tone(400.0, n, Codec::Pcmu)
        };
        let b = if quiet {
            [0xd5; 160]
        } else {
            tone(1_000.0, n, Codec::Pcma)
        };
        house.packet(A, 0, 1_000 + n, &a);
        house.packet(B, 8, 9_000 + n, &b);
        house.tick();
    }
}

#[test]
fn each_side_has_its_channel_and_both_agree_in_time() {
    let mut house = House::with_both(Encoding::Pcma);
    house.order(Command::Bridge { a: A, b: B });
    record(&mut house, Tracks::Both);
    conversation(&mut house, 0..250);
    stop(&mut house);
    let paper = house.engine.recordings();
    let (left, right) = (&paper.samples, &paper.right);
    assert_eq!((left.len(), right.len()), (250 * 160, 250 * 160));
    assert_eq!(paper.ended, [(CALL, 250 * 160)]);
    let end = 60 * 160..240 * 160;
    assert!(strength(&left[end.clone()], 400.0) > 7_000.0);
    assert!(strength(&right[end.clone()], 1_000.0) > 7_000.0);
    assert!(strength(&left[end.clone()], 1_000.0) < 50.0);
    assert!(strength(&right[end], 400.0) < 50.0);
    let (a, b) = (onset(left, 400.0), onset(right, 1_000.0));
    assert!(a.abs_diff(b) <= 320, "{a} and {b}: more than 40 ms");
    assert!(a.abs_diff(50 * 160) <= 160, "{a}: the first second is kept");
}

#[test]
fn prompt_then_person_are_one_track_and_silence_at_the_end_is_kept() {
    let mut house = House::with_both(Encoding::Pcma);
    record(&mut house, Tracks::Both);
    let mut clip = Vec::new();
    for n in 0..50 {
        let mut samples = [0; 160];
        Codec::Pcmu.decode(&tone(700.0, n, Codec::Pcmu), &mut samples);
        clip.extend(samples);
    }
    house.play(A, 1, vec![Arc::new(Clip::from_samples(&clip))]);
    house.ticks(50);
    house.order(Command::Bridge { a: A, b: B });
    conversation(&mut house, 0..150);
    house.order(Command::Part { a: A, b: B });
    house.ticks(50);
    stop(&mut house);
    let paper = house.engine.recordings();
    // What is relayed may be a tick ahead of ours.
    let frames = paper.right.len() / 160;
    assert!((250..=251).contains(&frames), "{frames}");
    assert_eq!(paper.samples.len(), paper.right.len());
    assert!(strength(&paper.right[..48 * 160], 700.0) > 7_000.0);
    let (a, b) = (onset(&paper.samples, 400.0), onset(&paper.right, 1_000.0));
    assert!(a.abs_diff(b) <= 320, "{a} and {b}: more than 40 ms");
    assert!(strength(&paper.right[210 * 160..], 1_000.0) < 200.0);
}

#[test]
fn one_side_alone_is_one_channel() {
    for (tracks, there, not_there) in [
        (Tracks::Peer, 400.0, 1_000.0),
        (Tracks::Sent, 1_000.0, 400.0),
    ] {
        let mut house = House::with_both(Encoding::Pcma);
        house.order(Command::Bridge { a: A, b: B });
        record(&mut house, tracks);
        conversation(&mut house, 0..150);
        stop(&mut house);
        let paper = house.engine.recordings();
        assert!(paper.right.is_empty());
        assert!(strength(&paper.samples[60 * 160..], there) > 6_500.0);
        assert!(strength(&paper.samples[60 * 160..], not_there) < 100.0);
    }
}

fn hush(house: &mut House, hushed: bool) {
    house.order(Command::HushRecording {
        leg: A,
        recording: CALL,
        hushed,
    });
}

#[test]
fn nothing_of_a_secret_key_is_kept_not_even_its_end() {
    let mut house = House::new();
    house.open(A);
    // No events were agreed: keys are tones.
    let events = None;
    house.connect(
        A,
        Stream {
            telephone_event: events,
            ..stream_a()
        },
    );
    record(&mut house, Tracks::Both);
    let mut sequence = 0;
    let mut say = |house: &mut House, payload: [u8; 160]| {
        house.packet(A, 0, sequence, &payload);
        sequence += 1;
        house.tick();
    };
    for n in 0..50 {
        say(&mut house, tone(400.0, n, Codec::Pcmu));
    }
    hush(&mut house, true);
    for n in 0..25 {
        say(&mut house, tone(400.0, n, Codec::Pcmu));
    }
    let keys = KeyTone::new('5', Duration::from_secs(3)).unwrap();
    let keys: Vec<i16> = keys.collect();
    let mut told = false;
    for frame in keys.chunks_exact(160) {
        let mut coded = [0; 160];
        Codec::Pcmu.encode(frame, &mut coded);
        say(&mut house, coded);
        // As soon as the key is known, the flow goes on: the key still sounds for seconds.
        if !told
            && house
                .news()
                .iter()
                .any(|e| matches!(e, Event::Digit { .. }))
        {
            told = true;
            hush(&mut house, false);
        }
    }
    assert!(told);
    for n in 0..100 {
        say(&mut house, tone(400.0, n, Codec::Pcmu));
    }
    stop(&mut house);
    let samples = &house.engine.recordings().samples;
    assert_eq!(
        samples.len(),
        (50 + 25 + 150 + 100) * 160,
        "the length stays"
    );
    assert!(strength(&samples[..48 * 160], 400.0) > 7_000.0);
    for (n, window) in samples.chunks(800).enumerate() {
        for hertz in [770.0, 1_336.0] {
            let strength = strength(window, hertz);
            // The tone before is there, and leaks less than this into the frequencies of the key.
            assert!(
                strength < 1_500.0,
                "{hertz} Hz at {} ms: {strength}",
                n * 100
            );
        }
    }
    let secret = &samples[50 * 160..225 * 160];
    assert!(secret.iter().all(|&s| s == 0), "silence is silence");
    assert!(
        strength(&samples[260 * 160..], 400.0) > 7_000.0,
        "it goes on"
    );
}

#[test]
fn a_message_and_the_call_are_recorded_side_by_side() {
    let mut house = House::with_a();
    record(&mut house, Tracks::Both);
    house.order(Command::Record {
        leg: A,
        recording: RecordingId(8),
        subject: Subject::Message,
        limits: RecordLimits {
            max: Duration::from_secs(2),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
    for n in 0..200 {
        house.packet(A, 0, n, &tone(400.0, n, Codec::Pcmu));
        house.tick();
    }
    house.order(Command::Close { leg: A });
    let ended = &house.engine.recordings().ended;
    assert_eq!(ended[..], [(RecordingId(8), 16_000), (CALL, 200 * 160)]);
}

/// What left and what happened, when everything a session does is done in turn.
fn everything(
    encoding: Encoding,
    security: bool,
    recorded: bool,
) -> (Vec<(LegId, Vec<u8>)>, Vec<Event>) {
    let mut house = House::new();
    house.open(A);
    let stream = match security {
        true => secured::secured_stream(),
        false => stream_a(),
    };
    house.connect(A, stream);
    house.open(B);
    house.connect(B, stream_b(encoding));
    if recorded {
        record(&mut house, Tracks::Both);
    }
    house.play(A, 1, vec![ramp(4_000)]);
    let sound = |n: u16| match encoding {
        Encoding::Pcmu | Encoding::Pcma => vec![(n % 200) as u8; 160],
        _ => coded(encoding, n),
    };
    for n in 0..300 {
        match n {
            60 => house.order(Command::Bridge { a: A, b: B }),
            100 => hush_if(&mut house, recorded, true),
            140 => hush_if(&mut house, recorded, false),
            180 => house.play(A, 2, vec![ramp(4_000)]),
            240 => house.order(Command::Part { a: A, b: B }),
            _ => {}
        }
        if !security {
            house.packet(A, 0, n, &tone(400.0, n, Codec::Pcmu));
        }
        let clock = u32::from(n) * encoding.clock_of_frame();
        let payload_type = stream_b(encoding).payload_type.heard;
        house.packet_at(B, payload_type, n, clock, &sound(n));
        house.tick();
    }
    if recorded {
        stop(&mut house);
        assert!(house.engine.recordings().right.iter().any(|&s| s != 0));
    }
    let packets = house.sent().into_iter().map(|s| (s.leg, s.raw)).collect();
    let mut events = house.news();
    events.retain(|e| !matches!(e, Event::RecordingEnded { .. }));
    (packets, events)
}

fn hush_if(house: &mut House, recorded: bool, hushed: bool) {
    if recorded {
        hush(house, hushed);
    }
}

/// 20 ms of a tone in a codec with a memory, its state thrown away: good enough to be relayed.
fn coded(encoding: Encoding, n: u16) -> Vec<u8> {
    let codec = crate::agreed::codec(encoding);
    let rate = codec.natural_rate();
    let mut encoder = rappel_audio::codec::Encoder::new(codec, rate).unwrap();
    let samples: Vec<i16> = (0..rate.frame_samples())
        .map(|i| ((i * 700 + usize::from(n)) % 9_000) as i16)
        .collect();
    let mut out = [0; rappel_audio::codec::MAX_ENCODED];
    let length = encoder.encode(&samples, &mut out);
    out[..length].to_vec()
}

#[test]
fn the_packets_of_a_call_are_the_same_whether_it_is_recorded_or_not() {
    let encodings = [
        Encoding::Pcmu,
        Encoding::Pcma,
        Encoding::G722,
        Encoding::Opus,
    ];
    for encoding in encodings {
        for security in [false, true] {
            let without = everything(encoding, security, false);
            let with = everything(encoding, security, true);
            assert!(without.0.len() > 300, "{encoding:?}: {}", without.0.len());
            assert!(without == with, "{encoding:?}, under keys: {security}");
        }
    }
}

#[test]
fn a_writer_that_fails_ends_the_recording_and_nothing_else() {
    let mut house = House::with_both(Encoding::Pcma);
    house.order(Command::Bridge { a: A, b: B });
    record(&mut house, Tracks::Both);
    house.engine.recordings().room = Some(40);
    conversation(&mut house, 0..100);
    let ends: Vec<_> = house
        .news()
        .into_iter()
        .filter_map(|e| match e {
            Event::RecordingEnded { why, length, .. } => Some((why, length)),
            _ => None,
        })
        .collect();
    let kept = Duration::from_millis(800);
    assert_eq!(ends, [(RecordEnd::WriterFailed, kept)]);
    assert_eq!(house.sent().len(), 200, "everything passed");
}
