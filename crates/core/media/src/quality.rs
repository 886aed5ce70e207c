//! How a leg sounds, both ways: what we count of the peer's packets, and what its reports say of ours.
//! A report is a stranger's word: every figure of it is brought within bounds here.

use std::time::Duration;

use rappel_model::Instant;
use rappel_model::record::{PeerReport, StreamReport, VoiceCodec};
use rappel_rtp::quality::{Bursts, Conditions, one_way, rate};
use rappel_rtp::rtcp::{About, Heard, LastSenderReport, VoipMetrics};
use rappel_rtp::{Arrival, Encoding, Stream};

/// The figures of one session besides its counters.
#[derive(Debug, Default)]
pub(crate) struct Quality {
    bursts: Bursts,
    /// Smoothed as TCP does it (RFC 6298 §2).
    round_trip: Option<Duration>,
    told: Option<Told>,
    /// Share of our packets the peer misses, in percent, see [`Self::expected_loss`].
    missed: Option<u8>,
}

/// The newest report of the peer.
#[derive(Clone, Copy, Debug)]
struct Told {
    about: About,
    /// Packets we had sent when it came.
    of: u64,
    metrics: Option<VoipMetrics>,
}

impl Quality {
    /// One packet of the peer has been placed in its sequence.
    pub(crate) fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Next { missing } => {
                self.bursts.missing(u64::from(missing));
                self.bursts.received();
            }
            Arrival::First => self.bursts.received(),
            // One that comes late was counted missing when its follower came. How many are lost is
            // the sequence's to say; here it only matters how losses fall together.
            Arrival::Late | Arrival::Duplicate | Arrival::Stray => {}
        }
    }

    /// Takes a report of the peer; `ours` are our newest ones, `sent` the packets sent so far.
    pub(crate) fn heard(
        &mut self,
        now: Instant,
        heard: &Heard,
        ours: &[LastSenderReport],
        sent: u64,
    ) {
        let Some(about) = heard.about_us else { return };
        if let Some(trip) = about.round_trip(ours, now) {
            let smoothed = self.round_trip.map(|before| (before * 7 + trip) / 8);
            self.round_trip = Some(smoothed.unwrap_or(trip));
        }
        let share = (u32::from(about.fraction_lost) * 100).div_ceil(256);
        let share = u8::try_from(share).unwrap_or(MOST_EXPECTED);
        // What begins to be lost is believed at once, an improvement by and by.
        let before = self.missed.unwrap_or(share);
        let faded = before - before.saturating_sub(share).div_ceil(4);
        self.missed = Some(share.max(faded));
        let metrics = heard
            .metrics
            .or_else(|| self.told.and_then(|told| told.metrics));
        self.told = Some(Told {
            about,
            of: sent,
            metrics,
        });
    }

    /// How many of a hundred packets the peer is expected to miss; `None` before it has said.
    pub(crate) fn expected_loss(&self) -> Option<u8> {
        self.missed
            .map(|percent| percent.clamp(LEAST_EXPECTED, MOST_EXPECTED))
    }

    /// All there is to say, upon the counters of what was received and sent.
    pub(crate) fn report(&self, counters: StreamReport, stream: Option<&Stream>) -> StreamReport {
        let Some(stream) = stream else {
            return counters;
        };
        let counters = StreamReport {
            encrypted: stream.security != rappel_rtp::Security::Plain,
            round_trip_us: self.round_trip.map(micros),
            ..counters
        };
        // How somebody else's format sounds, nobody here can say.
        let Some(encoding) = stream.format.ours() else {
            return counters;
        };
        let told = self.told.map(|told| self.told_of(told, encoding));
        StreamReport {
            codec: Some(codec(encoding)),
            mos: self.mos_here(counters, encoding),
            told,
            ..counters
        }
    }

    fn mos_here(&self, counters: StreamReport, encoding: Encoding) -> Option<u16> {
        let jitter = Duration::from_micros(counters.jitter_us.into());
        (counters.received >= LEAST_RATED).then(|| {
            mos(&Conditions {
                loss: f64::from(counters.loss()) / 10_000.0,
                ..Conditions::here(encoding, &self.bursts, self.delay(encoding, jitter))
            })
        })
    }

    fn told_of(&self, told: Told, encoding: Encoding) -> PeerReport {
        let units = u64::from(told.about.jitter) * 1_000_000;
        let jitter = Duration::from_micros(units / u64::from(encoding.clock_rate()));
        let jitter = jitter.min(LONGEST_JITTER);
        let delay = self.delay(encoding, jitter);
        PeerReport {
            lost: u64::from(told.about.lost.max(0).unsigned_abs()).min(told.of),
            jitter_us: micros(jitter),
            mos: (told.of >= LEAST_RATED).then(|| {
                mos(&match &told.metrics {
                    Some(metrics) => Conditions::told(encoding, metrics, delay),
                    None => Conditions::there(encoding, &told.about, told.of, delay),
                })
            }),
        }
    }

    /// From mouth to ear, when whoever hears it holds back twice the jitter, and a packet at least.
    fn delay(&self, encoding: Encoding, jitter: Duration) -> Duration {
        let buffer = (jitter * 2).max(PACKET);
        one_way(self.round_trip, encoding, PACKET, buffer)
    }
}

fn mos(conditions: &Conditions) -> u16 {
    let hundredths = (rate(conditions).mos() * 100.0).round();
    hundredths.clamp(100.0, 450.0) as u16
}

fn micros(length: Duration) -> u32 {
    u32::try_from(length.as_micros()).unwrap_or(u32::MAX)
}

fn codec(encoding: Encoding) -> VoiceCodec {
    match encoding {
        Encoding::Pcmu => VoiceCodec::Pcmu,
        Encoding::Pcma => VoiceCodec::Pcma,
        Encoding::G722 => VoiceCodec::G722,
        Encoding::Opus => VoiceCodec::Opus,
    }
}

/// A second of packets: of less nobody can say how it sounds.
const LEAST_RATED: u64 = 50;
/// A packet of telephones.
const PACKET: Duration = Duration::from_millis(20);
/// Our own estimate cannot pass it either: a larger step is a jump of the peer's clock.
const LONGEST_JITTER: Duration = Duration::from_secs(1);
/// On a line that loses nothing the next packet still carries a little of this one.
const LEAST_EXPECTED: u8 = 1;
/// Beyond it, repeating takes more from the sound than it gives back.
const MOST_EXPECTED: u8 = 30;

#[cfg(test)]
mod tests;
