//! All sessions of one pacing thread.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_audio::{Frame, Rate, tone};
use rappel_model::record::StreamReport;
use rappel_model::{Instant, LegId, Network, Now, RecordingId, RoomId};
#[cfg(feature = "browser")]
use rappel_rtp::Identity;
use rappel_rtp::Protocol;
use rappel_rtp::packet::MAX_PACKET;

use crate::bridge;
use crate::clip::Clip;
use crate::command::{Command, Open};
use crate::event::Event;
use crate::player::Player;
use crate::recorder::Recorder;
use crate::room::{Part, Rooms};
use crate::session::Session;

/// Where packets leave: implemented by the thread that owns the sockets. It sends from the local
/// port of `leg` and never blocks; a packet the system refuses is lost, as on any network.
pub trait Sink {
    /// Sends one RTP packet.
    fn send(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]);

    /// Sends one compound RTCP packet from the port above (RFC 3550 §11).
    fn send_control(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]);
}

/// Where recorded sound leaves: implemented by the shell as a bounded channel to a writer. No
/// method may block, lock or allocate.
pub trait RecordSink {
    /// Takes the next frame of a recording (20 ms at 8 kHz, 10 ms at 16 kHz), of one channel or, when there
    /// is a `right` one, of two. The first frame of an unknown recording begins it and says how many it has,
    /// and at which rate.
    ///
    /// # Errors
    /// [`Full`] when the writer cannot take more or has failed; the recording then ends with
    /// [`RecordEnd::WriterFailed`](crate::RecordEnd::WriterFailed).
    fn frame(
        &mut self,
        recording: RecordingId,
        rate: Rate,
        left: &Frame,
        right: Option<&Frame>,
    ) -> Result<(), Full>;

    /// The recording is over: keep its first `samples` samples, of 8 kHz whatever its own rate; the rest is
    /// silence to cut off.
    /// Told once for every recording, also one that never got a frame, before the event leaves.
    fn end(&mut self, recording: RecordingId, samples: u64);
}

/// A session between two engines: its numbers, its keys and their counters, what it plays and records go
/// with it.
#[derive(Debug)]
pub struct Moving(Box<Session>);

impl Moving {
    /// Whose it is.
    pub fn leg(&self) -> LegId {
        self.0.leg
    }
}

/// A writer that can take no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Where an engine keeps a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// The bounds of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most sessions open at a time; one more is answered with `Closed` at once.
    pub max_sessions: usize,
    /// Networks of strangers, whatever they send: nothing is learned from there, so nothing goes there.
    pub blocked: Arc<[Network]>,
}

/// The media of one pacing thread. The thread hands over commands and packets as they come, calls
/// [`tick`](Engine::tick) every 20 ms on an absolute schedule, and drains
/// [`poll_event`](Engine::poll_event) after each.
#[derive(Debug)]
pub struct Engine<R> {
    settings: Settings,
    recordings: R,
    /// The sessions; a slot is used again when its session is over.
    slots: Vec<Option<Box<Session>>>,
    /// Of each slot, how long its session has no work of its own.
    rests: Vec<Rest>,
    index: BTreeMap<LegId, usize>,
    rooms: Rooms,
    events: VecDeque<Event>,
    /// When the last tick was, of a beat that goes on: without sessions there is none.
    ticked: Option<Instant>,
    /// Who we are to browsers; without, their sessions never begin.
    #[cfg(feature = "browser")]
    identity: Option<Arc<Identity>>,
    /// What is heard by whoever would otherwise hear nothing for too long.
    tone: Clip,
}

impl<R: RecordSink> Engine<R> {
    /// An engine without sessions whose recorded frames go to `recordings`.
    pub fn new(settings: Settings, recordings: R) -> Self {
        Self {
            settings,
            recordings,
            slots: Vec::new(),
            rests: Vec::new(),
            index: BTreeMap::new(),
            rooms: Rooms::default(),
            events: VecDeque::with_capacity(MAX_EVENTS),
            ticked: None,
            #[cfg(feature = "browser")]
            identity: None,
            tone: Clip::from_samples(&tone::still_there()),
        }
    }

    /// The same engine with a certificate to show to browsers, whose fingerprint SDP tells them.
    #[cfg(feature = "browser")]
    #[must_use]
    pub fn identified(mut self, identity: Arc<Identity>) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Carries out one order; an order for a session that is over is ignored. What a session has to
    /// say to its peer at the end leaves by `sink`.
    pub fn handle_command(&mut self, now: Now, command: Command<Arc<Clip>>, sink: &mut impl Sink) {
        match command {
            Command::Open(open) => self.open(now, &open, sink),
            Command::Close { leg } => self.close(now, leg, sink),
            Command::Bridge { a, b } => self.bridge(a, b),
            Command::Part { a, b } => self.part(a, b),
            Command::Mix { leg, room, part } => self.mix(leg, room, part),
            Command::Unmix { leg } => self.unmix(leg),
            command => self.order(now, command),
        }
    }

    /// Takes one datagram that arrived on the RTP port of `leg`: RTP, RTCP that shares the port
    /// (RFC 5761), or what a browser says before its sound (RFC 7983). A bridged packet is rewritten in
    /// `packet` and leaves by `sink` before this returns; garbage, strangers and what is longer than
    /// [`MAX_PACKET`] are dropped and counted.
    pub fn handle_packet(
        &mut self,
        now: Now,
        leg: LegId,
        from: SocketAddr,
        packet: &mut [u8],
        sink: &mut impl Sink,
    ) {
        let Some(place) = self.place_of(leg) else {
            return;
        };
        let times = (now, now.instant);
        self.handle_packet_at(times, (place, leg), from, packet, sink);
    }

    /// Where the session of `leg` is: for as long as it is open, so that whoever hands over its packets
    /// need not have it looked for each time.
    pub fn place_of(&self, leg: LegId) -> Option<Place> {
        self.index.get(&leg).map(|slot| Place(*slot))
    }

    /// As [`handle_packet`](Self::handle_packet), of a leg whose place is known; a place that is
    /// another's by now is ignored. `came` is when the packet came, at or before `now`: jitter, delays and
    /// the rooms' buffers go by it. Those of different legs need not be in order.
    pub fn handle_packet_at(
        &mut self,
        (now, came): (Now, Instant),
        (Place(slot), leg): (Place, LegId),
        from: SocketAddr,
        packet: &mut [u8],
        sink: &mut impl Sink,
    ) {
        let session = self.slots.get_mut(slot).and_then(Option::as_mut);
        let Some(session) = session.filter(|session| session.leg == leg) else {
            return;
        };
        match Protocol::of(packet) {
            _ if is_blocked(&self.settings, from) => return session.turn_away_stranger(),
            _ if packet.len() > MAX_PACKET => return session.turn_away_malformed(),
            Protocol::Rtp => {}
            Protocol::Rtcp => return session.receive_control(came, from, packet),
            #[cfg(feature = "browser")]
            Protocol::Stun | Protocol::Dtls if session.has_browser() => {
                return session.associate(now.instant, from, packet, sink, &mut self.events);
            }
            // A phone opens its way through a NAT by it.
            Protocol::Stun => return,
            _ => return session.turn_away_malformed(),
        }
        let Some(length) = session.unseal(now.instant, from, packet) else {
            return;
        };
        let packet = &mut packet[..length];
        let (recordings, events) = (&mut self.recordings, &mut self.events);
        let received = session.receive((now, came), from, packet, recordings, events);
        let Some(received) = received else { return };
        if received.key.is_some() {
            // It may be sent on, or end what is played and recorded: the next tick sees to it.
            self.rests[slot].left = 0;
            if let Some(rest) = session.peer().and_then(|peer| self.rests.get_mut(peer)) {
                rest.left = 0;
            }
        }
        if let Some(room) = session.room() {
            let seat = (room, slot);
            self.rooms.put(came, seat, &received, packet);
        } else if let Some(peer) = session.peer()
            && let Some(listener) = self.slots[peer].as_mut()
        {
            listener.pass(self.rests[peer].take());
            bridge::relay(now.instant, listener, &received, packet, sink);
            if listener.is_lulled(now.instant) || listener.has_passing_key() {
                self.rests[peer].left = 0;
            }
        }
    }

    /// Takes one datagram that arrived on the RTCP port of `leg`; garbage and strangers are dropped and
    /// counted.
    pub fn handle_control(&mut self, now: Now, leg: LegId, from: SocketAddr, datagram: &mut [u8]) {
        let is_blocked = is_blocked(&self.settings, from);
        let Some(session) = self.session(leg) else {
            return;
        };
        match Protocol::of(datagram) {
            _ if is_blocked => session.turn_away_stranger(),
            Protocol::Stun => {}
            _ if datagram.len() > MAX_PACKET => session.turn_away_malformed(),
            _ => session.receive_control(now.instant, from, datagram),
        }
    }

    /// Does 20 ms of paced work for every session: plays, keys, recordings, silences, dead peers. A late tick
    /// is made up for by calling this once per period that passed. Time in which there was no tick, because the
    /// machine stood still, is held against nobody.
    pub fn tick(&mut self, now: Now, sink: &mut impl Sink) {
        self.excuse(now.instant);
        self.rooms.tick(now.instant, &mut self.slots);
        for (session, rest) in self.slots.iter_mut().zip(&mut self.rests) {
            let Some(session) = session else { continue };
            // Thousands of bridges only pass packets on: looking at each would cost as much as those.
            if rest.goes_on() {
                continue;
            }
            session.pass(rest.take());
            let ways = (&mut *sink, &self.tone);
            session.tick(now, ways, &mut self.recordings, &mut self.events);
            rest.left = session.ticks_without_work(now.instant);
        }
    }

    /// Whoever spoke while the machine stood still may have spoken to nobody: what is sent to a paused machine is
    /// lost.
    fn excuse(&mut self, now: Instant) {
        let before = self.ticked.replace(now);
        let stood = before.map_or(Duration::ZERO, |before| now.since(before));
        if stood < STANDSTILL {
            return;
        }
        for session in self.slots.iter_mut().flatten() {
            session.excuse(now, stood);
        }
    }

    /// Without sessions the beat stands still, which is no stop of the machine to who comes next.
    fn forget_beat(&mut self) {
        if self.index.is_empty() {
            self.ticked = None;
        }
    }

    /// The next piece of news, until `None`.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// How many sessions are open.
    pub fn sessions(&self) -> usize {
        self.index.len()
    }

    /// The sink of recordings, for the shell to flush or inspect.
    pub fn recordings(&mut self) -> &mut R {
        &mut self.recordings
    }

    fn open(&mut self, now: Now, open: &Open, sink: &mut impl Sink) {
        self.close(now, open.leg, sink);
        if self.index.len() >= self.settings.max_sessions {
            self.events.push_back(Event::Closed {
                leg: open.leg,
                local: open.local,
                report: StreamReport::default(),
            });
            return;
        }
        let session = Session::new(now.instant, open);
        #[cfg(feature = "browser")]
        let session = session.identified(self.identity.clone());
        let slot = self.place(Box::new(session));
        self.index.insert(open.leg, slot);
    }

    /// Gives up a session, with all it remembers, for the engine of another thread; it is joined to
    /// nobody any more. `None` when it is over.
    pub fn take(&mut self, leg: LegId) -> Option<Moving> {
        self.unbridge(leg);
        self.unmix(leg);
        let slot = self.index.remove(&leg)?;
        self.forget_beat();
        self.rouse_slot(slot);
        let session = self.slots[slot].take()?;
        // Its port goes with it.
        self.settings.max_sessions = self.settings.max_sessions.saturating_sub(1);
        Some(Moving(session))
    }

    /// Takes in a session that another engine has given up: it goes on where it was.
    pub fn adopt(&mut self, now: Now, moving: Moving, sink: &mut impl Sink) {
        let session = moving.0;
        let leg = session.leg;
        self.close(now, leg, sink);
        self.settings.max_sessions += 1;
        let slot = self.place(session);
        self.index.insert(leg, slot);
    }

    fn place(&mut self, session: Box<Session>) -> usize {
        match self.slots.iter().position(Option::is_none) {
            Some(free) => {
                self.slots[free] = Some(session);
                self.rests[free] = Rest::default();
                free
            }
            None => {
                self.slots.push(Some(session));
                self.rests.push(Rest::default());
                self.slots.len() - 1
            }
        }
    }

    fn close(&mut self, now: Now, leg: LegId, sink: &mut impl Sink) {
        self.unbridge(leg);
        self.unmix(leg);
        let Some(slot) = self.index.remove(&leg) else {
            return;
        };
        self.forget_beat();
        self.rouse_slot(slot);
        if let Some(session) = self.slots[slot].take() {
            session.close(now.instant, sink, &mut self.recordings, &mut self.events);
        }
    }

    fn bridge(&mut self, a: LegId, b: LegId) {
        let (Some(&slot_a), Some(&slot_b)) = (self.index.get(&a), self.index.get(&b)) else {
            return;
        };
        for leg in [a, b] {
            self.unbridge(leg);
            self.unmix(leg);
        }
        for (slot, peer) in [(slot_a, slot_b), (slot_b, slot_a)] {
            if let Some(session) = &mut self.slots[slot] {
                session.join(Some(peer));
            }
        }
    }

    fn part(&mut self, a: LegId, b: LegId) {
        let joined = self.session(a).and_then(|session| session.peer());
        if joined.is_some() && joined == self.index.get(&b).copied() {
            self.unbridge(a);
        }
    }

    /// Parts a leg from whatever it is joined to.
    fn unbridge(&mut self, leg: LegId) {
        let Some(session) = self.session(leg) else {
            return;
        };
        let peer = session.peer();
        session.join(None);
        if let Some(peer) = peer {
            self.rouse_slot(peer);
            if let Some(other) = &mut self.slots[peer] {
                other.join(None);
            }
        }
    }

    fn mix(&mut self, leg: LegId, id: RoomId, part: Part) {
        let Some(&slot) = self.index.get(&leg) else {
            return;
        };
        let session = self.session(leg);
        let goes_on = session.as_ref().is_some_and(|s| s.comes_from_bridge());
        let before = session.and_then(|session| session.room());
        let Some(room) = self.rooms.join(id, slot, (leg, part), goes_on) else {
            self.events.push_back(Event::RoomFull { leg, room: id });
            return;
        };
        if let Some(before) = before.filter(|before| *before != room) {
            self.rooms.leave(before, slot);
        }
        self.unbridge(leg);
        if let Some(session) = self.session(leg) {
            session.sit(Some(room));
        }
    }

    fn unmix(&mut self, leg: LegId) {
        let Some(&slot) = self.index.get(&leg) else {
            return;
        };
        let Some(room) = self.session(leg).and_then(|session| session.room()) else {
            return;
        };
        self.rooms.leave(room, slot);
        if let Some(session) = self.session(leg) {
            session.sit(None);
        }
    }

    /// An order to one session alone.
    fn order(&mut self, now: Now, command: Command<Arc<Clip>>) {
        let Some(&slot) = self.index.get(&command.leg()) else {
            return;
        };
        self.rouse_slot(slot);
        let Some(session) = self.slots[slot].as_mut() else {
            return;
        };
        let (recordings, events) = (&mut self.recordings, &mut self.events);
        match command {
            Command::Connect { stream, .. } => session.connect(now.instant, stream),
            Command::Play {
                play,
                sounds,
                stop_on_key,
                forever,
                ..
            } => session.play(Player::new(play, sounds, stop_on_key, forever), events),
            Command::Begin {
                play,
                sounds,
                stop_on_key,
                ..
            } => session.play(Player::open(play, sounds, stop_on_key), events),
            Command::Extend {
                play, sounds, last, ..
            } => session.extend(play, sounds, last),
            Command::StandAside { play, after, .. } => session.stand_aside(play, after),
            Command::Stop { play, .. } => session.stop(play, events),
            Command::Record {
                recording,
                subject,
                limits,
                ..
            } => {
                let rate = session.rate_of(subject);
                let recorder = Recorder::new(recording, subject, limits, rate);
                session.record(recorder, recordings, events);
            }
            Command::HushRecording {
                recording, hushed, ..
            } => session.hush_recording(recording, hushed),
            Command::StopRecording { recording, .. } => {
                session.stop_recording(recording, recordings, events);
            }
            Command::SendDigit { digit, held, .. } => {
                session.send_key(digit, held);
                // In a bridge it is a press of the other side's, told by signalling.
                let from = session.peer().and_then(|peer| self.slots[peer].as_deref_mut());
                if let Some(from) = from {
                    from.key_told(now.instant, digit);
                }
            }
            Command::Measure { leg } => events.push_back(Event::Measured {
                leg,
                report: session.figures(),
            }),
            Command::Open(_)
            | Command::Close { .. }
            | Command::Bridge { .. }
            | Command::Part { .. }
            | Command::Mix { .. }
            | Command::Unmix { .. }
            // The threads do these: a session goes with its port.
            | Command::Leave { .. }
            | Command::Arrive { .. } => {}
        }
    }

    fn session(&mut self, leg: LegId) -> Option<&mut Session> {
        let slot = *self.index.get(&leg)?;
        self.rouse_slot(slot);
        self.slots[slot].as_deref_mut()
    }

    /// Something is new for a session that may rest: its clock stands where it should, and it has the
    /// next tick.
    fn rouse_slot(&mut self, slot: usize) {
        let rest = &mut self.rests[slot];
        rest.left = 0;
        let passed = rest.take();
        if let Some(session) = &mut self.slots[slot] {
            session.pass(passed);
        }
    }
}

/// Ticks in which a session has no work of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    /// Still to come.
    left: u8,
    /// Gone by, and not known to the session.
    passed: u8,
}

impl Rest {
    /// One tick is here; whether it is one of rest.
    fn goes_on(&mut self) -> bool {
        let goes_on = self.left > 0;
        if goes_on {
            self.left -= 1;
            self.passed += 1;
        }
        goes_on
    }

    /// What the session is told of.
    fn take(&mut self) -> u8 {
        std::mem::take(&mut self.passed)
    }
}

fn is_blocked(settings: &Settings, from: SocketAddr) -> bool {
    let mut blocked = settings.blocked.iter();
    blocked.any(|network| network.contains(from.ip()))
}

/// Two ticks are as far apart as this only when the machine stood still. Below, silence is owed for no pause
/// (`BRIDGE_PATIENCE`), and a peer that is missed has been silent for seconds.
const STANDSTILL: Duration = Duration::from_millis(500);

/// News waiting to be taken above which keys are no longer told: only a peer that floods us, and a
/// thread that does not listen, come near it. News that somebody waits for is never dropped.
pub const MAX_EVENTS: usize = 1_024;

#[cfg(test)]
mod tests;
