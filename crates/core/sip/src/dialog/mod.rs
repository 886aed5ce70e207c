//! Dialogs: the peer relation that an INVITE or a SUBSCRIBE makes (RFC 3261 §12). Tags, route set,
//! remote target and CSeq live here; what a dialog is used for lives beside: [`uas`] and [`uac`]
//! until an INVITE is answered, [`session`] from then on, [`usage`] for all of them.

pub(crate) mod early;
pub(crate) mod offers;
pub(crate) mod peer;
pub(crate) mod refer;
pub(crate) mod reliable;
pub(crate) mod session;
pub(crate) mod session_timer;
pub(crate) mod uac;
pub(crate) mod uas;
pub(crate) mod usage;

use std::sync::Arc;

use self::peer::Peer;
use crate::auth::Prover;
use crate::header::{CSeq, Contact, Headers, NameAddr, Reason, RecordRoute, Route, Via};
use crate::input::Flow;
use crate::message::{Essentials, Method, Request, Response};
use crate::next_hop::{next_hop, transport_name};
use crate::uri::Uri;
use crate::way::Host;

/// One dialog, early or confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    /// The Call-ID.
    pub(crate) call_id: String,
    /// Us, with our tag.
    pub(crate) local: NameAddr,
    /// The peer, with its tag if it has one (RFC 2543 peers may not).
    pub(crate) remote: NameAddr,
    /// The peer's Contact: the Request-URI of what we send (RFC 3261 §12.1, remote target).
    pub(crate) target: Uri,
    /// The proxies that stay in the path, in the order we visit them.
    pub(crate) routes: Vec<NameAddr>,
    /// The number of our last request.
    pub(crate) local_cseq: u32,
    /// The number of the peer's last request, if it sent any.
    pub(crate) remote_cseq: Option<u32>,
    /// The way the peer's messages come.
    pub(crate) flow: Flow,
    /// Whether requests go back on `flow` whatever the Contact says: the peer sits behind a NAT,
    /// and its registration's flow is the only way in (RFC 5626 §5.3).
    pub(crate) symmetric: bool,
    /// The name the peer must prove to have on a secure connection, where it was found by a name.
    pub(crate) host: Option<Arc<str>>,
    /// Who we are to the peer's servers, and what they asked of us.
    pub(crate) prover: Option<Box<Prover>>,
    /// What the peer can do.
    pub(crate) peer: Peer,
}

impl Dialog {
    /// The dialog that answering `request` makes (RFC 3261 §12.1.1). `None` without a Contact:
    /// there would be nowhere to send a BYE.
    pub(crate) fn uas(request: &Request, tag: &str, flow: Flow, first_cseq: u32) -> Option<Self> {
        let target = contact_of(request.typed())?;
        let routes = request.headers().all::<RecordRoute>();
        Some(Self {
            call_id: request.call_id().to_owned(),
            local: request.to().clone().with_tag(tag),
            remote: request.from().clone(),
            target,
            routes: routes.into_iter().map(|route| route.0).collect(),
            local_cseq: first_cseq,
            remote_cseq: Some(request.cseq().number),
            flow,
            symmetric: false,
            host: None,
            prover: None,
            peer: Peer::of(request.headers()),
        })
    }

    /// The dialog that `response` makes of our `request` (RFC 3261 §12.1.2). A response without a
    /// Contact leaves the target where the request went.
    pub(crate) fn uac(request: &Request, response: &Response, flow: Flow, symmetric: bool) -> Self {
        let routes = response.headers().all::<RecordRoute>();
        Self {
            call_id: request.call_id().to_owned(),
            local: request.from().clone(),
            remote: response.to().clone(),
            target: contact_of(response.typed()).unwrap_or_else(|| request.uri().clone()),
            routes: routes.into_iter().rev().map(|route| route.0).collect(),
            local_cseq: request.cseq().number,
            remote_cseq: None,
            flow,
            symmetric,
            host: None,
            prover: None,
            peer: Peer::of(response.headers()),
        }
    }

    /// The host to be looked up for the next request: the topmost Route or the target, where that is
    /// a name and no connection leads there already.
    pub(crate) fn named_hop(&self) -> Option<Host> {
        if self.symmetric || self.flow.connection.is_some() {
            return None;
        }
        let first = self.routes.first().map_or(&self.target, |route| &route.uri);
        let is_name = matches!(first.as_sip()?.host, crate::uri::Host::Name(_));
        is_name.then(|| Host::of(first))?
    }

    /// Our tag.
    pub(crate) fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    /// The peer's tag; empty when it has none (RFC 3261 §12.1.1: "a null value").
    pub(crate) fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or_default()
    }

    /// Takes the number of a request of the peer. False when it is not higher than the last one:
    /// the request is answered 500 (RFC 3261 §12.2.2).
    pub(crate) fn take_cseq(&mut self, number: u32) -> bool {
        let in_order = self.remote_cseq.is_none_or(|last| number > last);
        if in_order {
            self.remote_cseq = Some(number);
        }
        in_order
    }

    /// Takes the Contact of a target refresh request or its answer (RFC 3261 §12.2.1.2, §12.2.2).
    pub(crate) fn refresh_target(&mut self, contact: Option<Contact>) {
        if let Some(target) = contact_of(contact) {
            self.target = target;
        }
    }

    /// Our 2xx or theirs confirms what an early dialog began: numbers go on where they stood, the
    /// route set is that of the 2xx (RFC 3261 §13.2.2.4).
    #[must_use]
    pub(crate) fn continuing(mut self, early: &Self, response: &Response) -> Self {
        self.local_cseq = early.local_cseq;
        self.remote_cseq = early.remote_cseq;
        self.flow = early.flow;
        self.peer = early.peer;
        self.peer.note(response.headers());
        self
    }

    /// The next request of ours inside the dialog, and its way (RFC 3261 §12.2.1.1).
    pub(crate) fn request(&mut self, method: Method, branch: &str) -> (Request, Flow) {
        self.local_cseq = self.local_cseq.saturating_add(1).min(CSeq::MAX);
        self.build(method, self.local_cseq, branch)
    }

    /// The ACK of a 2xx to our INVITE number `cseq` (RFC 3261 §13.2.2.4).
    pub(crate) fn ack(&self, cseq: u32, branch: &str) -> (Request, Flow) {
        self.build(Method::Ack, cseq, branch)
    }

    fn build(&self, method: Method, cseq: u32, branch: &str) -> (Request, Flow) {
        let first = self.routes.first().map_or(&self.target, |route| &route.uri);
        let flow = if self.symmetric {
            self.flow
        } else {
            next_hop(first, self.flow)
        };
        let via = Via::new(transport_name(flow.transport), flow.local.into(), branch);
        let essentials = Essentials {
            via,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq: CSeq::new(cseq, method),
        };
        let (uri, routes) = self.path();
        let mut request = Request::new(uri, essentials);
        for route in routes {
            request.push(&Route(route));
        }
        (request, flow)
    }

    /// Request-URI and Route of a request (RFC 3261 §12.2.1.1): through loose routers the target
    /// stays in the Request-URI, a strict router takes its place and the target goes last.
    fn path(&self) -> (Uri, Vec<NameAddr>) {
        match self.routes.split_first() {
            Some((first, rest)) if !is_loose(&first.uri) => {
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(self.target.clone()));
                (first.uri.clone(), routes)
            }
            _ => (self.target.clone(), self.routes.clone()),
        }
    }
}

/// The Q.850 cause among the Reason headers of a message (RFC 3326 §2).
pub(crate) fn q850_of(headers: &Headers) -> Option<u8> {
    headers.all::<Reason>().iter().find_map(Reason::q850_cause)
}

fn contact_of(contact: Option<Contact>) -> Option<Uri> {
    match contact? {
        Contact::At(address) => Some(address.uri),
        Contact::All => None,
    }
}

fn is_loose(uri: &Uri) -> bool {
    uri.as_sip().is_some_and(|uri| uri.is_loose())
}
