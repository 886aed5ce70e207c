//! Keys that pass a bridge as events on a network that loses their ends.

use super::*;

/// Ticks after the last packet of a key in which its end may still come.
const PATIENCE: usize = 15;

fn bridged() -> House {
    let mut house = House::with_both(Encoding::Pcmu);
    house.order(Command::Bridge { a: A, b: B });
    for n in 0..10 {
        house.packet(A, 0, n, &[0x42; 160]);
        house.tick();
    }
    house.sent();
    house
}

/// One packet of key 5, which went down at `timestamp`, after so many ticks of it.
fn event(house: &mut House, sequence: u16, timestamp: u32, end: bool) {
    let length = 160 * (sequence % 50 + 1);
    house.packet_at(A, EVENTS_A, sequence, timestamp, &key(5, end, length));
    house.tick();
}

/// The packets of keys that B was sent: time, whether it is an end, length.
fn events(sent: &[Sent]) -> Vec<(u32, bool, u16)> {
    let keys = sent
        .iter()
        .filter(|s| s.leg == B && s.header.payload_type == EVENTS_B);
    keys.map(|sent| {
        let length = u16::from_be_bytes([sent.payload[2], sent.payload[3]]);
        (sent.header.timestamp, sent.payload[1] & 0x80 != 0, length)
    })
    .collect()
}

fn assert_numbers_run_on(sent: &[Sent]) {
    let numbers: Vec<u16> = sent
        .iter()
        .filter(|s| s.leg == B)
        .map(|s| s.header.sequence)
        .collect();
    let run_on = |pair: &[u16]| pair[1] == pair[0].wrapping_add(1);
    assert!(numbers.windows(2).all(run_on), "{numbers:?}");
}

#[test]
fn a_key_whose_ends_are_all_lost_is_ended_where_it_is_heard() {
    for speaks in [false, true] {
        let mut house = bridged();
        (10..15).for_each(|n| event(&mut house, n, 1_600, false));
        let mut sent = house.sent();
        let [.., (time, false, length)] = events(&sent)[..] else {
            panic!("five packets of a key");
        };
        for n in 0..30 {
            if speaks {
                // Three numbers were lost with the ends.
                house.packet_at(A, 0, 18 + n, 4_000 + u32::from(n) * 160, &[0x42; 160]);
            }
            house.tick();
            if usize::from(n) < PATIENCE - 3 {
                assert_eq!(events(&house.wire.packets), [], "it may still come");
            }
        }
        let mut more = house.sent();
        more.retain(|sent| sent.leg == B);
        assert_eq!(events(&more), [(time, true, length); 3]);
        if speaks {
            assert_eq!(more.len(), 30 + 3, "the sound goes on beside it");
            assert_numbers_run_on(&more);
            assert!(more.iter().all(|s| !s.header.marker));
        }
        sent.extend(more);
        // Once: nothing more is said of it.
        house.ticks(60);
        assert_eq!(events(&house.sent()), []);
    }
}

#[test]
fn what_comes_of_it_later_does_not_press_it_again_and_the_next_key_does() {
    let mut house = bridged();
    (10..15).for_each(|n| event(&mut house, n, 1_600, false));
    house.ticks(PATIENCE + 5);
    assert_eq!(events(&house.sent()).len(), 5 + 3);
    // Held all the time, and on into another segment; its own ends come at last.
    (36..40).for_each(|n| event(&mut house, n, 1_600, false));
    for n in 40..44 {
        let payload = key(5, false, 160);
        house.packet_at(A, EVENTS_A, n, 1_600 + 65_535, &payload);
        house.tick();
    }
    (44..47).for_each(|n| event(&mut house, n, 1_600, true));
    house.ticks(30);
    assert_eq!(events(&house.sent()), []);
    let digits = house.news();
    let digits = digits.iter().filter(|e| matches!(e, Event::Digit { .. }));
    assert_eq!(digits.count(), 1);
    (60..64).for_each(|n| event(&mut house, n, 90_000, n > 60));
    house.ticks(30);
    let sent = house.sent();
    assert_eq!(events(&sent).len(), 4, "with its own ends, and no others");
    assert_numbers_run_on(&sent);
}

#[test]
fn a_key_that_ends_or_goes_on_is_left_as_it_is() {
    let mut house = bridged();
    // A long one that is told of every 100 ms, and one end that is not lost.
    for n in 10..30 {
        event(&mut house, n, 1_600, n == 29);
        house.ticks(4);
    }
    house.ticks(60);
    let sent = house.sent();
    assert_eq!(events(&sent).len(), 20);
    assert_eq!(events(&sent).iter().filter(|event| event.1).count(), 1);
}

#[test]
fn a_bridge_that_is_over_ends_its_keys() {
    let mut house = bridged();
    (10..15).for_each(|n| event(&mut house, n, 1_600, false));
    house.sent();
    house.order(Command::Part { a: A, b: B });
    house.ticks(PATIENCE + 5);
    assert_eq!(events(&house.sent()).len(), 3);
}
