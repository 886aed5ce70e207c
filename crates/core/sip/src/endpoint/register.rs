//! REGISTER: the registrar's side of RFC 3261 §10.3.

use rappel_model::{Instant, Now};

use super::authenticate::Sender;
use super::{Endpoint, Wake};
use crate::dialog::usage::Usage;
use crate::header::{Contact, Expires, Field, MinExpires, Name, TypedHeader};
use crate::input::Flow;
use crate::message::{Request, Response, StatusCode};
use crate::output::{Output, UserId};
use crate::registrar::{Binding, Change, Refusal, Update, Wanted};
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// REGISTER, step by step after RFC 3261 §10.3: who is it (3), may it change this
    /// address-of-record (4), what does it ask (6, 7), and what is bound now (8).
    pub(super) fn handle_register(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        flow: Flow,
    ) {
        let user = match self.authenticate(now, request) {
            Sender::Nobody => {
                self.challenge_request(now, id, false);
                return;
            }
            Sender::Doubtful(doubt) => {
                self.answer_doubt(now, id, doubt, flow);
                return;
            }
            Sender::User(user) => user,
        };
        self.keep(id);
        if !self.owns(&user, request) {
            self.reply(now, id, StatusCode::FORBIDDEN);
            self.refused(flow, "another user's address");
            return;
        }
        let Some(change) = change(request) else {
            self.reply(now, id, StatusCode::BAD_REQUEST);
            self.refused(flow, "bad Contact in REGISTER");
            return;
        };
        let changes = !matches!(change, Change::Fetch);
        let update = Update {
            call_id: request.call_id().to_owned(),
            cseq: request.cseq().number,
            flow,
            change,
        };
        match self.registrar.update(now, &user, &update) {
            Ok(()) => {
                self.answer_registered(now, id, &user);
                if changes {
                    self.registered(now, user, &update);
                }
            }
            Err(Refusal::TooBrief) => {
                let least = MinExpires(self.settings.min_expires);
                if let Some(response) = self.response(id, StatusCode::INTERVAL_TOO_BRIEF) {
                    self.answer(now, id, response.with(&least));
                }
            }
            Err(Refusal::OutOfOrder) => self.reply(now, id, StatusCode::SERVER_INTERNAL_ERROR),
        }
    }

    /// Whether the address-of-record in To is the user's own (RFC 3261 §10.3 step 4).
    pub(super) fn owns(&self, user: &UserId, request: &Request) -> bool {
        let name = request.to().uri.user();
        self.users
            .by_id(user)
            .is_some_and(|known| name.as_deref() == Some(known.username.as_str()))
    }

    /// 200 with every Contact that is bound now and the seconds it has left (RFC 3261 §10.3 step 8).
    fn answer_registered(&mut self, now: Now, id: TransactionId, user: &UserId) {
        let devices = self.registrar.bindings(now, user);
        let Some(mut response) = self.response(id, StatusCode::OK) else {
            return;
        };
        for device in &devices {
            push_contact(&mut response, device, now.instant);
        }
        let date = now.wall.to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT");
        response.push_field(Field::new(Name::Date, &date.to_string()));
        self.answer(now, id, response);
    }

    /// What follows a change: deadlines, a report, and how many messages wait.
    fn registered(&mut self, now: Now, user: UserId, update: &Update) {
        self.arm_registrar();
        let refreshed: Vec<Binding> = self
            .registrar
            .bindings(now, &user)
            .into_iter()
            .filter(|device| device.call_id == update.call_id && device.cseq == update.cseq)
            .collect();
        self.report_devices(now, user.clone());
        for device in &refreshed {
            self.reattach(device);
        }
        for device in refreshed {
            self.notify_device(now, &user, &device);
        }
    }

    /// A phone came back on a new connection: its calls in progress follow it there (RFC 5626 §5.3
    /// sends requests over the flow of the newest registration).
    fn reattach(&mut self, device: &Binding) {
        if device.flow.connection.is_none() {
            return;
        }
        for usage in self.usages.iter_mut() {
            let dialog = match usage {
                Usage::Asked(asked) => &mut asked.dialog,
                Usage::Session(session) => &mut session.dialog,
                Usage::Calling(_) => continue,
            };
            let is_lost = dialog.symmetric
                && dialog.flow.transport == device.flow.transport
                && dialog.flow.connection.is_none();
            if is_lost && dialog.target.equivalent(&device.contact) {
                dialog.flow = device.flow;
            }
        }
    }

    /// Tells how many devices a user has.
    pub(super) fn report_devices(&mut self, now: Now, user: UserId) {
        let devices = self.registrar.bindings(now, &user).len();
        self.outputs.push_back(Output::Registered { user, devices });
    }

    /// A registration has run out.
    pub(super) fn wake_registrar(&mut self, now: Now) {
        for user in self.registrar.handle_timeout(now) {
            self.report_devices(now, user);
        }
        self.arm_registrar();
    }

    pub(super) fn arm_registrar(&mut self) {
        let deadline = self.registrar.poll_timeout();
        self.agenda.set(&Wake::Registrar, deadline);
    }
}

/// What the Contacts of a REGISTER ask; `None` when they contradict each other or cannot be read
/// (RFC 3261 §10.3 step 6).
fn change(request: &Request) -> Option<Change> {
    let contacts = request.headers().read_all::<Contact>().ok()?;
    let header = request.typed::<Expires>().map(|expires| expires.0);
    if contacts.contains(&Contact::All) {
        let alone = contacts.len() == 1 && header == Some(0);
        return alone.then_some(Change::RemoveAll);
    }
    if contacts.is_empty() {
        return Some(Change::Fetch);
    }
    if contacts.len() > MAX_CONTACTS {
        return None;
    }
    let wanted = contacts.iter().filter_map(|contact| {
        let address = contact.address()?;
        Some(Wanted {
            contact: address.uri.clone(),
            expires: contact.expires().or(header),
            instance: address.params.value("+sip.instance").map(str::to_owned),
        })
    });
    Some(Change::Each(wanted.collect()))
}

fn push_contact(response: &mut Response, device: &Binding, now: Instant) {
    let left = device.expires.since(now).as_secs();
    let mut address = crate::header::NameAddr::new(device.contact.clone());
    address.params.set("expires", &left.to_string());
    let mut text = Contact::At(address).to_string();
    if let Some(instance) = &device.instance {
        // RFC 5626 §4.1: the value is a quoted string.
        let quoted = instance.replace(['"', '\\'], "");
        text.push_str(&format!(";+sip.instance=\"{quoted}\""));
    }
    response.push_field(Field::new(Contact::NAME, &text));
}

/// Most Contacts in one REGISTER.
const MAX_CONTACTS: usize = 10;
