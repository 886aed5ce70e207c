//! Calls that are handed over: where to, and between which two calls a leg moves.

use rappel_call::{CallerId, Cause, Destination, Input, Search, Sought};
use rappel_ivr::{Known, Whom, builtin};
use rappel_model::{CallUid, LegId, Now, PersonName, PhoneNumber, TenantId, UserName};
use rappel_sip::{DialogId, Incoming, UserId};

use crate::join::sip::serve;
use crate::numbering::{self, Dialled, Found};
use crate::switchboard::Switchboard;

impl Switchboard {
    /// Looks for where a call is to go, and tells it.
    pub(crate) fn find(&mut self, now: Now, uid: CallUid, search: Search, sought: &Sought) {
        let tenant = self.calls.get(&uid).and_then(|call| call.tenant().cloned());
        let destination = tenant.and_then(|tenant| match sought {
            Sought::Dialled(user, dialled) => self.dialled_by(&tenant, user, dialled),
            Sought::Own(user) => {
                let version = self.version(&tenant)?;
                let found = Found::built_in(version, builtin::extension(), user.as_str());
                let service = Box::new(serve(&found, Known::default()));
                Some(Destination::Serve(service, None))
            }
            Sought::Line(line) => {
                let version = self.version(&tenant)?;
                let line = version.lines.iter().find(|known| known.name == *line)?;
                let found = Found::line(version, line);
                let service = Box::new(serve(&found, Known::default()));
                Some(Destination::Serve(service, found.line))
            }
        });
        self.with_call(uid, |call, house| {
            let found = Input::Found {
                search,
                destination,
            };
            call.handle_input(now, house, found);
        });
    }

    /// What a user reaches by dialling, as a place for a call of theirs: people are rung and nobody's
    /// mailbox answers, so that a call nobody takes comes back.
    fn dialled_by(&self, tenant: &TenantId, user: &UserName, dialled: &str) -> Option<Destination> {
        let asking = UserId {
            tenant: tenant.clone(),
            user: user.clone(),
        };
        let trunks = self.settings.trunks.as_slice();
        let names = (&self.tenants, &self.users, trunks);
        let found = match numbering::from_user(names, &asking, dialled)? {
            Dialled::Served(found) => found,
            Dialled::Outside(found) => {
                return PhoneNumber::parse(&found.called).map(Destination::Outside);
            }
            Dialled::Park(version, wanted) => {
                let place = self.place(&version.surroundings, wanted);
                return Some(place.map_or(Destination::Full, Destination::Park));
            }
            // Nothing to hand a call to.
            Dialled::Barred
            | Dialled::PickUp(..)
            | Dialled::Supervise(..)
            | Dialled::Conference => return None,
        };
        if found.line.is_none() && found.flow == builtin::extension() {
            let version = &found.version;
            let named = PersonName::from(dialled);
            let person = match version.person_by_extension(dialled) {
                Some((name, _)) => Some(name.clone()),
                None => {
                    let persons = &version.surroundings.people.persons;
                    persons.contains_key(&named).then_some(named)
                }
            };
            let whom = person.map_or_else(|| Whom::User(dialled.into()), Whom::Person);
            return Some(Destination::Reach(whom));
        }
        let service = Box::new(serve(&found, Known::default()));
        Some(Destination::Serve(service, found.line))
    }

    /// A user joins two of their calls: whoever talks in the other one comes to this. Where nobody has
    /// answered the other one yet, whoever talks in this one takes the user's place there.
    pub(crate) fn fetch(
        &mut self,
        now: Now,
        uid: CallUid,
        leg: LegId,
        dialog: DialogId,
        user: &UserName,
    ) {
        let mine = self.calls.get(&uid).and_then(|call| call.tenant().cloned());
        let owner = self.ledger.owner(dialog).filter(|owner| owner.call != uid);
        let owner = owner.filter(|owner| {
            let theirs = self.calls.get(&owner.call).and_then(|call| call.tenant());
            theirs.is_some() && theirs == mine.as_ref()
        });
        let mut ready = false;
        self.with_call(uid, |call, house| ready = call.may_take_in(house, leg));
        let mut rings = false;
        if let Some(owner) = owner.filter(|_| ready) {
            self.with_call(owner.call, |call, house| {
                rings = call.may_be_left(house, owner.leg, user);
            });
            if !self.understand((uid, leg), (owner.call, owner.leg), rings) {
                self.with_call(uid, |call, house| call.refuse_unlike(now, house, leg));
                return;
            }
            if rings {
                self.leave_to(now, (uid, leg), (owner.call, owner.leg));
                return;
            }
        }
        let mut traveller = None;
        if let Some(owner) = owner.filter(|_| ready) {
            self.with_call(owner.call, |call, house| {
                traveller = call.give_up(now, house, owner.leg, user);
            });
        }
        self.with_call(uid, |call, house| call.take_in(now, house, leg, traveller));
    }

    /// Whether those would hear each other whom a REFER of one leg joins by naming another: who talks with
    /// the first, and who talks with the second, or is rung for it.
    fn understand(
        &self,
        (here, referrer): (CallUid, LegId),
        (there, named): (CallUid, LegId),
        rings: bool,
    ) -> bool {
        let Some((here, there)) = self.calls.get(&here).zip(self.calls.get(&there)) else {
            return true;
        };
        let other = match rings {
            true => there.formats_of(named),
            false => there.formats_beside(named),
        };
        here.formats_beside(referrer).meet(&other)
    }

    /// A user whose call nobody has answered yet leaves it to whoever they talk with in another one, that
    /// of the REFER (RFC 5589 §7.3 is about those who cannot wait for the answer). Their own leg of the
    /// conversation goes along: who is not answered there comes back to it.
    fn leave_to(
        &mut self,
        now: Now,
        (talking, referrer): (CallUid, LegId),
        (ringing, place): (CallUid, LegId),
    ) {
        let mut both = None;
        self.with_call(talking, |call, house| {
            both = call.give_away(now, house, referrer);
        });
        if let Some((comer, asker)) = both {
            self.with_call(ringing, |call, house| {
                call.come_in(now, house, place, (*comer, *asker));
            });
        }
    }

    /// A new INVITE that wants the place of a dialog of ours (RFC 3891).
    pub(crate) fn take_place(
        &mut self,
        now: Now,
        incoming: &Incoming,
        dialog: DialogId,
        caller: &CallerId,
    ) {
        let tenant = incoming.user.as_ref().map(|user| &user.tenant);
        let owner = self.ledger.owner(dialog).filter(|owner| {
            let theirs = self.calls.get(&owner.call).and_then(|call| call.tenant());
            // Whoever is no user is known by its trunk: the call compares the way it came.
            tenant.is_none() || theirs == tenant
        });
        let mut done = false;
        if let Some(owner) = owner {
            let named = (owner.call, owner.leg);
            done = self.pick_up(now, incoming, named, caller);
            if !done {
                self.with_call(owner.call, |call, house| {
                    done = call.replace(now, house, (owner.leg, incoming), caller);
                });
            }
        }
        if !done {
            let cause = Cause::Declined;
            self.sip
                .reject(now, incoming.dialog, cause.status(), Some(cause.q850()));
        }
    }
}
