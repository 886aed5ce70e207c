//! Hosts: names and addresses, IPv6 always in brackets on the wire (RFC 3261 §25.1).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use memchr::memchr;
use smol_str::SmolStr;

use crate::header::BadValue;
use crate::header::scan::{bytes_of, number, trim};

/// A host name or address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A domain name, spelled as it came.
    Name(SmolStr),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl Host {
    /// Length of the longest name in bytes (RFC 1035 §2.3.4).
    pub(crate) const LONGEST: usize = 255;

    /// Reads a host; an IPv6 address must stand in brackets.
    ///
    /// # Errors
    /// Anything that is neither an address nor letters, digits, dots, hyphens and underscores.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        HostText::read(text).map(HostText::owned)
    }

    /// The address, unless it is a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(ip) => Some(IpAddr::V4(*ip)),
            Self::V6(ip) => Some(IpAddr::V6(*ip)),
        }
    }

    /// Whether both are the same host: names regardless of case and of a final dot.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => {
                let bare = |name: &'_ str| name.len() - usize::from(name.ends_with('.'));
                a[..bare(a)].eq_ignore_ascii_case(&b[..bare(b)])
            }
            (a, b) => a == b,
        }
    }
}

impl From<IpAddr> for Host {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => Self::V6(ip),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(ip) => write!(f, "{ip}"),
            Self::V6(ip) => write!(f, "[{ip}]"),
        }
    }
}

/// `host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// The host.
    pub host: Host,
    /// The port, if one is named.
    pub port: Option<u16>,
}

impl HostPort {
    /// Reads `host[:port]`, with blanks round the colon as Via allows them.
    ///
    /// # Errors
    /// A bad host, or a port that is no number from 0 to 65535.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        HostPortText::read(text).map(HostPortText::owned)
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().into(),
            port: Some(address.port()),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.host, f)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A host as it stands in a text.
#[derive(Clone, Copy)]
pub(crate) enum HostText<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> HostText<'a> {
    /// Reads a host; as [`Host::read`].
    pub(crate) fn read(text: &'a str) -> Result<Self, BadValue> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner
                .strip_suffix(']')
                .ok_or(BadValue("a bracket round an IPv6 address is never closed"))?;
            // The ABNF of RFC 3261 allows one colon too many before an IPv4 part (RFC 5118 §4.10);
            // it is read, and never written.
            return inner
                .replacen(":::", "::", 1)
                .parse()
                .map(Self::V6)
                .map_err(|_| BadValue("not an IPv6 address"));
        }
        let digit = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if let Some(address) = digit.then(|| text.parse().ok()).flatten() {
            return Ok(Self::V4(address));
        }
        let shaped = |b: u8| SHAPED[usize::from(b)];
        if text.is_empty() || text.len() > Host::LONGEST || !text.bytes().all(shaped) {
            return Err(BadValue("not a host name"));
        }
        Ok(Self::Name(text))
    }

    /// The same, to keep.
    pub(crate) fn owned(self) -> Host {
        match self {
            Self::Name(name) => Host::Name(name.into()),
            Self::V4(ip) => Host::V4(ip),
            Self::V6(ip) => Host::V6(ip),
        }
    }
}

/// What host names are made of. Underscores are in no RFC and in many networks.
const SHAPED: [bool; 256] = bytes_of(b"-._");

/// `host[:port]` as it stands in a text.
#[derive(Clone, Copy)]
pub(crate) struct HostPortText<'a> {
    host: HostText<'a>,
    port: Option<u16>,
}

impl<'a> HostPortText<'a> {
    /// Reads `host[:port]`; as [`HostPort::read`].
    pub(crate) fn read(text: &'a str) -> Result<Self, BadValue> {
        let after_brackets = memchr(b']', text.as_bytes()).map_or(0, |at| at + 1);
        let (host, port) = match memchr(b':', &text.as_bytes()[after_brackets..]) {
            Some(at) => (
                &text[..after_brackets + at],
                Some(trim(&text[after_brackets + at + 1..])),
            ),
            None => (text, None),
        };
        Self::of(host.trim_end(), port)
    }

    /// Reads a host and a port that are parted already, without blanks.
    pub(crate) fn of(host: &'a str, port: Option<&'a str>) -> Result<Self, BadValue> {
        let port = match port {
            None => None,
            Some(digits) => Some(number(digits).ok_or(BadValue("not a port number"))?),
        };
        Ok(Self {
            host: HostText::read(host)?,
            port,
        })
    }

    /// The same, to keep.
    pub(crate) fn owned(self) -> HostPort {
        HostPort {
            host: self.host.owned(),
            port: self.port,
        }
    }
}
