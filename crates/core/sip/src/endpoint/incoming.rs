//! Requests: which transaction they belong to, and whether they may be served at all
//! (RFC 3261 §8.2, §17.2.3).

use rappel_model::Now;

use super::Endpoint;
use super::respond::{ALLOWED, Capabilities, EXTENSIONS, SDP, is_plain, reply_flow};
use crate::dialog::peer::{RELIABLE, TIMER};
use crate::dialog::usage::Usage;
use crate::header::{ContentType, MaxForwards, ProxyRequire, Require, RetryAfter, Unsupported};
use crate::input::Flow;
use crate::message::{Method, Request, Response, StatusCode};
use crate::output::DialogNews;
use crate::settings::RETRY_AFTER;
use crate::transaction::ServerAct;
use crate::transaction::key::ServerKey;
use crate::transaction::table::TransactionId;
use crate::uri::Uri;

impl Endpoint {
    /// A request arrived: to its transaction, to its dialog, or something new.
    pub(super) fn handle_request(&mut self, now: Now, mut request: Request, flow: Flow) {
        let key = ServerKey::of(&request);
        let mut via = request.via().clone();
        via.stamp(flow.remote);
        request.set_via(via);
        let known = self.transactions.server_of(&key);
        match (request.method(), known) {
            (Method::Ack, known) => self.handle_ack(now, known, &request),
            (_, Some(id)) => self.handle_repeat(now, id),
            _ if !self.has_room(&request) => {
                self.refuse_statelessly(&request, flow);
                self.refused(flow, "too many transactions");
            }
            _ => self.handle_new(now, key, request, flow),
        }
    }

    /// Whether another transaction fits. Beyond the bound there is room, up to twice of it, for
    /// requests of calls that are up: overload must not keep them from ending.
    fn has_room(&self, request: &Request) -> bool {
        let (count, most) = (self.transactions.len(), self.settings.limits.transactions);
        let within = || {
            let tag = request.to().tag()?;
            self.usages.find(request.call_id(), tag)
        };
        count < most || (count < most * 2 && within().is_some())
    }

    /// An ACK of a refusal ends its transaction's repetitions; an ACK of a 2xx belongs to the
    /// dialog, whatever its branch (RFC 3261 §13.3.1.4, RFC 6026 §7.1).
    fn handle_ack(&mut self, now: Now, known: Option<TransactionId>, request: &Request) {
        let act = known
            .and_then(|id| self.transactions.server_mut(id))
            .map(|server| server.handle_ack(now));
        if let Some(id) = known {
            self.settle_server(id);
        }
        if act.is_none_or(|act| act == ServerAct::TellAck) {
            self.acknowledged(now, request);
        }
    }

    /// A request came again (RFC 3261 §17.2.1, §17.2.2): it gets its last answer again, if any.
    fn handle_repeat(&mut self, now: Now, id: TransactionId) {
        let act = self
            .transactions
            .server_mut(id)
            .map(|server| server.handle_repeat(now));
        if act == Some(ServerAct::SendLast) {
            self.send_last(id);
        }
    }

    /// A request that belongs to no transaction. Its sender is a stranger until something proves
    /// otherwise: a password, a dialog, or the INVITE that a CANCEL names.
    fn handle_new(&mut self, now: Now, key: ServerKey, request: Request, flow: Flow) {
        let merged = self.transactions.is_merged(&request);
        let back = reply_flow(&request, flow);
        let id = self.transactions.add_server(key, request.clone(), back);
        if *request.method() == Method::Cancel {
            self.handle_cancel(now, id, &request);
            return;
        }
        if let Some((response, why)) = self.inspect(id, &request, merged) {
            self.answer(now, id, response);
            self.refused(flow, why);
            return;
        }
        if let Some(tag) = request.to().tag() {
            let tag = tag.to_owned();
            self.handle_within(now, id, &request, &tag, flow);
            return;
        }
        match request.method() {
            Method::Invite => self.handle_invite(now, id, &request, flow),
            Method::Register => self.handle_register(now, id, &request, flow),
            Method::Subscribe => self.handle_subscribe(now, id, &request, flow),
            Method::Options => self.handle_probe(now, id),
            // A REFER of somebody we are not talking to would have us call on its behalf.
            Method::Refer => {
                self.reply(now, id, StatusCode::FORBIDDEN);
                self.refused(flow, "REFER outside a dialog");
            }
            // BYE and INFO live in dialogs alone.
            _ => self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION),
        }
    }

    /// The checks of RFC 3261 §8.2.1 to §8.2.3, in their order.
    fn inspect(
        &mut self,
        id: TransactionId,
        request: &Request,
        merged: bool,
    ) -> Option<(Response, &'static str)> {
        let method = request.method();
        if !ALLOWED.contains(method) {
            let (status, why) = if Method::KNOWN.contains(method) {
                (StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
            } else {
                (StatusCode::NOT_IMPLEMENTED, "unknown method")
            };
            return Some((self.response(id, status)?.allow(), why));
        }
        if !matches!(request.uri(), Uri::Sip(_) | Uri::Tel(_)) {
            let response = self.response(id, StatusCode::UNSUPPORTED_URI_SCHEME)?;
            return Some((response, "unsupported URI scheme"));
        }
        if merged {
            let response = self.response(id, StatusCode::LOOP_DETECTED)?;
            return Some((response, "merged request"));
        }
        if let Some(response) = self.inspect_require(id, request) {
            return Some((response, "unsupported extension"));
        }
        if *method == Method::Invite {
            return self.inspect_invite(id, request);
        }
        None
    }

    /// RFC 3261 §8.2.2.3: every extension that must be understood is one of ours.
    fn inspect_require(&mut self, id: TransactionId, request: &Request) -> Option<Response> {
        let mut unknown = request.headers().all::<Require>();
        unknown.retain(|extension| !EXTENSIONS.iter().any(|known| extension.is(known)));
        // To whoever is behind us we are the proxy, though not in what is only ours to know.
        let proxied = request.headers().all::<ProxyRequire>().into_iter();
        unknown.extend(
            proxied
                .filter(|extension| !PROXIED.iter().any(|known| extension.is(known)))
                .map(|extension| Require(extension.0)),
        );
        if unknown.is_empty() {
            return None;
        }
        let mut response = self.response(id, StatusCode::BAD_EXTENSION)?;
        for extension in unknown {
            response.push(&Unsupported(extension.0));
        }
        Some(response)
    }

    /// What an INVITE needs beside: hops left, since each call we make of it is one more hop of the
    /// same loop (RFC 3261 §16.3 step 3), and a body we can hand on (§8.2.3).
    fn inspect_invite(
        &mut self,
        id: TransactionId,
        request: &Request,
    ) -> Option<(Response, &'static str)> {
        if request.typed::<MaxForwards>() == Some(MaxForwards(0)) {
            let response = self.response(id, StatusCode::TOO_MANY_HOPS)?;
            return Some((response, "too many hops"));
        }
        let plain = is_plain(request);
        let is_sdp = request
            .typed::<ContentType>()
            .is_some_and(|content| content.is(SDP));
        let is_sealed = request
            .typed::<ContentType>()
            .is_some_and(|content| content.is(SEALED));
        if is_sealed {
            let response = self.response(id, StatusCode::UNDECIPHERABLE)?;
            return Some((response, "encrypted body"));
        }
        let readable = request.body().is_empty() || (plain && is_sdp);
        if !readable {
            let response = self.response(id, StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
            return Some((response.accept(&[SDP]), "unsupported body"));
        }
        None
    }

    /// CANCEL (RFC 3261 §9.2): 200 when the request it names is known, and 487 for an INVITE that
    /// still waits; after a final answer it changes nothing. It is hop by hop and never challenged
    /// (§22.1).
    fn handle_cancel(&mut self, now: Now, id: TransactionId, cancel: &Request) {
        let invite = self
            .transactions
            .server_of(&ServerKey::of_cancelled(cancel));
        let Some(invite) = invite else {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        };
        let Some(server) = self.transactions.server(invite) else {
            return;
        };
        let (dialog, open) = (server.dialog, server.is_open());
        self.keep(id);
        // RFC 3261 §9.2: the To tag is that of the answers to the INVITE.
        let tag = match dialog.and_then(|dialog| self.usages.usage(dialog)) {
            Some(Usage::Asked(asked)) => asked.dialog.local_tag().to_owned(),
            Some(Usage::Session(session)) => session.dialog.local_tag().to_owned(),
            _ => self.tag(),
        };
        let ok = self.finish(cancel.respond(StatusCode::OK), &tag);
        self.answer(now, id, ok);
        if !open {
            return;
        }
        match dialog {
            Some(dialog) if self.is_asked(dialog) => {
                self.end_asked(now, dialog);
                self.tell(dialog, DialogNews::Cancelled);
            }
            Some(dialog) => {
                self.reply(now, invite, StatusCode::REQUEST_TERMINATED);
                self.withdraw_offer(dialog, invite);
            }
            None => self.reply(now, invite, StatusCode::REQUEST_TERMINATED),
        }
    }

    /// Refuses for want of room (RFC 3261 §21.5.4).
    pub(super) fn refuse_overload(&mut self, now: Now, id: TransactionId) {
        if let Some(response) = self.response(id, StatusCode::SERVICE_UNAVAILABLE) {
            self.answer(now, id, response.with(&RetryAfter(RETRY_AFTER)));
        }
    }
}

/// What a Proxy-Require may ask: the extensions of ours, and privacy, which whoever passes the call
/// on respects (RFC 3323 §4.2).
const PROXIED: [&str; 5] = [RELIABLE, TIMER, "replaces", "norefersub", "privacy"];

/// An encrypted body: nobody here has the key (RFC 3261 §21.4.26, §23.4).
const SEALED: &str = "application/pkcs7-mime";
