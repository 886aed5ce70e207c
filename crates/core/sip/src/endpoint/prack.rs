//! Provisional answers that must arrive, and the PRACK that says so, both ways (RFC 3262).

use bytes::Bytes;
use rappel_model::Now;

use super::respond::{Capabilities, SDP};
use super::{Endpoint, Purpose};
use crate::dialog::Dialog;
use crate::dialog::peer::{RELIABLE, requires};
use crate::dialog::reliable::{Agreement, Order};
use crate::dialog::usage::Usage;
use crate::header::{RAck, RSeq, Require};
use crate::message::{Method, Request, Response, StatusCode};
use crate::output::{DialogId, DialogNews};
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// Sends a provisional answer that is repeated until its PRACK comes.
    pub(super) fn answer_reliably(
        &mut self,
        now: Now,
        dialog: DialogId,
        id: TransactionId,
        (response, rseq): (Response, u32),
        body: Bytes,
    ) {
        let response = response
            .with(&Require(RELIABLE.to_owned()))
            .with(&RSeq(rseq))
            .allow()
            .with_body(SDP, body.clone());
        self.answer(now, id, response);
        let sent = self
            .transactions
            .server(id)
            .and_then(|server| Some((server.last.clone()?, server.flow)));
        if let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog)
            && let Some((bytes, flow)) = sent
        {
            asked.reliable.sent(now, bytes, flow, &body);
        }
    }

    /// PRACK before the answer (RFC 3262 §3): 481 unless it names what is outstanding. A body is the
    /// answer to our offer or, once both are known, another offer of theirs (§5).
    pub(super) fn serve_prack(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let Some(rack) = request.typed::<RAck>() else {
            self.reply(now, id, StatusCode::BAD_REQUEST);
            return;
        };
        if !self.is_readable_offer(now, id, request) {
            return;
        }
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        if !asked.reliable.acknowledge(&rack) {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        }
        let body = request.body().clone();
        match asked.reliable.agreement() {
            _ if body.is_empty() => self.reply(now, id, StatusCode::OK),
            Agreement::Ours => {
                asked.reliable.agree();
                self.reply(now, id, StatusCode::OK);
                self.tell(dialog, DialogNews::OfferAnswered { body });
            }
            Agreement::Reached if asked.offers.is_idle() => {
                asked.offers.asked(now, id);
                self.tell(dialog, DialogNews::Offer { body });
            }
            Agreement::Reached | Agreement::Theirs => {
                self.reply(now, id, StatusCode::REQUEST_PENDING);
            }
        }
        self.continue_asked(now, dialog);
        self.arm_usage(dialog);
    }

    /// What waited for the PRACK: the 2xx, or the next provisional answer.
    fn continue_asked(&mut self, now: Now, dialog: DialogId) {
        let Some(Usage::Asked(asked)) = self.usages.usage_mut(dialog) else {
            return;
        };
        if let Some(body) = asked.reliable.take_held() {
            self.accept(now, dialog, body);
        } else if let Some((status, body)) = asked.reliable.follow() {
            self.ring(now, dialog, status.code(), body);
        }
    }

    /// PRACK that our 2xx overtook (RFC 3262 §3: the 2xx need not wait for one without description).
    pub(super) fn serve_late_prack(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let rack = request.typed::<RAck>();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let status = if rack.is_some() && session.late_prack == rack {
            session.late_prack = None;
            StatusCode::OK
        } else {
            StatusCode::NO_SUCH_TRANSACTION
        };
        self.reply(now, id, status);
    }

    /// Notes the early dialog of a provisional answer to our INVITE, and acknowledges a reliable one
    /// (RFC 3262 §4). True when it is to be told: it is above 100, belongs to a dialog we follow,
    /// and did not come before.
    pub(super) fn note_early(
        &mut self,
        now: Now,
        (id, dialog): (TransactionId, DialogId),
        symmetric: bool,
        response: &Response,
    ) -> bool {
        let most = self.settings.limits.forks;
        let via = self.branch();
        let client = self.transactions.client(id);
        let (Some(client), Some(Usage::Calling(calling))) = (client, self.usages.usage_mut(dialog))
        else {
            return false;
        };
        if response.status() == StatusCode::TRYING {
            return false;
        }
        let early = Dialog::uac(&client.request, response, client.flow, symmetric);
        let Some(early) = calling.note_early(early, most) else {
            return false;
        };
        let rseq = response.typed::<RSeq>();
        let Some(RSeq(rseq)) = rseq.filter(|_| requires(response.headers(), RELIABLE)) else {
            return true;
        };
        match early.take(rseq, response.body()) {
            Order::Next => {
                let rack = RAck {
                    rseq,
                    cseq: client.request.cseq().clone(),
                };
                let (prack, flow) = early.dialog.request(Method::Prack, &via);
                self.start(now, prack.with(&rack), flow, Purpose::Alone);
                true
            }
            Order::Again | Order::Early => false,
        }
    }
}
