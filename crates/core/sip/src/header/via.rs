//! Via: the path a request took and its answers take back (RFC 3261 §20.42, §18.2; RFC 3581).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use memchr::memchr2;
use smol_str::SmolStr;

use super::params::ParamText;
use super::scan::{cut, is_token, split_at, trim};
use super::{BadValue, Name, Params, TypedHeader, params};
use crate::uri::{Host, HostPort, HostPortText};

/// One Via value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, `WS` …, spelled as it came; compared regardless of case.
    pub transport: SmolStr,
    /// Where the sender says it listens (`sent-by`).
    pub sent_by: HostPort,
    /// `branch`, `received`, `rport` and others.
    pub params: Params,
}

impl Via {
    /// What a branch of RFC 3261 begins with (§8.1.1.7).
    pub const COOKIE: &'static str = "z9hG4bK";

    /// A Via of ours. `branch` must begin with [`Via::COOKIE`]; `rport` is asked for (RFC 3581 §3).
    pub fn new(transport: &str, sent_by: HostPort, branch: &str) -> Self {
        let mut params = Params::new();
        params.set("branch", branch);
        params.set_flag("rport");
        Self {
            transport: transport.into(),
            sent_by,
            params,
        }
    }

    /// The branch; empty when the peer follows RFC 2543 and sent none.
    pub fn branch(&self) -> &str {
        self.params.value("branch").unwrap_or_default()
    }

    /// Whether the branch identifies the transaction by itself (RFC 3261 §17.2.3).
    pub fn has_cookie(&self) -> bool {
        let branch = self.branch().as_bytes();
        let cookie = Self::COOKIE.as_bytes();
        branch.len() > cookie.len() && branch[..cookie.len()].eq_ignore_ascii_case(cookie)
    }

    /// `received`: the address the request really came from. Brackets round an IPv6 address are
    /// read but never written (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.value("received")?;
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    /// `rport` with a value: the port the request really came from (RFC 3581 §4).
    pub fn rport(&self) -> Option<u16> {
        self.params.value("rport")?.parse().ok()
    }

    /// Notes where the request really came from: `received` when it is not what `sent-by` says or
    /// when `rport` is asked for, and `rport` if asked for (RFC 3261 §18.2.1, RFC 3581 §4).
    pub fn stamp(&mut self, source: SocketAddr) {
        let asked = self.params.has("rport");
        if asked || self.sent_by.host.ip() != Some(source.ip()) {
            self.params.set("received", &source.ip().to_string());
        } else {
            self.params.remove("received");
        }
        if asked {
            self.params.set("rport", &source.port().to_string());
        }
    }
}

impl TypedHeader for Via {
    const NAME: Name = Name::Via;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        ViaText::read_ours(text).map(ViaText::owned)
    }

    fn check(text: &str) -> Result<(), BadValue> {
        ViaText::read_ours(text).map(drop)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            transport,
            sent_by,
            params,
        } = self;
        write!(f, "SIP/2.0/{transport} {sent_by}{params}")
    }
}

impl Via {
    /// The port of `sent-by`, or the transport's own: 5061 for TLS, else 5060 (RFC 3261 §18.2.2).
    pub fn sent_by_port(&self) -> u16 {
        let tls = self.transport.eq_ignore_ascii_case("TLS");
        self.sent_by.port.unwrap_or(if tls { 5061 } else { 5060 })
    }

    /// Where an answer goes over an unreliable transport (RFC 3261 §18.2.2, RFC 3581 §4): the
    /// `received` address and `rport`, else what `sent-by` says. `None` when only a name is known.
    pub fn reply_to(&self) -> Option<SocketAddr> {
        let ip = match (self.received(), &self.sent_by.host) {
            (Some(ip), _) => ip,
            (None, Host::V4(ip)) => IpAddr::V4(*ip),
            (None, Host::V6(ip)) => IpAddr::V6(*ip),
            (None, Host::Name(_)) => return None,
        };
        Some(SocketAddr::new(
            ip,
            self.rport().unwrap_or_else(|| self.sent_by_port()),
        ))
    }
}

/// A Via as it stands in a text, read through, nothing kept.
#[derive(Clone, Copy)]
pub(crate) struct ViaText<'a> {
    /// The version of SIP.
    pub(crate) version: &'a str,
    transport: &'a str,
    sent_by: HostPortText<'a>,
    /// Known to be good.
    params: &'a str,
    branch: Option<ParamText<'a>>,
}

impl<'a> ViaText<'a> {
    /// Reads a Via of any SIP version, to answer 505 to who speaks another.
    pub(crate) fn read(text: &'a str) -> Result<Self, BadValue> {
        let (version, rest) = match text.strip_prefix("SIP/2.0/") {
            Some(rest) => ("2.0", rest),
            None => read_protocol(text)?,
        };
        let rest = rest.trim_start();
        let end = memchr2(b' ', b'\t', rest.as_bytes()).ok_or(SHAPE)?;
        let (transport, rest) = (&rest[..end], &rest[end + 1..]);
        if !is_token(transport) {
            return Err(SHAPE);
        }
        let (sent_by, params) = cut(rest, b';');
        let (sent_by, params) = (trim(sent_by), params.unwrap_or_default());
        Ok(Self {
            version,
            transport,
            sent_by: HostPortText::read(sent_by)?,
            params,
            branch: params::check_for(params, "branch")?,
        })
    }

    /// Reads a Via of SIP/2.0.
    pub(crate) fn read_ours(text: &'a str) -> Result<Self, BadValue> {
        let via = Self::read(text)?;
        if via.version != "2.0" {
            return Err(SHAPE);
        }
        Ok(via)
    }

    /// The branch, as [`Via::branch`].
    pub(crate) fn branch(&self) -> Cow<'a, str> {
        self.branch.and_then(ParamText::value).unwrap_or_default()
    }

    /// The same, to keep.
    pub(crate) fn owned(self) -> Via {
        Via {
            transport: self.transport.into(),
            sent_by: self.sent_by.owned(),
            params: Params::of(self.params),
        }
    }
}

/// The version of SIP, and what follows its slash.
fn read_protocol(text: &str) -> Result<(&str, &str), BadValue> {
    let (protocol, rest) = split_at(text, b'/').ok_or(SHAPE)?;
    let (version, rest) = split_at(rest, b'/').ok_or(SHAPE)?;
    let version = trim(version);
    // A quote in the version would hide the comma behind which another Via begins.
    if !trim(protocol).eq_ignore_ascii_case("SIP") || !is_token(version) {
        return Err(SHAPE);
    }
    Ok((version, rest))
}

const SHAPE: BadValue = BadValue("Via is not SIP/2.0/transport sent-by");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spacing_and_ipv6_read_and_write() {
        let via =
            Via::read("SIP  / 2.0\t/ UDP  [2001:db8::9:1]:5070 ;branch=z9hG4bKas3; rport").unwrap();
        assert_eq!(via.sent_by.port, Some(5070));
        assert!(via.has_cookie());
        assert_eq!(
            via.to_string(),
            "SIP/2.0/UDP [2001:db8::9:1]:5070;branch=z9hG4bKas3;rport"
        );
    }

    #[test]
    fn a_stamp_says_where_the_request_came_from() {
        let mut via = Via::read("SIP/2.0/UDP pc33.example.com;branch=z9hG4bKx;rport").unwrap();
        via.stamp("192.0.2.1:7777".parse().unwrap());
        assert_eq!(via.reply_to(), "192.0.2.1:7777".parse().ok());
        let mut quiet =
            Via::read("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx;received=10.0.0.1").unwrap();
        quiet.stamp("192.0.2.1:7777".parse().unwrap());
        assert_eq!(quiet.reply_to(), "192.0.2.1:5060".parse().ok());
    }

    #[test]
    fn ipv6_received_reads_with_and_without_brackets() {
        for text in ["[2001:db8::1]", "2001:db8::1"] {
            let via = Via::read(&format!("SIP/2.0/UDP h;received={text};branch=z9hG4bKa")).unwrap();
            assert_eq!(via.received(), "2001:db8::1".parse().ok());
        }
    }

    #[test]
    fn what_is_no_via_is_refused() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/3.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP h:99999",
        ] {
            assert!(Via::read(text).is_err(), "{text}");
        }
    }
}
