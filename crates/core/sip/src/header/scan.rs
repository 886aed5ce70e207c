//! The few scanning rules all headers share (RFC 3261 §25.1). Every function is linear.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use super::BadValue;

/// `token` characters of RFC 3261 §25.1.
pub(crate) const fn is_token_byte(b: u8) -> bool {
    TOKEN[b as usize]
}

/// Which bytes are [`is_token_byte`].
const TOKEN: [bool; 256] = bytes_of(b"-.!%*_+`'~");

/// Which bytes are letters, digits or one of `marks`.
pub(crate) const fn bytes_of(marks: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128 {
        table[b] = (b as u8).is_ascii_alphanumeric();
        b += 1;
    }
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
}

/// What `str::trim` does, at once where there is nothing to take away.
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Cuts at the first `separator`, which is ASCII, wherever it stands.
pub(crate) fn split_at(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = memchr(separator, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// Whether the whole text is one `token`.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Cuts at the first `separator` outside quotes and angle brackets.
pub(crate) fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    match find_outside(text, separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Where `wanted` stands outside quotes and angle brackets.
pub(crate) fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr3(wanted, b'"', b'<', &bytes[at..])?;
        if bytes[at] == wanted {
            return Some(at);
        }
        at = closed(bytes, at)?;
    }
}

/// Whether every quote and angle bracket of the text ends in it. One that does not would swallow
/// whatever is written behind it.
pub(crate) fn is_closed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(opens) = memchr2(b'"', b'<', &bytes[at..]) {
        match closed(bytes, at + opens) {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

/// What follows the quote or angle bracket that opens at `open`; `None` when it does not close.
fn closed(bytes: &[u8], open: usize) -> Option<usize> {
    let inside = open + 1;
    if bytes[open] == b'"' {
        return Some(inside + end_of_quoted(&bytes[inside..])? + 1);
    }
    // RFC 3261 §25.1: no quotes inside a URI; a stray one there hides nothing.
    Some(inside + memchr(b'>', &bytes[inside..])? + 1)
}

/// Where the quote stands that ends a quoted string, of which `bytes` begin behind the first one.
fn end_of_quoted(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        // What stands behind a backslash ends nothing, whatever it is.
        at += 2;
    }
}

/// The elements of a comma list, trimmed, empty ones left out (RFC 3261 §7.3.1).
pub(crate) fn split_list(text: &str) -> impl Iterator<Item = &str> {
    split(text, b',')
}

/// The pieces between `separator`s outside quotes and brackets, trimmed, empty ones left out.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        while let Some(text) = rest {
            let (piece, tail) = cut(text, separator);
            rest = tail;
            let piece = trim(piece);
            if !piece.is_empty() {
                return Some(piece);
            }
        }
        None
    })
}

/// Reads a quoted string at the start: its content without escapes, and what follows it.
pub(crate) fn quoted(text: &str) -> Result<(String, &str), BadValue> {
    let (content, rest) = quoted_text(text)?;
    Ok((unescaped(content).into_owned(), rest))
}

/// Finds a quoted string at the start: its content, escapes as they came, and what follows it.
pub(crate) fn quoted_text(text: &str) -> Result<(&str, &str), BadValue> {
    let inner = text
        .strip_prefix('"')
        .ok_or(BadValue("a quoted string begins with a quote"))?;
    let end = end_of_quoted(inner.as_bytes()).ok_or(BadValue("a quote is never closed"))?;
    Ok((&inner[..end], &inner[end + 1..]))
}

/// The content of a quoted string without its escapes.
pub(crate) fn unescaped(content: &str) -> Cow<'_, str> {
    if memchr(b'\\', content.as_bytes()).is_none() {
        return Cow::Borrowed(content);
    }
    let mut out = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Cow::Owned(out)
}

/// Writes a quoted string with its escapes.
pub(crate) fn write_quoted(out: &mut impl std::fmt::Write, text: &str) -> std::fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        if c == '"' || c == '\\' {
            out.write_char('\\')?;
        }
        out.write_char(if c.is_control() { ' ' } else { c })?;
    }
    out.write_char('"')
}

/// A decimal number without sign; `None` for anything else or when it does not fit.
pub(crate) fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A number of seconds as a peer writes it: what does not fit 32 bits is the largest that does
/// (RFC 3261 §20.19 ends there), blanks and comments after it are ignored, all else is `None`.
pub(crate) fn lenient_seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let clean = rest.is_empty() || rest.starts_with([' ', '\t', ';', '(']);
    (clean && !digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_do_not_split() {
        let text = r#""a, \"b" <sip:a,b@c>, <sip:d>;x=",", ,e"#;
        let parts: Vec<_> = split_list(text).collect();
        assert_eq!(parts, [r#""a, \"b" <sip:a,b@c>"#, r#"<sip:d>;x=",""#, "e"]);
    }

    #[test]
    fn quoted_strings_round_trip_and_must_close() {
        let mut out = String::new();
        write_quoted(&mut out, r#"a "b" \c"#).unwrap();
        assert_eq!(quoted(&out).unwrap(), (r#"a "b" \c"#.to_owned(), ""));
        assert!(quoted("\"abc").is_err());
        assert!(quoted("\"abc\\\"").is_err());
    }

    #[test]
    fn numbers_have_no_sign_and_a_range() {
        assert_eq!(number::<u16>("65535"), Some(65535));
        assert_eq!(number::<u16>("65536"), None);
        assert_eq!(number::<u16>("+1"), None);
        assert_eq!(number::<u16>(""), None);
    }
}
