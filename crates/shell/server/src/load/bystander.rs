//! What the machine does to a thread that only waits for its moments: where processors are shared with other
//! machines they stand still for milliseconds, and nobody is woken then. A server's late beats are judged
//! beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::setpriority_process;
use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_setaffinity};

/// One thread on each processor that wakes every millisecond.
pub(crate) struct Bystander {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Option<Late>>>,
}

impl Bystander {
    /// Begins to watch.
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        // Where the system does not say which processors we have, one thread watches any of them.
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut processors: Vec<Option<usize>> = (0..CpuSet::MAX_CPU)
            .filter(|n| allowed.is_set(*n))
            .map(Some)
            .collect();
        if processors.is_empty() {
            processors.push(None);
        }
        let start = Instant::now();
        let threads = processors.into_iter().map(|processor| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || watch(processor, start, &stop))
        });
        Self {
            threads: threads.collect(),
            stop,
        }
    }

    /// Of all moments a thread waited for that has nothing else to do, the share for which it was woken more
    /// than 4 ms late.
    ///
    /// `None` where the system did not let it go before all others: it would be late itself behind a busy
    /// server, and excuse it.
    pub(crate) fn finish(self) -> Option<f64> {
        self.end().map(Late::share)
    }

    fn end(mut self) -> Option<Late> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Some(Late::default());
        for thread in std::mem::take(&mut self.threads) {
            let seen = thread.join().ok().flatten();
            all = all.zip(seen).map(|(all, seen)| all.and(seen));
        }
        all
    }
}

impl Drop for Bystander {
    /// Whoever gives up leaves no thread behind that goes before all others.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Watches on one processor, if it may choose, and before all others; `None` if it may not.
fn watch(processor: Option<usize>, start: Instant, stop: &AtomicBool) -> Option<Late> {
    if let Some(processor) = processor {
        let mut only = CpuSet::new();
        only.set(processor);
        let _anywhere = sched_setaffinity(None, &only).is_err();
    }
    setpriority_process(Some(gettid()), FIRST).ok()?;
    let mut late = Late::default();
    let mut moment = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = start + STEP * moment;
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            thread::sleep(wait);
        }
        moment = late.woken(moment, start.elapsed());
    }
    Some(late)
}

/// How many moments came late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Late {
    all: u64,
    late: u64,
}

impl Late {
    /// Whoever waited for `moment`, in steps, was woken at `now`: the moments up to now are counted, of one
    /// period at most, as a server's beat that is late by several periods comes once. Returns the next one.
    fn woken(&mut self, moment: u32, now: Duration) -> u32 {
        let mut next = moment;
        while STEP * next <= now {
            if next - moment < PERIOD {
                self.all += 1;
                self.late += u64::from(now - STEP * next > LIMIT);
            }
            next += 1;
        }
        next
    }

    fn and(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            late: self.late + other.late,
        }
    }

    fn share(self) -> f64 {
        self.late as f64 / self.all.max(1) as f64
    }
}

/// How often a thread wakes.
const STEP: Duration = Duration::from_millis(1);

/// Steps of a server's beat.
const PERIOD: u32 = 20;

/// What counts as late, as the server counts it.
const LIMIT: Duration = Duration::from_micros(4_096);

/// The highest priority of threads that are not real-time (setpriority(2)).
const FIRST: i32 = -20;

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_machine_that_stands_still_is_late_for_all_that_was_due_then_but_the_last() {
        let mut late = Late::default();
        let mut moment = 0;
        // It stands still for 10 ms: of the moments 6 to 15, the first five come more than 4 ms late.
        for now in (0..6).chain(15..1_000) {
            moment = late.woken(moment, MS * now);
        }
        assert_eq!(moment, 1_000);
        let seen = Late {
            all: 1_000,
            late: 5,
        };
        assert_eq!(late, seen);
        assert_eq!(late.share(), 0.005);
    }

    #[test]
    fn a_moment_that_is_still_to_come_counts_nothing() {
        let mut late = Late::default();
        assert_eq!(late.woken(3, MS * 2), 3);
        assert_eq!(late, Late::default());
        assert_eq!(late.share(), 0.0);
    }

    #[test]
    fn a_long_stop_counts_as_one_late_beat() {
        let mut late = Late::default();
        assert_eq!(late.woken(0, MS * 100), 101);
        assert_eq!(late, Late { all: 20, late: 20 });
    }

    #[test]
    fn it_watches_every_processor_or_tells_nothing() {
        let bystander = Bystander::start();
        let threads = bystander.threads.len() as u64;
        thread::sleep(MS * 60);
        let may = setpriority_process(Some(gettid()), FIRST).is_ok();
        let seen = bystander.end();
        assert_eq!(seen.is_some(), may);
        assert!(seen.is_none_or(|late| late.all >= threads * 3), "{seen:?}");
    }
}
