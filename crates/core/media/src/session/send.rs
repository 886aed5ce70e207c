//! What leaves a session: at most one packet of its own per tick, or what the other side of a
//! bridge says, as one stream.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rappel_audio::FRAME_SAMPLES;
use rappel_audio::codec::MAX_ENCODED;
use rappel_model::{Instant, Now};
use rappel_rtp::packet::HEADER_LEN;
use rappel_rtp::{Encoding, Format, Header};

use super::{Received, Session};
use crate::agreed::{Agreed, Content, codec};
use crate::clip::Clip;
use crate::control::MAX_REPORT;
use crate::engine::{RecordSink, Sink};
use crate::event::{Event, PlayEnd};
use crate::player::{Played, Player};
use crate::transcode::Transcoder;
use crate::voice::is_g711;

impl Session {
    /// The header and the target under which a packet of the other side of a bridge leaves here,
    /// and the format it must have; `None` when it may not.
    pub(crate) fn relay(
        &mut self,
        now: Instant,
        received: &Received,
    ) -> Option<(Header, SocketAddr, Format)> {
        if received.content != Content::Noise {
            self.end_lull();
        }
        let is_told = received.is_twin || received.is_tone && self.takes_events();
        let busy = self.player.is_some() || self.digits.outgoing.is_busy() || is_told;
        let agreed = self.agreed.as_ref();
        let Some((stream, target)) = agreed.and_then(Agreed::sends).filter(|_| !busy) else {
            // What is left out here is no loss: the stream goes on without a gap.
            self.outgoing.unanchor();
            return None;
        };
        let payload_type = match received.content {
            Content::Sound(_) | Content::Foreign => stream.payload_type.sent,
            Content::Key => stream.telephone_event?.sent,
            Content::Noise => stream.comfort_noise?.sent,
        };
        if received.first {
            self.outgoing.unanchor();
        }
        let format = stream.format;
        let header = self.outgoing.relayed(now, received.header, payload_type)?;
        Some((header, target, format))
    }

    /// A packet of the other side of a bridge is left out: what follows goes on without a gap.
    pub(crate) fn leave_out(&mut self) {
        self.outgoing.unanchor();
    }

    /// Whether what came from the other side of a bridge must change its encoding, or the clock its
    /// keys are counted in.
    pub(crate) fn converts(&self, received: &Received) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| {
            let (ours, theirs) = (agreed.stream.format, received.format);
            let is_g711 = |format: Format| format.ours().is_some_and(is_g711);
            let recodes = ours != theirs && !(is_g711(ours) && is_g711(theirs));
            let is_key = received.content == Content::Key;
            recodes || (is_key && agreed.stream.event_clock != received.event_clock)
        })
    }

    /// The transcoder from an encoding to ours: the one at work, or a fresh one.
    pub(crate) fn take_transcoder(&mut self, from: Encoding) -> Option<Box<Transcoder>> {
        let to = self.agreed.as_ref()?.stream.format.ours()?;
        match self.bridged.transcoder.take().filter(|t| t.fits(from, to)) {
            Some(transcoder) => Some(transcoder),
            None => {
                let mut fresh = Transcoder::new(from, to)?;
                if let Some(percent) = self.arrivals.quality.expected_loss() {
                    fresh.expect_loss(percent);
                }
                Some(Box::new(fresh))
            }
        }
    }

    /// It goes on with the next packet.
    pub(crate) fn keep_transcoder(&mut self, transcoder: Box<Transcoder>) {
        self.bridged.transcoder = Some(transcoder);
    }

    /// Whether keys come and go as tones here, because no event was agreed.
    pub(crate) fn wants_tones(&self) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|a| a.stream.telephone_event.is_none())
    }

    /// Whether keys leave here as events.
    pub(crate) fn takes_events(&self) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|a| a.stream.telephone_event.is_some())
    }

    /// Counts the payload of a packet that was relayed to this session.
    pub(crate) fn carried(&mut self, octets: usize) {
        self.outgoing.carried(octets);
    }

    /// One tick: at most one packet leaves, and the recording moves on.
    pub(crate) fn tick<R: RecordSink>(
        &mut self,
        now: Now,
        (sink, tone): (&mut impl Sink, &Clip),
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        #[cfg(feature = "browser")]
        self.tend_browser(now.instant, sink, events);
        self.report(now, sink);
        let now = now.instant;
        self.pass_aside();
        self.end_lost_key(now, sink);
        self.send_tick(now, (sink, tone), events);
        self.outgoing.advance();
        self.bridged.wait = self.bridged.wait.saturating_sub(1);
        self.tick_recordings(recordings, events);
        self.notice_silence(now, events);
    }

    fn report(&mut self, now: Now, sink: &mut impl Sink) {
        if !self.control.is_due(now.instant) {
            return;
        }
        let Some(target) = self.agreed.as_ref().and_then(Agreed::control_target) else {
            return;
        };
        let mut out = [0; MAX_REPORT];
        let (outgoing, reception) = (&self.outgoing, &mut self.arrivals.reception);
        if let Some(length) = self.control.tick(now, outgoing, reception, &mut out) {
            self.emit_control(target, &out[..length], sink);
        }
    }

    /// The peer's reports are not for us any more (RFC 3550 §6.6).
    pub(super) fn leave(&mut self, now: Instant, sink: &mut impl Sink) {
        let Some(target) = self.agreed.as_ref().and_then(Agreed::control_target) else {
            return;
        };
        let mut out = [0; MAX_REPORT];
        if let Some(length) = self.control.goodbye(now, &self.outgoing, &mut out) {
            self.emit_control(target, &out[..length], sink);
        }
    }

    fn send_tick(
        &mut self,
        now: Instant,
        (sink, guarding): (&mut impl Sink, &Clip),
        events: &mut VecDeque<Event>,
    ) {
        let Some(agreed) = &self.agreed else { return };
        let stream = &agreed.stream;
        let (format, payload_type) = (stream.format, stream.payload_type.sent);
        let telephone_event = stream.telephone_event;
        let clock = self.outgoing.clock();
        if let Some(event_type) = telephone_event
            && let Some(event) = self.digits.outgoing.next_event(clock)
        {
            let Some(target) = self.target() else {
                return;
            };
            let header = self
                .outgoing
                .key(now, event_type.sent, event.timestamp, event.marker);
            self.send(header, &event.payload, target, sink);
            return;
        }
        let mut packet = [0; PACKET];
        let room = packet
            .last_chunk_mut()
            .expect("a packet holds a header and the longest payload");
        let Some(encoding) = format.ours() else {
            self.pass_time(room, events);
            return;
        };
        let Some(said) = self.say_tick(now, (encoding, guarding), room, events) else {
            return;
        };
        let Some(target) = self.target() else {
            return;
        };
        let length = match said {
            Said::Sound(length) => length,
            Said::Silence if self.keep_quiet(now, target, sink) => return,
            Said::Silence => self.say_silence(encoding, room),
        };
        // A codec may say that there is nothing to send for these 20 ms.
        if length > 0 {
            let mut header = self.outgoing.paced(now, payload_type);
            header.marker |= self.outgoing.breaks_silence();
            self.sounds(&header, &packet[HEADER_LEN..HEADER_LEN + length]);
            self.send_made(header, &mut packet, length, target, sink);
        }
    }

    /// Writes what this tick has to say into `out`: a tone, else what is played, else what a room has
    /// for this session, else the noise of a bridge that pauses, else silence where it is owed; where that has lasted too long, `guarding`.
    /// `None` where there is nothing.
    fn say_tick(
        &mut self,
        now: Instant,
        (encoding, guarding): (Encoding, &Clip),
        out: &mut [u8; MAX_ENCODED],
        events: &mut VecDeque<Event>,
    ) -> Option<Said> {
        // What has no law of its own is coded out of A-law, unless it was coded ahead.
        let law = if is_g711(encoding) {
            encoding
        } else {
            Encoding::Pcma
        };
        // Taken in any case: what is not sent in its tick is not sent at all.
        let heard = self.take_heard(out);
        if self.wants_tones() {
            let mut frame = [codec(law).silence(); FRAME_SAMPLES];
            if self.digits.outgoing.next_tone(codec(law), &mut frame) {
                return Some(Said::Sound(self.say_frame(encoding, &frame, out)));
            }
        }
        let is_quiet = self.plays_nothing();
        let played = self.play_frame((encoding, law), out, events);
        if let Some(frame) = self.guard(is_quiet, (law, guarding), events) {
            return Some(Said::Sound(self.say_frame(encoding, &frame, out)));
        }
        let heard = heard.map(Said::Sound);
        let said = played.or(heard);
        if said.is_some() {
            return said;
        }
        if let Some(length) = self.make_noise(now, encoding, out) {
            return Some(Said::Sound(length));
        }
        let owes_silence = !self.waits() && self.owes_silence(now);
        (owes_silence || self.is_lulled(now)).then_some(Said::Silence)
    }

    /// 20 ms of G.711 for the peer, in its encoding.
    fn say_frame(
        &mut self,
        encoding: Encoding,
        frame: &[u8; FRAME_SAMPLES],
        out: &mut [u8; MAX_ENCODED],
    ) -> usize {
        if is_g711(encoding) {
            out[..FRAME_SAMPLES].copy_from_slice(frame);
            return FRAME_SAMPLES;
        }
        self.voice.say(encoding, frame, out)
    }

    /// 20 ms of silence as sound.
    fn say_silence(&mut self, encoding: Encoding, out: &mut [u8; MAX_ENCODED]) -> usize {
        if is_g711(encoding) {
            out[..FRAME_SAMPLES].fill(codec(encoding).silence());
            return FRAME_SAMPLES;
        }
        self.voice.keep_quiet(encoding).copy_to(out)
    }

    /// Sends a packet of this payload.
    pub(super) fn send(
        &mut self,
        header: Header,
        payload: &[u8],
        target: SocketAddr,
        sink: &mut impl Sink,
    ) {
        let mut packet = [0; PACKET];
        packet[HEADER_LEN..HEADER_LEN + payload.len()].copy_from_slice(payload);
        self.send_made(header, &mut packet, payload.len(), target, sink);
    }

    /// Sends a packet whose payload of this length stands where it belongs.
    fn send_made(
        &mut self,
        header: Header,
        packet: &mut [u8; PACKET],
        length: usize,
        target: SocketAddr,
        sink: &mut impl Sink,
    ) {
        header.write(packet);
        self.outgoing.carried(length);
        self.emit(target, &packet[..HEADER_LEN + length], sink);
    }

    /// What is played to a peer whose format nobody here speaks takes its time, and nobody hears it.
    fn pass_time(&mut self, out: &mut [u8; MAX_ENCODED], events: &mut VecDeque<Event>) {
        let law = Encoding::Pcma;
        if self.wants_tones() {
            let mut frame = [codec(law).silence(); FRAME_SAMPLES];
            self.digits.outgoing.next_tone(codec(law), &mut frame);
        }
        self.play_frame((law, law), out, events);
    }

    /// Writes the next 20 ms of the play order, if there is one with something left, in the encoding
    /// of the peer: coded ahead for it, or made of G.711 under this law. Of a pause nothing is written.
    fn play_frame(
        &mut self,
        (encoding, law): (Encoding, Encoding),
        out: &mut [u8; MAX_ENCODED],
        events: &mut VecDeque<Event>,
    ) -> Option<Said> {
        let player = self.player.as_mut()?;
        let silence = codec(law).silence();
        let (played, said) = if is_g711(encoding) {
            let frame = out
                .first_chunk_mut()
                .expect("a payload may be longer than a frame");
            let played = player.next(law, silence, frame);
            (played, Said::by(player, FRAME_SAMPLES))
        } else if let Some((played, length)) = player.next_coded(encoding, out) {
            (played, Said::Sound(length))
        } else {
            let mut frame = [silence; FRAME_SAMPLES];
            let played = player.next(law, silence, &mut frame);
            let said = match Said::by(player, 0) {
                Said::Sound(_) if played != Played::Nothing => {
                    Said::Sound(self.voice.say(encoding, &frame, out))
                }
                said => said,
            };
            (played, said)
        };
        if played != Played::Nothing && player.starts() {
            events.push_back(Event::PlayStarted {
                leg: self.leg,
                play: player.play(),
            });
        }
        if played != Played::Frame && !player.is_open() {
            self.end_play(PlayEnd::Finished, events);
        }
        (played != Played::Nothing).then_some(said)
    }

    /// A packet made of what the other side of a bridge said leaves under the numbers of this
    /// stream.
    pub(crate) fn say(
        &mut self,
        now: Instant,
        made: Received,
        payload: &[u8],
        sink: &mut impl Sink,
    ) {
        let Some((header, target, _)) = self.relay(now, &made) else {
            return;
        };
        self.sounds(&header, payload);
        self.send(header, payload, target, sink);
    }

    /// Whether silence must be sent so that the peer does not take the stream for dead: at every
    /// tick on our own, and beside a bridge only once the other side has been quiet for a while.
    pub(super) fn owes_silence(&self, now: Instant) -> bool {
        self.bridged.peer.is_none()
            || self
                .outgoing
                .last_sent()
                .is_none_or(|last| now.since(last) >= BRIDGE_PATIENCE)
    }

    /// Where we may send now.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        let (_, target) = self.agreed.as_ref()?.sends()?;
        Some(target)
    }

    /// For so long until `now` nobody here has listened: that was no silence of the peer, nor of the other side
    /// of a bridge.
    pub(crate) fn excuse(&mut self, now: Instant, stood: Duration) {
        self.liveness.excuse(now, stood);
        self.outgoing.excuse(now, stood);
        self.excuse_lull(now, stood);
        #[cfg(feature = "browser")]
        self.excuse_browser(now, stood);
    }

    /// A peer that should be sending and does not is told once per silence.
    fn notice_silence(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        if self.agreed.as_ref().is_some_and(|a| a.is_talk())
            && self.liveness.is_missed(now)
            && self.liveness.lose()
        {
            events.push_back(Event::Lost { leg: self.leg });
        }
    }
}

/// What a tick has to send.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// A payload of this length, written already.
    Sound(usize),
    /// Silence, owed or asked for.
    Silence,
}

impl Said {
    /// What a player's last frame was: one of this length, or a pause.
    fn by(player: &Player, length: usize) -> Self {
        match player.pauses() {
            true => Self::Silence,
            false => Self::Sound(length),
        }
    }
}

/// The largest packet we make.
const PACKET: usize = HEADER_LEN + MAX_ENCODED;

/// How long the other side of a bridge may send nothing before we send noise in its place: longer
/// than any jitter, shorter than any dead-peer timer.
pub(super) const BRIDGE_PATIENCE: Duration = Duration::from_millis(500);
