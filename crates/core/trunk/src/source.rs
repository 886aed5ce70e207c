//! Where a trunk's calls come from: an address or a network.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// One address or network, of one port or of any: `192.0.2.10`, `192.0.2.10:5080`,
/// `192.0.2.0/24`, `2001:db8::/32`, `[2001:db8::1]:5060`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The network, bits outside the prefix cleared; never IPv4 mapped into IPv6.
    network: IpAddr,
    /// How many leading bits must agree: at most 32 (IPv4) or 128 (IPv6).
    prefix: u8,
    /// The only port meant; a carrier may send from any when absent.
    port: Option<u16>,
}

/// Why a text is no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSource {
    /// Not an address, or something follows it.
    #[error("not an address: write 192.0.2.10, 192.0.2.10:5080, 192.0.2.0/24 or 2001:db8::/32")]
    NotAnAddress,
    /// The number after `/` is not one, or too large for the family.
    #[error("the prefix after / must be at most 32 for IPv4 and 128 for IPv6")]
    BadPrefix,
    /// A network reaching everybody: then anybody could call as this trunk.
    #[error("/0 means everybody: a trunk is recognised by its address alone")]
    Everybody,
}

impl Source {
    /// The network `address`/`prefix`, of any port. Bits outside the prefix are cleared.
    ///
    /// # Errors
    /// When the prefix is 0 or longer than the address.
    pub fn network(address: IpAddr, prefix: u8) -> Result<Self, BadSource> {
        let mapped = address.is_ipv6() && address.to_canonical().is_ipv4();
        let prefix = match mapped {
            true if prefix < MAPPED_BITS => return Err(BadSource::BadPrefix),
            true => prefix - MAPPED_BITS,
            false => prefix,
        };
        let address = address.to_canonical();
        match prefix {
            0 => Err(BadSource::Everybody),
            _ if prefix > bits(address) => Err(BadSource::BadPrefix),
            _ => Ok(Self {
                network: cleared(address, prefix),
                prefix,
                port: None,
            }),
        }
    }

    /// One address, of any port.
    pub fn address(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self {
            network: address,
            prefix: bits(address),
            port: None,
        }
    }

    /// Whether a message from `peer` comes from here. An IPv4 address that a dual-stack socket
    /// shows as `::ffff:192.0.2.1` is the IPv4 address (RFC 4291 §2.5.5.2).
    pub fn contains(&self, peer: SocketAddr) -> bool {
        let address = peer.ip().to_canonical();
        address.is_ipv4() == self.network.is_ipv4()
            && self.port.is_none_or(|port| port == peer.port())
            && cleared(address, self.prefix) == self.network
    }

    /// How narrow it is: the more, the better it fits a peer it contains. Longer prefixes first,
    /// then those that name a port.
    pub(crate) fn narrowness(&self) -> (u8, bool) {
        (self.prefix, self.port.is_some())
    }
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let text = text.trim();
        if let Ok(peer) = text.parse::<SocketAddr>() {
            return Ok(Self {
                port: Some(peer.port()),
                ..Self::address(peer.ip())
            });
        }
        let Some((address, prefix)) = text.split_once('/') else {
            return Ok(Self::address(address(text)?));
        };
        let all_digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|_| all_digits);
        Self::network(self::address(address)?, prefix.ok_or(BadSource::BadPrefix)?)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.network, port).fmt(f),
            None if self.prefix == bits(self.network) => self.network.fmt(f),
            None => write!(f, "{}/{}", self.network, self.prefix),
        }
    }
}

fn address(text: &str) -> Result<IpAddr, BadSource> {
    text.strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(text)
        .parse()
        .map_err(|_| BadSource::NotAnAddress)
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
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

/// Bits of `::ffff:0:0/96`, before which an IPv4 address stands in IPv6.
const MAPPED_BITS: u8 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        text.parse().unwrap()
    }

    #[test]
    fn every_way_to_write_a_source_reads_back() {
        for (text, shown) in [
            ("192.0.2.10", "192.0.2.10"),
            (" 192.0.2.10 ", "192.0.2.10"),
            ("192.0.2.10/32", "192.0.2.10"),
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("192.0.2.10:5080", "192.0.2.10:5080"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:5060", "[2001:db8::1]:5060"),
            ("2001:db8:ffff::1/32", "2001:db8::/32"),
            ("[2001:db8::]/32", "2001:db8::/32"),
            ("2001:db8::1/128", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1/120", "192.0.2.0/24"),
        ] {
            assert_eq!(source(text).to_string(), shown, "{text}");
            assert_eq!(source(shown), source(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused_with_its_reason() {
        for (text, why) in [
            ("", BadSource::NotAnAddress),
            ("carrier.example", BadSource::NotAnAddress),
            ("192.0.2", BadSource::NotAnAddress),
            ("192.0.2.256", BadSource::NotAnAddress),
            ("192.0.2.1:99999", BadSource::NotAnAddress),
            ("192.0.2.1:5060/24", BadSource::NotAnAddress),
            ("192.0.2.0/33", BadSource::BadPrefix),
            ("192.0.2.0/", BadSource::BadPrefix),
            ("192.0.2.0/+8", BadSource::BadPrefix),
            ("192.0.2.0/999", BadSource::BadPrefix),
            ("2001:db8::/129", BadSource::BadPrefix),
            ("::ffff:192.0.2.0/95", BadSource::BadPrefix),
            ("0.0.0.0/0", BadSource::Everybody),
            ("::/0", BadSource::Everybody),
            ("::ffff:0.0.0.0/96", BadSource::Everybody),
        ] {
            assert_eq!(text.parse::<Source>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_first_and_last_address_and_no_neighbour() {
        let net = source("192.0.2.128/26");
        for (peer, inside) in [
            ("192.0.2.127:5060", false),
            ("192.0.2.128:5060", true),
            ("192.0.2.191:1", true),
            ("192.0.2.192:5060", false),
            ("[::ffff:192.0.2.130]:5060", true),
            ("[2001:db8::1]:5060", false),
        ] {
            assert_eq!(net.contains(peer.parse().unwrap()), inside, "{peer}");
        }
    }
}
