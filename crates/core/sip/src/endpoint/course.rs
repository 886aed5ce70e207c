//! The course of a request outside dialogs: the addresses it may take one after the other, whose
//! account answers challenges, how long each address may be silent (RFC 3263 §4.3, RFC 3261 §22.2).

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::contact;
use super::{Endpoint, Purpose};
use crate::auth::Account;
use crate::header::{Contact, NameAddr, Via};
use crate::input::Flow;
use crate::message::{Request, StatusCode};
use crate::next_hop::transport_name;
use crate::transaction::table::TransactionId;
use crate::uri::{Host, HostPort, SipUri, Uri};
use crate::way::Way;

/// What goes with a request until it is answered.
#[derive(Debug)]
pub(super) struct Course {
    contact: OurContact,
    account: Option<Account>,
    patience: Option<Duration>,
}

/// The Contact of a request, which depends on the way it takes.
#[derive(Clone, Debug)]
pub(super) enum OurContact {
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
        patience: Option<Duration>,
    ) -> Self {
        Self {
            contact,
            account,
            patience,
        }
    }
}

impl OurContact {
    /// Puts it into a request that takes `flow`.
    fn put(&self, request: &mut Request, flow: Flow) {
        match self {
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
    /// Sends a request outside dialogs on its way.
    pub(super) fn set_out(
        &mut self,
        now: Now,
        mut request: Request,
        way: Way,
        course: Course,
        purpose: Purpose,
    ) {
        let Way::Flow(flow) = way else {
            let outcome = Outcome::own(StatusCode::SERVICE_UNAVAILABLE);
            self.deliver(now, TransactionId(0), purpose, outcome);
            return;
        };
        let branch = request.via().branch().to_owned();
        let via = Via::new(transport_name(flow.transport), flow.local.into(), &branch);
        request.set_via(via);
        course.contact.put(&mut request, flow);
        self.start(now, request, flow, purpose);
    }

    /// The Via of a request whose way is not known yet.
    pub(super) fn unsent_via(&mut self) -> Via {
        let nowhere = HostPort {
            host: Host::Name("invalid".to_owned()),
            port: None,
        };
        Via::new("UDP", nowhere, &self.branch())
    }
}

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
