//! The beat: a timer of the kernel that expires every 20 ms.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// A periodic timer on `CLOCK_MONOTONIC`. The kernel keeps its schedule: each expiry is a whole
/// number of periods after the first, so being late once makes nothing else late.
#[derive(Debug)]
pub(super) struct Pacer(OwnedFd);

impl Pacer {
    /// Starts the beat; it expires for the first time after one period.
    pub(super) fn start(period: Duration) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let period = Timespec {
            tv_sec: period.as_secs() as i64,
            tv_nsec: period.subsec_nanos().into(),
        };
        let beat = Itimerspec {
            it_interval: period,
            it_value: period,
        };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &beat)?;
        Ok(Self(timer))
    }

    /// How many periods have passed since the last call.
    pub(super) fn expired(&self) -> u64 {
        let mut count = [0; 8];
        match rustix::io::read(&self.0, &mut count) {
            Ok(8) => u64::from_ne_bytes(count),
            // Nothing has expired; a timer has no other way to fail.
            _ => 0,
        }
    }
}

impl AsRawFd for Pacer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_does_not_add_up() {
        let start = std::time::Instant::now();
        let pacer = Pacer::start(Duration::from_millis(5)).expect("a timer can be made");
        let mut beats = 0;
        while beats < 20 {
            std::thread::sleep(Duration::from_millis(7));
            beats += pacer.expired();
        }
        let elapsed = start.elapsed().as_millis() as u64;
        assert!(
            beats.abs_diff(elapsed / 5) <= 1,
            "{beats} beats in {elapsed} ms"
        );
    }
}
