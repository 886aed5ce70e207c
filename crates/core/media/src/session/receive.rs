//! What arrives at a session: checked, placed, and looked at for what it means here.

use std::collections::VecDeque;
use std::net::SocketAddr;

use rappel_audio::FRAME_SAMPLES;
use rappel_audio::codec::MAX_PACKET_SAMPLES;
use rappel_model::{Instant, KeyWay, Now};
use rappel_rtp::{Arrival, Encoding, Format, Packet};

use super::{Received, Session};
use crate::agreed::Content;
use crate::engine::{MAX_EVENTS, RecordSink};
use crate::event::{Event, PlayEnd, RecordEnd};
use crate::player::Player;
use crate::voice::is_g711;

impl Session {
    /// Checks one datagram, which is read `now` and came at or before that, and acts on what it says; `None` when
    /// there is nothing to pass on.
    pub(crate) fn receive<R: RecordSink>(
        &mut self,
        (Now { instant: now, .. }, came): (Now, Instant),
        from: SocketAddr,
        datagram: &[u8],
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) -> Option<Received> {
        let Ok(packet) = Packet::parse(datagram) else {
            self.arrivals.turned_away.malformed += 1;
            return None;
        };
        let header = packet.header();
        let agreed = self.agreed.as_mut()?;
        let content = agreed.content(header.payload_type);
        // What nobody agreed on proves nothing of where it comes from.
        let is_peer = match content {
            Some(_) => agreed.latch.accept(now, from, &header),
            None => agreed.latch.is_peer(from),
        };
        if !is_peer {
            self.arrivals.turned_away.strangers += 1;
            return None;
        }
        let Some(content) = content else {
            self.arrivals.unread += 1;
            return None;
        };
        let format = match content {
            Content::Sound(encoding) => Format::Ours(encoding),
            Content::Foreign | Content::Key | Content::Noise => agreed.stream.format,
        };
        let event_clock = agreed.stream.event_clock;
        let listens = agreed.listens();
        let arrival = self.arrivals.reception.receive(&header);
        self.arrivals.quality.arrived(arrival);
        self.alive(now, events);
        if matches!(arrival, Arrival::Duplicate | Arrival::Stray) || !listens {
            return None;
        }
        if matches!(content, Content::Sound(_) | Content::Foreign) {
            self.arrivals.reception.timed(came, header.timestamp);
        }
        let key = self.recognised(&packet, content, arrival != Arrival::Late);
        if let Some(key) = key {
            self.key(key, recordings, events);
        }
        let key = key.map(|(digit, _)| digit);
        let is_tone =
            self.wants_tones() && self.digits.in_band.as_ref().is_some_and(|d| d.is_held());
        let is_twin = self
            .digits
            .twins
            .as_mut()
            .is_some_and(|twins| match content {
                Content::Key => twins.is_one(now, header.timestamp, key),
                Content::Sound(_) => is_tone && twins.is_tone(now, key),
                Content::Foreign | Content::Noise => false,
            });
        Some(Received {
            header,
            content,
            format,
            event_clock,
            first: arrival == Arrival::First,
            key,
            is_tone,
            is_twin,
        })
    }

    /// The key that is recognised with this packet, and how it came.
    fn recognised(
        &mut self,
        packet: &Packet<'_>,
        content: Content,
        in_order: bool,
    ) -> Option<(char, KeyWay)> {
        match content {
            Content::Sound(encoding) => {
                let digit = self.hear(packet, encoding, in_order)?;
                Some((digit, KeyWay::Tone))
            }
            Content::Key => {
                let header = packet.header();
                let payload = packet.payload();
                let digit = self
                    .digits
                    .incoming
                    .receive(header.ssrc, header.timestamp, payload)?;
                Some((digit, KeyWay::Event))
            }
            Content::Foreign | Content::Noise => None,
        }
    }

    /// Counts a datagram of somebody who is not the peer.
    pub(crate) fn turn_away_stranger(&mut self) {
        self.arrivals.turned_away.strangers += 1;
    }

    /// Counts a datagram that is no packet of anybody.
    pub(crate) fn turn_away_malformed(&mut self) {
        self.arrivals.turned_away.malformed += 1;
    }

    /// Takes one compound RTCP packet: a peer that reports is not dead, even if it
    /// saves packets while it is silent.
    pub(crate) fn receive_control(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        // What is under the peer's key is the peer's.
        let is_secret = self.secrecy.is_secret;
        let is_peer = self.agreed.as_ref().is_some_and(|agreed| {
            let target = agreed.latch.target();
            let same = target.is_some_and(|target| target.ip() == from.ip());
            same && (is_secret || agreed.may_report(from))
        });
        if !is_peer {
            self.arrivals.turned_away.strangers += 1;
            return;
        }
        let Some(length) = self.unseal_control(datagram) else {
            self.arrivals.turned_away.forged += 1;
            return;
        };
        let Some(heard) = self.control.receive(now, &datagram[..length]) else {
            self.arrivals.turned_away.malformed += 1;
            return;
        };
        if let Some(agreed) = &mut self.agreed {
            agreed.reported(from);
        }
        self.liveness.reports(now);
        let (ours, sent) = (self.control.ours(), self.outgoing.sent());
        self.arrivals.quality.heard(now, &heard, ours, sent);
        if let Some(percent) = self.arrivals.quality.expected_loss() {
            self.voice.expect_loss(percent);
            if let Some(transcoder) = &mut self.bridged.transcoder {
                transcoder.expect_loss(percent);
            }
        }
    }

    /// Decodes sound for whoever listens to it here; tells a key heard as a tone.
    fn hear(&mut self, packet: &Packet<'_>, encoding: Encoding, in_order: bool) -> Option<char> {
        if !self.recordings.is_empty() {
            let (header, payload) = (packet.header(), packet.payload());
            self.recordings.put_packet(encoding, &header, payload);
        }
        let in_band = in_order && self.wants_tones();
        if !in_band && !self.recordings.take_sound() {
            return None;
        }
        // Clearing room for the longest packet would cost as much as decoding the usual one.
        if is_g711(encoding) && packet.payload_len() <= FRAME_SAMPLES {
            self.hear_in(packet, encoding, in_band, &mut [0; FRAME_SAMPLES])
        } else {
            self.hear_in(packet, encoding, in_band, &mut [0; MAX_PACKET_SAMPLES])
        }
    }

    fn hear_in(
        &mut self,
        packet: &Packet<'_>,
        encoding: Encoding,
        in_band: bool,
        room: &mut [i16],
    ) -> Option<char> {
        let header = packet.header();
        let count = self.voice.hear(encoding, packet.payload(), room);
        let samples = &room[..count];
        if !self.recordings.is_empty() {
            self.recordings.put(encoding, &header, samples);
        }
        let detector = self.digits.in_band.as_mut().filter(|_| in_band)?;
        detector.listen(samples)
    }

    /// A key was pressed: it is told once, and stops what it may stop.
    fn key<R: RecordSink>(
        &mut self,
        (digit, way): (char, KeyWay),
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        if events.len() >= MAX_EVENTS {
            return;
        }
        events.push_back(Event::Digit {
            leg: self.leg,
            digit,
            way,
        });
        if self.player.as_ref().is_some_and(Player::stops_on_key) {
            self.end_play(PlayEnd::Key, events);
        }
        if let Some(recording) = self.recordings.stopped_by_key() {
            self.end_recording(recording, RecordEnd::Key, recordings, events);
        }
    }

    fn alive(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        if self.liveness.speaks(now) {
            events.push_back(Event::Started { leg: self.leg });
        }
    }
}
