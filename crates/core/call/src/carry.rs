//! Callers who speak nothing we speak: what they offer waits until a phone is found that speaks it, and
//! is passed on from one to the other. Whatever would have to be heard or said here is refused.

use rappel_model::{LegId, Now};

use crate::call::Call;
use crate::cause::Cause;
use crate::negotiate::{Session, Spoken, explain};
use crate::rules::House;

impl Call {
    /// How whoever is rung for the caller should speak.
    pub(crate) fn spoken_by_caller(&mut self) -> Spoken {
        let caller = self.caller;
        let session = self.session(caller);
        session.map_or(Spoken::Ours(None), |session| session.spoken())
    }

    /// How whoever takes another's place beside this leg must speak, if it matters.
    pub(crate) fn spoken_by(&mut self, leg: LegId) -> Spoken {
        match self.session(leg).map(|session| session.spoken()) {
            Some(Spoken::Carried(formats)) => Spoken::Carried(formats),
            _ => Spoken::Ours(None),
        }
    }

    /// Refuses a caller whose offer waits and who can wait no longer; whether that is so.
    pub(crate) fn refuse_unheard(&mut self, now: Now, house: &mut House<'_>) -> bool {
        let Some(caller) = self.legs.get(&self.caller).filter(|leg| !leg.is_up()) else {
            return false;
        };
        let Some(refused) = caller.session.as_ref().and_then(Session::unanswerable) else {
            return false;
        };
        let status = explain(house, caller.dialog, &refused);
        self.refuse(now, house, Cause::MediaRefused, status);
        true
    }

    /// A phone has said what it speaks: a caller whose offer waits for that has its answer.
    pub(crate) fn speak_like(&mut self, phone: LegId) {
        let carried = self.session(phone).map(|s| s.carried().to_vec());
        let caller = self.caller;
        if let (Some(carried), Some(session)) = (carried, self.session(caller)) {
            Session::adopt(session, &carried);
        }
    }
}
