//! Deadlines that are noticed long after they have passed: the machine stood still, as a virtual one does that
//! is paused, and the world did not. An answer, a refresh or a key that came in time lies in a socket then, and
//! whoever reads that wakes up at the same moment as we do. It is heard first; what nobody has prevented
//! happens after that.

use std::time::Duration;

use rappel_model::Instant;

/// Whether what came while we stood still is being heard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lateness {
    /// Since when.
    since: Option<Instant>,
}

impl Lateness {
    /// Whether the deadline `due` has passed and may have its consequence `now`, after a turn in which nothing
    /// came (`is_quiet`) or something did. One that passed [`LATE`] ago waits until nothing has come for
    /// [`QUIET`], and for [`LONGEST`] in all.
    pub(super) fn may_fall(&mut self, now: Instant, due: Option<Instant>, is_quiet: bool) -> bool {
        let Some(due) = due.filter(|due| *due <= now) else {
            // What was heard has put it off.
            self.since = None;
            return false;
        };
        if now.since(due) < LATE {
            self.since = None;
            return true;
        }
        let Some(since) = self.since else {
            self.since = Some(now);
            return false;
        };
        let is_heard = is_quiet || now.since(since) >= LONGEST;
        if is_heard {
            self.since = None;
        }
        is_heard
    }

    /// How long to wait for the next input at most, while it is being heard what came.
    pub(super) fn listens(&self) -> Option<Duration> {
        self.since.map(|_| QUIET)
    }
}

/// So late is nobody by being busy for a moment; a peer that is as early as this before the end of its time
/// takes a risk with any network.
const LATE: Duration = Duration::from_millis(200);

/// Nothing more is on its way from the sockets to us: each is read by a thread or a task that needs a
/// millisecond for all of it, once the machine lets it run.
const QUIET: Duration = Duration::from_millis(50);

/// For those who never fall silent: deadlines are late already.
const LONGEST: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1_000)
    }

    #[test]
    fn a_deadline_falls_when_it_has_passed() {
        let mut lateness = Lateness::default();
        assert!(!lateness.may_fall(at(10), None, true));
        assert!(!lateness.may_fall(at(10), Some(at(11)), true));
        for (now, is_quiet) in [(11, true), (11, false), (210, true), (210, false)] {
            assert!(lateness.may_fall(at(now), Some(at(11)), is_quiet), "{now}");
            assert_eq!(lateness.listens(), None);
        }
    }

    #[test]
    fn after_a_stop_what_came_is_heard_first() {
        let mut lateness = Lateness::default();
        // The wait for the deadline ended six seconds late, with nothing: nobody has read the sockets yet.
        assert!(!lateness.may_fall(at(6_000), Some(at(10)), true));
        assert_eq!(lateness.listens(), Some(QUIET));
        // Something comes, and puts it off.
        assert!(!lateness.may_fall(at(6_001), Some(at(9_000)), false));
        assert_eq!(lateness.listens(), None);
        assert!(lateness.may_fall(at(9_000), Some(at(9_000)), true));
    }

    #[test]
    fn what_nobody_prevents_happens_once_it_is_quiet_again() {
        let mut lateness = Lateness::default();
        for now in [6_000, 6_001] {
            assert!(!lateness.may_fall(at(now), Some(at(10)), false));
        }
        assert!(lateness.may_fall(at(6_051), Some(at(10)), true));
        assert_eq!(lateness.listens(), None);
    }

    #[test]
    fn who_never_falls_silent_does_not_hold_deadlines_up_for_ever() {
        let mut lateness = Lateness::default();
        let fell = (6_000..7_000).find(|now| lateness.may_fall(at(*now), Some(at(10)), false));
        assert_eq!(fell, Some(6_500));
    }
}
