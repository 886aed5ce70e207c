//! The engine in virtual time: every tick, packet and order is made by hand.

use std::time::Duration;

use rappel_audio::{Codec, FRAME_SAMPLES};
use rappel_model::{KeyWay, PlayId};
use rappel_rtp::{Direction, Encoding, Header, Packet, Stream};

use super::*;
use crate::command::{RecordLimits, Subject};
use crate::event::{PlayEnd, RecordEnd};

mod aside;
mod bridging;
#[cfg(feature = "browser")]
mod browsers;
mod foreign;
mod guarding;
mod lulls;
mod mixing;
mod passed_keys;
mod peers;
mod playing;
mod quiet;
mod recording;
mod recording_calls;
mod recording_rates;
mod resting;
mod secured;
mod standstill;
mod tones;

const A: LegId = LegId(1);
const B: LegId = LegId(2);
const SSRC_A: u32 = 0xaaaa;
const SSRC_B: u32 = 0xbbbb;
const EVENTS_A: u8 = 101;
const EVENTS_B: u8 = 96;

/// One packet that left.
#[derive(Clone, Debug)]
struct Sent {
    leg: LegId,
    to: SocketAddr,
    header: Header,
    payload: Vec<u8>,
    /// As it went out: under keys, where there are any.
    raw: Vec<u8>,
}

#[derive(Debug, Default)]
struct Wire {
    packets: Vec<Sent>,
    /// RTCP: target and bytes.
    reports: Vec<(SocketAddr, Vec<u8>)>,
}

impl Sink for Wire {
    fn send(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]) {
        let parsed = Packet::parse(packet).expect("what we send is RTP");
        self.packets.push(Sent {
            leg,
            to,
            header: parsed.header(),
            payload: parsed.payload().to_vec(),
            raw: packet.to_vec(),
        });
    }

    fn send_control(&mut self, _: LegId, to: SocketAddr, packet: &[u8]) {
        self.reports.push((to, packet.to_vec()));
    }
}

/// A writer that keeps what it is given.
#[derive(Debug, Default)]
struct Paper {
    samples: Vec<i16>,
    right: Vec<i16>,
    /// Of the last frame.
    rate: Option<Rate>,
    ended: Vec<(RecordingId, u64)>,
    /// Frames it still takes, when it is small.
    room: Option<usize>,
}

impl RecordSink for Paper {
    fn frame(
        &mut self,
        _: RecordingId,
        rate: Rate,
        left: &Frame,
        right: Option<&Frame>,
    ) -> Result<(), Full> {
        self.rate = Some(rate);
        if let Some(room) = &mut self.room {
            *room = room.checked_sub(1).ok_or(Full)?;
        }
        self.samples.extend(left.samples());
        self.right.extend(right.iter().flat_map(|r| r.samples()));
        Ok(())
    }
    fn end(&mut self, recording: RecordingId, samples: u64) {
        self.ended.push((recording, samples));
    }
}

fn settings(max_sessions: usize) -> Settings {
    Settings {
        max_sessions,
        blocked: ["192.0.2.128/25".parse().unwrap()].into(),
    }
}

/// An engine, its wire and its clock.
struct House {
    engine: Engine<Paper>,
    wire: Wire,
    now: Now,
    events: Vec<Event>,
    /// Of sessions that are opened.
    quiet_after: Duration,
}

impl House {
    fn new() -> Self {
        Self {
            engine: Engine::new(settings(4), Paper::default()),
            wire: Wire::default(),
            now: Now::default(),
            events: Vec::new(),
            quiet_after: Duration::ZERO,
        }
    }

    /// One leg up, µ-law both ways.
    fn with_a() -> Self {
        let mut house = Self::new();
        house.open(A);
        house.connect(A, stream_a());
        house
    }

    /// Two legs up, A in µ-law and B in `encoding`.
    fn with_both(encoding: Encoding) -> Self {
        let mut house = Self::with_a();
        house.open(B);
        house.connect(B, stream_b(encoding));
        house
    }

    fn order(&mut self, command: Command<Arc<Clip>>) {
        self.engine
            .handle_command(self.now, command, &mut self.wire);
        self.drain();
    }

    fn open(&mut self, leg: LegId) {
        let ssrc = if leg == A { SSRC_A } else { SSRC_B };
        self.order(Command::Open(Open {
            leg,
            local: address(20_000 + 2 * leg.0 as u16),
            ssrc,
            sequence: 65_530,
            timestamp: u32::MAX - 1_000,
            dead_after: Duration::from_secs(20),
            quiet_after: self.quiet_after,
        }));
    }

    fn connect(&mut self, leg: LegId, stream: Stream) {
        self.order(Command::Connect { leg, stream });
    }

    fn play(&mut self, leg: LegId, play: u64, sounds: Vec<Arc<Clip>>) {
        self.order(Command::Play {
            leg,
            play: PlayId(play),
            sounds,
            stop_on_key: true,
            forever: false,
        });
    }

    fn tick(&mut self) {
        self.now = self.now.after(Duration::from_millis(20));
        self.engine.tick(self.now, &mut self.wire);
        self.drain();
    }

    fn ticks(&mut self, count: usize) {
        (0..count).for_each(|_| self.tick());
    }

    /// A packet of the peer of `leg`, from the address it signalled.
    fn packet(&mut self, leg: LegId, payload_type: u8, sequence: u16, payload: &[u8]) {
        let timestamp = u32::from(sequence) * 160;
        self.packet_at(leg, payload_type, sequence, timestamp, payload);
    }

    fn packet_at(&mut self, leg: LegId, pt: u8, sequence: u16, timestamp: u32, payload: &[u8]) {
        let header = Header {
            marker: false,
            payload_type: pt,
            sequence,
            timestamp,
            ssrc: 0x1000 + leg.0 as u32,
        };
        self.packet_from(leg, address(4_000 + leg.0 as u16), header, payload);
    }

    fn packet_from(&mut self, leg: LegId, from: SocketAddr, header: Header, payload: &[u8]) {
        self.packet_that_came(Duration::ZERO, (leg, from), header, payload);
    }

    /// One that waited for so long to be read.
    fn packet_that_came(
        &mut self,
        ago: Duration,
        (leg, from): (LegId, SocketAddr),
        header: Header,
        payload: &[u8],
    ) {
        let mut datagram = [0; 1_500];
        let length = header.write_packet(payload, &mut datagram).unwrap();
        let datagram = &mut datagram[..length];
        let came = self.now.instant.as_micros() - ago.as_micros() as u64;
        let times = (self.now, Instant::from_micros(came));
        if let Some(place) = self.engine.place_of(leg) {
            let whose = (place, leg);
            self.engine
                .handle_packet_at(times, whose, from, datagram, &mut self.wire);
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.events.push(event);
        }
    }

    fn sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.wire.packets)
    }

    fn news(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn stream_a() -> Stream {
    Stream {
        telephone_event: Some(EVENTS_A.into()),
        ..Stream::plain(address(4_001), Encoding::Pcmu)
    }
}

fn stream_b(encoding: Encoding) -> Stream {
    Stream {
        telephone_event: Some(EVENTS_B.into()),
        ..Stream::plain(address(4_002), encoding)
    }
}

/// A clip of `samples` samples that differ from each other.
fn ramp(samples: usize) -> Arc<Clip> {
    let samples: Vec<i16> = (0..samples)
        .map(|i| (i * 37 % 20_000) as i16 - 10_000)
        .collect();
    Arc::new(Clip::from_samples(&samples))
}

/// A payload of telephone-event: the key, whether it is over, how long it is.
fn key(code: u8, end: bool, duration: u16) -> [u8; 4] {
    let [high, low] = duration.to_be_bytes();
    [code, if end { 0x8a } else { 0x0a }, high, low]
}

/// The packets of `leg` must be one stream: one source, no number missing, time never back.
fn assert_one_stream(sent: &[Sent], leg: LegId, ssrc: u32) {
    let mine: Vec<&Sent> = sent.iter().filter(|s| s.leg == leg).collect();
    assert!(mine.iter().all(|s| s.header.ssrc == ssrc));
    for pair in mine.windows(2) {
        let (a, b) = (pair[0].header, pair[1].header);
        assert_eq!(b.sequence, a.sequence.wrapping_add(1), "{a:?} then {b:?}");
        let step = b.timestamp.wrapping_sub(a.timestamp) as i32;
        assert!(step >= 0, "time went back: {a:?} then {b:?}");
        assert!(step > 0 || b.payload_type == a.payload_type, "{a:?} {b:?}");
    }
}

#[test]
fn the_number_of_sessions_is_bounded_and_slots_are_used_again() {
    let mut house = House::new();
    for leg in 1..=5 {
        house.open(LegId(leg));
    }
    assert_eq!(house.engine.sessions(), 4);
    assert!(matches!(
        house.news()[..],
        [Event::Closed { leg: LegId(5), local, .. }] if local == address(20_010)
    ));
    house.order(Command::Close { leg: LegId(2) });
    house.open(LegId(6));
    assert_eq!((house.engine.sessions(), house.engine.slots.len()), (4, 4));
}

#[test]
fn closing_ends_what_is_under_way_and_tells_the_counters() {
    let mut house = House::with_a();
    house.play(A, 1, vec![ramp(16_000)]);
    house.order(Command::Record {
        leg: A,
        recording: RecordingId(9),
        subject: Subject::Message,
        limits: RecordLimits {
            max: Duration::from_secs(60),
            silence: Duration::ZERO,
            stop_on_key: false,
        },
    });
    for n in 0..10 {
        house.packet(A, 0, n, &[0x80; FRAME_SAMPLES]);
        house.tick();
    }
    house.packet(A, 0, 12, &[0x80; FRAME_SAMPLES]);
    // G.729, which nobody agreed on.
    house.packet(A, 18, 13, &[0; 20]);
    house.news();
    house.order(Command::Close { leg: A });
    let news = house.news();
    assert!(
        matches!(
            news[..],
            [
                Event::PlayEnded {
                    why: PlayEnd::Stopped,
                    ..
                },
                Event::RecordingEnded {
                    why: RecordEnd::Stopped,
                    ..
                },
                Event::Closed {
                    report: StreamReport {
                        received: 11,
                        sent: 10,
                        lost: 2,
                        unread: 1,
                        ..
                    },
                    ..
                },
            ]
        ),
        "{news:?}"
    );
    assert_eq!(house.engine.sessions(), 0);
    house.ticks(3);
    house.packet(A, 0, 13, &[0x80; FRAME_SAMPLES]);
    assert!(house.news().is_empty());
}

#[test]
fn a_flood_of_keys_is_bounded() {
    let mut house = House::with_a();
    let mut datagram = [0; 16];
    for n in 0..2_000u16 {
        let header = Header {
            marker: true,
            payload_type: EVENTS_A,
            sequence: n,
            timestamp: u32::from(n) * 1_000,
            ssrc: 5,
        };
        header
            .write_packet(&key(1, true, 800), &mut datagram)
            .unwrap();
        let (now, from) = (house.now, address(4_001));
        house
            .engine
            .handle_packet(now, A, from, &mut datagram, &mut house.wire);
    }
    assert_eq!(house.engine.events.len(), MAX_EVENTS);
    house
        .engine
        .handle_command(house.now, Command::Close { leg: A }, &mut house.wire);
    assert!(matches!(
        house.engine.events.back(),
        Some(Event::Closed { .. })
    ));
}
