//! What a pacing thread counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counters of one thread, published each time it has been awake.
#[derive(Debug, Default)]
pub struct Counters {
    received: AtomicU64,
    sent: AtomicU64,
    send_failed: AtomicU64,
    ticks: AtomicU64,
    made_up: AtomicU64,
    given_up: AtomicU64,
    stalls: AtomicU64,
    strangers: AtomicU64,
    lost: AtomicU64,
    unread: AtomicU64,
    turned_away: AtomicU64,
    silences: AtomicU64,
    sessions: AtomicU64,
    lateness: [AtomicU64; LATENESS],
}

/// The thread's own copy: plain numbers, because only it writes them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) send_failed: u64,
    pub(super) ticks: u64,
    pub(super) made_up: u64,
    pub(super) given_up: u64,
    pub(super) stalls: u64,
    pub(super) strangers: u64,
    pub(super) lost: u64,
    pub(super) unread: u64,
    pub(super) turned_away: u64,
    pub(super) silences: u64,
    /// How often the thread was woken for its beat this late: less than 2ⁿ µs, and the rest.
    pub(super) lateness: [u64; LATENESS],
}

impl Tally {
    /// Notes how late a beat was.
    pub(super) fn late(&mut self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        let place = (u64::BITS - micros.leading_zeros()) as usize;
        self.lateness[place.min(LATENESS - 1)] += 1;
    }
}

impl Counters {
    /// Datagrams read from the ports of open sessions.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Packets sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Packets the system did not take: lost, as on any network.
    pub fn send_failed(&self) -> u64 {
        self.send_failed.load(Ordering::Relaxed)
    }

    /// Ticks done.
    pub fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// Ticks done late, together with the one after them: the machine is too busy.
    pub fn made_up(&self) -> u64 {
        self.made_up.load(Ordering::Relaxed)
    }

    /// Ticks never done, because the machine slept too long to make up for them.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Times the control thread's inbox had no room for news; none is lost, it comes later.
    pub fn stalls(&self) -> u64 {
        self.stalls.load(Ordering::Relaxed)
    }

    /// Orders to open a session on a port that is not of this thread: a fault of ours.
    pub fn strangers(&self) -> u64 {
        self.strangers.load(Ordering::Relaxed)
    }

    /// Packets that never came (RFC 3550 §A.3), counted when their session is closed.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Packets in an encoding nobody agreed on, counted when their session is closed.
    pub fn unread(&self) -> u64 {
        self.unread.load(Ordering::Relaxed)
    }

    /// Datagrams of strangers, forgers and garbage, counted when their session is closed.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Times somebody who talked with nobody was sent nothing that can be heard for too long.
    pub fn silences(&self) -> u64 {
        self.silences.load(Ordering::Relaxed)
    }

    /// Sessions that are open.
    pub fn sessions(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// How often the thread was woken for its beat later than this: counted in powers of two of a
    /// microsecond, so that of those in the same power as `limit` all count, up to one minute.
    pub fn later_than(&self, limit: Duration) -> u64 {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        let first = (u64::BITS - micros.leading_zeros()) as usize;
        let late = &self.lateness[first.min(LATENESS - 1)..];
        late.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How often it was woken for its beat: more than one tick is done when it comes too late.
    pub fn beats(&self) -> u64 {
        let beats = self.lateness.iter();
        beats.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    pub(super) fn publish(&self, tally: &Tally, sessions: usize) {
        let pairs = [
            (&self.received, tally.received),
            (&self.sent, tally.sent),
            (&self.send_failed, tally.send_failed),
            (&self.ticks, tally.ticks),
            (&self.made_up, tally.made_up),
            (&self.given_up, tally.given_up),
            (&self.stalls, tally.stalls),
            (&self.strangers, tally.strangers),
            (&self.lost, tally.lost),
            (&self.unread, tally.unread),
            (&self.turned_away, tally.turned_away),
            (&self.silences, tally.silences),
            (&self.sessions, sessions as u64),
        ];
        for (shown, value) in pairs {
            shown.store(value, Ordering::Relaxed);
        }
        for (shown, value) in self.lateness.iter().zip(tally.lateness) {
            shown.store(value, Ordering::Relaxed);
        }
    }
}

/// Powers of two of a microsecond that lateness is counted in: the last but one ends at 67 s.
const LATENESS: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_counted_by_powers_of_two() {
        let mut tally = Tally::default();
        for micros in [0, 1, 3, 900, 4_095, 4_096, 70_000, 3_600_000_000] {
            tally.late(Duration::from_micros(micros));
        }
        let counters = Counters::default();
        counters.publish(&tally, 0);
        assert_eq!(counters.beats(), 8);
        let later = |micros| counters.later_than(Duration::from_micros(micros));
        assert_eq!([later(4_096), later(5_000), later(100_000)], [3, 3, 2]);
        assert_eq!(later(u64::MAX), 1);
    }
}
