//! Callers who speak nothing we speak: what they offer waits until a phone is found that speaks it, and
//! is passed on from one to the other. Whatever would have to be heard or said here is refused, and so is a
//! hand-over to somebody in another codec: nobody is left in silence.

use rappel_model::record::EndedBy;
use rappel_model::{LegId, Now};
use rappel_rtp::sdp::Refused;
use rappel_sip::Incoming;

use crate::call::Call;
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::negotiate::{Formats, Session, Spoken};
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
        let dialog = caller.dialog;
        let status = self.explain(now, house, dialog, &refused);
        self.refuse(now, house, Cause::MediaRefused, status);
        true
    }

    /// In which codecs whoever talks with `leg` can be joined to another.
    pub fn formats_beside(&self, leg: LegId) -> Formats {
        let other = self.partner(leg);
        other.map_or(Formats::Converted, |other| self.formats_of(other))
    }

    /// In which codecs somebody can be joined to others in the place of `leg`.
    pub fn formats_of(&self, leg: LegId) -> Formats {
        let session = self.legs.get(&leg).and_then(|leg| leg.session.as_ref());
        session.map_or(Formats::Converted, Session::formats)
    }

    /// Whether what a leg says passes here without being understood.
    pub(crate) fn is_passed_on(&self, leg: LegId) -> bool {
        let session = self.legs.get(&leg).and_then(|leg| leg.session.as_ref());
        session.is_some_and(Session::is_passed_on)
    }

    /// Refuses the REFER of a leg: those it would join have no codec in common.
    pub fn refuse_unlike(&mut self, now: Now, house: &mut House<'_>, leg: LegId) {
        self.draft.stage(now, "those two have no codec in common");
        let status = Refused::OnlyPassedOn.status();
        self.refuse_refer(now, house, leg, status);
    }

    /// Refuses the INVITE of a phone that wants to take part in a conversation, or to hear it, which is
    /// only passed on.
    pub fn refuse_passed_on(&mut self, now: Now, house: &mut House<'_>, incoming: &Incoming) {
        self.draft.stage(
            now,
            "nobody else can take part: a codec that is only passed on",
        );
        let status = self.explain(now, house, incoming.dialog, &Refused::OnlyPassedOn);
        let q850 = Cause::MediaRefused.q850();
        house.sip.reject(now, incoming.dialog, status, Some(q850));
    }

    /// A flow has something to say to a caller who talked, and would not hear it; whether the call is
    /// ended for that.
    pub(crate) fn end_unspoken(&mut self, now: Now, house: &mut House<'_>) -> bool {
        let deaf = self.caller_is_up() && self.is_passed_on(self.caller);
        if deaf {
            self.draft
                .stage(now, "cannot be spoken to: a codec that is only passed on");
            let by = EndedBy::Engine;
            self.end_caller(now, house, Cause::MediaRefused, by, Farewell::Ours);
        }
        deaf
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
