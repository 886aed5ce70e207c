//! The phone's own REGISTER: sent, repeated, proven when challenged (RFC 3261 §10.2, §22.2).

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now, Random};
use rappel_sip::header::{CSeq, Contact, Expires, NameAddr, Via};
use rappel_sip::message::{Essentials, Message, Method, Request, Response};
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{Flow, auth, wire};

use super::{Account, Heard, flow_of};

/// The registration of one phone.
#[derive(Debug)]
pub(super) struct Registration {
    account: Account,
    cseq: u32,
    pending: Option<Pending>,
    outputs: VecDeque<(Bytes, Flow)>,
}

/// A REGISTER that was not answered.
#[derive(Debug)]
struct Pending {
    request: Request,
    proven: bool,
    again: Instant,
    pause: Duration,
    give_up: Instant,
}

impl Registration {
    pub(super) fn new(account: &Account) -> Self {
        Self {
            account: account.clone(),
            cseq: 0,
            pending: None,
            outputs: VecDeque::new(),
        }
    }

    /// Sends a REGISTER.
    pub(super) fn start(&mut self, now: Now) {
        let request = self.request();
        self.send(now, request, false);
    }

    /// Whether a response belongs to our REGISTER.
    pub(super) fn is_answer(&self, response: &Response) -> bool {
        response.cseq().method == Method::Register
    }

    /// Takes the answer: another try with a password, or the end.
    pub(super) fn handle_answer(&mut self, now: Now, response: &Response) -> Option<Heard> {
        let current = self.pending.as_ref()?;
        let stale = response.cseq() != current.request.cseq();
        if stale || response.status().is_provisional() {
            return None;
        }
        let pending = self.pending.take()?;
        match response.status().code() {
            200..300 => Some(Heard::Registered),
            401 if !pending.proven => {
                let mut request = self.request();
                let account = auth::Account {
                    username: self.account.user.clone(),
                    password: self.account.password.clone(),
                };
                let mut random = Random::from_seed(u64::from(self.cseq));
                auth::answer(&mut request, response, &account, 1, &mut random);
                self.send(now, request, true);
                None
            }
            status => Some(Heard::NotRegistered(status)),
        }
    }

    /// Repeats a REGISTER that was not answered (timer E), or gives up (timer F).
    pub(super) fn handle_timeout(&mut self, now: Now) {
        let Some(pending) = &mut self.pending else {
            return;
        };
        if pending.give_up <= now.instant {
            self.pending = None;
        } else if pending.again <= now.instant {
            pending.pause = (pending.pause * 2).min(T2);
            pending.again = now.instant + pending.pause;
            let message = Message::Request(pending.request.clone());
            self.outputs
                .push_back((wire::print(&message), flow_of(&self.account)));
        }
    }

    pub(super) fn poll_output(&mut self) -> Option<(Bytes, Flow)> {
        self.outputs.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Deadline> {
        let pending = self.pending.as_ref()?;
        let at = pending.again.min(pending.give_up);
        Some(Deadline::new(at, "REGISTER again"))
    }

    fn send(&mut self, now: Now, request: Request, proven: bool) {
        let message = Message::Request(request.clone());
        self.outputs
            .push_back((wire::print(&message), flow_of(&self.account)));
        self.pending = Some(Pending {
            request,
            proven,
            again: now.instant + T1,
            pause: T1,
            give_up: now.instant + T1 * 64,
        });
    }

    fn request(&mut self) -> Request {
        self.cseq += 1;
        let account = &self.account;
        let name = account.transport.via_name();
        let port = account.address.port();
        let branch = format!("{}reg{}{port}{}", Via::COOKIE, account.user, self.cseq);
        let address = NameAddr::new(Uri::Sip(SipUri::at(&account.user, account.server)));
        let essentials = Essentials {
            via: Via::new(name, account.address.into(), &branch),
            from: address.clone().with_tag(&format!("{}{port}", account.user)),
            to: address,
            call_id: format!("register-{}-{port}", account.user),
            cseq: CSeq::new(self.cseq, Method::Register),
        };
        let mut contact = SipUri::at(&account.user, account.address);
        if let Some(name) = account.transport.uri_name() {
            contact.params.set("transport", name);
        }
        let registrar = Uri::Sip(SipUri::at("", account.server));
        Request::new(registrar, essentials)
            .with(&Contact::At(NameAddr::new(Uri::Sip(contact))))
            .with(&Expires(600))
    }
}

/// RFC 3261 §17.1.2.2.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
