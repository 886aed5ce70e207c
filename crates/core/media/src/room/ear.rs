//! What one member says, heard on our clock at every rate somebody listens at.

use std::time::Duration;

use rappel_audio::halfband::{Doubler, Halver};
use rappel_audio::{Codec, Rate};
use rappel_model::Instant;
use rappel_rtp::{Encoding, Packet};

use crate::agreed::{Content, codec};
use crate::playout::{Heard, Playout};
use crate::session::Received;

/// The way of one member's packets into the mix.
#[derive(Debug)]
pub(super) struct Ear {
    /// Tells its comfort noise from that of others.
    seed: u32,
    /// The others have heard it until now without us: its sound goes on in the first tick.
    goes_on: bool,
    /// Sound of it was heard.
    has_begun: bool,
    stream: Option<Stream>,
    narrow: [i16; Rate::Narrow.frame_samples()],
    wide: [i16; Rate::Wide.frame_samples()],
    doubler: Doubler,
    halver: Halver,
    /// There was something to hear in the last tick: a converter still holds the end of it.
    rings_out: bool,
}

#[derive(Debug)]
struct Stream {
    encoding: Encoding,
    since: Instant,
    playout: Playout,
}

/// Which rates are listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) narrow: bool,
    pub(super) wide: bool,
}

impl Ear {
    /// Of somebody who is new to the others, or whom they have heard by relay (`goes_on`).
    pub(super) fn new(seed: u32, goes_on: bool) -> Self {
        Self {
            seed,
            goes_on,
            has_begun: false,
            stream: None,
            narrow: [0; Rate::Narrow.frame_samples()],
            wide: [0; Rate::Wide.frame_samples()],
            doubler: Doubler::new(),
            halver: Halver::new(),
            rings_out: false,
        }
    }

    /// Takes what has come for the member: sound and noise wait for their tick; a key takes its
    /// time and makes no sound, whether it comes as an event or as a tone: whom it is for is sent one
    /// of its own, and two to who hears both.
    pub(super) fn put(&mut self, now: Instant, received: &Received, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else {
            return;
        };
        if let Content::Sound(encoding) = received.content {
            self.tune(now, encoding);
        }
        let Some(stream) = &mut self.stream else {
            return;
        };
        let header = &received.header;
        match received.content {
            Content::Sound(encoding) if encoding == stream.encoding && !received.is_tone => {
                stream.playout.put(now, header, packet.payload());
            }
            Content::Noise => {
                stream.playout.put_noise(now, header, packet.payload());
            }
            Content::Sound(_) | Content::Foreign | Content::Key => {
                stream.playout.put_soundless(header)
            }
        }
    }

    /// 20 ms of our clock have passed; whether there is anything to hear of this member. What it
    /// says while it is not `heard` is lost.
    pub(super) fn tick(&mut self, now: Instant, heard: bool, rates: Rates) -> bool {
        let rate = self.rate();
        let own: &mut [i16] = match rate {
            Rate::Narrow => &mut self.narrow,
            Rate::Wide => &mut self.wide,
        };
        match &mut self.stream {
            Some(stream) => {
                self.has_begun |= stream.playout.tick(now, own) == Heard::Sound;
            }
            None => own.fill(0),
        }
        if !heard {
            own.fill(0);
        }
        let sounds = own.iter().any(|&sample| sample != 0);
        let audible = sounds || self.rings_out;
        self.rings_out = sounds;
        if audible && rate == Rate::Narrow && rates.wide {
            self.doubler.convert(&self.narrow, &mut self.wide);
        }
        if audible && rate == Rate::Wide && rates.narrow {
            self.halver.convert(&self.wide, &mut self.narrow);
        }
        audible
    }

    /// Whether sound of the member was heard, ever.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The 20 ms of the last tick, at a rate that was listened to.
    pub(super) fn voice(&self, rate: Rate) -> &[i16] {
        match rate {
            Rate::Narrow => &self.narrow,
            Rate::Wide => &self.wide,
        }
    }

    fn rate(&self) -> Rate {
        let stream = self.stream.as_ref();
        stream.map_or(Rate::Narrow, |stream| natural(stream.encoding))
    }

    /// Makes ready for an encoding. A peer may change it at will (RFC 3264 §6.1), but what that
    /// costs is bounded.
    fn tune(&mut self, now: Instant, encoding: Encoding) {
        let stays = self.stream.as_ref().is_some_and(|stream| {
            stream.encoding == encoding || now.since(stream.since) < CHANGES_EVERY
        });
        if !stays && let Ok(mut playout) = Playout::new(encoding, natural(encoding), self.seed) {
            if std::mem::take(&mut self.goes_on) {
                playout.begin_at_once();
            }
            self.stream = Some(Stream {
                encoding,
                since: now,
                playout,
            });
        }
    }
}

/// The rate at which nothing of an encoding is lost.
pub(super) fn natural(encoding: Encoding) -> Rate {
    Codec::natural_rate(codec(encoding))
}

/// The shortest time between two changes of a peer's encoding that are followed.
const CHANGES_EVERY: Duration = Duration::from_secs(1);
