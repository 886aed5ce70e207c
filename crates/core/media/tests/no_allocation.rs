//! The promise of the pacing thread: in steady state no packet and no tick costs an allocation.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use allocation_counter::measure;
use rappel_audio::{Frame, Rate};
use rappel_media::{
    Clip, Command, Engine, Full, Open, Part, RecordLimits, RecordSink, Settings, Sink, Subject,
    Tracks,
};
use rappel_model::record::RecordedRate;
use rappel_model::{LegId, Now, PlayId, RecordingId, RoomId};
use rappel_rtp::{Direction, Encoding, Header, Stream};

/// For each leg, the packets that left with something to hear.
#[derive(Clone, Copy, Default)]
struct Counted {
    heard: [u32; ALL as usize + 1],
}

impl Sink for Counted {
    fn send(&mut self, leg: LegId, _: SocketAddr, packet: &[u8]) {
        // Silence in either law of G.711 (ITU-T G.711); 12 bytes of header.
        let is_silent = packet[12..].iter().all(|byte| matches!(byte, 0xff | 0xd5));
        self.heard[leg.0 as usize] += u32::from(!is_silent);
    }
    fn send_control(&mut self, _: LegId, _: SocketAddr, _: &[u8]) {}
}

/// Legs whose peers speak all the time.
const LEGS: u64 = 13;

/// All legs.
const ALL: u64 = 22;

/// Packets with something to hear that leave for these legs in a minute, at the least: one each 20 ms for who
/// hears a prompt, somebody or noise; of pauses fewer; of what guards who hears nothing a tone now and then.
const HEARD: [(RangeInclusive<usize>, u32); 9] = [
    (1..=8, 2_900),
    (10..=13, 2_800),
    (14..=14, 500),
    (15..=15, 100),
    (16..=16, 2_900),
    (17..=18, 900),
    (20..=20, 400),
    (21..=21, 500),
    (22..=22, 2_800),
];

/// Frames of these recordings in seventy seconds, at the least: one each 20 ms, and two where it is 16 kHz.
const RECORDED: [(usize, u32); 5] = [(1, 3_400), (5, 3_400), (7, 6_800), (9, 3_400), (10, 3_400)];

/// Counts the frames of each recording.
#[derive(Default)]
struct Nowhere(Arc<[AtomicU32; ALL as usize + 1]>);

impl RecordSink for Nowhere {
    fn frame(
        &mut self,
        recording: RecordingId,
        _: Rate,
        _: &Frame,
        _: Option<&Frame>,
    ) -> Result<(), Full> {
        self.0[recording.0 as usize].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn end(&mut self, _: RecordingId, _: u64) {}
}

fn settings() -> Settings {
    Settings {
        max_sessions: 24,
        blocked: ["192.0.2.0/24".parse().expect("a network")].into(),
    }
}

/// Legs 1–4 hear a prompt, 5 and 6 are bridged in one encoding, 7 and 8 across two, 9 leaves a message,
/// 10 to 13 are in a room, 11 of them in G.722 and 13 to whisper to it, 1 sends its keys as tones, and
/// the calls of 1, 5, 7 and 10 are recorded. The peers of the others say little: 14 has agreed to comfort noise
/// and 21 to pauses of Opus, 15 and 17 are bridged to 16 and 18 and pause, the one as it says, the other without
/// a word; 19 has us on hold while something is played to it, 20 hears a pause, 22 pauses in the room.
fn house(now: Now, recordings: Nowhere) -> Engine<Nowhere> {
    let mut engine = Engine::new(settings(), recordings);
    let mut sink = Counted::default();
    let mut order = |command| engine.handle_command(now, command, &mut sink);
    let clip = Arc::new(Clip::from_samples(&[1_000; 80_000]));
    for n in 1..=ALL {
        let leg = LegId(n);
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        order(Command::Open(Open {
            leg,
            local: address(20_000 + n as u16),
            ssrc: n as u32,
            sequence: 0,
            timestamp: 0,
            dead_after: Duration::from_secs(30),
            quiet_after: Duration::from_secs(2),
        }));
        let encoding = match n {
            8 | 12 => Encoding::Pcma,
            11 | 18 => Encoding::G722,
            16 | 21 => Encoding::Opus,
            _ => Encoding::Pcmu,
        };
        let stream = Stream {
            telephone_event: (n != 1).then_some(101.into()),
            comfort_noise: matches!(n, 14 | 15 | 22).then_some(13.into()),
            pauses: n == 21,
            direction: if n == 19 {
                Direction::RecvOnly
            } else {
                Direction::SendRecv
            },
            ..Stream::plain(address(4_000), encoding)
        };
        order(Command::Connect { leg, stream });
        if n <= 4 || n == 19 || n == 20 {
            let sounds = match n {
                20 => vec![Arc::new(Clip::pause(Duration::from_secs(3)))],
                _ => vec![clip.clone(), clip.clone()],
            };
            let play = PlayId(n);
            let (stop_on_key, forever) = (false, true);
            order(Command::Play {
                leg,
                play,
                sounds,
                stop_on_key,
                forever,
            });
        }
    }
    for (a, b) in [(5, 6), (7, 8), (15, 16), (17, 18)] {
        order(Command::Bridge {
            a: LegId(a),
            b: LegId(b),
        });
    }
    for n in (10..=LEGS).chain([ALL]) {
        let part = match n {
            13 => Part::Whisper { to: LegId(11) },
            _ => Part::Full,
        };
        let (leg, room) = (LegId(n), RoomId(1));
        order(Command::Mix { leg, room, part });
    }
    let limits = RecordLimits {
        max: Duration::from_secs(3_600),
        silence: Duration::ZERO,
        stop_on_key: false,
    };
    let both = Subject::Call(Tracks::Both, RecordedRate::Narrow);
    let finely = Subject::Call(Tracks::Both, RecordedRate::Wide);
    for (leg, subject) in [
        (9, Subject::Message),
        (5, both),
        (7, finely),
        (1, both),
        (10, both),
    ] {
        order(Command::Record {
            leg: LegId(leg),
            recording: RecordingId(leg.into()),
            subject,
            limits,
        });
    }
    engine
}

/// `seconds` of every leg: a packet each and a tick per 20 ms, with loss, disorder and keys.
fn run(engine: &mut Engine<Nowhere>, now: &mut Now, sink: &mut Counted, seconds: u32, from: u32) {
    let peer = SocketAddr::from(([127, 0, 0, 1], 4_000));
    for round in from..from + seconds * 50 {
        *now = now.after(Duration::from_millis(20));
        for leg in 1..=LEGS {
            if round % 37 == 5 {
                continue;
            }
            let swapped = if round % 11 == 3 {
                round + 1
            } else if round % 11 == 4 {
                round - 1
            } else {
                round
            };
            let key = round % 100 < 8 && leg != 1;
            let header = Header {
                marker: false,
                payload_type: match leg {
                    _ if key => 101,
                    8 | 12 => 8,
                    11 => 9,
                    _ => 0,
                },
                sequence: swapped as u16,
                timestamp: swapped * 160,
                ssrc: 500 + leg as u32,
            };
            let mut datagram = [0x55; 172];
            header.write(&mut datagram);
            if key {
                datagram[12..16].copy_from_slice(&[5, 0, 0, 160]);
            }
            let length = if key { 16 } else { 172 };
            engine.handle_packet(*now, LegId(leg), peer, &mut datagram[..length], sink);
        }
        // Those who pause say so five times a second.
        for leg in [15, ALL].into_iter().filter(|_| round.is_multiple_of(10)) {
            let header = Header {
                marker: false,
                payload_type: 13,
                sequence: (round / 10) as u16,
                timestamp: round * 160,
                ssrc: 500 + leg as u32,
            };
            let mut datagram = [0x40; 13];
            header.write(&mut datagram);
            engine.handle_packet(*now, LegId(leg), peer, &mut datagram, sink);
        }
        engine.tick(*now, sink);
        while engine.poll_event().is_some() {}
    }
}

#[test]
fn no_packet_and_no_tick_allocates() {
    let mut now = Now::default();
    let mut engine = None;
    let recorded = Arc::<[AtomicU32; ALL as usize + 1]>::default();
    let recordings = Nowhere(Arc::clone(&recorded));
    let made = measure(|| engine = Some(house(now, recordings)));
    assert!(made.count_total > 0, "the counter counts");
    let mut engine = engine.expect("it was made");
    let mut sink = Counted::default();
    run(&mut engine, &mut now, &mut sink, 10, 1_000);
    let before = sink;
    let steady = measure(|| run(&mut engine, &mut now, &mut sink, 60, 1_500));
    // That nothing was allocated proves something only of work that was done.
    for (legs, least) in HEARD {
        for leg in legs {
            let heard = sink.heard[leg] - before.heard[leg];
            assert!(heard >= least, "leg {leg} was sent {heard} packets to hear");
        }
    }
    for (recording, least) in RECORDED {
        let frames = recorded[recording].load(Ordering::Relaxed);
        assert!(frames >= least, "{frames} frames of {recording}");
    }
    assert_eq!(steady.count_total, 0, "{steady:?}");
}
