//! Their INVITE: from its arrival to the final answer (RFC 3261 §13.3).

use std::time::Duration;

use bytes::Bytes;
use rappel_model::Now;

use super::Endpoint;
use super::authenticate::Sender;
use super::respond::{Capabilities, SDP, contact, copy_record_route};
use crate::dialog::Dialog;
use crate::dialog::reliable::{Reliable, Sending};
use crate::dialog::session::{Session, Unacknowledged};
use crate::dialog::uas::{Asked, AskedAct};
use crate::dialog::usage::Usage;
use crate::header::{Expires, RetryAfter};
use crate::input::Flow;
use crate::message::{Request, Response, StatusCode};
use crate::output::{DialogId, DialogNews, Incoming, Output};
use crate::settings::RETRY_AFTER;
use crate::transaction::table::{Server, TransactionId};

impl Endpoint {
    /// An INVITE outside any dialog: it becomes a usage and is reported. 100 follows at once to a user of
    /// ours, and after the turn of whoever is told to a stranger, who may be challenged instead.
    pub(super) fn handle_invite(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        flow: Flow,
    ) {
        if let Some(why) = self.no_room_for_call(flow) {
            self.refuse_overload(now, id);
            self.refused(flow, why);
            return;
        }
        let user = match self.authenticate(now, request, flow) {
            Sender::Nobody => None,
            Sender::User(user) => Some(user),
            Sender::Doubtful(why) => {
                self.answer_doubt(now, id, why, flow);
                return;
            }
        };
        let replaces = match self.replaced(request) {
            Ok(replaces) => replaces,
            Err(status) => {
                self.reply(now, id, status);
                self.refused(flow, "replaces no dialog of ours");
                return;
            }
        };
        if !self.is_long_enough(now, id, request) {
            self.refused(flow, "session too short");
            return;
        }
        let (tag, first_cseq) = (self.tag(), self.first_cseq());
        let Some(mut dialog) = Dialog::uas(request, &tag, flow, first_cseq) else {
            self.reply(now, id, StatusCode::BAD_REQUEST);
            self.refused(flow, "INVITE without Contact");
            return;
        };
        dialog.symmetric = user.is_some();
        let patience = request
            .typed::<Expires>()
            .map(|expires| Duration::from_secs(u64::from(expires.0)));
        let first_rseq = self.first_cseq();
        let handle = self.usages.draw();
        if let Some(server) = self.transactions.server_mut(id) {
            server.dialog = Some(handle);
            server.is_kept = true;
        }
        let reliable = Reliable::new(request, first_rseq);
        let asked = Asked::new(now, id, dialog, reliable, patience);
        self.usages.put(handle, Usage::Asked(Box::new(asked)));
        if let Some(user) = &user {
            self.lamp_of_caller(handle, user, request.uri());
        }
        if user.is_some() {
            self.try_asked(now, handle);
        }
        self.arm_usage(handle);
        self.outputs.push_back(Output::Incoming(Box::new(Incoming {
            dialog: handle,
            uri: request.uri().clone(),
            from: request.from().clone(),
            to: request.to().clone(),
            user,
            flow,
            body: request.body().clone(),
            headers: request.headers().clone(),
            replaces,
        })));
    }

    /// Which bound another call from there would exceed, if one.
    fn no_room_for_call(&self, flow: Flow) -> Option<&'static str> {
        if !self.has_room_for_dialog() {
            return Some("too many dialogs");
        }
        let waiting = self.usages.asked_from(flow.remote.ip());
        let is_too_many = waiting >= self.settings.limits.half_open_per_source;
        is_too_many.then_some("too many calls waiting for an answer")
    }

    /// Sends the 100 of an INVITE, if it is still owed.
    fn try_asked(&mut self, now: Now, dialog: DialogId) {
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        let id = asked.transaction;
        if asked.take_trying()
            && let Some(request) = self.transactions.server(id).and_then(Server::request)
        {
            let trying = request.respond(StatusCode::TRYING);
            self.answer(now, id, trying);
        }
    }

    /// Their INVITE: sends a provisional answer from 101 to 199 with our tag, and with an early
    /// answer in `body` or without. It is repeated every minute. Anything else, and anything for
    /// an INVITE that was answered, does nothing. It is sent reliably (RFC 3262) when the caller
    /// requires it, or knows how and there is a body; the first of several is acknowledged before
    /// the next leaves.
    pub fn ring(&mut self, now: Now, dialog: DialogId, status: u16, body: Bytes) {
        let status = match StatusCode::new(status) {
            Some(status) if status.is_provisional() && status != StatusCode::TRYING => status,
            _ => return,
        };
        self.try_asked(now, dialog);
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        asked.ringing(now);
        let id = asked.transaction;
        let sending = asked.reliable.plan(status, &body);
        let body = match sending {
            Sending::Reliable(_) if !asked.reliable.may_describe() => Bytes::new(),
            Sending::Plain | Sending::Reliable(_) => body,
            Sending::Later | Sending::Never => return,
        };
        if let Some(response) = self.dialog_response(dialog, status) {
            match sending {
                Sending::Reliable(rseq) => {
                    self.answer_reliably(now, dialog, id, (response, rseq), body);
                }
                _ => self.answer(now, id, response.with_body(SDP, body)),
            }
        }
        self.arm_usage(dialog);
    }

    /// Their INVITE: answers 200 with `body`, the answer or, when theirs held none, our offer. The
    /// 200 is repeated until its ACK comes (RFC 3261 §13.3.1.4); `Acknowledged` follows, or
    /// `Ended(NoAck)`. While the caller has not acknowledged an early answer, the 200 waits; after
    /// one it says the same again, whatever `body` is (RFC 3261 §13.2.1).
    pub fn accept(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        if !self.is_asked(dialog) {
            return;
        }
        self.try_asked(now, dialog);
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        if asked.reliable.hold(&body) {
            return;
        }
        let body = asked.reliable.last_word(body);
        let id = asked.transaction;
        let asked = self
            .transactions
            .server(id)
            .and_then(Server::request)
            .cloned();
        let (Some(asked), Some(response)) = (asked, self.dialog_response(dialog, StatusCode::OK))
        else {
            return;
        };
        let Some(Usage::Asked(usage)) = self.usages.take(dialog) else {
            return;
        };
        let asks = usage.reliable.is_asking();
        let mut session = Session::new(usage.dialog, false);
        session.late_prack = usage.reliable.rack();
        session.offers = usage.offers;
        session.heard(asked.body());
        session.said(&body);
        let response = response.allow().supported();
        let (response, timer) = self.grant_timer(now, None, &asked, response);
        session.timer = timer;
        let cseq = response.cseq().number;
        self.answer(now, id, response.with_body(SDP, body));
        let waiting = self.unacknowledged(now, id, cseq);
        session.unacknowledged = waiting.map(|waiting| waiting.first().asking(asks));
        self.usages.put(dialog, Usage::Session(Box::new(session)));
        self.arm_usage(dialog);
    }

    /// Their INVITE: refuses it with a status from 300 to 699 (480 stands in for any other) and,
    /// if given, a Q.850 cause in a Reason header; 503 says when to try again (RFC 3261 §21.5.4). The
    /// dialog is over, no news follow.
    pub fn reject(&mut self, now: Now, dialog: DialogId, status: u16, q850: Option<u8>) {
        if !self.is_asked(dialog) {
            return;
        }
        let status = StatusCode::new(status)
            .filter(|status| status.code() >= 300)
            .unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE);
        self.try_asked(now, dialog);
        let warning = self.take_warning(dialog);
        let add = |response: Response| {
            let response = response.reason(q850);
            let response = match &warning {
                Some(warning) => response.with(warning),
                None => response,
            };
            match status {
                StatusCode::SERVICE_UNAVAILABLE => response.with(&RetryAfter(RETRY_AFTER)),
                _ => response,
            }
        };
        self.finish_asked(now, dialog, add, status);
    }

    /// Their INVITE: answers 401 with one challenge per algorithm of the user that From names, or
    /// of the default set for a name we do not know (RFC 3261 §22.2, RFC 8760 §2.3). The dialog is
    /// over, no news follow; the caller tries again with credentials, in a new INVITE.
    ///
    /// The 401 is sent once and nothing of the INVITE is kept: one that comes again is reported
    /// again (RFC 3261 §26.3.2.4). Called in the turn that `Incoming` came in, it is the only
    /// answer; later, a 100 went before it.
    pub fn challenge(&mut self, now: Now, dialog: DialogId) {
        let Some(Usage::Asked(asked)) = self.usages.usage(dialog) else {
            return;
        };
        let id = asked.transaction;
        self.forget_usage(now, dialog);
        if let Some(server) = self.transactions.server_mut(id) {
            server.is_kept = false;
        }
        self.challenge_request(now, id, false);
    }

    /// Answers 487 to an INVITE that was cancelled, hung up early or expired.
    pub(super) fn end_asked(&mut self, now: Now, dialog: DialogId) {
        self.finish_asked(
            now,
            dialog,
            |response| response,
            StatusCode::REQUEST_TERMINATED,
        );
    }

    /// Whether the handle is an INVITE of theirs that still waits for its answer.
    pub(super) fn is_asked(&self, dialog: DialogId) -> bool {
        matches!(self.usages.usage(dialog), Some(Usage::Asked(_)))
    }

    /// The wait for the ACK of the 2xx that a transaction gave last.
    pub(super) fn unacknowledged(
        &mut self,
        now: Now,
        id: TransactionId,
        cseq: u32,
    ) -> Option<Unacknowledged> {
        let server = self.transactions.server_mut(id)?;
        // From here on the dialog repeats it; the transaction absorbs the INVITE (RFC 6026 §7.1).
        let bytes = server.last.take()?;
        Some(Unacknowledged::new(now, bytes, server.flow, cseq))
    }

    /// A deadline of an INVITE that waits for its answer.
    pub(super) fn wake_asked(&mut self, now: Now, dialog: DialogId) {
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        match asked.handle_timeout(now) {
            AskedAct::Nothing => {}
            AskedAct::Trying => self.try_asked(now, dialog),
            AskedAct::Remind => {
                let (id, again) = (asked.transaction, asked.reliable.remind());
                match again {
                    Some(status) => self.ring(now, dialog, status.code(), Bytes::new()),
                    None => self.send_last(id),
                }
            }
            AskedAct::Repeat(bytes, flow) => {
                self.outputs.push_back(Output::Send {
                    bytes,
                    flow,
                    host: None,
                });
            }
            AskedAct::NoPrack => {
                let status = StatusCode::SERVER_TIMEOUT;
                self.finish_asked(now, dialog, |response| response, status);
                self.tell(dialog, DialogNews::Cancelled);
            }
            AskedAct::Overdue(id) => self.refuse_overdue(now, id),
            AskedAct::Expired => {
                self.end_asked(now, dialog);
                self.tell(dialog, DialogNews::Cancelled);
            }
        }
    }

    /// Gives the final refusal and forgets the usage.
    fn finish_asked(
        &mut self,
        now: Now,
        dialog: DialogId,
        add: impl FnOnce(Response) -> Response,
        status: StatusCode,
    ) {
        let Some(Usage::Asked(asked)) = self.usages.usage(dialog) else {
            return;
        };
        let id = asked.transaction;
        let tag = asked.dialog.local_tag().to_owned();
        let Some(request) = self.transactions.server(id).and_then(Server::request) else {
            return;
        };
        let response = request.respond(status);
        let response = self.finish(response, &tag);
        let response = add(response);
        self.answer(now, id, response);
        self.forget_usage(now, dialog);
    }

    /// An answer that makes or confirms the dialog: our tag, our Contact, their Record-Route
    /// (RFC 3261 §12.1.1).
    fn dialog_response(&self, dialog: DialogId, status: StatusCode) -> Option<Response> {
        let Some(Usage::Asked(asked)) = self.usages.usage(dialog) else {
            return None;
        };
        let server = self.transactions.server(asked.transaction)?;
        let request = server.request()?;
        let response = request.respond(status);
        let mut response = self.finish(response, asked.dialog.local_tag());
        copy_record_route(request, &mut response);
        response.push(&contact(server.flow));
        Some(response)
    }

    /// A first CSeq number, far from the largest (RFC 3261 §8.1.1.5).
    pub(super) fn first_cseq(&mut self) -> u32 {
        1 + (self.random.next_u32() >> 8)
    }
}
