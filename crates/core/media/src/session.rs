//! One session: the media of one leg, and the orders it takes. `receive.rs` is what arrives, `send.rs`
//! what leaves, `quiet.rs` and `lull.rs` what leaves while there is nothing to hear, `recordings.rs` what is kept of
//! both, `browser.rs` what comes before a browser's sound. What belongs together stands together: `bridged.rs`,
//! `digits.rs`, `arrivals.rs`, `liveness.rs`, `secrecy.rs`.

mod arrivals;
mod aside;
mod bridged;
#[cfg(feature = "browser")]
mod browser;
mod digits;
mod guard;
mod liveness;
mod lull;
mod passed_key;
mod quiet;
mod receive;
mod recordings;
mod rest;
mod seat;
mod secrecy;
mod send;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::record::StreamReport;
use rappel_model::{Instant, LegId, PlayId};
use rappel_rtp::{Format, Header, Stream};

use crate::agreed::{Agreed, Content};
use crate::clip::Clip;
use crate::command::Open;
use crate::control::Control;
use crate::engine::{RecordSink, Sink};
use crate::event::{Event, PlayEnd};
use crate::outgoing::Outgoing;
use crate::player::Player;
use crate::voice::Voice;
use arrivals::Arrivals;
use bridged::Bridged;
use digits::Digits;
use guard::Guard;
use liveness::Liveness;
use recordings::Recordings;
use seat::Seat;
use secrecy::Secrecy;

/// The media of one leg. In this order: what a packet asks of a session stands together, since of thousands
/// none is in the caches when its packet comes, and each line of them that is fetched costs.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Session {
    pub(crate) leg: LegId,
    secrecy: Secrecy,
    liveness: Liveness,
    bridged: Bridged,
    /// Its place in a room, when it hears others mixed.
    seat: Option<Box<Seat>>,
    recordings: Recordings,
    outgoing: Outgoing,
    arrivals: Arrivals,
    agreed: Option<Agreed>,
    player: Option<Player>,
    digits: Digits,
    control: Control,
    voice: Voice,
    guard: Guard,
    pub(crate) local: SocketAddr,
}

/// What a packet is to the session it came for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) header: Header,
    pub(crate) content: Content,
    /// How the sound of the stream is coded: of this packet, or, for one that is none, as agreed.
    pub(crate) format: Format,
    /// The clock in which the length of its keys is counted.
    pub(crate) event_clock: u32,
    /// The stream begins anew with this packet.
    pub(crate) first: bool,
    /// The key that was recognised with it.
    pub(crate) key: Option<char>,
    /// Its sound is the tone of a key that was recognised.
    pub(crate) is_tone: bool,
    /// It is an event or a tone of a key that signalling told of before, and that went on.
    pub(crate) is_twin: bool,
}

impl Session {
    pub(crate) fn new(now: Instant, open: &Open) -> Self {
        Self {
            leg: open.leg,
            secrecy: Secrecy::default(),
            liveness: Liveness::new(now, open.dead_after),
            bridged: Bridged::default(),
            seat: None,
            recordings: Recordings::default(),
            outgoing: Outgoing::new(open.ssrc, open.sequence, open.timestamp),
            arrivals: Arrivals::new(),
            agreed: None,
            player: None,
            digits: Digits::new(),
            control: Control::new(now, open.ssrc, &cname(open)),
            voice: Voice::default(),
            guard: Guard::new(open.quiet_after),
            local: open.local,
        }
    }

    /// A first or a new agreement; everything we send goes on where it was.
    pub(crate) fn connect(&mut self, now: Instant, stream: Stream) {
        self.secure(now, &stream.security);
        self.outgoing.pace(stream.format.clock_of_frame());
        self.digits
            .outgoing
            .pace(stream.event_clock / TICKS_A_SECOND);
        self.arrivals
            .reception
            .set_clock(stream.format.clock_rate());
        if stream.telephone_event.is_none() {
            self.digits.in_band.get_or_insert_default();
        }
        let before = self.agreed.as_ref().map(|agreed| agreed.stream.format);
        // What is relayed in the same format goes on in step: a refresh is not heard.
        if before != Some(stream.format) {
            self.outgoing.unanchor();
        }
        self.agreed = Some(Agreed::again(self.agreed.take(), now, stream));
        self.liveness.expect(now);
    }

    /// The slot of the session it hears.
    pub(crate) fn peer(&self) -> Option<usize> {
        self.bridged.peer
    }

    /// Begins a play order; the one before it is over.
    pub(crate) fn play(&mut self, player: Player, events: &mut VecDeque<Event>) {
        self.end_play(PlayEnd::Stopped, events);
        self.player = self.put_aside(player);
    }

    /// Adds sounds to the play order that was begun, if it is the one being played.
    pub(crate) fn extend(&mut self, play: PlayId, sounds: Vec<Arc<Clip>>, last: bool) {
        if let Some(player) = self.player.as_mut().filter(|p| p.play() == play) {
            player.extend(sounds, last);
        }
    }

    /// Stops one play order, if it is the one being played.
    pub(crate) fn stop(&mut self, play: PlayId, events: &mut VecDeque<Event>) {
        if self.end_aside(play) {
            self.tell_end(play, PlayEnd::Stopped, events);
        } else if self.player.as_ref().is_some_and(|p| p.play() == play) {
            self.end_play(PlayEnd::Stopped, events);
        }
    }

    /// Queues a key for the peer.
    pub(crate) fn send_key(&mut self, digit: char, held: Duration) {
        self.digits.outgoing.press(digit, held);
    }

    /// Signalling told of a key of the peer's, and it went on to whoever hears this session.
    pub(crate) fn key_told(&mut self, now: Instant, digit: char) {
        self.digits.twins.get_or_insert_default().tell(now, digit);
    }

    /// Begins or ends hearing another session.
    pub(crate) fn join(&mut self, peer: Option<usize>) {
        self.bridged.join(peer);
        self.outgoing.unanchor();
    }

    /// What is known of both directions.
    pub(crate) fn figures(&self) -> StreamReport {
        let stream = self.agreed.as_ref().map(|agreed| &agreed.stream);
        self.arrivals.report(self.outgoing.sent(), stream)
    }

    /// Ends everything that is under way, says goodbye, and tells the session's figures.
    pub(crate) fn close<R: RecordSink>(
        mut self,
        now: Instant,
        sink: &mut impl Sink,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        self.leave(now, sink);
        self.end_play(PlayEnd::Stopped, events);
        if let Some(play) = self.forget_aside() {
            self.tell_end(play, PlayEnd::Stopped, events);
        }
        self.end_recordings(recordings, events);
        events.push_back(Event::Closed {
            leg: self.leg,
            local: self.local,
            report: self.figures(),
        });
    }

    fn end_play(&mut self, why: PlayEnd, events: &mut VecDeque<Event>) {
        if let Some(player) = self.player.take() {
            self.tell_end(player.play(), why, events);
        }
    }

    fn tell_end(&self, play: PlayId, why: PlayEnd, events: &mut VecDeque<Event>) {
        let leg = self.leg;
        events.push_back(Event::PlayEnded { leg, play, why });
    }
}

/// A name for this session and nobody behind it, out of what was drawn for it (RFC 7022 §4.2).
fn cname(open: &Open) -> String {
    format!("{:08x}{:04x}", open.timestamp, open.sequence)
}

/// Ticks of 20 ms.
const TICKS_A_SECOND: u32 = 50;

/// Bytes of a session before it records, codes or has keys: thousands are up at a time.
const _: () = assert!(size_of::<Session>() <= 2_048);
