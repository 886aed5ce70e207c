//! REGISTER: the registrar's side of RFC 3261 §10.3.

use rappel_model::record::RegistrationRecord;
use rappel_model::{Instant, Now};

use super::authenticate::Sender;
use super::{Endpoint, Wake};
use crate::dialog::usage::Usage;
use crate::header::scan::split_list;
use crate::header::{
    Contact, Expires, Field, MinExpires, Name, NameAddr, Params, Require, Supported, TypedHeader,
};
use crate::input::Flow;
use crate::message::{Request, Response, StatusCode};
use crate::output::{Output, UserId};
use crate::registrar::{Binding, Change, Refusal, Update, Wanted};
use crate::transaction::table::TransactionId;
use crate::uri::Uri;

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
        let user = match self.authenticate(now, request, flow) {
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
        let (Some(change), Some(path)) = (change(request), path(request)) else {
            self.reply(now, id, StatusCode::BAD_REQUEST);
            self.refused(flow, "bad Contact or Path in REGISTER");
            return;
        };
        if keeps_flows(&change) && !first_hop_keeps_flows(request, &path) {
            self.reply(now, id, StatusCode::FIRST_HOP_LACKS_OUTBOUND);
            return;
        }
        let changes = !matches!(change, Change::Fetch);
        let update = Update {
            call_id: request.call_id().to_owned(),
            cseq: request.cseq().number,
            flow,
            path,
            change,
        };
        match self.registrar.update(now, &user, &update) {
            Ok(()) => {
                self.report_bindings();
                self.answer_registered(now, id, request, (&user, &update));
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

    /// 200 with every Contact that is bound now and the seconds it has left (RFC 3261 §10.3 step 8),
    /// the public GRUU of each device for a phone that knows what that is (RFC 5627 §5.2), and the
    /// Path it came by (RFC 3327 §5.3).
    fn answer_registered(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        (user, update): (&UserId, &Update),
    ) {
        let devices = self.registrar.bindings(now, user);
        let supported = request.headers().all::<Supported>();
        let knows = |option: &str| supported.iter().any(|known| known.is(option));
        let aor = knows("gruu").then(|| request.to().uri.clone());
        let outbound = knows("outbound") && keeps_flows(&update.change);
        let Some(mut response) = self.response(id, StatusCode::OK) else {
            return;
        };
        for device in &devices {
            push_contact(&mut response, device, now.instant, aor.as_ref());
        }
        for hop in &update.path {
            response.push_field(Field::new(path_header(), hop));
        }
        response.push_field(Field::new(Supported::NAME, EXTENSIONS));
        if outbound {
            response.push_field(Field::new(Require::NAME, "outbound"));
        }
        let date = now.wall.to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT");
        response.push_field(Field::new(Name::Date, &date.to_string()));
        self.answer(now, id, response);
    }

    /// Tells the guard at which addresses phones are registered, and the store which are.
    pub(super) fn report_bindings(&mut self) {
        let reports = self.registrar.take_reports();
        self.outputs.extend(reports.into_iter().map(Output::Source));
        let unkept = self.registrar.take_unkept(self.clock);
        let keep = |record| Output::Keep(Box::new(record));
        self.outputs.extend(unkept.into_iter().map(keep));
    }

    /// Takes the registrations that were kept before a restart, once the users are known: in force
    /// are those of users that still exist, whose time is not over, and whom a datagram or a new
    /// connection reaches. What is not leaves the store with [`Output::Keep`].
    pub fn restore(&mut self, now: Now, registrations: Vec<RegistrationRecord>) {
        self.clock = now;
        for record in registrations {
            let user = UserId {
                tenant: record.tenant.clone(),
                user: record.user.clone(),
            };
            match self.users.by_id(&user) {
                Some(_) => self
                    .registrar
                    .restore(now, &record, &self.settings.listeners),
                None => self.registrar.forget(user),
            }
        }
        self.report_bindings();
        self.arm_registrar();
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
        self.stir_user(&user);
        self.outputs.push_back(Output::Registered { user, devices });
    }

    /// A registration has run out.
    pub(super) fn wake_registrar(&mut self, now: Now) {
        for user in self.registrar.handle_timeout(now) {
            self.report_devices(now, user);
        }
        self.report_bindings();
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
    let wanted = contacts.iter().map(|contact| wanted(contact, header));
    wanted.collect::<Option<_>>().map(Change::Each)
}

/// One Contact of a REGISTER; `None` for one that no device has: we call by SIP alone.
fn wanted(contact: &Contact, header: Option<u32>) -> Option<Wanted> {
    let address = contact.address()?;
    address.uri.as_sip()?;
    let params = &address.params;
    let instance = params.value("+sip.instance").map(str::to_owned);
    let reg_id = params.value("reg-id").and_then(|text| text.parse().ok());
    let mut features = params.clone();
    for ours in [
        "expires",
        "q",
        "+sip.instance",
        "reg-id",
        "pub-gruu",
        "temp-gruu",
    ] {
        features.remove(ours);
    }
    let written = contact.to_string().len();
    (written <= MAX_CONTACT).then(|| Wanted {
        contact: address.uri.clone(),
        expires: contact.expires().or(header),
        q: params.value("q").map_or(WHOLE, thousandths),
        // RFC 5626 §4.2.1: without an instance it says nothing.
        reg_id: instance.as_ref().and(reg_id).filter(|number| *number > 0),
        instance,
        features,
    })
}

/// `q` in thousandths, 1000 for what cannot be read (RFC 3261 §25.1: 0 to 1 with three digits).
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    match (whole, format!("{part:0<3}").parse()) {
        ("0" | "", Ok(part)) if digits => part,
        _ => WHOLE,
    }
}

/// The proxies a REGISTER came through that stay in the way (RFC 3327 §5.3), each as it is written;
/// `None` when one cannot be read or there are too many.
fn path(request: &Request) -> Option<Vec<String>> {
    let mut path = Vec::new();
    for field in request.headers().fields(&path_header()) {
        for hop in split_list(&field.text()) {
            NameAddr::read(hop).ok()?;
            path.push(hop.trim().to_owned());
        }
    }
    let written: usize = path.iter().map(String::len).sum();
    (path.len() <= MAX_PATH && written <= MAX_CONTACT).then_some(path)
}

fn path_header() -> Name {
    Name::Other("Path".into())
}

/// Whether a device registers one of several flows (RFC 5626 §4.2.1).
fn keeps_flows(change: &Change) -> bool {
    match change {
        Change::Each(wanted) => wanted.iter().any(|one| one.reg_id.is_some()),
        Change::Fetch | Change::RemoveAll => false,
    }
}

/// Whether the flow ends at the phone, or at a proxy that says it keeps it (RFC 5626 §6).
fn first_hop_keeps_flows(request: &Request, path: &[String]) -> bool {
    let direct = request.headers().fields(&Name::Via).count() <= 1;
    let first = path.last().and_then(|hop| NameAddr::read(hop).ok());
    let keeps = |hop: NameAddr| hop.uri.as_sip().is_some_and(|uri| uri.params.has("ob"));
    direct || first.is_some_and(keeps)
}

fn push_contact(response: &mut Response, device: &Binding, now: Instant, aor: Option<&Uri>) {
    let left = device.expires.since(now).as_secs();
    let mut address = NameAddr::new(device.contact.clone());
    address.params = device.features.clone();
    address.params.set("expires", &left.to_string());
    if device.q < WHOLE {
        address.params.set("q", &format!("0.{:03}", device.q));
    }
    if let Some(instance) = &device.instance {
        // RFC 5626 §4.1: the value is a quoted string.
        address
            .params
            .set_quoted("+sip.instance", &instance.replace(['"', '\\'], ""));
        let gruu = aor
            .zip(device.gr())
            .and_then(|(aor, gr)| public_gruu(aor, gr));
        if let Some(gruu) = gruu {
            address.params.set_quoted("pub-gruu", &gruu);
        }
    }
    if let Some(reg_id) = device.reg_id {
        address.params.set("reg-id", &reg_id.to_string());
    }
    response.push(&Contact::At(address));
}

/// The public GRUU of a device: its user's address, and which of the user's devices it is
/// (RFC 5627 §5.4, §A.1). Nothing is kept for it.
fn public_gruu(aor: &Uri, gr: &str) -> Option<String> {
    let mut uri = aor.as_sip()?.clone();
    uri.params = Params::new();
    uri.params.set("gr", gr);
    Some(Uri::Sip(uri).to_string())
}

/// Most Contacts in one REGISTER.
const MAX_CONTACTS: usize = 10;

/// Longest Contact, and longest Path, that is kept, in bytes.
const MAX_CONTACT: usize = 512;

/// Most proxies on the way to a device.
const MAX_PATH: usize = 4;

/// `q=1`, in thousandths.
const WHOLE: u16 = 1000;

/// What the registrar knows beyond RFC 3261 (RFC 3327, RFC 5626, RFC 5627).
pub(super) const EXTENSIONS: &str = "path, outbound, gruu";
