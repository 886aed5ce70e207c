//! Our own registrations: REGISTER as a client (RFC 3261 §10.2). [`crate::register`] decides when,
//! here it is built, sent and read.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use rappel_model::Now;

use super::course::{Course, Hop, OurContact};
use super::outgoing::Outcome;
use super::{Endpoint, Purpose, Wake};
use crate::auth::Prover;
use crate::header::{CSeq, Contact, Expires, MinExpires, RetryAfter};
use crate::input::Flow;
use crate::message::{Essentials, Method, Request, Response};
use crate::output::Output;
use crate::register::{
    Heard, Registering, RegisteringAct, Registration, RegistrationId, RegistrationState,
};

/// All registrations of ours.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    next: u64,
    by_id: BTreeMap<RegistrationId, Registering>,
}

impl Registrations {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    fn ids(&self) -> Vec<RegistrationId> {
        self.by_id.keys().copied().collect()
    }
}

impl Endpoint {
    /// Registers at a registrar, at once, and keeps the registration up until [`Self::unregister`]:
    /// refreshed before it ends, tried again after a failure, made anew when its connection breaks
    /// or our address changes. [`Output::Registration`] tells how it stands. Without room for
    /// another it is `Left` at once.
    pub fn register_at(&mut self, now: Now, registration: Registration) -> RegistrationId {
        self.registrations.next += 1;
        let id = RegistrationId(self.registrations.next);
        if self.registrations.len() >= self.settings.limits.registrations {
            self.tell_registration(id, RegistrationState::Left);
            return id;
        }
        let call_id = self.random.token(CALL_ID_LENGTH);
        let (tag, cseq) = (self.tag(), self.first_cseq());
        let registering = Registering::new(registration, call_id, tag, cseq);
        let act = registering.begin();
        self.registrations.by_id.insert(id, registering);
        self.tell_registration(id, RegistrationState::Registering);
        self.registering_act(now, id, act);
        id
    }

    /// Gives a registration up: the registrar is told (Expires 0), and its answer is waited for, two
    /// seconds at most; then `Left` is told, and nothing follows.
    pub fn unregister(&mut self, now: Now, id: RegistrationId) {
        let Some(registering) = self.registrations.by_id.get_mut(&id) else {
            return;
        };
        let act = registering.unregister(now);
        if act == RegisteringAct::Forget {
            self.tell_registration(id, RegistrationState::Left);
        }
        self.registering_act(now, id, act);
    }

    /// Gives every registration up, as [`Self::unregister`] does: the engine stops.
    pub fn unregister_all(&mut self, now: Now) {
        for id in self.registrations.ids() {
            self.unregister(now, id);
        }
    }

    /// Our addresses changed: every registrar is told at once.
    pub fn addresses_changed(&mut self, now: Now) {
        for id in self.registrations.ids() {
            self.register_again(now, id);
        }
    }

    /// Registers again at once: the registrar may have forgotten us.
    pub fn register_again(&mut self, now: Now, id: RegistrationId) {
        if let Some(registering) = self.registrations.by_id.get_mut(&id) {
            let act = registering.renew();
            self.registering_act(now, id, act);
        }
    }

    /// A connection broke: what was registered by it is registered again.
    pub(super) fn registrations_on(&mut self, now: Now, on: impl Fn(Flow) -> bool) {
        for id in self.registrations.ids() {
            if let Some(registering) = self.registrations.by_id.get_mut(&id) {
                let act = registering.flow_closed(&on);
                if act != RegisteringAct::Nothing {
                    self.tell_registration(id, RegistrationState::Registering);
                }
                self.registering_act(now, id, act);
            }
        }
    }

    /// The time of a registration has come.
    pub(super) fn wake_registration(&mut self, now: Now, id: RegistrationId) {
        if let Some(registering) = self.registrations.by_id.get_mut(&id) {
            let (state, act) = registering.handle_timeout(now);
            if let Some(state) = state {
                self.tell_registration(id, state);
            }
            self.registering_act(now, id, act);
        }
    }

    /// A REGISTER of ours was answered, or not.
    pub(super) fn register_outcome(&mut self, now: Now, id: RegistrationId, outcome: &Outcome) {
        if outcome.status < 200 {
            return;
        }
        let Some(registering) = self.registrations.by_id.get_mut(&id) else {
            return;
        };
        let heard = heard(outcome, registering);
        let (state, act) = registering.handle_heard(now, heard, &mut self.register_random);
        if let Some(state) = state {
            self.tell_registration(id, state);
        }
        self.registering_act(now, id, act);
    }

    fn registering_act(&mut self, now: Now, id: RegistrationId, act: RegisteringAct) {
        match act {
            RegisteringAct::Nothing => {}
            RegisteringAct::Register { seconds } => self.send_register(now, id, seconds),
            RegisteringAct::KeepAlive(flow) => self.outputs.push_back(Output::Send {
                bytes: Bytes::from_static(KEEP_ALIVE),
                flow,
                host: None,
            }),
            RegisteringAct::Forget => {
                self.registrations.by_id.remove(&id);
            }
        }
        let deadline = self
            .registrations
            .by_id
            .get(&id)
            .and_then(Registering::poll_timeout);
        self.agenda.set(&Wake::Registration(id), deadline);
    }

    fn send_register(&mut self, now: Now, id: RegistrationId, seconds: u32) {
        let via = self.unsent_via();
        let Some(registering) = self.registrations.by_id.get_mut(&id) else {
            return;
        };
        registering.cseq = registering.cseq.saturating_add(1).min(CSeq::MAX);
        let wish = &registering.wish;
        let essentials = Essentials {
            via,
            from: wish.aor.clone().with_tag(&registering.tag),
            to: wish.aor.clone(),
            call_id: registering.call_id.clone(),
            cseq: CSeq::new(registering.cseq, Method::Register),
        };
        let request = Request::new(wish.registrar.clone(), essentials).with(&Expires(seconds));
        let contact = OurContact::Registered {
            user: wish.contact_user.clone(),
            seen: registering.seen,
            outdated: registering.outdated,
        };
        let way = wish.way.clone();
        let prover = registering.prover.clone();
        let mut course =
            Course::new(contact, None, wish.patience.map(Into::into)).proved_by(prover);
        // The connection that is up is taken again, wherever its name leads meanwhile.
        course.fallback = registering.flow().map(|flow| Hop { flow, host: None });
        let transaction = self.hold(request, course, Purpose::Register(id));
        self.set_out(now, transaction, way);
    }

    /// The next number of a registration's REGISTERs (RFC 3261 §10.2).
    pub(super) fn next_register_cseq(&mut self, id: RegistrationId) -> Option<u32> {
        let registering = self.registrations.by_id.get_mut(&id)?;
        registering.cseq = registering.cseq.saturating_add(1).min(CSeq::MAX);
        Some(registering.cseq)
    }

    /// What the registrar asked is known for the next REGISTER.
    pub(super) fn remember_registrar(&mut self, id: RegistrationId, prover: &Prover) {
        let registering = self.registrations.by_id.get_mut(&id);
        if let Some(known) = registering.and_then(|registering| registering.prover.as_mut()) {
            known.merge(prover);
        }
    }

    fn tell_registration(&mut self, registration: RegistrationId, state: RegistrationState) {
        self.outputs.push_back(Output::Registration {
            registration,
            state,
        });
    }
}

/// What an answer means to a registration.
fn heard(outcome: &Outcome, registering: &Registering) -> Heard {
    let Some((response, flow)) = outcome.response.as_ref().zip(outcome.flow) else {
        return Heard::Unreachable {
            status: None,
            retry_after: None,
        };
    };
    let retry_after = response.typed::<RetryAfter>().map(|after| after.0);
    match outcome.status {
        200..300 => Heard::Granted {
            seconds: granted(response, registering, flow),
            flow,
            seen: seen(response, flow),
        },
        423 => Heard::TooBrief(response.typed::<MinExpires>().map_or(0, |least| least.0)),
        // The registrar is busy or out of order, which passes.
        status @ (408 | 429 | 480 | 500..600) => Heard::Unreachable {
            status: Some(status),
            retry_after,
        },
        status => Heard::Refused {
            status,
            reason: response.reason().to_owned(),
            retry_after,
        },
    }
}

/// The seconds granted: `expires` of our Contact, else Expires, else what we asked
/// (RFC 3261 §10.2.4). A registrar that lists nothing of ours at all grants what Expires says.
fn granted(response: &Response, registering: &Registering, flow: Flow) -> u32 {
    let ours = registering.seen.unwrap_or(flow.local);
    let user = registering.wish.contact_user.as_str();
    let is_ours = |contact: &Contact| {
        let uri = contact.address().and_then(|address| address.uri.as_sip());
        uri.is_some_and(|uri| {
            uri.host.ip() == Some(ours.ip())
                && uri.port.unwrap_or_else(|| flow.transport.default_port()) == ours.port()
                && uri.user().unwrap_or_default() == user
        })
    };
    let contacts = response.headers().all::<Contact>();
    let own = contacts.iter().find(|contact| is_ours(contact));
    let by_contact = own.or(match contacts.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    by_contact
        .and_then(Contact::expires)
        .or_else(|| response.typed::<Expires>().map(|expires| expires.0))
        .unwrap_or_else(|| registering.asked())
}

/// Our address as the other side sees it (RFC 3261 §18.2.1, RFC 3581 §4): only what names both the
/// address and the port says more than we know.
fn seen(response: &Response, flow: Flow) -> Option<SocketAddr> {
    let via = response.via();
    let port = via.rport()?;
    let ip = via.received().unwrap_or_else(|| flow.local.ip());
    let usable = port != 0 && !ip.is_unspecified() && ip.is_ipv4() == flow.local.is_ipv4();
    usable.then(|| SocketAddr::new(ip, port))
}

/// The keep-alive of a datagram flow: two line ends, that nobody answers (RFC 5626 §3.5.1 has it
/// for streams; routers count any datagram).
const KEEP_ALIVE: &[u8] = b"\r\n\r\n";

/// Letters of a Call-ID: more than 120 bits of chance (RFC 3261 §8.1.1.4).
const CALL_ID_LENGTH: usize = 24;
