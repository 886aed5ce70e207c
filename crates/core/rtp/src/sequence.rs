//! What a receiver knows about a stream: its place in the sequence, what was lost, how unsteady it
//! comes (RFC 3550 §A.1, §A.3, §A.8).

use rappel_model::Instant;
use rappel_model::record::StreamReport;

use crate::packet::Header;

/// The reception of one stream, over all its sources one after the other.
#[derive(Clone, Debug)]
pub struct Reception {
    clock: Jitter,
    source: Option<Source>,
    /// Counters of sources that are over.
    before: Counters,
}

/// What one packet is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The first of a source: of the stream, after a change of SSRC, or after the peer restarted
    /// its numbers.
    First,
    /// The next, or one after a gap of `missing` packets.
    Next {
        /// How many did not come before it; they may still.
        missing: u16,
    },
    /// Behind its turn: it fills a gap.
    Late,
    /// Seen before, or too old to say. It must not be played, nor read as a digit.
    Duplicate,
    /// A jump that no loss explains. If the next packet continues from here the peer has
    /// restarted and that one is [`Arrival::First`] (RFC 3550 §A.1); until then it is dropped.
    Stray,
}

/// A reception report block (RFC 3550 §6.4.1) without its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The source it is about.
    pub ssrc: u32,
    /// Share lost since the last block, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; 24 bits on the wire, so at most 0x7f_ffff.
    pub lost: u32,
    /// Highest sequence number, extended by its cycles.
    pub highest: u32,
    /// Interarrival jitter in units of the stream's clock.
    pub jitter: u32,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    /// Extended number of the first packet; never changes.
    base: u64,
    /// Highest extended number so far.
    highest: u64,
    /// Bit n set: `highest - n` has arrived.
    window: u64,
    received: u64,
    /// Where a restarted peer would go on.
    restart: Option<u16>,
    /// Expected and received when the last block was made.
    prior: (u64, u64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    received: u64,
    lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Jitter {
    rate: u32,
    /// Last transit time in clock units, modulo 2³²; `None` before the first packet.
    transit: Option<u32>,
    /// The estimate times 16, as §A.8 keeps it.
    scaled: u32,
}

impl Reception {
    /// Nothing received yet. `clock_rate` in Hz turns arrival times into timestamp units.
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock: Jitter {
                rate: clock_rate,
                transit: None,
                scaled: 0,
            },
            source: None,
            before: Counters::default(),
        }
    }

    /// The timestamps count in another clock from here on, in Hz; the jitter begins anew with it.
    pub fn set_clock(&mut self, clock_rate: u32) {
        if self.clock.rate != clock_rate {
            self.clock = Jitter {
                rate: clock_rate,
                transit: None,
                scaled: 0,
            };
        }
    }

    /// Places one packet in the sequence and counts it. Call [`Self::timed`] too for packets whose
    /// timestamp follows the clock.
    pub fn receive(&mut self, header: &Header) -> Arrival {
        match &mut self.source {
            Some(source) if source.ssrc == header.ssrc => match source.place(header.sequence) {
                // The peer restarted without a new SSRC.
                Arrival::First => self.begin(header),
                arrival => arrival,
            },
            _ => self.begin(header),
        }
    }

    /// Takes an arrival time into the jitter estimate. Not for telephone-event packets: they repeat
    /// the timestamp of the event's beginning (RFC 4733 §2.5.1).
    pub fn timed(&mut self, now: Instant, timestamp: u32) {
        self.clock.sample(now, timestamp);
    }

    /// The source being received.
    pub fn ssrc(&self) -> Option<u32> {
        self.source.map(|s| s.ssrc)
    }

    /// The counters of the whole stream; `sent` is the owner's, and so are the figures left out.
    pub fn report(&self, sent: u64) -> StreamReport {
        let now = self.source.map_or_else(Counters::default, |s| s.counters());
        StreamReport {
            received: self.before.received + now.received,
            sent,
            lost: self.before.lost + now.lost,
            jitter_us: self.clock.micros(),
            ..StreamReport::default()
        }
    }

    /// A block about the current source for the next RTCP report, and the start of a new interval
    /// (RFC 3550 §A.3); `None` before the first packet.
    pub fn block(&mut self) -> Option<Block> {
        let jitter = self.clock.scaled >> 4;
        let source = self.source.as_mut()?;
        let expected = source.expected();
        let (before_expected, before_received) = source.prior;
        source.prior = (expected, source.received);
        let due = expected - before_expected;
        let lost = due.saturating_sub(source.received - before_received);
        let fraction = (lost * 256).checked_div(due).unwrap_or(0).min(255);
        Some(Block {
            ssrc: source.ssrc,
            fraction_lost: fraction as u8,
            lost: source.counters().lost.min(MAX_LOST) as u32,
            // Cut to the 32 bits of the wire: 16 of cycles, 16 of sequence.
            highest: source.highest as u32,
            jitter,
        })
    }

    fn begin(&mut self, header: &Header) -> Arrival {
        if let Some(over) = self.source {
            let counters = over.counters();
            self.before.received += counters.received;
            self.before.lost += counters.lost;
        }
        self.clock.transit = None;
        self.source = Some(Source::new(header));
        Arrival::First
    }
}

impl Source {
    fn new(header: &Header) -> Self {
        // One cycle up, so that a packet from before the first has a number too.
        let first = CYCLE + u64::from(header.sequence);
        Self {
            ssrc: header.ssrc,
            base: first,
            highest: first,
            window: 1,
            received: 1,
            restart: None,
            prior: (0, 0),
        }
    }

    /// RFC 3550 §A.1 `update_seq`, without its probation: media is taken from a latched address,
    /// and holding back the first packet would cost a digit or a syllable.
    fn place(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        if ahead == 0 {
            return Arrival::Duplicate;
        }
        if ahead < MAX_DROPOUT {
            self.restart = None;
            self.highest += u64::from(ahead);
            self.window = self.window.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            self.received += 1;
            return Arrival::Next { missing: ahead - 1 };
        }
        if behind <= MAX_MISORDER {
            return self.place_late(behind);
        }
        if self.restart == Some(sequence) {
            return Arrival::First;
        }
        self.restart = Some(sequence.wrapping_add(1));
        Arrival::Stray
    }

    fn place_late(&mut self, behind: u16) -> Arrival {
        let bit = 1u64.checked_shl(u32::from(behind)).unwrap_or(0);
        // Beyond the window nobody can say whether it was seen, and nobody can play it either.
        if bit == 0 || self.window & bit != 0 {
            return Arrival::Duplicate;
        }
        self.window |= bit;
        self.received += 1;
        self.base = self.base.min(self.highest - u64::from(behind));
        Arrival::Late
    }

    fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    fn counters(&self) -> Counters {
        Counters {
            received: self.received,
            lost: self.expected().saturating_sub(self.received),
        }
    }
}

impl Jitter {
    fn sample(&mut self, now: Instant, timestamp: u32) {
        let units = u128::from(now.as_micros()) * u128::from(self.rate) / 1_000_000;
        let transit = (units as u32).wrapping_sub(timestamp);
        let Some(last) = self.transit.replace(transit) else {
            return;
        };
        let difference = (transit.wrapping_sub(last) as i32).unsigned_abs();
        // A jump of the peer's clock (hold music, a transfer behind it) is not jitter.
        if difference > self.rate {
            return;
        }
        self.scaled += difference;
        self.scaled -= (self.scaled - difference + 8) >> 4;
    }

    fn micros(&self) -> u32 {
        let units = u64::from(self.scaled >> 4);
        let micros = (units * 1_000_000).checked_div(u64::from(self.rate));
        micros
            .and_then(|m| u32::try_from(m).ok())
            .unwrap_or(u32::MAX)
    }
}

/// RFC 3550 §A.1: a gap of so many packets is a restart, not a loss; one minute at 20 ms.
const MAX_DROPOUT: u16 = 3000;
/// RFC 3550 §A.1: so far behind is a restart, not a late packet.
const MAX_MISORDER: u16 = 100;
/// One turn of the sequence number.
const CYCLE: u64 = 1 << 16;
/// The largest loss a block can state (24 bits, signed).
const MAX_LOST: u64 = 0x7f_ffff;

#[cfg(test)]
mod tests;
