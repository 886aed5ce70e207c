//! Which call a phone wants that dials a code: one that rings elsewhere, or one that is parked.

use std::sync::Arc;

use rappel_call::{CallerId, owner_at, owner_of};
use rappel_ivr::Surroundings;
use rappel_model::office::{Among, Owner};
use rappel_model::{CallUid, LegId, Now, TenantId, UserName};
use rappel_sip::Incoming;

use crate::numbering::Dialled;
use crate::switchboard::Switchboard;

impl Switchboard {
    /// Gives a call to the phone that asks for it. False when there is none, or not for this phone.
    pub(crate) fn seat(
        &mut self,
        now: Now,
        incoming: &Incoming,
        wanted: &Dialled,
        caller: &CallerId,
    ) -> bool {
        let Some(user) = incoming.user.clone().filter(|_| !self.drain.is_stopping()) else {
            return false;
        };
        let call = match wanted {
            Dialled::PickUp(version, extension) => {
                let around = &version.surroundings;
                self.ringing(around, &user.user, extension.as_deref())
            }
            Dialled::Park(_, Some(slot)) => self.parked(&user.tenant, *slot),
            Dialled::Conference => return self.confer(now, incoming, caller),
            Dialled::Supervise(version, extension) => {
                let around = Arc::clone(&version.surroundings);
                return self.supervise(now, incoming, &around, (extension, caller));
            }
            _ => None,
        };
        let mut seated = false;
        if let Some(call) = call {
            self.with_call(call, |call, house| {
                seated = call.seat(now, house, incoming, caller);
            });
        }
        seated
    }

    /// The oldest call that rings at an extension, or in a team of the user's, and that they may take.
    fn ringing(
        &self,
        around: &Surroundings,
        user: &UserName,
        extension: Option<&str>,
    ) -> Option<CallUid> {
        let me = owner_of(around, user);
        let whose = extension.map(|extension| owner_at(around, extension));
        let may_take = |rung: &UserName| {
            let rung = owner_of(around, rung);
            let close = rung == me || are_colleagues(around, &me, &rung);
            let meant = whose.as_ref().map_or(close, |whose| *whose == rung);
            meant && may_pick_up(around, &me, &rung)
        };
        let mut calls = self.calls.iter().filter(|(_, call)| {
            call.tenant() == Some(&around.tenant) && call.calling_user() != Some(user)
        });
        let found = calls.find(|(_, call)| call.rings(may_take));
        found.map(|(uid, _)| *uid)
    }

    /// Lets a phone listen to the conversation at an extension. False when nobody talks there, or it
    /// is supervised already.
    fn supervise(
        &mut self,
        now: Now,
        incoming: &Incoming,
        around: &Surroundings,
        (extension, caller): (&str, &CallerId),
    ) -> bool {
        let whose = owner_at(around, extension);
        let is_theirs = |user: &UserName| owner_of(around, user) == whose;
        let mut calls = self.calls.iter();
        let found = calls.find(|(_, call)| {
            call.tenant() == Some(&around.tenant) && call.colleague(is_theirs, caller).is_some()
        });
        let Some(uid) = found.map(|(uid, _)| *uid) else {
            return false;
        };
        let mut listens = false;
        self.with_call(uid, |call, house| {
            if let Some(over) = call.colleague(is_theirs, caller) {
                listens = call.supervise(now, house, (incoming, caller), over);
            }
        });
        listens
    }

    /// A phone takes a call that rings elsewhere, which it named by a leg of it (RFC 3891): what a lamp
    /// told it (RFC 4235). False when that leg does not ring, or may not be taken by this phone.
    pub(crate) fn pick_up(
        &mut self,
        now: Now,
        incoming: &Incoming,
        (call, leg): (CallUid, LegId),
        caller: &CallerId,
    ) -> bool {
        let Some(user) = incoming.user.as_ref().filter(|_| !self.drain.is_stopping()) else {
            return false;
        };
        let rung = self.calls.get(&call).and_then(|call| {
            let is_own = call.calling_user() == Some(&user.user);
            call.rung(leg).filter(|_| !is_own)
        });
        let allowed = rung
            .zip(self.version(&user.tenant))
            .is_some_and(|(rung, version)| {
                let around = &version.surroundings;
                let (me, rung) = (owner_of(around, &user.user), owner_of(around, rung));
                may_pick_up(around, &me, &rung)
            });
        let mut taken = false;
        if allowed {
            self.with_call(call, |call, house| {
                taken = call.seat(now, house, incoming, caller);
            });
        }
        taken
    }

    /// The call that waits at a place.
    fn parked(&self, tenant: &TenantId, slot: u32) -> Option<CallUid> {
        let mut calls = self.calls.iter();
        let here =
            calls.find(|(_, call)| call.tenant() == Some(tenant) && call.slot() == Some(slot));
        here.map(|(uid, _)| *uid)
    }

    /// A place for one more parked call: the one wanted when it is free, else the first free one.
    pub(crate) fn place(&self, around: &Surroundings, wanted: Option<u32>) -> Option<u32> {
        let is_free = |slot: &u32| self.parked(&around.tenant, *slot).is_none();
        match wanted {
            Some(slot) => wanted.filter(|_| is_free(&slot)),
            None => around.office.codes.slots.clone().find(is_free),
        }
    }
}

/// Whether one may take calls that ring at the other.
fn may_pick_up(around: &Surroundings, one: &Owner, other: &Owner) -> bool {
    let is_own = one == other;
    match around.office.pickup {
        Among::Nobody => is_own,
        Among::Team => is_own || are_colleagues(around, one, other),
        Among::Everybody => true,
    }
}

/// Whether two people are in a team together.
fn are_colleagues(around: &Surroundings, one: &Owner, other: &Owner) -> bool {
    let (Owner::Person(one), Owner::Person(other)) = (one, other) else {
        return false;
    };
    let mut teams = around.people.teams.values();
    teams.any(|team| team.members.contains(one) && team.members.contains(other))
}
