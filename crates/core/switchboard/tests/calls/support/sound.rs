//! A sound room that plays nothing: every sound lasts two seconds, every recording five seconds of
//! speech unless it is stopped before.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rappel_media::{Command, Event, Part, PlayEnd, RecordEnd};
use rappel_model::record::{PeerReport, StreamReport, TurnedAway, VoiceCodec};
use rappel_model::{Instant, LegId, PlayId, RecordingId, RoomId, Sound};

#[derive(Debug)]
pub(crate) struct SoundRoom {
    sessions: BTreeMap<LegId, Session>,
    /// Every order, in order.
    pub(crate) orders: Vec<Command<Sound>>,
    /// How long callers speak into a recording before they fall silent.
    pub(crate) speech: Duration,
    /// The writer of recordings has no room.
    pub(crate) writer_fails: bool,
}

#[derive(Debug)]
struct Session {
    local: SocketAddr,
    connected: bool,
    playing: Option<PlayId>,
    recording: Option<(RecordingId, Instant)>,
    peer: Option<LegId>,
    /// Its room, and its part there.
    seat: Option<(RoomId, Part)>,
}

/// What the sound room will tell.
#[derive(Debug)]
pub(crate) enum Later {
    Tell(Event),
    PlayEnds(LegId, PlayId),
    Silence(LegId, RecordingId, Instant),
}

impl Default for SoundRoom {
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            orders: Vec::new(),
            speech: Duration::from_secs(5),
            writer_fails: false,
        }
    }
}

impl SoundRoom {
    pub(crate) fn open(&self) -> usize {
        self.sessions.len()
    }

    pub(crate) fn leg_at(&self, local: SocketAddr) -> Option<LegId> {
        let mut open = self.sessions.iter();
        open.find(|(_, s)| s.local == local).map(|(leg, _)| *leg)
    }

    /// Whether two legs hear each other.
    pub(crate) fn hear_each_other(&self, a: LegId, b: LegId) -> bool {
        let seat = |leg| self.sessions.get(&leg).and_then(|s| s.seat);
        let mixed = seat(a).is_some_and(|(_, part)| part == Part::Full) && seat(a) == seat(b);
        mixed || self.sessions.get(&a).and_then(|s| s.peer) == Some(b)
    }

    /// What a leg is in a room for, if it is in one.
    pub(crate) fn part(&self, leg: LegId) -> Option<Part> {
        self.sessions.get(&leg)?.seat.map(|(_, part)| part)
    }

    /// Parts a leg from whoever it is bridged with, and takes it out of its room.
    fn unjoin(&mut self, leg: LegId) {
        for (other, session) in &mut self.sessions {
            if *other == leg || session.peer == Some(leg) {
                session.peer = None;
            }
        }
        if let Some(session) = self.sessions.get_mut(&leg) {
            session.seat = None;
        }
    }

    /// Takes an order; what follows from it, and after how long.
    pub(crate) fn obey(&mut self, now: Instant, command: Command<Sound>) -> Vec<(Duration, Later)> {
        self.orders.push(command.clone());
        let soon = Duration::from_millis(20);
        let mut later = Vec::new();
        match command {
            Command::Open(open) => {
                let taken = self.sessions.values().any(|s| s.local == open.local);
                assert!(!taken, "{} is lent twice", open.local);
                let session = Session {
                    local: open.local,
                    connected: false,
                    playing: None,
                    recording: None,
                    peer: None,
                    seat: None,
                };
                self.sessions.insert(open.leg, session);
            }
            Command::Connect { leg, .. } => self.session(leg).connected = true,
            Command::Play {
                leg,
                play,
                sounds,
                forever,
                ..
            } => {
                assert!(
                    self.session(leg).connected,
                    "{leg} plays before it is connected"
                );
                if let Some(old) = self.session(leg).playing.replace(play) {
                    later.push((soon, Later::Tell(ended(leg, old, PlayEnd::Stopped))));
                }
                later.push((soon, Later::Tell(Event::PlayStarted { leg, play })));
                if !forever {
                    let length = Duration::from_secs(2) * sounds.len() as u32;
                    later.push((length, Later::PlayEnds(leg, play)));
                }
            }
            Command::Begin { .. } | Command::Extend { .. } => {
                panic!("orders that are open are made on the way to a pacing thread")
            }
            Command::Stop { leg, play } => {
                if self.session(leg).playing == Some(play) {
                    self.session(leg).playing = None;
                    later.push((soon, Later::Tell(ended(leg, play, PlayEnd::Stopped))));
                }
            }
            Command::Record { leg, recording, .. } => {
                assert!(self.session(leg).connected);
                self.session(leg).recording = Some((recording, now));
                later.push((self.speech, Later::Silence(leg, recording, now)));
            }
            Command::StopRecording { leg, recording } => {
                later.extend(self.stop_recording(leg, recording, now, RecordEnd::Stopped));
            }
            Command::Mix { leg, room, part } => {
                self.unjoin(leg);
                self.session(leg).seat = Some((room, part));
            }
            Command::Unmix { leg } => {
                if let Some(session) = self.sessions.get_mut(&leg) {
                    session.seat = None;
                }
            }
            Command::Bridge { a, b } => {
                self.unjoin(a);
                self.unjoin(b);
                self.session(a).peer = Some(b);
                self.session(b).peer = Some(a);
            }
            Command::Part { a, b } => {
                // One that has been joined to another meanwhile stays with that.
                let joined = self.sessions.get(&a).and_then(|s| s.peer) == Some(b);
                for leg in [a, b].into_iter().filter(|_| joined) {
                    if let Some(session) = self.sessions.get_mut(&leg) {
                        session.peer = None;
                    }
                }
            }
            Command::SendDigit { .. }
            | Command::HushRecording { .. }
            | Command::StandAside { .. } => {}
            // Sessions are found here by their leg, whichever thread they are on.
            Command::Leave { leg, .. } => self.unjoin(leg),
            Command::Arrive { .. } => {}
            Command::Measure { leg } => {
                let report = MEASURED;
                later.push((soon, Later::Tell(Event::Measured { leg, report })));
            }
            Command::Close { leg } => {
                if let Some((recording, _)) = self.session(leg).recording {
                    later.extend(self.stop_recording(leg, recording, now, RecordEnd::Stopped));
                }
                let session = self.sessions.remove(&leg).expect("closed once");
                let closed = Event::Closed {
                    leg,
                    local: session.local,
                    report: StreamReport::default(),
                };
                later.push((soon, Later::Tell(closed)));
            }
        }
        later
    }

    /// The time has come for something, unless it was overtaken.
    pub(crate) fn due(&mut self, later: Later) -> Option<Event> {
        match later {
            Later::Tell(event) => Some(event),
            Later::PlayEnds(leg, play) => {
                let session = self.sessions.get_mut(&leg)?;
                (session.playing == Some(play)).then(|| {
                    session.playing = None;
                    ended(leg, play, PlayEnd::Finished)
                })
            }
            Later::Silence(leg, recording, since) => {
                let why = RecordEnd::Silence;
                let now = since + self.speech;
                let ended = self.stop_recording(leg, recording, now, why).pop()?;
                match ended.1 {
                    Later::Tell(event) => Some(event),
                    _ => None,
                }
            }
        }
    }

    fn stop_recording(
        &mut self,
        leg: LegId,
        recording: RecordingId,
        now: Instant,
        why: RecordEnd,
    ) -> Vec<(Duration, Later)> {
        let Some(session) = self.sessions.get_mut(&leg) else {
            return Vec::new();
        };
        let Some((_, since)) = session.recording.filter(|(id, _)| *id == recording) else {
            return Vec::new();
        };
        session.recording = None;
        let length = now.since(since).min(self.speech);
        let event = Event::RecordingEnded {
            leg,
            recording,
            why: if self.writer_fails {
                RecordEnd::WriterFailed
            } else {
                why
            },
            length,
            speech: length,
        };
        vec![(Duration::from_millis(10), Later::Tell(event))]
    }

    fn session(&mut self, leg: LegId) -> &mut Session {
        self.sessions
            .get_mut(&leg)
            .expect("an order for a session that is open")
    }
}

fn ended(leg: LegId, play: PlayId, why: PlayEnd) -> Event {
    Event::PlayEnded { leg, play, why }
}

/// What every session is like.
const MEASURED: StreamReport = StreamReport {
    received: 497,
    sent: 500,
    lost: 3,
    jitter_us: 4_600,
    unread: 0,
    turned_away: TurnedAway::NONE,
    codec: Some(VoiceCodec::G722),
    encrypted: true,
    round_trip_us: Some(61_200),
    mos: Some(418),
    told: Some(PeerReport {
        lost: 0,
        jitter_us: 900,
        mos: Some(433),
    }),
};
