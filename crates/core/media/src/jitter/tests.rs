//! The buffer packet by packet; whole networks are replayed in `tests/jitter_traces.rs`.

use proptest::prelude::*;

use super::*;

/// A piece without its borrow; a packet is known by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Packet(u8),
    /// Some of it was skipped, or something before it was made up.
    Joins(u8, u32),
    Missing(u32),
    ButNext(u32, u8),
    Nothing(u32),
    Insert,
    Remove,
}

use Piece::{ButNext, Insert, Joins, Missing, Nothing, Packet, Remove};

/// A buffer, a clock, and a talker who numbers packets of `ms` milliseconds.
struct Rig {
    buffer: JitterBuffer,
    rate: u32,
    ms: u32,
    now: u64,
    queued: i64,
}

impl Rig {
    fn new(rate: u32, ms: u32) -> Self {
        Self {
            buffer: JitterBuffer::new(Settings {
                clock_rate: rate,
                fec: false,
            }),
            rate,
            ms,
            now: 1_000_000,
            queued: 0,
        }
    }

    fn header(&self, n: u16) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence: n,
            timestamp: u32::from(n) * self.ms * self.rate / 1_000,
            ssrc: 1,
        }
    }

    fn put(&mut self, n: u16) -> Put {
        self.put_as(self.header(n), n as u8)
    }

    fn put_as(&mut self, header: Header, name: u8) -> Put {
        let coded = Coded {
            header,
            units: self.ms * self.rate / 1_000,
            pauses: false,
            payload: &[name],
        };
        self.buffer.put(Instant::from_micros(self.now), &coded)
    }

    /// A tick, and 20 ms pass.
    fn tick(&mut self) -> Vec<Piece> {
        self.tick_when(false)
    }

    fn tick_when(&mut self, quiet: bool) -> Vec<Piece> {
        self.buffer.tick(Instant::from_micros(self.now), quiet);
        self.now += 20_000;
        let mut pieces = Vec::new();
        while let Some(out) = self.buffer.poll_output() {
            let (piece, units) = piece(out);
            self.queued += units;
            pieces.push(piece);
        }
        let tick = i64::from(self.rate) / 50;
        assert!(self.queued >= tick, "not whole: {} {pieces:?}", self.queued);
        self.queued -= tick;
        pieces
    }

    /// A packet and a tick for each of these numbers.
    fn run(&mut self, numbers: impl IntoIterator<Item = u16>) -> Vec<Piece> {
        let each = numbers.into_iter().flat_map(|n| {
            self.put(n);
            self.tick()
        });
        each.collect()
    }

    fn statistics(&self) -> Statistics {
        self.buffer.statistics()
    }
}

fn piece(out: Out<'_>) -> (Piece, i64) {
    let length = piece_units(out);
    let piece = match out {
        Out::Packet {
            payload,
            follows: true,
            ..
        } => Packet(payload[0]),
        Out::Packet { payload, skip, .. } => Joins(payload[0], skip),
        Out::Missing { units } => Missing(units),
        Out::MissingButNext { units, next } => ButNext(units, next[0]),
        Out::Nothing { units } => Nothing(units),
        Out::Insert { .. } => Insert,
        Out::Remove { .. } => Remove,
    };
    (piece, length)
}

#[test]
fn the_first_packet_waits_for_the_delay_aimed_for() {
    let mut rig = Rig::new(8_000, 20);
    assert_eq!(rig.tick(), [Nothing(160)]);
    let heard = rig.run(0..6);
    let silence = Nothing(160);
    assert_eq!(
        heard,
        [
            silence,
            silence,
            Joins(0, 0),
            Packet(1),
            Packet(2),
            Packet(3)
        ]
    );
    assert_eq!(rig.statistics().delay, Duration::from_millis(40));
    assert_eq!(rig.statistics().mean_delay, Duration::from_millis(40));
}

#[test]
fn packets_of_any_length_fill_ticks() {
    for (rate, ms) in [
        (8_000, 10),
        (8_000, 30),
        (48_000, 40),
        (48_000, 60),
        (8_000, 120),
    ] {
        let mut rig = Rig::new(rate, ms);
        let mut heard = Vec::new();
        let begin = rig.now;
        for n in 0..40 {
            rig.now = rig.now.max(begin + u64::from(n) * u64::from(ms) * 1_000);
            rig.put(n);
            while rig.now < begin + u64::from(n + 1) * u64::from(ms) * 1_000 {
                heard.extend(rig.tick());
            }
        }
        let packets: Vec<Piece> = heard
            .into_iter()
            .filter(|p| ![Nothing(rate / 50), Remove].contains(p))
            .collect();
        let wanted: Vec<Piece> = (1..packets.len() as u8).map(Packet).collect();
        assert_eq!(packets[1..], wanted, "{ms} ms");
        assert!(
            packets.len() * ms as usize + 240 >= 40 * ms as usize,
            "{ms} ms: {packets:?}"
        );
    }
}

#[test]
fn a_lost_packet_is_concealed_and_counted() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..5);
    let heard = rig.run([5, 7, 8, 9]);
    assert_eq!(heard, [Packet(3), Packet(4), Packet(5), Missing(160)]);
    assert_eq!(rig.run([10]), [Joins(7, 0)]);
    assert_eq!((rig.statistics().lost, rig.statistics().late), (1, 0));
    assert_eq!(rig.statistics().concealed, Duration::from_millis(20));
    let loss = rig.buffer.bursts().loss();
    assert!(
        (loss - 1.0 / 8.0).abs() < 1e-9,
        "of the eight whose turn it was: {loss}"
    );
    assert_eq!(rig.put(6), Put::Late);
    assert_eq!((rig.statistics().lost, rig.statistics().late), (0, 1));
}

#[test]
fn redundancy_is_offered_just_before_the_packet_that_carries_it() {
    let mut rig = Rig::new(48_000, 20);
    rig.buffer.fec = true;
    rig.run(0..5);
    let heard = rig.run([5, 8, 9, 10]);
    assert_eq!(heard, [Packet(3), Packet(4), Packet(5), Missing(960)]);
    assert_eq!(rig.run([11]), [ButNext(960, 8)]);
    assert_eq!(rig.run([12]), [Joins(8, 0)]);
    assert_eq!(rig.statistics().lost, 2);
}

#[test]
fn disorder_and_repetition_within_the_delay_are_not_heard() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..4);
    assert_eq!(rig.put(5), Put::Kept);
    assert_eq!(rig.tick(), [Packet(2)]);
    assert_eq!(rig.put(4), Put::Kept);
    assert_eq!(rig.put(4), Put::Duplicate);
    let heard = [rig.tick(), rig.tick(), rig.tick()].concat();
    assert_eq!(heard, [Packet(3), Packet(4), Packet(5)]);
    assert_eq!(rig.put(5), Put::Duplicate);
    let counted = rig.statistics();
    assert_eq!((counted.lost, counted.late, counted.duplicate), (0, 0, 2));
}

#[test]
fn a_stream_that_starves_keeps_its_place_and_grows_its_delay() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let before = rig.statistics().delay;
    let heard: Vec<Piece> = (0..5).flat_map(|_| rig.tick()).collect();
    assert_eq!(heard[..3], [Packet(4), Packet(5), Missing(160)]);
    for n in 6..=10 {
        assert_eq!(rig.put(n), Put::Kept);
    }
    assert_eq!(rig.run([11, 12]), [Joins(6, 0), Packet(7)]);
    let counted = rig.statistics();
    assert_eq!((counted.lost, counted.late), (0, 0));
    assert_eq!(counted.delay, before + Duration::from_millis(60));
    assert_eq!(counted.concealed, Duration::from_millis(60));
}

#[test]
fn what_was_lost_while_the_stream_starved_is_not_waited_for_again() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let before = rig.statistics().delay;
    for _ in 0..5 {
        rig.tick();
    }
    // 6 to 9 are lost, three of them concealed so far.
    assert_eq!(
        rig.run([11, 12, 13]),
        [Missing(160), Missing(160), Joins(11, 0)]
    );
    assert_eq!(rig.statistics().lost, 5);
    assert_eq!(rig.statistics().delay, before);
}

#[test]
fn a_stream_that_stops_becomes_silent_and_may_resume() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let heard: Vec<Piece> = (0..100).flat_map(|_| rig.tick()).collect();
    let concealed = heard.iter().filter(|p| **p == Missing(160)).count();
    assert_eq!(concealed, 10, "200 ms");
    assert_eq!(heard[99], Nothing(160));
    // Its clock stood still meanwhile.
    let heard = rig.run(6..12);
    assert!(
        heard.contains(&Joins(6, 0)) && heard.ends_with(&[Packet(8), Packet(9)]),
        "{heard:?}"
    );
    assert!(rig.statistics().delay <= Duration::from_millis(60));
    assert_eq!(rig.statistics().lost, 0);
}

#[test]
fn a_pause_is_silence_and_no_loss() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let noise = Coded {
        header: rig.header(6),
        units: 0,
        pauses: true,
        payload: &[99],
    };
    rig.buffer.put(Instant::from_micros(rig.now), &noise);
    let heard: Vec<Piece> = (0..54).flat_map(|_| rig.tick()).collect();
    assert_eq!(heard[..4], [Packet(4), Packet(5), Packet(99), Nothing(160)]);
    assert!(heard[3..].iter().all(|p| *p == Nothing(160)));
    // Sequence goes on, the timestamp by as long as the pause was.
    let heard: Vec<Piece> = (7..14)
        .flat_map(|n| {
            let header = Header {
                marker: n == 7,
                timestamp: (n + 53) * 160,
                ..rig.header(n as u16)
            };
            rig.put_as(header, n as u8);
            rig.tick()
        })
        .collect();
    assert_eq!(heard[2..4], [Joins(7, 0), Packet(8)]);
    let counted = rig.statistics();
    assert_eq!((counted.lost, counted.splices), (0, 0));
    assert_eq!(counted.concealed, Duration::ZERO);
}

#[test]
fn a_digit_is_silence_and_no_loss() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let mut heard = Vec::new();
    // Ten packets of an event, all of the timestamp at which it began; one of them is lost.
    for n in 6..16 {
        let event = Header {
            timestamp: 6 * 160,
            ..rig.header(n)
        };
        if n != 9 {
            rig.buffer.put_soundless(&event);
        }
        heard.extend(rig.tick());
    }
    assert_eq!(heard[..2], [Packet(4), Packet(5)]);
    assert_eq!(heard[2..], [Nothing(160); 8]);
    let heard = rig.run(16..22);
    assert!(
        heard.contains(&Joins(16, 0)) && heard.ends_with(&[Packet(18), Packet(19)]),
        "{heard:?}"
    );
    let counted = rig.statistics();
    assert_eq!((counted.lost, counted.concealed), (1, Duration::ZERO));
    assert_eq!((counted.splices, counted.late), (0, 0));
}

#[test]
fn sound_lost_before_a_digit_is_concealed() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    // 6 is lost, 7 is an event beside sound that goes on.
    let header = rig.header(7);
    rig.buffer.put_soundless(&header);
    for n in 8..12u16 {
        let header = Header {
            timestamp: u32::from(n - 1) * 160,
            ..rig.header(n)
        };
        rig.put_as(header, n as u8);
    }
    let heard = [rig.tick(), rig.tick(), rig.tick(), rig.tick()].concat();
    assert_eq!(heard, [Packet(4), Packet(5), Missing(160), Joins(8, 0)]);
    assert_eq!(rig.statistics().lost, 1);
}

#[test]
fn another_source_follows_what_waits_of_the_old() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let mut heard = Vec::new();
    for n in 0..6u8 {
        let header = Header {
            ssrc: 2,
            sequence: 40_000 + u16::from(n),
            timestamp: 7 + u32::from(n) * 160,
            ..rig.header(0)
        };
        rig.put_as(header, 100 + n);
        heard.extend(rig.tick());
    }
    assert_eq!(
        heard[..4],
        [Packet(4), Packet(5), Joins(100, 0), Packet(101)]
    );
    assert_eq!((rig.statistics().lost, rig.statistics().splices), (0, 1));
    assert_eq!(rig.statistics().concealed, Duration::ZERO);
}

#[test]
fn a_restart_is_followed_within_two_packets() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let jumped = |n: u16| Header {
        sequence: 20_000 + n,
        timestamp: 3_000_000_000 + u32::from(n) * 160,
        ..Rig::new(8_000, 20).header(0)
    };
    assert_eq!(rig.put_as(jumped(0), 200), Put::Stray);
    let mut heard = rig.tick();
    for n in 1..5 {
        assert_eq!(rig.put_as(jumped(n), 200 + n as u8), Put::Kept);
        heard.extend(rig.tick());
    }
    assert_eq!(
        heard,
        [
            Packet(4),
            Packet(5),
            Missing(160),
            Joins(201, 0),
            Packet(202)
        ]
    );
}

#[test]
fn a_jump_of_timestamps_alone_is_followed_at_once() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    let jumps = [(6, 1_000_000u32), (36, 3_000_000_000), (66, 90_000)];
    for (from, jump) in jumps {
        for n in 0..30 {
            let header = Header {
                timestamp: jump.wrapping_add(u32::from(n) * 160),
                ..rig.header(from + n)
            };
            assert_eq!(rig.put_as(header, n as u8), Put::Kept);
            rig.tick();
        }
        assert!(rig.statistics().delay <= Duration::from_millis(100));
    }
    assert_eq!(rig.statistics().late, 0);
}

#[test]
fn a_packet_concealed_in_part_is_played_from_there() {
    let mut rig = Rig::new(8_000, 60);
    for n in [0, 1] {
        rig.put(n);
        (0..3).for_each(|_| drop(rig.tick()));
    }
    // 2 is late, 3 is here before it.
    rig.put(3);
    let mut heard = Vec::new();
    while !heard.contains(&Missing(160)) {
        heard.extend(rig.tick());
    }
    assert_eq!(rig.put(2), Put::Kept);
    assert_eq!(rig.tick(), [Joins(2, 160)]);
    assert_eq!([rig.tick(), rig.tick()].concat(), [Packet(3)]);
    assert_eq!(rig.statistics().lost, 0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut rig = Rig::new(8_000, 20);
    let long = [0; MAX_PAYLOAD + 1];
    let now = Instant::from_micros(rig.now);
    let mut put = |units, payload| {
        let coded = Coded {
            header: Rig::new(8_000, 20).header(0),
            units,
            pauses: false,
            payload,
        };
        rig.buffer.put(now, &coded)
    };
    assert_eq!(put(160, &long[..]), Put::TooLong);
    assert_eq!(put(961, &[]), Put::TooLong);
    assert_eq!(put(960, &long[1..]), Put::Kept);
    assert_eq!(rig.statistics().refused, 2);
}

#[test]
fn a_flood_is_bounded_and_the_newest_is_kept() {
    let mut rig = Rig::new(8_000, 20);
    for n in 0..200 {
        rig.put(n);
        assert!(rig.buffer.store.len() <= MAX_PACKETS);
    }
    assert_eq!(rig.statistics().skipped, 200 - MAX_PACKETS as u64);
    // What gathered comes at once: the way of the last packet is the shortest.
    let heard = rig.tick();
    let Some(Joins(first, 0)) = heard.first() else {
        panic!("{heard:?}")
    };
    assert!((186..200).contains(first), "{first}");
    assert!(rig.statistics().delay <= MAX_DELAY + Duration::from_millis(20));
}

#[test]
fn the_delay_shrinks_soon_in_silence_and_later_in_speech() {
    let lasted = |quiet| {
        let mut rig = Rig::new(8_000, 20);
        rig.run(0..600);
        (0..5).for_each(|_| drop(rig.tick()));
        (600..605).for_each(|n| assert_eq!(rig.put(n), Put::Kept));
        rig.run([605]);
        assert!(rig.statistics().delay >= Duration::from_millis(90));
        let removed = rig.statistics().removed;
        let mut ticks = 0;
        while rig.statistics().delay >= Duration::from_millis(40) {
            rig.put(606 + ticks);
            rig.tick_when(quiet);
            ticks += 1;
        }
        let counted = rig.statistics();
        assert_eq!((counted.late, counted.lost), (0, 0));
        assert!(counted.removed >= removed + 3);
        ticks
    };
    let (quiet, loud) = (lasted(true), lasted(false));
    assert!(
        (50..80).contains(&quiet),
        "a second after it starved: {quiet}"
    );
    assert!((250..400).contains(&loud), "{loud}");
}

#[test]
fn a_tick_nobody_drained_is_forgotten() {
    let mut rig = Rig::new(8_000, 20);
    rig.run(0..6);
    for n in 6..60 {
        rig.put(n);
        rig.buffer.tick(Instant::from_micros(rig.now), false);
        rig.now += 20_000;
    }
    assert!(rig.buffer.store.len() <= MAX_PACKETS);
    assert_eq!(rig.run([60, 61]).len(), 2);
}

/// What may happen to a buffer: time passes, and a packet comes or a tick does.
#[derive(Clone, Debug)]
enum Act {
    Tick {
        after: u64,
        quiet: bool,
    },
    Put {
        after: u64,
        ssrc: u32,
        sequence: i32,
        timestamp: i32,
        units: u32,
        flags: (bool, bool),
    },
}

fn act() -> impl Strategy<Value = Act> {
    let near = prop_oneof![20 => 0..3i32, 4 => -6..12i32, 1 => -40_000..40_000i32];
    let time = prop_oneof![20 => 0..4i32, 4 => -400..400i32, 1 => any::<i32>()];
    let units = prop_oneof![Just(160u32), Just(80), Just(480), Just(0), 0..1_100u32];
    let ssrc = prop_oneof![30 => Just(1u32), 1 => 1..4u32];
    let after = prop_oneof![20 => 0..30_000u64, 1 => 0..3_000_000u64];
    prop_oneof![
        (after.clone(), any::<bool>()).prop_map(|(after, quiet)| Act::Tick { after, quiet }),
        (after, ssrc, near, time, units, any::<(bool, bool)>()).prop_map(
            |(after, ssrc, sequence, timestamp, units, flags)| Act::Put {
                after: after / 2,
                ssrc,
                sequence,
                timestamp,
                units,
                flags
            }
        ),
    ]
}

/// The most pieces of a tick: every packet that may wait, and a gap before each.
const MOST_PIECES: usize = 2 * MAX_PACKETS + 4;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_arrives_a_tick_is_a_tick(
        acts in prop::collection::vec(act(), 1..400),
        start in any::<(u16, u32)>(),
        fec in any::<bool>(),
    ) {
        let mut buffer = JitterBuffer::new(Settings { clock_rate: 8_000, fec });
        let (mut now, mut queued, mut count) = (5_000_000u64, 0i64, 0u32);
        let (mut sequence, mut timestamp) = start;
        let mut handed = std::collections::BTreeSet::new();
        for act in acts {
            match act {
                Act::Put { after, ssrc, sequence: s, timestamp: t, units, flags } => {
                    now += after;
                    sequence = sequence.wrapping_add(s as u16);
                    timestamp = timestamp.wrapping_add((t as u32).wrapping_mul(160));
                    count += 1;
                    let header = Header { marker: flags.0, payload_type: 0, sequence, timestamp, ssrc };
                    let payload = &count.to_le_bytes()[..];
                    let coded = Coded { header, units, pauses: flags.1, payload };
                    if units == 80 && flags.0 {
                        buffer.put_soundless(&header);
                    } else {
                        buffer.put(Instant::from_micros(now), &coded);
                    }
                }
                Act::Tick { after, quiet } => {
                    now += after;
                    let mut position = buffer.position;
                    buffer.tick(Instant::from_micros(now), quiet);
                    let mut pieces = 0;
                    while let Some(out) = buffer.poll_output() {
                        pieces += 1;
                        if let Out::Packet { payload, units, skip, .. } = out {
                            prop_assert!(skip <= units);
                            prop_assert!(handed.insert(payload.to_vec()), "twice");
                        }
                        queued += piece_units(out);
                        prop_assert!(buffer.position >= position, "backwards");
                        position = buffer.position;
                    }
                    prop_assert!(pieces <= MOST_PIECES);
                    prop_assert!(queued >= 160, "a tick is whole: {queued}");
                    queued -= 160;
                    prop_assert!(queued <= 960 + 160, "and little more: {queued}");
                }
            }
            prop_assert!(buffer.store.len() <= MAX_PACKETS);
            let target = buffer.statistics().target;
            prop_assert!(MIN_DELAY <= target && target <= MAX_DELAY);
        }
    }
}

fn piece_units(out: Out<'_>) -> i64 {
    match out {
        Out::Packet { units, skip, .. } => i64::from(units) - i64::from(skip),
        Out::Remove { units } => -i64::from(units),
        Out::Missing { units }
        | Out::MissingButNext { units, .. }
        | Out::Nothing { units }
        | Out::Insert { units } => i64::from(units),
    }
}
