//! Our INVITE: from sending it to its final answer (RFC 3261 §13.2), and its CANCEL (§9.1).

use std::net::IpAddr;

use bytes::Bytes;
use rappel_model::Now;

use super::course::{Course, OurContact};
use super::outgoing::{Outcome, hop_by_hop};
use super::respond::{Capabilities, SDP};
use super::{Endpoint, Invite, Purpose};
use crate::dialog::session::Session;
use crate::dialog::uac::Calling;
use crate::dialog::usage::Usage;
use crate::dialog::{Dialog, q850_of};
use crate::header::{CSeq, Contact, Field, Headers, MaxForwards, Name, NameAddr};
use crate::input::Transport;
use crate::message::{Essentials, Method, Request, Response, StatusCode};
use crate::next_hop::next_hop;
use crate::output::{DialogId, DialogNews};
use crate::transaction::table::{Client, TransactionId};
use crate::uri::Uri;
use crate::way::Way;

impl Endpoint {
    /// Which of our addresses a peer along this way is shown, so that voice may be sent to the same;
    /// `None` for a host that is a name, whose addresses are not known before it is looked up, and for
    /// one that cannot be reached.
    pub fn shown_along(&self, way: &Way) -> Option<IpAddr> {
        match way {
            Way::Flow(flow) => Some(flow.local.ip()),
            Way::Host(host) => {
                let remote: IpAddr = host.name.parse().ok()?;
                let transport = host.transport.unwrap_or(Transport::Udp);
                let local = self.settings.listeners.local_for(transport, remote)?;
                Some(local.ip())
            }
        }
    }

    /// Sends an INVITE. News follow under the handle: `Progress`, then `Answered` or `Failed`.
    /// Without room for another dialog it fails at once with 503.
    pub fn invite(&mut self, now: Now, invite: Invite) -> DialogId {
        let dialog = self.usages.draw();
        if !self.has_room_for_dialog() {
            self.fail(now, dialog, StatusCode::SERVICE_UNAVAILABLE.code(), None);
            return dialog;
        }
        // A peer that is not where its URI says sits behind a NAT: its flow is the way to it.
        let symmetric = match &invite.way {
            Way::Flow(flow) => {
                flow.connection.is_some() || next_hop(&invite.target, *flow) != *flow
            }
            Way::Host(_) => false,
        };
        let way = invite.way.clone();
        let course = Course::new(OurContact::Plain, invite.account.clone(), invite.patience);
        let (target, caller) = (invite.target.clone(), invite.from.uri.clone());
        let request = self.first_invite(invite);
        let call_id = request.call_id().to_owned();
        let tag = request.from().tag().unwrap_or_default().to_owned();
        let purpose = Purpose::Invite { dialog, symmetric };
        let transaction = self.hold(request, course, purpose);
        let calling = Calling::new(transaction, call_id, tag);
        self.usages.put(dialog, Usage::Calling(Box::new(calling)));
        if let Way::Flow(flow) = &way {
            self.lamp_of_callee(dialog, *flow, &target, &caller);
        }
        self.set_out(now, transaction, way);
        dialog
    }

    fn first_invite(&mut self, invite: Invite) -> Request {
        let tag = self.tag();
        let essentials = Essentials {
            via: self.unsent_via(),
            from: invite.from.with_tag(&tag),
            to: without_tag(invite.to),
            call_id: self.random.token(CALL_ID_LENGTH),
            cseq: CSeq::new(self.first_cseq(), Method::Invite),
        };
        let path = match &invite.way {
            Way::Flow(flow) => self.registrar.owner(*flow, &invite.target),
            Way::Host(_) => None,
        };
        let path = path.map(|(_, device)| device.path.clone());
        let mut request = Request::new(invite.target, essentials).allow();
        if let Some(left) = invite.max_forwards {
            request.set(&MaxForwards(left));
        }
        request = match invite.body.is_empty() {
            true => request.supported_but_reliable(),
            false => request.supported(),
        };
        request = self.ask_for_timer(request);
        // RFC 3327 §5.3: through the proxies it registered by.
        for hop in path.iter().flatten() {
            request.push_field(Field::new(Name::Route, hop));
        }
        for (name, value) in invite.headers {
            if let Some(name) = Name::read(&name).filter(is_theirs_to_add) {
                request.push_field(Field::new(name, &value));
            }
        }
        request.with_body(SDP, invite.body)
    }

    /// We hang up on our INVITE: CANCEL, as soon as a provisional answer allows it (RFC 3261 §9.1).
    pub(super) fn cancel(&mut self, now: Now, dialog: DialogId, q850: Option<u8>) {
        let Some(Usage::Calling(calling)) = self.usages.usage_mut(dialog) else {
            return;
        };
        let id = calling.transaction;
        let sent = self.transactions.client(id).map(Client::is_sent);
        if sent == Some(false) {
            // It waits for a look-up: nobody has heard of it.
            self.drop_client(id);
            self.fail(now, dialog, StatusCode::REQUEST_TERMINATED.code(), None);
            return;
        }
        let may_cancel = self.transactions.client(id).is_some_and(Client::may_cancel);
        if calling.hang_up(now, may_cancel, q850) {
            self.send_cancel(now, id, q850);
        }
        self.arm_usage(dialog);
    }

    fn send_cancel(&mut self, now: Now, invite: TransactionId, q850: Option<u8>) {
        if let Some(client) = self.transactions.client(invite) {
            let cancel = hop_by_hop(&client.request, Method::Cancel).reason(q850);
            let hop = (client.flow, client.host.clone());
            self.start_by(now, cancel, hop, None, Purpose::Alone);
        }
    }

    /// Nobody answers our CANCEL: the INVITE counts as cancelled (RFC 3261 §9.1).
    pub(super) fn wake_calling(&mut self, now: Now, dialog: DialogId) {
        if let Some(Usage::Calling(calling)) = self.usages.usage_mut(dialog)
            && let Some(id) = calling.offers.overdue(now)
        {
            self.refuse_overdue(now, id);
        }
        if let Some(Usage::Calling(calling)) = self.usages.usage(dialog)
            && calling.is_given_up(now)
        {
            let id = calling.transaction;
            self.drop_client(id);
            self.fail(now, dialog, StatusCode::REQUEST_TERMINATED.code(), None);
        }
    }

    /// An answer to our first INVITE.
    pub(super) fn invite_outcome(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        symmetric: bool,
        outcome: Outcome,
    ) {
        match (outcome.status, outcome.response) {
            (..200, Some(response)) => self.progress(now, id, dialog, symmetric, &response),
            (200..300, Some(response)) => self.accepted(now, id, dialog, symmetric, &response),
            (status, response) => {
                let headers = response.as_ref().map(Response::headers);
                let q850 = headers.and_then(q850_of);
                if matches!(self.usages.usage(dialog), Some(Usage::Calling(_))) {
                    let contacts = headers.filter(|_| (300..400).contains(&status));
                    let contacts = contacts.map(elsewhere).unwrap_or_default();
                    self.fail_with(now, dialog, (status, q850), contacts);
                }
            }
        }
    }

    /// A provisional answer: it makes an early dialog (RFC 3261 §12.1.2), and is acknowledged where
    /// it is reliable.
    fn progress(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        symmetric: bool,
        response: &Response,
    ) {
        let is_news = self.note_early(now, (id, dialog), symmetric, response);
        let Some(Usage::Calling(calling)) = self.usages.usage_mut(dialog) else {
            return;
        };
        if let Some(q850) = calling.cancel_due(now) {
            self.send_cancel(now, id, q850);
            self.arm_usage(dialog);
            return;
        }
        if is_news && !calling.is_unwanted() {
            let status = response.status().code();
            let body = response.body().clone();
            self.tell(dialog, DialogNews::Progress { status, body });
        }
    }

    /// A 2xx to our first INVITE: each one gets an ACK; the first makes the session, every other
    /// branch of a fork, and any that comes after we hung up, is ended (RFC 3261 §13.2.2.4).
    fn accepted(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        symmetric: bool,
        response: &Response,
    ) {
        let tag = response.to().tag().unwrap_or_default().to_owned();
        if self.acknowledge_again(id, &tag) {
            return;
        }
        let most = self.settings.limits.forks;
        let client = self.transactions.client(id);
        let Some(client) = client.filter(|client| client.acks.len() < most) else {
            return;
        };
        let mut branch = Dialog::uac(&client.request, response, client.flow, symmetric);
        branch.host = client.host.clone();
        let course = self.courses.get(&id);
        branch.prover = course
            .and_then(|course| course.prover.clone())
            .map(Box::new);
        self.send_ack(now, id, &branch, &tag);
        match self.usages.usage(dialog) {
            Some(Usage::Calling(calling)) if !calling.is_unwanted() => {
                let body = self.confirm(now, id, dialog, branch, response);
                self.take_timer(now, id, dialog, response);
                self.arm_usage(dialog);
                self.tell(dialog, DialogNews::Answered { body });
            }
            other => {
                let unwanted = matches!(other, Some(Usage::Calling(_)));
                self.end_branch(now, id, branch);
                if unwanted {
                    self.fail(now, dialog, StatusCode::REQUEST_TERMINATED.code(), None);
                }
            }
        }
    }

    /// The first 2xx makes the session: it goes on where its early dialog stood. Gives the answer to
    /// our offer, which may have come reliably before.
    fn confirm(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        branch: Dialog,
        response: &Response,
    ) -> Bytes {
        let mut body = response.body().clone();
        let Some(Usage::Calling(mut calling)) = self.usages.take(dialog) else {
            return body;
        };
        let tag = branch.remote_tag().to_owned();
        let early = calling.take_early(&tag);
        let branch = match &early {
            Some(early) => branch.continuing(&early.dialog, response),
            None => branch,
        };
        if let Some(answer) = early.and_then(|early| early.answer)
            && body.is_empty()
        {
            body = answer;
        }
        let mut session = Session::new(branch, true);
        if let Some(client) = self.transactions.client(id) {
            session.said(client.request.body());
        }
        session.heard(&body);
        if calling.offering == tag {
            session.offers = calling.offers;
        } else if let Some(waiting) = calling.offers.take_theirs() {
            self.reply(now, waiting, StatusCode::REQUEST_TERMINATED);
        }
        self.usages.put(dialog, Usage::Session(Box::new(session)));
        self.arm_usage(dialog);
        body
    }

    fn fail(&mut self, now: Now, dialog: DialogId, status: u16, q850: Option<u8>) {
        self.fail_with(now, dialog, (status, q850), Vec::new());
    }

    fn fail_with(
        &mut self,
        now: Now,
        dialog: DialogId,
        (status, q850): (u16, Option<u8>),
        contacts: Vec<Uri>,
    ) {
        self.forget_usage(now, dialog);
        self.tell(
            dialog,
            DialogNews::Failed {
                status,
                q850,
                contacts,
            },
        );
    }
}

/// Where a redirection leads, what it prefers first (RFC 3261 §8.1.3.4).
fn elsewhere(headers: &Headers) -> Vec<Uri> {
    let contacts = headers.all::<Contact>().into_iter().take(MAX_CONTACTS);
    let addresses = contacts.filter_map(|contact| match contact {
        Contact::At(address) => Some(address),
        Contact::All => None,
    });
    let mut addresses: Vec<NameAddr> = addresses.collect();
    // `q` is `0`, `1` or `0.xxx` (RFC 3261 §25.1); without one it is 1 (RFC 3261 §20.10).
    let preference = |address: &NameAddr| {
        let q = address
            .params
            .value("q")
            .and_then(|q| q.trim().parse::<f32>().ok());
        let q = q.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(1.0);
        (q * 1_000.0) as u32
    };
    addresses.sort_by_key(|address| std::cmp::Reverse(preference(address)));
    addresses.into_iter().map(|address| address.uri).collect()
}

/// Most Contacts of a redirection that are told.
const MAX_CONTACTS: usize = 8;

/// Headers of an INVITE that the endpoint writes itself.
fn is_theirs_to_add(name: &Name) -> bool {
    !matches!(
        name,
        Name::Via
            | Name::From
            | Name::To
            | Name::CallId
            | Name::CSeq
            | Name::Contact
            | Name::ContentLength
            | Name::ContentType
            | Name::Allow
            | Name::Supported
            | Name::SessionExpires
            | Name::MinSe
            | Name::UserAgent
            | Name::Route
            | Name::RecordRoute
    )
}

fn without_tag(mut address: NameAddr) -> NameAddr {
    address.params.remove("tag");
    address
}

/// Letters of a Call-ID: more than 120 bits of chance (RFC 3261 §8.1.1.4).
const CALL_ID_LENGTH: usize = 24;
