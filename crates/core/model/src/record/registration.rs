//! Where the phones of a user are reached, so that a restart forgets none of them.

use std::net::SocketAddr;

use crate::ids::{TenantId, UserName};
use crate::time::Timestamp;

/// All devices that a user has registered: what was kept of the user before is replaced by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationRecord {
    /// Whose company.
    pub tenant: TenantId,
    /// Whose phones.
    pub user: UserName,
    /// The devices, the one that was refreshed longest ago first; empty when the last has left.
    pub devices: Vec<DeviceRecord>,
}

/// One binding of a registrar (RFC 3261 §10.3) as text. What the texts mean is for signalling alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its Contact, a URI.
    pub contact: String,
    /// How much its user prefers it, from 0 to 1000 (RFC 3261 §20.10: `q`, in thousandths).
    pub q: u16,
    /// Until when it is kept: the end of the registration, or somewhat later.
    pub until: Timestamp,
    /// The transport it registered by, as Via names it: `UDP`, `TCP`.
    pub transport: String,
    /// Our address on that way, as the device sees it.
    pub local: SocketAddr,
    /// The address its REGISTER came from.
    pub remote: SocketAddr,
    /// `+sip.instance` (RFC 5626 §4.1).
    pub instance: Option<String>,
    /// Which of the device's flows it is (RFC 5626 §4.2).
    pub reg_id: Option<u32>,
    /// The proxies on the way to it, nearest first (RFC 3327), each as it was written.
    pub path: Vec<String>,
    /// What its Contact says besides, as parameters are written: `;audio;methods="INVITE"`.
    pub features: String,
    /// Call-ID of its last REGISTER that was kept.
    pub call_id: String,
    /// CSeq number of that.
    pub cseq: u32,
}
