//! A phone of the company takes a call that rings elsewhere, or one that is parked. Its own INVITE
//! becomes a leg of that call, as if it had been rung: exactly one phone gets the call, because one
//! thread handles what arrives in order, and whoever comes later finds nothing that rings.

use rappel_model::{Fact, LegId, Now, UserName};
use rappel_rtp::Stream;
use rappel_sip::Incoming;

use crate::arrival::CallerId;
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::leg::{Leg, Role};
use crate::negotiate::Terms;
use crate::rules::House;

impl Call {
    /// Whether a phone of a user rings for this call now whom `wanted` names.
    pub fn rings(&self, wanted: impl Fn(&UserName) -> bool) -> bool {
        let devices = self.ringing_devices(|leg| match &leg.role {
            Role::Device(user) => wanted(user),
            _ => false,
        });
        !devices.is_empty()
    }

    /// Whose phone rings for this call as that leg.
    pub fn rung(&self, leg: LegId) -> Option<&UserName> {
        let rings = self.ringing_devices(|_| true).contains(&leg);
        let leg = self.legs.get(&leg).filter(|_| rings)?;
        match &leg.role {
            Role::Device(user) => Some(user),
            _ => None,
        }
    }

    /// A phone of ours takes this call: its INVITE is answered and joined to whoever waits, and all
    /// that ring are cancelled. False, and nothing has happened, when it comes too late or there is no
    /// room for it. A phone whose offer cannot be agreed with is refused, and the call rings on.
    pub fn seat(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        incoming: &Incoming,
        caller: &CallerId,
    ) -> bool {
        let waits = matches!(self.charge, Charge::Dialling(_) | Charge::Parked(_));
        let Some(user) = caller.user.clone().filter(|_| waits) else {
            return false;
        };
        let role = Role::Device(user.clone());
        let (id, stream) = match self.admit_phone(now, house, incoming, (role, &user)) {
            Admission::Full => return false,
            Admission::Refused => return true,
            Admission::Answered(id, stream) => (id, stream),
        };
        self.unpark(now, house);
        if let Charge::Dialling(dial) = std::mem::replace(&mut self.charge, Charge::Flow) {
            self.cancel_devices(now, house, dial);
        }
        self.draft.stage(now, format!("taken by {user}"));
        self.stop_ringing();
        if let Some(stream) = stream {
            self.agree(now, id, stream);
        }
        self.engage(house, id);
        self.speak_like(id);
        if self.answer_caller(now, house) {
            if self.referral.is_none() {
                self.leave_waiting();
            }
            self.join(now, id);
            self.handed_over(now, house);
        } else {
            self.end_leg(now, house, id, Cause::Normal, Farewell::Ours);
        }
        self.proceed(now, house);
        true
    }

    /// Answers the INVITE of a phone of ours as a leg of this call.
    pub(crate) fn admit_phone(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        incoming: &Incoming,
        (role, user): (Role, &UserName),
    ) -> Admission {
        if self.legs.len() >= house.rules.max_legs || house.rules.closing {
            return Admission::Full;
        }
        let id = house.ledger.next_leg();
        let terms = Terms {
            spoken: self.spoken_by_caller(),
            secrecy: house.rules.secrecy,
            shown: Some(incoming.flow.local.ip()),
            transport: Some(incoming.flow.transport),
            waits: false,
        };
        let Some(mut session) = self.open_session(house, id, terms) else {
            return Admission::Full;
        };
        let taken = session.take_first_offer(incoming);
        let (body, stream) = session.body_of_2xx();
        let (dialog, peer) = (incoming.dialog, user.to_string());
        let leg = Leg::new(now, id, dialog, role, peer, Some(session));
        self.legs.insert(id, leg);
        house.ledger.own(dialog, self.about.uid, id);
        self.tell_leg(house, id, dialog);
        if let Err(refused) = taken {
            let status = self.explain(now, house, dialog, &refused);
            let cause = Cause::MediaRefused;
            house.sip.reject(now, dialog, status, Some(cause.q850()));
            self.end_leg(now, house, id, cause, Farewell::Theirs(Some(status)));
            return Admission::Refused;
        }
        house.sip.accept(now, dialog, body);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.answers(now);
        }
        self.fact(Fact::Answered(id));
        Admission::Answered(id, stream)
    }
}

/// What became of the INVITE of a phone that wants to be in a call.
pub(crate) enum Admission {
    /// There is no room; nothing has happened.
    Full,
    /// Nothing could be agreed with it: it is refused.
    Refused,
    /// It is this leg; what was agreed, unless its offer comes later.
    Answered(LegId, Option<Stream>),
}
