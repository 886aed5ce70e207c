//! Rooms: each party has a tone of its own, and what each is sent is searched for all of them.

use std::f64::consts::TAU;

use proptest::prelude::*;
use rappel_audio::Rate;
use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES};
use rappel_model::RoomId;

use super::*;
use crate::agreed::codec;
use crate::command::Tracks;
use crate::room::{MAX_MEMBERS, MAX_ROOMS, Part};
use rappel_model::record::RecordedRate;

mod keys;
mod moving;

const C: LegId = LegId(3);
const D: LegId = LegId(4);
const ROOM: RoomId = RoomId(1);

/// In hertz, of A, B, C and D: no harmonics of each other, all above what G.711 distorts most.
const PITCHES: [f64; 4] = [410.0, 730.0, 1_090.0, 1_570.0];
const LEVEL: f64 = 3_000.0;

/// One who speaks without a pause.
struct Talker {
    leg: LegId,
    encoding: Encoding,
    encoder: Encoder,
    place: usize,
    sequence: u16,
}

impl Talker {
    fn new(leg: LegId, encoding: Encoding) -> Self {
        let rate = codec(encoding).natural_rate();
        Self {
            leg,
            encoding,
            encoder: Encoder::new(codec(encoding), rate).unwrap(),
            place: 0,
            sequence: 100,
        }
    }

    fn speak(&mut self, house: &mut House) {
        let rate = self.encoder.rate();
        let pitch = PITCHES[self.leg.0 as usize - 1];
        let step = TAU * pitch / f64::from(rate.hertz());
        let samples: Vec<i16> = (0..rate.frame_samples())
            .map(|n| (LEVEL * ((self.place + n) as f64 * step).sin()) as i16)
            .collect();
        self.place += samples.len();
        let mut coded = [0; MAX_ENCODED];
        let count = self.encoder.encode(&samples, &mut coded);
        let header = Header {
            marker: false,
            payload_type: Stream::plain(address(1), self.encoding).payload_type.heard,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * self.encoding.clock_of_frame(),
            ssrc: 0x1000 + self.leg.0 as u32,
        };
        self.sequence += 1;
        let from = address(4_000 + self.leg.0 as u16);
        house.packet_from(self.leg, from, header, &coded[..count]);
    }
}

/// A house with a leg per encoding, all up.
fn house(encodings: &[Encoding]) -> (House, Vec<Talker>) {
    let mut house = House::new();
    let talkers = encodings.iter().zip(1..).map(|(&encoding, n)| {
        house.open(LegId(n));
        house.connect(LegId(n), stream(LegId(n), encoding));
        Talker::new(LegId(n), encoding)
    });
    let talkers = talkers.collect();
    (house, talkers)
}

fn stream(leg: LegId, encoding: Encoding) -> Stream {
    Stream {
        telephone_event: Some(EVENTS_A.into()),
        ..Stream::plain(address(4_000 + leg.0 as u16), encoding)
    }
}

fn mix(house: &mut House, leg: LegId, part: Part) {
    let room = ROOM;
    house.order(Command::Mix { leg, room, part });
}

fn talk(house: &mut House, talkers: &mut [Talker], ticks: usize) {
    for _ in 0..ticks {
        for talker in &mut *talkers {
            talker.speak(house);
        }
        house.tick();
    }
}

/// What a leg was sent, as sound of its encoding's rate.
fn heard(sent: &[Sent], leg: LegId, encoding: Encoding) -> (Vec<i16>, Rate) {
    let rate = codec(encoding).natural_rate();
    let mut decoder = Decoder::new(codec(encoding), rate).unwrap();
    let mut sound = Vec::new();
    for packet in sent.iter().filter(|packet| packet.leg == leg) {
        let mut samples = [0; MAX_PACKET_SAMPLES];
        let count = decoder.decode(&packet.payload, &mut samples);
        sound.extend_from_slice(&samples[..count]);
    }
    (sound, rate)
}

/// How loud a pitch is in a sound: the amplitude of its sine.
fn loudness(sound: &[i16], rate: Rate, pitch: f64) -> f64 {
    let step = TAU * pitch / f64::from(rate.hertz());
    let (mut sin, mut cos) = (0.0, 0.0);
    for (n, &sample) in sound.iter().enumerate() {
        sin += f64::from(sample) * (n as f64 * step).sin();
        cos += f64::from(sample) * (n as f64 * step).cos();
    }
    sin.hypot(cos) * 2.0 / sound.len() as f64
}

/// Whom a leg hears, of all who have a tone, as their letters.
fn whom(sent: &[Sent], leg: LegId, encoding: Encoding) -> String {
    let (sound, rate) = heard(sent, leg, encoding);
    assert!(!sound.is_empty(), "{leg} is sent nothing");
    let heard = PITCHES.iter().zip("ABCD".chars()).filter(|(pitch, name)| {
        let loudness = loudness(&sound, rate, **pitch);
        assert!(
            !(LEVEL / 50.0..LEVEL * 0.8).contains(&loudness),
            "{leg} hears {name} neither well nor not at all: {loudness}"
        );
        loudness > LEVEL / 2.0
    });
    heard.map(|(_, name)| name).collect()
}

/// Whom each leg hears, after `ticks` that let the room settle.
fn hearings(house: &mut House, talkers: &mut [Talker]) -> Vec<String> {
    talk(house, talkers, 25);
    house.sent();
    talk(house, talkers, 50);
    let sent = house.sent();
    let whom = talkers.iter().map(|t| whom(&sent, t.leg, t.encoding));
    whom.collect()
}

#[test]
fn each_of_three_hears_the_other_two_and_not_itself() {
    for encodings in [
        [Encoding::Pcmu, Encoding::Pcma, Encoding::Pcmu],
        [Encoding::Pcmu, Encoding::G722, Encoding::Pcma],
        [Encoding::G722, Encoding::G722, Encoding::Pcma],
        [Encoding::Opus, Encoding::G722, Encoding::Pcma],
    ] {
        let (mut house, mut talkers) = house(&encodings);
        for leg in [A, B, C] {
            mix(&mut house, leg, Part::Full);
        }
        let whom = hearings(&mut house, &mut talkers);
        assert_eq!(whom, ["BC", "AC", "AB"], "{encodings:?}");
    }
}

#[test]
fn a_supervisor_listens_whispers_and_barges_in() {
    let encodings = [Encoding::Pcma, Encoding::Pcma, Encoding::G722];
    let (mut house, mut talkers) = house(&encodings);
    for (leg, part) in [(A, Part::Full), (B, Part::Full), (C, Part::Listen)] {
        mix(&mut house, leg, part);
    }
    assert_eq!(hearings(&mut house, &mut talkers), ["B", "A", "AB"]);
    mix(&mut house, C, Part::Whisper { to: B });
    assert_eq!(hearings(&mut house, &mut talkers), ["B", "AC", "AB"]);
    mix(&mut house, C, Part::Full);
    assert_eq!(hearings(&mut house, &mut talkers), ["BC", "AC", "AB"]);
    mix(&mut house, C, Part::Listen);
    assert_eq!(hearings(&mut house, &mut talkers), ["B", "A", "AB"]);
}

/// A's call is recorded, each side on its own track.
fn record(house: &mut House) {
    house.order(Command::Record {
        leg: A,
        recording: RecordingId(1),
        subject: Subject::Call(Tracks::Both, RecordedRate::Narrow),
        limits: RecordLimits {
            max: Duration::from_secs(60),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
}

#[test]
fn a_whisper_is_not_on_the_callers_recording() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 3]);
    for (leg, part) in [
        (A, Part::Full),
        (B, Part::Full),
        (C, Part::Whisper { to: B }),
    ] {
        mix(&mut house, leg, part);
    }
    record(&mut house);
    talk(&mut house, &mut talkers, 100);
    let paper = house.engine.recordings();
    let loudness = |sound: &[i16], who: usize| loudness(sound, Rate::Narrow, PITCHES[who]);
    assert!(loudness(&paper.samples, 0) > LEVEL / 2.0);
    assert!(loudness(&paper.right, 1) > LEVEL / 2.0);
    for track in [&paper.samples, &paper.right] {
        assert!(loudness(track, 2) < LEVEL / 100.0);
    }
}

#[test]
fn listeners_who_hear_the_same_in_the_same_encoding_get_the_same_bytes() {
    let encodings = [
        Encoding::Pcma,
        Encoding::G722,
        Encoding::Opus,
        Encoding::Opus,
    ];
    let (mut house, mut talkers) = house(&encodings);
    for (leg, part) in [
        (A, Part::Full),
        (B, Part::Full),
        (C, Part::Listen),
        (D, Part::Listen),
    ] {
        mix(&mut house, leg, part);
    }
    talk(&mut house, &mut talkers, 50);
    let payloads = |sent: &[Sent], leg| -> Vec<Vec<u8>> {
        let mine = sent.iter().filter(|s| s.leg == leg);
        mine.map(|s| s.payload.clone()).collect()
    };
    let sent = house.sent();
    assert_eq!(payloads(&sent, C).len(), 50);
    assert_eq!(payloads(&sent, C), payloads(&sent, D));
    // Whoever stays goes on with the stream it has heard.
    house.order(Command::Unmix { leg: C });
    talk(&mut house, &mut talkers, 50);
    let mut whole = sent;
    whole.extend(house.sent());
    let (sound, rate) = heard(&whole, D, Encoding::Opus);
    let tail = &sound[sound.len() - 8_000..];
    assert!(loudness(tail, rate, PITCHES[0]) > LEVEL / 2.0);
    assert_one_stream(&whole, D, SSRC_B);
}

#[test]
fn who_is_on_hold_hears_its_music_and_nothing_of_the_room() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 4]);
    for leg in [A, B, C] {
        mix(&mut house, leg, Part::Full);
    }
    // We hold A: it hears what is played to it.
    house.order(Command::Play {
        leg: A,
        play: PlayId(1),
        sounds: vec![Arc::new(Clip::from_samples(&[0; 8_000]))],
        stop_on_key: false,
        forever: true,
    });
    // B holds us: it is sent nothing, and its music is not heard in the room.
    let held = Stream {
        direction: Direction::RecvOnly,
        ..stream(B, Encoding::Pcma)
    };
    house.connect(B, held);
    talk(&mut house, &mut talkers, 25);
    house.sent();
    talk(&mut house, &mut talkers, 50);
    let sent = house.sent();
    assert_eq!(whom(&sent, A, Encoding::Pcma), "");
    assert!(sent.iter().all(|s| s.leg != B), "B does not listen");
    assert_eq!(whom(&sent, C, Encoding::Pcma), "A");
    house.order(Command::Stop {
        leg: A,
        play: PlayId(1),
    });
    house.connect(B, stream(B, Encoding::Pcma));
    assert_eq!(hearings(&mut house, &mut talkers)[..3], ["BC", "AC", "AB"]);
}

#[test]
fn keys_are_told_and_not_mixed() {
    let (mut house, mut talkers) = house(&[Encoding::Pcma; 3]);
    for leg in [A, B, C] {
        mix(&mut house, leg, Part::Full);
    }
    talk(&mut house, &mut talkers, 20);
    house.sent();
    house.news();
    for n in 0..10u16 {
        let payload = key(5, n > 7, 160 * (n + 1));
        house.packet_at(A, EVENTS_A, 120 + n, 120 * 160, &payload);
        house.tick();
    }
    assert_eq!(
        house.news(),
        [Event::Digit {
            leg: A,
            digit: '5',
            way: KeyWay::Event
        }]
    );
    let sent = house.sent();
    assert!(sent.iter().all(|s| s.header.payload_type != EVENTS_A));
    let (sound, _) = heard(&sent, B, Encoding::Pcma);
    let tail = &sound[sound.len() - 160..];
    assert!(tail.iter().all(|s| s.abs() < 100), "it fades to silence");
}

#[test]
fn rooms_and_their_members_are_bounded() {
    let mut house = House::new();
    house.engine = Engine::new(settings(1_000), Paper::default());
    for n in 1..=MAX_ROOMS as u64 + 1 {
        house.open(LegId(n));
        let (leg, room, part) = (LegId(n), RoomId(n), Part::Full);
        house.order(Command::Mix { leg, room, part });
    }
    let last = MAX_ROOMS as u64 + 1;
    let full = |n, room| Event::RoomFull {
        leg: LegId(n),
        room,
    };
    assert_eq!(house.news(), [full(last, RoomId(last))]);
    for n in 2..=MAX_MEMBERS as u64 + 1 {
        mix(&mut house, LegId(n), Part::Full);
    }
    let refused = MAX_MEMBERS as u64 + 1;
    assert_eq!(house.news(), [full(refused, ROOM)]);
    // Their rooms are gone, so that there is place for others.
    let (leg, room, part) = (LegId(last), RoomId(last), Part::Full);
    house.order(Command::Mix { leg, room, part });
    house.order(Command::Close { leg: LegId(1) });
    mix(&mut house, LegId(refused), Part::Listen);
    assert_eq!(
        house
            .news()
            .iter()
            .filter(|e| matches!(e, Event::RoomFull { .. }))
            .count(),
        0
    );
    house.ticks(3);
}
