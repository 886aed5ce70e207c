//! Two sessions that hear each other.

use proptest::prelude::*;

use super::*;

fn bridged(encoding: Encoding) -> House {
    let mut house = House::with_both(encoding);
    house.order(Command::Bridge { a: A, b: B });
    house
}

fn to_b(sent: &[Sent]) -> Vec<&Sent> {
    sent.iter().filter(|s| s.leg == B).collect()
}

#[test]
fn a_packet_leaves_in_the_call_that_brought_it() {
    let mut house = bridged(Encoding::Pcmu);
    house.packet(A, 0, 100, &[0x42; 160]);
    let sent = house.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].leg, sent[0].to), (B, address(4_002)));
    assert_eq!(sent[0].payload, [0x42; 160]);
    assert_eq!(sent[0].header.ssrc, SSRC_B, "nothing of A shows on B");
    assert_eq!(sent[0].header.sequence, 65_530);
    house.packet(B, 0, 7, &[0x24; 160]);
    assert_eq!(house.sent()[0].header.ssrc, SSRC_A);
}

#[test]
fn a_leg_bridged_with_itself_hears_its_own_voice_at_once() {
    let mut house = House::with_a();
    house.order(Command::Bridge { a: A, b: A });
    for n in 0..50 {
        house.packet(A, 0, 100 + n, &[0x42; 160]);
        let sent = house.sent();
        assert_eq!((sent.len(), sent[0].leg), (1, A), "before any tick");
        assert_eq!(sent[0].payload, [0x42; 160]);
        assert_eq!(sent[0].header.ssrc, SSRC_A);
        house.tick();
        assert!(house.sent().is_empty(), "and nothing beside it");
    }
    house.order(Command::Part { a: A, b: A });
    house.packet(A, 0, 150, &[0x42; 160]);
    assert!(house.sent().is_empty());
}

#[test]
fn the_stream_goes_on_from_prompt_to_bridge_to_prompt() {
    let mut house = House::with_both(Encoding::Pcmu);
    house.play(B, 1, vec![ramp(480)]);
    house.ticks(3);
    house.order(Command::Bridge { a: A, b: B });
    for n in 0..20 {
        house.packet(A, 0, 40_000 + n, &[0x42; 160]);
        house.tick();
    }
    house.order(Command::Part { a: B, b: A });
    house.play(B, 2, vec![ramp(480)]);
    house.ticks(3);
    let sent = house.sent();
    let mine = to_b(&sent);
    assert_eq!(mine.len(), 26);
    assert_one_stream(&sent, B, SSRC_B);
    for pair in mine.windows(2) {
        let step = pair[1]
            .header
            .timestamp
            .wrapping_sub(pair[0].header.timestamp);
        assert!((160..=320).contains(&step), "{step}");
    }
}

/// A refreshed session, new keys, a bridge that is made again: nothing of it is heard.
#[test]
fn a_new_agreement_in_the_same_format_leaves_the_relayed_stream_in_step() {
    let mut house = bridged(Encoding::Pcmu);
    let mut heard = Vec::new();
    for n in 0..90 {
        match n {
            30 => house.connect(B, stream_b(Encoding::Pcmu)),
            60 => {
                house.order(Command::Part { a: A, b: B });
                house.order(Command::Bridge { a: A, b: B });
            }
            _ => {}
        }
        house.packet(A, 0, 40_000 + n, &[0x42; 160]);
        house.tick();
        heard.extend(house.sent());
    }
    let heard: Vec<Header> = to_b(&heard).iter().map(|s| s.header).collect();
    assert_eq!(heard.len(), 90);
    for (n, pair) in heard.windows(2).enumerate() {
        let steps = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert_eq!(steps, 160, "behind packet {n}");
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert!(!pair[1].marker || n == 59, "a marker behind packet {n}");
    }
}

/// A phone that sends INFO and an event for one press, in whichever order: the other side has one key.
#[test]
fn a_key_told_by_signalling_before_its_event_leaves_once() {
    let mut house = bridged(Encoding::Pcmu);
    let (digit, held) = ('7', Duration::from_millis(100));
    house.order(Command::SendDigit {
        leg: B,
        digit,
        held,
    });
    let mut sent = Vec::new();
    for n in 0..60 {
        match n {
            // Held for longer than what was sent for it.
            2..22 => house.packet_at(A, EVENTS_A, n, 320, &key(7, n == 21, 160 * (n - 1))),
            // Pressed once more.
            40..45 => house.packet_at(A, EVENTS_A, n, 6_400, &key(7, n == 44, 160 * (n - 39))),
            _ => house.packet(A, 0, n, &[0x42; 160]),
        }
        house.tick();
        sent.extend(house.sent());
    }
    let mut events: Vec<u32> = to_b(&sent)
        .iter()
        .filter(|sent| sent.header.payload_type == EVENTS_B)
        .map(|sent| sent.header.timestamp)
        .collect();
    events.dedup();
    assert_eq!(events.len(), 2, "one for each press");
    assert_one_stream(&sent, B, SSRC_B);
}

#[test]
fn mu_law_becomes_a_law_and_back() {
    let mut house = bridged(Encoding::Pcma);
    let codes: [u8; 160] = std::array::from_fn(|i| i as u8);
    house.packet(A, 0, 1, &codes);
    let mut expected = codes;
    Codec::Pcmu.convert(Codec::Pcma, &mut expected);
    let sent = house.sent();
    assert_eq!(
        (sent[0].header.payload_type, &sent[0].payload[..]),
        (8, &expected[..])
    );
    house.packet(B, 8, 1, &codes);
    let mut expected = codes;
    Codec::Pcma.convert(Codec::Pcmu, &mut expected);
    let sent = house.sent();
    assert_eq!(
        (sent[0].header.payload_type, &sent[0].payload[..]),
        (0, &expected[..])
    );
}

#[test]
fn keys_cross_with_the_other_number_and_are_still_told() {
    let mut house = bridged(Encoding::Pcmu);
    house.packet(A, 0, 1, &[0x42; 160]);
    for n in 0..3 {
        house.packet_at(A, EVENTS_A, 2 + n, 320, &key(9, n == 2, 160 * (n + 1)));
    }
    let sent = house.sent();
    let types: Vec<u8> = sent.iter().map(|s| s.header.payload_type).collect();
    assert_eq!(types, [0, EVENTS_B, EVENTS_B, EVENTS_B]);
    assert_eq!(sent[1].payload, key(9, false, 160));
    assert_one_stream(&sent, B, SSRC_B);
    assert_eq!(
        house.news(),
        [
            Event::Started { leg: A },
            Event::Digit {
                leg: A,
                digit: '9',
                way: KeyWay::Event
            }
        ]
    );
}

#[test]
fn a_key_becomes_a_tone_for_a_leg_without_events() {
    let mut house = bridged(Encoding::Pcma);
    house.connect(
        B,
        Stream {
            telephone_event: None,
            ..stream_b(Encoding::Pcma)
        },
    );
    for n in 0..5 {
        house.packet_at(A, EVENTS_A, n, 320, &key(6, n > 1, 160 * (n + 1).min(3)));
    }
    house.ticks(10);
    let sent = house.sent();
    let mut detector = rappel_audio::dtmf::Detector::new();
    let heard: String = to_b(&sent)
        .iter()
        .filter_map(|s| {
            let mut samples = [0; 160];
            Codec::Pcma.decode(&s.payload, &mut samples);
            detector.listen(&samples)
        })
        .collect();
    assert_eq!(heard, "6");
    assert_one_stream(&sent, B, SSRC_B);
}

#[test]
fn loss_and_disorder_stay_visible_and_duplicates_do_not_pass() {
    let mut house = bridged(Encoding::Pcmu);
    for n in [10, 11, 13, 12, 12, 16] {
        house.packet(A, 0, n, &[n as u8; 160]);
    }
    let sent = house.sent();
    let numbers: Vec<u16> = sent
        .iter()
        .map(|s| s.header.sequence.wrapping_sub(65_530))
        .collect();
    assert_eq!(numbers, [0, 1, 3, 2, 6]);
    let steps: Vec<u32> = sent
        .iter()
        .map(|s| s.header.timestamp.wrapping_sub(sent[0].header.timestamp))
        .collect();
    assert_eq!(steps, [0, 160, 480, 320, 960]);
    house.packet(A, 0, 9, &[9; 160]);
    assert!(
        house.sent().is_empty(),
        "from before the bridge: its number is taken"
    );
}

#[test]
fn a_peer_that_changes_its_source_does_not_show() {
    let mut house = bridged(Encoding::Pcmu);
    for (ssrc, sequence) in [(1, 10), (1, 11), (2, 50_000), (2, 50_001)] {
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: ssrc * 0x4000_0000 + u32::from(sequence) * 160,
            ssrc,
        };
        house.packet_from(A, address(4_001), header, &[1; 160]);
        house.tick();
    }
    let sent = house.sent();
    assert_eq!(to_b(&sent).len(), 4);
    assert_one_stream(&sent, B, SSRC_B);
}

#[test]
fn hold_is_respected_on_both_sides() {
    let mut house = bridged(Encoding::Pcmu);
    house.connect(
        B,
        Stream {
            direction: Direction::RecvOnly,
            ..stream_b(Encoding::Pcmu)
        },
    );
    house.packet(A, 0, 1, &[1; 160]);
    assert!(house.sent().is_empty(), "B does not listen");
    house.connect(B, stream_b(Encoding::Pcmu));
    house.connect(
        A,
        Stream {
            direction: Direction::SendOnly,
            ..stream_a()
        },
    );
    house.packet(A, 0, 2, &[1; 160]);
    assert!(house.sent().is_empty(), "we do not listen to A");
    house.connect(A, stream_a());
    house.packet(A, 0, 3, &[1; 160]);
    assert_eq!(house.sent().len(), 1);
}

#[test]
fn what_is_played_to_a_bridged_leg_covers_the_other_voice() {
    let mut house = bridged(Encoding::Pcmu);
    house.packet(A, 0, 1, &[1; 160]);
    house.play(B, 1, vec![ramp(320)]);
    house.packet(A, 0, 2, &[2; 160]);
    house.tick();
    house.packet(A, 0, 3, &[3; 160]);
    house.tick();
    house.packet(A, 0, 4, &[4; 160]);
    let sent = house.sent();
    let firsts: Vec<u8> = to_b(&sent).iter().map(|s| s.payload[0]).collect();
    let clip = ramp(320);
    let clip = clip.encoded(Encoding::Pcmu);
    assert_eq!(firsts, [1, clip[0], clip[160], 4]);
    assert_one_stream(&sent, B, SSRC_B);
}

#[test]
fn a_silent_partner_is_covered_by_the_noise_of_a_line() {
    let mut house = bridged(Encoding::Pcmu);
    for n in 0..50 {
        house.packet(B, 0, n, &[1; 160]);
        house.tick();
    }
    let sent = house.sent();
    let covered = to_b(&sent);
    assert_eq!(covered.len(), 50);
    for packet in covered {
        let mut samples = [0; FRAME_SAMPLES];
        Codec::Pcmu.decode(&packet.payload, &mut samples);
        assert!(samples.iter().any(|sample| *sample != 0), "it is not dead");
        assert!(samples.iter().all(|sample| sample.abs() < 64), "and soft");
    }
    assert_eq!(
        sent.iter()
            .filter(|s| s.leg == A && s.payload[0] == 1)
            .count(),
        50
    );
}

#[test]
fn the_end_of_one_leg_frees_the_other() {
    let mut house = bridged(Encoding::Pcmu);
    house.order(Command::Close { leg: A });
    house.open(LegId(3));
    house.packet(B, 0, 1, &[1; 160]);
    assert!(house.sent().is_empty(), "the slot has another tenant now");
    house.order(Command::Bridge { a: B, b: LegId(9) });
    house.packet(B, 0, 2, &[1; 160]);
    assert!(house.sent().is_empty());
}

#[derive(Clone, Debug)]
enum Act {
    Tick,
    Packet,
    Play,
    Stop,
    Bridge,
    Part,
    Hold,
    Resume,
    Digit,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Tick),
        8 => Just(Act::Packet),
        1 => Just(Act::Play),
        1 => Just(Act::Stop),
        1 => Just(Act::Bridge),
        1 => Just(Act::Part),
        1 => Just(Act::Hold),
        1 => Just(Act::Resume),
        1 => Just(Act::Digit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_happens_a_leg_sends_one_stream(acts in prop::collection::vec(act(), 1..200)) {
        let mut house = House::with_both(Encoding::Pcma);
        let mut sequence = 60_000u16;
        for act in acts {
            match act {
                Act::Tick => house.tick(),
                Act::Packet => {
                    sequence = sequence.wrapping_add(1);
                    house.packet(A, 0, sequence, &[5; 160]);
                }
                Act::Play => house.play(B, 1, vec![ramp(700)]),
                Act::Stop => house.order(Command::Stop { leg: B, play: PlayId(1) }),
                Act::Bridge => house.order(Command::Bridge { a: A, b: B }),
                Act::Part => house.order(Command::Part { a: A, b: B }),
                Act::Hold => house.connect(B, Stream { direction: Direction::RecvOnly, ..stream_b(Encoding::Pcma) }),
                Act::Resume => house.connect(B, stream_b(Encoding::Pcma)),
                Act::Digit => house.order(Command::SendDigit { leg: B, digit: '1', held: Duration::from_millis(40) }),
            }
        }
        assert_one_stream(&house.sent(), B, SSRC_B);
    }
}
