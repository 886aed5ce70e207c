//! What happens inside a dialog: ACK, re-INVITE, INFO, OPTIONS, BYE (RFC 3261 §12.2, §14, §15).

use bytes::Bytes;
use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, KEYS, SDP, contact};
use super::{Endpoint, Purpose};
use crate::dialog::refer::Referral;
use crate::dialog::session::{Exchange, Phase, Session, SessionAct, Wish};
use crate::dialog::usage::Usage;
use crate::dialog::{Dialog, q850_of};
use crate::header::{ContentType, RetryAfter};
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
            // Our INVITE has no final answer yet: whatever overtakes it may come again later.
            Some(Usage::Calling(_)) => self.refuse_later(now, id),
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
        if let Exchange::Theirs(invite) = session.exchange {
            self.reply(now, invite, StatusCode::REQUEST_TERMINATED);
        }
        self.end(now, dialog, DialogEnd::Bye, q850_of(request.headers()));
    }

    /// re-INVITE (RFC 3261 §14.2): 491 when ours is under way, 500 when an earlier one of theirs
    /// still waits, else it is reported.
    fn serve_reinvite(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        match (session.exchange, session.phase) {
            (Exchange::Ours(_), _) => self.reply(now, id, StatusCode::REQUEST_PENDING),
            (Exchange::Theirs(_), _) => self.refuse_later(now, id),
            (Exchange::Idle, Phase::Up) => {
                session.exchange = Exchange::Theirs(id);
                session.dialog.refresh_target(request.typed());
                if let Some(server) = self.transactions.server_mut(id) {
                    server.dialog = Some(dialog);
                }
                self.answer(now, id, request.respond(StatusCode::TRYING));
                let body = request.body().clone();
                self.tell(dialog, DialogNews::Offer { body });
            }
            (Exchange::Idle, Phase::Leaving { .. } | Phase::Ending) => {
                self.reply(now, id, StatusCode::REQUEST_TERMINATED);
            }
        }
    }

    /// INFO (RFC 6086 §4.2.2; the digits old phones send have no Info-Package): answered and told,
    /// but a body of another type is refused with the types we read (RFC 3261 §8.2.3).
    fn serve_info(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        let content_type = request.typed::<ContentType>();
        let is_readable = request.body().is_empty()
            || content_type
                .as_ref()
                .is_some_and(|content| KEYS.iter().any(|kind| content.is(kind)));
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
        if !belongs(&session.dialog, ack) || !session.acknowledge(ack.cseq().number) {
            return;
        }
        let phase = session.phase;
        match phase {
            Phase::Up => {
                let body = ack.body().clone();
                self.tell(dialog, DialogNews::Acknowledged { body });
            }
            Phase::Leaving { q850 } => self.send_bye(now, dialog, q850),
            Phase::Ending => {}
        }
        self.arm_usage(dialog);
    }

    /// Sends a re-INVITE with an offer. While another re-INVITE is under way, or our last 2xx is
    /// not acknowledged, it waits its turn (RFC 3261 §14.1); so it does after 491. `OfferAnswered`
    /// or `OfferRefused` follows. Of two offers that wait, the later replaces the earlier.
    pub fn offer(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let wish = Wish {
            body,
            at: now.instant,
            glares: 0,
        };
        if session.may_offer() {
            session.wish = None;
            self.send_offer(now, dialog, wish);
        } else if session.phase == Phase::Up {
            session.wish = Some(wish);
        }
        self.arm_usage(dialog);
    }

    fn send_offer(&mut self, now: Now, dialog: DialogId, wish: Wish) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let (request, flow) = session.dialog.request(Method::Invite, &branch);
        let request = request
            .with(&contact(flow))
            .allow()
            .supported()
            .with_body(SDP, wish.body.clone());
        let purpose = Purpose::Reinvite {
            dialog,
            body: wish.body,
            glares: wish.glares,
        };
        let id = self.start(now, request, flow, purpose);
        if let Some(session) = self.usages.session_mut(dialog) {
            session.exchange = Exchange::Ours(id);
        }
    }

    /// Answers their re-INVITE with 200 and `body`: the answer, or our offer when theirs was empty
    /// (then `Acknowledged` brings the answer). Does nothing when no re-INVITE waits.
    pub fn answer_offer(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        let Some(id) = self.take_their_offer(dialog) else {
            return;
        };
        let Some(response) = self.response(id, StatusCode::OK) else {
            return;
        };
        let Some(flow) = self.transactions.server(id).map(|server| server.flow) else {
            return;
        };
        let cseq = response.cseq().number;
        let response = response
            .with(&contact(flow))
            .allow()
            .supported()
            .with_body(SDP, body);
        self.answer(now, id, response);
        let waiting = self.unacknowledged(now, id, cseq, false);
        if let Some(session) = self.usages.session_mut(dialog) {
            session.unacknowledged = waiting;
        }
        self.arm_usage(dialog);
    }

    /// Refuses their re-INVITE with a status from 300 to 699 (488 stands in for any other); the
    /// session goes on as it was (RFC 3261 §14.2).
    pub fn refuse_offer(&mut self, now: Now, dialog: DialogId, status: u16) {
        let status = StatusCode::new(status)
            .filter(|status| status.code() >= 300)
            .unwrap_or(StatusCode::NOT_ACCEPTABLE_HERE);
        if let Some(id) = self.take_their_offer(dialog) {
            self.reply(now, id, status);
        }
    }

    fn take_their_offer(&mut self, dialog: DialogId) -> Option<TransactionId> {
        let session = self.usages.session_mut(dialog)?;
        match session.exchange {
            Exchange::Theirs(id) => {
                session.exchange = Exchange::Idle;
                Some(id)
            }
            Exchange::Idle | Exchange::Ours(_) => None,
        }
    }

    /// Their re-INVITE was cancelled; an answer that comes now is too late.
    pub(super) fn withdraw_offer(&mut self, dialog: DialogId, invite: TransactionId) {
        if let Some(session) = self.usages.session_mut(dialog)
            && session.exchange == Exchange::Theirs(invite)
        {
            session.exchange = Exchange::Idle;
        }
    }

    /// An answer to a re-INVITE of ours (RFC 3261 §14.1, §12.2.1.2).
    pub(super) fn reinvite_outcome(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        (body, glares): (Bytes, u8),
        outcome: Outcome,
    ) {
        if outcome.status < 200 {
            return;
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let first_final = session.exchange == Exchange::Ours(id);
        if first_final {
            session.exchange = Exchange::Idle;
        }
        match (outcome.status, outcome.response) {
            (200..300, Some(response)) => {
                let tag = response.to().tag().unwrap_or_default().to_owned();
                if self.acknowledge_again(id, &tag) {
                    return;
                }
                let Some(session) = self.usages.session_mut(dialog) else {
                    return;
                };
                session.dialog.refresh_target(response.typed());
                let peer = session.dialog.clone();
                self.send_ack(id, &peer, &tag);
                if first_final && self.is_up(dialog) {
                    let body = response.body().clone();
                    self.tell(dialog, DialogNews::OfferAnswered { body });
                }
            }
            (491, Some(_)) => self.glare(now, dialog, body, glares),
            // The peer does not know the dialog, or is silent (RFC 3261 §12.2.1.2).
            (481, _) => self.end(now, dialog, DialogEnd::Gone, None),
            (408, _) => self.give_up(now, dialog, DialogEnd::Gone),
            (503, None) => self.give_up(now, dialog, DialogEnd::Transport),
            (status, _) if self.is_up(dialog) => {
                self.tell(dialog, DialogNews::OfferRefused { status });
            }
            _ => {}
        }
        self.arm_usage(dialog);
    }

    fn glare(&mut self, now: Now, dialog: DialogId, body: Bytes, glares: u8) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        // An offer made meanwhile is the newer wish.
        if session.phase != Phase::Up || session.wish.is_some() {
            return;
        }
        session.wish = session.back_off(now, body, glares, &mut self.random);
        if session.wish.is_none() {
            let status = StatusCode::REQUEST_PENDING.code();
            self.tell(dialog, DialogNews::OfferRefused { status });
        }
    }

    /// The answer to a re-INVITE whose session is over: a 2xx still gets its ACK.
    pub(super) fn orphan_outcome(&mut self, id: TransactionId, peer: &Dialog, outcome: &Outcome) {
        let Some(response) = &outcome.response else {
            return;
        };
        let tag = response.to().tag().unwrap_or_default().to_owned();
        if response.status().is_success() && !self.acknowledge_again(id, &tag) {
            self.send_ack(id, peer, &tag);
        }
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
        let exchange = session.exchange;
        let early = session
            .unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.first);
        if early {
            session.phase = Phase::Leaving { q850 };
        }
        if let Exchange::Theirs(invite) = exchange {
            session.exchange = Exchange::Idle;
            self.reply(now, invite, StatusCode::REQUEST_TERMINATED);
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
            SessionAct::Referral(act) => self.referral_act(now, dialog, act),
            SessionAct::NoAck => match phase {
                Phase::Leaving { q850 } => self.send_bye(now, dialog, q850),
                Phase::Up | Phase::Ending => self.give_up(now, dialog, DialogEnd::NoAck),
            },
        }
    }

    /// Ends a session whose peer does not react: BYE once more, for whoever may still listen.
    fn give_up(&mut self, now: Now, dialog: DialogId, why: DialogEnd) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if session.phase != Phase::Ending {
            let (bye, flow) = session.dialog.request(Method::Bye, &branch);
            if let Exchange::Theirs(invite) = session.exchange {
                self.reply(now, invite, StatusCode::REQUEST_TERMINATED);
            }
            self.start(now, bye, flow, Purpose::Alone);
            self.end(now, dialog, why, None);
        }
    }

    /// Forgets a session and tells why it ended.
    fn end(&mut self, now: Now, dialog: DialogId, why: DialogEnd, q850: Option<u8>) {
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
    fn refuse_later(&mut self, now: Now, id: TransactionId) {
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
