//! What people who wait are told, and when: the announcement plan of a queue (FLOWS §7.3).

use std::time::Duration;

use rappel_model::queue::Announce;
use rappel_model::{Instant, Sound};

use crate::engine::Desk;
use crate::need::Place;
use crate::step::known::announceable;

/// The announcements of one wait.
#[derive(Debug)]
pub(super) struct Speech {
    plan: Announce,
    /// When the wait will be over by what was first told.
    promised: Option<Instant>,
    /// A later time was told, with an apology.
    apologised: bool,
    /// The first announcement was said.
    begun: bool,
    /// When to speak again.
    next: Instant,
}

impl Speech {
    pub(super) fn new(plan: Announce, now: Instant) -> Self {
        Self {
            next: now,
            plan,
            promised: None,
            apologised: false,
            begun: false,
        }
    }

    /// When to speak again.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// The place is known at last: the wait is told as soon as the welcome is over.
    pub(super) fn place_known(&mut self, now: Instant) {
        if self.begun {
            self.next = now;
        }
    }

    /// Whether something is to be said now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next <= now
    }

    /// What is said now; nothing where the plan has no sentence for it. At entry the welcome comes
    /// first, and to whom an agent is free no wait is told.
    pub(super) fn say(&mut self, desk: &mut Desk<'_>, place: Option<&Place>) -> Vec<Sound> {
        let now = desk.instant();
        self.next = now + self.plan.every.max(SHORTEST);
        let mut sounds = Vec::new();
        if !self.begun {
            self.begun = true;
            sounds = desk.say(self.plan.first.as_slice());
            if place.is_none_or(|place| place.free) {
                return sounds;
            }
        }
        match place.and_then(announceable) {
            Some((_, high)) if self.may_tell(now + high) => {
                if self.is_later(now + high) {
                    self.apologised = true;
                    self.promised = Some(now + high);
                    sounds.extend(desk.say_shared("longer-wait"));
                } else {
                    self.promised.get_or_insert(now + high);
                }
                sounds.extend(desk.say(self.plan.estimate.as_slice()));
            }
            _ => sounds.extend(desk.say(self.plan.unknown.as_slice())),
        }
        sounds
    }

    /// A later end than the one told is told once, with an apology; from then on it stays.
    fn may_tell(&self, end: Instant) -> bool {
        !(self.is_later(end) && self.apologised)
    }

    /// Whether an end is later than what was promised by more than the minute that waits are
    /// rounded to.
    fn is_later(&self, end: Instant) -> bool {
        self.plan.never_up
            && self
                .promised
                .is_some_and(|promised| end > promised + ROUNDING)
    }
}

/// Announcements are never nearer to each other.
const SHORTEST: Duration = Duration::from_secs(15);
/// Waits are told in whole minutes.
const ROUNDING: Duration = Duration::from_secs(60);
