//! How losses fall together: bursts and gaps as RFC 3611 §4.7.2 divides a stream, and the burst ratio
//! the E-model asks for.

use std::time::Duration;

/// Counts packets in the order of their numbers. A burst begins and ends with a missing packet and holds
/// no `GMIN` received in a row; everything else is gap.
///
/// The stream is a chain of four states, of which only the changes are counted (RFC 3611 §A.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bursts {
    received: u64,
    missing: u64,
    /// Runs of missing packets without one between them.
    runs: u64,
    /// Received since the last missing one.
    since: u64,
    /// Missing since the last gap of [`GMIN`].
    together: u64,
    /// In a gap: received, and missing by themselves.
    gap_received: u64,
    gap_missing: u64,
    /// In bursts: received, and the steps between them and the missing.
    burst_received: u64,
    received_to_missing: u64,
    missing_to_missing: u64,
    /// Bursts that are over.
    bursts: u64,
}

/// Bursts and gaps in the units of the VoIP metrics block (RFC 3611 §4.7.1, §4.7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BurstMetrics {
    /// Share missing within bursts, in 256ths; 0 when there was none.
    pub burst_density: u8,
    /// Share missing within gaps, in 256ths.
    pub gap_density: u8,
    /// Mean length of a burst in milliseconds.
    pub burst_duration: u16,
    /// Mean length of a gap in milliseconds.
    pub gap_duration: u16,
}

impl Bursts {
    /// The next packet was received in time to be heard.
    pub fn received(&mut self) {
        self.received += 1;
        self.since += 1;
    }

    /// The next `count` packets were not: lost, or come too late.
    pub fn missing(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        self.runs += u64::from(self.since > 0 || self.missing == 0);
        self.missing += count;
        if self.since >= GMIN || self.together == 0 {
            self.end_gap();
        } else if self.since == 0 {
            self.together += 1;
            self.missing_to_missing += 1;
        } else {
            self.together += 1;
            self.received_to_missing += 1;
            self.burst_received += self.since - 1;
        }
        self.since = 0;
        self.together += count - 1;
        self.missing_to_missing += count - 1;
    }

    /// Share of the packets that are missing, 0 to 1; 0 before the first.
    pub fn loss(&self) -> f64 {
        let all = self.received + self.missing;
        if all == 0 {
            return 0.0;
        }
        self.missing as f64 / all as f64
    }

    /// How much longer runs of missing packets are than with the same loss by chance: 1 when it is
    /// chance, or nothing is missing (G.107 §7.5, BurstR).
    pub fn ratio(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        let run = self.missing as f64 / self.runs as f64;
        (run * (1.0 - self.loss())).max(1.0)
    }

    /// Bursts and gaps so far, a packet lasting `packet`. The burst in progress is not in them.
    pub fn metrics(&self, packet: Duration) -> BurstMetrics {
        let millis = packet.as_millis() as f64;
        let gap = self.gap_received + self.gap_missing + self.bursts;
        let burst_steps = self.burst_received + self.received_to_missing;
        let density = |part: f64, all: f64| {
            if all > 0.0 {
                (256.0 * part / all).min(255.0) as u8
            } else {
                0
            }
        };
        let gap_density = density(
            self.gap_missing as f64,
            (self.gap_received + self.gap_missing) as f64,
        );
        if self.bursts == 0 {
            return BurstMetrics {
                gap_density,
                gap_duration: milliseconds((self.received + self.missing) as f64 * millis),
                ..BurstMetrics::default()
            };
        }
        // The chance to go from received to missing within a burst, and back.
        let worsens = match burst_steps {
            0 => 1.0,
            steps => 1.0 - self.burst_received as f64 / steps as f64,
        };
        let left = self.bursts + self.received_to_missing;
        let recovers = self.received_to_missing as f64 / (left + self.missing_to_missing) as f64;
        let bursts = self.bursts as f64;
        let burst = burst_steps + left + self.missing_to_missing;
        BurstMetrics {
            burst_density: density(worsens, worsens + recovers),
            gap_density,
            burst_duration: milliseconds(burst as f64 * millis / bursts),
            gap_duration: milliseconds(gap as f64 * millis / bursts),
        }
    }

    /// A missing packet after enough received: what was missing before was a burst, or one alone.
    fn end_gap(&mut self) {
        if self.together == 1 {
            self.gap_missing += 1;
        } else if self.together > 1 {
            self.bursts += 1;
        }
        self.together = 1;
        self.gap_received += self.since;
    }
}

fn milliseconds(length: f64) -> u16 {
    // A cast of a float stops at the ends of the integer.
    length as u16
}

/// Packets received in a row that end a burst (RFC 3611 §4.7.2 recommends 16).
pub(crate) const GMIN: u64 = 16;
