//! The clock of the shell's own threads.

use std::time::{Instant as Monotonic, SystemTime, UNIX_EPOCH};

use rappel_model::{Instant, Now, Timestamp};

/// Reads `CLOCK_MONOTONIC` and wall time at once. Neither is a system call on Linux.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Monotonic,
}

impl Clock {
    /// A clock whose zero is now.
    pub fn start() -> Self {
        Self::since(Monotonic::now())
    }

    /// A clock whose zero is `start`: give every clock of the engine the same.
    pub const fn since(start: Monotonic) -> Self {
        Self { start }
    }

    /// What its zero is to the standard library.
    #[cfg(feature = "browser")]
    pub(crate) const fn epoch(self) -> Monotonic {
        self.start
    }

    /// One reading.
    pub fn now(self) -> Now {
        let monotonic = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        // A wall clock before 1970 is a machine without a clock: its records are wrong anyway.
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            instant: Instant::from_micros(monotonic),
            wall: Timestamp::from_micros(i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)),
        }
    }
}
