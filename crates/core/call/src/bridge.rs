//! Two legs joined, and what re-INVITEs do to them. Hold is answered by us: the leg that holds is
//! told so, the other keeps its session untouched, and hears what `hold.rs` says.

use rappel_ivr::Reached;
use rappel_ivr::need::{QueueNews, TransferKind};
use rappel_media::Command;
use rappel_model::{Fact, LegId, Now};
use rappel_rtp::Stream;

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::hand::Purpose;
use crate::leg::Role;
use crate::negotiate::is_held;
use crate::rules::House;

impl Call {
    /// Joins the caller to a device that has answered.
    pub(crate) fn join(&mut self, now: Now, callee: LegId) {
        let caller = self.caller;
        self.charge = Charge::Talking { callee };
        self.slot = None;
        self.draft.connected(now);
        self.order(
            caller,
            Command::Bridge {
                a: caller,
                b: callee,
            },
        );
        self.fact(Fact::Bridged(caller, callee));
        self.hear_hold(caller, callee);
        self.hear_hold(callee, caller);
    }

    /// Takes them apart again; both legs stay as they are.
    pub(crate) fn part(&mut self, now: Now, house: &mut House<'_>, callee: LegId) {
        let caller = self.caller;
        if let Some(Role::Device(user)) = self.legs.get(&callee).map(|leg| &leg.role) {
            house.talked.insert(user.clone(), now.instant);
        }
        self.end_reminder(now, house);
        self.end_supervision(now, house, callee);
        if let Some(session) = self.session(caller) {
            session.forget_bridge();
        }
        self.forget_hold(caller);
        self.forget_hold(callee);
        // Not `order`: the sessions of legs that have just ended must be parted too.
        self.media(Command::Part {
            a: caller,
            b: callee,
        });
        self.fact(Fact::Parted(caller, callee));
        self.draft.stage(now, "parted");
        self.charge = Charge::Flow;
    }

    /// A device's leg is gone: after a conversation the flow goes on with the caller, while ringing
    /// the next device has its chance.
    pub(crate) fn device_gone(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        cause: Cause,
        farewell: Farewell,
    ) {
        match self.charge {
            _ if self.is_supervisor(leg) => self.supervisor_gone(now, house, cause, farewell),
            Charge::Talking { callee } if callee == leg => {
                self.part(now, house, callee);
                if matches!(farewell, Farewell::Theirs(_)) {
                    self.draft.callee_left();
                }
                self.end_leg(now, house, leg, cause, farewell);
                // Supervised: a conversation that was cut off brings the caller back to the flow.
                let cut = cause != Cause::Normal && self.manner == TransferKind::Supervised;
                let reached = match cut {
                    true => Reached::Unreachable,
                    false => Reached::Answered,
                };
                self.reached(now, house, reached);
            }
            Charge::Asking { callee, .. } if callee == leg => {
                self.end_leg(now, house, leg, cause, farewell);
                self.declines(now, house, Reached::Declined);
            }
            _ => self.device_out(now, house, leg, cause, farewell),
        }
    }

    /// A re-INVITE: hold, resume, a new address, or a wish for our offer.
    pub(crate) fn take_offer(&mut self, now: Now, house: &mut House<'_>, leg: LegId, body: &[u8]) {
        let Some(dialog) = self.legs.get(&leg).map(|leg| leg.dialog) else {
            return;
        };
        let Some(session) = self.session(leg) else {
            return;
        };
        if body.is_empty() {
            // Their answer comes with the ACK (RFC 3261 §14.2).
            let offer = session.offer();
            house.sip.answer_offer(now, dialog, offer);
            return;
        }
        match session.take_offer(body) {
            Ok((answer, stream)) => {
                house.sip.answer_offer(now, dialog, answer);
                self.agree(now, leg, stream);
            }
            Err(refused) => {
                let status = self.explain(now, house, dialog, &refused);
                house.sip.refuse_offer(now, dialog, status);
                self.draft.stage(now, format!("offer refused {status}"));
            }
        }
    }

    /// The answer to an offer of ours that went with a 2xx or a re-INVITE. The first one must be one
    /// we can agree with; a later one that is not leaves the session as it was.
    pub(crate) fn take_answer(&mut self, now: Now, house: &mut House<'_>, leg: LegId, body: &[u8]) {
        let Some(session) = self.session(leg) else {
            return;
        };
        let first = session.agreed().is_none();
        if body.is_empty() && !first {
            return;
        }
        match session.take_answer(body) {
            Ok(stream) => self.agree(now, leg, stream),
            Err(refused) if first => {
                self.draft.voice_refused(now, &refused);
                self.peer_gone(now, house, leg, Cause::MediaRefused, true, Farewell::Ours);
            }
            // The exchange is over all the same: the next offer of theirs is to be heard.
            Err(_) => session.withdraw(),
        }
    }

    /// Our re-INVITE was refused: what was agreed before holds, where anything was.
    pub(crate) fn offer_refused(&mut self, now: Now, house: &mut House<'_>, leg: LegId) {
        let Some(session) = self.session(leg) else {
            return;
        };
        session.withdraw();
        if session.agreed().is_none() {
            self.peer_gone(now, house, leg, Cause::MediaRefused, true, Farewell::Ours);
        }
    }

    /// The caller has waited in a queue until somebody answered: what was played ends where the talk
    /// begins, and the flow is told.
    pub(crate) fn leave_waiting(&mut self) {
        if let Purpose::Queue(question) = self.purpose {
            let caller = self.caller;
            if let Some(play) = self.sounding.take() {
                self.order(caller, Command::Stop { leg: caller, play });
            }
            let news = QueueNews::Joined;
            self.news
                .push_back(rappel_ivr::Event::Queued { question, news });
        }
    }

    /// Tells media what was agreed, then gives it what waited for that.
    pub(crate) fn agree(&mut self, now: Now, leg: LegId, stream: Stream) {
        let Some(session) = self.session(leg) else {
            return;
        };
        let held = is_held(&stream);
        let (before, waiting) = session.agree(stream.clone());
        self.media(Command::Connect { leg, stream });
        for command in waiting {
            self.media(command);
        }
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.holds = held.then(|| leg.holds.unwrap_or(now.instant));
        }
        // Whoever agrees on something else meanwhile, the hold goes on until its holder ends it.
        if self.held_since().is_none() {
            self.reminder.end_now(now);
        }
        if before.as_ref().is_some_and(is_held) != held {
            let what = if held { "held" } else { "resumed" };
            self.draft.stage(now, format!("{what} by {leg}"));
            self.fact(Fact::Held { leg, held });
        }
        if let Some(other) = self.partner(leg) {
            self.hear_hold(other, leg);
        }
    }
}
