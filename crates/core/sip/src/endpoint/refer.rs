//! A peer hands its call over: REFER in a dialog, and the NOTIFYs that tell how it goes (RFC 3515,
//! RFC 4488, RFC 7647).

use bytes::Bytes;
use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, contact};
use super::{Endpoint, Purpose};
use crate::dialog::refer::{Referral, ReferralAct, Standing};
use crate::dialog::session::Phase;
use crate::dialog::usage::Usage;
use crate::header::{
    Event, Expires, ReferSub, ReferTo, ReferredBy, Replaces, SubscriptionState, TypedHeader,
};
use crate::message::{Method, Request, StatusCode};
use crate::output::{DialogId, DialogNews, Refer};
use crate::transaction::table::TransactionId;
use crate::uri::Uri;

impl Endpoint {
    /// Hands the peer over as its REFER asks: it is told 202 and hears by NOTIFY how it goes
    /// (RFC 3515 §2.4.4), from [`Endpoint::tell_referrer`]; a peer that asked not to be told hears
    /// no more (RFC 4488). Does nothing when no REFER waits.
    pub fn accept_refer(&mut self, now: Now, dialog: DialogId) {
        let Some((id, is_silent)) = self.referral(dialog).and_then(|referral| {
            let is_silent = referral.is_silent;
            referral.asked().map(|id| (id, is_silent))
        }) else {
            return;
        };
        let flow = self.transactions.server(id).map(|server| server.flow);
        if let (Some(response), Some(flow)) = (self.response(id, StatusCode::ACCEPTED), flow) {
            let mut response = response.with(&contact(flow));
            if is_silent {
                response.push(&ReferSub(false));
            }
            self.answer(now, id, response);
        }
        if is_silent {
            self.drop_referral(dialog);
            return;
        }
        if let Some(referral) = self.referral(dialog) {
            referral.accept(now);
        }
        self.notify_referrer(now, dialog);
        self.arm_usage(dialog);
    }

    /// Tells a peer whose REFER was accepted how the call it wanted goes: a status from 100 to 199,
    /// or a final one up to 699, which is the last word (RFC 3515 §2.4.5). Anything else, and
    /// anything after the last word, does nothing.
    pub fn tell_referrer(&mut self, now: Now, dialog: DialogId, status: u16) {
        if StatusCode::new(status).is_none() {
            return;
        }
        let act = self
            .referral(dialog)
            .map_or(ReferralAct::Nothing, |referral| referral.tell(status));
        self.referral_act(now, dialog, act);
    }

    /// Refuses a REFER with a status from 300 to 699 (603 stands in for any other). Does nothing
    /// when no REFER waits.
    pub fn refuse_refer(&mut self, now: Now, dialog: DialogId, status: u16) {
        let status = StatusCode::new(status)
            .filter(|status| status.code() >= 300)
            .unwrap_or(StatusCode::DECLINE);
        if let Some(id) = self.referral(dialog).and_then(|referral| referral.asked()) {
            self.drop_referral(dialog);
            self.reply(now, id, status);
        }
    }

    /// A REFER in a session (RFC 3515 §2.4.2): reported, unless it cannot be read, asks for
    /// something other than a call, or follows one that is still going on (491).
    pub(super) fn serve_refer(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let refer = match self.read_refer(request) {
            Ok(refer) => refer,
            Err(status) => {
                self.reply(now, id, status);
                return;
            }
        };
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session.phase != Phase::Up {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        }
        if session.referral.is_some() {
            self.reply(now, id, StatusCode::REQUEST_PENDING);
            return;
        }
        let mut referral = Referral::new(now, id, request.cseq().number);
        referral.is_numbered = session.was_referred;
        referral.is_silent = request.typed() == Some(ReferSub(false));
        session.was_referred = true;
        session.referral = Some(referral);
        self.arm_usage(dialog);
        self.tell(dialog, DialogNews::Refer(Box::new(refer)));
    }

    fn read_refer(&self, request: &Request) -> Result<Refer, StatusCode> {
        let refer_to = request.typed::<ReferTo>().ok_or(StatusCode::BAD_REQUEST)?;
        let is_call = refer_to
            .method()
            .is_none_or(|method| method.eq_ignore_ascii_case(Method::Invite.as_str()));
        if !is_call {
            return Err(StatusCode::NOT_IMPLEMENTED);
        }
        let mut to = refer_to.0.uri;
        let mut replaces = None;
        match &mut to {
            Uri::Sip(uri) => {
                if let Some(text) = uri.header(Replaces::NAME.as_str()) {
                    let named = Replaces::read(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
                    replaces = self.held_dialog(&named);
                }
                if replaces.is_some() {
                    uri.remove_header(Replaces::NAME.as_str());
                }
            }
            Uri::Tel(_) => {}
            Uri::Other(_) => return Err(StatusCode::UNSUPPORTED_URI_SCHEME),
        }
        Ok(Refer {
            to,
            replaces,
            referred_by: request.typed::<ReferredBy>().map(|by| by.0),
        })
    }

    /// SUBSCRIBE in a session: refreshes or ends what a REFER made (RFC 6665 §4.4.1); any other
    /// event has no subscription here.
    pub(super) fn serve_refer_subscribe(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let is_refer = request
            .typed::<Event>()
            .is_some_and(|event| event.package.eq_ignore_ascii_case(EVENT));
        let asked = request
            .typed::<Expires>()
            .map_or(u32::MAX, |expires| expires.0);
        let granted = self
            .referral(dialog)
            .filter(|referral| is_refer && referral.asked().is_none())
            .map(|referral| referral.refresh(now, asked));
        let flow = self.transactions.server(id).map(|server| server.flow);
        let (Some(granted), Some(flow)) = (granted, flow) else {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        };
        if let Some(response) = self.response(id, StatusCode::OK) {
            let response = response.with(&contact(flow)).with(&Expires(granted));
            self.answer(now, id, response);
        }
        let act = self
            .referral(dialog)
            .map_or(ReferralAct::Nothing, Referral::owe);
        self.referral_act(now, dialog, act);
    }

    /// Does what a referral wants done.
    pub(super) fn referral_act(&mut self, now: Now, dialog: DialogId, act: ReferralAct) {
        match act {
            ReferralAct::Nothing => {}
            ReferralAct::Notify => self.notify_referrer(now, dialog),
            ReferralAct::Refuse(id) => {
                self.drop_referral(dialog);
                self.reply(now, id, StatusCode::DECLINE);
            }
            ReferralAct::Forget => self.drop_referral(dialog),
        }
        self.arm_usage(dialog);
    }

    /// Sends the NOTIFY that a referrer is owed: the status line of the referred call as a body
    /// (RFC 3515 §2.4.5, RFC 3420).
    pub(super) fn notify_referrer(&mut self, now: Now, dialog: DialogId) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let Some(referral) = &mut session.referral else {
            return;
        };
        let (status, standing) = referral.say(now);
        let mut event = Event::new(EVENT);
        if referral.is_numbered {
            event.params.set("id", &referral.cseq.to_string());
        }
        let state = match standing {
            Standing::Active(seconds) => SubscriptionState::active(seconds),
            Standing::Done => SubscriptionState::terminated("noresource"),
            Standing::Expired => SubscriptionState::terminated("timeout"),
        };
        let reason = StatusCode::new(status).map_or("", StatusCode::reason);
        let fragment = format!("SIP/2.0 {status} {reason}\r\n");
        let (request, flow) = session.dialog.request(Method::Notify, &branch);
        let request = request
            .with(&contact(flow))
            .with(&event)
            .with(&state)
            .allow()
            .supported()
            .with_body(SIPFRAG, Bytes::from(fragment));
        self.start(now, request, flow, Purpose::Referrer(dialog));
    }

    /// A NOTIFY to a referrer was answered.
    pub(super) fn referrer_outcome(&mut self, now: Now, dialog: DialogId, outcome: &Outcome) {
        if outcome.status < 200 {
            return;
        }
        let success = outcome.status < 300;
        let act = self
            .referral(dialog)
            .map_or(ReferralAct::Nothing, |referral| referral.told(success));
        self.referral_act(now, dialog, act);
    }

    fn referral(&mut self, dialog: DialogId) -> Option<&mut Referral> {
        match self.usages.usage_mut(dialog) {
            Some(Usage::Session(session)) => session.referral.as_mut(),
            _ => None,
        }
    }

    fn drop_referral(&mut self, dialog: DialogId) {
        if let Some(session) = self.usages.session_mut(dialog) {
            session.referral = None;
        }
        self.arm_usage(dialog);
    }
}

/// The event package of REFER (RFC 3515 §3.1).
const EVENT: &str = "refer";

/// The body of its NOTIFYs (RFC 3420 §3, RFC 3515 §2.4.5).
const SIPFRAG: &str = "message/sipfrag;version=2.0";
