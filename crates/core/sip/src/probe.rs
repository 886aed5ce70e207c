//! Asking a peer whether it is there: OPTIONS outside any dialog (RFC 3261 §11).

use std::time::Duration;

use crate::auth::Account;
use crate::header::NameAddr;
use crate::uri::Uri;
use crate::way::Way;

/// One probe that was sent, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u64);

/// An OPTIONS to send.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Request-URI and To, usually the peer's own address without a user.
    pub target: Uri,
    /// The way it takes.
    pub way: Way,
    /// Who asks; the endpoint adds the tag.
    pub from: NameAddr,
    /// Who we are to a peer that challenges it; without, 401 and 407 are answers like any other.
    pub account: Option<Account>,
    /// How long one address may stay silent before the next is tried, or the probe is over;
    /// at most 64·T1 counts.
    pub patience: Duration,
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The peer answered, whatever it said: it is there. 503 says that it is, and wants nothing.
    Answered {
        /// The final status.
        status: u16,
        /// From sending the request that was answered, whatever was tried before it.
        round_trip: Duration,
    },
    /// Nobody answered in time.
    Silent,
    /// It could not be sent: no connection, no such host.
    Unreachable,
}
