//! At which rate a call is recorded: what a wideband codec carries is in a file of 16 kHz and cannot be
//! in one of 8 kHz.

use rappel_audio::codec::{Encoder, MAX_ENCODED};
use rappel_model::record::RecordedRate;

use super::*;
use crate::command::Tracks;

const CALL: RecordingId = RecordingId(7);

fn record(house: &mut House, rate: RecordedRate) {
    house.order(Command::Record {
        leg: B,
        recording: CALL,
        subject: Subject::Call(Tracks::Both, rate),
        limits: RecordLimits {
            max: Duration::from_secs(3_600),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
}

/// Three seconds in which B says tones of 500 Hz and 5 kHz in its codec and hears its own voice, recorded.
fn recorded(encoding: Encoding, rate: RecordedRate) -> Paper {
    let mut house = House::new();
    house.open(B);
    house.connect(B, stream_b(encoding));
    house.order(Command::Bridge { a: B, b: B });
    record(&mut house, rate);
    speak(&mut house, encoding, 0..150);
    house.order(Command::StopRecording {
        leg: B,
        recording: CALL,
    });
    std::mem::take(house.engine.recordings())
}

fn speak(house: &mut House, encoding: Encoding, packets: std::ops::Range<u16>) {
    let codec = crate::agreed::codec(encoding);
    let rate = codec.natural_rate();
    let mut encoder = Encoder::new(codec, rate).unwrap();
    let payload_type = stream_b(encoding).payload_type.heard;
    for n in packets {
        let first = usize::from(n) * rate.frame_samples();
        let samples: Vec<i16> = (first..first + rate.frame_samples())
            .map(|i| {
                let turn = std::f64::consts::TAU * i as f64 / f64::from(rate.hertz());
                // G.711 has no 5 kHz.
                let high = if rate == Rate::Wide { 6_000.0 } else { 0.0 };
                (6_000.0 * (500.0 * turn).sin() + high * (5_000.0 * turn).sin()) as i16
            })
            .collect();
        let mut coded = [0; MAX_ENCODED];
        let length = encoder.encode(&samples, &mut coded);
        let clock = u32::from(n) * encoding.clock_of_frame();
        house.packet_at(B, payload_type, n, clock, &coded[..length]);
        house.tick();
    }
}

/// How strong a frequency is in the last two seconds, as the amplitude of a tone.
fn strength(samples: &[i16], rate: Rate, hertz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hertz / f64::from(rate.hertz());
    let samples = &samples[samples.len() - 2 * rate.hertz() as usize..];
    let (mut re, mut im) = (0.0, 0.0);
    for (i, &sample) in samples.iter().enumerate() {
        re += f64::from(sample) * (turn * i as f64).cos();
        im += f64::from(sample) * (turn * i as f64).sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

#[test]
fn what_only_wideband_carries_is_in_a_file_of_16_khz_and_not_in_one_of_8() {
    for encoding in [Encoding::G722, Encoding::Opus] {
        for (asked, rate) in [
            (RecordedRate::Auto, Rate::Wide),
            (RecordedRate::Wide, Rate::Wide),
            (RecordedRate::Narrow, Rate::Narrow),
        ] {
            let paper = recorded(encoding, asked);
            assert_eq!(paper.rate, Some(rate), "{encoding:?} {asked:?}");
            assert_eq!(paper.ended, [(CALL, 150 * 160)], "counted by time");
            let length = 150 * rate.frame_samples();
            assert_eq!((paper.samples.len(), paper.right.len()), (length, length));
            for (side, samples) in [("said", &paper.samples), ("heard", &paper.right)] {
                let low = strength(samples, rate, 500.0);
                assert!(low > 4_500.0, "{encoding:?} {asked:?} {side}: {low}");
                // At 8 kHz, 5 kHz would show as 3 kHz if it were folded over.
                let hertz = if rate == Rate::Wide { 5_000.0 } else { 3_000.0 };
                let high = strength(samples, rate, hertz);
                let heard = high > 3_000.0;
                let gone = high < 100.0;
                let right = if rate == Rate::Wide { heard } else { gone };
                assert!(right, "{encoding:?} {asked:?} {side}: {high} at {hertz} Hz");
            }
        }
    }
}

#[test]
fn a_telephone_is_recorded_at_8_khz_unless_16_is_asked_for() {
    for (asked, rate) in [
        (RecordedRate::Auto, Rate::Narrow),
        (RecordedRate::Wide, Rate::Wide),
    ] {
        let paper = recorded(Encoding::Pcma, asked);
        assert_eq!(paper.rate, Some(rate));
        assert_eq!(paper.ended, [(CALL, 150 * 160)]);
        assert_eq!(paper.samples.len(), 150 * rate.frame_samples());
        for samples in [&paper.samples, &paper.right] {
            let low = strength(samples, rate, 500.0);
            assert!(low > 5_500.0, "{asked:?}: {low}");
        }
    }
}

#[test]
fn a_file_keeps_its_rate_when_the_codec_changes_under_it() {
    let mut house = House::new();
    house.open(B);
    house.connect(B, stream_b(Encoding::G722));
    record(&mut house, RecordedRate::Auto);
    speak(&mut house, Encoding::G722, 0..100);
    house.connect(B, stream_b(Encoding::Pcma));
    speak(&mut house, Encoding::Pcma, 100..250);
    house.order(Command::Close { leg: B });
    let paper = house.engine.recordings();
    assert_eq!(paper.rate, Some(Rate::Wide));
    let said = strength(&paper.samples, Rate::Wide, 500.0);
    assert!(said > 5_000.0, "{said}");
    let length = paper.samples.len().abs_diff(250 * 320);
    assert!(length <= 4 * 320, "{}", paper.samples.len());
}

#[test]
fn nothing_of_a_secret_is_kept_at_16_khz_either() {
    let mut house = House::new();
    house.open(B);
    house.connect(B, stream_b(Encoding::G722));
    record(&mut house, RecordedRate::Wide);
    let hush = |house: &mut House, hushed| {
        house.order(Command::HushRecording {
            leg: B,
            recording: CALL,
            hushed,
        });
    };
    hush(&mut house, true);
    speak(&mut house, Encoding::G722, 0..100);
    hush(&mut house, false);
    speak(&mut house, Encoding::G722, 100..200);
    house.order(Command::Close { leg: B });
    let samples = &house.engine.recordings().samples;
    assert!(
        samples[..90 * 320].iter().all(|&s| s == 0),
        "silence is silence"
    );
    assert!(strength(samples, Rate::Wide, 500.0) > 3_000.0, "it goes on");
}
