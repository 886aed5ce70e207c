//! Whether a trunk is there: asked by OPTIONS from time to time (RFC 3261 §11), and learnt from calls.
//!
//! ```text
//!              3 misses                      1 success
//! Up, Unknown ──────────► Down         Down ───────────► Up
//! ```

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now, Random, Timestamp};

use crate::route::Standing;

/// What is known of one trunk.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    /// How often it is asked; `None` for never.
    interval: Option<Duration>,
    reach: Reach,
    /// Misses in a row.
    misses: u32,
    /// When it is asked next.
    next: Option<Instant>,
    /// An answer is awaited.
    asked: bool,
    last: Option<Probe>,
    strain: Option<Strain>,
}

/// Whether it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody knows yet, or nobody asks.
    Unknown,
    /// It does.
    Up,
    /// It does not, since then.
    Down(Timestamp),
}

/// The last time it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// When its answer came, or was given up.
    pub at: Timestamp,
    /// The status; `None` for silence.
    pub status: Option<u16>,
}

/// A call met trouble.
#[derive(Clone, Copy, Debug)]
struct Strain {
    until: Instant,
    /// How often in a row.
    times: u32,
}

/// What a probe changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It was there and is no more.
    Lost,
    /// It is there again, after so long.
    Back(Duration),
}

impl Health {
    /// A trunk nothing is known of. It is first asked within a second, not all at once.
    pub(crate) fn new(now: Now, interval: Option<Duration>, random: &mut Random) -> Self {
        let first = Duration::from_micros(random.below(FIRST_WITHIN.as_micros() as u64));
        Self {
            interval,
            reach: Reach::Unknown,
            misses: 0,
            next: interval.map(|_| now.instant + first),
            asked: false,
            last: None,
            strain: None,
        }
    }

    /// The same trunk with another interval: what is known of it stays.
    pub(crate) fn set_interval(&mut self, now: Now, interval: Option<Duration>) {
        if interval == self.interval {
            return;
        }
        self.interval = interval;
        self.next = interval.map(|interval| now.instant + interval);
        if interval.is_none() {
            self.reach = Reach::Unknown;
            self.misses = 0;
        }
    }

    /// When it is to be asked next.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        self.next.map(|at| Deadline::new(at, "probe of a trunk"))
    }

    /// Whether it is to be asked now. While an answer is awaited it is not asked again.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> bool {
        let (Some(interval), Some(next)) = (self.interval, self.next) else {
            return false;
        };
        if now.instant < next {
            return false;
        }
        self.next = Some(now.instant + interval);
        !std::mem::replace(&mut self.asked, true)
    }

    /// What came of asking: a status, or `None` for silence. Any answer is a sign of life but 503,
    /// by which a server says that it takes nothing, and 408, by which somebody between tells silence.
    pub(crate) fn handle_probe_result(&mut self, now: Now, status: Option<u16>) -> Option<Turn> {
        self.asked = false;
        self.last = Some(Probe {
            at: now.wall,
            status,
        });
        match (self.reach, status) {
            (Reach::Down(_), None | Some(408 | 503)) => None,
            (_, None | Some(408 | 503)) => {
                self.misses += 1;
                (self.misses >= MAX_MISSES).then(|| {
                    self.reach = Reach::Down(now.wall);
                    Turn::Lost
                })
            }
            (before, Some(_)) => {
                self.misses = 0;
                self.reach = Reach::Up;
                match before {
                    Reach::Down(since) => Some(Turn::Back(now.wall.since(since))),
                    Reach::Up | Reach::Unknown => None,
                }
            }
        }
    }

    /// A call met trouble there: for a while others are tried before it, longer each time.
    pub(crate) fn trouble(&mut self, now: Now) {
        let times = self.strain.map_or(0, |strain| strain.times);
        let pause = FIRST_PAUSE * 2u32.saturating_pow(times.min(MAX_DOUBLINGS));
        self.strain = Some(Strain {
            until: now.instant + pause.min(LONGEST_PAUSE),
            times: times.saturating_add(1),
        });
    }

    /// A call got through: nothing is held against it any more.
    pub(crate) fn fine(&mut self) {
        self.strain = None;
    }

    /// How it stands.
    pub(crate) fn standing(&self, now: Now) -> Standing {
        match (self.reach, self.strain) {
            (Reach::Down(_), _) => Standing::Down,
            (_, Some(strain)) if now.instant < strain.until => Standing::Strained,
            _ => Standing::Well,
        }
    }

    /// Whether it answers.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// The last time it was asked.
    pub(crate) fn last(&self) -> Option<Probe> {
        self.last
    }
}

/// Misses in a row after which a trunk is taken for down.
pub const MAX_MISSES: u32 = 3;

/// Within this time of the start every trunk is asked first.
const FIRST_WITHIN: Duration = Duration::from_secs(1);

/// How long others are tried first after trouble, the first time.
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// And at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Doublings that reach [`LONGEST_PAUSE`].
const MAX_DOUBLINGS: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now::default().after(Duration::from_secs(seconds))
    }

    fn health() -> Health {
        let interval = Some(Duration::from_secs(30));
        Health::new(at(0), interval, &mut Random::from_seed(1))
    }

    #[test]
    fn three_misses_in_a_row_are_a_loss_and_one_answer_is_a_return() {
        let mut health = health();
        assert_eq!(health.handle_probe_result(at(1), None), None);
        assert_eq!(health.handle_probe_result(at(2), Some(503)), None);
        // Any answer counts, a refusal too.
        assert_eq!(health.handle_probe_result(at(3), Some(404)), None);
        for second in 4..6 {
            assert_eq!(health.handle_probe_result(at(second), Some(408)), None);
            assert_eq!(health.standing(at(second)), Standing::Well);
        }
        assert_eq!(health.handle_probe_result(at(6), None), Some(Turn::Lost));
        assert_eq!(health.standing(at(6)), Standing::Down);
        assert_eq!(health.handle_probe_result(at(7), None), None, "told once");
        let back = Turn::Back(Duration::from_secs(10));
        assert_eq!(health.handle_probe_result(at(16), Some(200)), Some(back));
        assert_eq!(health.standing(at(16)), Standing::Well);
    }

    #[test]
    fn it_is_asked_within_a_second_then_by_interval_and_never_twice_at_once() {
        let mut health = health();
        let first = health.poll_timeout().expect("it is asked").at;
        assert!(first <= at(1).instant);
        assert!(health.handle_timeout(at(1)));
        assert!(!health.handle_timeout(at(2)), "not due");
        assert!(!health.handle_timeout(at(31)), "an answer is awaited");
        assert_eq!(health.handle_probe_result(at(32), Some(200)), None);
        assert!(health.handle_timeout(at(61)));
        let mut silent = Health::new(at(0), None, &mut Random::from_seed(1));
        assert!(silent.poll_timeout().is_none() && !silent.handle_timeout(at(100)));
    }

    #[test]
    fn trouble_lasts_longer_each_time_until_a_call_gets_through() {
        let mut health = health();
        for pause in [60, 120, 240, 480, 600, 600] {
            health.trouble(at(0));
            assert_eq!(health.standing(at(pause - 1)), Standing::Strained);
            assert_eq!(health.standing(at(pause)), Standing::Well, "{pause}");
        }
        health.fine();
        health.trouble(at(0));
        assert_eq!(health.standing(at(60)), Standing::Well);
    }

    #[test]
    fn whoever_is_asked_no_more_is_not_down() {
        let mut health = health();
        for _ in 0..MAX_MISSES {
            health.handle_probe_result(at(1), None);
        }
        health.set_interval(at(2), None);
        assert_eq!(health.standing(at(2)), Standing::Well);
        assert_eq!(health.reach(), Reach::Unknown);
    }
}
