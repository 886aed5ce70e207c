//! How legs end: who has the last word, and what goes with the caller.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::record::EndedBy;
use rappel_model::{Deadline, Fact, LegId, Now};

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::leg::Role;
use crate::rules::House;

/// Who has the last word on a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// We end it: refusal, CANCEL or BYE.
    Ours,
    /// The peer has ended it, with this final status if its INVITE was not answered.
    Theirs(Option<u16>),
}

impl Call {
    /// A leg that is not ended yet has no peer any more, or no sound.
    pub(crate) fn peer_gone(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        cause: Cause,
        lost: bool,
        farewell: Farewell,
    ) {
        if self.leave_conference(now, house, leg, (cause, farewell))
            || self.leaves_untold(now, house, leg, (cause, farewell))
        {
            return;
        }
        if leg == self.caller {
            let by = if lost {
                EndedBy::Network
            } else {
                EndedBy::Caller
            };
            self.end_caller(now, house, cause, by, farewell);
        } else {
            self.device_gone(now, house, leg, cause, farewell);
        }
    }

    /// The caller's leg ends, and with it everything that was done for the caller. The flow is told
    /// and may finish what needs no caller. Nothing happens when it has ended already.
    pub(crate) fn end_caller(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        cause: Cause,
        by: EndedBy,
        farewell: Farewell,
    ) {
        if self.caller_is_gone() {
            return;
        }
        self.drop_referral(now, house);
        self.draft.ended(cause, by);
        self.end_leg(now, house, self.caller, cause, farewell);
        if let Some(status) = self
            .legs
            .get(&self.caller)
            .and_then(|leg| leg.record.status)
        {
            self.draft.refused(status);
        }
        self.let_others_go(now, house, Cause::Normal);
        if self.patron == self.caller {
            self.news.push_back(rappel_ivr::Event::CallerGone);
        }
        self.limit = Deadline::new(now.instant + AFTERMATH, "flow after the caller has gone");
    }

    /// Whoever is rung for the caller or talks with them is let go.
    pub(crate) fn let_others_go(&mut self, now: Now, house: &mut House<'_>, cause: Cause) {
        self.unpark(now, house);
        self.end_conference(now, house);
        match std::mem::replace(&mut self.charge, Charge::Flow) {
            Charge::Flow | Charge::Parked(_) | Charge::Farewell { .. } => {}
            Charge::Dialling(dial) => self.cancel_devices(now, house, dial),
            Charge::Asking { callee, .. } => {
                self.end_leg(now, house, callee, cause, Farewell::Ours);
            }
            Charge::Talking { callee } => {
                self.part(now, house, callee);
                self.end_leg(now, house, callee, cause, Farewell::Ours);
            }
        }
    }

    /// Ends one leg: its dialog unless the peer has done so, and its media session. Nothing happens
    /// when it has ended already.
    pub(crate) fn end_leg(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        cause: Cause,
        farewell: Farewell,
    ) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        let (dialog, up) = (leg.dialog, leg.is_up());
        let status = match (&leg.role, farewell) {
            (_, Farewell::Theirs(status)) => status,
            (Role::Caller(_), Farewell::Ours) if !up => {
                house
                    .sip
                    .reject(now, dialog, cause.status(), Some(cause.q850()));
                Some(cause.status())
            }
            (_, Farewell::Ours) => {
                let said = self.said.filter(|_| cause == Cause::Normal);
                let q850 = said.unwrap_or_else(|| cause.q850());
                house.sip.hang_up(now, dialog, Some(q850));
                (!up).then_some(487)
            }
        };
        leg.ends(now, cause, status);
        if matches!(leg.role, Role::Outside(_)) {
            house.outside.ended(now, id, status.filter(|_| !up));
        }
        if let (Some(tenant), Some(user)) = (&self.about.tenant, leg.role.user()) {
            house.ledger.release(tenant, user, id);
        }
        let has_session = leg.session.is_some();
        house.ledger.disown(dialog);
        if has_session {
            self.media(Command::Close { leg: id });
        }
        let status = if up { None } else { status };
        self.fact(Fact::LegEnded { leg: id, status });
        if id == self.patron && id != self.caller {
            // The two others go on; the flow has nothing more to do for anybody.
            self.draft.ended(cause, EndedBy::Caller);
            self.news.push_back(rappel_ivr::Event::CallerGone);
        }
    }
}

/// How long a flow may go on after its caller has gone, to keep what was recorded, and how long a
/// closing media session is waited for.
pub(crate) const AFTERMATH: Duration = Duration::from_secs(60);
