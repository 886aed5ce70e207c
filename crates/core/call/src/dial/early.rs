//! What a caller hears of a phone before it answers (RFC 3960): ringing of ours, or what the phone or
//! its network says itself (early media), by rule.
//!
//! A caller who was not answered is sent it with a 183 that holds our answer; one who was, hears it
//! in place of our ringing as soon as its first packet comes. One phone is heard at most. A 180 without
//! a body after a 183 brings our ringing back, unless packets have come (RFC 3960 §3.2). Behind a proxy
//! that forks, each provisional response may come from another phone: the leg keeps one session, its
//! last answer counts, and that of the 2xx counts most.

use rappel_media::Command;
use rappel_model::{Fact, LegId, Now, Sound, Tone};

use super::RINGING;
use crate::call::{Call, Charge};
use crate::hand::Purpose;
use crate::leg::Role;
use crate::negotiate::Session;
use crate::rules::House;

/// The phone that may be heard before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Early {
    leg: LegId,
    /// The caller hears it.
    joined: bool,
}

impl Call {
    /// A provisional response brought an early answer, or took nothing back. True when the caller
    /// hears the phone, or will.
    pub(super) fn early_answer(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        (status, body): (u16, &[u8]),
    ) -> bool {
        if body.is_empty() {
            let heard = self.legs.get(&id).is_some_and(|leg| leg.heard);
            if status == 180 && self.early_leg() == Some(id) && !heard {
                self.end_early(id);
                return false;
            }
            return self.early_leg() == Some(id);
        }
        if !self.may_be_heard(house, id) {
            return false;
        }
        let stream = self
            .session(id)
            .and_then(|session| session.take_answer(body).ok());
        let Some(stream) = stream else {
            return false;
        };
        self.agree(now, id, stream);
        self.hear_early(now, house, id)
    }

    /// The first packet of a leg has come.
    pub(crate) fn device_is_heard(&mut self, now: Now, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.heard = true;
        }
        if self.early_leg() == Some(id) && self.caller_is_up() {
            self.join_early(now, id);
        }
    }

    /// A leg that was heard early is out of it: our ringing takes its place.
    pub(super) fn end_early(&mut self, id: LegId) {
        let Charge::Dialling(dial) = &mut self.charge else {
            return;
        };
        let Some(early) = dial.early.take_if(|early| early.leg == id) else {
            return;
        };
        self.part_early(early);
        if early.joined {
            self.play_ringing();
        }
    }

    /// Another caller takes the place of this one, who hears nobody early any more.
    pub(crate) fn forget_early(&mut self) {
        if let Charge::Dialling(dial) = &mut self.charge
            && let Some(early) = dial.early.take()
        {
            self.part_early(early);
        }
    }

    /// The caller hears it no more.
    pub(super) fn part_early(&mut self, early: Early) {
        if early.joined {
            let (a, b) = (self.caller, early.leg);
            self.media(Command::Part { a, b });
            self.fact(Fact::Parted(a, b));
        }
    }

    /// The caller who can hear us hears that somebody is being rung.
    pub(crate) fn play_ringing(&mut self) {
        if !self.caller_hears() || !matches!(self.charge, Charge::Dialling(_)) {
            return;
        }
        let leg = self.caller;
        let sounds = vec![Sound::Tone(Tone::Ringing)];
        self.order(
            leg,
            Command::Play {
                leg,
                play: RINGING,
                sounds,
                stop_on_key: false,
                forever: true,
            },
        );
    }

    pub(crate) fn stop_ringing(&mut self) {
        if self.caller_hears() {
            let leg = self.caller;
            self.order(leg, Command::Stop { leg, play: RINGING });
        }
    }

    /// Whether sound may be sent to the caller: it was answered, or has our early answer.
    fn caller_hears(&mut self) -> bool {
        self.caller_is_up() || self.session(self.caller).and_then(|s| s.agreed()).is_some()
    }

    fn early_leg(&self) -> Option<LegId> {
        match &self.charge {
            Charge::Dialling(dial) => dial.early.map(|early| early.leg),
            _ => None,
        }
    }

    /// Whether this phone may be heard before it answers. Of several that ring together only a number
    /// outside is: its announcements say what no ringing can.
    fn may_be_heard(&self, house: &House<'_>, id: LegId) -> bool {
        let Charge::Dialling(dial) = &self.charge else {
            return false;
        };
        let outside = matches!(
            self.legs.get(&id).map(|leg| &leg.role),
            Some(Role::Outside(_))
        );
        let alone = dial.ringing.len() == 1 && dial.ringing.contains(&id);
        let free = dial.early.is_none_or(|early| early.leg == id);
        // Whoever waits in a queue hears what the queue plays.
        let waits = matches!(self.purpose, Purpose::Queue(_));
        house.rules.early_media && free && !waits && (alone || outside)
    }

    fn hear_early(&mut self, now: Now, house: &mut House<'_>, id: LegId) -> bool {
        let Charge::Dialling(dial) = &mut self.charge else {
            return false;
        };
        let known = dial.early.get_or_insert(Early {
            leg: id,
            joined: false,
        });
        if known.joined {
            return true;
        }
        if self.caller_is_up() {
            if self.legs.get(&id).is_some_and(|leg| leg.heard) {
                self.join_early(now, id);
            }
            return true;
        }
        self.speak_like(id);
        if !self.open_early(now, house) {
            // A caller who left the offer to us has nothing to answer before our 2xx.
            if let Charge::Dialling(dial) = &mut self.charge {
                dial.early = None;
            }
            return false;
        }
        self.join_early(now, id);
        true
    }

    /// Answers the caller's offer before the call, so that sound may be sent (RFC 3960 §3); whether it
    /// may.
    pub(crate) fn open_early(&mut self, now: Now, house: &mut House<'_>) -> bool {
        let answer = self.session(self.caller).and_then(Session::answer_early);
        if let Some((answer, stream)) = answer {
            if let Some(caller) = self.legs.get_mut(&self.caller) {
                caller.rings(now, answer.clone());
                house.sip.ring(now, caller.dialog, 183, answer);
            }
            self.draft.ringing(now);
            self.draft.stage(now, "early media");
            self.fact(Fact::Ringing);
            self.agree(now, self.caller, stream);
        }
        self.caller_hears()
    }

    fn join_early(&mut self, now: Now, id: LegId) {
        let Charge::Dialling(dial) = &mut self.charge else {
            return;
        };
        let Some(early) = dial.early.as_mut().filter(|early| !early.joined) else {
            return;
        };
        early.joined = true;
        self.stop_ringing();
        let caller = self.caller;
        self.order(caller, Command::Bridge { a: caller, b: id });
        self.draft.first_sound(now);
        self.fact(Fact::Bridged(caller, id));
    }
}
