//! Forwards that people set by telephone: kept by the store before they count and before anything is
//! said, then lent to every call of the tenant.

use rappel_call::{Barred, CallerId, Errand, Wanted, owner_of};
use rappel_ivr::Event;
use rappel_ivr::need::{Forwarded, Forwarding, Shown};
use rappel_model::office::{Change, Forward, Leading, Owner, When};
use rappel_model::record::ForwardRecord;
use rappel_model::{CallUid, Now, PhoneNumber, QuestionId, TenantId};
use rappel_sip::UserId;

use crate::numbering;
use crate::output::Question;
use crate::questions::{About, Open};
use crate::switchboard::Switchboard;

impl Switchboard {
    /// What the store knows of forwards, at start.
    pub(crate) fn restore_forwards(&mut self, records: Vec<ForwardRecord>) {
        self.forwards.clear();
        for record in records {
            self.note_forward(record);
        }
    }

    /// A user of ours sets, clears or asks for a forward of theirs.
    pub(crate) fn forward(
        &mut self,
        now: Now,
        (tenant, call): (TenantId, CallUid),
        wanted: Forwarding,
    ) {
        let Forwarding { question, order } = wanted;
        let answer = |outcome| Event::Forwarded { question, outcome };
        let user = self
            .calls
            .get(&call)
            .and_then(|call| call.calling_user())
            .cloned();
        let version = self.version(&tenant).cloned();
        let (Some(user), Some(version)) = (user, version) else {
            self.grant(now, call, answer(Forwarded::Refused));
            return;
        };
        let owner = owner_of(&version.surroundings, &user);
        let user = UserId {
            tenant: tenant.clone(),
            user,
        };
        let when = order.when;
        let (to, after) = match order.change {
            Change::Ask => {
                let found = self
                    .forwards
                    .get(&tenant)
                    .and_then(|all| all.find(&owner, when));
                let outcome = found.map_or(Forwarded::Nowhere, |forward| {
                    Forwarded::To(when, forward.to.clone())
                });
                self.grant(now, call, answer(outcome));
                return;
            }
            Change::Clear => (None, None),
            Change::Own { after } => match self.own_number(&version, &owner) {
                Some(number) => (Some(Leading::Outside(number)), after),
                None => return self.grant(now, call, answer(Forwarded::Refused)),
            },
            Change::To { number, after } => {
                match self.leads_to((now, call), &user, &owner, &number) {
                    Some(leading) => (Some(leading), after),
                    None => return self.grant(now, call, answer(Forwarded::Refused)),
                }
            }
        };
        let after = after.filter(|_| when == When::NoAnswer);
        let record = ForwardRecord {
            tenant,
            owner,
            when,
            forward: to.map(|to| Forward { to, after }),
            at: now.wall,
        };
        self.keep_forward(now, call, question, record);
    }

    fn keep_forward(&mut self, now: Now, call: CallUid, asked: QuestionId, record: ForwardRecord) {
        let record = Box::new(record);
        let open = Open {
            tenant: record.tenant.clone(),
            call,
            asked,
            about: About::Forward(record.clone()),
        };
        if self.ask(open, Question::KeepForward(record)).is_err() {
            let (question, outcome) = (asked, Forwarded::NotStored);
            self.grant(now, call, Event::Forwarded { question, outcome });
        }
    }

    /// A forward is durable: from here on it counts.
    pub(crate) fn forward_kept(&mut self, record: ForwardRecord) -> Forwarded {
        let outcome = match &record.forward {
            Some(forward) => Forwarded::To(record.when, forward.to.clone()),
            None => Forwarded::Cleared,
        };
        match self.note_forward(record) {
            true => outcome,
            false => Forwarded::NotStored,
        }
    }

    fn note_forward(&mut self, record: ForwardRecord) -> bool {
        let forwards = self.forwards.entry(record.tenant).or_default();
        forwards.set(record.owner, record.when, record.forward)
    }

    /// The first phone outside that the files declare for a person.
    fn own_number(&self, version: &rappel_tenant::Version, owner: &Owner) -> Option<PhoneNumber> {
        let Owner::Person(name) = owner else {
            return None;
        };
        let people = &version.surroundings.people;
        let device = people.persons.get(name)?.devices.first()?;
        Some(people.devices.get(device)?.number.clone())
    }

    /// Where a forward to what was dialled would lead; `None` when that is nobody, the owner, or a
    /// number that may not be called.
    fn leads_to(
        &mut self,
        (now, call): (Now, CallUid),
        user: &UserId,
        owner: &Owner,
        digits: &str,
    ) -> Option<Leading> {
        let names = (&self.tenants, &self.users, self.settings.trunks.as_slice());
        let leading = numbering::leading(names, user, digits)?;
        match &leading {
            Leading::Extension(digits) => {
                let around = &self.version(&user.tenant)?.surroundings;
                let next = rappel_call::owner_at(around, digits);
                (next != *owner).then_some(leading)
            }
            Leading::Outside(number) => {
                let wanted = Wanted {
                    tenant: &user.tenant,
                    number,
                    caller: &CallerId::default(),
                    shown: Shown::Caller,
                    line: None,
                    forwarded_by: Some(owner),
                    came_by: None,
                    diversions: 1,
                    why: Errand::Forward,
                };
                let tenant = Some(&user.tenant);
                let routes = self.lend(tenant, (call, false), |house| {
                    house.outside.routes(now, &wanted)
                });
                // What is full or spent today is not tomorrow.
                let allowed = !matches!(routes, Err(Barred::Destination));
                allowed.then_some(leading)
            }
        }
    }
}
