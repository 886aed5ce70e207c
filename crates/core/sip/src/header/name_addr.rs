//! Addresses in headers: `"Name" <uri>;params` (RFC 3261 §20.20, §20.39).

use std::fmt;

use smol_str::SmolStr;

use super::scan::{cut, find_outside, quoted_text, split_at, trim, unescaped, write_quoted};
use super::{BadValue, Name, Params, TypedHeader, params};
use crate::uri::{Uri, UriText};

/// A display name, a URI and header parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// What a person reads, without quotes; `None` when absent.
    pub display: Option<SmolStr>,
    /// The address.
    pub uri: Uri,
    /// `tag`, `expires`, `+sip.instance` and others.
    pub params: Params,
}

impl NameAddr {
    /// An address without a name or parameters.
    pub fn new(uri: Uri) -> Self {
        Self {
            display: None,
            uri,
            params: Params::new(),
        }
    }

    /// The same with a display name; an empty one is none.
    #[must_use]
    pub fn with_display(mut self, name: &str) -> Self {
        self.display = (!name.is_empty()).then(|| name.into());
        self
    }

    /// The same with a tag (RFC 3261 §19.3).
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", tag);
        self
    }

    /// The tag; `None` when absent or empty.
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag").filter(|tag| !tag.is_empty())
    }

    /// Reads one address.
    ///
    /// # Errors
    /// No URI, an unclosed bracket or quote, or parameters that cannot be read.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        AddressText::read(text).map(AddressText::owned)
    }
}

/// An address as it stands in a text, read through, nothing kept.
#[derive(Clone, Copy)]
pub(crate) struct AddressText<'a> {
    display: Option<&'a str>,
    /// Whether the name came in quotes and may hold escapes.
    quoted: bool,
    uri: UriText<'a>,
    /// Known to be good.
    params: &'a str,
}

impl<'a> AddressText<'a> {
    /// Reads one address; as [`NameAddr::read`].
    pub(crate) fn read(text: &'a str) -> Result<Self, BadValue> {
        let text = trim(text);
        let Some(open) = find_bracket(text) else {
            return Self::read_bare(text);
        };
        let (display, quoted) = read_display(trim(&text[..open]))?;
        let (uri, rest) = split_at(&text[open + 1..], b'>')
            .ok_or(BadValue("an angle bracket is never closed"))?;
        let rest = rest.trim_start();
        let params = match rest.strip_prefix(';') {
            Some(params) => params,
            None if rest.is_empty() => "",
            None => return Err(BadValue("text follows an address")),
        };
        params::check(params)?;
        Ok(Self {
            display,
            quoted,
            // RFC 4475 §3.1.2.14: blanks inside the brackets are an error.
            uri: UriText::read(uri)?,
            params,
        })
    }

    /// RFC 3261 §20: without brackets, everything after a semicolon belongs to the header.
    fn read_bare(text: &'a str) -> Result<Self, BadValue> {
        let (uri, params) = cut(text, b';');
        let uri = trim(uri);
        if uri.bytes().any(|b| b" \t\",?".contains(&b)) {
            return Err(BadValue(
                "an address with a name, comma or ? needs brackets",
            ));
        }
        let (uri, params) = (UriText::read(uri)?, params.unwrap_or_default());
        params::check(params)?;
        Ok(Self {
            display: None,
            quoted: false,
            uri,
            params,
        })
    }

    /// The same, to keep.
    fn owned(self) -> NameAddr {
        let display = self.display.map(|name| match self.quoted {
            true => SmolStr::from(unescaped(name)),
            false => name.into(),
        });
        NameAddr {
            display,
            uri: self.uri.owned(),
            params: Params::of(self.params),
        }
    }
}

/// Where the bracket before the URI stands.
fn find_bracket(text: &str) -> Option<usize> {
    // A name in quotes is passed over at once.
    if text.starts_with('"')
        && let Ok((_, rest)) = quoted_text(text)
        && let rest = rest.trim_start()
        && rest.starts_with('<')
    {
        return Some(text.len() - rest.len());
    }
    find_outside(text, b'<')
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.display {
            write_quoted(f, name)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// The name, and whether it came in quotes: a quoted string, or tokens with blanks between them. Lenient beyond the grammar: any text that
/// holds no quote, bracket or comma is taken as a name, since phones send `Müller <sip:…>` unquoted.
fn read_display(text: &str) -> Result<(Option<&str>, bool), BadValue> {
    if text.is_empty() {
        return Ok((None, false));
    }
    if text.starts_with('"') {
        let (name, rest) = quoted_text(text)?;
        if !rest.trim().is_empty() {
            return Err(BadValue("text between the name and the address"));
        }
        return Ok((Some(name).filter(|name| !name.is_empty()), true));
    }
    if text.bytes().any(|b| b == b'"' || b == b'>' || b == b',') {
        return Err(BadValue("the display name must be quoted"));
    }
    Ok((Some(text), false))
}

macro_rules! address_header {
    ($(#[$doc:meta])* $kind:ident, $name:expr, $list:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $kind(pub $crate::header::NameAddr);

        impl TypedHeader for $kind {
            const NAME: Name = $name;
            const LIST: bool = $list;

            fn read(text: &str) -> Result<Self, BadValue> {
                NameAddr::read(text).map(Self)
            }

            fn check(text: &str) -> Result<(), BadValue> {
                $crate::header::name_addr::AddressText::read(text).map(drop)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

address_header!(
    /// Who asks (RFC 3261 §20.20).
    From, Name::From, false
);
address_header!(
    /// Who is asked (RFC 3261 §20.39).
    To, Name::To, false
);

pub(super) use address_header;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_an_address() {
        let full = NameAddr::read(r#""A. \"G\" <b>" <sip:bob@[::1]:5070;lr>;tag=x"#).unwrap();
        assert_eq!(full.display.as_deref(), Some(r#"A. "G" <b>"#));
        assert_eq!(full.tag(), Some("x"));
        assert_eq!(
            full.to_string(),
            r#""A. \"G\" <b>" <sip:bob@[::1]:5070;lr>;tag=x"#
        );
        let bare = NameAddr::read("sip:bob@b.example;tag=y").unwrap();
        assert_eq!((bare.tag(), &bare.display), (Some("y"), &None));
        assert_eq!(bare.uri.to_string(), "sip:bob@b.example");
        let tokens = NameAddr::read("Bob B. <tel:+33123>").unwrap();
        assert_eq!(tokens.display.as_deref(), Some("Bob B."));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "<>",
            "<sip:a@b",
            "\"x <sip:a@b>",
            "Bob sip:a@b",
            "<sip:a@b> x",
        ] {
            assert!(NameAddr::read(text).is_err(), "{text}");
        }
    }
}
