//! Answers: how they are built, and which way they take.

use std::sync::Arc;

use rappel_model::Now;
use sha2::{Digest, Sha256};

use super::{Endpoint, Wake};
use crate::dialog::peer::{RELIABLE, TIMER};
use crate::header::{
    Accept, Allow, AllowEvents, Contact, Field, Name, NameAddr, Reason, RecordRoute, RetryAfter,
    Server as ServerHeader, Supported, TypedHeader, Via,
};
use crate::input::Flow;
use crate::message::{Message, Method, Request, Response, StatusCode};
use crate::output::Output;
use crate::settings::RETRY_AFTER;
use crate::subscribe::Package;
use crate::transaction::table::TransactionId;
use crate::transaction::{Heard, ServerAct};
use crate::uri::{SipUri, Uri};
use crate::wire;

impl Endpoint {
    /// Sends a message; nothing repeats it.
    pub(super) fn send(&mut self, message: &Message, flow: Flow) {
        self.send_to(message, flow, None);
    }

    /// Sends a message to a peer that must prove to have this name.
    pub(super) fn send_to(&mut self, message: &Message, flow: Flow, host: Option<Arc<str>>) {
        let bytes = wire::print(message);
        self.outputs.push_back(Output::Send { bytes, flow, host });
    }

    /// Gives the answer of a server transaction and arms its timers. A second final answer is
    /// swallowed by the transaction. After a final answer to a stranger nothing is kept.
    pub(super) fn answer(&mut self, now: Now, id: TransactionId, response: Response) {
        let is_final = response.status().is_final();
        let heard = Heard::of(response.status().code());
        let bytes = wire::print(&Message::Response(response));
        let Some(server) = self.transactions.server_mut(id) else {
            return;
        };
        let is_over = is_final && !server.is_kept;
        if server.answer(now, heard, bytes) == ServerAct::SendLast {
            self.send_last(id);
        }
        if is_over {
            self.forget_server(id);
        } else {
            self.settle_server(id);
        }
    }

    /// Sends the last answer of a server transaction (again).
    pub(super) fn send_last(&mut self, id: TransactionId) {
        if let Some(server) = self.transactions.server(id)
            && let Some(bytes) = server.last.clone()
        {
            let flow = server.flow;
            self.outputs.push_back(Output::Send {
                bytes,
                flow,
                host: None,
            });
        }
    }

    /// Forgets a server transaction that is over, or arms its next deadline.
    pub(super) fn settle_server(&mut self, id: TransactionId) {
        let Some(server) = self.transactions.server(id) else {
            return;
        };
        if server.is_terminated() {
            self.forget_server(id);
        } else {
            let deadline = server.poll_timeout();
            self.agenda.set(&Wake::Transaction(id), deadline);
        }
    }

    fn forget_server(&mut self, id: TransactionId) {
        self.transactions.remove(id);
        self.agenda.set(&Wake::Transaction(id), None);
    }

    /// The sender of a request is known: its final answer is kept and repeated as
    /// RFC 3261 §17.2 says.
    pub(super) fn keep(&mut self, id: TransactionId) {
        if let Some(server) = self.transactions.server_mut(id) {
            server.is_kept = true;
        }
    }

    /// An answer to the request of a server transaction, with a To tag of its own and our name;
    /// `None` when the transaction is gone or finally answered.
    pub(super) fn response(&mut self, id: TransactionId, status: StatusCode) -> Option<Response> {
        let request = self.transactions.server(id)?.request()?;
        let tag = self.stateless_tag(request);
        Some(self.finish(request.respond(status), &tag))
    }

    /// Answers the request of a server transaction with a status and nothing more.
    pub(super) fn reply(&mut self, now: Now, id: TransactionId, status: StatusCode) {
        if let Some(response) = self.response(id, status) {
            self.answer(now, id, response);
        }
    }

    /// Refuses a request without a transaction: there is no room for one (RFC 3261 §8.2.7 shows
    /// stateless answers, §21.5.4 the wait).
    pub(super) fn refuse_statelessly(&mut self, request: &Request, flow: Flow) {
        let tag = self.stateless_tag(request);
        let response = request.respond(StatusCode::SERVICE_UNAVAILABLE);
        let response = self.finish(response, &tag).with(&RetryAfter(RETRY_AFTER));
        let flow = reply_flow(request, flow);
        self.send(&Message::Response(response), flow);
    }

    /// The tag of an answer that makes no dialog: the same for a request that comes again, since
    /// nothing may be kept of it (RFC 3261 §8.2.7), and not to be foreseen (§19.3).
    fn stateless_tag(&self, request: &Request) -> String {
        let via = request.via();
        let cseq = request.cseq();
        let hash = Sha256::new()
            .chain_update(self.tag_key)
            .chain_update(via.branch())
            .chain_update([0])
            .chain_update(via.sent_by.to_string())
            .chain_update([0])
            .chain_update(request.call_id())
            .chain_update([0])
            .chain_update(request.from().tag().unwrap_or_default())
            .chain_update([0])
            .chain_update(cseq.number.to_be_bytes())
            .chain_update(cseq.method.as_str())
            .finalize();
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Adds what every answer but 100 carries: our tag and our name.
    pub(super) fn finish(&self, mut response: Response, tag: &str) -> Response {
        if response.status() != StatusCode::TRYING {
            response.set_to_tag(tag);
            response.push(&ServerHeader(self.settings.product.clone()));
        }
        response
    }
}

/// What we answer with by default, as lists on one line.
pub(super) trait Capabilities: Sized {
    /// Adds a field.
    fn add(&mut self, field: Field);

    /// Adds Allow (RFC 3261 §20.5).
    fn allow(mut self) -> Self {
        let names: Vec<&str> = ALLOWED.iter().map(Method::as_str).collect();
        self.add(Field::new(Allow::NAME, &names.join(", ")));
        self
    }

    /// Adds Supported (RFC 3261 §20.37).
    fn supported(mut self) -> Self {
        self.add(Field::new(Supported::NAME, &EXTENSIONS.join(", ")));
        self
    }

    /// The same to whoever asks what this end can do: what its registrar knows as well (RFC 3261 §11.2,
    /// RFC 5626 §6, RFC 3327 §5.1, RFC 5627 §5).
    fn supported_at_all(mut self) -> Self {
        let all = EXTENSIONS.join(", ") + ", " + super::register::EXTENSIONS;
        self.add(Field::new(Supported::NAME, &all));
        self
    }

    /// Adds Supported without reliable provisional answers, where nobody would acknowledge them:
    /// to a re-INVITE, and to an INVITE without offer, whose first reliable answer would bring one.
    fn supported_but_reliable(mut self) -> Self {
        let rest: Vec<&str> = EXTENSIONS
            .into_iter()
            .filter(|extension| *extension != RELIABLE)
            .collect();
        self.add(Field::new(Supported::NAME, &rest.join(", ")));
        self
    }

    /// Adds Accept with these body types, and Accept-Encoding: none is packed (RFC 3261 §20.1, §20.2).
    fn accept(mut self, types: &[&str]) -> Self {
        self.add(Field::new(Accept::NAME, &types.join(", ")));
        self.add(Field::new(Name::AcceptEncoding, PLAIN));
        self
    }

    /// Adds Allow-Events (RFC 6665 §8.2.2).
    fn allow_events(mut self) -> Self {
        self.add(Field::new(AllowEvents::NAME, &Package::names()));
        self
    }

    /// Adds a Reason with a Q.850 cause, if there is one (RFC 3326). A call answered elsewhere is
    /// told in the words of SIP as well (§3.1): phones look for them, and count no missed call.
    fn reason(mut self, q850: Option<u8>) -> Self {
        if let Some(cause) = q850 {
            if cause == ANSWERED_ELSEWHERE {
                let completed = Reason::sip(200, "Call completed elsewhere");
                self.add(Field::new(Name::Reason, &completed.to_string()));
            }
            self.add(Field::new(Name::Reason, &Reason::q850(cause).to_string()));
        }
        self
    }
}

impl Capabilities for Response {
    fn add(&mut self, field: Field) {
        self.push_field(field);
    }
}

impl Capabilities for Request {
    fn add(&mut self, field: Field) {
        self.push_field(field);
    }
}

/// Copies Record-Route into an answer that makes a dialog (RFC 3261 §12.1.1).
pub(super) fn copy_record_route(request: &Request, response: &mut Response) {
    for route in request.headers().fields(&RecordRoute::NAME) {
        response.push_line(route);
    }
}

/// Our Contact on a flow: the address the peer reaches us at, which is all it needs to know
/// (RFC 3261 §8.1.1.8).
pub(super) fn contact(flow: Flow) -> Contact {
    let mut uri = SipUri::at("", flow.local);
    if let Some(name) = flow.transport.uri_name() {
        uri.params.set("transport", name);
    }
    Contact::At(NameAddr::new(Uri::Sip(uri)))
}

/// Where the answer to `request` goes: back on its connection, or over UDP to the address it came
/// from, at the port it came from when rport is asked for and at that of `sent-by` otherwise
/// (RFC 3261 §18.2.2, RFC 3581 §4). The Via is stamped already.
pub(super) fn reply_flow(request: &Request, flow: Flow) -> Flow {
    reply_flow_by(request.via(), flow)
}

/// The same by the topmost Via alone.
pub(super) fn reply_flow_by(via: &Via, flow: Flow) -> Flow {
    if flow.transport.is_reliable() {
        return flow;
    }
    Flow {
        remote: via.reply_to().unwrap_or(flow.remote),
        ..flow
    }
}

/// The methods this build serves.
pub(super) const ALLOWED: [Method; 11] = [
    Method::Invite,
    Method::Ack,
    Method::Cancel,
    Method::Bye,
    Method::Options,
    Method::Info,
    Method::Register,
    Method::Subscribe,
    Method::Refer,
    Method::Prack,
    Method::Update,
];

/// The extensions a peer may require of us: RFC 3262, RFC 4028, RFC 3891, RFC 4488.
pub(super) const EXTENSIONS: [&str; 4] = [RELIABLE, TIMER, "replaces", "norefersub"];

/// Q.850 cause 26, "non-selected user clearing": another phone has taken the call.
const ANSWERED_ELSEWHERE: u8 = 26;

/// Whether the body of a request is not packed in any way (RFC 3261 §20.12).
pub(super) fn is_plain(request: &Request) -> bool {
    let coding = request.headers().text(&Name::ContentEncoding);
    coding.is_none_or(|coding| coding.trim().eq_ignore_ascii_case(PLAIN))
}

/// The only content coding we read: none (RFC 9110 §12.5.3).
pub(super) const PLAIN: &str = "identity";

/// The body type of offers and answers (RFC 3261 §13.2.1).
pub(super) const SDP: &str = "application/sdp";

/// The body types of INFO: keys as old phones send them, with and without their duration.
pub(super) const KEYS: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];
