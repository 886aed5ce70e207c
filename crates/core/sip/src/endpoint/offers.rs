//! Offers inside a dialog, ours and theirs, in re-INVITE and UPDATE (RFC 3261 §14, RFC 3311).

use bytes::Bytes;
use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, SDP, contact};
use super::{Endpoint, Purpose};
use crate::dialog::Dialog;
use crate::dialog::offers::Exchange;
use crate::dialog::session::{Phase, Wish};
use crate::dialog::usage::Usage;
use crate::header::Warning;
use crate::message::{Method, Request, StatusCode};
use crate::output::{DialogEnd, DialogId, DialogNews};
use crate::transaction::table::{Server, TransactionId};

impl Endpoint {
    /// re-INVITE (RFC 3261 §14.2): 491 when ours is under way, or an offer in a 2xx of ours still
    /// waits for its answer in the ACK, 500 when an earlier one of theirs
    /// still waits, else it is reported.
    pub(super) fn serve_reinvite(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        // A peer that begins the next INVITE has the 2xx of the first (RFC 3261 §14.1): its ACK is
        // lost, and no reason to hang up. Where the ACK owed us an answer it is still waited for.
        if session.is_acknowledged_by_more() {
            let body = Bytes::new();
            self.tell(dialog, DialogNews::Acknowledged { body });
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let exchange = session.offers.exchange();
        let phase = session.phase;
        let is_owed = session.is_owed_an_answer();
        if !self.is_long_enough(now, id, request) {
            return;
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        match (exchange, phase) {
            (Exchange::Ours(_), _) => self.reply(now, id, StatusCode::REQUEST_PENDING),
            (Exchange::Theirs(_), _) => self.refuse_later(now, id),
            (Exchange::Idle, Phase::Up) if is_owed => {
                self.reply(now, id, StatusCode::REQUEST_PENDING);
            }
            (Exchange::Idle, Phase::Up) => {
                session.offers.asked_by_invite(id);
                session.dialog.refresh_target(request.typed());
                session.dialog.peer.note(request.headers());
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

    /// Sends an offer: in a re-INVITE, or, before the call is answered, in an UPDATE. While another
    /// offer is under way, or our last 2xx is not acknowledged, it waits its turn (RFC 3261 §14.1);
    /// so it does after 491. `OfferAnswered` or `OfferRefused` follows. Of two offers that wait, the
    /// later replaces the earlier. Before the answer nothing waits: an offer that cannot be made is
    /// refused at once with 491.
    pub fn offer(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        if matches!(
            self.usages.usage(dialog),
            Some(Usage::Asked(_) | Usage::Calling(_))
        ) {
            self.offer_early(now, dialog, body);
            return;
        }
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

    pub(super) fn send_offer(&mut self, now: Now, dialog: DialogId, wish: Wish) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        let (request, flow) = session.dialog.request(Method::Invite, &branch);
        let request = request
            .with(&contact(flow))
            .allow()
            .supported_but_reliable()
            .with_body(SDP, wish.body.clone());
        let request = match self.usages.session(dialog) {
            Some(session) => self.keep_timer(session, request),
            None => request,
        };
        let purpose = Purpose::Reinvite {
            dialog,
            body: wish.body,
            glares: wish.glares,
        };
        let id = self.start(now, request, flow, purpose);
        if let Some(session) = self.usages.session_mut(dialog) {
            session.offers.sent(id);
        }
    }

    /// Answers their offer (re-INVITE, UPDATE, PRACK) with 200 and `body`: the answer, or our offer
    /// when the re-INVITE held none (then `Acknowledged` brings the answer). Does nothing when no
    /// offer waits.
    pub fn answer_offer(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        let Some(id) = self.take_their_offer(dialog) else {
            return;
        };
        let flow = self.transactions.server(id).map(|server| server.flow);
        let request = self.transactions.server(id).and_then(Server::request);
        let (Some(flow), Some(request)) = (flow, request) else {
            return;
        };
        let request = request.clone();
        let (method, asks) = (request.method().clone(), request.body().is_empty());
        let Some(response) = self.response(id, StatusCode::OK) else {
            return;
        };
        let cseq = response.cseq().number;
        // RFC 3262 §3: PRACK is no target refresh.
        let response = match method {
            Method::Prack => response,
            _ => {
                let response = response.with(&contact(flow)).allow().supported();
                self.grant_within(now, dialog, &request, response)
            }
        };
        if let Some(session) = self.usages.session_mut(dialog) {
            session.heard(request.body());
            session.said(&body);
        }
        self.answer(now, id, response.with_body(SDP, body));
        if method == Method::Invite {
            let waiting = self.unacknowledged(now, id, cseq);
            if let Some(session) = self.usages.session_mut(dialog) {
                session.unacknowledged = waiting.map(|waiting| waiting.asking(asks));
            }
        }
        self.arm_usage(dialog);
    }

    /// Refuses their offer with a status from 300 to 699 (488 stands in for any other); the
    /// session goes on as it was (RFC 3261 §14.2).
    pub fn refuse_offer(&mut self, now: Now, dialog: DialogId, status: u16) {
        let status = StatusCode::new(status)
            .filter(|status| status.code() >= 300)
            .unwrap_or(StatusCode::NOT_ACCEPTABLE_HERE);
        let warning = self.take_warning(dialog);
        if let Some(id) = self.take_their_offer(dialog) {
            let response = self.response(id, status);
            let response = response.map(|response| match &warning {
                Some(warning) => response.with(warning),
                None => response,
            });
            if let Some(response) = response {
                self.answer(now, id, response);
            }
        }
    }

    /// Has the refusal that follows in this turn say why, by a code and words (RFC 3261 §20.43).
    pub fn warn(&mut self, dialog: DialogId, code: u16, text: &str) {
        self.warning = Some((dialog, Warning::new(code, text)));
    }

    /// Why a dialog's offer is refused; what was said of another is forgotten.
    pub(super) fn take_warning(&mut self, dialog: DialogId) -> Option<Warning> {
        let (meant, warning) = self.warning.take()?;
        (meant == dialog).then_some(warning)
    }

    fn take_their_offer(&mut self, dialog: DialogId) -> Option<TransactionId> {
        let taken = self.usages.usage_mut(dialog)?.offers_mut().take_theirs();
        self.arm_usage(dialog);
        taken
    }

    /// Nobody answered their UPDATE or PRACK in time (RFC 3311 §5.2).
    pub(super) fn refuse_overdue(&mut self, now: Now, id: TransactionId) {
        self.reply(now, id, StatusCode::SERVER_TIMEOUT);
    }

    /// Their re-INVITE was cancelled; an answer that comes now is too late.
    pub(super) fn withdraw_offer(&mut self, dialog: DialogId, invite: TransactionId) {
        if let Some(session) = self.usages.session_mut(dialog)
            && session.offers.exchange() == Exchange::Theirs(invite)
        {
            session.offers.end(invite);
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
        let first_final = session.offers.end(id);
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
                session.dialog.peer.note(response.headers());
                session.said(&body);
                session.heard(response.body());
                let peer = session.dialog.clone();
                self.send_ack(now, id, &peer, &tag);
                self.take_timer(now, id, dialog, &response);
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

    pub(super) fn glare(&mut self, now: Now, dialog: DialogId, body: Bytes, glares: u8) {
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
    pub(super) fn orphan_outcome(
        &mut self,
        now: Now,
        id: TransactionId,
        peer: &Dialog,
        outcome: &Outcome,
    ) {
        let Some(response) = &outcome.response else {
            return;
        };
        let tag = response.to().tag().unwrap_or_default().to_owned();
        if response.status().is_success() && !self.acknowledge_again(id, &tag) {
            self.send_ack(now, id, peer, &tag);
        }
    }
}
