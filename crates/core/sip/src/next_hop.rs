//! Which way a request takes: address, transport and connection (RFC 3261 §8.1.2, §12.2.1.1;
//! RFC 3263 for numeric addresses). Names are not looked up here: a request to a name keeps the
//! flow its dialog has.

use std::net::{IpAddr, SocketAddr};

use crate::input::{Flow, Transport};
use crate::uri::Uri;

/// The way to `uri` for a peer whose messages come by `flow`.
///
/// An open connection is used again (RFC 3261 §18.1.1 allows it, NATs demand it). A numeric address
/// is taken at its word, unless it cannot be reached from where the peer really is: a private or
/// loopback address announced from a public one is what a phone behind a NAT says. A GRUU (RFC 5627)
/// names a device by the host of whoever registered it, ourselves for a phone of ours: the device is
/// where its messages come from.
pub(crate) fn next_hop(uri: &Uri, flow: Flow) -> Flow {
    if flow.connection.is_some() || is_gruu(uri) {
        return flow;
    }
    let Some((address, transport)) = numeric(uri) else {
        return flow;
    };
    let same = address == flow.remote && transport == flow.transport;
    if same || is_hidden(address.ip(), flow.remote.ip()) {
        return flow;
    }
    Flow {
        transport,
        local: flow.local,
        remote: address,
        connection: None,
    }
}

/// The name of a transport in Via (RFC 3261 §20.42).
pub(crate) fn transport_name(transport: Transport) -> &'static str {
    transport.via_name()
}

/// Address and transport of a URI whose host is an address (RFC 3263 §4.1, §4.2).
pub(crate) fn numeric(uri: &Uri) -> Option<(SocketAddr, Transport)> {
    let uri = uri.as_sip()?;
    let transport = match uri.transport().map(str::to_ascii_lowercase).as_deref() {
        Some("tls") => Transport::Tls,
        // A WebSocket client listens nowhere: its connection is the only way (RFC 7118 §5).
        Some("ws" | "wss") => return None,
        _ if uri.secure => Transport::Tls,
        Some("tcp") => Transport::Tcp,
        _ => Transport::Udp,
    };
    let port = uri.port.unwrap_or_else(|| transport.default_port());
    Some((SocketAddr::new(uri.host.ip()?, port), transport))
}

fn is_gruu(uri: &Uri) -> bool {
    uri.as_sip().is_some_and(|uri| uri.params.has("gr"))
}

/// Whether `told` cannot be where a peer seen at `seen` can be reached.
fn is_hidden(told: IpAddr, seen: IpAddr) -> bool {
    told.is_unspecified()
        || told.is_ipv4() != seen.is_ipv4()
        || (told.is_loopback() && !seen.is_loopback())
        || (is_private(told) && !is_private(seen))
}

/// Addresses that do not leave their network (RFC 1918, RFC 6598, RFC 3927, RFC 4193).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_link_local()
                || ip.is_loopback()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ConnectionId;

    fn flow(remote: &str) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "198.51.100.1:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
            connection: None,
        }
    }

    fn hop(uri: &str, flow: Flow) -> Flow {
        next_hop(&uri.parse().unwrap(), flow)
    }

    #[test]
    fn a_public_contact_is_taken_at_its_word() {
        let next = hop("sip:a@203.0.113.9:5080", flow("203.0.113.7:5060"));
        assert_eq!(next.remote, "203.0.113.9:5080".parse().unwrap());
        let tcp = hop("sip:a@203.0.113.9;transport=tcp", flow("203.0.113.7:5060"));
        assert_eq!(
            (tcp.transport, tcp.remote.port(), tcp.connection),
            (Transport::Tcp, 5060, None)
        );
    }

    #[test]
    fn a_device_named_by_our_own_host_is_where_its_messages_come_from() {
        let seen = flow("203.0.113.7:5060");
        for uri in [
            "sip:a@198.51.100.1;gr=urn:uuid:1-2",
            "sip:x@198.51.100.1:5070;GR",
            "sips:a@203.0.113.9;gr=1",
        ] {
            assert_eq!(hop(uri, seen), seen, "{uri}");
        }
    }

    #[test]
    fn a_secure_contact_is_reached_securely_and_a_browser_by_its_connection() {
        let seen = flow("203.0.113.7:5060");
        for (uri, transport, port) in [
            ("sip:a@203.0.113.9;transport=TLS", Transport::Tls, 5061),
            ("sips:a@203.0.113.9;transport=tcp", Transport::Tls, 5061),
            ("sips:a@203.0.113.9:5071", Transport::Tls, 5071),
        ] {
            let next = hop(uri, seen);
            assert_eq!((next.transport, next.remote.port()), (transport, port));
        }
        let open = Flow {
            transport: Transport::Wss,
            connection: Some(ConnectionId(4)),
            ..seen
        };
        for uri in [
            "sip:x@df7jal23ls0d.invalid;transport=ws",
            "sip:x@192.0.2.1;transport=ws",
        ] {
            assert_eq!(hop(uri, open), open);
        }
    }

    #[test]
    fn a_private_contact_seen_from_a_public_address_is_behind_a_nat() {
        let seen = flow("203.0.113.7:41234");
        for uri in [
            "sip:a@192.168.1.5:5060",
            "sip:a@127.0.0.1",
            "sip:a@0.0.0.0",
            "sip:a@[fd00::1]",
            "sip:a@phone.local",
            "tel:+33123",
        ] {
            assert_eq!(hop(uri, seen), seen, "{uri}");
        }
        let home = flow("192.168.1.7:5060");
        assert_eq!(
            hop("sip:a@192.168.1.5", home).remote,
            "192.168.1.5:5060".parse().unwrap()
        );
    }

    #[test]
    fn an_open_connection_is_used_again() {
        let mut open = flow("203.0.113.7:41234");
        open.transport = Transport::Tcp;
        open.connection = Some(ConnectionId(3));
        assert_eq!(hop("sip:a@203.0.113.9:5080;transport=tcp", open), open);
    }
}
