//! The machine that ties the layers together; the room's only entry point.
//!
//! [`incoming`] sorts requests to transactions and checks them, [`asked`] serves their INVITE,
//! [`calling`] ours, [`session`] what follows in the dialog, [`register`] the registrar's requests,
//! [`notify`] subscriptions, [`lamps`] what they tell of calls and presence, [`refer`] and [`replaces`]
//! transfers. [`outgoing`] and [`respond`] are the two ways out.

mod abandoned;
mod acknowledging;
mod asked;
mod authenticate;
mod bodies;
mod calling;
mod course;
mod incoming;
mod lamps;
mod malformed;
mod notify;
mod offers;
mod options;
mod outgoing;
mod prack;
mod probing;
mod refer;
mod refresh;
mod register;
mod registering;
mod replaces;
mod respond;
mod seeking;
mod session;
mod update;

#[cfg(test)]
mod tests;

use course::Course;
use probing::Probes;
use registering::Registrations;
use seeking::Seeker;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Now, Random};

use crate::agenda::Agenda;
use crate::auth::{Account, Authenticator};
use crate::dialog::Dialog;
use crate::dialog::offers::Exchange;
use crate::dialog::refer::Referral;
use crate::dialog::session::Phase;
use crate::dialog::usage::{Usage, Usages};
use crate::guard::{Hush, Tries};
use crate::header::{NameAddr, Warning};
use crate::input::{ConnectionId, Flow, Input};
use crate::locate::Locator;
use crate::message::{Message, Method, Request, StatusCode};
use crate::output::{DialogEnd, DialogId, DialogNews, Output, UserId};
use crate::oversize::Oversize;
use crate::probe::ProbeId;
use crate::register::RegistrationId;
use crate::registrar::{Binding, Bounds, Registrar};
use crate::settings::Settings;
use crate::subscribe::lamps::Lamps;
use crate::subscribe::{SubscriptionId, Subscriptions};
use crate::transaction::table::{Table, TransactionId};
use crate::uri::Uri;
use crate::users::{Credentials, Users};
use crate::way::Way;

/// An INVITE to send.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Request-URI: the Contact of a binding, or an address at a trunk.
    pub target: Uri,
    /// The way it takes.
    pub way: Way,
    /// Who calls; the endpoint adds the tag.
    pub from: NameAddr,
    /// Who is called.
    pub to: NameAddr,
    /// The offer (SDP); empty asks the peer for one (RFC 3261 §13.2.1).
    pub body: Bytes,
    /// More headers by name and value, such as P-Asserted-Identity. Names that are no token, and
    /// those the endpoint writes itself, are left out.
    pub headers: Vec<(String, String)>,
    /// Who we are to a server that challenges the INVITE (RFC 3261 §22.2); without, 401 and 407
    /// are refusals.
    pub account: Option<Account>,
    /// How long its addresses may stay without any response; without, 64·T1 each.
    pub patience: Option<Patience>,
    /// What is left of the Max-Forwards of the call that this one goes on with (RFC 7332 §5); without, 70.
    pub max_forwards: Option<u8>,
}

/// How long an address may stay without any response before the next one is tried (RFC 3263 §4.3), or
/// the request fails with 408. At most 64·T1 (RFC 3261 §17.1.1.2), whatever is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Each address that others follow.
    pub each: Duration,
    /// The last one: with nothing left to try, silence may be borne longer.
    pub last: Duration,
}

impl From<Duration> for Patience {
    /// The same for all of them.
    fn from(each: Duration) -> Self {
        Self { each, last: each }
    }
}

/// How many things are kept: all zero when nothing is going on and nobody is registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Transactions of both kinds.
    pub transactions: usize,
    /// INVITE usages.
    pub dialogs: usize,
    /// Registered devices.
    pub bindings: usize,
    /// Subscriptions of all kinds.
    pub subscriptions: usize,
    /// Registrations of ours at other registrars.
    pub registrations: usize,
    /// Probes without an answer.
    pub probes: usize,
    /// Look-ups on their way, and requests that wait for them.
    pub lookups: usize,
    /// Deadlines.
    pub timers: usize,
    /// Messages that could not be read since the start; never falls.
    pub malformed: u64,
}

/// The signalling machine: transactions, dialogs, registrar and subscriptions.
#[derive(Debug)]
pub struct Endpoint {
    settings: Settings,
    random: Random,
    /// Makes the tags of answers that nothing is kept of.
    tag_key: [u8; 32],
    outputs: VecDeque<Output>,
    agenda: Agenda<Wake>,
    transactions: Table<Purpose>,
    usages: Usages,
    users: Users,
    authenticator: Authenticator,
    tries: Tries,
    hush: Hush,
    /// When something came in last: for what follows from it in the same turn.
    clock: Now,
    /// The host whose message is being handled; `None` in every other step.
    source: Option<IpAddr>,
    registrar: Registrar,
    subscriptions: Subscriptions,
    registrations: Registrations,
    /// For the pauses of registrations alone.
    register_random: Random,
    probes: Probes,
    courses: BTreeMap<TransactionId, Course>,
    locator: Locator<Seeker>,
    /// ACKs that wait for a look-up, by INVITE and tag.
    unsent_acks: BTreeMap<(TransactionId, String), Request>,
    lamps: Lamps,
    /// What the refusal that follows says beside its status.
    warning: Option<(DialogId, Warning)>,
    names: lamps::Names,
    malformed: u64,
    /// Whether this end is about to stop.
    is_closing: bool,
    oversize: Oversize,
}

/// Who waits for a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    Transaction(TransactionId),
    Usage(DialogId),
    Subscription(SubscriptionId),
    Registrar,
    Registration(RegistrationId),
    Course(TransactionId),
    Locator,
    Lamps,
}

/// What a request of ours is for.
#[derive(Clone, Debug)]
enum Purpose {
    /// The first INVITE of a usage.
    Invite {
        /// Which.
        dialog: DialogId,
        /// See [`Dialog::symmetric`].
        symmetric: bool,
    },
    /// A re-INVITE, with the offer for another try after glare.
    Reinvite {
        /// In which session.
        dialog: DialogId,
        /// The offer.
        body: Bytes,
        /// How often it met 491.
        glares: u8,
    },
    /// An UPDATE with an offer.
    Update {
        /// In which dialog.
        dialog: DialogId,
        /// The tag of its peer.
        tag: String,
        /// The offer.
        body: Bytes,
        /// How often it met 491.
        glares: u8,
    },
    /// A re-INVITE whose session ended meanwhile: a 2xx still wants its ACK.
    Orphan(Box<Dialog>),
    /// The BYE that ends a session.
    Bye(DialogId),
    /// The refresh of a session.
    Refresh(DialogId),
    /// News for a peer that sent REFER.
    Referrer(DialogId),
    /// News for a subscriber.
    Notify(SubscriptionId),
    /// A REGISTER of ours.
    Register(RegistrationId),
    /// An OPTIONS of ours.
    Probe(ProbeId),
    /// An INVITE that went elsewhere since.
    Abandoned,
    /// A request whose answer changes nothing: CANCEL, BYE of a branch nobody wants, NOTIFY
    /// without subscription.
    Alone,
}

impl Endpoint {
    /// An endpoint without users. The same `random` and the same inputs give the same outputs.
    pub fn new(settings: Settings, mut random: Random) -> Self {
        let bounds = Bounds {
            min_expires: settings.min_expires,
            max_expires: settings.max_expires,
            per_user: settings.limits.bindings_per_user,
        };
        let mut tag_key = [0; 32];
        random.fork("stateless tags").fill(&mut tag_key);
        Self {
            oversize: Oversize::default(),
            tag_key,
            locator: Locator::new(random.fork("locator")),
            register_random: random.fork("registrations"),
            authenticator: Authenticator::new(settings.digest, &mut random),
            tries: Tries::new(settings.tries, &mut random),
            hush: Hush::new(&mut random),
            clock: Now::default(),
            source: None,
            settings,
            random,
            outputs: VecDeque::new(),
            agenda: Agenda::default(),
            transactions: Table::default(),
            usages: Usages::default(),
            users: Users::default(),
            registrar: Registrar::new(bounds),
            subscriptions: Subscriptions::default(),
            registrations: Registrations::default(),
            probes: Probes::default(),
            courses: BTreeMap::new(),
            unsent_acks: BTreeMap::new(),
            lamps: Lamps::default(),
            warning: None,
            names: lamps::Names::new(),
            malformed: 0,
            is_closing: false,
        }
    }

    /// Something happened on the network.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.clock = now;
        match input {
            Input::Received { message, flow } => {
                self.source = Some(flow.remote.ip());
                match bodies::unwrapped(message) {
                    Message::Request(request) => self.handle_request(now, request, flow),
                    Message::Response(response) => self.handle_response(now, response, flow),
                }
                self.source = None;
            }
            Input::FlowClosed(connection) => self.handle_flow_closed(now, connection),
            Input::Found { lookup, records } => self.handle_found(now, lookup, records),
            Input::SendFailed(flow) => self.handle_send_failed(now, |used| used == flow),
        }
    }

    /// A deadline passed. Harmless when none did.
    pub fn handle_timeout(&mut self, now: Now) {
        self.clock = now;
        while let Some(owner) = self.agenda.take_due(now) {
            match owner {
                Wake::Transaction(id) => self.wake_transaction(now, id),
                Wake::Usage(id) => self.wake_usage(now, id),
                Wake::Subscription(id) => self.wake_subscription(now, id),
                Wake::Registrar => self.wake_registrar(now),
                Wake::Registration(id) => self.wake_registration(now, id),
                Wake::Course(id) => self.wake_course(now, id),
                Wake::Locator => self.wake_locator(now),
                Wake::Lamps => self.wake_lamps(now),
            }
        }
    }

    /// The next thing to do or to know.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake the endpoint.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        self.agenda.first()
    }

    /// Replaces all users that may register. Devices of users that are gone, or have another
    /// password, are forgotten; calls in progress stay.
    pub fn set_users(&mut self, users: Vec<Credentials>) {
        let before = std::mem::replace(&mut self.users, Users::new(users));
        let users = &self.users;
        let stands = |id: &UserId| match (users.by_id(id), before.by_id(id)) {
            (Some(new), Some(old)) => !new.has_other_password(old),
            (new, _) => new.is_some(),
        };
        for user in self.registrar.keep_users(stands) {
            self.report_devices(self.clock, user);
        }
        self.report_bindings();
        self.arm_registrar();
    }

    /// The devices of a user in the order in which they should ring: the highest `q` first
    /// (RFC 3261 §10.2.1.2), of equals the latest refreshed. A device that keeps several flows is
    /// there once, with the flow that was refreshed last (RFC 5626 §5.3).
    pub fn bindings(&self, now: Now, user: &UserId) -> Vec<Binding> {
        self.registrar.devices(now, user)
    }

    /// Ends a dialog: CANCEL, refusal (480) or BYE, whichever fits its state. Of ours, and of one
    /// that is up, news follow (`Failed` or `Ended`); a refused INVITE of theirs is over at once.
    /// `q850` goes into a Reason header (RFC 3326).
    pub fn hang_up(&mut self, now: Now, dialog: DialogId, q850: Option<u8>) {
        match self.usages.usage(dialog) {
            Some(Usage::Asked(asked)) => {
                let was_accepted = asked.reliable.is_held();
                self.reject(now, dialog, 480, q850);
                // Whoever accepted it waits to hear of its end.
                if was_accepted {
                    let (why, q850) = (DialogEnd::ByeSent, None);
                    self.tell(dialog, DialogNews::Ended { why, q850 });
                }
            }
            Some(Usage::Calling(_)) => self.cancel(now, dialog, q850),
            Some(Usage::Session(_)) => self.leave(now, dialog, q850),
            None => {}
        }
    }

    /// The Call-ID that the messages of a dialog carry, as long as it lasts.
    pub fn call_id(&self, dialog: DialogId) -> Option<&str> {
        self.usages.usage(dialog).map(Usage::call_id)
    }

    /// Counts for leak tests.
    pub fn live(&self) -> Live {
        Live {
            transactions: self.transactions.len(),
            dialogs: self.usages.len(),
            bindings: self.registrar.len(),
            subscriptions: self.subscriptions.len(),
            registrations: self.registrations.len(),
            probes: self.probes.len(),
            lookups: self.locator.len() + self.unsent_acks.len(),
            timers: self.agenda.len(),
            malformed: self.malformed,
        }
    }

    /// A connection is gone: devices bound to it are out of reach, requests on it have failed.
    /// Sessions stay: media does not need the connection, and the peer may come back.
    fn handle_flow_closed(&mut self, now: Now, connection: ConnectionId) {
        for user in self.registrar.flow_closed(connection) {
            self.report_devices(now, user);
        }
        self.report_bindings();
        self.arm_registrar();
        self.subscriptions.flow_closed(connection);
        for usage in self.usages.iter_mut() {
            let dialog = match usage {
                Usage::Asked(asked) => &mut asked.dialog,
                Usage::Session(session) => &mut session.dialog,
                Usage::Calling(_) => continue,
            };
            if dialog.flow.connection == Some(connection) {
                dialog.flow.connection = None;
            }
        }
        self.handle_send_failed(now, |used| used.connection == Some(connection));
        self.registrations_on(now, |used| used.connection == Some(connection));
    }

    /// Requests of ours on these flows could not be sent (RFC 3261 §17.1.4). Answers that could
    /// not be sent are repeated by their transactions or asked for again by the peer.
    fn handle_send_failed(&mut self, now: Now, on: impl Fn(Flow) -> bool) {
        for id in self.transactions.clients_on(on) {
            if let Some(client) = self.transactions.client_mut(id) {
                let act = client.handle_transport_error(now);
                self.client_act(now, id, act, None);
            }
        }
    }

    fn wake_usage(&mut self, now: Now, id: DialogId) {
        match self.usages.usage(id) {
            Some(Usage::Asked(_)) => self.wake_asked(now, id),
            Some(Usage::Calling(_)) => self.wake_calling(now, id),
            Some(Usage::Session(_)) => self.wake_session(now, id),
            None => {}
        }
        self.arm_usage(id);
    }

    fn arm_usage(&mut self, id: DialogId) {
        let deadline = self.usages.usage(id).and_then(Usage::poll_timeout);
        self.agenda.set(&Wake::Usage(id), deadline);
        self.stir(id);
    }

    /// Forgets a usage and its deadline. An INVITE of ours inside it that is still open keeps the
    /// dialog, because its 2xx would want an ACK; what the peer asked and nobody answered gets its
    /// 487 (RFC 3261 §15.1.2).
    fn forget_usage(&mut self, now: Now, id: DialogId) {
        if let Some(mut usage) = self.usages.take(id) {
            if let Some(waiting) = usage.offers_mut().take_theirs() {
                self.reply(now, waiting, StatusCode::REQUEST_TERMINATED);
            }
            if let Usage::Session(session) = usage {
                if let Some(refer) = session.referral.as_ref().and_then(Referral::asked) {
                    self.reply(now, refer, StatusCode::REQUEST_TERMINATED);
                }
                if let Exchange::Ours(transaction) = session.offers.exchange()
                    && let Some(client) = self.transactions.client_mut(transaction)
                    && *client.request.method() == Method::Invite
                {
                    client.purpose = Purpose::Orphan(Box::new(session.dialog));
                    client.abandon(now);
                    self.settle_client(transaction);
                }
            }
        }
        self.agenda.set(&Wake::Usage(id), None);
        self.stir(id);
    }

    fn tell(&mut self, dialog: DialogId, news: DialogNews) {
        self.stir(dialog);
        let from = self.source;
        let output = Output::Dialog { dialog, news, from };
        self.outputs.push_back(output);
    }

    /// A refusal is told once per source and second.
    fn refused(&mut self, flow: Flow, why: &'static str) {
        if self.hush.may_speak(self.clock, flow.remote.ip()) {
            self.outputs.push_back(Output::Refused { flow, why });
        }
    }

    /// Whether another INVITE usage fits.
    fn has_room_for_dialog(&self) -> bool {
        self.usages.len() < self.settings.limits.dialogs
    }

    /// Whether a session is up and not ending.
    fn is_up(&self, id: DialogId) -> bool {
        matches!(
            self.usages.usage(id),
            Some(Usage::Session(session)) if session.phase != Phase::Ending
        )
    }

    /// A branch nobody else has (RFC 3261 §8.1.1.7).
    fn branch(&mut self) -> String {
        format!("{}{}", crate::header::Via::COOKIE, self.random.token(20))
    }

    /// A tag: at least 32 bits of chance (RFC 3261 §19.3).
    fn tag(&mut self) -> String {
        self.random.token(12)
    }
}
