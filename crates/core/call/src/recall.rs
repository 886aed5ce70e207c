//! A hand-over that has failed: nobody is lost by one. Whoever was handed over talks again with the one who
//! asked, while that one is there. Many phones hang up as soon as they have asked: one that has is rung
//! with the caller, and follows forwards as for any call. When nobody answers there either, the caller gets
//! what anybody would who has called the target: its mailbox, or what else the flow has for them.
//!
//! ```text
//!           nobody is reached
//! Dialling ─────────────────────► Talking(a, b) again, while a, who asked, is there
//!              │ a has hung up
//!              └────► Dialling(a) ──────────► Talking(a, b)
//!                         │ nobody answers
//!                         └────► the flow goes on with b
//! ```

use std::time::Duration;

use rappel_ivr::{Order, Reach, Reached, Whom};
use rappel_model::office::Owner;
use rappel_model::{Instant, LegId, Now};

use crate::call::Call;
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::forward::owner_of;
use crate::hand::Purpose;
use crate::refer::{RING, Referral};
use crate::rules::House;

/// Somebody was joined again to the one who had handed them over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Returned {
    /// Who had asked.
    to: LegId,
    /// Why the hand-over has failed.
    failed: Reached,
    /// Until when a BYE of theirs was sent before they knew of it.
    until: Instant,
}

impl Call {
    /// The hand-over has failed: back to whoever asked, or on from there.
    pub(crate) fn bring_back(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        referral: Referral,
        reached: Reached,
    ) {
        self.purpose = referral.purpose;
        if let Some((first, obstacle)) = referral.failed {
            self.draft.stage(now, "who asked does not answer either");
            self.obstacle = obstacle;
            self.go_on(now, house, first);
            return;
        }
        let asked = self.legs.get(&referral.referrer);
        let Some(dialog) = asked.filter(|leg| leg.is_up()).map(|leg| leg.dialog) else {
            self.recall(now, house, referral, reached);
            return;
        };
        let status = match (reached, self.obstacle) {
            (Reached::Busy, _) => 486,
            (Reached::Declined, _) => 603,
            (Reached::Unreachable, Some(obstacle)) => obstacle.status(),
            _ => 480,
        };
        house.sip.tell_referrer(now, dialog, status);
        self.draft
            .stage(now, format!("hand-over failed {status}: joined again"));
        self.returned = Some(Returned {
            to: referral.referrer,
            failed: reached,
            until: now.instant + CROSSING,
        });
        let callee = match referral.before {
            Some(before) => {
                self.about.caller = before;
                std::mem::replace(&mut self.caller, referral.referrer)
            }
            None => referral.referrer,
        };
        self.join(now, callee);
    }

    /// Whoever asked has hung up: they are rung with the caller, once for a hand-over. A caller whom a
    /// flow waits for comes back to it after that; another one gets what a call for the one who asked
    /// comes to.
    fn recall(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        mut referral: Referral,
        reached: Reached,
    ) {
        let asked = self.legs.get(&referral.referrer);
        let Some(user) = asked.and_then(|leg| leg.role.user()).cloned() else {
            self.go_on(now, house, reached);
            return;
        };
        self.draft.stage(
            now,
            format!("hand-over failed, and {user} has left: recalled"),
        );
        if self.patron != self.caller {
            self.purpose = Purpose::default();
            self.await_return(now, user, referral.referrer);
            return;
        }
        let who = match owner_of(house.around, &user) {
            Owner::Person(person) => Whom::Person(person),
            Owner::User(user) => Whom::User(user),
        };
        let reach = Reach {
            who,
            ring: RING,
            order: Order::Together,
            screen: false,
            context: None,
        };
        referral.failed = Some((reached, self.obstacle));
        self.referral = Some(referral);
        self.ring_for(now, house, Purpose::Reach, &reach, true);
    }

    /// Nobody is left to ring for a caller who was handed over: the flow goes on with them.
    fn go_on(&mut self, now: Now, house: &mut House<'_>, reached: Reached) {
        if self.flow.is_some() && self.patron == self.caller {
            let purpose = std::mem::take(&mut self.purpose);
            self.news.push_back(purpose.ended(reached));
            return;
        }
        let cause = match reached {
            Reached::Busy => Cause::Busy,
            Reached::Declined => Cause::Declined,
            _ => Cause::NoAnswer,
        };
        self.turn_away(now, house, cause);
    }

    /// Whoever asked for a hand-over has hung up before they could know that it has failed: the same as
    /// if they had left before. False, and nothing has happened, when it is another leg, or later.
    pub(crate) fn leaves_untold(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        (cause, farewell): (Cause, Farewell),
    ) -> bool {
        let Some(returned) = self.returned.take_if(|returned| returned.to == leg) else {
            return false;
        };
        let other = self.partner(leg).filter(|_| now.instant < returned.until);
        let Some(served) = other else {
            return false;
        };
        self.step_aside(now, house, leg, served);
        self.end_leg(now, house, leg, cause, farewell);
        if let Some(referral) = self.referral.take() {
            self.purpose = referral.purpose;
            self.recall(now, house, referral, returned.failed);
        }
        true
    }
}

/// How long the news that a hand-over has failed may take, and a BYE that was sent before it came: nobody
/// takes up a conversation again and ends it in less.
const CROSSING: Duration = Duration::from_secs(1);
