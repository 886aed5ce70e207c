//! Where a request outside a dialog goes: along a flow that is known, or to whatever a host stands
//! for (RFC 3263).

use crate::input::{Flow, Transport};
use crate::uri::Uri;

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

impl Way {
    /// The way that leads to a SIP URI: to its host, or to `maddr` where it has one
    /// (RFC 3263 §4, RFC 3261 §19.1.1). `None` for a URI of another scheme, or one that names a
    /// transport nobody here speaks.
    pub fn to(uri: &Uri) -> Option<Self> {
        Host::of(uri).map(Self::Host)
    }
}

impl Host {
    /// The host a SIP URI leads to (RFC 3263 §4: the *TARGET*), as [`Way::to`] says.
    pub fn of(uri: &Uri) -> Option<Self> {
        let uri = uri.as_sip()?;
        let transport = match (uri.transport(), uri.secure) {
            (None, false) => None,
            // RFC 3261 §26.2.2: `sips` with TCP means TLS over TCP.
            (None, true) => Some(Transport::Tls),
            (Some(name), secure) => Some(transport_named(name, secure)?),
        };
        let name = match uri.params.value("maddr") {
            Some(maddr) => maddr.trim_matches(['[', ']']).to_owned(),
            None => match &uri.host {
                crate::uri::Host::Name(name) => name.to_string(),
                crate::uri::Host::V4(ip) => ip.to_string(),
                crate::uri::Host::V6(ip) => ip.to_string(),
            },
        };
        Some(Self {
            name,
            port: uri.port,
            transport,
        })
    }
}

/// The transport a URI names; `None` for SCTP and what is not known. A datagram is never secure.
fn transport_named(name: &str, secure: bool) -> Option<Transport> {
    let named = Transport::ALL
        .into_iter()
        .find(|transport| transport.via_name().eq_ignore_ascii_case(name))?;
    match (named, secure) {
        (Transport::Udp, true) => None,
        (Transport::Tcp, true) => Some(Transport::Tls),
        (Transport::Ws, true) => Some(Transport::Wss),
        (named, _) => Some(named),
    }
}
