//! Streams nobody here decodes: passed on as they came, and nothing else.

use rappel_rtp::{Foreign, Format, PayloadType};

use super::*;

const TEN_BYTES: [u8; 20] = *b"two frames of G.729!";

/// A and B speak iLBC, each under numbers of its own.
fn joined() -> House {
    let mut house = House::new();
    let ilbc = Format::Foreign(Foreign::new("iLBC", 8_000, 1).unwrap());
    for (leg, number) in [(A, 97), (B, 110)] {
        house.open(leg);
        let stream = Stream {
            payload_type: PayloadType::from(number),
            telephone_event: Some(101.into()),
            ..Stream::plain(address(4_000 + leg.0 as u16), ilbc)
        };
        house.connect(leg, stream);
    }
    house.order(Command::Bridge { a: A, b: B });
    house
}

#[test]
fn payloads_pass_unchanged_both_ways_under_the_numbers_of_each_side() {
    let mut house = joined();
    for (from, number, to, theirs) in [(A, 97, B, 110), (B, 110, A, 97)] {
        for n in 0..50 {
            house.packet(from, number, 100 + n, &TEN_BYTES);
            let sent = house.sent();
            assert_eq!((sent.len(), sent[0].leg), (1, to), "before any tick");
            assert_eq!(sent[0].payload, TEN_BYTES);
            assert_eq!(sent[0].header.payload_type, theirs);
            house.tick();
            assert!(house.sent().is_empty(), "nothing beside it");
        }
    }
}

#[test]
fn keys_pass_and_are_told() {
    let mut house = joined();
    for n in 0..4 {
        let end = if n == 3 { 0x80 } else { 0 };
        house.packet_at(A, 101, 7 + n, 9_000, &[5, 10 | end, 0, 160]);
    }
    let sent = house.sent();
    assert!(
        sent.iter()
            .all(|s| s.leg == B && s.header.payload_type == 101)
    );
    assert_eq!(sent.len(), 4);
    let told = house.news();
    let digits = told
        .iter()
        .filter(|e| matches!(e, Event::Digit { digit: '5', .. }));
    assert_eq!(digits.count(), 1);
}

#[test]
fn what_is_played_takes_its_time_unheard_and_stops_nothing() {
    let mut house = joined();
    house.order(Command::Part { a: A, b: B });
    house.play(A, 1, vec![ramp(1_600)]);
    house.ticks(12);
    assert!(house.sent().is_empty(), "no law of ours on their stream");
    let ended = |e: &Event| {
        matches!(
            e,
            Event::PlayEnded {
                why: PlayEnd::Finished,
                ..
            }
        )
    };
    assert!(house.news().iter().any(ended));
    house.order(Command::Bridge { a: A, b: B });
    house.packet(B, 110, 5, &TEN_BYTES);
    assert_eq!(house.sent().len(), 1);
}

#[test]
fn between_a_format_of_theirs_and_one_of_ours_nothing_passes() {
    let mut house = joined();
    house.connect(B, stream_b(Encoding::Pcma));
    house.packet(A, 97, 1, &TEN_BYTES);
    house.packet(B, 8, 1, &[0x55; 160]);
    assert!(house.sent().is_empty());
}
