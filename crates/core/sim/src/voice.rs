//! A media stream as its receiver sees it: a talker whose clock is not ours, over a [`Path`], as a
//! sorted sequence of arrivals drawn from one seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rappel_model::{Instant, Random};

use crate::path::{Course, Path};

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Talker {
    /// Sound per packet by the talker's clock, in milliseconds; at least 1.
    pub ptime_ms: u32,
    /// The RTP clock in Hz.
    pub clock_rate: u32,
    /// How much faster the talker's clock runs than ours, in millionths; −1,000 to 1,000.
    pub drift_ppm: i32,
    /// Silence that is not sent: how long the talker speaks and pauses in turn, on average.
    pub dtx: Option<Dtx>,
    /// First sequence number.
    pub sequence: u16,
    /// First timestamp.
    pub timestamp: u32,
    /// How long it goes on.
    pub length: Duration,
}

/// Speech and pauses, each uniformly between nothing and twice the mean.
#[derive(Clone, Copy, Debug)]
pub struct Dtx {
    /// Mean of a talkspurt.
    pub talk: Duration,
    /// Mean of a pause.
    pub pause: Duration,
}

impl Talker {
    /// Speaks for `length` without a pause, 20 ms of an 8 kHz clock per packet, in our time.
    pub const fn steady(length: Duration) -> Self {
        Self {
            ptime_ms: 20,
            clock_rate: 8_000,
            drift_ppm: 0,
            dtx: None,
            sequence: 0,
            timestamp: 0,
            length,
        }
    }
}

/// A packet that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Voice {
    /// When, by our clock.
    pub at: Instant,
    /// The place in the order of sending, pauses included: how many packets would have been sent
    /// before it without DTX.
    pub number: u64,
    /// When it was sent, by our clock.
    pub sent: Instant,
    /// Its sequence number.
    pub sequence: u16,
    /// Its timestamp.
    pub timestamp: u32,
    /// It is the first after a pause, or the very first.
    pub marker: bool,
    /// The talker pauses after it.
    pub pauses: bool,
}

/// The packets of one talker over one path, in the order in which they arrive.
#[derive(Clone, Debug)]
pub struct Voices {
    talker: Talker,
    course: Course,
    random: Random,
    number: u64,
    sequence: u16,
    /// The packet number at which talking turns to silence or back, and which it is now.
    turn: u64,
    talking: bool,
    marker: bool,
    sent: u64,
    lost: u64,
    waiting: BinaryHeap<Reverse<Voice>>,
}

impl Voices {
    /// The same three arguments give the same packets.
    pub fn new(talker: Talker, path: Path, random: &Random) -> Self {
        let mut voices = Self {
            talker,
            course: Course::new(path, random.fork("path")),
            random: random.fork("talker"),
            number: 0,
            sequence: talker.sequence,
            turn: u64::MAX,
            talking: false,
            marker: true,
            sent: 0,
            lost: 0,
            waiting: BinaryHeap::new(),
        };
        voices.take_turn();
        voices
    }

    /// Packets sent so far, those included that have not arrived yet.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many of them are lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// When packet `number` leaves, by our clock: a fast talker's packets are closer together.
    fn leaves(&self, number: u64) -> u64 {
        let ideal = i128::from(number) * i128::from(self.talker.ptime_ms) * 1_000;
        (ideal * 1_000_000 / (1_000_000 + i128::from(self.talker.drift_ppm))) as u64
    }

    fn take_turn(&mut self) {
        self.talking = !self.talking;
        self.marker |= self.talking;
        let Some(dtx) = self.talker.dtx else {
            return;
        };
        let mean = if self.talking { dtx.talk } else { dtx.pause };
        let ptime = u64::from(self.talker.ptime_ms);
        let packets = 2 * mean.as_millis() as u64 / ptime;
        self.turn = self.number + 1 + self.random.below(packets);
    }

    /// Sends the next packet; false when the talker has finished.
    fn send(&mut self) -> bool {
        if self.number == self.turn {
            self.take_turn();
            if !self.talking {
                self.number = self.turn;
                self.take_turn();
            }
        }
        let sent = self.leaves(self.number);
        if u128::from(sent) >= self.talker.length.as_micros() {
            return false;
        }
        let units = u64::from(self.talker.ptime_ms) * u64::from(self.talker.clock_rate) / 1_000;
        let mut voice = Voice {
            at: Instant::ZERO,
            number: self.number,
            sent: Instant::from_micros(sent),
            sequence: self.sequence,
            // Timestamps wrap.
            timestamp: self
                .talker
                .timestamp
                .wrapping_add((self.number * units) as u32),
            marker: std::mem::take(&mut self.marker),
            pauses: self.number + 1 == self.turn,
        };
        self.number += 1;
        self.sequence = self.sequence.wrapping_add(1);
        self.sent += 1;
        let Some(at) = self.course.pass(sent) else {
            self.lost += 1;
            return true;
        };
        voice.at = Instant::from_micros(at);
        self.waiting.push(Reverse(voice));
        if let Some(later) = self.course.again() {
            voice.at = Instant::from_micros(at + later);
            self.waiting.push(Reverse(voice));
        }
        true
    }
}

impl Iterator for Voices {
    type Item = Voice;

    fn next(&mut self) -> Option<Voice> {
        loop {
            // Nothing arrives before it is sent.
            let next_sent = Instant::from_micros(self.leaves(self.number));
            let is_due = |Reverse(first): &Reverse<Voice>| first.at < next_sent;
            if self.waiting.peek().is_some_and(is_due) || !self.send() {
                return self.waiting.pop().map(|Reverse(voice)| voice);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Delay, Loss};

    fn voices(talker: Talker, path: Path) -> Voices {
        Voices::new(talker, path, &Random::from_seed(11))
    }

    #[test]
    fn packets_arrive_in_order_of_time_and_all_are_accounted_for() {
        let path = Path {
            delay: Delay::Uniform(90_000),
            in_order: false,
            loss: Loss::Random(50),
            twice_permille: 100,
            ..Path::FAIR
        };
        let mut stream = voices(Talker::steady(Duration::from_secs(100)), path);
        let seen: Vec<Voice> = stream.by_ref().collect();
        assert!(seen.windows(2).all(|w| w[0].at <= w[1].at));
        assert_eq!(stream.sent(), 5_000);
        let mut numbers: Vec<u64> = seen.iter().map(|v| v.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len() as u64, stream.sent() - stream.lost());
        assert!(seen.len() > numbers.len() + 300, "some came twice");
        let again: Vec<Voice> = voices(Talker::steady(Duration::from_secs(100)), path).collect();
        assert_eq!(seen, again);
    }

    #[test]
    fn a_fast_clock_sends_more() {
        let talker = Talker {
            drift_ppm: 200,
            ..Talker::steady(Duration::from_secs(1_000))
        };
        assert_eq!(voices(talker, Path::FAIR).count(), 50_010);
    }

    #[test]
    fn a_pause_is_marked_and_costs_no_sequence_number() {
        let talker = Talker {
            dtx: Some(Dtx {
                talk: Duration::from_secs(2),
                pause: Duration::from_secs(1),
            }),
            sequence: 65_530,
            timestamp: u32::MAX - 1_000,
            ..Talker::steady(Duration::from_secs(60))
        };
        let seen: Vec<Voice> = voices(talker, Path::FAIR).collect();
        assert!(seen[0].marker);
        let mut pauses = 0;
        for pair in seen.windows(2) {
            assert_eq!(pair[0].sequence.wrapping_add(1), pair[1].sequence);
            let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
            assert_eq!(step, 160 * (pair[1].number - pair[0].number) as u32);
            assert_eq!(pair[1].marker, step > 160, "{pair:?}");
            assert_eq!(pair[0].pauses, step > 160, "{pair:?}");
            pauses += u32::from(pair[1].marker);
        }
        assert!((10..40).contains(&pauses), "{pauses}");
    }
}
