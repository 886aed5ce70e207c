//! One session: the media of one leg. What arrives is checked, placed and looked at here; what
//! leaves, leaves as one stream whatever it is made of.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_audio::FRAME_SAMPLES;
use rappel_audio::dtmf::Detector;
use rappel_model::{Instant, LegId, Now, PlayId, RecordingId};
use rappel_rtp::telephone_event;
use rappel_rtp::{Arrival, Encoding, Header, Packet, Reception, Stream};

use crate::agreed::{Agreed, Content, codec};
use crate::clip::Clip;
use crate::command::Open;
use crate::control::{Control, MAX_REPORT};
use crate::engine::{MAX_EVENTS, RecordSink, Sink};
use crate::event::{Event, PlayEnd, RecordEnd};
use crate::keys::KeysOut;
use crate::outgoing::{Outgoing, TICK};
use crate::player::{Played, Player};
use crate::recorder::Recorder;

/// The media of one leg.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) leg: LegId,
    pub(crate) local: SocketAddr,
    dead_after: Duration,
    agreed: Option<Agreed>,
    outgoing: Outgoing,
    reception: Reception,
    control: Control,
    keys_in: telephone_event::Receiver,
    in_band: Detector,
    keys_out: KeysOut,
    player: Option<Player>,
    recorder: Option<Recorder>,
    /// The slot of the session this one hears.
    pub(crate) peer: Option<usize>,
    /// When the peer was last heard, or began to be expected.
    heard: Instant,
    started: bool,
    lost: bool,
}

/// What a packet is to the session it came for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) header: Header,
    pub(crate) content: Content,
    /// The stream begins anew with this packet.
    pub(crate) first: bool,
    /// The key that was recognised with it.
    pub(crate) key: Option<char>,
}

impl Session {
    pub(crate) fn new(now: Instant, open: &Open) -> Self {
        Self {
            leg: open.leg,
            local: open.local,
            dead_after: open.dead_after,
            agreed: None,
            outgoing: Outgoing::new(open.ssrc, open.sequence, open.timestamp),
            reception: Reception::new(rappel_audio::RATE),
            control: Control::new(now, open.ssrc, &cname(open)),
            keys_in: telephone_event::Receiver::new(),
            in_band: Detector::new(),
            keys_out: KeysOut::new(),
            player: None,
            recorder: None,
            peer: None,
            heard: now,
            started: false,
            lost: false,
        }
    }

    /// A first or a new agreement; everything we send goes on where it was.
    pub(crate) fn connect(&mut self, now: Instant, stream: Stream) {
        self.agreed = Some(Agreed::again(self.agreed, now, stream));
        self.outgoing.unanchor();
        self.heard = now;
        self.lost = false;
    }

    /// Begins a play order; the one before it is over.
    pub(crate) fn play(&mut self, player: Player, events: &mut VecDeque<Event>) {
        self.end_play(PlayEnd::Stopped, events);
        self.player = Some(player);
    }

    /// Adds sounds to the play order that was begun, if it is the one being played.
    pub(crate) fn extend(&mut self, play: PlayId, sounds: Vec<Arc<Clip>>, last: bool) {
        if let Some(player) = self.player.as_mut().filter(|p| p.play() == play) {
            player.extend(sounds, last);
        }
    }

    /// Stops one play order, if it is the one being played.
    pub(crate) fn stop(&mut self, play: PlayId, events: &mut VecDeque<Event>) {
        if self.player.as_ref().is_some_and(|p| p.play() == play) {
            self.end_play(PlayEnd::Stopped, events);
        }
    }

    /// Begins a recording; the one before it is over.
    pub(crate) fn record<R: RecordSink>(
        &mut self,
        recorder: Recorder,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        self.end_recording(RecordEnd::Stopped, recordings, events);
        self.recorder = Some(recorder);
    }

    /// Ends one recording, if it is the one being made.
    pub(crate) fn stop_recording<R: RecordSink>(
        &mut self,
        recording: RecordingId,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        let running = self.recorder.as_ref();
        if running.is_some_and(|r| r.recording() == recording) {
            self.end_recording(RecordEnd::Stopped, recordings, events);
        }
    }

    /// Queues a key for the peer.
    pub(crate) fn send_key(&mut self, digit: char, held: Duration) {
        self.keys_out.press(digit, held);
    }

    /// Begins or ends hearing another session.
    pub(crate) fn join(&mut self, peer: Option<usize>) {
        self.peer = peer;
        self.outgoing.unanchor();
    }

    /// Ends everything that is under way and tells the session's counters.
    pub(crate) fn close<R: RecordSink>(mut self, recordings: &mut R, events: &mut VecDeque<Event>) {
        self.end_play(PlayEnd::Stopped, events);
        self.end_recording(RecordEnd::Stopped, recordings, events);
        events.push_back(Event::Closed {
            leg: self.leg,
            local: self.local,
            report: self.reception.report(self.outgoing.sent()),
        });
    }

    /// Checks one datagram and acts on what it says; `None` when there is nothing to pass on.
    pub(crate) fn receive<R: RecordSink>(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) -> Option<Received> {
        let packet = Packet::parse(datagram).ok()?;
        let header = packet.header();
        let agreed = self.agreed.as_mut()?;
        let content = agreed.content(header.payload_type)?;
        if !agreed.latch.accept(now, from) {
            return None;
        }
        let listens = agreed.listens();
        let arrival = self.reception.receive(&header);
        self.alive(now, events);
        if matches!(arrival, Arrival::Duplicate | Arrival::Stray) || !listens {
            return None;
        }
        let key = match content {
            Content::Sound(encoding) => {
                self.reception.timed(now, header.timestamp);
                self.hear(&packet, encoding, arrival != Arrival::Late)
            }
            Content::Key => self
                .keys_in
                .receive(header.ssrc, header.timestamp, packet.payload()),
        };
        if let Some(digit) = key {
            self.key(digit, recordings, events);
        }
        Some(Received {
            header,
            content,
            first: arrival == Arrival::First,
            key,
        })
    }

    /// The header and the target under which a packet of the other side of a bridge leaves here,
    /// and the encoding it must have; `None` when it may not.
    pub(crate) fn relay(
        &mut self,
        now: Instant,
        received: &Received,
    ) -> Option<(Header, SocketAddr, Encoding)> {
        let busy = self.player.is_some() || self.keys_out.is_busy();
        let Some((stream, target)) = self.sends().filter(|_| !busy) else {
            // What is left out here is no loss: the stream goes on without a gap.
            self.outgoing.unanchor();
            return None;
        };
        let payload_type = match received.content {
            Content::Sound(_) => stream.payload_type,
            Content::Key => stream.telephone_event?,
        };
        if received.first {
            self.outgoing.unanchor();
        }
        let header = self.outgoing.relayed(now, received.header, payload_type)?;
        Some((header, target, stream.encoding))
    }

    /// Whether keys come and go as tones here, because no event was agreed.
    pub(crate) fn wants_tones(&self) -> bool {
        self.agreed
            .is_some_and(|a| a.stream.telephone_event.is_none())
    }

    /// Takes one datagram that arrived on the RTCP port: a peer that reports is not dead, even if it
    /// saves packets while it is silent.
    pub(crate) fn receive_control(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let target = self.agreed.and_then(|a| a.latch.target());
        if target.is_some_and(|t| t.ip() == from.ip()) && self.control.receive(now, datagram) {
            self.heard = now;
        }
    }

    /// Counts the payload of a packet that was relayed to this session.
    pub(crate) fn carried(&mut self, octets: usize) {
        self.outgoing.carried(octets);
    }

    /// One tick: at most one packet leaves, and the recording moves on.
    pub(crate) fn tick<R: RecordSink>(
        &mut self,
        now: Now,
        sink: &mut impl Sink,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        self.report(now, sink);
        let now = now.instant;
        self.send_tick(now, sink, events);
        self.outgoing.advance();
        if let Some(recorder) = &mut self.recorder
            && let Some(why) = recorder.tick(recordings)
        {
            self.end_recording(why, recordings, events);
        }
        self.notice_silence(now, events);
    }

    fn report(&mut self, now: Now, sink: &mut impl Sink) {
        let Some(target) = self.agreed.and_then(|a| a.latch.control_target()) else {
            return;
        };
        let mut out = [0; MAX_REPORT];
        let (outgoing, reception) = (&self.outgoing, &mut self.reception);
        if let Some(length) = self.control.tick(now, outgoing, reception, &mut out) {
            sink.send_control(self.leg, target, &out[..length]);
        }
    }

    fn send_tick(&mut self, now: Instant, sink: &mut impl Sink, events: &mut VecDeque<Event>) {
        let Some(agreed) = self.agreed else { return };
        let stream = agreed.stream;
        let mut packet = [0; PACKET];
        let mut frame = [codec(stream.encoding).silence(); FRAME_SAMPLES];
        let clock = self.outgoing.clock();
        if let Some(event_type) = stream.telephone_event
            && let Some(event) = self.keys_out.next_event(clock)
        {
            let Some((_, target)) = self.sends() else {
                return;
            };
            let header = self
                .outgoing
                .key(now, event_type, event.timestamp, event.marker);
            self.send(header, &event.payload, &mut packet, target, sink);
            return;
        }
        let tone = stream.telephone_event.is_none()
            && self.keys_out.next_tone(codec(stream.encoding), &mut frame);
        let played = !tone && self.play_frame(stream.encoding, &mut frame, events);
        if !tone && !played && !self.owes_silence(now) {
            return;
        }
        let Some((_, target)) = self.sends() else {
            return;
        };
        let header = self.outgoing.paced(now, stream.payload_type);
        self.send(header, &frame, &mut packet, target, sink);
    }

    fn send(
        &mut self,
        header: Header,
        payload: &[u8],
        packet: &mut [u8; PACKET],
        target: SocketAddr,
        sink: &mut impl Sink,
    ) {
        let length = header
            .write_packet(payload, packet)
            .expect("the buffer holds the largest packet we make");
        self.outgoing.carried(payload.len());
        sink.send(self.leg, target, &packet[..length]);
    }

    /// Fills `frame` from the play order, if there is one with something left.
    fn play_frame(
        &mut self,
        encoding: Encoding,
        frame: &mut [u8; FRAME_SAMPLES],
        events: &mut VecDeque<Event>,
    ) -> bool {
        let Some(player) = &mut self.player else {
            return false;
        };
        let played = player.next(encoding, codec(encoding).silence(), frame);
        if played != Played::Nothing && player.starts() {
            events.push_back(Event::PlayStarted {
                leg: self.leg,
                play: player.play(),
            });
        }
        if played != Played::Frame && !player.is_open() {
            self.end_play(PlayEnd::Finished, events);
        }
        played != Played::Nothing
    }

    /// Whether silence must be sent so that the peer does not take the stream for dead: at every
    /// tick on our own, and beside a bridge only once the other side has been quiet for a while.
    fn owes_silence(&self, now: Instant) -> bool {
        self.peer.is_none()
            || self
                .outgoing
                .last_sent()
                .is_none_or(|last| now.since(last) >= BRIDGE_PATIENCE)
    }

    fn sends(&self) -> Option<(Stream, SocketAddr)> {
        self.agreed.as_ref().and_then(Agreed::sends)
    }

    /// Decodes sound for whoever listens to it here; tells a key heard as a tone.
    fn hear(&mut self, packet: &Packet<'_>, encoding: Encoding, in_order: bool) -> Option<char> {
        let in_band = in_order && self.wants_tones();
        if !in_band && self.recorder.is_none() {
            return None;
        }
        let header = packet.header();
        let mut key = None;
        let mut timestamp = header.timestamp;
        for coded in packet.payload().chunks(FRAME_SAMPLES) {
            let mut samples = [0; FRAME_SAMPLES];
            let count = codec(encoding).decode(coded, &mut samples);
            if let Some(recorder) = &mut self.recorder {
                recorder.put(header.ssrc, timestamp, &samples[..count]);
            }
            if in_band {
                key = self.in_band.listen(&samples[..count]).or(key);
            }
            timestamp = timestamp.wrapping_add(TICK);
        }
        key
    }

    /// A key was pressed: it is told once, and stops what it may stop.
    fn key<R: RecordSink>(
        &mut self,
        digit: char,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        if events.len() >= MAX_EVENTS {
            return;
        }
        events.push_back(Event::Digit {
            leg: self.leg,
            digit,
        });
        if self.player.as_ref().is_some_and(Player::stops_on_key) {
            self.end_play(PlayEnd::Key, events);
        }
        if self.recorder.as_ref().is_some_and(Recorder::stops_on_key) {
            self.end_recording(RecordEnd::Key, recordings, events);
        }
    }

    fn alive(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        self.heard = now;
        self.lost = false;
        if !self.started {
            self.started = true;
            events.push_back(Event::Started { leg: self.leg });
        }
    }

    /// A peer that should be sending and does not is told once per silence.
    fn notice_silence(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        if self.agreed.is_some_and(|a| a.is_talk())
            && !self.lost
            && now.since(self.heard) >= self.dead_after
        {
            self.lost = true;
            events.push_back(Event::Lost { leg: self.leg });
        }
    }

    fn end_play(&mut self, why: PlayEnd, events: &mut VecDeque<Event>) {
        if let Some(player) = self.player.take() {
            events.push_back(Event::PlayEnded {
                leg: self.leg,
                play: player.play(),
                why,
            });
        }
    }

    fn end_recording<R: RecordSink>(
        &mut self,
        why: RecordEnd,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        if let Some(recorder) = self.recorder.take() {
            let recorded = recorder.finish(recordings);
            events.push_back(Event::RecordingEnded {
                leg: self.leg,
                recording: recorded.recording,
                why,
                length: recorded.length,
                speech: recorded.speech,
            });
        }
    }
}

/// A name for this session and nobody behind it, out of what was drawn for it (RFC 7022 §4.2).
fn cname(open: &Open) -> String {
    format!("{:08x}{:04x}", open.timestamp, open.sequence)
}

/// The largest packet we make: a header and one frame of G.711.
const PACKET: usize = rappel_rtp::packet::HEADER_LEN + FRAME_SAMPLES;

/// How long the other side of a bridge may send nothing before we send silence in its place: longer
/// than any jitter, shorter than any dead-peer timer.
const BRIDGE_PATIENCE: Duration = Duration::from_millis(500);
