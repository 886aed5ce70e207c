//! What leaves a session by itself: prompts, silence, keys.

use super::*;

#[test]
fn a_prompt_leaves_frame_by_frame_as_it_was_encoded() {
    let mut house = House::with_a();
    let clip = ramp(1_600);
    house.play(A, 1, vec![clip.clone()]);
    house.ticks(10);
    let sent = house.sent();
    assert_eq!(sent.len(), 10);
    let heard: Vec<u8> = sent.iter().flat_map(|s| s.payload.clone()).collect();
    assert_eq!(heard, clip.encoded(Encoding::Pcmu));
    assert_one_stream(&sent, A, SSRC_A);
    assert_eq!(sent[0].header.sequence, 65_530);
    assert_eq!(sent[0].header.timestamp, u32::MAX - 1_000);
    assert!(
        sent.windows(2)
            .all(|w| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp) == 160)
    );
    assert!(sent[0].header.marker && !sent[1..].iter().any(|s| s.header.marker));
    assert_eq!(
        house.news(),
        [
            Event::PlayStarted {
                leg: A,
                play: PlayId(1)
            },
            Event::PlayEnded {
                leg: A,
                play: PlayId(1),
                why: PlayEnd::Finished
            },
        ]
    );
}

#[test]
fn the_next_order_follows_without_a_gap() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(480), ramp(480)]);
    house.ticks(6);
    assert!(matches!(house.news()[..], [_, Event::PlayEnded { .. }]));
    house.play(A, 2, vec![ramp(320)]);
    house.ticks(2);
    let heard: Vec<u8> = house
        .sent()
        .iter()
        .flat_map(|s| s.payload.clone())
        .collect();
    let whole = [ramp(480), ramp(480), ramp(320)].map(|c| c.encoded(Encoding::Pcmu).to_vec());
    assert_eq!(heard, whole.concat());
}

#[test]
fn a_key_stops_within_one_tick() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(80_000)]);
    house.ticks(5);
    house.news();
    house.sent();
    house.packet(A, EVENTS_A, 1, &key(7, false, 160));
    house.tick();
    let news = house.news();
    assert!(
        matches!(
            news[..],
            [
                Event::Started { .. },
                Event::Digit { digit: '7', .. },
                Event::PlayEnded {
                    why: PlayEnd::Key,
                    ..
                },
            ]
        ),
        "{news:?}"
    );
    let sent = house.sent();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].payload.iter().all(|&b| b == 0xff),
        "only silence follows"
    );
}

#[test]
fn a_key_does_not_stop_what_it_may_not() {
    let mut house = House::with_a();
    house.order(Command::Play {
        leg: A,
        play: PlayId(1),
        sounds: vec![ramp(320)],
        stop_on_key: false,
        forever: true,
    });
    house.packet(A, EVENTS_A, 1, &key(7, false, 160));
    house.ticks(100);
    assert!(
        house
            .sent()
            .iter()
            .all(|s| s.payload.iter().any(|&b| b != 0xff))
    );
    house.order(Command::Stop {
        leg: A,
        play: PlayId(2),
    });
    house.order(Command::Stop {
        leg: A,
        play: PlayId(1),
    });
    let ended = house
        .news()
        .into_iter()
        .filter(|e| matches!(e, Event::PlayEnded { .. }));
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [Event::PlayEnded {
            leg: A,
            play: PlayId(1),
            why: PlayEnd::Stopped
        }]
    );
}

#[test]
fn a_new_order_replaces_the_old_one() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(80_000)]);
    house.tick();
    house.play(A, 2, vec![]);
    house.ticks(2);
    let ends: Vec<_> = house
        .news()
        .into_iter()
        .filter_map(|e| match e {
            Event::PlayEnded { play, why, .. } => Some((play.0, why)),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [(1, PlayEnd::Stopped), (2, PlayEnd::Finished)]);
}

#[test]
fn nothing_leaves_before_the_agreement_and_the_prompt_waits_for_it() {
    let mut house = House::new();
    house.open(A);
    house.play(A, 1, vec![ramp(160)]);
    house.ticks(50);
    assert!(house.sent().is_empty() && house.news().is_empty());
    house.connect(A, stream_a());
    house.tick();
    assert_eq!(house.sent()[0].payload, ramp(160).encoded(Encoding::Pcmu));
}

#[test]
fn on_hold_nothing_leaves_and_afterwards_the_stream_goes_on() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(80_000)]);
    house.ticks(5);
    let before = house.sent();
    for direction in [Direction::RecvOnly, Direction::Inactive] {
        house.connect(
            A,
            Stream {
                direction,
                ..stream_a()
            },
        );
        house.ticks(50);
        assert!(house.sent().is_empty(), "{direction:?}");
    }
    house.connect(A, stream_a());
    house.ticks(5);
    let after = house.sent();
    assert!(after[0].header.marker);
    let waited = after[0]
        .header
        .timestamp
        .wrapping_sub(before[4].header.timestamp);
    assert_eq!(waited, 101 * 160);
    assert_one_stream(&[before, after].concat(), A, SSRC_A);
}

#[test]
fn another_encoding_takes_over_in_the_middle_of_a_clip() {
    let mut house = House::with_a();
    let clip = ramp(480);
    house.play(A, 1, vec![clip.clone()]);
    house.tick();
    house.connect(
        A,
        Stream {
            format: Encoding::Pcma.into(),
            payload_type: 8.into(),
            ..stream_a()
        },
    );
    house.ticks(2);
    let sent = house.sent();
    assert_eq!(sent[1].payload, clip.encoded(Encoding::Pcma)[160..320]);
    assert_eq!(sent[1].header.payload_type, 8);
    assert_one_stream(&sent[1..], A, SSRC_A);
}

#[test]
fn a_quiet_session_still_sends_silence_so_that_nobody_takes_it_for_dead() {
    let mut house = House::with_a();
    house.ticks(20);
    let sent = house.sent();
    assert_eq!(sent.len(), 20);
    assert!(sent.iter().all(|s| s.payload == [0xff; FRAME_SAMPLES]));
}

#[test]
fn digits_are_sent_as_events_between_the_sound() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(8_000)]);
    house.ticks(2);
    house.order(Command::SendDigit {
        leg: A,
        digit: '5',
        held: Duration::from_millis(60),
    });
    house.ticks(8);
    let sent = house.sent();
    let events: Vec<&Sent> = sent
        .iter()
        .filter(|s| s.header.payload_type == EVENTS_A)
        .collect();
    let payloads: Vec<[u8; 4]> = events
        .iter()
        .map(|s| s.payload[..].try_into().unwrap())
        .collect();
    let over = key(5, true, 480);
    assert_eq!(
        payloads,
        [key(5, false, 160), key(5, false, 320), over, over, over]
    );
    assert!(
        events
            .iter()
            .all(|s| s.header.timestamp == events[0].header.timestamp)
    );
    assert_one_stream(&sent, A, SSRC_A);
}
