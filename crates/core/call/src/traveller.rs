//! Legs that move: from one call to another when a person joins two of their calls (REFER with
//! Replaces), or to another phone that takes the place of one (INVITE with Replaces, RFC 3891). Where the
//! other call only rings yet, both parties of the conversation go there: who is handed over waits for the
//! answer, and who hands over is there to have them back.
//!
//! A leg keeps its number, its dialog and its record. Calls of one person are put on one pacing thread as
//! far as there is room ([`Ledger::thread_of`]); where that failed, the leg's media session goes to the
//! other thread as it is, with its port, and its peer notices nothing. A browser's, which is bound to the
//! certificate of its thread, and one in a codec of others get a fresh session there, which the peer is
//! told by a re-INVITE; until it has answered there is silence, some 100 ms on a good line.
//!
//! [`Ledger::thread_of`]: crate::Ledger::thread_of

use rappel_media::Command;
use rappel_model::record::EndedBy;
use rappel_model::{Deadline, Fact, LegId, Now, UserName};
use rappel_sip::Incoming;

use crate::arrival::CallerId;
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::{AFTERMATH, Farewell};
use crate::hand::Purpose;
use crate::leg::{Leg, Role};
use crate::negotiate::Terms;
use crate::output::Output;
use crate::refer::Referral;
use crate::rules::House;

/// A leg between two calls.
#[derive(Debug)]
pub struct Traveller {
    id: LegId,
    leg: Leg,
    thread: usize,
}

impl Call {
    /// Gives up whoever talks with `leg`, which is ended: a phone of `user`, or of the same person, has
    /// asked to join the two in another call. `None`, and nothing has happened, when the leg is none
    /// of theirs or talks with nobody.
    pub fn give_up(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        user: &UserName,
    ) -> Option<Box<Traveller>> {
        let id = self.partner(leg)?;
        let owner = self.legs.get(&leg)?.role.user()?;
        if !Self::are_close(house, owner, user) || self.referral.is_some() {
            return None;
        }
        if let Charge::Talking { callee } = self.charge {
            self.part(now, house, callee);
        }
        self.draft.stage(now, "handed over to another call");
        let traveller = self.depart(now, id)?;
        if id == self.caller {
            self.draft.ended(Cause::Normal, EndedBy::Callee);
            self.end_leg(now, house, leg, Cause::Normal, Farewell::Ours);
            self.news.push_back(rappel_ivr::Event::CallerGone);
            self.limit = Deadline::new(now.instant + AFTERMATH, "flow after the caller has gone");
        } else {
            let by = EndedBy::Caller;
            self.end_caller(now, house, Cause::Normal, by, Farewell::Ours);
        }
        self.proceed(now, house);
        Some(traveller)
    }

    /// A leg leaves this call, whose record keeps it as it was until now.
    fn depart(&mut self, now: Now, id: LegId) -> Option<Box<Traveller>> {
        let mut leg = self.legs.remove(&id)?;
        let mut record = leg.record.clone();
        record.ended = Some(now.wall);
        self.departed.push(record);
        if !matches!(leg.role, Role::Outside(_)) {
            leg.role = Role::Guest(leg.role.user().cloned());
        }
        let thread = self.about.thread;
        Some(Box::new(Traveller { id, leg, thread }))
    }

    /// The other call has given up whom the REFER of `leg` names, or has nobody to give. Whoever `leg`
    /// talked with is joined to them; its own leg is ended.
    pub fn take_in(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        traveller: Option<Box<Traveller>>,
    ) {
        match traveller {
            None => self.refuse_refer(now, house, leg, 603),
            Some(traveller) => self.join_traveller(now, house, leg, *traveller),
        }
        self.proceed(now, house);
    }

    /// Whether [`Call::take_in`] would find somebody to join: asked before the other call gives up
    /// anybody.
    pub fn may_take_in(&self, house: &House<'_>, leg: LegId) -> bool {
        self.may_refer(house, leg).is_some() && self.legs.len() < house.rules.max_legs
    }

    fn join_traveller(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        referrer: LegId,
        traveller: Traveller,
    ) {
        let (id, thread) = self.own_traveller(house, traveller);
        let Some(other) = self.partner(referrer) else {
            // Asked before: nobody can have hung up within one step.
            self.end_leg(now, house, id, Cause::Failure, Farewell::Ours);
            return;
        };
        if let Charge::Talking { callee } = self.charge {
            self.part(now, house, callee);
        }
        if let Some(leg) = self.legs.get(&referrer) {
            house.sip.accept_refer(now, leg.dialog);
        }
        if referrer == self.caller {
            self.caller = other;
        }
        self.draft.stage(now, "joined to another call");
        if thread != self.about.thread && !self.relocate(now, house, id, thread) {
            self.end_leg(now, house, id, Cause::Congestion, Farewell::Ours);
            self.dismiss_referrer(now, house, referrer);
            return;
        }
        self.join(now, id);
        self.dismiss_referrer(now, house, referrer);
    }

    /// A leg that came from another call is one of this call from here on; its number, and the thread
    /// its session is on.
    fn own_traveller(&mut self, house: &mut House<'_>, traveller: Traveller) -> (LegId, usize) {
        let Traveller { id, leg, thread } = traveller;
        let dialog = leg.dialog;
        self.legs.insert(id, leg);
        house.ledger.own(dialog, self.about.uid, id);
        house.ledger.transfer(id, self.about.uid);
        (id, thread)
    }

    /// Somebody who comes from another call to those who talk here; `None` when there is no port for
    /// them: they are ended.
    pub(crate) fn seat_traveller(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        traveller: Traveller,
    ) -> Option<LegId> {
        let (id, thread) = self.own_traveller(house, traveller);
        if thread != self.about.thread && !self.relocate(now, house, id, thread) {
            self.end_leg(now, house, id, Cause::Congestion, Farewell::Ours);
            return None;
        }
        Some(id)
    }

    /// Brings a leg's session to this call's thread: as it is where that can be, else a fresh one of which
    /// its peer is told; false when no port is free.
    fn relocate(&mut self, now: Now, house: &mut House<'_>, id: LegId, from: usize) -> bool {
        let place = (self.about.uid, id, self.about.thread);
        let Some(leg) = self.legs.get_mut(&id) else {
            return false;
        };
        let Some(session) = leg.session.as_mut() else {
            return false;
        };
        if session.is_portable() {
            house.ledger.carry(id, self.about.thread);
            let (version, to) = (self.about.version, self.about.thread);
            self.media(Command::Arrive { leg: id });
            self.put(Output::Media {
                thread: from,
                version,
                command: Command::Leave { leg: id, to },
            });
            return true;
        }
        let Some((offer, open)) = session.relocate(house, &mut self.random, place) else {
            return false;
        };
        leg.heard = false;
        house.sip.offer(now, leg.dialog, offer);
        let version = self.about.version;
        self.put(Output::Media {
            thread: from,
            version,
            command: Command::Close { leg: id },
        });
        self.media(open);
        true
    }

    /// Whether nobody has answered this call of a user's yet, or of the same person's, so that somebody
    /// else may wait in the place of `leg`.
    pub fn may_be_left(&self, house: &House<'_>, leg: LegId, user: &UserName) -> bool {
        let owner = self.legs.get(&leg).filter(|leg| !leg.is_ended());
        let owner = owner.and_then(|leg| leg.role.user());
        let theirs = owner.is_some_and(|owner| Self::are_close(house, owner, user));
        // Two come: who is to wait here, and who asked for it.
        let room = self.legs.len() + 1 < house.rules.max_legs && !house.rules.closing;
        let rings = leg == self.caller && matches!(self.charge, Charge::Dialling(_));
        rings && theirs && room && self.referral.is_none()
    }

    /// Grants the REFER of `leg`, and gives up both who talk here: whoever it talks with, to wait where
    /// another call of the user's rings, and the leg itself, to have them back should nobody answer
    /// there. `None`, and the REFER is refused, when there is nobody to give.
    pub fn give_away(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
    ) -> Option<(Box<Traveller>, Box<Traveller>)> {
        let other = self.partner(leg).filter(|_| self.may_take_in(house, leg));
        let Some((other, dialog)) = other.zip(self.legs.get(&leg).map(|leg| leg.dialog)) else {
            self.refuse_refer(now, house, leg, 603);
            return None;
        };
        house.sip.accept_refer(now, dialog);
        if let Charge::Talking { callee } = self.charge {
            self.part(now, house, callee);
        }
        self.draft.stage(now, "left to a phone that rings");
        let by = match other == self.caller {
            true => EndedBy::Callee,
            false => EndedBy::Caller,
        };
        self.draft.ended(Cause::Normal, by);
        let both = self.depart(now, other).zip(self.depart(now, leg));
        self.news.push_back(rappel_ivr::Event::CallerGone);
        self.limit = Deadline::new(now.instant + AFTERMATH, "flow after the caller has gone");
        self.proceed(now, house);
        both
    }

    /// Somebody who was talking waits here from now on, in the place of the caller's `leg`, which is
    /// ended; those that ring go on ringing. Whoever they talked with has asked for that, and hears how
    /// it goes: they are let go when somebody answers.
    pub fn come_in(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        (comer, asker): (Traveller, Traveller),
    ) {
        let (id, thread) = self.own_traveller(house, comer);
        let (asker, asker_thread) = self.own_traveller(house, asker);
        self.forget_early();
        self.stop_ringing();
        let shown = self.identity(house, id);
        self.caller = id;
        if self.patron == leg {
            self.patron = id;
        }
        self.about.caller = shown;
        self.about.passed.clear();
        self.draft.stage(now, "left to another caller");
        self.end_leg(now, house, leg, Cause::AnsweredElsewhere, Farewell::Ours);
        let here = self.about.thread;
        if asker_thread != here && !self.relocate(now, house, asker, asker_thread) {
            self.end_leg(now, house, asker, Cause::Congestion, Farewell::Ours);
        }
        self.wait_for_target(now, house, asker);
        if thread != here && !self.relocate(now, house, id, thread) {
            let by = EndedBy::Engine;
            self.end_caller(now, house, Cause::Congestion, by, Farewell::Ours);
        }
        self.play_ringing();
        self.proceed(now, house);
    }

    /// The caller was left here by the party of `asker`.
    fn wait_for_target(&mut self, now: Now, house: &mut House<'_>, asker: LegId) {
        // Who waits in a queue is served there, and comes back to nobody.
        if matches!(self.purpose, Purpose::Queue(_)) {
            self.dismiss_referrer(now, house, asker);
            return;
        }
        if let Some(leg) = self.legs.get_mut(&asker)
            && let Some(user) = leg.role.user().cloned()
        {
            leg.role = Role::Device(user);
        }
        self.referral = Some(Referral::new(asker, None, self.purpose));
        if !self.ringing_devices(Leg::rang).is_empty() {
            self.tell_progress(now, house, 180);
        }
    }

    /// A new INVITE that takes the place of `leg` (RFC 3891 §3): from a phone close to the one it
    /// replaces, or from the trunk that the leg came by. It is answered, joined to whoever the leg
    /// talked with, and the leg is ended; false, and nothing has happened, when it may not be.
    pub fn replace(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        (leg, incoming): (LegId, &Incoming),
        caller: &CallerId,
    ) -> bool {
        let Some(other) = self.partner(leg) else {
            return false;
        };
        if !self.may_replace(house, leg, incoming, caller) {
            return false;
        }
        let id = house.ledger.next_leg();
        // What was required of the leg is required of the one in its place.
        let secrecy = match leg == self.caller {
            true => self.about.secrecy,
            false => house.rules.secrecy,
        };
        let terms = Terms {
            spoken: self.spoken_by(other),
            secrecy,
            shown: Some(incoming.flow.local.ip()),
            transport: Some(incoming.flow.transport),
            waits: true,
        };
        let Some(mut session) = self.open_session(house, id, terms) else {
            return false;
        };
        let role = match &caller.user {
            _ if leg == self.caller => Role::Caller(caller.user.clone()),
            Some(user) => Role::Device(user.clone()),
            None => Role::Guest(None),
        };
        let peer = caller.shown().map(|shown| shown.reveal().clone());
        let taken = session.take_first_offer(incoming);
        let (body, stream) = session.body_of_2xx();
        let new = Leg::new(
            now,
            id,
            incoming.dialog,
            role,
            peer.unwrap_or_default(),
            Some(session),
        );
        self.legs.insert(id, new);
        house.ledger.own(incoming.dialog, self.about.uid, id);
        if let Err(refused) = taken {
            let status = self.explain(now, house, incoming.dialog, &refused);
            let q850 = Cause::MediaRefused.q850();
            house.sip.reject(now, incoming.dialog, status, Some(q850));
            let farewell = Farewell::Theirs(Some(status));
            self.end_leg(now, house, id, Cause::MediaRefused, farewell);
            return true;
        }
        house.sip.accept(now, incoming.dialog, body);
        if let Some(new) = self.legs.get_mut(&id) {
            new.answers(now);
        }
        self.fact(Fact::Answered(id));
        if let Some(stream) = stream {
            self.agree(now, id, stream);
        }
        if let Charge::Talking { callee } = self.charge {
            self.part(now, house, callee);
        }
        self.draft.stage(now, "taken over by another phone");
        if self.patron == leg {
            self.patron = id;
        }
        let callee = if leg == self.caller {
            self.caller = id;
            other
        } else {
            id
        };
        self.join(now, callee);
        self.end_leg(now, house, leg, Cause::Normal, Farewell::Ours);
        self.proceed(now, house);
        true
    }

    fn may_replace(
        &self,
        house: &House<'_>,
        leg: LegId,
        incoming: &Incoming,
        caller: &CallerId,
    ) -> bool {
        let Some(replaced) = self.legs.get(&leg) else {
            return false;
        };
        let free = self.referral.is_none() && self.legs.len() < house.rules.max_legs;
        let allowed = match (&caller.user, replaced.role.user()) {
            (Some(user), Some(owner)) => Self::are_close(house, user, owner),
            // A PBX that moves a call of its own.
            (None, None) if leg == self.caller => self
                .about
                .came
                .trunk
                .is_some_and(|trunk| trunk.remote == incoming.flow.remote),
            _ => false,
        };
        free && allowed
    }
}
