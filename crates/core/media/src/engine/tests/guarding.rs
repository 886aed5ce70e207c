//! Nobody who waits is left in silence, whatever the silence comes from.

use rappel_model::Tone;

use super::*;

/// Ticks in two seconds.
const BORNE: usize = 100;

fn guarded() -> House {
    let mut house = House::new();
    house.quiet_after = Duration::from_secs(2);
    house.open(A);
    house.connect(A, stream_a());
    house
}

/// What left to A in these ticks: true where it can be heard.
fn heard(house: &mut House, ticks: usize) -> Vec<bool> {
    house.sent();
    house.ticks(ticks);
    let sent = house.sent();
    let mine = sent.iter().filter(|s| s.leg == A);
    mine.map(|sent| {
        let mut samples = vec![0; sent.payload.len()];
        Codec::Pcmu.decode(&sent.payload, &mut samples);
        samples.iter().any(|s| s.abs() > 300)
    })
    .collect()
}

fn quiets(house: &mut House) -> usize {
    let quiet = |event: &Event| matches!(event, Event::Quiet { leg: A });
    house.news().into_iter().filter(quiet).count()
}

#[test]
fn a_caller_hears_a_tone_after_two_seconds_of_nothing_until_there_is_something() {
    let mut house = guarded();
    assert_eq!(heard(&mut house, BORNE), vec![false; BORNE]);
    assert_eq!(quiets(&mut house), 0);
    // Two notes of 200 ms and two seconds of nothing in turns, told once.
    let tone = heard(&mut house, 240);
    for round in tone.chunks_exact(120) {
        assert!(round[1..19].iter().all(|h| *h) && !round[20..].contains(&true));
    }
    assert_eq!(quiets(&mut house), 1);
    // A prompt is heard at once and whole; then patience begins anew.
    let clip = ramp(FRAME_SAMPLES * 50);
    house.play(A, 1, vec![clip.clone()]);
    house.sent();
    house.ticks(50);
    let said: Vec<u8> = house
        .sent()
        .iter()
        .flat_map(|s| s.payload.clone())
        .collect();
    assert_eq!(said, clip.encoded(Encoding::Pcmu));
    assert!(!heard(&mut house, BORNE).contains(&true));
    assert!(heard(&mut house, 19)[1..].iter().all(|h| *h));
    assert_eq!(quiets(&mut house), 1);
}

#[test]
fn silence_that_was_ordered_or_never_came_is_silence_too() {
    let pause = Arc::new(Clip::pause(Duration::from_secs(2)));
    let mut ordered = guarded();
    ordered.play(A, 1, vec![pause.clone(), pause.clone(), ramp(800)]);
    let mut late = guarded();
    late.order(Command::Begin {
        leg: A,
        play: PlayId(1),
        sounds: vec![ramp(FRAME_SAMPLES * 50)],
        stop_on_key: false,
    });
    late.ticks(50);
    for house in [&mut ordered, &mut late] {
        let heard = heard(house, 190);
        assert!(!heard[..BORNE].contains(&true));
        assert!(heard[BORNE + 1..BORNE + 19].iter().all(|h| *h));
    }
    // What was ordered goes on in its own time: its sound comes after four seconds.
    ordered.news();
    ordered.ticks(10);
    assert!(heard(&mut ordered, 4).contains(&true));
    ordered.ticks(10);
    let ended = |event: &Event| {
        matches!(
            event,
            Event::PlayEnded {
                play: PlayId(1),
                ..
            }
        )
    };
    assert!(ordered.news().iter().any(ended));
}

#[test]
fn whoever_talks_leaves_a_message_or_holds_is_left_alone() {
    let mut talks = guarded();
    talks.open(B);
    talks.connect(B, stream_b(Encoding::Pcma));
    talks.order(Command::Bridge { a: A, b: B });
    let mut leaves = guarded();
    leaves.order(Command::Record {
        leg: A,
        recording: RecordingId(1),
        subject: Subject::Message,
        limits: RecordLimits {
            max: Duration::from_secs(60),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
    let mut holds = guarded();
    holds.connect(
        A,
        Stream {
            direction: Direction::RecvOnly,
            ..stream_a()
        },
    );
    let mut rung = House::with_a();
    for house in [&mut talks, &mut leaves, &mut holds, &mut rung] {
        assert!(!heard(house, 5 * BORNE).contains(&true));
        assert_eq!(quiets(house), 0);
    }
    // Ringing is heard in its pauses too, as everybody knows it.
    let mut rings = guarded();
    rings.order(Command::Play {
        leg: A,
        play: PlayId(1),
        sounds: vec![Arc::new(Clip::tone(Tone::Ringing))],
        stop_on_key: false,
        forever: true,
    });
    rings.ticks(1_000);
    assert_eq!(quiets(&mut rings), 0);
}

#[test]
fn a_hold_that_the_operator_wants_silent_stays_silent() {
    let mut house = guarded();
    house.open(B);
    house.connect(B, stream_b(Encoding::Pcma));
    house.order(Command::Bridge { a: A, b: B });
    // B holds: what A hears then is ordered as a pause without end, while the two stay joined.
    house.connect(
        B,
        Stream {
            direction: Direction::RecvOnly,
            ..stream_b(Encoding::Pcma)
        },
    );
    house.order(Command::Play {
        leg: A,
        play: PlayId(1),
        sounds: vec![Arc::new(Clip::pause(Duration::from_secs(1)))],
        stop_on_key: false,
        forever: true,
    });
    assert!(!heard(&mut house, 10 * BORNE).contains(&true));
    assert_eq!(quiets(&mut house), 0);
}
