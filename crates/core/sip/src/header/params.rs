//! `;name=value` parameters of headers and URIs, in order.

use std::borrow::Cow;
use std::fmt;

use smol_str::SmolStr;

use super::BadValue;
use super::scan::{cut, is_closed, is_token_byte, quoted_text, trim, unescaped, write_quoted};

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name, spelled as it came; compared regardless of case.
    pub name: SmolStr,
    /// Its value without quotes; `None` for a bare name such as `lr`.
    pub value: Option<SmolStr>,
    /// Whether it came, or must leave, in quotes.
    pub quoted: bool,
}

/// Parameters in order. A name is looked up regardless of case; the first of a name counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<Param>);

impl Params {
    /// No parameters.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads the parameters of a header: what follows the first `;`, without it.
    ///
    /// # Errors
    /// A nameless parameter, or a quote or bracket that never ends: what is written behind it, our
    /// tag for one, would be part of it.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        pieces(text)
            .map(|param| param.map(ParamText::owned))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The parameters of a text known to be good: what cannot be read is left out.
    pub(crate) fn of(text: &str) -> Self {
        let params = pieces(text).filter_map(Result::ok);
        Self(params.map(ParamText::owned).collect())
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = &Param> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Its value; `None` when it is missing or has none.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name)?.value.as_deref()
    }

    /// Sets `name=value`, in the place of the old one or at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        let quoted = value.is_empty() || !value.bytes().all(is_plain_byte);
        self.put(name, Some(value.into()), quoted);
    }

    /// Sets `name="value"`, for parameters the RFC always quotes.
    pub fn set_quoted(&mut self, name: &str, value: &str) {
        self.put(name, Some(value.into()), true);
    }

    /// Sets a bare `name`.
    pub fn set_flag(&mut self, name: &str) {
        self.put(name, None, false);
    }

    /// Removes every parameter of that name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|p| !p.name.eq_ignore_ascii_case(name));
    }

    /// Keeps a parameter as it is, at the end.
    pub(crate) fn push(&mut self, param: Param) {
        self.0.push(param);
    }

    /// The first parameter of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    fn put(&mut self, name: &str, value: Option<SmolStr>, quoted: bool) {
        match self
            .0
            .iter_mut()
            .find(|p| p.name.eq_ignore_ascii_case(name))
        {
            Some(param) => (param.value, param.quoted) = (value, quoted),
            None => self.0.push(Param {
                name: name.into(),
                value,
                quoted,
            }),
        }
    }
}

/// A parameter as it stands in a text.
#[derive(Clone, Copy)]
pub(crate) struct ParamText<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its value, quotes taken off and escapes as they came.
    value: Option<&'a str>,
    quoted: bool,
}

impl<'a> ParamText<'a> {
    /// Its value without quotes and escapes.
    pub(crate) fn value(self) -> Option<Cow<'a, str>> {
        self.value.map(|value| match self.quoted {
            true => unescaped(value),
            false => Cow::Borrowed(value),
        })
    }

    fn owned(self) -> Param {
        Param {
            name: self.name.into(),
            value: self.value().map(SmolStr::from),
            quoted: self.quoted,
        }
    }

    /// Reads one without quotes and brackets; `equals` is where its first `=` stands.
    fn plain(piece: &'a str, equals: Option<usize>) -> Result<Self, BadValue> {
        let (name, value) = match equals {
            Some(at) => (&piece[..at], Some(trim(&piece[at + 1..]))),
            None => (piece, None),
        };
        Self::new(name, value, false)
    }

    /// Reads one that may hold quotes and brackets.
    fn read(piece: &'a str) -> Result<Self, BadValue> {
        if !is_closed(piece) {
            return Err(BadValue("a quote or bracket in a parameter never ends"));
        }
        let (name, value) = cut(piece, b'=');
        let value = value.map(trim);
        let Some(text) = value.filter(|value| value.starts_with('"')) else {
            return Self::new(name, value, false);
        };
        let found = Self::new(name, None, false)?;
        let (content, rest) = quoted_text(text)?;
        if !rest.trim().is_empty() {
            return Err(BadValue("text follows a quoted parameter value"));
        }
        Self::new(found.name, Some(content), true)
    }

    fn new(name: &'a str, value: Option<&'a str>, quoted: bool) -> Result<Self, BadValue> {
        let name = trim(name);
        if name.is_empty() {
            return Err(BadValue("a parameter has no name"));
        }
        Ok(Self {
            name,
            value,
            quoted,
        })
    }
}

/// The parameters of a header one by one, nothing kept: what follows the first `;`, without it.
pub(crate) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: Some(text) }
}

/// See [`pieces`].
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<ParamText<'a>, BadValue>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(text) = self.rest {
            let (piece, tail) = piece(text);
            self.rest = tail;
            if piece.is_some() {
                return piece;
            }
        }
        None
    }
}

/// Reads through parameters without keeping them.
pub(crate) fn check(text: &str) -> Result<(), BadValue> {
    if text.is_empty() {
        return Ok(());
    }
    for param in pieces(text) {
        param?;
    }
    Ok(())
}

/// Reads through parameters; the first of that name.
pub(crate) fn check_for<'a>(text: &'a str, name: &str) -> Result<Option<ParamText<'a>>, BadValue> {
    let mut found = None;
    for param in pieces(text) {
        let param = param?;
        if found.is_none() && param.name.eq_ignore_ascii_case(name) {
            found = Some(param);
        }
    }
    Ok(found)
}

/// A parameter, and what follows its semicolon.
type Piece<'a> = (Option<Result<ParamText<'a>, BadValue>>, Option<&'a str>);

/// The first parameter, `None` for an empty one, and what follows its semicolon.
fn piece(text: &str) -> Piece<'_> {
    let (bytes, mut equals) = (text.as_bytes(), None);
    let mut at = 0;
    let special = loop {
        at += match bytes[at..].iter().position(|b| PARTS[usize::from(*b)]) {
            Some(found) => found,
            None => break None,
        };
        if bytes[at] != b'=' {
            break Some((at, bytes[at]));
        }
        equals.get_or_insert(at);
        at += 1;
    };
    match special {
        Some((at, b';')) => (plain(&text[..at], equals), Some(&text[at + 1..])),
        None => (plain(text, equals), None),
        Some((quote, b'"')) => equals
            .filter(|equals| text[equals + 1..quote].trim().is_empty())
            .and_then(|equals| quoted_piece(text, quote, equals))
            .unwrap_or_else(|| any_piece(text)),
        Some(_) => any_piece(text),
    }
}

fn plain(text: &str, equals: Option<usize>) -> Option<Result<ParamText<'_>, BadValue>> {
    let blank = equals.is_none() && trim(text).is_empty();
    (!blank).then(|| ParamText::plain(text, equals))
}

/// `name="value"` and nothing else up to the next semicolon; `None` for what is longer.
fn quoted_piece(text: &str, quote: usize, equals: usize) -> Option<Piece<'_>> {
    let (content, rest) = quoted_text(&text[quote..]).ok()?;
    let rest = rest.trim_start();
    let tail = match rest.strip_prefix(';') {
        Some(tail) => Some(tail),
        None if rest.is_empty() => None,
        None => return None,
    };
    let param = ParamText::new(&text[..equals], Some(content), true);
    Some((Some(param), tail))
}

/// A piece that may hold anything.
fn any_piece(text: &str) -> Piece<'_> {
    let (piece, tail) = cut(text, b';');
    let piece = piece.trim();
    ((!piece.is_empty()).then(|| ParamText::read(piece)), tail)
}

/// `;name=value;name="quoted value"`, each with its leading semicolon.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for param in &self.0 {
            write!(f, ";{}", param.name)?;
            match &param.value {
                Some(value) if param.quoted => {
                    f.write_str("=")?;
                    write_quoted(f, value)?;
                }
                Some(value) => write!(f, "={value}")?,
                None => {}
            }
        }
        Ok(())
    }
}

/// What may stand in a parameter value without quotes: `token` and the characters of a host.
fn is_plain_byte(b: u8) -> bool {
    is_token_byte(b) || b"[]:".contains(&b)
}

/// What a parameter may end or be parted at.
const PARTS: [bool; 256] = {
    let mut table = [false; 256];
    table[b';' as usize] = true;
    table[b'=' as usize] = true;
    table[b'"' as usize] = true;
    table[b'<' as usize] = true;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_and_without_quotes_round_trip() {
        let text = r#";lr;expires=60;+sip.instance="<urn:uuid:1;2>";x="a\"b""#;
        let params = Params::read(&text[1..]).unwrap();
        assert_eq!(params.value("EXPIRES"), Some("60"));
        assert_eq!(params.value("+sip.instance"), Some("<urn:uuid:1;2>"));
        assert_eq!(params.value("x"), Some("a\"b"));
        assert!(params.has("lr") && params.value("lr").is_none());
        assert_eq!(params.to_string(), text);
    }

    #[test]
    fn nothing_unclosed_swallows_what_is_written_behind_it() {
        for text in ["tag \"= 1", "a=b\"c", "a<b", "a=<b", "a=\"b", "a=\"b\\\""] {
            assert!(Params::read(text).is_err(), "{text}");
        }
        let mut params = Params::read("+sip.instance=<urn:a;b>;c=\"<\"").unwrap();
        params.set("tag", "ours");
        let again = Params::read(&params.to_string()[1..]).unwrap();
        assert_eq!(again.value("tag"), Some("ours"));
    }

    #[test]
    fn a_value_that_needs_quotes_gets_them() {
        let mut params = Params::new();
        params.set("a", "b c");
        params.set("received", "2001:db8::1");
        assert_eq!(params.to_string(), r#";a="b c";received=2001:db8::1"#);
    }
}
