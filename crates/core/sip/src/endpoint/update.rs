//! UPDATE: an offer, or a sign of life, that does not touch the INVITE (RFC 3311).

use bytes::Bytes;
use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, SDP, contact, is_plain};
use super::{Endpoint, Purpose};
use crate::dialog::offers::Exchange;
use crate::dialog::reliable::Agreement;
use crate::dialog::session::Phase;
use crate::dialog::usage::Usage;
use crate::header::ContentType;
use crate::message::{Method, Request, StatusCode};
use crate::output::{DialogEnd, DialogId, DialogNews};
use crate::transaction::table::TransactionId;

/// What becomes of an offer of theirs that comes now (RFC 3311 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// It is told.
    Free,
    /// An earlier one of theirs was not answered: 500 with Retry-After.
    Theirs,
    /// Ours was not answered: 491.
    Ours,
    /// The dialog ends: 481.
    Over,
}

impl Endpoint {
    /// UPDATE in a dialog, early or up: it refreshes the target, and its offer is told.
    pub(super) fn serve_update(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        if !self.is_readable_offer(now, id, request) {
            return;
        }
        if !self.is_long_enough(now, id, request) {
            return;
        }
        let tag = request.from().tag().unwrap_or_default();
        let turn = match self.usages.usage(dialog) {
            Some(_) if request.body().is_empty() => Turn::Free,
            Some(usage) => turn(usage, tag),
            None => Turn::Over,
        };
        match turn {
            Turn::Free => {}
            Turn::Theirs => return self.refuse_later(now, id),
            Turn::Ours => return self.reply(now, id, StatusCode::REQUEST_PENDING),
            Turn::Over => return self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION),
        }
        let Some(usage) = self.usages.usage_mut(dialog) else {
            return;
        };
        if let Some(known) = usage.dialog_with(tag) {
            known.refresh_target(request.typed());
            known.peer.note(request.headers());
        }
        if request.body().is_empty() {
            self.answer_refresh(now, id, dialog, request);
            return;
        }
        usage.offers_mut().asked(now, id);
        if let Usage::Calling(calling) = usage {
            tag.clone_into(&mut calling.offering);
        }
        self.arm_usage(dialog);
        let body = request.body().clone();
        self.tell(dialog, DialogNews::Offer { body });
    }

    /// An UPDATE without offer is answered here: nobody has to agree to anything.
    fn answer_refresh(&mut self, now: Now, id: TransactionId, dialog: DialogId, request: &Request) {
        let flow = self.transactions.server(id).map(|server| server.flow);
        if let (Some(response), Some(flow)) = (self.response(id, StatusCode::OK), flow) {
            let response = response.with(&contact(flow)).allow().supported();
            let response = self.grant_within(now, dialog, request, response);
            self.answer(now, id, response);
        }
    }

    /// Whether the body of a request is an offer or nothing; 415 is sent otherwise
    /// (RFC 3261 §8.2.3).
    pub(super) fn is_readable_offer(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
    ) -> bool {
        let is_readable = request.body().is_empty()
            || (is_plain(request)
                && request
                    .typed::<ContentType>()
                    .is_some_and(|content| content.is(SDP)));
        if !is_readable
            && let Some(response) = self.response(id, StatusCode::UNSUPPORTED_MEDIA_TYPE)
        {
            self.answer(now, id, response.accept(&[SDP]));
        }
        is_readable
    }

    /// A request of somebody our INVITE rings at (RFC 3261 §12.2.2 for early dialogs). What cannot
    /// be served before the call is up may come again later.
    pub(super) fn serve_ringing(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        request: &Request,
    ) {
        let tag = request.from().tag().unwrap_or_default();
        let Some(Usage::Calling(calling)) = self.usages.usage_mut(dialog) else {
            return;
        };
        let Some(early) = calling.early_mut(tag) else {
            self.refuse_later(now, id);
            return;
        };
        let in_order = early.dialog.take_cseq(request.cseq().number);
        self.keep(id);
        if !in_order {
            self.reply(now, id, StatusCode::SERVER_INTERNAL_ERROR);
            return;
        }
        match request.method() {
            Method::Update => self.serve_update(now, id, dialog, request),
            Method::Info => self.serve_info(now, id, dialog, request),
            Method::Options => self.handle_options(now, id),
            Method::Prack => self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION),
            _ => self.refuse_later(now, id),
        }
    }

    /// An offer of ours before the call is answered (RFC 3311 §5.1): only where the first offer was
    /// answered reliably and the peer takes UPDATE; refused at once otherwise.
    pub(super) fn offer_early(&mut self, now: Now, dialog: DialogId, body: Bytes) {
        let tag = match self.usages.usage(dialog) {
            Some(Usage::Asked(asked)) => {
                let may = asked.reliable.is_settled() && asked.dialog.peer.updates;
                let may = may && asked.offers.is_idle() && !asked.reliable.is_held();
                may.then(|| asked.dialog.remote_tag().to_owned())
            }
            Some(Usage::Calling(calling)) => {
                let may = calling.offers.is_idle() && !calling.is_unwanted();
                calling.updatable().filter(|_| may)
            }
            _ => None,
        };
        let Some(tag) = tag else {
            let status = StatusCode::REQUEST_PENDING.code();
            self.tell(dialog, DialogNews::OfferRefused { status });
            return;
        };
        self.send_update(now, dialog, tag, body);
    }

    fn send_update(&mut self, now: Now, dialog: DialogId, tag: String, body: Bytes) {
        let branch = self.branch();
        let Some(known) = self
            .usages
            .usage_mut(dialog)
            .and_then(|usage| usage.dialog_with(&tag))
        else {
            return;
        };
        let (request, flow) = known.request(Method::Update, &branch);
        let request = request
            .with(&contact(flow))
            .allow()
            .supported()
            .with_body(SDP, body.clone());
        let purpose = Purpose::Update {
            dialog,
            tag: tag.clone(),
            body,
            glares: 0,
        };
        let id = self.start(now, request, flow, purpose);
        if let Some(usage) = self.usages.usage_mut(dialog) {
            usage.offers_mut().sent(id);
            if let Usage::Calling(calling) = usage {
                calling.offering = tag;
            }
        }
        self.arm_usage(dialog);
    }

    /// An answer to an UPDATE of ours with an offer. The call may have come up meanwhile; then 491
    /// leads to another try, as a re-INVITE.
    pub(super) fn update_outcome(
        &mut self,
        now: Now,
        id: TransactionId,
        (dialog, tag): (DialogId, &str),
        (body, glares): (Bytes, u8),
        outcome: &Outcome,
    ) {
        if outcome.status < 200 {
            return;
        }
        let Some(usage) = self.usages.usage_mut(dialog) else {
            return;
        };
        if !usage.offers_mut().end(id) {
            return;
        }
        let is_up = match usage {
            Usage::Session(session) if session.phase == Phase::Ending => return,
            Usage::Session(_) => true,
            Usage::Asked(_) | Usage::Calling(_) => false,
        };
        match (outcome.status, &outcome.response) {
            (200..300, Some(response)) => {
                if let Some(known) = usage.dialog_with(tag) {
                    known.refresh_target(response.typed());
                    known.peer.note(response.headers());
                }
                if let Usage::Session(session) = usage {
                    session.said(&body);
                    session.heard(response.body());
                }
                let body = response.body().clone();
                self.tell(dialog, DialogNews::OfferAnswered { body });
            }
            (491, _) if is_up => self.glare(now, dialog, body, glares),
            (481, _) if is_up => self.end(now, dialog, DialogEnd::Gone, None),
            (408, _) if is_up => self.give_up(now, dialog, DialogEnd::Gone),
            (status, _) => self.tell(dialog, DialogNews::OfferRefused { status }),
        }
        self.arm_usage(dialog);
    }
}

/// Whose turn it is to offer, before an offer of the peer with this tag is taken.
fn turn(usage: &Usage, tag: &str) -> Turn {
    let (exchange, agreement) = match usage {
        Usage::Asked(asked) => (asked.offers.exchange(), asked.reliable.agreement()),
        Usage::Calling(calling) => {
            let agreement = match calling.has_answer(tag) {
                true => Agreement::Reached,
                false => Agreement::Ours,
            };
            (calling.offers.exchange(), agreement)
        }
        Usage::Session(session) => {
            if session.phase != Phase::Up {
                return Turn::Over;
            }
            let agreement = match session.is_owed_an_answer() {
                true => Agreement::Ours,
                false => Agreement::Reached,
            };
            (session.offers.exchange(), agreement)
        }
    };
    match (exchange, agreement) {
        (Exchange::Ours(_), _) | (_, Agreement::Ours) => Turn::Ours,
        (Exchange::Theirs(_), _) | (_, Agreement::Theirs) => Turn::Theirs,
        (Exchange::Idle, Agreement::Reached) => Turn::Free,
    }
}
