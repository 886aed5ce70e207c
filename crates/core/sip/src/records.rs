//! What the domain name system is asked and what it says (RFC 3263). Looking up is the shell's;
//! what is asked, in which order, and what the answers mean is decided here.

use std::net::IpAddr;
use std::time::Duration;

/// One look-up that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub u64);

/// What is asked of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// Which transports it takes, by preference (RFC 3263 §4.1, RFC 3403).
    Naptr,
    /// Which hosts and ports serve one transport (RFC 2782).
    Srv,
    /// Its addresses, of both families.
    Address,
}

/// What a look-up said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// The records.
    pub answer: Answer,
    /// How long it may be kept.
    pub ttl: Duration,
}

/// The records of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Services by preference.
    Naptr(Vec<Naptr>),
    /// Servers by priority and weight.
    Srv(Vec<Srv>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// There is no such record.
    Nothing,
    /// Nobody could be asked, or nobody answered in time.
    Failed,
}

/// One NAPTR record (RFC 3403 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// Lower comes first.
    pub order: u16,
    /// Lower comes first, within an order.
    pub preference: u16,
    /// `s` leads to SRV records.
    pub flags: String,
    /// `SIP+D2U`, `SIPS+D2T` …
    pub service: String,
    /// The next name to ask.
    pub replacement: String,
}

/// One SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower comes first.
    pub priority: u16,
    /// The share of the requests within a priority.
    pub weight: u16,
    /// Its port.
    pub port: u16,
    /// The host; `.` says that the service is not offered.
    pub target: String,
}
