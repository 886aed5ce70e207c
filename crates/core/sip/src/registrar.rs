//! The registrar: address-of-record → devices (RFC 3261 §10.3), each bound to the flow it
//! registered on (after RFC 5626 §5.1), because that is the way back through its NAT.

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use crate::input::{ConnectionId, Flow};
use crate::output::UserId;
use crate::uri::Uri;

/// One device of a user.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its Contact: the Request-URI of calls to it.
    pub contact: Uri,
    /// The way it registered, which is the way to it.
    pub flow: Flow,
    /// When the binding ends unless it is refreshed.
    pub expires: Instant,
    /// `+sip.instance` (RFC 5626 §4.1): the same device under a new address replaces itself.
    pub instance: Option<String>,
    /// Call-ID of the last REGISTER: orders updates (RFC 3261 §10.3 step 7).
    pub(crate) call_id: String,
    /// CSeq of the last REGISTER.
    pub(crate) cseq: u32,
    /// When it was last refreshed.
    pub(crate) refreshed: Instant,
}

/// One Contact of a REGISTER.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The address.
    pub(crate) contact: Uri,
    /// Seconds asked for, by parameter or by header; `None` leaves it to us.
    pub(crate) expires: Option<u32>,
    /// The device.
    pub(crate) instance: Option<String>,
}

/// What a REGISTER asks.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// No Contact: only tell what is bound (RFC 3261 §10.2.3).
    Fetch,
    /// `Contact: *` with `Expires: 0` (RFC 3261 §10.2.2).
    RemoveAll,
    /// Add, refresh or remove these.
    Each(Vec<Wanted>),
}

/// A REGISTER of an authenticated user.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// Its Call-ID.
    pub(crate) call_id: String,
    /// Its CSeq number.
    pub(crate) cseq: u32,
    /// How it came.
    pub(crate) flow: Flow,
    /// What it asks.
    pub(crate) change: Change,
}

/// Why a REGISTER changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 423 with Min-Expires (RFC 3261 §10.3 step 7).
    TooBrief,
    /// An older request that was overtaken: 500 (RFC 3261 §10.3 step 7).
    OutOfOrder,
}

/// All devices of all users.
#[derive(Debug)]
pub(crate) struct Registrar {
    users: BTreeMap<UserId, Vec<Binding>>,
    bounds: Bounds,
}

/// The registrar's part of the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Shortest expiry, seconds.
    pub(crate) min_expires: u32,
    /// Longest expiry, seconds; also what is given when nothing is asked.
    pub(crate) max_expires: u32,
    /// Most devices of one user.
    pub(crate) per_user: usize,
}

impl Registrar {
    /// No devices yet.
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            users: BTreeMap::new(),
            bounds,
        }
    }

    /// Applies one REGISTER wholly or not at all (RFC 3261 §10.3 step 7: "all or nothing").
    pub(crate) fn update(
        &mut self,
        now: Now,
        user: &UserId,
        update: &Update,
    ) -> Result<(), Refusal> {
        self.expire_user(now, user);
        let mut devices = self.users.get(user).cloned().unwrap_or_default();
        match &update.change {
            Change::Fetch => return Ok(()),
            Change::RemoveAll => {
                if devices.iter().any(|old| overtaken(old, update)) {
                    return Err(Refusal::OutOfOrder);
                }
                devices.clear();
            }
            Change::Each(wanted) => {
                for wanted in wanted {
                    self.bounds.apply(now, &mut devices, update, wanted)?;
                }
            }
        }
        if devices.is_empty() {
            self.users.remove(user);
        } else {
            self.users.insert(user.clone(), devices);
        }
        Ok(())
    }

    /// The devices of a user that are still bound, the latest refreshed first.
    pub(crate) fn bindings(&self, now: Now, user: &UserId) -> Vec<Binding> {
        let mut devices: Vec<Binding> = self
            .users
            .get(user)
            .into_iter()
            .flatten()
            .filter(|binding| binding.expires > now.instant)
            .cloned()
            .collect();
        devices.sort_by_key(|binding| std::cmp::Reverse(binding.refreshed));
        devices
    }

    /// Removes what was bound to a connection that is gone; returns whose devices were lost.
    pub(crate) fn flow_closed(&mut self, connection: ConnectionId) -> Vec<UserId> {
        self.remove(|binding| binding.flow.connection == Some(connection))
    }

    /// Removes what has expired; returns whose devices were lost.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Vec<UserId> {
        self.remove(|binding| binding.expires <= now.instant)
    }

    /// Removes the devices of users that are no longer known.
    pub(crate) fn keep_users(&mut self, known: impl Fn(&UserId) -> bool) {
        self.users.retain(|user, _| known(user));
    }

    /// When the first device expires.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let first = self.users.values().flatten().map(|b| b.expires).min()?;
        Some(Deadline::new(first, "registration expires"))
    }

    /// How many devices are bound.
    pub(crate) fn len(&self) -> usize {
        self.users.values().map(Vec::len).sum()
    }

    fn expire_user(&mut self, now: Now, user: &UserId) {
        if let Some(devices) = self.users.get_mut(user) {
            devices.retain(|binding| binding.expires > now.instant);
            if devices.is_empty() {
                self.users.remove(user);
            }
        }
    }

    fn remove(&mut self, lost: impl Fn(&Binding) -> bool) -> Vec<UserId> {
        let mut whose = Vec::new();
        for (user, devices) in &mut self.users {
            let before = devices.len();
            devices.retain(|binding| !lost(binding));
            if devices.len() < before {
                whose.push(user.clone());
            }
        }
        self.users.retain(|_, devices| !devices.is_empty());
        whose
    }
}

impl Bounds {
    /// Adds, refreshes or removes one device among `devices`.
    fn apply(
        &self,
        now: Now,
        devices: &mut Vec<Binding>,
        update: &Update,
        wanted: &Wanted,
    ) -> Result<(), Refusal> {
        let expires = wanted.expires.unwrap_or(self.max_expires);
        if expires > 0 && expires < self.min_expires {
            return Err(Refusal::TooBrief);
        }
        let same_address = |old: &Binding| old.contact.equivalent(&wanted.contact);
        let same_device =
            |old: &Binding| wanted.instance.is_some() && old.instance == wanted.instance;
        if devices
            .iter()
            .any(|old| same_address(old) && overtaken(old, update))
        {
            return Err(Refusal::OutOfOrder);
        }
        devices.retain(|old| !same_address(old) && !same_device(old));
        if expires == 0 {
            return Ok(());
        }
        if devices.len() >= self.per_user {
            // A phone that restarts under a new port each time must not lock its owner out: the
            // device that has been silent longest gives way.
            let oldest = devices.iter().map(|old| old.refreshed).min();
            if let Some(index) = devices.iter().position(|old| Some(old.refreshed) == oldest) {
                devices.remove(index);
            }
        }
        let expires = expires.min(self.max_expires);
        devices.push(Binding {
            contact: wanted.contact.clone(),
            flow: update.flow,
            expires: now.instant + Duration::from_secs(u64::from(expires)),
            instance: wanted.instance.clone(),
            call_id: update.call_id.clone(),
            cseq: update.cseq,
            refreshed: now.instant,
        });
        Ok(())
    }
}

/// Whether `update` is older than what the binding already holds (RFC 3261 §10.3 step 7).
fn overtaken(old: &Binding, update: &Update) -> bool {
    old.call_id == update.call_id && update.cseq <= old.cseq
}

#[cfg(test)]
mod tests;
