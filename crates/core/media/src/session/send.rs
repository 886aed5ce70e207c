//! What leaves a session: at most one packet of its own per tick, or what the other side of a
//! bridge says, as one stream.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rappel_audio::FRAME_SAMPLES;
use rappel_model::{Instant, Now};
use rappel_rtp::{Encoding, Header};

use super::{Received, Session};
use crate::agreed::{Agreed, Content, codec};
use crate::control::MAX_REPORT;
use crate::engine::{RecordSink, Sink};
use crate::event::{Event, PlayEnd};
use crate::player::Played;

impl Session {
    /// The header and the target under which a packet of the other side of a bridge leaves here,
    /// and the encoding it must have; `None` when it may not.
    pub(crate) fn relay(
        &mut self,
        now: Instant,
        received: &Received,
    ) -> Option<(Header, SocketAddr, Encoding)> {
        let busy = self.player.is_some() || self.keys_out.is_busy();
        let agreed = self.agreed.as_ref();
        let Some((stream, target)) = agreed.and_then(Agreed::sends).filter(|_| !busy) else {
            // What is left out here is no loss: the stream goes on without a gap.
            self.outgoing.unanchor();
            return None;
        };
        let payload_type = match received.content {
            Content::Sound(_) => stream.payload_type.sent,
            Content::Key => stream.telephone_event?.sent,
            Content::Noise => stream.comfort_noise?.sent,
        };
        if received.first {
            self.outgoing.unanchor();
        }
        let encoding = stream.encoding;
        let header = self.outgoing.relayed(now, received.header, payload_type)?;
        Some((header, target, encoding))
    }

    /// Whether keys come and go as tones here, because no event was agreed.
    pub(crate) fn wants_tones(&self) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|a| a.stream.telephone_event.is_none())
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
        let Some(target) = self.agreed.as_ref().and_then(Agreed::control_target) else {
            return;
        };
        let mut out = [0; MAX_REPORT];
        let (outgoing, reception) = (&self.outgoing, &mut self.reception);
        if let Some(length) = self.control.tick(now, outgoing, reception, &mut out) {
            self.emit_control(target, &out[..length], sink);
        }
    }

    fn send_tick(&mut self, now: Instant, sink: &mut impl Sink, events: &mut VecDeque<Event>) {
        let Some(agreed) = &self.agreed else { return };
        let stream = &agreed.stream;
        let (encoding, payload_type) = (stream.encoding, stream.payload_type.sent);
        let telephone_event = stream.telephone_event;
        let mut packet = [0; PACKET];
        let mut frame = [codec(encoding).silence(); FRAME_SAMPLES];
        let clock = self.outgoing.clock();
        if let Some(event_type) = telephone_event
            && let Some(event) = self.keys_out.next_event(clock)
        {
            let Some(target) = self.target() else {
                return;
            };
            let header = self
                .outgoing
                .key(now, event_type.sent, event.timestamp, event.marker);
            self.send(header, &event.payload, &mut packet, target, sink);
            return;
        }
        let tone =
            telephone_event.is_none() && self.keys_out.next_tone(codec(encoding), &mut frame);
        let played = !tone && self.play_frame(encoding, &mut frame, events);
        if !tone && !played && !self.owes_silence(now) {
            return;
        }
        let Some(target) = self.target() else {
            return;
        };
        let header = self.outgoing.paced(now, payload_type);
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
        self.emit(target, &packet[..length], sink);
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

    /// Where we may send now.
    fn target(&self) -> Option<SocketAddr> {
        let (_, target) = self.agreed.as_ref()?.sends()?;
        Some(target)
    }

    /// A peer that should be sending and does not is told once per silence.
    fn notice_silence(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        if self.agreed.as_ref().is_some_and(|a| a.is_talk())
            && !self.lost
            && now.since(self.heard) >= self.dead_after
        {
            self.lost = true;
            events.push_back(Event::Lost { leg: self.leg });
        }
    }
}

/// The largest packet we make: a header and one frame of G.711.
const PACKET: usize = rappel_rtp::packet::HEADER_LEN + FRAME_SAMPLES;

/// How long the other side of a bridge may send nothing before we send silence in its place: longer
/// than any jitter, shorter than any dead-peer timer.
const BRIDGE_PATIENCE: Duration = Duration::from_millis(500);
