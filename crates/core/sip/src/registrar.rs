//! The registrar: address-of-record → devices (RFC 3261 §10.3), each bound to the flow it
//! registered on (after RFC 5626 §5.1), because that is the way back through its NAT.

mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use crate::guard::Report;
use crate::header::Params;
use crate::input::{ConnectionId, Flow};
use crate::output::UserId;
use crate::uri::Uri;

/// One device of a user, or one of the flows a device keeps.
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
    /// How much its user prefers it, from 0 to 1000 (RFC 3261 §20.10: `q`, in thousandths).
    pub q: u16,
    /// Which of the device's flows it is, where it says so (RFC 5626 §4.2).
    pub(crate) reg_id: Option<u32>,
    /// The proxies on the way to it, nearest first (RFC 3327): the Route of requests to it.
    pub(crate) path: Vec<String>,
    /// What its Contact says besides (RFC 3840 §5), to be told back.
    pub(crate) features: Params,
    /// Call-ID of the last REGISTER: orders updates (RFC 3261 §10.3 step 7).
    pub(crate) call_id: String,
    /// CSeq of the last REGISTER.
    pub(crate) cseq: u32,
    /// When it was last refreshed.
    pub(crate) refreshed: Instant,
    /// Until when the store keeps it just as it is; `None` before it was put there.
    pub(crate) kept: Option<Instant>,
}

impl Binding {
    /// Whether this is the device that the `gr` of a GRUU names (RFC 5627 §6.1).
    pub fn is_device(&self, gr: &str) -> bool {
        self.gr() == Some(gr)
    }

    /// What the device's GRUU names it by: its instance without brackets (RFC 5627 §A.1).
    pub(crate) fn gr(&self) -> Option<&str> {
        let instance = self.instance.as_deref()?;
        Some(instance.trim_start_matches('<').trim_end_matches('>'))
    }
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
    /// How much it is preferred, in thousandths.
    pub(crate) q: u16,
    /// Which of the device's flows it is; only together with an instance.
    pub(crate) reg_id: Option<u32>,
    /// All else its Contact says.
    pub(crate) features: Params,
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
    /// The proxies it came through that want to stay in the way (RFC 3327).
    pub(crate) path: Vec<String>,
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
    /// When the first device of each user expires.
    agenda: BTreeSet<(Instant, UserId)>,
    /// Whose devices are at each address, and how many.
    sources: BTreeMap<IpAddr, BTreeMap<UserId, usize>>,
    reports: Vec<Report>,
    /// Whose devices are others than the store has.
    unkept: BTreeSet<UserId>,
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
            agenda: BTreeSet::new(),
            sources: BTreeMap::new(),
            reports: Vec::new(),
            unkept: BTreeSet::new(),
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
        self.put(user, devices);
        Ok(())
    }

    /// The devices of a user in the order in which they should ring, each once.
    pub(crate) fn devices(&self, now: Now, user: &UserId) -> Vec<Binding> {
        let mut devices: Vec<Binding> = Vec::new();
        for flow in self.bindings(now, user) {
            let same = |other: &Binding| {
                flow.reg_id.is_some() && other.reg_id.is_some() && other.instance == flow.instance
            };
            if !devices.iter().any(same) {
                devices.push(flow);
            }
        }
        devices.sort_by_key(|device| std::cmp::Reverse(device.q));
        devices
    }

    /// Whether a user has a device at an address.
    pub(crate) fn is_at(&self, user: &UserId, source: IpAddr) -> bool {
        let devices = self.users.get(user);
        devices.is_some_and(|all| all.iter().any(|one| one.flow.remote.ip() == source))
    }

    /// Whose device is reached by this flow under this Contact.
    pub(crate) fn owner(&self, flow: Flow, contact: &Uri) -> Option<(&UserId, &Binding)> {
        let near = self.sources.get(&flow.remote.ip())?;
        near.keys().find_map(|user| {
            let (user, devices) = self.users.get_key_value(user)?;
            let mine = |one: &&Binding| one.flow == flow && one.contact == *contact;
            Some((user, devices.iter().find(mine)?))
        })
    }

    /// What the guard must learn of addresses with phones.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    /// All bindings of a user that are still in force, the latest refreshed first.
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
        let lost = |binding: &Binding| binding.flow.connection == Some(connection);
        let has = |(_, devices): &(&UserId, &Vec<Binding>)| devices.iter().any(lost);
        let whose = self.users.iter().filter(has);
        let whose: Vec<UserId> = whose.map(|(user, _)| user.clone()).collect();
        for user in &whose {
            self.retain(user, |binding| !lost(binding));
        }
        whose
    }

    /// Removes what has expired; returns whose devices were lost.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Vec<UserId> {
        let mut whose = Vec::new();
        while let Some((_, user)) = self.agenda.first().filter(|(at, _)| *at <= now.instant) {
            let user = user.clone();
            self.expire_user(now, &user);
            whose.push(user);
        }
        whose
    }

    /// Removes the devices of users that no longer stand; returns whose devices were lost.
    pub(crate) fn keep_users(&mut self, stands: impl Fn(&UserId) -> bool) -> Vec<UserId> {
        let gone = self.users.keys().filter(|user| !stands(user));
        let gone: Vec<UserId> = gone.cloned().collect();
        for user in &gone {
            self.put(user, Vec::new());
        }
        gone
    }

    /// When the first device expires.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let (first, _) = self.agenda.first()?;
        Some(Deadline::new(*first, "registration expires"))
    }

    /// How many devices are bound.
    pub(crate) fn len(&self) -> usize {
        self.users.values().map(Vec::len).sum()
    }

    fn expire_user(&mut self, now: Now, user: &UserId) {
        self.retain(user, |binding| binding.expires > now.instant);
    }

    fn retain(&mut self, user: &UserId, keep: impl Fn(&Binding) -> bool) {
        let devices = self.users.get(user);
        if devices.is_some_and(|devices| !devices.iter().all(&keep)) {
            let mut devices = devices.cloned().unwrap_or_default();
            devices.retain(keep);
            self.put(user, devices);
        }
    }

    /// The one place where a user's devices change: all that is counted follows.
    fn put(&mut self, user: &UserId, mut devices: Vec<Binding>) {
        // Most users have one phone, and a list that grows makes room for four.
        devices.shrink_to_fit();
        let first = |devices: &[Binding]| devices.iter().map(|one| one.expires).min();
        let old = self.users.remove(user).unwrap_or_default();
        if let Some(at) = first(&old) {
            self.agenda.remove(&(at, user.clone()));
        }
        // As many as before, and each of them as before: the same ones.
        if devices.len() != old.len() || !devices.iter().all(kept::is_kept) {
            self.unkept.insert(user.clone());
        }
        for device in &devices {
            let source = device.flow.remote.ip();
            let there = self.sources.entry(source).or_default();
            if there.is_empty() {
                self.reports.push(Report::Registered(source));
            }
            *there.entry(user.clone()).or_default() += 1;
        }
        for device in &old {
            let source = device.flow.remote.ip();
            let Some(there) = self.sources.get_mut(&source) else {
                continue;
            };
            if let Some(count) = there.get_mut(user) {
                *count -= 1;
            }
            if there.get(user) == Some(&0) {
                there.remove(user);
            }
            if there.is_empty() {
                self.sources.remove(&source);
                self.reports.push(Report::Unregistered(source));
            }
        }
        if let Some(at) = first(&devices) {
            self.agenda.insert((at, user.clone()));
            self.users.insert(user.clone(), devices);
        }
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
        // With a reg-id, a device keeps several flows at a time (RFC 5626 §6).
        let same_device = |old: &Binding| {
            wanted.instance.is_some()
                && old.instance == wanted.instance
                && (old.reg_id == wanted.reg_id || old.reg_id.is_none() || wanted.reg_id.is_none())
        };
        // One device's flows may share an address: its reg-id tells them apart, not the address.
        let same_address = |old: &Binding| {
            let both = old.reg_id.is_some() && wanted.reg_id.is_some();
            same_address(old) && !(both && old.instance == wanted.instance)
        };
        if devices
            .iter()
            .any(|old| (same_address(old) || same_device(old)) && overtaken(old, update))
        {
            return Err(Refusal::OutOfOrder);
        }
        let replaced = |old: &Binding| same_address(old) || same_device(old);
        let before: Vec<Binding> = devices.extract_if(.., |old| replaced(old)).collect();
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
        let mut device = Binding {
            contact: wanted.contact.clone(),
            flow: update.flow,
            expires: now.instant + Duration::from_secs(u64::from(expires)),
            instance: wanted.instance.clone(),
            q: wanted.q,
            reg_id: wanted.reg_id,
            path: update.path.clone(),
            features: wanted.features.clone(),
            call_id: update.call_id.clone(),
            cseq: update.cseq,
            refreshed: now.instant,
            kept: None,
        };
        let same = before.iter().find(|old| kept::is_same(old, &device));
        device.kept = same.and_then(|old| old.kept);
        devices.push(device);
        Ok(())
    }
}

/// Whether `update` is older than what the binding already holds (RFC 3261 §10.3 step 7).
fn overtaken(old: &Binding, update: &Update) -> bool {
    old.call_id == update.call_id && update.cseq <= old.cseq
}

#[cfg(test)]
mod tests;
