//! Waiting for something in the real world, with a limit and a reason.

use std::thread;
use std::time::{Duration, Instant};

/// Looks every 20 ms until `look` finds something. Panics, saying what was awaited, after `limit`.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            start.elapsed() < limit,
            "waited {limit:?} in vain for {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}
