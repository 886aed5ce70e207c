//! The noise behind a pause of the other side of a bridge, for a peer that makes none itself: as loud as
//! the other side said (RFC 3389), as its last pause was, or as a line on which nobody speaks.

use std::time::Duration;

use rappel_audio::FRAME_SAMPLES;
use rappel_audio::codec::{ComfortNoise, MAX_ENCODED, Noise};
use rappel_model::Instant;
use rappel_rtp::Encoding;

use super::Session;
use super::quiet::LINE;
use crate::agreed::codec;
use crate::voice::is_g711;

/// What the other side of a bridge sounds like while it says nothing.
#[derive(Debug)]
pub(super) struct Lull {
    noise: ComfortNoise,
    /// How loud it is.
    level: Noise,
    /// Since when nothing has come but this; `None` while the other side speaks.
    since: Option<Instant>,
}

impl Lull {
    fn new(seed: u32) -> Self {
        Self {
            noise: ComfortNoise::new(LINE, seed),
            level: LINE,
            since: None,
        }
    }

    /// From now on it sounds like this. One who says that the line roars is not believed.
    fn change(&mut self, noise: Noise) {
        self.level = match noise.level() {
            ..LOUDEST => Noise::white(LOUDEST),
            _ => noise,
        };
        self.noise.change(self.level);
    }
}

impl Session {
    /// The other side of the bridge pauses, and said how that sounds, or did not.
    pub(crate) fn lull(&mut self, now: Instant, noise: Option<Noise>) {
        let seed = self.leg.0 as u32;
        let lull = self
            .bridged
            .lull
            .get_or_insert_with(|| Box::new(Lull::new(seed)));
        lull.since = Some(now);
        if let Some(noise) = noise {
            lull.change(noise);
        }
        if let Some(transcoder) = &mut self.bridged.transcoder {
            transcoder.pause();
        }
    }

    /// The other side speaks.
    pub(super) fn end_lull(&mut self) {
        if let Some(lull) = &mut self.bridged.lull {
            lull.since = None;
        }
    }

    /// So much of a pause until `now` is not counted.
    pub(super) fn excuse_lull(&mut self, now: Instant, stood: Duration) {
        if let Some(since) = self
            .bridged
            .lull
            .as_mut()
            .and_then(|lull| lull.since.as_mut())
        {
            *since = now.min(*since + stood);
        }
    }

    /// Whether the other side of the bridge pauses, and has not for so long that it must be dead.
    pub(crate) fn is_lulled(&self, now: Instant) -> bool {
        let since = self.bridged.lull.as_ref().and_then(|lull| lull.since);
        self.bridged.peer.is_some()
            && since.is_some_and(|since| now.since(since) < self.liveness.dead_after())
    }

    /// How loud the line is that the peer is told of: as the other side said, or as any.
    pub(super) fn line(&self) -> Noise {
        let lull = self
            .bridged
            .lull
            .as_ref()
            .filter(|lull| lull.since.is_some());
        lull.map_or(LINE, |lull| lull.level)
    }

    /// 20 ms of noise for a peer that hears nothing of a bridge; how many bytes were written, `None` where
    /// it hears something, or nothing any more.
    pub(super) fn make_noise(
        &mut self,
        now: Instant,
        encoding: Encoding,
        out: &mut [u8; MAX_ENCODED],
    ) -> Option<usize> {
        if self.bridged.peer.is_none() || self.takes_noise() {
            return None;
        }
        if !self.is_lulled(now) {
            // It never said that it pauses, and has for longer than packets are late. Once.
            let is_over = self
                .bridged
                .lull
                .as_ref()
                .is_some_and(|lull| lull.since.is_some());
            if is_over || !self.owes_silence(now) {
                return None;
            }
            self.lull(now, None);
        }
        let lull = self.bridged.lull.as_mut()?;
        let mut samples = [0; FRAME_SAMPLES];
        lull.noise.fill(&mut samples);
        Some(match is_g711(encoding) {
            true => codec(encoding).encode(&samples, out),
            false => self.voice.say_samples(encoding, &samples, out),
        })
    }
}

/// Decibels below full scale of the loudest noise that is made: a car's at speed.
const LOUDEST: u8 = 36;
