//! A bridge that is left alone between packets does what one does that is looked at in every tick.

use proptest::prelude::*;

use super::*;

const NOISE: u8 = 13;

/// What happens in one tick.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Sound of these legs comes.
    Sound {
        a: bool,
        b: bool,
    },
    KeyOfA,
    /// A says how its pause sounds (RFC 3389).
    NoiseOfA,
    /// Signalling told of a key for B.
    DigitToB,
    /// B tells how it hears us (RTCP).
    ReportOfB,
    Play,
    Hold,
    Bridge,
    Part,
    Record,
}

fn step() -> impl Strategy<Value = (Step, u32)> {
    let sound = prop_oneof![
        12 => any::<(bool, bool)>().prop_map(|(a, b)| Step::Sound { a, b }),
        1 => Just(Step::KeyOfA),
        1 => Just(Step::NoiseOfA),
        1 => Just(Step::DigitToB),
        1 => Just(Step::ReportOfB),
        1 => Just(Step::Play),
        1 => Just(Step::Hold),
        2 => Just(Step::Bridge),
        1 => Just(Step::Part),
        1 => Just(Step::Record),
    ];
    (sound, 1_u32..60)
}

/// All that left, and all that was told.
fn outcome(encoding: Encoding, script: &[(Step, u32)], is_roused: bool) -> (Vec<String>, usize) {
    let mut house = House::with_both(encoding);
    if script
        .iter()
        .any(|(step, _)| matches!(step, Step::NoiseOfA))
    {
        let noisy = Stream {
            comfort_noise: Some(NOISE.into()),
            ..stream_a()
        };
        house.connect(A, noisy);
    }
    let voice_of_b = Stream::plain(address(4_002), encoding).payload_type.heard;
    let mut peer = rappel_rtp::rtcp::Reporter::new(9, "peer");
    house.order(Command::Bridge { a: A, b: B });
    let (mut sequence, mut plays, mut rested) = (0, 0, 0);
    let mut told = Vec::new();
    for &(step, ticks) in script {
        match step {
            Step::Sound { .. } => {}
            Step::KeyOfA => (0..3).for_each(|n| {
                house.packet_at(A, EVENTS_A, 60_000 + n, 7, &key(5, n > 1, 160));
            }),
            Step::NoiseOfA => {
                sequence += 1;
                house.packet(A, NOISE, sequence, &[50]);
            }
            Step::DigitToB => house.order(Command::SendDigit {
                leg: B,
                digit: '7',
                held: Duration::from_millis(120),
            }),
            Step::ReportOfB => {
                let mut report = [0; 256];
                let now = house.now.instant;
                let length = peer.report(now, None, None, None, &mut report).unwrap();
                let report = &mut report[..length];
                house
                    .engine
                    .handle_control(house.now, B, address(4_002), report);
            }
            Step::Play => {
                plays += 1;
                house.play(B, plays, vec![ramp(800)]);
            }
            Step::Hold => {
                let mut held = stream_b(encoding);
                held.direction = Direction::RecvOnly;
                house.connect(B, held);
            }
            Step::Bridge => house.order(Command::Bridge { a: A, b: B }),
            Step::Part => house.order(Command::Part { a: A, b: B }),
            Step::Record => house.order(Command::Record {
                leg: A,
                recording: RecordingId(1),
                subject: Subject::Message,
                limits: RecordLimits {
                    max: Duration::from_millis(300),
                    silence: Duration::ZERO,
                    stop_on_key: false,
                },
            }),
        }
        for _ in 0..ticks {
            sequence += 1;
            if let Step::Sound { a, b } = step {
                let speaks = [(A, a), (B, b)];
                for (leg, _) in speaks.into_iter().filter(|(_, speaks)| *speaks) {
                    let voice = if leg == A { 0 } else { voice_of_b };
                    house.packet(leg, voice, sequence, &[0x42; 160]);
                }
            }
            if is_roused {
                for leg in [A, B] {
                    let play = PlayId(99_999);
                    house.order(Command::Stop { leg, play });
                }
            }
            house.tick();
            rested += house.engine.rests.iter().filter(|r| r.passed > 0).count();
            told.extend(house.sent().iter().map(|sent| format!("{sent:?}")));
            told.extend(house.news().iter().map(|news| format!("{news:?}")));
            let reports = std::mem::take(&mut house.wire.reports);
            told.extend(reports.iter().map(|report| format!("{report:?}")));
        }
    }
    for leg in [A, B] {
        house.order(Command::Close { leg });
    }
    told.extend(house.news().iter().map(|news| format!("{news:?}")));
    (told, rested)
}

#[test]
fn a_bridge_rests_between_packets_until_something_is_due() {
    let talk = [(Step::Sound { a: true, b: true }, 500)];
    let (told, rested) = outcome(Encoding::Pcma, &talk, false);
    assert!(rested > 900, "{rested} of 1000 turns");
    assert_eq!(outcome(Encoding::Pcma, &talk, true), (told, 0));
    // Half a second after the last packet noise is owed, in every tick after that.
    let pause = [(Step::Sound { a: true, b: true }, 10), (Step::KeyOfA, 100)];
    let (told, rested) = outcome(Encoding::Pcma, &pause, false);
    assert!((55..=75).contains(&rested), "{rested} of 220 turns");
    assert_eq!(outcome(Encoding::Pcma, &pause, true).0, told);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rest_changes_nothing(
        script in prop::collection::vec(step(), 1..24),
        encoding in prop::sample::select(&[Encoding::Pcmu, Encoding::Pcma, Encoding::G722][..]),
    ) {
        let (resting, _) = outcome(encoding, &script, false);
        let (roused, never) = outcome(encoding, &script, true);
        prop_assert_eq!(never, 0);
        prop_assert_eq!(resting, roused);
    }
}
