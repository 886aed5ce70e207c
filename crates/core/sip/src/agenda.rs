//! All deadlines of the endpoint in one ordered table: finding the next one never walks the
//! transactions.

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::{Deadline, Instant, Now};

/// Deadlines by owner, at most one each.
#[derive(Debug)]
pub(crate) struct Agenda<K> {
    by_owner: BTreeMap<K, Deadline>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self {
            by_owner: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone> Agenda<K> {
    /// Sets, moves or (with `None`) removes the deadline of `owner`.
    pub(crate) fn set(&mut self, owner: &K, deadline: Option<Deadline>) {
        if let Some(old) = self.by_owner.remove(owner) {
            self.by_time.remove(&(old.at, owner.clone()));
        }
        if let Some(deadline) = deadline {
            self.by_time.insert((deadline.at, owner.clone()));
            self.by_owner.insert(owner.clone(), deadline);
        }
    }

    /// Whether `owner` has a deadline.
    pub(crate) fn has(&self, owner: &K) -> bool {
        self.by_owner.contains_key(owner)
    }

    /// Takes the first owner whose time has come; its deadline is gone then.
    pub(crate) fn take_due(&mut self, now: Now) -> Option<K> {
        let (at, owner) = self.by_time.first()?;
        if *at > now.instant {
            return None;
        }
        let owner = owner.clone();
        self.set(&owner, None);
        Some(owner)
    }

    /// The earliest deadline.
    pub(crate) fn first(&self) -> Option<Deadline> {
        let (_, owner) = self.by_time.first()?;
        self.by_owner.get(owner).copied()
    }

    /// How many deadlines are set.
    pub(crate) fn len(&self) -> usize {
        self.by_owner.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_come_in_order_of_time_and_once() {
        let mut agenda = Agenda::default();
        let at = |ms: u64| Some(Deadline::new(Instant::from_micros(ms * 1000), "test"));
        agenda.set(&"b", at(2));
        agenda.set(&"a", at(1));
        agenda.set(&"b", at(3));
        agenda.set(&"c", at(9));
        agenda.set(&"c", None);
        let now = Now {
            instant: Instant::from_micros(5000),
            ..Now::default()
        };
        assert_eq!(agenda.first().map(|d| d.at.as_micros()), Some(1000));
        assert_eq!(agenda.take_due(now), Some("a"));
        assert_eq!(agenda.take_due(now), Some("b"));
        assert_eq!(agenda.take_due(now), None);
        assert_eq!(agenda.len(), 0);
    }
}
