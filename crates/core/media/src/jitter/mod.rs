//! The jitter buffer: coded packets come when the network brings them and leave when our clock wants
//! them, 20 ms of sound per tick.
//!
//! A machine in two movements. [`JitterBuffer::put`] takes a packet as it arrives.
//! [`JitterBuffer::tick`] says that 20 ms of our clock have passed; then
//! [`JitterBuffer::poll_output`] is called until `None` and tells, piece by piece, how to fill them:
//! decode this, conceal that, stretch or shorten. What it tells for one tick adds up to exactly
//! 20 ms, together with what earlier pieces left over (a packet may hold three ticks, or half of
//! one): the caller keeps decoded samples in a queue, appends what a piece yields and takes 20 ms
//! off.
//!
//! How long a packet waits. Each packet's way is held against the shortest way of the last seconds;
//! a histogram of the difference, which forgets, gives the delay that all but one in a hundred keep
//! ([`MIN_DELAY`] to [`MAX_DELAY`]). The present delay follows it: at once where there is nothing to
//! hear (the start, a pause, a starvation), else by whole ticks inserted or removed, soon when the
//! last frame was quiet and after a while when it was not. A clock that runs faster or slower than
//! ours moves the shortest way and is compensated by the same means. The idea is that of WebRTC's
//! NetEQ; the words of the E-model say why delay is bounded where it is (ITU-T G.114).
//!
//! When nothing is there, the place in the stream is held, not passed: a packet that was late is
//! still played, and the sound made up meanwhile was the stretching that a longer way needs. When a
//! later packet is there, the missing one is passed. A change of source, a restart and a jump are
//! spliced onto one timeline, so that what waits of the old is still played.
//!
//! Fixed memory: [`MAX_PACKETS`] payloads of [`MAX_PAYLOAD`] bytes, allocated once.

mod lateness;
mod play;
mod source;
mod store;

use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::Header;
use rappel_rtp::quality::Bursts;

use lateness::Lateness;
use play::{Plan, State};
use source::{Place, Source};
use store::{Entry, Store};

pub use store::{MAX_PACKETS, MAX_PAYLOAD};

/// What the buffer must know of the stream's coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The RTP clock in Hz, 8,000 to 192,000: 8,000 for G.711 and G.722 (RFC 3551 §4.5.2), 48,000 for
    /// Opus (RFC 7587 §4.1). Others are taken as the nearest of these bounds.
    pub clock_rate: u32,
    /// Whether a packet may repeat the one before it (Opus in-band FEC): [`Out::MissingButNext`] is
    /// given only then.
    pub fec: bool,
}

/// A packet as it came.
#[derive(Clone, Copy, Debug)]
pub struct Coded<'a> {
    /// Its RTP header. Only packets of the stream's sound belong here; of others, as telephone-event,
    /// [`JitterBuffer::put_soundless`] is told.
    pub header: Header,
    /// How long it sounds in units of the RTP clock, at most [`MAX_SOUND`]; 0 for a description of
    /// comfort noise (RFC 3389), which is handed out in its turn.
    pub units: u32,
    /// The sender says by it that it pauses: comfort noise, an Opus DTX frame of at most two bytes.
    /// Silence after it is then no loss.
    pub pauses: bool,
    /// The coded sound, at most [`MAX_PAYLOAD`] bytes.
    pub payload: &'a [u8],
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It waits for its turn.
    Kept,
    /// Its turn was over, its sound is concealed already.
    Late,
    /// It came before.
    Duplicate,
    /// Its numbers fit nothing; if the next packet goes on from them, the sender has restarted.
    Stray,
    /// Longer than [`MAX_PAYLOAD`] bytes or [`MAX_SOUND`].
    TooLong,
}

/// One piece of 20 ms. `units` are of the RTP clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out<'a> {
    /// Decode this, drop the first `skip` units of it (they were concealed already) and append the
    /// rest.
    Packet {
        /// The coded sound.
        payload: &'a [u8],
        /// How long it sounds, `skip` included; 0 for comfort noise to make from now on.
        units: u32,
        /// How much of it came too late, less than `units`.
        skip: u32,
        /// It continues what was handed out before it. When false, something was left out or made
        /// up between: a decoder that needs no packets in a row goes on, the seam wants a fade.
        follows: bool,
    },
    /// A packet is missing: append so much concealment.
    Missing {
        /// How much.
        units: u32,
    },
    /// A packet is missing and the one after it is here: append the last so much of its redundancy,
    /// if it carries any, else concealment. The packet itself comes as [`Out::Packet`] in its turn.
    MissingButNext {
        /// How much.
        units: u32,
        /// The packet after the missing one.
        next: &'a [u8],
    },
    /// The sender is silent, has not begun or has stopped: append silence or comfort noise.
    Nothing {
        /// How much.
        units: u32,
    },
    /// The delay must grow: append so much more of what was heard last, as for a missing packet,
    /// although none is.
    Insert {
        /// How much: one tick.
        units: u32,
    },
    /// The delay must shrink: take so much out of what is queued, which is one tick more than a
    /// tick needs.
    Remove {
        /// How much: one tick.
        units: u32,
    },
}

/// What happened so far. Counters are of packets unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The time a packet that took the shortest way waits now, from its arrival until it is heard.
    pub delay: Duration,
    /// The delay that is aimed for.
    pub target: Duration,
    /// The mean delay over all ticks that had sound to play.
    pub mean_delay: Duration,
    /// Put in, of whatever use.
    pub received: u64,
    /// Came after their turn.
    pub late: u64,
    /// Never came: gaps in the numbers that were passed, less those that came late.
    pub lost: u64,
    /// Came again.
    pub duplicate: u64,
    /// Refused: strays and those too long.
    pub refused: u64,
    /// Left out unheard, because more had gathered than the longest delay bears.
    pub skipped: u64,
    /// Sound made up for missing packets, from their neighbours' redundancy or from nothing.
    pub concealed: Duration,
    /// Ticks inserted to let the delay grow.
    pub inserted: u64,
    /// Ticks removed to let it shrink.
    pub removed: u64,
    /// Changes of source, restarts and jumps that were followed.
    pub splices: u64,
}

/// Holds one stream's packets until our clock wants them; see the [module](self).
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    rate: i64,
    /// Clock units of a tick.
    tick: i64,
    fec: bool,
    source: Source,
    lateness: Lateness,
    store: Store,
    state: State,
    /// The next sound is played in its first tick, whatever delay is aimed for.
    at_once: bool,
    /// Where on the timeline the next piece begins: everything before is handed out or passed.
    position: i64,
    /// Handed out and not yet played, in clock units.
    surplus: i64,
    seam: Seam,
    /// What is left to say for this tick.
    plan: Plan,
    /// How much of the fetch for a packet may happen before its sound is due, in µs: packets that
    /// are no whole number of ticks.
    margin: i64,
    steady: play::Steady,
    counted: Counted,
}

/// What was handed out last, and how the next piece joins it.
#[derive(Clone, Debug, Default)]
struct Seam {
    /// Number and run of numbers of the packet handed out or left out last.
    last: Option<Last>,
    /// The next packet continues the last piece.
    follows: bool,
    /// The last packet handed out said that the sender pauses.
    pauses: bool,
    /// Something was lost before packets without sound that were passed since.
    broken: bool,
}

/// The packet handed out or left out last.
#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u64,
    epoch: u32,
}

/// What becomes of a packet that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Heard,
    /// Its sound is not heard: it would come too late, or there is too much.
    LeftOut,
    /// It has none.
    Soundless,
}

/// The counters behind [`Statistics`].
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    received: u64,
    late: u64,
    /// Below zero while a packet that came late will yet be passed.
    lost: i64,
    duplicate: u64,
    refused: u64,
    skipped: u64,
    concealed: i64,
    inserted: u64,
    removed: u64,
    /// Ticks that played, the sum of their delays in µs, and the last of them.
    ticks: u64,
    delays: u64,
    delay: u64,
    bursts: Bursts,
}

impl JitterBuffer {
    /// An empty buffer. This allocates its whole memory (about 18 KiB, of which a shallow buffer
    /// touches a fifth); nothing afterwards does.
    pub fn new(settings: Settings) -> Self {
        let rate = settings.clock_rate.clamp(8_000, 192_000);
        Self {
            rate: i64::from(rate),
            tick: i64::from(rate) * TICK_MS / 1_000,
            fec: settings.fec,
            source: Source::new(rate),
            lateness: Lateness::new(),
            store: Store::new(),
            state: State::Idle,
            at_once: false,
            position: i64::MIN / 2,
            surplus: 0,
            seam: Seam::default(),
            plan: Plan::Done,
            margin: 0,
            steady: play::Steady::default(),
            counted: Counted::default(),
        }
    }

    /// The sound to come goes on from what the listener has heard already: its first packet is played in
    /// the next tick, and the delay that is aimed for is come to afterwards, by what is inserted.
    pub fn begin_at_once(&mut self) {
        self.at_once = true;
    }

    /// Takes a packet that has arrived. The payload is copied.
    pub fn put(&mut self, now: Instant, coded: &Coded<'_>) -> Put {
        self.counted.received += 1;
        let most = self.rate * MAX_SOUND.as_millis() as i64 / 1_000;
        if coded.payload.len() > MAX_PAYLOAD || i64::from(coded.units) > most {
            self.counted.refused += 1;
            return Put::TooLong;
        }
        let now = micros(now);
        let (sequence, timestamp, epoch) = match self.source.place(&coded.header, self.present(now))
        {
            Place::At {
                sequence,
                timestamp,
                epoch,
            } => (sequence, timestamp, epoch),
            Place::Duplicate => {
                self.counted.duplicate += 1;
                return Put::Duplicate;
            }
            Place::Old => return self.late(),
            Place::Stray => {
                self.counted.refused += 1;
                return Put::Stray;
            }
        };
        self.observe(now, timestamp, coded.units);
        let entry = Entry {
            sequence,
            timestamp,
            units: coded.units,
            epoch,
            pauses: coded.pauses,
            ..Entry::default()
        };
        self.keep(entry, coded.payload)
    }

    /// Takes note of a packet of the same source that carries no sound of the stream, as
    /// telephone-event: its number is not lost, and the sound it stands for is silence.
    pub fn put_soundless(&mut self, header: &Header) {
        let Some((sequence, epoch)) = self.source.place_soundless(header) else {
            return;
        };
        let entry = Entry {
            sequence,
            epoch,
            soundless: true,
            ..Entry::default()
        };
        // When it does not fit, nothing is lost but its number.
        self.store.insert(entry, &[]);
    }

    /// The counters so far.
    pub fn statistics(&self) -> Statistics {
        let micros = |n: i64| Duration::from_micros(n.max(0) as u64);
        let counted = &self.counted;
        Statistics {
            delay: Duration::from_micros(counted.delay),
            target: micros(self.target()),
            mean_delay: Duration::from_micros(
                counted.delays.checked_div(counted.ticks).unwrap_or(0),
            ),
            received: counted.received,
            late: counted.late,
            lost: counted.lost.max(0) as u64,
            duplicate: counted.duplicate,
            refused: counted.refused,
            skipped: counted.skipped,
            concealed: micros(self.length(counted.concealed)),
            inserted: counted.inserted,
            removed: counted.removed,
            splices: u64::from(self.source.splices()),
        }
    }

    /// How losses fell together, of packets whose turn has come; those that came late count as lost.
    pub fn bursts(&self) -> &Bursts {
        &self.counted.bursts
    }

    fn observe(&mut self, now: i64, timestamp: i64, units: u32) {
        let place = self.length(timestamp);
        let way_is_new = matches!(self.state, State::Idle)
            && self.store.len() == 0
            && now
                .saturating_sub(place)
                .saturating_sub(self.lateness.base())
                > lateness::MAX_DELAY;
        if way_is_new {
            self.lateness.rebase(now, place);
        }
        let sound = i64::from(units) * 1_000 / self.rate;
        self.lateness.observe(now, place, sound as u32);
        if units > 0 {
            let rest = i64::from(units) % self.tick;
            let ahead = if rest == 0 {
                0
            } else {
                self.tick - rest.min(self.tick - rest)
            };
            self.margin = self.length(ahead);
        }
    }

    fn keep(&mut self, entry: Entry, payload: &[u8]) -> Put {
        let over = entry.units > 0 && entry.end() <= self.position;
        if over || entry.sequence < self.store.next() {
            self.counted.lost -= i64::from(self.is_epoch(entry.epoch));
            return self.late();
        }
        while self.store.len() == MAX_PACKETS || !self.store.reaches(entry.sequence) {
            if self.store.len() == 0 {
                // Nothing waits: the ring moves on to the new number, with room before it.
                self.store.advance(entry.sequence - ROOM_BEFORE);
            } else {
                self.skip_first();
            }
        }
        if self.store.insert(entry, payload) {
            Put::Kept
        } else {
            // It lies before what had to be left out to make room for it.
            self.late()
        }
    }

    fn late(&mut self) -> Put {
        self.counted.late += 1;
        Put::Late
    }

    /// Leaves out the packet whose turn is next.
    fn skip_first(&mut self) {
        if let Some(first) = self.store.take_first() {
            if first.soundless {
                return self.pass(&first, Fate::Soundless);
            }
            self.position = self.position.max(first.end());
            self.pass(&first, Fate::LeftOut);
            self.seam.follows = false;
            self.seam.broken = false;
            self.counted.skipped += 1;
        }
    }

    /// A packet is out of the store: the numbers between it and the last are lost, for now.
    fn pass(&mut self, entry: &Entry, fate: Fate) {
        if let Some(last) = self.seam.last
            && last.epoch == entry.epoch
        {
            let lost = entry.sequence - last.sequence - 1;
            self.counted.lost += lost as i64;
            self.counted.bursts.missing(lost);
        }
        match fate {
            Fate::Heard => self.counted.bursts.received(),
            Fate::LeftOut => self.counted.bursts.missing(1),
            Fate::Soundless => {}
        }
        self.seam.last = Some(Last {
            sequence: entry.sequence,
            epoch: entry.epoch,
        });
    }

    /// Whether the last packet was of this run of numbers.
    fn is_epoch(&self, epoch: u32) -> bool {
        self.seam.last.is_some_and(|last| last.epoch == epoch)
    }

    /// Where a packet that took the shortest way would lie if it came now.
    fn present(&self, now: i64) -> i64 {
        let since = now.saturating_sub(self.lateness.base());
        since.saturating_mul(self.rate) / 1_000_000
    }

    /// Clock units as microseconds.
    fn length(&self, units: i64) -> i64 {
        units.saturating_mul(1_000_000) / self.rate
    }

    /// The delay aimed for.
    fn target(&self) -> i64 {
        (self.lateness.target() + self.margin).min(lateness::MAX_DELAY)
    }
}

fn micros(now: Instant) -> i64 {
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}

/// Least delay that is aimed for.
pub const MIN_DELAY: Duration = Duration::from_micros(lateness::MIN_DELAY as u64);

/// Largest delay that is aimed for; more than a tick beyond it is left out unheard.
pub const MAX_DELAY: Duration = Duration::from_micros(lateness::MAX_DELAY as u64);

/// Longest sound of one packet: the most that Opus can hold (RFC 6716 §3.2.5).
pub const MAX_SOUND: Duration = Duration::from_millis(120);

/// Our clock, in milliseconds.
const TICK_MS: i64 = 20;

/// Numbers before the first packet that may still come in after it.
const ROOM_BEFORE: u64 = 16;

#[cfg(test)]
mod tests;
