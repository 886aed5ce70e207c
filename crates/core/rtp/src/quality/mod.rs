//! How a leg sounds to the person at its end, estimated from what is measured anyway: the E-model of
//! ITU-T G.107, with the coding's figures of G.113.
//!
//! A rating is a planning figure for people in general with ordinary handsets, not what this caller
//! thinks. It knows the coding, the loss and the delay; echo, noise and levels are the model's
//! defaults. [`rate`] is a pure function; [`Bursts`] counts how losses fall together (RFC 3611 §4.7.2).

mod bursts;
mod emodel;

use std::time::Duration;

pub(crate) use bursts::GMIN;
pub use bursts::{BurstMetrics, Bursts};

use crate::rtcp::{About, VoipMetrics};
use crate::stream::Encoding;

/// What one direction of a leg goes through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// How the sound is coded.
    pub encoding: Encoding,
    /// From mouth to ear, one way: see [`one_way`].
    pub delay: Duration,
    /// Share of the packets that were not heard, 0 to 1: lost in the network, or come too late.
    /// What redundancy or retransmission brought back is heard.
    pub loss: f64,
    /// How much longer runs of loss are than chance would make them, 1 or more:
    /// [`Bursts::ratio`] (G.107 §7.5, BurstR).
    pub burst_ratio: f64,
}

impl Conditions {
    /// What we hear, of which we know best.
    pub fn here(encoding: Encoding, bursts: &Bursts, delay: Duration) -> Self {
        Self {
            encoding,
            delay,
            loss: bursts.loss(),
            burst_ratio: bursts.ratio(),
        }
    }

    /// What the peer hears of the `sent` packets we sent, as its reception report tells. A report
    /// counts a packet as heard that its jitter buffer threw away, and does not tell bursts.
    pub fn there(encoding: Encoding, about: &About, sent: u64, delay: Duration) -> Self {
        let lost = about.lost.max(0).unsigned_abs();
        Self {
            encoding,
            delay,
            loss: if sent == 0 {
                0.0
            } else {
                f64::from(lost) / sent as f64
            },
            burst_ratio: 1.0,
        }
    }

    /// What the peer says itself that it hears, late packets included (RFC 3611 §4.7).
    pub fn told(encoding: Encoding, metrics: &VoipMetrics, delay: Duration) -> Self {
        let shares = u16::from(metrics.loss_rate) + u16::from(metrics.discard_rate);
        Self {
            encoding,
            delay,
            loss: f64::from(shares) / 256.0,
            burst_ratio: 1.0,
        }
    }
}

/// The scale of a rating. Ratings of different scales may not be compared or averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    /// G.107: telephone sound, 93.2 at best.
    Narrow,
    /// G.107.1: 50 to 7,000 Hz, 129 at best.
    Wide,
}

/// How a leg sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Which scale the factors are on.
    pub scale: Scale,
    /// The transmission rating factor R of a conversation, delay included; 0 to the best of the scale.
    pub conversation: f64,
    /// The same for somebody who only listens, so that no delay is noticed.
    pub listening: f64,
}

/// Rates what one direction of a leg goes through. Values out of range count as the nearest in it;
/// what is no number counts as the best.
pub fn rate(conditions: &Conditions) -> Rating {
    let coding = Coding::of(conditions.encoding);
    let percent = within(conditions.loss, 0.0, 1.0) * 100.0;
    let bursts = within(conditions.burst_ratio, 1.0, MAX_BURST_RATIO);
    let equipment = emodel::equipment(coding.ie, coding.bpl, percent, bursts);
    let delay = conditions.delay.min(MAX_DELAY).as_secs_f64() * 1_000.0;
    let best = match coding.scale {
        Scale::Narrow => emodel::BEST_NARROW,
        Scale::Wide => emodel::BEST_WIDE,
    };
    let listening = best - equipment;
    Rating {
        scale: coding.scale,
        conversation: (listening - emodel::delay(delay)).max(0.0),
        listening: listening.max(0.0),
    }
}

impl Rating {
    /// The mean opinion score a conversation would be given, 1.0 to 4.5 (MOS-CQE).
    pub fn mos(&self) -> f64 {
        self.opinion(self.conversation)
    }

    /// The mean opinion score somebody who only listens would give (MOS-LQE).
    pub fn listening_mos(&self) -> f64 {
        self.opinion(self.listening)
    }

    fn opinion(&self, r: f64) -> f64 {
        match self.scale {
            Scale::Narrow => emodel::opinion(r),
            Scale::Wide => emodel::opinion(r / emodel::WIDE_TO_NARROW),
        }
    }
}

/// The way from mouth to ear: half the round trip, the packet that is filled before it leaves, what
/// the coder looks ahead, and what the jitter buffer holds back. A round trip that is not known counts
/// as none.
pub fn one_way(
    round_trip: Option<Duration>,
    encoding: Encoding,
    packet: Duration,
    buffer: Duration,
) -> Duration {
    let look_ahead = Duration::from_micros(match encoding {
        Encoding::Pcmu | Encoding::Pcma => 0,
        // ITU-T G.722 §1.4: 22 samples of its two filters at 16 kHz.
        Encoding::G722 => 1_375,
        // RFC 6716 §2: 4 ms and 2.5 ms.
        Encoding::Opus => 6_500,
    });
    let parts = [packet, look_ahead, buffer];
    let half = round_trip.unwrap_or_default() / 2;
    parts
        .iter()
        .fold(half, |sum, part| sum.saturating_add(*part))
}

/// What a coding does to speech.
struct Coding {
    scale: Scale,
    /// Equipment impairment factor, nothing lost.
    ie: f64,
    /// Robustness against packet loss.
    bpl: f64,
}

impl Coding {
    fn of(encoding: Encoding) -> Self {
        let (scale, ie, bpl) = match encoding {
            // G.113 Tables I.1 and I.3, with the concealment of G.711 Appendix I.
            Encoding::Pcmu | Encoding::Pcma => (Scale::Narrow, 0.0, 25.1),
            // G.113 Table IV.1 at 64 kbit/s. No robustness is published for it; taken is the one of
            // G.722.2 at the rate that sounds alike (12.65 kbit/s, Table IV.4).
            Encoding::G722 => (Scale::Wide, 13.0, 4.3),
            // Nothing is published for Opus on this scale. At the rates of telephones (20 to
            // 40 kbit/s) listeners put it beside G.722.2 at its highest, whose figures are taken.
            Encoding::Opus => (Scale::Wide, 8.0, 4.9),
        };
        Self { scale, ie, bpl }
    }
}

fn within(value: f64, least: f64, most: f64) -> f64 {
    if value.is_nan() {
        least
    } else {
        value.clamp(least, most)
    }
}

/// Beyond it the model says nothing (G.107 Table 2 ends at 500 ms), and it does not matter.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// The model holds for burst ratios up to 2, above that for little loss only (G.107 §7.5, note).
const MAX_BURST_RATIO: f64 = 8.0;

#[cfg(test)]
mod tests;
