//! The timers of RFC 3261 §17 (table 4 in its appendix A) and RFC 6026: base values and the
//! doubling that retransmissions share.

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

/// Estimate of the round-trip time (RFC 3261 §17.1.1.1).
pub(crate) const T1: Duration = Duration::from_millis(500);

/// Longest pause between retransmissions of anything but an INVITE (RFC 3261 §17.1.2.2).
pub(crate) const T2: Duration = Duration::from_secs(4);

/// How long a message may stay in the network (RFC 3261 §17.1.2.2).
pub(crate) const T4: Duration = Duration::from_secs(5);

/// 64·T1: timers B, F, H, J, L, M, and the patience of RFC 3261 §9.1 and §13.3.1.4.
pub(crate) const PATIENCE: Duration = Duration::from_secs(32);

/// How long answers to a lost ACK are absorbed (timer D, at least 32 s, RFC 3261 §17.1.1.2).
pub(crate) const TIMER_D: Duration = Duration::from_secs(32);

/// When to send again: the pause doubles up to an optional longest one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    /// The next time to send.
    pub(crate) at: Instant,
    pause: Duration,
    longest: Option<Duration>,
}

impl Backoff {
    /// First due T1 after `now`. Timer A has no `longest` pause (RFC 3261 §17.1.1.2); timers E and
    /// G, and the 2xx of a UAS, stop doubling at T2 (§17.1.2.2, §17.2.1, §13.3.1.4).
    pub(crate) fn new(now: Now, longest: Option<Duration>) -> Self {
        Self {
            at: now.instant + T1,
            pause: T1,
            longest,
        }
    }

    /// What follows this one: a pause twice as long, counted from `now`, so that a late wake-up
    /// never sends a burst.
    pub(crate) fn next(self, now: Now) -> Self {
        let doubled = self.pause * 2;
        let pause = self.longest.map_or(doubled, |longest| doubled.min(longest));
        Self {
            at: now.instant + pause,
            pause,
            ..self
        }
    }

    /// The same with its pause set to T2, as timer E has after a provisional answer
    /// (RFC 3261 §17.1.2.2).
    pub(crate) fn slow(self, now: Now) -> Self {
        Self {
            at: now.instant + T2,
            pause: T2,
            ..self
        }
    }
}

/// The deadline of a timer that may be absent, as timers A, E and G are on reliable transports.
pub(crate) fn deadline(backoff: Option<Backoff>, why: &'static str) -> Option<Deadline> {
    backoff.map(|backoff| Deadline::new(backoff.at, why))
}

/// Whether the point `at` has come.
pub(crate) fn due(now: Now, at: Instant) -> bool {
    at <= now.instant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut now = Now::default();
        let mut backoff = Backoff::new(now, Some(T2));
        let mut pauses = Vec::new();
        for _ in 0..6 {
            pauses.push((backoff.at - now.instant).as_millis());
            now = now.after(backoff.at - now.instant);
            backoff = backoff.next(now);
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000, 4000, 4000]);
    }
}
