//! `host` and `host:port`.

use rappel_trunk::{Host, Transport};

/// Reads `host` or `host:port`; an IPv6 address with a port stands in brackets.
pub(super) fn host(text: &str, port: Option<u16>, transport: Option<Transport>) -> Option<Host> {
    let plain = |name: &str, port| {
        let good = !name.is_empty()
            && name.len() <= MAX_NAME
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:_".contains(&b));
        good.then(|| Host {
            name: name.to_owned(),
            port,
            transport,
        })
    };
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return plain(text, port);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        return match after.strip_prefix(':') {
            Some(digits) => plain(address, Some(digits.parse().ok()?)),
            None if after.is_empty() => plain(address, port),
            None => None,
        };
    }
    match text.split_once(':') {
        Some((name, digits)) => plain(name, Some(digits.parse().ok()?)),
        None => plain(text, port),
    }
}

/// Longest name of a host (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
