//! SIP and SIPS URIs (RFC 3261 §19.1).

use std::fmt;
use std::net::SocketAddr;

use super::escape::{decode, encode, well_formed};
use super::{Host, HostPort};
use crate::header::{BadValue, Param, Params};

/// `sip:user:password@host:port;params?headers`.
///
/// Escapes are kept as they came, so that what is forwarded is what was received; [`SipUri::user`]
/// resolves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipUri {
    /// Whether it is a `sips:` URI.
    pub secure: bool,
    user: Option<String>,
    password: Option<String>,
    /// Where.
    pub host: Host,
    /// The port, if one is named.
    pub port: Option<u16>,
    /// `transport`, `lr`, `user` and others.
    pub params: Params,
    headers: Vec<(String, String)>,
}

impl SipUri {
    /// `sip:user@address`. An empty user is none; what a user part may not hold is escaped.
    pub fn new(user: &str, address: impl Into<HostPort>) -> Self {
        let HostPort { host, port } = address.into();
        let mut uri = Self {
            secure: false,
            user: None,
            password: None,
            host,
            port,
            params: Params::new(),
            headers: Vec::new(),
        };
        uri.set_user(user);
        uri
    }

    /// `sip:user@address` with the address of a socket.
    pub fn at(user: &str, address: SocketAddr) -> Self {
        Self::new(user, address)
    }

    /// The user part with escapes resolved. An escape that is not UTF-8 is left as it stands, so
    /// two different users never become the same text.
    pub fn user(&self) -> Option<String> {
        let raw = self.user.as_deref()?;
        Some(String::from_utf8(decode(raw)).unwrap_or_else(|_| raw.to_owned()))
    }

    /// Sets the user part, escaped as needed; empty removes it.
    pub fn set_user(&mut self, user: &str) {
        self.user = (!user.is_empty()).then(|| encode(user, USER_PLAIN));
    }

    /// The password, as it came (RFC 3261 §19.1.1 advises against it; we never use it).
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The headers behind `?`, escapes as they came.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The first header of that name, regardless of case, with its escapes resolved; `None` also
    /// when they are not UTF-8.
    pub fn header(&self, name: &str) -> Option<String> {
        let named = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        let (_, value) = self.headers.iter().find(named)?;
        String::from_utf8(decode(value)).ok()
    }

    /// Takes every header of that name away.
    pub fn remove_header(&mut self, name: &str) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// `transport`, if named.
    pub fn transport(&self) -> Option<&str> {
        self.params.value("transport")
    }

    /// Whether it is a loose router (RFC 3261 §19.1.1, `lr`).
    pub fn is_loose(&self) -> bool {
        self.params.has("lr")
    }

    /// Whether both mean the same (RFC 3261 §19.1.4).
    pub fn equivalent(&self, other: &Self) -> bool {
        if self.params.len() > MAX_COMPARED || other.params.len() > MAX_COMPARED {
            return self == other;
        }
        let text = |part: &Option<String>| part.as_deref().map(decode);
        self.secure == other.secure
            && text(&self.user) == text(&other.user)
            && text(&self.password) == text(&other.password)
            && self.host.same(&other.host)
            && self.port == other.port
            && params_match(&self.params, &other.params)
            && params_match(&other.params, &self.params)
            && headers_match(&self.headers, &other.headers)
    }

    /// Reads what follows the scheme.
    pub(super) fn read(secure: bool, rest: &str) -> Result<Self, BadValue> {
        if !well_formed(rest) {
            return Err(BadValue("a percent sign without two hexadecimal digits"));
        }
        // The first `@` ends the user part: one inside it must be escaped (§25.1).
        let (userinfo, rest) = match rest.split_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (user, password) = match userinfo {
            Some(info) => read_userinfo(info)?,
            None => (None, None),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, read_headers(headers)?),
            None => (rest, Vec::new()),
        };
        let (address, params) = match rest.split_once(';') {
            Some((address, params)) => (address, read_params(params)?),
            None => (rest, Params::new()),
        };
        let HostPort { host, port } = HostPort::read(address)?;
        Ok(Self {
            secure,
            user,
            password,
            host,
            port,
            params,
            headers,
        })
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        fmt::Display::fmt(&self.host, f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for param in self.params.iter() {
            write!(f, ";{}", written(&param.name))?;
            if let Some(value) = &param.value {
                write!(f, "={}", written(value))?;
            }
        }
        for (at, (name, value)) in self.headers.iter().enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

fn read_userinfo(info: &str) -> Result<(Option<String>, Option<String>), BadValue> {
    let (user, password) = match info.split_once(':') {
        Some((user, password)) => (user, Some(password.to_owned())),
        None => (info, None),
    };
    if user.is_empty() {
        return Err(BadValue("a SIP URI has an empty user part"));
    }
    Ok((Some(user.to_owned()), password))
}

fn read_params(text: &str) -> Result<Params, BadValue> {
    let mut params = Params::new();
    for piece in text.split(';').filter(|piece| !piece.is_empty()) {
        let (name, value) = match piece.split_once('=') {
            Some((name, value)) => (name, Some(written(value))),
            None => (piece, None),
        };
        if name.is_empty() {
            return Err(BadValue("a URI parameter has no name"));
        }
        params.push(Param {
            name: written(name),
            value,
            quoted: false,
        });
    }
    Ok(params)
}

fn read_headers(text: &str) -> Result<Vec<(String, String)>, BadValue> {
    let pair = |piece: &str| match piece.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(BadValue("a URI header has no name or no value")),
    };
    text.split('&').map(pair).collect()
}

/// §19.1.4: a parameter in both must match; `user`, `ttl`, `method`, `maddr` and `transport` in only
/// one make them differ; any other in only one is ignored.
fn params_match(a: &Params, b: &Params) -> bool {
    a.iter().all(|p| match b.find(&p.name) {
        Some(q) => {
            let text = |v: &Option<String>| v.as_deref().map(decode).unwrap_or_default();
            text(&p.value).eq_ignore_ascii_case(&text(&q.value))
        }
        None => !["user", "ttl", "method", "maddr", "transport"]
            .iter()
            .any(|name| p.name.eq_ignore_ascii_case(name)),
    })
}

/// §19.1.4: headers are never ignored; order does not count.
fn headers_match(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let sorted = |list: &[(String, String)]| {
        let mut list: Vec<_> = list
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), decode(value)))
            .collect();
        list.sort();
        list
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

/// A parameter as the grammar wants it: escapes stay, what must be escaped is.
fn written(text: &str) -> String {
    if well_formed(text) {
        encode(text, ESCAPED_PARAM_PLAIN)
    } else {
        encode(text, PARAM_PLAIN)
    }
}

/// `user-unreserved` of RFC 3261 §25.1.
const USER_PLAIN: &[u8] = b"&=+$,;?/";
/// `param-unreserved` of RFC 3261 §25.1.
const PARAM_PLAIN: &[u8] = b"[]/:&+$";
/// The same in text that holds escapes already.
const ESCAPED_PARAM_PLAIN: &[u8] = b"[]/:&+$%";
/// Most parameters that are matched one by one; with more, two URIs are the same only letter by
/// letter, so that hostile ones stay cheap.
pub(super) const MAX_COMPARED: usize = 64;
