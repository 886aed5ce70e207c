//! Registrations kept over a restart: what is written, when, and what can still be reached of it.
//!
//! A phone registers anew only when half its time is over, up to half an hour from now; until then a
//! restarted engine that had forgotten it could not ring it. So every change of a user's devices is
//! written. A refresh that changes nothing but the end is written only when the end that was written
//! is passed: the store is told [`AHEAD`] more than was granted, so that a phone that refreshes every
//! half minute costs a row in ten minutes, and one that does so twice an hour a row each time. The
//! price: after a restart a phone that left without a word may be rung that much longer.

use std::time::Duration;

use rappel_model::record::{DeviceRecord, RegistrationRecord};
use rappel_model::{Instant, Now, Timestamp};

use super::{Binding, Registrar};
use crate::header::Params;
use crate::input::{Flow, Transport};
use crate::listeners::Listeners;
use crate::next_hop::numeric;
use crate::output::UserId;
use crate::uri::Uri;

impl Registrar {
    /// What the store must learn: all devices of each user whose devices changed since the last call.
    pub(crate) fn take_unkept(&mut self, now: Now) -> Vec<RegistrationRecord> {
        let users = std::mem::take(&mut self.unkept);
        users.iter().map(|user| self.record(now, user)).collect()
    }

    /// Takes what the store has of one user, as far as it can still be reached; the rest leaves the
    /// store, too. Devices that registered since the start are newer: then nothing is taken.
    pub(crate) fn restore(&mut self, now: Now, record: &RegistrationRecord, ours: &Listeners) {
        let user = UserId {
            tenant: record.tenant.clone(),
            user: record.user.clone(),
        };
        if self.users.contains_key(&user) {
            return;
        }
        let latest = self.bounds.max_expires;
        let latest = now.wall + Duration::from_secs(u64::from(latest)) + AHEAD;
        let mut devices = Vec::new();
        for kept in &record.devices {
            let in_force = kept.until > now.wall;
            if let Some(mut device) = read(kept, ours).filter(|_| in_force) {
                // A clock that was set back must not keep a phone for days.
                device.expires = now.instant + kept.until.min(latest).since(now.wall);
                // One microsecond apart: the order in which they were refreshed is all that counts.
                device.refreshed = now.instant + Duration::from_micros(devices.len() as u64);
                device.kept = Some(device.expires);
                devices.push(device);
            }
        }
        devices.truncate(self.bounds.per_user);
        let all = devices.len() == record.devices.len();
        self.put(&user, devices);
        if all {
            self.unkept.remove(&user);
        } else {
            self.unkept.insert(user);
        }
    }

    /// The store is to forget a user that is known no more.
    pub(crate) fn forget(&mut self, user: UserId) {
        self.unkept.insert(user);
    }

    fn record(&mut self, now: Now, user: &UserId) -> RegistrationRecord {
        let mut devices: Vec<&mut Binding> =
            self.users.get_mut(user).into_iter().flatten().collect();
        devices.sort_by_key(|device| device.refreshed);
        RegistrationRecord {
            tenant: user.tenant.clone(),
            user: user.user.clone(),
            devices: devices
                .into_iter()
                .map(|device| {
                    let until = device.expires + AHEAD;
                    device.kept = Some(until);
                    write(device, now.wall + until.since(now.instant))
                })
                .collect(),
        }
    }
}

/// Whether the store has the device as it is, until its end or a little longer.
pub(super) fn is_kept(device: &Binding) -> bool {
    let expires = device.expires;
    device
        .kept
        .is_some_and(|until| (expires..=expires + AHEAD).contains(&until))
}

/// Whether a refresh changed nothing but the end. Call-ID and CSeq order what arrives within
/// seconds; a restart takes longer.
pub(super) fn is_same(old: &Binding, new: &Binding) -> bool {
    old.contact == new.contact
        && old.flow == new.flow
        && (old.instance.as_ref(), old.reg_id, old.q) == (new.instance.as_ref(), new.reg_id, new.q)
        && old.path == new.path
        && old.features == new.features
}

fn write(device: &Binding, until: Timestamp) -> DeviceRecord {
    DeviceRecord {
        contact: device.contact.to_string(),
        q: device.q,
        until,
        transport: device.flow.transport.via_name().to_owned(),
        local: device.flow.local,
        remote: device.flow.remote,
        instance: device.instance.clone(),
        reg_id: device.reg_id,
        path: device.path.clone(),
        features: device.features.to_string(),
        call_id: device.call_id.clone(),
        cseq: device.cseq,
    }
}

/// A device that can be reached after a restart; its times are for the caller to set.
fn read(kept: &DeviceRecord, ours: &Listeners) -> Option<Binding> {
    let contact: Uri = kept.contact.parse().ok()?;
    let transport = Transport::ALL
        .into_iter()
        .find(|transport| transport.via_name() == kept.transport)?;
    let flow = Flow {
        transport,
        local: kept.local,
        remote: kept.remote,
        connection: None,
    };
    let flow = match transport {
        Transport::Udp => datagrams(flow, ours),
        Transport::Tcp => opened(flow, kept, &contact, ours),
        // Nobody opens a connection to a browser (RFC 7118 §5), and phones prove no name.
        Transport::Tls | Transport::Ws | Transport::Wss => None,
    };
    Some(Binding {
        contact,
        flow: flow?,
        expires: Instant::ZERO,
        instance: kept.instance.clone(),
        q: kept.q,
        reg_id: kept.reg_id,
        path: kept.path.clone(),
        features: Params::read(kept.features.trim_start_matches(';')).ok()?,
        call_id: kept.call_id.clone(),
        cseq: kept.cseq,
        refreshed: Instant::ZERO,
        kept: None,
    })
}

/// The way of datagrams stands as long as we listen where the phone, and its NAT, saw us.
fn datagrams(flow: Flow, ours: &Listeners) -> Option<Flow> {
    let mut listeners = ours.iter();
    let stands = listeners.any(|one| (one.transport, one.shown) == (Transport::Udp, flow.local));
    stands.then_some(flow)
}

/// The connection died with the engine. A device of outbound has to make a new one (RFC 5626 §4.4),
/// and so has whatever stands behind a NAT or a proxy; any other listens where its Contact says.
fn opened(flow: Flow, kept: &DeviceRecord, contact: &Uri, ours: &Listeners) -> Option<Flow> {
    let outbound = kept.reg_id.is_some() || contact.as_sip()?.params.has("ob");
    let (address, transport) = numeric(contact)?;
    let there = transport == Transport::Tcp && address.ip() == flow.remote.ip();
    let direct = there && !outbound && kept.path.is_empty();
    direct
        .then(|| ours.flow_to(Transport::Tcp, address))
        .flatten()
}

/// How much longer than it was granted a registration is kept in the store: refreshes within are
/// not written.
pub(crate) const AHEAD: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
