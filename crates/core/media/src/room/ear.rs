//! What one member says, heard on our clock at every rate somebody listens at.

use std::time::Duration;

use rappel_audio::halfband::{Doubler, Halver};
use rappel_audio::{Codec, Rate};
use rappel_model::Instant;
use rappel_rtp::{Encoding, Packet};

use crate::agreed::{Content, codec};
use crate::playout::Playout;
use crate::session::Received;

/// The way of one member's packets into the mix.
#[derive(Debug)]
pub(super) struct Ear {
    /// Tells its comfort noise from that of others.
    seed: u32,
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
    pub(super) fn new(seed: u32) -> Self {
        Self {
            seed,
            stream: None,
            narrow: [0; Rate::Narrow.frame_samples()],
            wide: [0; Rate::Wide.frame_samples()],
            doubler: Doubler::new(),
            halver: Halver::new(),
            rings_out: false,
        }
    }

    /// Takes what has come for the member: sound and noise wait for their tick, a key takes its
    /// time and makes no sound.
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
            Content::Sound(encoding) if encoding == stream.encoding => {
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
                stream.playout.tick(now, own);
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
        if !stays && let Ok(playout) = Playout::new(encoding, natural(encoding), self.seed) {
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
