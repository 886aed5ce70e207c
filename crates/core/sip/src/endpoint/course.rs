//! The course of a request of ours: the addresses it may take one after the other, how long each may
//! be silent, whose account answers challenges (RFC 3263 §4.3, RFC 3261 §22.2). A request keeps its
//! handle whatever its course; [`super::seeking`] finds the addresses, [`super::abandoned`] ends what
//! a slow address still says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use rappel_model::{Deadline, Now};

use super::outgoing::Outcome;
use super::respond::contact;
use super::{Endpoint, Patience, Purpose, Wake};
use crate::auth::{Account, Answered, Prover};
use crate::dialog::usage::Usage;
use crate::header::{CSeq, Contact, MinSe, Name, NameAddr, SessionExpires, UserAgent, Via};
use crate::input::Flow;
use crate::listeners::Listeners;
use crate::message::{Message, Method, Request, Response, StatusCode};
use crate::next_hop::transport_name;
use crate::output::{DialogId, Output};
use crate::transaction::table::TransactionId;
use crate::transaction::timer::PATIENCE;
use crate::uri::{Host, HostPort, SipUri, Uri};
use crate::wire;

/// What goes with a request until its transaction is over.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) contact: OurContact,
    /// Who we are to servers that challenge; without, challenges are refusals.
    pub(super) prover: Option<Prover>,
    answered: Answered,
    patience: Option<Patience>,
    /// Addresses not tried yet.
    rest: VecDeque<Hop>,
    /// Where to send when its name leads nowhere: the way the peer's messages come.
    pub(super) fallback: Option<Hop>,
    /// Whether the address in use said anything.
    heard: bool,
    /// How often its session was asked to live longer.
    raised: u8,
}

/// Proxies on the way may each ask a session to live longer, but not for ever.
const MOST_RAISES: u8 = 3;

/// One address to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// The way to it.
    pub(super) flow: Flow,
    /// The name it must prove to have when a secure connection is opened (RFC 5922 §4).
    pub(super) host: Option<Arc<str>>,
}

/// The Contact of a request, which depends on the way it takes.
#[derive(Clone, Debug)]
pub(super) enum OurContact {
    /// None: the request has none.
    None,
    /// Our address on the flow.
    Plain,
    /// What a registrar is told.
    Registered {
        /// Its user part.
        user: String,
        /// Our address, where a NAT gives us another than our own.
        seen: Option<SocketAddr>,
        /// The address that holds no more.
        outdated: Option<SocketAddr>,
    },
}

impl Course {
    /// A course that begins.
    pub(super) fn new(
        contact: OurContact,
        account: Option<Account>,
        patience: Option<Patience>,
    ) -> Self {
        Self {
            contact,
            prover: account.map(Prover::new),
            answered: Answered::default(),
            patience,
            rest: VecDeque::new(),
            fallback: None,
            heard: false,
            raised: 0,
        }
    }

    /// The same with an account that was asked before.
    pub(super) fn proved_by(mut self, prover: Option<Prover>) -> Self {
        self.prover = prover;
        self
    }
}

impl OurContact {
    /// That of a request inside a dialog.
    pub(super) fn of(request: &Request) -> Self {
        if request.headers().has(&Name::Contact) {
            Self::Plain
        } else {
            Self::None
        }
    }

    /// Puts it into a request that takes `flow`.
    fn put(&self, request: &mut Request, flow: Flow) {
        match self {
            Self::None => {}
            Self::Plain => request.set(&contact(flow)),
            Self::Registered {
                user,
                seen,
                outdated,
            } => {
                request.set(&registered(user, seen.unwrap_or(flow.local), flow, None));
                if let Some(outdated) = outdated {
                    request.push(&registered(user, *outdated, flow, Some(0)));
                }
            }
        }
    }
}

impl Endpoint {
    /// Makes a transaction for a request whose Via is [`Self::unsent_via`]; [`Self::set_out`] or
    /// [`Self::depart`] sends it. Between the two its owner notes the handle.
    pub(super) fn hold(
        &mut self,
        mut request: Request,
        course: Course,
        purpose: Purpose,
    ) -> TransactionId {
        request.push(&UserAgent(self.settings.product.clone()));
        let id = self.transactions.hold(request, purpose);
        self.courses.insert(id, course);
        id
    }

    /// Sends a held request to the first of these addresses; without any it has failed.
    pub(super) fn depart(&mut self, now: Now, id: TransactionId, hops: Vec<Hop>) {
        let mut hops = VecDeque::from(hops);
        let first = hops.pop_front();
        if let Some(course) = self.courses.get_mut(&id) {
            course.rest = hops;
        }
        match first {
            Some(hop) => self.launch(now, id, hop),
            None => self.lose(now, id),
        }
    }

    /// A held request has nowhere to go.
    fn lose(&mut self, now: Now, id: TransactionId) {
        if let Some(client) = self.transactions.client_mut(id) {
            let act = client.handle_transport_error(now);
            self.client_act(now, id, act, None);
        }
    }

    /// Sends a held request on its way: Via, Contact and credentials are those of this hop.
    fn launch(&mut self, now: Now, id: TransactionId, hop: Hop) {
        let (Some(client), Some(course)) =
            (self.transactions.client(id), self.courses.get_mut(&id))
        else {
            return;
        };
        let mut request = client.request.clone();
        let flow = hop.flow;
        let branch = request.via().branch().to_owned();
        let via = Via::new(transport_name(flow.transport), flow.local.into(), &branch);
        request.set_via(via);
        course.contact.put(&mut request, flow);
        if let Some(prover) = &mut course.prover {
            prover.authorize(&mut request, &mut self.random);
        }
        course.heard = false;
        let patience = course.patience.map(|own| match course.rest.is_empty() {
            true => own.last,
            false => own.each,
        });
        let patience = patience.filter(|patience| *patience < PATIENCE);
        let give_up =
            patience.map(|patience| Deadline::new(now.instant + patience, "a silent address"));
        self.agenda.set(&Wake::Course(id), give_up);
        let bytes = wire::print(&Message::Request(request.clone()));
        let host = hop.host.clone();
        self.outputs.push_back(Output::Send {
            bytes: bytes.clone(),
            flow,
            host: host.clone(),
        });
        self.transactions
            .launch(now, id, request, bytes, (flow, host));
        self.remember(id);
        self.note_probe(now, id);
        self.settle_client(id);
    }

    /// Follows a request's course: gives what is to be told of it, or nothing when it goes on, to
    /// another address or with credentials.
    pub(super) fn pursue(
        &mut self,
        now: Now,
        id: TransactionId,
        outcome: Outcome,
    ) -> Option<Outcome> {
        let Some(course) = self.courses.get_mut(&id) else {
            return Some(outcome);
        };
        let was_heard = course.heard;
        course.heard |= outcome.response.is_some();
        if course.heard {
            self.agenda.set(&Wake::Course(id), None);
        }
        if outcome.status < 200 || !self.is_wanted(id) {
            return Some(outcome);
        }
        match (&outcome.response, outcome.status) {
            (Some(refusal), 401 | 407) => {
                let refusal = refusal.clone();
                let hop = self.hop_of(id)?;
                let course = self.courses.get_mut(&id)?;
                let prover = course.prover.as_mut();
                let worth_it =
                    prover.is_some_and(|prover| prover.learn(&refusal, &mut course.answered));
                if worth_it {
                    self.again(now, id, hop, true);
                    return None;
                }
                Some(outcome)
            }
            (Some(refusal), 422) if self.ask_longer(id, refusal) => {
                let hop = self.hop_of(id)?;
                self.again(now, id, hop, true);
                None
            }
            // RFC 3263 §4.3: 503, a transport that fails, and silence mean the next address; but
            // where the peer works on it already, another address would do it twice.
            (Some(_), 503) => self.try_next(now, id, outcome),
            (None, 503 | 408) if !was_heard => self.try_next(now, id, outcome),
            (Some(response), 200..300) => {
                let course = self.courses.get_mut(&id)?;
                let prover = course.prover.as_mut();
                if prover.is_some_and(|prover| prover.note(response)) {
                    self.remember(id);
                }
                Some(outcome)
            }
            _ => Some(outcome),
        }
    }

    /// A peer or a proxy wants sessions to live longer: true when the request now asks for that
    /// (RFC 4028 §7.3). Every step must be longer than the last, and there are few.
    fn ask_longer(&mut self, id: TransactionId, refusal: &Response) -> bool {
        let (Some(client), Some(course)) =
            (self.transactions.client_mut(id), self.courses.get_mut(&id))
        else {
            return false;
        };
        let asked = client.request.typed::<SessionExpires>();
        let (Some(asked), Some(MinSe(least))) = (asked, refusal.typed()) else {
            return false;
        };
        if least <= asked.seconds || course.raised >= MOST_RAISES {
            return false;
        }
        course.raised += 1;
        let refresher = asked.refresher();
        client.request.set(&SessionExpires::new(least, refresher));
        client.request.set(&MinSe(least));
        true
    }

    /// The address in use was silent for too long.
    pub(super) fn wake_course(&mut self, now: Now, id: TransactionId) {
        let is_silent = self.courses.get(&id).is_some_and(|course| !course.heard);
        if !is_silent {
            return;
        }
        let outcome = Outcome::own(StatusCode::REQUEST_TIMEOUT);
        let outcome = if self.is_wanted(id) {
            self.try_next(now, id, outcome)
        } else {
            Some(outcome)
        };
        let (Some(outcome), Some(client)) = (outcome, self.transactions.client(id)) else {
            return;
        };
        let purpose = client.purpose.clone();
        self.abandon(now, id);
        self.deliver(now, id, purpose, outcome);
    }

    /// On to the next address, or what came of the last.
    fn try_next(&mut self, now: Now, id: TransactionId, outcome: Outcome) -> Option<Outcome> {
        match self.courses.get_mut(&id)?.rest.pop_front() {
            Some(hop) => {
                if let Some(failed) = self.transactions.client(id).map(|client| client.flow) {
                    self.oversize.note(now, failed, hop.flow);
                }
                self.again(now, id, hop, false);
                None
            }
            None => Some(outcome),
        }
    }

    /// Sends a request again under its handle: with the next number when it answers a challenge
    /// (RFC 3261 §22.2), as it was when it goes to another address (RFC 3263 §4.3).
    fn again(&mut self, now: Now, id: TransactionId, hop: Hop, answers: bool) {
        let branch = self.branch();
        let Some(client) = self.transactions.client(id) else {
            return;
        };
        let mut request = client.request.clone();
        let purpose = client.purpose.clone();
        if answers {
            let number = self.next_cseq(&purpose, &request);
            let method = request.method().clone();
            request.set_cseq(CSeq::new(number, method));
        }
        let mut via = request.via().clone();
        via.params.set("branch", &branch);
        request.set_via(via);
        if let Some(left) = self.transactions.supersede(id, request) {
            self.leave_behind(now, id, left);
        }
        self.launch(now, id, hop);
    }

    /// The next number of the sequence a request belongs to.
    fn next_cseq(&mut self, purpose: &Purpose, request: &Request) -> u32 {
        let next = |last: u32| last.saturating_add(1).min(CSeq::MAX);
        let number = next(request.cseq().number);
        if let Purpose::Register(registration) = purpose {
            return self.next_register_cseq(*registration).unwrap_or(number);
        }
        let tag = request.to().tag().unwrap_or_default().to_owned();
        let usage = self.usage_of(request);
        match usage.and_then(|usage| usage.dialog_with(&tag)) {
            Some(dialog) => {
                dialog.local_cseq = next(dialog.local_cseq);
                dialog.local_cseq
            }
            None => number,
        }
    }

    /// Whoever sends the next request of a dialog, or of a registration, knows what servers asked.
    fn remember(&mut self, id: TransactionId) {
        let (Some(client), Some(course)) = (self.transactions.client(id), self.courses.get(&id))
        else {
            return;
        };
        let Some(prover) = course.prover.clone() else {
            return;
        };
        if let Purpose::Register(registration) = client.purpose {
            self.remember_registrar(registration, &prover);
            return;
        }
        let request = client.request.clone();
        let invite = match self.usage_of(&request) {
            Some(Usage::Session(session)) => {
                if let Some(known) = &mut session.dialog.prover {
                    known.merge(&prover);
                }
                return;
            }
            Some(Usage::Calling(calling)) if calling.transaction != id => calling.transaction,
            _ => return,
        };
        let course = self.courses.get_mut(&invite);
        if let Some(known) = course.and_then(|course| course.prover.as_mut()) {
            known.merge(&prover);
        }
    }

    /// The usage a request of ours belongs to.
    pub(super) fn usage_of(&mut self, request: &Request) -> Option<&mut Usage> {
        let tag = request.from().tag()?;
        let dialog = self.usages.find(request.call_id(), tag)?;
        self.usages.usage_mut(dialog)
    }

    /// Whether anybody still wants an answer: not when we hung up on our INVITE.
    fn is_wanted(&self, id: TransactionId) -> bool {
        let purpose = self.transactions.client(id).map(|client| &client.purpose);
        match purpose {
            Some(Purpose::Invite { dialog, .. }) => matches!(
                self.usages.usage(*dialog),
                Some(Usage::Calling(calling)) if !calling.is_unwanted()
            ),
            Some(_) => true,
            None => false,
        }
    }

    /// The hop a request took.
    fn hop_of(&self, id: TransactionId) -> Option<Hop> {
        let client = self.transactions.client(id)?;
        Some(Hop {
            flow: client.flow,
            host: client.host.clone(),
        })
    }

    /// Who we are to the peer of an incoming call, should it challenge what we send in the dialog
    /// (RFC 3261 §22.2). A dialog that an INVITE of ours made has the account of that INVITE.
    pub fn set_account(&mut self, dialog: DialogId, account: Account) {
        let prover = Some(Box::new(Prover::new(account)));
        match self.usages.usage_mut(dialog) {
            Some(Usage::Asked(asked)) => asked.dialog.prover = prover,
            Some(Usage::Session(session)) => session.dialog.prover = prover,
            Some(Usage::Calling(_)) | None => {}
        }
    }

    /// How many requests have a course.
    #[cfg(test)]
    pub(super) fn courses(&self) -> usize {
        self.courses.len()
    }

    /// The Via of a request whose way is not known yet.
    pub(super) fn unsent_via(&mut self) -> Via {
        let nowhere = HostPort {
            host: Host::Name("invalid".into()),
            port: None,
        };
        Via::new("UDP", nowhere, &self.branch())
    }
}

/// Our Contact at a registrar.
fn registered(user: &str, address: SocketAddr, flow: Flow, expires: Option<u32>) -> Contact {
    let mut uri = SipUri::at(user, address);
    if let Some(name) = flow.transport.uri_name() {
        uri.params.set("transport", name);
    }
    let mut address = NameAddr::new(Uri::Sip(uri));
    if let Some(expires) = expires {
        address.params.set("expires", &expires.to_string());
    }
    Contact::At(address)
}

/// A way as it leaves from the listener of its transport, where a dialog changes the transport: its
/// `seen` flow is of another.
pub(super) fn rooted(listeners: &Listeners, flow: Flow, seen: Flow) -> Flow {
    if flow.transport == seen.transport {
        return flow;
    }
    let local = listeners.local_for(flow.transport, flow.remote.ip());
    Flow {
        local: local.unwrap_or(flow.local),
        ..flow
    }
}

/// Whether a request never is challenged: CANCEL has no credentials (RFC 3261 §22.1).
pub(super) fn is_never_challenged(request: &Request) -> bool {
    matches!(request.method(), Method::Cancel | Method::Ack)
}
