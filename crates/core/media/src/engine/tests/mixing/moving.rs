//! From a prompt to a bridge to a room and back, as one stream.

use super::*;

/// The longest run of silence in a sound, in samples.
fn longest_gap(sound: &[i16]) -> usize {
    let runs = sound.split(|sample| sample.unsigned_abs() > 200);
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
            assert_eq!(b.wrapping_sub(a), 160, "a gap, or something twice");
        }
        assert!((149..=151).contains(&mine.len()), "{} packets", mine.len());
        let (sound, _) = heard(&sent, leg, Encoding::Pcma);
        let gap = longest_gap(&sound[160..]);
        assert!(gap <= FRAME_SAMPLES / 8, "{gap} samples of silence");
    }
}

/// 20 ms: all speak so many milliseconds before the tick; `order` comes before or after the packets.
fn frame(
    house: &mut House,
    talkers: &mut [Talker],
    ahead: u64,
    orders: [Vec<Command<Arc<Clip>>>; 2],
) {
    let [before, after] = orders;
    before.into_iter().for_each(|command| house.order(command));
    house.now = house.now.after(Duration::from_millis(20 - ahead));
    talkers.iter_mut().for_each(|talker| talker.speak(house));
    after.into_iter().for_each(|command| house.order(command));
    house.now = house.now.after(Duration::from_millis(ahead));
    house.engine.tick(house.now, &mut house.wire);
    house.drain();
}

/// Wherever between two ticks packets come and orders are given, in the encodings that bridges copy and in
/// those that they convert: neither side hears a hole, nor does the recording.
#[test]
fn a_supervisor_comes_and_goes_and_nobody_hears_a_hole() {
    for encodings in [[Encoding::Pcma; 2], [Encoding::Pcmu, Encoding::G722]] {
        for (ahead, late) in [
            (1, false),
            (1, true),
            (10, false),
            (10, true),
            (20, false),
            (20, true),
        ] {
            let [a, b] = encodings;
            let (mut house, mut talkers) = house(&[a, b, Encoding::Pcma]);
            talkers.pop();
            house.order(Command::Bridge { a: A, b: B });
            record(&mut house);
            // A decoder of G.722 that begins within a stream takes a moment to find its level.
            let most = match b {
                Encoding::G722 => FRAME_SAMPLES,
                _ => FRAME_SAMPLES / 8,
            };
            let room = ROOM;
            let seat = |leg, part| Command::Mix { leg, room, part };
            for n in 0..200 {
                let orders = match n {
                    50 | 130 => vec![
                        seat(A, Part::Full),
                        seat(B, Part::Full),
                        seat(C, Part::Listen),
                    ],
                    90 | 170 => vec![Command::Bridge { a: A, b: B }],
                    _ => Vec::new(),
                };
                let orders = if late {
                    [Vec::new(), orders]
                } else {
                    [orders, Vec::new()]
                };
                frame(&mut house, &mut talkers, ahead, orders);
            }
            let sent = house.sent();
            for (leg, ssrc, encoding) in [(A, SSRC_A, a), (B, SSRC_B, b)] {
                assert_one_stream(&sent, leg, ssrc);
                let (sound, rate) = heard(&sent, leg, encoding);
                let gap = longest_gap(&sound[rate.frame_samples()..]) * FRAME_SAMPLES
                    / rate.frame_samples();
                let what = format!("{leg} in {encoding:?}, {ahead} ms ahead, {late}");
                assert!(gap <= most, "{what}: {gap} samples of silence");
                let mine: Vec<u32> = sent
                    .iter()
                    .filter(|s| s.leg == leg)
                    .map(|s| s.header.timestamp)
                    .collect();
                let steps: Vec<u32> = mine.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
                assert!(steps.iter().all(|step| *step == 160), "{what}: {steps:?}");
            }
            let paper = house.engine.recordings();
            for (track, name) in [(&paper.samples, "left"), (&paper.right, "right")] {
                let gap = longest_gap(&track[2 * FRAME_SAMPLES..track.len() - FRAME_SAMPLES]);
                assert!(
                    gap <= most,
                    "{name}, {ahead} ms ahead, {late}: {gap} of silence"
                );
            }
        }
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
