//! A listener in virtual time: packets from a simulated network in, 20 ms out per tick, and what was
//! heard when.

use std::time::Duration;

use rappel_media::jitter::{Coded, JitterBuffer, Out, Settings};
use rappel_model::{Instant, Random};
use rappel_rtp::Header;
use rappel_sim::{Path, Talker, Voice, Voices};

/// What a listener lived. Times in ms, shares of 1.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) sent: u64,
    pub(crate) lost: f64,
    /// 99 in 100 packets come no later than this after the shortest way.
    pub(crate) jitter_p99: f64,
    /// From when a packet could have come to when it was heard.
    pub(crate) delay_mean: f64,
    pub(crate) delay_p95: f64,
    /// Made up for missing sound.
    pub(crate) concealed: f64,
    /// Arrived, and yet not heard.
    pub(crate) unheard: f64,
    pub(crate) skipped: u64,
    pub(crate) inserted: u64,
    pub(crate) removed: u64,
}

/// Who listens, and what was noted.
struct Listener {
    buffer: JitterBuffer,
    talker: Talker,
    path: Path,
    /// The talker says when it pauses, as Opus does.
    tells_pauses: bool,
    /// Sound queued before the next piece, in clock units.
    queued: i64,
    delays: Vec<u64>,
    lateness: Vec<u64>,
    arrived: u64,
    /// Units heard of packets, and made up.
    heard: u64,
    concealed: u64,
    /// The packet heard last, and how many different ones were.
    last: Option<u64>,
    played: u64,
}

/// Plays a whole stream through a buffer.
pub(crate) fn replay(talker: Talker, path: Path, tells_pauses: bool) -> Figures {
    let mut voices = Voices::new(talker, path, &Random::from_seed(2_024));
    let mut listener = Listener::new(talker, path, tells_pauses);
    let mut next = voices.next();
    // Our ticks have a phase of their own.
    let mut now = Instant::from_micros(13_700);
    while next.is_some() {
        while let Some(voice) = next.filter(|voice| voice.at <= now) {
            listener.arrives(&voice);
            next = voices.next();
        }
        listener.tick(now);
        now = now + Duration::from_millis(20);
    }
    for _ in 0..20 {
        listener.tick(now);
        now = now + Duration::from_millis(20);
    }
    listener.figures(voices.sent(), voices.lost())
}

impl Listener {
    fn new(talker: Talker, path: Path, tells_pauses: bool) -> Self {
        Self {
            buffer: JitterBuffer::new(Settings {
                clock_rate: talker.clock_rate,
                fec: false,
            }),
            talker,
            path,
            tells_pauses,
            queued: 0,
            delays: Vec::new(),
            lateness: Vec::new(),
            arrived: 0,
            heard: 0,
            concealed: 0,
            last: None,
            played: 0,
        }
    }

    fn arrives(&mut self, voice: &Voice) {
        let mut payload = [0; 16];
        payload[..8].copy_from_slice(&voice.number.to_le_bytes());
        payload[8..].copy_from_slice(&voice.sent.as_micros().to_le_bytes());
        let header = Header {
            marker: voice.marker,
            payload_type: 0,
            sequence: voice.sequence,
            timestamp: voice.timestamp,
            ssrc: 1,
        };
        let coded = Coded {
            header,
            units: self.talker.ptime_ms * self.talker.clock_rate / 1_000,
            pauses: voice.pauses && self.tells_pauses,
            payload: &payload,
        };
        self.arrived += 1;
        let shortest = voice.sent.as_micros() + self.path.least;
        self.lateness.push(voice.at.as_micros() - shortest);
        self.buffer.put(voice.at, &coded);
    }

    fn tick(&mut self, now: Instant) {
        // A fifth of all speech is quiet.
        let spoken_ms = self.last.unwrap_or(0) * u64::from(self.talker.ptime_ms);
        self.buffer.tick(now, spoken_ms % 2_000 < 400);
        let tick = i64::from(self.talker.clock_rate) / 50;
        while let Some(out) = self.buffer.poll_output() {
            match out {
                Out::Packet {
                    payload,
                    units,
                    skip,
                    ..
                } => {
                    let number = u64::from_le_bytes(payload[..8].try_into().expect("eight bytes"));
                    let sent = u64::from_le_bytes(payload[8..].try_into().expect("eight bytes"));
                    assert!(self.last.is_none_or(|last| last < number), "once, forwards");
                    self.last = Some(number);
                    self.played += 1;
                    self.heard += u64::from(units - skip);
                    let rate = i64::from(self.talker.clock_rate);
                    let begins = (self.queued - i64::from(skip)) * 1_000_000 / rate;
                    let at = now.as_micros().saturating_add_signed(begins);
                    self.delays.push(at - sent - self.path.least);
                    self.queued += i64::from(units - skip);
                }
                Out::Missing { units } | Out::MissingButNext { units, .. } => {
                    self.concealed += u64::from(units);
                    self.queued += i64::from(units);
                }
                Out::Nothing { units } | Out::Insert { units } => self.queued += i64::from(units),
                Out::Remove { units } => self.queued -= i64::from(units),
            }
        }
        assert!(self.queued >= tick, "a tick is whole: {}", self.queued);
        self.queued -= tick;
    }

    fn figures(mut self, sent: u64, lost: u64) -> Figures {
        let statistics = self.buffer.statistics();
        self.delays.sort_unstable();
        self.lateness.sort_unstable();
        let at = |sorted: &[u64], share: usize| sorted[sorted.len() * share / 100] as f64 / 1e3;
        let mean = self.delays.iter().sum::<u64>() as f64 / self.delays.len() as f64 / 1e3;
        let arrived = self.arrived - statistics.duplicate;
        assert_eq!(arrived, sent - lost, "duplicates are known as such");
        Figures {
            sent,
            lost: lost as f64 / sent as f64,
            jitter_p99: at(&self.lateness, 99),
            delay_mean: mean,
            delay_p95: at(&self.delays, 95),
            concealed: self.concealed as f64 / (self.heard + self.concealed) as f64,
            unheard: (arrived - self.played) as f64 / sent as f64,
            skipped: statistics.skipped,
            inserted: statistics.inserted,
            removed: statistics.removed,
        }
    }
}
