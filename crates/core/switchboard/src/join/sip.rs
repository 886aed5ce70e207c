//! News of signalling.

use std::net::IpAddr;

use rappel_call::{Arrival, Call, CallerId, Cause, Input, Service};
use rappel_ivr::Known;
use rappel_model::directory::Directory;
use rappel_model::record::{CallDirection, Origin};
use rappel_model::{CallUid, Fact, Language, Now, PhoneNumber, Secrecy};
use rappel_sip::{DialogId, DialogNews, Incoming, Output as SipOutput, UserId};
use rappel_trunk::Settings as Trunk;

use super::trunk::{caller_of_trunk, name, wants_privacy};
use crate::numbering::{self, Dialled, Found};
use crate::output::{Output, Write};
use crate::switchboard::Switchboard;

/// Who sent an INVITE, as far as the house believes it.
enum Sender {
    /// A user who proved it.
    User(UserId),
    /// A trunk, by its address or by the Contact we registered there.
    Trunk(Box<Trunk>),
}

impl Switchboard {
    /// Carries one output of signalling to where it belongs.
    pub(crate) fn join_sip(&mut self, now: Now, output: SipOutput) {
        match output {
            SipOutput::Send { bytes, flow, host } => self.put(Output::Sip { bytes, flow, host }),
            SipOutput::Lookup { lookup, name, kind } => {
                self.put(Output::Lookup { lookup, name, kind });
            }
            SipOutput::Incoming(incoming) => self.arrive(now, incoming),
            SipOutput::Dialog { dialog, news, from } => self.dialog_news(now, dialog, news, from),
            SipOutput::Registered { user, devices } => {
                let registered = Fact::Registered {
                    user: user.user.clone(),
                    devices,
                };
                self.diary(now, Some(user.tenant.clone()), None, registered);
                self.tell_user(now, user);
            }
            SipOutput::Keep(record) => self.put(Output::Write(Write::Registration(record))),
            SipOutput::Registration {
                registration,
                state,
            } => self.registration_news(now, registration, state),
            SipOutput::Probed { probe, outcome } => self.probed(now, probe, outcome),
            SipOutput::Source(report) => self.put(Output::Source(report)),
            SipOutput::Refused { flow, why } => {
                let source = flow.remote;
                self.diary(now, None, None, Fact::Refused { source, why });
            }
        }
    }

    fn dialog_news(&mut self, now: Now, dialog: DialogId, news: DialogNews, from: Option<IpAddr>) {
        let Some(owner) = self.ledger.owner(dialog) else {
            // The call let go of it with a CANCEL or a BYE; an answer that crossed it is ended too.
            if matches!(news, DialogNews::Answered { .. }) {
                let cause = Cause::AnsweredElsewhere.q850();
                self.sip.hang_up(now, dialog, Some(cause));
            }
            return;
        };
        let leg = owner.leg;
        self.with_call(owner.call, |call, house| {
            call.handle_input(now, house, Input::Dialog { leg, news, from });
        });
    }

    /// Where a dialled number leads, for whoever dialled it.
    fn found(&self, sender: &Sender, called: &str) -> Option<Dialled> {
        match sender {
            Sender::User(user) => {
                let trunks = self.settings.trunks.as_slice();
                let names = (&self.tenants, &self.users, trunks);
                numbering::from_user(names, user, called)
            }
            Sender::Trunk(trunk) => {
                numbering::from_trunk(&self.tenants, trunk, called).map(Dialled::Served)
            }
        }
    }

    /// A new INVITE: challenged, refused, or served by a flow. Each but the first leaves a record.
    fn arrive(&mut self, now: Now, incoming: Box<Incoming>) {
        let requested = incoming.uri.user().unwrap_or_default();
        let Some(sender) = self.sender(&incoming, &requested) else {
            return self.sip.challenge(now, incoming.dialog);
        };
        if let Some(dialog) = incoming.replaces {
            let caller = self.caller_id(&sender, &incoming);
            return self.take_place(now, &incoming, dialog, &caller);
        }
        let called = dialled(&match &sender {
            Sender::User(_) => requested,
            Sender::Trunk(trunk) => self.called_by_trunk(trunk, &incoming),
        });
        let found = self.found(&sender, &called);
        if let Some(wanted) = found.as_ref().filter(|found| found.is_seat()) {
            let caller = self.caller_id(&sender, &incoming);
            if self.seat(now, &incoming, wanted, &caller) {
                return;
            }
        }
        let direction = direction(&sender, found.as_ref());
        let (found, refused) = match found {
            Some(Dialled::Served(found) | Dialled::Outside(found)) => (Some(found), None),
            Some(Dialled::Barred) => (None, Some(Cause::NotAllowed)),
            // Nothing to pick up, nothing parked there, nobody talks, nobody is on hold.
            Some(_) | None => (None, Some(Cause::NotFound)),
        };
        let caller = self.caller_id(&sender, &incoming);
        let known = self.known(now, found.as_ref(), &caller);
        let is_full = self.is_full(&sender, &incoming);
        let refused = match is_full {
            true => Some(Cause::ChannelsTaken),
            false => refused,
        };
        let service = self.service(found.as_ref().filter(|_| !is_full), refused, known);
        let is_for_help = found.as_ref().is_some_and(Found::is_for_help);
        let arrival = Arrival {
            uid: CallUid::draw(now.wall, &mut self.random),
            tenant: self.tenant_of(&sender, found.as_ref()),
            origin: match &sender {
                Sender::User(user) => Origin::User(user.user.clone()),
                Sender::Trunk(trunk) => Origin::Trunk(trunk.name.clone()),
            },
            direction,
            line: found.as_ref().and_then(|found| found.line.clone()),
            version: found.as_ref().map(|found| found.version.id()),
            caller,
            called,
            is_for_help,
            service,
            secrecy: self.secrecy(&sender, found.as_ref()),
            incoming,
        };
        let uid = arrival.uid;
        if let Sender::Trunk(trunk) = &sender
            && !is_full
        {
            self.carriers.arrived(&trunk.name, uid);
        }
        let random = self.random.fork(&format!("call {uid}"));
        let tenant = arrival.tenant.clone();
        let call = self.lend(tenant.as_ref(), (uid, is_for_help), |house| {
            Box::new(Call::arrive(now, house, arrival, random))
        });
        self.admit(uid, call);
    }

    /// Who sent an INVITE: a user who proved it, else the trunk that calls from there.
    fn sender(&self, incoming: &Incoming, requested: &str) -> Option<Sender> {
        if let Some(user) = &incoming.user {
            return Some(Sender::User(user.clone()));
        }
        let trunk = self.carriers.arrival(incoming.flow.remote, requested)?;
        Some(Sender::Trunk(Box::new(trunk.clone())))
    }

    /// Whether all channels of the trunk that a call comes by are taken. Whoever was called for help
    /// and calls back (RFC 7090) gets through all the same.
    fn is_full(&self, sender: &Sender, incoming: &Incoming) -> bool {
        let Sender::Trunk(trunk) = sender else {
            return false;
        };
        let priority = incoming.headers.text(&name("Priority")).unwrap_or_default();
        let is_helper = priority.trim().eq_ignore_ascii_case("psap-callback");
        !is_helper && self.carriers.is_full(&trunk.name)
    }

    /// Whether the voice of a caller is encrypted: as the line says, else the trunk, else the engine.
    fn secrecy(&self, sender: &Sender, found: Option<&Found>) -> Secrecy {
        let line = found.and_then(|found| {
            let name = found.line.as_ref()?;
            let lines = &found.version.lines;
            lines.iter().find(|line| line.name == *name)?.secrecy
        });
        let trunk = match sender {
            Sender::Trunk(trunk) => trunk.secrecy,
            Sender::User(_) => None,
        };
        line.or(trunk).unwrap_or(self.settings.secrecy)
    }

    /// What serves a call: nothing while the engine is full or stopping, or when nobody was found. A
    /// call for help is served all the same, within a bound of its own.
    fn service(&self, found: Option<&Found>, refused: Option<Cause>, known: Known) -> Service {
        let passes = found.is_some_and(Found::is_for_help) && self.may_help();
        if self.drain.is_stopping() && !passes {
            return Service::Refuse(Cause::Draining);
        }
        if self.calls.len() >= self.settings.limits.calls && !passes {
            return Service::Refuse(Cause::Congestion);
        }
        let Some(found) = found else {
            return Service::Refuse(refused.unwrap_or(Cause::NotFound));
        };
        serve(found, known)
    }

    /// Whether one more call for help is served where no other would be.
    fn may_help(&self) -> bool {
        let helping = self.calls.values().filter(|call| call.is_for_help());
        !self.drain.is_ending() && helping.count() < self.settings.limits.help
    }

    /// What is known of a caller, and the call that comes now noted for the next one.
    fn known(&mut self, now: Now, found: Option<&Found>, caller: &CallerId) -> Known {
        let (Some(found), Some(number)) = (found, caller.number.as_ref()) else {
            return Known::default();
        };
        if !number.is_e164() {
            return Known::default();
        }
        let (tenant, around) = (&found.version.tenant, &found.version.surroundings);
        let known = self
            .callers
            .known(tenant, number, now.wall, &around.timezone);
        self.callers
            .called(tenant, number, now.wall, &around.timezone);
        let tables = self.directories.get(tenant);
        let has = |directory: &Directory| {
            let table = tables.and_then(|tables| tables.get(&directory.name));
            table.is_some_and(|table| table.find(&directory.key, number.as_str()).is_some())
        };
        let mut contacts = around.directories.values().filter(|d| d.contacts);
        Known {
            contact: contacts.any(has),
            ..known
        }
    }

    fn tenant_of(&self, sender: &Sender, found: Option<&Found>) -> Option<rappel_model::TenantId> {
        match (found, sender) {
            (Some(found), _) => Some(found.version.tenant.clone()),
            (None, Sender::User(user)) => Some(user.tenant.clone()),
            (None, Sender::Trunk(_)) => None,
        }
    }

    /// Who calls, as others may see it. What a phone of ours writes in From is never believed: its
    /// person's name and extension are shown, unless it asks for privacy. A carrier's number is read by its trunk's rules.
    fn caller_id(&self, sender: &Sender, incoming: &Incoming) -> CallerId {
        match sender {
            Sender::User(user) if wants_privacy(&incoming.headers) => CallerId {
                user: Some(user.user.clone()),
                is_hidden: true,
                ..CallerId::default()
            },
            Sender::User(user) => {
                let version = self.tenants.get(&user.tenant);
                let person = version.and_then(|v| {
                    let mut persons = v.surroundings.people.persons.values();
                    persons.find(|person| person.phones.contains(&user.user))
                });
                let extension = person.and_then(|person| person.extension.as_deref());
                CallerId {
                    number: extension.and_then(PhoneNumber::parse),
                    name: person.map(|person| person.name.clone()),
                    user: Some(user.user.clone()),
                    is_hidden: false,
                }
            }
            Sender::Trunk(trunk) => caller_of_trunk(trunk, incoming),
        }
    }
}

/// A flow that serves a call.
pub(crate) fn serve(found: &Found, known: Known) -> Service {
    let around = &found.version.surroundings;
    // A language remembered wins over the line's (FLOWS §17.2), as long as it is spoken.
    let speaks = |language: &Language| around.languages.contains(language);
    Service::Flow {
        flows: found.version.flows.clone(),
        flow: found.flow.clone(),
        called: found.called.clone(),
        language: known
            .language
            .clone()
            .filter(speaks)
            .unwrap_or_else(|| found.language.clone()),
        known,
        may_answer: found.may_answer,
    }
}

/// What was dialled, cut where no number of anybody goes on; then it ends with `…` and is found
/// nowhere.
fn dialled(user: &str) -> String {
    match user.char_indices().nth(MAX_DIALLED) {
        None => user.to_owned(),
        Some(_) => user.chars().take(MAX_DIALLED - 1).chain(['…']).collect(),
    }
}

/// Which way a call goes, for its record.
fn direction(sender: &Sender, found: Option<&Dialled>) -> CallDirection {
    match (sender, found) {
        (Sender::User(_), Some(Dialled::Outside(_) | Dialled::Barred)) => CallDirection::Outbound,
        (Sender::User(_), _) => CallDirection::Internal,
        (Sender::Trunk(_), _) => CallDirection::Inbound,
    }
}

/// Longest dialled text that is looked for and kept, in characters: four times the digits of a
/// number (E.164), and room for names.
const MAX_DIALLED: usize = 64;
