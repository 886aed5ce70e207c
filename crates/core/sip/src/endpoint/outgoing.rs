//! Requests of ours: sending them, and carrying answers to whoever asked.

use std::sync::Arc;

use rappel_model::Now;

use super::course::{Course, Hop, OurContact, is_never_challenged, rooted};
use super::seeking::Seeker;
use super::{Endpoint, Purpose, Wake};
use crate::auth::Prover;
use crate::dialog::Dialog;
use crate::dialog::usage::Usage;
use crate::header::{CSeq, Name};
use crate::input::Flow;
use crate::message::{Essentials, Message, Method, Request, Response, StatusCode};
use crate::output::Output;
use crate::transaction::table::TransactionId;
use crate::transaction::{ClientAct, Heard};
use crate::way::Host;

/// What came of a request of ours.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// The status; 408 and 503 also stand for silence and for a broken transport
    /// (RFC 3261 §8.1.3.1).
    pub(super) status: u16,
    /// The response, unless the status is our own.
    pub(super) response: Option<Response>,
    /// The way the response came.
    pub(super) flow: Option<Flow>,
}

/// What a dialog knows of its peer.
#[derive(Debug, Default)]
struct Known {
    flow: Option<Flow>,
    host: Option<Arc<str>>,
    prover: Option<Prover>,
    name: Option<Host>,
}

impl Known {
    fn of(dialog: &Dialog, challenged: bool) -> Self {
        Self {
            flow: Some(dialog.flow),
            host: dialog.host.clone(),
            prover: dialog.prover.as_deref().filter(|_| challenged).cloned(),
            name: dialog.named_hop(),
        }
    }
}

impl Outcome {
    /// A status that nobody sent.
    pub(super) fn own(status: StatusCode) -> Self {
        Self {
            status: status.code(),
            response: None,
            flow: None,
        }
    }
}

impl Endpoint {
    /// Sends a request in a transaction of its own, by `flow`. One of a dialog goes with the account
    /// that its dialog proved itself with, and to the name its peer is at, where it is at one.
    pub(super) fn start(
        &mut self,
        now: Now,
        request: Request,
        flow: Flow,
        purpose: Purpose,
    ) -> TransactionId {
        let known = self.known_of(&request);
        let seen = known.flow.unwrap_or(flow);
        let flow = rooted(&self.settings.listeners, flow, seen);
        let Some(name) = known.name else {
            return self.start_by(now, request, (flow, known.host), known.prover, purpose);
        };
        let mut course = Course::new(OurContact::of(&request), None, None).proved_by(known.prover);
        course.fallback = Some(Hop {
            flow,
            host: known.host,
        });
        let id = self.hold(request, course, purpose);
        self.seek(now, Seeker::Request(id), &name);
        id
    }

    /// Sends a request to one hop.
    pub(super) fn start_by(
        &mut self,
        now: Now,
        request: Request,
        (flow, host): (Flow, Option<Arc<str>>),
        prover: Option<Prover>,
        purpose: Purpose,
    ) -> TransactionId {
        let prover = prover.filter(|_| !is_never_challenged(&request));
        let course = Course::new(OurContact::of(&request), None, None).proved_by(prover);
        let id = self.hold(request, course, purpose);
        self.depart(now, id, vec![Hop { flow, host }]);
        id
    }

    /// What the dialog of a request knows of its peer.
    fn known_of(&mut self, request: &Request) -> Known {
        let challenged = !is_never_challenged(request);
        let invite = match self.usage_of(request) {
            Some(Usage::Session(session)) => return Known::of(&session.dialog, challenged),
            Some(Usage::Asked(asked)) => return Known::of(&asked.dialog, challenged),
            Some(Usage::Calling(calling)) => calling.transaction,
            None => return Known::default(),
        };
        let client = self.transactions.client(invite);
        let course = self.courses.get(&invite).filter(|_| challenged);
        Known {
            flow: None,
            host: client.and_then(|client| client.host.clone()),
            prover: course.and_then(|course| course.prover.clone()),
            name: None,
        }
    }

    /// A response arrived. One that belongs to no transaction is dropped (RFC 6026 §7.2).
    pub(super) fn handle_response(&mut self, now: Now, response: Response, flow: Flow) {
        let Some(id) = self.transactions.client_of(&response) else {
            return;
        };
        let Some(client) = self.transactions.client_mut(id) else {
            return;
        };
        // A connection opened for this request is known by its number from here on.
        if client.flow.transport.is_reliable() && client.flow.connection.is_none() {
            client.flow = flow;
        }
        let act = client.handle_response(now, Heard::of(response.status().code()));
        self.client_act(now, id, act, Some(response));
    }

    /// A deadline of a transaction passed.
    pub(super) fn wake_transaction(&mut self, now: Now, id: TransactionId) {
        if let Some(client) = self.transactions.client_mut(id) {
            let act = client.handle_timeout(now);
            self.client_act(now, id, act, None);
        } else if let Some(server) = self.transactions.server_mut(id) {
            if server.handle_timeout(now) == crate::transaction::ServerAct::SendLast {
                self.send_last(id);
            }
            self.settle_server(id);
        }
    }

    /// Does what a client transaction wants done.
    pub(super) fn client_act(
        &mut self,
        now: Now,
        id: TransactionId,
        act: ClientAct,
        response: Option<Response>,
    ) {
        match act {
            ClientAct::Nothing => {}
            ClientAct::Repeat => {
                if let Some(client) = self.transactions.client(id) {
                    let (bytes, flow) = (client.bytes.clone(), client.flow);
                    let host = client.host.clone();
                    self.outputs.push_back(Output::Send { bytes, flow, host });
                }
            }
            ClientAct::Ack => self.acknowledge_refusal(id, response.as_ref()),
            ClientAct::AckAndTell => {
                self.acknowledge_refusal(id, response.as_ref());
                self.tell_outcome(now, id, response);
            }
            ClientAct::Tell => self.tell_outcome(now, id, response),
            ClientAct::TimedOut => self.tell_own(now, id, StatusCode::REQUEST_TIMEOUT),
            ClientAct::Unreachable => self.tell_own(now, id, StatusCode::SERVICE_UNAVAILABLE),
        }
        self.settle_client(id);
    }

    /// Forgets a client transaction that is over, or arms its next deadline.
    pub(super) fn settle_client(&mut self, id: TransactionId) {
        let Some(client) = self.transactions.client(id) else {
            return;
        };
        if client.is_terminated() {
            self.drop_client(id);
        } else {
            let deadline = client.poll_timeout();
            self.agenda.set(&Wake::Transaction(id), deadline);
        }
    }

    /// Forgets a client transaction, over or not.
    pub(super) fn drop_client(&mut self, id: TransactionId) {
        self.transactions.remove(id);
        self.agenda.set(&Wake::Transaction(id), None);
        if self.courses.remove(&id).is_some() {
            self.agenda.set(&Wake::Course(id), None);
            self.forget_seeker(id);
        }
    }

    /// The ACK of a refusal: it belongs to the transaction, and has its branch, its Request-URI and
    /// its Route; only the To is that of the response (RFC 3261 §17.1.1.3).
    fn acknowledge_refusal(&mut self, id: TransactionId, response: Option<&Response>) {
        let (Some(client), Some(response)) = (self.transactions.client(id), response) else {
            return;
        };
        let mut ack = hop_by_hop(&client.request, Method::Ack);
        ack = ack_to(&ack, response);
        let (flow, host) = (client.flow, client.host.clone());
        self.send_to(&Message::Request(ack), flow, host);
    }

    fn tell_own(&mut self, now: Now, id: TransactionId, status: StatusCode) {
        self.carry(now, id, Outcome::own(status));
    }

    fn tell_outcome(&mut self, now: Now, id: TransactionId, response: Option<Response>) {
        if let Some(response) = response {
            let outcome = Outcome {
                status: response.status().code(),
                response: Some(response),
                flow: self.transactions.client(id).map(|client| client.flow),
            };
            self.carry(now, id, outcome);
        }
    }

    fn carry(&mut self, now: Now, id: TransactionId, outcome: Outcome) {
        let Some(outcome) = self.pursue(now, id, outcome) else {
            return;
        };
        let Some(client) = self.transactions.client(id) else {
            return;
        };
        let purpose = client.purpose.clone();
        self.deliver(now, id, purpose, outcome);
    }

    /// Tells whoever asked what came of a request.
    pub(super) fn deliver(
        &mut self,
        now: Now,
        id: TransactionId,
        purpose: Purpose,
        outcome: Outcome,
    ) {
        match purpose {
            Purpose::Invite { dialog, symmetric } => {
                self.invite_outcome(now, id, dialog, symmetric, outcome);
            }
            Purpose::Reinvite {
                dialog,
                body,
                glares,
            } => self.reinvite_outcome(now, id, dialog, (body, glares), outcome),
            Purpose::Update {
                dialog,
                tag,
                body,
                glares,
            } => self.update_outcome(now, id, (dialog, &tag), (body, glares), &outcome),
            Purpose::Orphan(dialog) => self.orphan_outcome(now, id, &dialog, &outcome),
            Purpose::Bye(dialog) => self.bye_outcome(now, dialog, &outcome),
            Purpose::Refresh(dialog) => self.refresh_outcome(now, id, dialog, &outcome),
            Purpose::Referrer(dialog) => self.referrer_outcome(now, dialog, &outcome),
            Purpose::Notify(subscription) => self.notify_outcome(now, subscription, &outcome),
            Purpose::Register(registration) => self.register_outcome(now, registration, &outcome),
            Purpose::Probe(probe) => self.probe_outcome(now, probe, &outcome),
            Purpose::Abandoned => self.abandoned_outcome(now, id, &outcome),
            Purpose::Alone => {}
        }
    }
}

/// A request that stays between us and the next hop: the CANCEL (RFC 3261 §9.1) or the ACK of a
/// refusal (§17.1.1.3) of an INVITE. Both have its Request-URI, branch, From, To, Call-ID, CSeq
/// number and Route.
pub(super) fn hop_by_hop(invite: &Request, method: Method) -> Request {
    let mut essentials: Essentials = invite.essentials();
    essentials.cseq = CSeq::new(invite.cseq().number, method);
    let mut request = Request::new(invite.uri().clone(), essentials);
    for route in invite.headers().fields(&Name::Route) {
        request.push_line(route);
    }
    request
}

fn ack_to(ack: &Request, response: &Response) -> Request {
    let mut essentials = ack.essentials();
    essentials.to = response.to().clone();
    let mut request = Request::new(ack.uri().clone(), essentials);
    for route in ack.headers().fields(&Name::Route) {
        request.push_line(route);
    }
    request
}
