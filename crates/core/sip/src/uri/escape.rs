//! `%41`: escapes in URIs (RFC 3261 §19.1.2).

use std::fmt::Write;

use memchr::memchr_iter;

/// Whether every `%` is followed by two hexadecimal digits.
pub(super) fn well_formed(text: &str) -> bool {
    memchr_iter(b'%', text.as_bytes()).all(|at| {
        matches!(text.as_bytes().get(at + 1..at + 3), Some([a, b])
            if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
    })
}

/// Resolves escapes to bytes. `text` must be [`well_formed`]; a stray `%` stays.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        match (b, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two hexadecimal digits fit a byte.
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*b);
                at += 1;
            }
        }
    }
    out
}

/// Escapes every byte that is neither unreserved nor in `plain`.
pub(super) fn encode(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if unreserved(b) || plain.contains(&b) {
            out.push(char::from(b));
        } else {
            write!(out, "%{b:02X}").expect("writing to a String cannot fail");
        }
    }
    out
}

/// `unreserved` of RFC 3261 §25.1.
pub(super) fn unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b)
}
