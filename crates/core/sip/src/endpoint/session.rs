//! What happens inside a dialog: ACK, INFO, OPTIONS, BYE (RFC 3261 §12.2, §15).

use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, KEYS, is_plain};
use super::{Endpoint, Purpose};
use crate::dialog::refer::Referral;
use crate::dialog::session::{Phase, Session, SessionAct};
use crate::dialog::usage::Usage;
use crate::dialog::{Dialog, q850_of};
use crate::header::{ContentType, Field, Name, RetryAfter};
use crate::input::Flow;
use crate::message::{Method, Request, StatusCode};
use crate::output::{DialogEnd, DialogId, DialogNews};
use crate::settings::RETRY_AFTER;
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// A request with a To tag: its dialog is found, or it is answered 481 (RFC 3261 §12.2.2).
    pub(super) fn handle_within(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        tag: &str,
        flow: Flow,
    ) {
        let Some(dialog) = self.usages.find(request.call_id(), tag) else {
            self.handle_within_subscription(now, id, request, tag, flow);
            return;
        };
        let is_peer = self
            .usages
            .usage(dialog)
            .and_then(Usage::dialog)
            .is_some_and(|dialog| belongs(dialog, request));
        if is_peer {
            self.keep(id);
        }
        match self.usages.usage_mut(dialog) {
            Some(Usage::Session(session)) if belongs(&session.dialog, request) => {
                if session.phase == Phase::Ending && *request.method() != Method::Bye {
                    self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
                } else if session.dialog.take_cseq(request.cseq().number) {
                    follow(session, flow);
                    self.serve(now, id, dialog, request);
                } else {
                    self.reply(now, id, StatusCode::SERVER_INTERNAL_ERROR);
                }
            }
            Some(Usage::Asked(asked)) if belongs(&asked.dialog, request) => {
                if asked.dialog.take_cseq(request.cseq().number) {
                    self.serve_early(now, id, dialog, request);
                } else {
                    self.reply(now, id, StatusCode::SERVER_INTERNAL_ERROR);
                }
            }
            Some(Usage::Calling(_)) => self.serve_ringing(now, id, dialog, request),
            _ => self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION),
        }
    }

    /// A request of the peer in a session, in order.
    fn serve(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        match request.method() {
            Method::Bye => self.serve_bye(now, id, dialog, request),
            Method::Invite => self.serve_reinvite(now, id, dialog, request),
            Method::Info => self.serve_info(now, id, dialog, request),
            Method::Options => self.handle_options(now, id),
            Method::Update => self.serve_update(now, id, dialog, request),
            Method::Prack => self.serve_late_prack(now, id, dialog, request),
            Method::Refer => self.serve_refer(now, id, dialog, request),
            Method::Subscribe => self.serve_refer_subscribe(now, id, dialog, request),
            _ => self.refuse_method(now, id),
        }
    }

    /// A request of the caller before we answered the INVITE (RFC 3261 §15: it may send BYE).
    fn serve_early(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        match request.method() {
            Method::Bye => {
                self.reply(now, id, StatusCode::OK);
                self.end_asked(now, dialog);
                self.tell(dialog, DialogNews::Cancelled);
            }
            // RFC 3261 §14.2: the first INVITE is not answered yet.
            Method::Invite | Method::Refer => self.refuse_later(now, id),
            Method::Prack => self.serve_prack(now, id, dialog, request),
            Method::Update => self.serve_update(now, id, dialog, request),
            Method::Info => self.serve_info(now, id, dialog, request),
            Method::Options => self.handle_options(now, id),
            _ => self.refuse_method(now, id),
        }
    }

    /// BYE (RFC 3261 §15.1.2): answered, and so is a re-INVITE that still waits (with 487).
    fn serve_bye(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        self.reply(now, id, StatusCode::OK);
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session.phase == Phase::Ending {
            // Our own BYE is on its way: its answer ends the session.
            return;
        }
        if let Some(waiting) = session.offers.take_theirs() {
            self.reply(now, waiting, StatusCode::REQUEST_TERMINATED);
        }
        self.end(now, dialog, DialogEnd::Bye, q850_of(request.headers()));
    }

    /// INFO (RFC 6086 §4.2.2; the digits old phones send have no Info-Package): answered and told,
    /// but a body of another type is refused with the types we read (RFC 3261 §8.2.3).
    pub(super) fn serve_info(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let content_type = request.typed::<ContentType>();
        let is_keys = |content: &ContentType| KEYS.iter().any(|kind| content.is(kind));
        // RFC 6086 §4.2.2. Digits count whatever package their sender made up for them.
        if request.headers().has(&Name::InfoPackage) && !content_type.as_ref().is_some_and(is_keys)
        {
            if let Some(mut response) = self.response(id, StatusCode::BAD_INFO_PACKAGE) {
                response.push_field(Field::new(Name::RecvInfo, ""));
                self.answer(now, id, response);
            }
            return;
        }
        let is_readable = request.body().is_empty()
            || (is_plain(request) && content_type.as_ref().is_some_and(is_keys));
        if !is_readable {
            if let Some(response) = self.response(id, StatusCode::UNSUPPORTED_MEDIA_TYPE) {
                self.answer(now, id, response.accept(&KEYS));
            }
            return;
        }
        self.reply(now, id, StatusCode::OK);
        let content_type = content_type
            .map(|content| content.to_string())
            .unwrap_or_default();
        let body = request.body().clone();
        self.tell(dialog, DialogNews::Info { content_type, body });
    }

    /// An ACK outside any INVITE transaction: for a 2xx of ours (RFC 3261 §13.3.1.4).
    pub(super) fn acknowledged(&mut self, now: Now, ack: &Request) {
        let tag = ack.to().tag().unwrap_or_default();
        let Some(dialog) = self.usages.find(ack.call_id(), tag) else {
            return;
        };
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let is_owed = session.is_owed_a_later_answer();
        if !belongs(&session.dialog, ack) || !session.acknowledge(ack.cseq().number) {
            return;
        }
        let phase = session.phase;
        match phase {
            // Who takes the 2xx and not the offer in it has refused that (RFC 3261 §14.2 wants an
            // answer here). An offer that waits for its turn takes the place of the refused one.
            Phase::Up if is_owed && ack.body().is_empty() && session.wish.is_none() => {
                let status = StatusCode::NOT_ACCEPTABLE_HERE.code();
                self.tell(dialog, DialogNews::OfferRefused { status });
            }
            Phase::Up => {
                let body = ack.body().clone();
                session.heard(&body);
                self.tell(dialog, DialogNews::Acknowledged { body });
            }
            Phase::Leaving { q850 } => self.send_bye(now, dialog, q850),
            Phase::Ending => {}
        }
        self.arm_usage(dialog);
    }

    /// We hang up a session: BYE, or, before the ACK of our first 2xx, BYE as soon as it comes
    /// (RFC 3261 §15).
    pub(super) fn leave(&mut self, now: Now, dialog: DialogId, q850: Option<u8>) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session.phase != Phase::Up {
            return;
        }
        session.wish = None;
        let early = session
            .unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.first);
        session.timer = None;
        if early {
            session.phase = Phase::Leaving { q850 };
        }
        if let Some(waiting) = session.offers.take_theirs() {
            self.reply(now, waiting, StatusCode::REQUEST_TERMINATED);
        }
        if !early {
            self.send_bye(now, dialog, q850);
        }
        self.arm_usage(dialog);
    }

    fn send_bye(&mut self, now: Now, dialog: DialogId, q850: Option<u8>) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session
            .referral
            .as_ref()
            .is_some_and(Referral::owes_the_end)
        {
            self.notify_referrer(now, dialog);
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        session.phase = Phase::Ending;
        session.timer = None;
        session.unacknowledged = None;
        session.wish = None;
        let (bye, flow) = session.dialog.request(Method::Bye, &branch);
        self.start(now, bye.reason(q850), flow, Purpose::Bye(dialog));
        self.arm_usage(dialog);
    }

    /// Our BYE was answered, whatever the answer (RFC 3261 §15.1.1).
    pub(super) fn bye_outcome(&mut self, now: Now, dialog: DialogId, outcome: &Outcome) {
        if outcome.status >= 200 {
            self.end(now, dialog, DialogEnd::ByeSent, None);
        }
    }

    /// A deadline of a session.
    pub(super) fn wake_session(&mut self, now: Now, dialog: DialogId) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let phase = session.phase;
        match session.handle_timeout(now) {
            SessionAct::Nothing => {}
            SessionAct::Repeat(bytes, flow) => {
                self.outputs.push_back(crate::output::Output::Send {
                    bytes,
                    flow,
                    host: None,
                });
            }
            SessionAct::Offer(wish) => self.send_offer(now, dialog, wish),
            SessionAct::Timer(act) if phase == Phase::Up => self.timer_act(now, dialog, act),
            SessionAct::Timer(_) => {}
            SessionAct::Overdue(id) => self.refuse_overdue(now, id),
            SessionAct::Referral(act) => self.referral_act(now, dialog, act),
            SessionAct::NoAck => match phase {
                Phase::Leaving { q850 } => self.send_bye(now, dialog, q850),
                Phase::Up | Phase::Ending => self.give_up(now, dialog, DialogEnd::NoAck),
            },
        }
    }

    /// Ends a session whose peer does not react: BYE once more, for whoever may still listen.
    pub(super) fn give_up(&mut self, now: Now, dialog: DialogId, why: DialogEnd) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session.phase != Phase::Ending {
            let (bye, flow) = session.dialog.request(Method::Bye, &branch);
            if let Some(waiting) = session.offers.take_theirs() {
                self.reply(now, waiting, StatusCode::REQUEST_TERMINATED);
            }
            self.start(now, bye, flow, Purpose::Alone);
            self.end(now, dialog, why, None);
        }
    }

    /// Forgets a session and tells why it ended.
    pub(super) fn end(&mut self, now: Now, dialog: DialogId, why: DialogEnd, q850: Option<u8>) {
        if matches!(self.usages.usage(dialog), Some(Usage::Session(_))) {
            self.forget_usage(now, dialog);
            self.tell(dialog, DialogNews::Ended { why, q850 });
        }
    }

    fn refuse_method(&mut self, now: Now, id: TransactionId) {
        if let Some(response) = self.response(id, StatusCode::METHOD_NOT_ALLOWED) {
            self.answer(now, id, response.allow());
        }
    }

    /// 500 with Retry-After (RFC 3261 §14.2).
    pub(super) fn refuse_later(&mut self, now: Now, id: TransactionId) {
        if let Some(response) = self.response(id, StatusCode::SERVER_INTERNAL_ERROR) {
            let wait = 1 + u32::try_from(self.random.below(u64::from(RETRY_AFTER))).unwrap_or(0);
            self.answer(now, id, response.with(&RetryAfter(wait)));
        }
    }
}

/// Whether a request comes from the peer of this dialog: its tag is the one we know, or we know
/// none (RFC 3261 §12.2.2).
pub(super) fn belongs(dialog: &Dialog, request: &Request) -> bool {
    dialog.remote_tag().is_empty() || request.from().tag() == Some(dialog.remote_tag())
}

/// A peer behind a NAT, or one that opened a new connection, is reached where it was heard last.
fn follow(session: &mut Session, flow: Flow) {
    let dialog = &mut session.dialog;
    if dialog.symmetric || dialog.flow.connection != flow.connection {
        dialog.flow = flow;
    }
}
