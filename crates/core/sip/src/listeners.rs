//! Where this engine is reachable, and which of its addresses a peer is shown: an engine with a leg
//! in the office network and one in front of its router shows each side the address that side can
//! reach (RFC 3261 §18.1.1: sent-by is where answers and requests find us).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::input::{Flow, Transport};

/// One address this engine listens at, for one transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// What is spoken there.
    pub transport: Transport,
    /// Its address as peers see it: what Via and Contact say, and what [`Flow::local`] is.
    pub shown: SocketAddr,
    /// Whether the socket itself is of IPv6; `shown` may be a router's address of either family.
    pub ipv6: bool,
    /// The peers it is for; empty means everybody no other listener is for.
    pub networks: Vec<Network>,
}

/// All of them, in the order the operator wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners(Vec<Listener>);

impl Listeners {
    /// These, the first first.
    pub fn new(listeners: Vec<Listener>) -> Self {
        Self(listeners)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Listener> {
        self.0.iter()
    }

    /// The address that a request to `remote` over `transport` shows: of the listeners of the
    /// transport and of the address family, the one whose network fits `remote` most narrowly, else
    /// the first that is for everybody, else the first. An engine that listens for no such
    /// transport may still open connections of it: these show the address of another listener, and
    /// whatever comes back comes by the connection (RFC 5923). `None` when nothing of the family is
    /// listened at: `remote` cannot be reached.
    pub fn local_for(&self, transport: Transport, remote: IpAddr) -> Option<SocketAddr> {
        let remote = remote.to_canonical();
        let of_family = || self.0.iter().filter(|l| l.ipv6 == remote.is_ipv6());
        let same = best(of_family().filter(|l| l.transport == transport), remote);
        let other = || match transport.is_reliable() {
            true => best(of_family(), remote),
            // A datagram cannot leave by a socket that is not there.
            false => None,
        };
        same.or_else(other).map(|listener| listener.shown)
    }

    /// The way to `remote` over `transport` before any connection is open, or `None` as
    /// [`Self::local_for`] says.
    pub fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        Some(Flow {
            transport,
            local: self.local_for(transport, remote.ip())?,
            remote,
            connection: None,
        })
    }
}

/// The narrowest fit, the earlier of two that fit alike; then who is for everybody; then the first.
fn best<'a>(
    listeners: impl Iterator<Item = &'a Listener> + Clone,
    remote: IpAddr,
) -> Option<&'a Listener> {
    let narrowness = |listener: &Listener| {
        let fitting = listener.networks.iter().filter(|n| n.contains(remote));
        fitting.map(|network| network.prefix).max()
    };
    let fitting = listeners
        .clone()
        .filter_map(|listener| Some((narrowness(listener)?, listener)));
    let narrowest = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
    narrowest
        .map(|(_, listener)| listener)
        .or_else(|| listeners.clone().find(|l| l.networks.is_empty()))
        .or_else(|| listeners.clone().next())
}

/// A network by address and prefix: `10.0.0.0/8`, `2001:db8::/32`; without a prefix, one address.
/// `0.0.0.0/0` and `::/0` are everybody of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Bits behind the prefix are zero; never IPv4 mapped into IPv6.
    address: IpAddr,
    /// How many leading bits must agree: at most 32 or 128.
    prefix: u8,
}

/// A text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a network: write 10.0.0.0/8, 192.0.2.10 or 2001:db8::/32")]
pub struct BadNetwork;

impl Network {
    /// Whether `address` belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && cleared(address, self.prefix) == self.address
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| BadNetwork)?
            }
            Some(_) => return Err(BadNetwork),
        };
        if prefix > bits || address.to_canonical() != address {
            return Err(BadNetwork);
        }
        Ok(Self {
            address: cleared(address, prefix),
            prefix,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The address with every bit after the first `prefix` set to zero.
fn cleared(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(transport: Transport, shown: &str, networks: &[&str]) -> Listener {
        let shown: SocketAddr = shown.parse().unwrap();
        Listener {
            transport,
            shown,
            ipv6: shown.is_ipv6(),
            networks: networks.iter().map(|n| n.parse().unwrap()).collect(),
        }
    }

    fn house() -> Listeners {
        Listeners::new(vec![
            listener(
                Transport::Udp,
                "10.1.0.1:5060",
                &["10.0.0.0/8", "192.168.0.0/16"],
            ),
            listener(Transport::Udp, "203.0.113.5:5060", &[]),
            listener(Transport::Udp, "10.9.9.1:5060", &["10.9.0.0/16"]),
            listener(Transport::Tls, "203.0.113.5:5061", &["198.51.100.0/24"]),
            listener(Transport::Udp, "[2001:db8::5]:5060", &[]),
        ])
    }

    #[test]
    fn each_side_is_shown_the_address_it_can_reach() {
        let house = house();
        for (transport, remote, shown) in [
            (Transport::Udp, "10.2.3.4", Some("10.1.0.1:5060")),
            (Transport::Udp, "192.168.7.7", Some("10.1.0.1:5060")),
            (Transport::Udp, "10.9.3.4", Some("10.9.9.1:5060")),
            (Transport::Udp, "::ffff:10.9.3.4", Some("10.9.9.1:5060")),
            (Transport::Udp, "198.51.100.9", Some("203.0.113.5:5060")),
            (Transport::Udp, "2001:db8::77", Some("[2001:db8::5]:5060")),
            (Transport::Tls, "198.51.100.9", Some("203.0.113.5:5061")),
            // Nobody else listens for TLS.
            (Transport::Tls, "8.8.8.8", Some("203.0.113.5:5061")),
            // A connection of a transport nobody listens for shows another listener of the family.
            (Transport::Tcp, "10.2.3.4", Some("10.1.0.1:5060")),
            (Transport::Tls, "2001:db8::77", Some("[2001:db8::5]:5060")),
        ] {
            let local = house.local_for(transport, remote.parse().unwrap());
            let expected = shown.map(|s| s.parse().unwrap());
            assert_eq!(local, expected, "{transport:?} {remote}");
        }
    }

    #[test]
    fn what_is_not_listened_at_cannot_be_reached() {
        let udp_only = Listeners::new(vec![listener(Transport::Tcp, "10.0.0.1:5060", &[])]);
        let reach = |transport, remote: &str| udp_only.flow_to(transport, remote.parse().unwrap());
        assert_eq!(reach(Transport::Udp, "10.0.0.2:5060"), None);
        assert_eq!(reach(Transport::Tcp, "[::1]:5060"), None);
        let flow = reach(Transport::Tls, "10.0.0.2:5061").unwrap();
        assert_eq!(
            (flow.local.port(), flow.remote.port(), flow.connection),
            (5060, 5061, None)
        );
    }

    #[test]
    fn networks_read_and_refuse() {
        for (text, shown) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            (" 192.0.2.1 ", "192.0.2.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8:1::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "office",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "::ffff:10.0.0.0/100",
            "10.0.0.0/999",
        ] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains([9, 9, 9, 9].into()) && !all.contains("::1".parse().unwrap()));
    }
}
