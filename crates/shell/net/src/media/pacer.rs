//! The beat: a timer of the kernel that expires every 20 ms.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// A periodic timer on `CLOCK_MONOTONIC`. The kernel keeps its schedule: each expiry is a whole
/// number of periods after the first, so being late once makes nothing else late.
#[derive(Debug)]
pub(super) struct Pacer {
    timer: OwnedFd,
    period: Duration,
    beats: bool,
    /// When the next period ends.
    due: Instant,
}

impl Pacer {
    /// A timer that stands still until it is told to beat.
    pub(super) fn new(period: Duration) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self {
            timer: timerfd_create(TimerfdClockId::Monotonic, flags)?,
            period,
            beats: false,
            due: Instant::now(),
        })
    }

    /// Begins or ends the beat; it expires for the first time after one period. Costs nothing when
    /// it changes nothing.
    pub(super) fn beat(&mut self, beats: bool) {
        if self.beats == beats {
            return;
        }
        self.beats = beats;
        self.due = Instant::now() + self.period;
        let period = if beats { self.period } else { Duration::ZERO };
        let period = Timespec {
            tv_sec: period.as_secs() as i64,
            tv_nsec: period.subsec_nanos().into(),
        };
        let schedule = Itimerspec {
            it_interval: period,
            it_value: period,
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &schedule)
            .expect("a timer that exists takes any period below a second (timerfd_settime(2))");
    }

    /// Whether a period has ended that [`expired`](Self::expired) has not told.
    pub(super) fn is_due(&self) -> bool {
        self.beats && Instant::now() >= self.due
    }

    /// How many periods have passed since the last call, and how long ago the first of them ended.
    pub(super) fn expired(&mut self) -> (u64, Duration) {
        let mut count = [0; 8];
        let passed = match rustix::io::read(&self.timer, &mut count) {
            Ok(8) => u64::from_ne_bytes(count),
            // Nothing has expired; a timer has no other way to fail.
            _ => return (0, Duration::ZERO),
        };
        let late = self.due.elapsed();
        let periods = u32::try_from(passed).unwrap_or(u32::MAX);
        self.due += self.period.saturating_mul(periods);
        (passed, late)
    }
}

impl AsFd for Pacer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_does_not_add_up() {
        let mut pacer = Pacer::new(Duration::from_millis(5)).expect("a timer can be made");
        let start = Instant::now();
        pacer.beat(true);
        let mut beats = 0;
        while beats < 20 {
            std::thread::sleep(Duration::from_millis(7));
            beats += pacer.expired().0;
        }
        let elapsed = start.elapsed().as_millis() as u64;
        assert!(
            beats.abs_diff(elapsed / 5) <= 1,
            "{beats} beats in {elapsed} ms"
        );
    }

    #[test]
    fn a_timer_that_stands_still_owes_nothing() {
        let mut pacer = Pacer::new(Duration::from_millis(1)).expect("a timer can be made");
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(pacer.expired().0, 0);
        pacer.beat(true);
        std::thread::sleep(Duration::from_millis(10));
        pacer.beat(false);
        assert_eq!(pacer.expired().0, 0);
        assert!(!pacer.is_due());
        pacer.beat(true);
        std::thread::sleep(Duration::from_millis(10));
        assert!(pacer.is_due());
        let (expired, late) = pacer.expired();
        assert!(expired > 0);
        assert!(late >= Duration::from_millis(8), "{late:?}");
    }
}
