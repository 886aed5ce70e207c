//! One header field: as it is to be written, and as it stands in a message.

use std::borrow::Cow;
use std::fmt;

use super::Name;

/// One header field to write. The value is unfolded and trimmed; it never holds CR, LF or NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub(super) name: Name,
    pub(super) value: String,
}

impl Field {
    /// A field to write. Control characters in `value` become spaces, so that no text from
    /// elsewhere can begin a header of its own.
    pub fn new(name: Name, value: &str) -> Self {
        let clean = |c: char| {
            if c.is_ascii_control() && c != '\t' {
                ' '
            } else {
                c
            }
        };
        let value = value.trim().chars().map(clean).collect();
        Self { name, value }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// One header field as it stands in a message. The value is unfolded and trimmed; it never holds
/// CR, LF or NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub(super) name: &'a Name,
    pub(super) value: &'a [u8],
}

impl<'a> Line<'a> {
    /// Its name.
    pub fn name(&self) -> &'a Name {
        self.name
    }

    /// Its value, byte for byte.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Its value as text; bytes that are not UTF-8 are replaced (RFC 3261 §7.3.1 wants UTF-8).
    pub fn text(&self) -> Cow<'a, str> {
        match std::str::from_utf8(self.value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.value),
        }
    }
}

/// What is written to it begins no header of its own: control characters become spaces.
pub(super) struct Clean<'a>(pub(super) &'a mut Vec<u8>);

impl fmt::Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        for b in &mut self.0[start..] {
            if b.is_ascii_control() && *b != b'\t' {
                *b = b' ';
            }
        }
        Ok(())
    }
}
