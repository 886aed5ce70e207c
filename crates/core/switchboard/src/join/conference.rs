//! A phone that wants to talk with everybody it has on hold, in whichever calls they are.

use rappel_call::CallerId;
use rappel_model::{CallUid, Now};
use rappel_sip::Incoming;

use crate::switchboard::Switchboard;

impl Switchboard {
    /// Joins all whom the calling phone has on hold, with the phone's new leg in place of those that
    /// held them. They meet in the conference that is among them, else in the oldest call. False when it
    /// holds nobody.
    pub(crate) fn confer(&mut self, now: Now, incoming: &Incoming, caller: &CallerId) -> bool {
        let Some(user) = &incoming.user else {
            return false;
        };
        let calls = self.calls.iter();
        let held: Vec<(CallUid, bool)> = calls
            .filter(|(_, call)| call.tenant() == Some(&user.tenant))
            .filter(|(_, call)| call.held_by(&user.user).is_some())
            .map(|(uid, call)| (*uid, call.is_conference()))
            .collect();
        let meeting = held.iter().find(|(_, is)| *is).or_else(|| held.first());
        let Some(&(meeting, _)) = meeting else {
            return false;
        };
        if self
            .calls
            .get(&meeting)
            .is_some_and(|call| call.cannot_be_mixed())
        {
            self.with_call(meeting, |call, house| {
                call.refuse_passed_on(now, house, incoming)
            });
            return true;
        }
        let mut seat = None;
        self.with_call(meeting, |call, house| {
            seat = call.convene(now, house, incoming, caller);
        });
        let Some(host) = seat else {
            return false;
        };
        let others = held.into_iter().map(|(uid, _)| uid);
        for other in others.filter(|uid| *uid != meeting) {
            let mut room = false;
            self.with_call(meeting, |call, house| room = call.may_grow(house));
            if !room {
                break;
            }
            let mut guest = None;
            self.with_call(other, |call, house| {
                guest = call.release(now, house, &user.user);
            });
            if let Some(guest) = guest {
                self.with_call(meeting, |call, house| call.grow(now, house, host, *guest));
            }
        }
        true
    }
}
