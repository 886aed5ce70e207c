//! Who has a caller on hold for long is reminded before the caller is taken back: the phones of that user ring
//! for a moment with the caller. What is sent on the held call nobody listens to; a phone that rings beside a
//! call of its own beeps. Whoever answers has the caller back.

use std::time::Duration;

use rappel_model::{Deadline, Fact, Instant, LegId, Now};

use crate::call::Call;
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::rules::House;

/// The reminder of the hold under way.
#[derive(Debug, Default)]
pub(crate) struct Reminder {
    /// Since when the hold lasts that was reminded of.
    of: Option<Instant>,
    /// Who rings, until when.
    rings: Option<(Vec<LegId>, Instant)>,
}

impl Reminder {
    /// The hold is over: what rings has rung long enough.
    pub(crate) fn end_now(&mut self, now: Now) {
        if let Some((_, until)) = &mut self.rings {
            *until = now.instant;
        }
    }

    /// One more rings in the place of one that refused what it was offered.
    pub(crate) fn rings_too(&mut self, leg: LegId) {
        if let Some((legs, _)) = &mut self.rings {
            legs.push(leg);
        }
    }
}

impl Call {
    /// When the next thing is to be done about a reminder.
    pub(crate) fn reminding(&self) -> Option<Deadline> {
        if let Some((_, until)) = &self.reminder.rings {
            return Some(Deadline::new(*until, "a reminder has rung"));
        }
        let (since, _) = self.held_since()?;
        let at = since + self.about.hold_return * 3 / 5;
        let is_due = self.reminder.of != Some(since);
        is_due.then(|| Deadline::new(at, "reminder of a hold"))
    }

    /// Rings, or has rung long enough.
    pub(crate) fn remind_timeout(&mut self, now: Now, house: &mut House<'_>) {
        let late = self.reminding().is_some_and(|due| now.instant >= due.at);
        if !late {
            return;
        }
        if self.reminder.rings.is_some() {
            self.end_reminder(now, house);
            return;
        }
        let Some((since, callee)) = self.held_since() else {
            return;
        };
        self.reminder.of = Some(since);
        let user = self.legs.get(&callee).and_then(|leg| leg.role.user());
        let Some(user) = user.cloned() else { return };
        self.draft
            .stage(now, format!("{user} reminded of the hold"));
        let legs = self.ring_user(now, house, &user, None);
        self.reminder.rings = (!legs.is_empty()).then(|| (legs, now.instant + SPLASH));
    }

    /// Whether a leg rings as a reminder.
    pub(crate) fn reminds(&self, leg: LegId) -> bool {
        let rings = self.reminder.rings.as_ref();
        rings.is_some_and(|(legs, _)| legs.contains(&leg))
    }

    /// Nobody is reminded any more.
    pub(crate) fn end_reminder(&mut self, now: Now, house: &mut House<'_>) {
        if let Some((legs, _)) = self.reminder.rings.take() {
            for leg in legs {
                self.end_leg(now, house, leg, Cause::Normal, Farewell::Ours);
            }
        }
    }

    /// A phone that was reminded answers: it has the caller back, and the held call ends.
    pub(crate) fn take_back(&mut self, now: Now, house: &mut House<'_>, id: LegId, body: &[u8]) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        leg.answers(now);
        let stream = leg.session.as_mut();
        let stream = stream.and_then(|s| s.take_answer(body).ok());
        let held = self.held_since();
        let Some((stream, (_, before))) = stream.zip(held) else {
            self.device_out(now, house, id, Cause::MediaRefused, Farewell::Ours);
            return;
        };
        if let Some((legs, _)) = &mut self.reminder.rings {
            legs.retain(|leg| *leg != id);
        }
        self.fact(Fact::Answered(id));
        self.draft.stage(now, "taken back from hold");
        self.agree(now, id, stream);
        self.engage(house, id);
        // Ends the other reminders, too.
        self.part(now, house, before);
        self.join(now, id);
        self.end_leg(now, house, before, Cause::Normal, Farewell::Ours);
    }
}

/// How long a reminder rings: long enough for one ring of every country.
const SPLASH: Duration = Duration::from_secs(4);
