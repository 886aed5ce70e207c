//! Where a request outside a dialog goes: along a flow that is known, or to whatever a host stands
//! for (RFC 3263).

use crate::input::{Flow, Transport};

/// Where a request outside a dialog goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Along a flow that is known.
    Flow(Flow),
    /// To a host by name or address: its addresses are tried in the order of RFC 3263 §4.
    Host(Host),
}

/// A host that takes requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    /// A domain name, or an address (IPv6 without brackets).
    pub name: String,
    /// Its port; without, NAPTR and SRV are asked, or the transport's usual one is taken.
    pub port: Option<u16>,
    /// How it is spoken to; without, what its NAPTR or SRV records prefer, else UDP.
    pub transport: Option<Transport>,
}

impl From<Flow> for Way {
    fn from(flow: Flow) -> Self {
        Self::Flow(flow)
    }
}

impl From<Host> for Way {
    fn from(host: Host) -> Self {
        Self::Host(host)
    }
}
