//! What is going to happen, in the order of time, then of making.

use std::collections::BTreeMap;

use rappel_ivr::Event;
use rappel_model::{Instant, PlayId};

/// Events that come by themselves.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    coming: BTreeMap<(Instant, u64), Event>,
    made: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, event: Event) {
        self.made += 1;
        self.coming.insert((at, self.made), event);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.coming.keys().next().map(|(at, _)| *at)
    }

    /// The earliest event, if it is due at `moment`.
    pub(super) fn take_until(&mut self, moment: Instant) -> Option<Event> {
        let due = self.coming.first_entry().filter(|e| e.key().0 <= moment);
        due.map(|entry| entry.remove())
    }

    /// The end of a play order does not come any more.
    pub(super) fn forget_end_of(&mut self, play: PlayId) {
        self.coming
            .retain(|_, event| !matches!(event, Event::PlayEnded(ended) if *ended == play));
    }

    pub(super) fn forget(&mut self, unwanted: impl Fn(&Event) -> bool) {
        self.coming.retain(|_, event| !unwanted(event));
    }

    /// Whether something is being said that comes to an end.
    pub(super) fn has_end_of_play(&self) -> bool {
        self.coming
            .values()
            .any(|event| matches!(event, Event::PlayEnded(_)))
    }

    pub(super) fn clear(&mut self) {
        self.coming.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.coming.is_empty()
    }
}
