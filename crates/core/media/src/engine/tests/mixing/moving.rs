//! From a prompt to a bridge to a room and back, as one stream.

use super::*;

/// The longest run of silence in a sound, in samples.
fn longest_gap(sound: &[i16]) -> usize {
    let runs = sound.split(|sample| sample.abs() > 200);
    runs.map(<[i16]>::len).max().unwrap_or(0)
}

#[test]
fn between_relay_and_mix_nothing_is_missing_and_nothing_twice() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 3]);
    house.order(Command::Bridge { a: A, b: B });
    talk(&mut house, &mut talkers, 50);
    mix(&mut house, A, Part::Full);
    mix(&mut house, B, Part::Full);
    mix(&mut house, C, Part::Listen);
    talk(&mut house, &mut talkers, 50);
    house.order(Command::Bridge { a: A, b: B });
    talk(&mut house, &mut talkers, 50);
    let sent = house.sent();
    for (leg, ssrc) in [(A, SSRC_A), (B, SSRC_B)] {
        assert_one_stream(&sent, leg, ssrc);
        let mine: Vec<&Sent> = sent.iter().filter(|s| s.leg == leg).collect();
        for pair in mine.windows(2) {
            let [a, b] = [pair[0].header.timestamp, pair[1].header.timestamp];
            assert!(
                (160..=320).contains(&b.wrapping_sub(a)),
                "a gap of more than a frame"
            );
        }
        assert!((149..=151).contains(&mine.len()), "{} packets", mine.len());
        let (sound, _) = heard(&sent, leg, Encoding::Pcma);
        // The time a packet waits in the room for its tick is the time that nobody has heard yet.
        let gap = longest_gap(&sound[160..]);
        assert!(gap <= 2 * FRAME_SAMPLES, "{gap} samples of silence");
    }
}

#[test]
fn a_leg_is_in_one_place_at_a_time() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 4]);
    house.order(Command::Bridge { a: A, b: B });
    mix(&mut house, A, Part::Full);
    mix(&mut house, C, Part::Full);
    let whom = hearings(&mut house, &mut talkers);
    assert_eq!(whom, ["C", "", "A", ""]);
    let (leg, room, part) = (C, RoomId(2), Part::Full);
    house.order(Command::Mix { leg, room, part });
    let (leg, room, part) = (D, RoomId(2), Part::Full);
    house.order(Command::Mix { leg, room, part });
    let whom = hearings(&mut house, &mut talkers);
    assert_eq!(whom, ["", "", "D", "C"]);
    house.order(Command::Bridge { a: D, b: B });
    let whom = hearings(&mut house, &mut talkers);
    assert_eq!(whom, ["", "D", "", "B"]);
}

#[test]
fn a_new_encoding_is_heard_and_spoken_in_the_room() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 3]);
    for leg in [A, B, C] {
        mix(&mut house, leg, Part::Full);
    }
    assert_eq!(hearings(&mut house, &mut talkers), ["BC", "AC", "AB"]);
    house.connect(B, stream(B, Encoding::G722));
    let sequence = talkers[1].sequence;
    talkers[1] = Talker {
        sequence,
        ..Talker::new(B, Encoding::G722)
    };
    assert_eq!(hearings(&mut house, &mut talkers), ["BC", "AC", "AB"]);
}

#[derive(Clone, Debug)]
enum Act {
    Tick,
    Packet,
    Play,
    Stop,
    Bridge,
    Mix(Part),
    Other,
    Unmix,
    Hold,
    Resume,
    Wide,
    Digit,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Tick),
        8 => Just(Act::Packet),
        1 => Just(Act::Play),
        1 => Just(Act::Stop),
        1 => Just(Act::Bridge),
        1 => Just(Act::Mix(Part::Full)),
        1 => Just(Act::Mix(Part::Listen)),
        1 => Just(Act::Mix(Part::Whisper { to: A })),
        1 => Just(Act::Other),
        1 => Just(Act::Unmix),
        1 => Just(Act::Hold),
        1 => Just(Act::Resume),
        1 => Just(Act::Wide),
        1 => Just(Act::Digit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_happens_a_member_sends_one_stream(acts in prop::collection::vec(act(), 1..200)) {
        let (mut house, mut talkers) = house(&[Encoding::Pcma; 2]);
        mix(&mut house, A, Part::Full);
        for act in acts {
            match act {
                Act::Tick => house.tick(),
                Act::Packet => talkers[0].speak(&mut house),
                Act::Play => house.play(B, 1, vec![ramp(700)]),
                Act::Stop => house.order(Command::Stop { leg: B, play: PlayId(1) }),
                Act::Bridge => house.order(Command::Bridge { a: A, b: B }),
                Act::Mix(part) => mix(&mut house, B, part),
                Act::Other => mix(&mut house, A, Part::Full),
                Act::Unmix => house.order(Command::Unmix { leg: B }),
                Act::Hold => house.connect(B, Stream {
                    direction: Direction::RecvOnly,
                    ..stream(B, Encoding::Pcma)
                }),
                Act::Resume => house.connect(B, stream(B, Encoding::Pcma)),
                Act::Wide => house.connect(B, stream(B, Encoding::G722)),
                Act::Digit => house.order(Command::SendDigit {
                    leg: B,
                    digit: '1',
                    held: Duration::from_millis(40),
                }),
            }
        }
        let sent = house.sent();
        let mine: Vec<&Sent> = sent.iter().filter(|s| s.leg == B).collect();
        for pair in mine.windows(2) {
            let (a, b) = (pair[0].header, pair[1].header);
            prop_assert_eq!(b.sequence, a.sequence.wrapping_add(1));
            prop_assert!(b.timestamp.wrapping_sub(a.timestamp) as i32 >= 0);
        }
    }
}
