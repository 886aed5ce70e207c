//! SIP and SIPS URIs (RFC 3261 §19.1).

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::escape::{decode, encode, unreserved, well_formed};
use super::host::HostPortText;
use super::{Host, HostPort};
use crate::header::scan::{bytes_of, split_at};
use crate::header::{BadValue, Param, Params};

/// `sip:user:password@host:port;params?headers`.
///
/// Escapes are kept as they came, so that what is forwarded is what was received; [`SipUri::user`]
/// resolves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipUri {
    /// Whether it is a `sips:` URI.
    pub secure: bool,
    user: Option<SmolStr>,
    password: Option<SmolStr>,
    /// Where.
    pub host: Host,
    /// The port, if one is named.
    pub port: Option<u16>,
    /// `transport`, `lr`, `user` and others.
    pub params: Params,
    headers: Vec<(SmolStr, SmolStr)>,
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
        self.user = (!user.is_empty()).then(|| encode(user, USER_PLAIN).into());
    }

    /// The password, as it came (RFC 3261 §19.1.1 advises against it; we never use it).
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The headers behind `?`, escapes as they came.
    pub fn headers(&self) -> &[(SmolStr, SmolStr)] {
        &self.headers
    }

    /// The first header of that name, regardless of case, with its escapes resolved; `None` also
    /// when they are not UTF-8.
    pub fn header(&self, name: &str) -> Option<String> {
        let named = |(known, _): &&(SmolStr, SmolStr)| known.eq_ignore_ascii_case(name);
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
        let text = |part: &Option<SmolStr>| part.as_deref().map(decode);
        self.secure == other.secure
            && text(&self.user) == text(&other.user)
            && text(&self.password) == text(&other.password)
            && self.host.same(&other.host)
            && self.port == other.port
            && params_match(&self.params, &other.params)
            && params_match(&other.params, &self.params)
            && headers_match(&self.headers, &other.headers)
    }
}

/// What follows the scheme of a SIP URI as it stands in a text, read through, nothing kept.
#[derive(Clone, Copy)]
pub(crate) struct SipText<'a> {
    secure: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    address: HostPortText<'a>,
    /// Known to be good.
    params: &'a str,
    /// Known to be good.
    headers: Option<&'a str>,
}

impl<'a> SipText<'a> {
    /// Reads what follows the scheme.
    pub(super) fn read(secure: bool, rest: &'a str, marks: &Marks) -> Result<Self, BadValue> {
        if marks.percent && !well_formed(rest) {
            return Err(BadValue("a percent sign without two hexadecimal digits"));
        }
        let (user, password) = match marks.at {
            Some(at) => read_userinfo(&rest[..at], marks.password)?,
            None => (None, None),
        };
        let before_headers = marks.question.unwrap_or(rest.len());
        let headers = marks.question.map(|at| &rest[at + 1..]);
        if let Some(headers) = headers {
            headers_of(headers).try_for_each(|pair| pair.map(drop))?;
        }
        let params = match marks.semicolon {
            Some(at) => &rest[at + 1..before_headers],
            None => "",
        };
        params_of(params).try_for_each(|param| param.map(drop))?;
        let start = marks.at.map_or(0, |at| at + 1);
        let end = marks.semicolon.unwrap_or(before_headers);
        let port = marks.colon.filter(|colon| *colon < end);
        let address = match port {
            _ if marks.odd || marks.bracket => HostPortText::read(&rest[start..end]),
            Some(colon) => HostPortText::of(&rest[start..colon], Some(&rest[colon + 1..end])),
            None => HostPortText::of(&rest[start..end], None),
        };
        Ok(Self {
            secure,
            user,
            password,
            address: address?,
            params,
            headers,
        })
    }

    /// Whether headers stand behind a `?`.
    pub(crate) fn has_headers(&self) -> bool {
        self.headers.is_some()
    }

    /// The same, to keep.
    pub(super) fn owned(self) -> SipUri {
        let mut params = Params::new();
        for (name, value) in params_of(self.params).filter_map(Result::ok) {
            params.push(Param {
                name: written(name).into(),
                value: value.map(|value| written(value).into()),
                quoted: false,
            });
        }
        let headers = self.headers.into_iter().flat_map(headers_of);
        let HostPort { host, port } = self.address.owned();
        SipUri {
            secure: self.secure,
            user: self.user.map(SmolStr::from),
            password: self.password.map(SmolStr::from),
            host,
            port,
            params,
            headers: headers
                .filter_map(Result::ok)
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
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

/// Where the marks stand that part a SIP URI, found in one pass over what follows the scheme.
#[derive(Default)]
pub(super) struct Marks {
    /// The `@` that ends the user part: the first, since one inside it must be escaped (§25.1).
    at: Option<usize>,
    /// The colon before a password.
    password: Option<usize>,
    /// The first colon behind the user part.
    colon: Option<usize>,
    /// The `;` before the parameters.
    semicolon: Option<usize>,
    /// The `?` before the headers.
    question: Option<usize>,
    percent: bool,
    bracket: bool,
    /// Whether anything stands there that most URIs do not hold.
    pub(super) odd: bool,
}

impl Marks {
    pub(super) fn of(rest: &str) -> Self {
        let mut marks = Self::default();
        for (at, b) in rest.bytes().enumerate() {
            if PLAIN[usize::from(b)] {
                continue;
            }
            match b {
                b'@' if marks.at.is_none() => {
                    marks.at = Some(at);
                    marks.password = marks.colon.take();
                    (marks.semicolon, marks.question) = (None, None);
                }
                b':' if marks.colon.is_none() => marks.colon = Some(at),
                b';' if marks.semicolon.is_none() && marks.question.is_none() => {
                    marks.semicolon = Some(at);
                }
                b'?' if marks.question.is_none() => marks.question = Some(at),
                b'@' | b':' | b';' | b'?' => {}
                b'%' => marks.percent = true,
                b'[' | b']' => marks.bracket = true,
                _ => marks.odd = true,
            }
        }
        marks
    }
}

/// What stands in most URIs and parts nothing.
const PLAIN: [bool; 256] = bytes_of(b"!#$&'()*+,-./=_~");

fn read_userinfo(
    info: &str,
    colon: Option<usize>,
) -> Result<(Option<&str>, Option<&str>), BadValue> {
    let (user, password) = match colon {
        Some(at) => (&info[..at], Some(&info[at + 1..])),
        None => (info, None),
    };
    if user.is_empty() {
        return Err(BadValue("a SIP URI has an empty user part"));
    }
    Ok((Some(user), password))
}

/// A name and what stands behind its `=`, if one does.
type Pair<'a, V> = Result<(&'a str, V), BadValue>;

fn params_of(text: &str) -> impl Iterator<Item = Pair<'_, Option<&str>>> {
    let mut rest = text;
    let pieces = std::iter::from_fn(move || {
        let (piece, tail) = split_at(rest, b';').unwrap_or((rest, ""));
        rest = tail;
        (!(piece.is_empty() && tail.is_empty())).then_some(piece)
    });
    let pieces = pieces.filter(|piece| !piece.is_empty());
    pieces.map(|piece| {
        let (name, value) = match split_at(piece, b'=') {
            Some((name, value)) => (name, Some(value)),
            None => (piece, None),
        };
        if name.is_empty() {
            return Err(BadValue("a URI parameter has no name"));
        }
        Ok((name, value))
    })
}

fn headers_of(text: &str) -> impl Iterator<Item = Pair<'_, &str>> {
    text.split('&').map(|piece| match split_at(piece, b'=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => Err(BadValue("a URI header has no name or no value")),
    })
}

/// §19.1.4: a parameter in both must match; `user`, `ttl`, `method`, `maddr` and `transport` in only
/// one make them differ; any other in only one is ignored.
fn params_match(a: &Params, b: &Params) -> bool {
    a.iter().all(|p| match b.find(&p.name) {
        Some(q) => {
            let text = |v: &Option<SmolStr>| v.as_deref().map(decode).unwrap_or_default();
            text(&p.value).eq_ignore_ascii_case(&text(&q.value))
        }
        None => !["user", "ttl", "method", "maddr", "transport"]
            .iter()
            .any(|name| p.name.eq_ignore_ascii_case(name)),
    })
}

/// §19.1.4: headers are never ignored; order does not count.
fn headers_match(a: &[(SmolStr, SmolStr)], b: &[(SmolStr, SmolStr)]) -> bool {
    let sorted = |list: &[(SmolStr, SmolStr)]| {
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
fn written(text: &str) -> Cow<'_, str> {
    let plain = match well_formed(text) {
        true => ESCAPED_PARAM_PLAIN,
        false => PARAM_PLAIN,
    };
    if text.bytes().all(|b| unreserved(b) || plain.contains(&b)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(encode(text, plain))
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
