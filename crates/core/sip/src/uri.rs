//! Addresses: SIP and SIPS URIs (RFC 3261 §19.1), tel URIs (RFC 3966), and every other scheme kept
//! as it came.

mod escape;
mod host;
mod sip;

pub(crate) use host::HostPortText;
pub use host::{Host, HostPort};
pub use sip::SipUri;

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::header::scan::split_at;
use crate::header::{BadValue, Param, Params, params};
use sip::{MAX_COMPARED, Marks, SipText};

/// A URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// `tel:`.
    Tel(TelUri),
    /// Any other scheme.
    Other(OtherUri),
}

/// A telephone number as a URI (RFC 3966).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelUri {
    /// The number, visual separators kept: `+33-1-23`.
    pub number: SmolStr,
    /// `phone-context`, `ext` and others.
    pub params: Params,
}

impl TelUri {
    /// The digits without visual separators (RFC 3966 §5.1.1), with the leading `+` if there is one.
    pub fn digits(&self) -> String {
        self.number
            .chars()
            .filter(|c| !"-.()".contains(*c))
            .collect()
    }

    /// Whether both mean the same number (RFC 3966 §4).
    pub fn equivalent(&self, other: &Self) -> bool {
        if self.params.len() > MAX_COMPARED || other.params.len() > MAX_COMPARED {
            return self == other;
        }
        let text = |param: &Param| param.value.clone().unwrap_or_default();
        let covers = |a: &Params, b: &Params| {
            a.iter().all(|p| {
                b.find(&p.name)
                    .is_some_and(|q| text(p).eq_ignore_ascii_case(&text(q)))
            })
        };
        self.digits().eq_ignore_ascii_case(&other.digits())
            && covers(&self.params, &other.params)
            && covers(&other.params, &self.params)
    }
}

/// A URI of another scheme, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUri {
    scheme_len: usize,
    text: SmolStr,
}

impl OtherUri {
    /// The scheme, spelled as it came.
    pub fn scheme(&self) -> &str {
        &self.text[..self.scheme_len]
    }

    /// The whole URI, scheme included.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// Text without a scheme, with blanks, brackets or control characters, or a SIP URI whose
    /// parts cannot be read.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        UriText::read(text).map(UriText::owned)
    }

    /// The SIP URI, if it is one.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// Who is meant: the user part of a SIP URI with escapes resolved, the digits of a tel URI.
    pub fn user(&self) -> Option<String> {
        match self {
            Self::Sip(uri) => uri.user(),
            Self::Tel(uri) => Some(uri.digits()),
            Self::Other(_) => None,
        }
    }

    /// Whether both mean the same by the rules of their scheme: RFC 3261 §19.1.4, RFC 3966 §4,
    /// letter by letter for others. Not an equivalence relation: it is not transitive.
    pub fn equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sip(a), Self::Sip(b)) => a.equivalent(b),
            (Self::Tel(a), Self::Tel(b)) => a.equivalent(b),
            (Self::Other(a), Self::Other(b)) => a == b,
            _ => false,
        }
    }
}

/// A URI as it stands in a text, read through, nothing kept.
#[derive(Clone, Copy)]
pub(crate) enum UriText<'a> {
    Sip(SipText<'a>),
    Tel {
        number: &'a str,
        /// Known to be good.
        params: &'a str,
    },
    Other {
        scheme_len: usize,
        text: &'a str,
    },
}

impl<'a> UriText<'a> {
    /// Reads a URI; as [`Uri::read`].
    pub(crate) fn read(text: &'a str) -> Result<Self, BadValue> {
        let (sip, sips) = (starts_with(text, "sip:"), starts_with(text, "sips:"));
        if (sip && text.len() > 4) || (sips && text.len() > 5) {
            let rest = &text[4 + usize::from(sips)..];
            let marks = Marks::of(rest);
            if marks.odd {
                check_characters(text)?;
            }
            return SipText::read(sips, rest, &marks).map(Self::Sip);
        }
        check_characters(text)?;
        let (scheme, rest) = split_at(text, b':').ok_or(BadValue("a URI has no scheme"))?;
        let mut bytes = scheme.bytes();
        let shaped = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !shaped || rest.is_empty() {
            return Err(BadValue("a URI has no scheme or nothing after it"));
        }
        if scheme.eq_ignore_ascii_case("tel") {
            return read_tel(rest);
        }
        Ok(Self::Other {
            scheme_len: scheme.len(),
            text,
        })
    }

    /// The same, to keep.
    pub(crate) fn owned(self) -> Uri {
        match self {
            Self::Sip(uri) => Uri::Sip(uri.owned()),
            Self::Tel { number, params } => Uri::Tel(TelUri {
                number: number.into(),
                params: Params::of(params),
            }),
            Self::Other { scheme_len, text } => Uri::Other(OtherUri {
                scheme_len,
                text: text.into(),
            }),
        }
    }

    /// Whether headers stand behind the `?` of a SIP URI.
    pub(crate) fn has_headers(&self) -> bool {
        matches!(self, Self::Sip(uri) if uri.has_headers())
    }
}

/// Whether a text begins so, regardless of case.
fn starts_with(text: &str, scheme: &str) -> bool {
    let start = text.as_bytes().get(..scheme.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
}

fn check_characters(text: &str) -> Result<(), BadValue> {
    let bad = |c: char| c.is_control() || c == ' ' || c == '<' || c == '>' || c == '"';
    if text.contains(bad) {
        return Err(BadValue("a URI holds blanks, quotes or brackets"));
    }
    Ok(())
}

fn read_tel(rest: &str) -> Result<UriText<'_>, BadValue> {
    let (number, params) = split_at(rest, b';').unwrap_or((rest, ""));
    let digit = |c: char| c.is_ascii_hexdigit() || "*#-.()".contains(c);
    let local = number.strip_prefix('+').unwrap_or(number);
    if !local.chars().all(digit)
        || !local.contains(|c: char| c.is_ascii_hexdigit() || c == '*' || c == '#')
    {
        return Err(BadValue("a tel URI holds no number"));
    }
    params::check(params)?;
    Ok(UriText::Tel { number, params })
}

impl FromStr for Uri {
    type Err = BadValue;
    fn from_str(text: &str) -> Result<Self, BadValue> {
        Self::read(text)
    }
}

impl From<SipUri> for Uri {
    fn from(uri: SipUri) -> Self {
        Self::Sip(uri)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => fmt::Display::fmt(uri, f),
            Self::Tel(uri) => write!(f, "tel:{}{}", uri.number, uri.params),
            Self::Other(uri) => f.write_str(&uri.text),
        }
    }
}

#[cfg(test)]
mod tests;
