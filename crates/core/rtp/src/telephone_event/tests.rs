//! Keys over a bad network: none doubled, none lost.

use proptest::prelude::*;

use super::*;

const FRAME: u16 = 160;

/// What a sender makes of `digits`, as (timestamp, payload) in the order of sending, one list per
/// digit.
fn sent(digits: &str, held: Duration) -> Vec<Vec<Outgoing>> {
    let mut clock = 1_000u32;
    let mut events = Vec::new();
    for digit in digits.chars() {
        let mut sender = Sender::new(FRAME);
        sender.press(digit, held).unwrap();
        let mut packets = Vec::new();
        while let Some(packet) = sender.tick(clock) {
            packets.push(packet);
            clock = clock.wrapping_add(u32::from(FRAME));
        }
        clock = clock.wrapping_add(2 * u32::from(FRAME));
        events.push(packets);
    }
    events
}

fn read<'a>(packets: impl IntoIterator<Item = &'a Outgoing>) -> String {
    let mut receiver = Receiver::new();
    packets
        .into_iter()
        .filter_map(|p| receiver.receive(7, p.timestamp, &p.payload))
        .collect()
}

#[test]
fn a_key_is_one_event_with_three_ends() {
    let events = sent("5", Duration::from_millis(100));
    let expected: Vec<(bool, [u8; 4])> = vec![
        (true, [5, 10, 0, 160]),
        (false, [5, 10, 1, 64]),
        (false, [5, 10, 1, 224]),
        (false, [5, 10, 2, 128]),
        (false, [5, 0x8a, 3, 32]),
        (false, [5, 0x8a, 3, 32]),
        (false, [5, 0x8a, 3, 32]),
    ];
    let packets: Vec<_> = events[0].iter().map(|p| (p.marker, p.payload)).collect();
    assert_eq!(packets, expected);
    assert!(events[0].iter().all(|p| p.timestamp == 1_000));
}

#[test]
fn all_sixteen_keys_survive_the_way() {
    let keys = "0123456789*#ABCD";
    assert_eq!(
        read(sent(keys, Duration::from_millis(60)).iter().flatten()),
        keys
    );
    assert_eq!(read(sent("a1", Duration::ZERO).iter().flatten()), "A1");
}

#[test]
fn presses_follow_each_other_with_a_pause() {
    let mut sender = Sender::new(FRAME);
    sender.press('1', Duration::from_millis(40)).unwrap();
    sender.press('1', Duration::from_millis(40)).unwrap();
    sender.press('x', Duration::from_millis(40)).unwrap();
    let mut packets = Vec::new();
    for tick in 0..20 {
        packets.extend(sender.tick(tick * 160));
    }
    assert_eq!(read(&packets), "11");
    assert_eq!(
        packets[4].timestamp, 640,
        "60 ms after the first key went up"
    );
    assert!(sender.is_idle());
}

#[test]
fn presses_are_bounded() {
    let mut sender = Sender::new(FRAME);
    for _ in 0..MAX_WAITING {
        sender.press('1', Duration::ZERO).unwrap();
    }
    assert_eq!(sender.press('1', Duration::ZERO), Err(Full));
    sender.tick(0);
    assert_eq!(sender.press('1', Duration::ZERO), Ok(()));
}

#[test]
fn the_longest_press_fits_its_field() {
    let events = sent("9", Duration::from_secs(60));
    assert_eq!(events[0].len(), 402);
    assert_eq!(&events[0][401].payload[2..], 64_000u16.to_be_bytes());
    assert_eq!(read(&events[0]), "9");
}

#[test]
fn a_tone_of_many_segments_is_one_key() {
    let mut receiver = Receiver::new();
    let held = [3, 10, 0xff, 0xff];
    assert_eq!(receiver.receive(1, 100, &held), Some('3'));
    assert_eq!(receiver.receive(1, 100 + 65_535, &[3, 10, 0, 160]), None);
    // The last packets of the second segment are lost: its place says that it continues.
    assert_eq!(
        receiver.receive(1, 100 + 2 * 65_535, &[3, 0x8a, 4, 0]),
        None
    );
    assert_eq!(
        receiver.receive(1, 100 + 3 * 65_535, &[3, 10, 0, 160]),
        Some('3')
    );
}

#[test]
fn a_straggler_of_an_older_key_is_known() {
    let events = sent("12", Duration::from_millis(80));
    let mut order: Vec<&Outgoing> = events.iter().flatten().collect();
    let straggler = order.remove(3);
    order.push(straggler);
    assert_eq!(read(order), "12");
}

#[test]
fn what_is_no_key_is_ignored() {
    let mut receiver = Receiver::new();
    for payload in [&[] as &[u8], &[1, 2, 3], &[16, 10, 0, 160], &[255, 0, 0, 0]] {
        assert_eq!(receiver.receive(1, 1, payload), None);
    }
    assert_eq!(
        receiver.receive(1, 1, &[1, 0, 0, 0, 9, 9]),
        Some('1'),
        "padded"
    );
    assert_eq!(
        receiver.receive(2, 1, &[1, 0, 0, 0]),
        Some('1'),
        "another source"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Ten per cent are lost, some come twice, some late: every key of which anything arrived is
    /// told once, in order.
    #[test]
    fn a_bad_network_neither_doubles_nor_loses_a_key(
        digits in "[0-9*#A-D]{1,25}", held in 0..300u64,
        fate in prop::collection::vec(0..100u8, 400),
    ) {
        let events = sent(&digits, Duration::from_millis(held));
        let mut fate = fate.iter().cycle();
        let mut wire: Vec<Outgoing> = Vec::new();
        let mut expected = String::new();
        for (digit, event) in digits.chars().zip(&events) {
            let mut arrived = false;
            for packet in event {
                let fate = fate.next().unwrap();
                if *fate < 10 {
                    continue;
                }
                arrived = true;
                let first_of_event = wire.last().is_none_or(|p| p.timestamp != packet.timestamp);
                wire.push(*packet);
                match fate {
                    10..15 => wire.push(*packet),
                    // Changes places with its predecessor, within the event: the first packet of a
                    // key that overtakes the whole of another would change what was typed.
                    15..20 if !first_of_event => {
                        let last = wire.len() - 1;
                        wire.swap(last - 1, last);
                    }
                    _ => {}
                }
            }
            if arrived {
                expected.push(digit);
            }
        }
        prop_assert_eq!(read(&wire), expected);
    }

    #[test]
    fn no_payload_panics(packets in prop::collection::vec((0..3u32, any::<u32>(), prop::collection::vec(any::<u8>(), 0..6)), 0..100)) {
        let mut receiver = Receiver::new();
        for (ssrc, timestamp, payload) in packets {
            receiver.receive(ssrc, timestamp, &payload);
        }
    }
}
