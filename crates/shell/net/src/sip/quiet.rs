//! At most one line of log per source and second, however often a peer does the same wrong thing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Remembers who was written about lately.
#[derive(Debug, Default)]
pub(super) struct Quiet(Mutex<HashMap<IpAddr, Instant>>);

impl Quiet {
    /// Whether something about `source` may be written now.
    pub(super) fn may_tell(&self, source: IpAddr, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_late = |at: &Instant| now.saturating_duration_since(*at) >= PAUSE;
        if told.get(&source).is_some_and(|at| !is_late(at)) {
            return false;
        }
        if told.len() >= MAX_SOURCES {
            told.retain(|_, at| !is_late(at));
        }
        // Whoever comes from that many addresses within a second is not told of at all.
        let has_room = told.len() < MAX_SOURCES;
        if has_room {
            told.insert(source, now);
        }
        has_room
    }
}

const PAUSE: Duration = Duration::from_secs(1);
/// Most sources remembered.
const MAX_SOURCES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_told_of_once_a_second_and_all_together_are_bounded() {
        let quiet = Quiet::default();
        let start = Instant::now();
        let source = |n: u32| IpAddr::from(n.to_be_bytes());
        assert!(quiet.may_tell(source(1), start));
        assert!(!quiet.may_tell(source(1), start + PAUSE / 2));
        assert!(quiet.may_tell(source(1), start + PAUSE));
        let told = (0..3000)
            .filter(|n| quiet.may_tell(source(1000 + n), start + PAUSE))
            .count();
        assert_eq!(told, MAX_SOURCES - 1);
        assert!(quiet.may_tell(source(9), start + PAUSE * 3));
    }
}
