//! When each call wants to be woken: the earliest is found without looking at all of them.

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::{CallUid, Deadline, Instant};

/// One deadline per call.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    by_call: BTreeMap<CallUid, Deadline>,
    by_time: BTreeSet<(Instant, CallUid)>,
}

impl Alarms {
    /// Replaces the deadline of a call; `None` removes it.
    pub(crate) fn set(&mut self, call: CallUid, deadline: Option<Deadline>) {
        if let Some(old) = self.by_call.remove(&call) {
            self.by_time.remove(&(old.at, call));
        }
        if let Some(deadline) = deadline {
            self.by_call.insert(call, deadline);
            self.by_time.insert((deadline.at, call));
        }
    }

    /// The earliest.
    pub(crate) fn first(&self) -> Option<Deadline> {
        let (_, call) = self.by_time.first()?;
        self.by_call.get(call).copied()
    }

    /// Whose deadline has passed, the longest overdue first.
    pub(crate) fn due(&self, now: Instant) -> Vec<CallUid> {
        let overdue = self.by_time.iter().take_while(|(at, _)| *at <= now);
        overdue.map(|(_, call)| *call).collect()
    }

    /// How many are set.
    pub(crate) fn len(&self) -> usize {
        self.by_call.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_new_deadline_replaces_the_old() {
        let at = |ms: u64| Instant::from_micros(ms * 1000);
        let mut alarms = Alarms::default();
        alarms.set(CallUid(1), Some(Deadline::new(at(30), "a")));
        alarms.set(CallUid(2), Some(Deadline::new(at(20), "b")));
        assert_eq!(alarms.first().map(|d| d.why), Some("b"));
        assert_eq!(alarms.due(at(30)), [CallUid(2), CallUid(1)]);
        alarms.set(CallUid(2), Some(Deadline::new(at(40), "c")));
        assert_eq!(alarms.due(at(30)), [CallUid(1)]);
        alarms.set(CallUid(1), None);
        alarms.set(CallUid(2), None);
        assert_eq!((alarms.first(), alarms.len()), (None, 0));
    }
}
