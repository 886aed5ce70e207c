//! Where the start line, the header fields and the body of a message stand.

use bytes::Bytes;
use memchr::memchr;

use super::malformed::Fault;
use super::{MAX_HEADERS, MAX_LINE};
use crate::header::{ContentLength, Headers, Line, NAMED, Name, Number, TypedHeader};
use crate::message::StatusCode;

/// A message taken apart, its values not yet read.
#[derive(Debug)]
pub(super) struct Index {
    /// Length of the request line or status line, with which the message begins.
    start: usize,
    /// The header fields in order, unfolded; Content-Length among them.
    pub(super) fields: Headers,
    /// Where the body begins.
    pub(super) body: usize,
    /// What is wrong with the head; `fields` then holds what could be read around it.
    pub(super) fault: Option<Fault>,
}

/// Where the head ends, its empty line included, looking from `from` on. `None` when it does not.
pub(super) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    find_ending(bytes, from, b"\r\n\r\n")
}

/// Where the first `ending`, which ends in LF, is over; looking for that LF from `from` on.
fn find_ending(bytes: &[u8], from: usize, ending: &[u8]) -> Option<usize> {
    let mut at = from;
    loop {
        let found = memchr(b'\n', bytes.get(at..)?)?;
        at += found + 1;
        if bytes[..at].ends_with(ending) {
            return Some(at);
        }
    }
}

impl Index {
    /// Indexes a message that begins at its start line. A message whose head does not end is one
    /// fault more.
    pub(super) fn of(bytes: &Bytes) -> Self {
        let mut lines = Lines {
            bytes,
            at: 0,
            line_start: 0,
        };
        let start = lines.next().unwrap_or_default();
        let mut index = Self {
            start: start.len(),
            fields: Headers::of_wire(bytes.clone(), USUAL_FIELDS),
            body: bytes.len(),
            fault: check_start(start).err(),
        };
        let mut open = true;
        loop {
            if index.fields.len() < MAX_HEADERS
                && let Some(next) = index.take_plain(bytes, lines.at)
            {
                lines.at = next;
                continue;
            }
            let Some(line) = lines.next() else {
                break;
            };
            if line.is_empty() {
                (index.body, open) = (lines.at, false);
                break;
            }
            if index.fields.len() == MAX_HEADERS {
                index.note(Fault::bad("too many header fields"));
                let end = head_end(bytes, lines.at);
                (index.body, open) = (end.unwrap_or(bytes.len()), end.is_none());
                break;
            }
            if let Err(fault) = index.take_field(lines.line_start, line) {
                index.note(fault);
            }
        }
        if open {
            index.note(Fault::bad("the header fields have no end"));
        }
        index
    }

    /// The request line or status line.
    pub(super) fn start(&self) -> &[u8] {
        &self.fields.wire()[..self.start]
    }

    /// What Content-Length says. Several that agree are one; several that do not are how two
    /// readers are made to see two different messages.
    pub(super) fn content_length(&self) -> Result<Option<usize>, Fault> {
        let mut length = None;
        for field in self.fields.fields(&Name::ContentLength) {
            let ContentLength(found) = ContentLength::read(&field.text())?;
            if length.is_some_and(|known| known != found) {
                return Err(Fault::bad("several Content-Length disagree"));
            }
            length = Some(found);
        }
        Ok(length)
    }

    /// The first field of that name.
    pub(super) fn field(&self, name: &Name) -> Option<Line<'_>> {
        self.fields.fields(name).next()
    }

    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// Takes the line that begins at `at` as a field, if it is as most lines are: a short name, a
    /// colon, a value without control characters, CRLF, and no continuation. Says where the next
    /// line begins; every other line is left to [`Index::take_field`].
    fn take_plain(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let line = bytes.get(at..)?;
        let short;
        let beginning = match line.first_chunk() {
            Some(beginning) => beginning,
            None => {
                short = padded(line);
                &short
            }
        };
        let colon = find_colon(beginning)?;
        let (name, lead) = Number::of_line(beginning, colon);
        let start = match lead {
            0 => colon + 1 + usize::from(beginning[colon + 1] == b' '),
            lead => usize::from(lead),
        };
        let value = line.get(start..)?;
        let len = find_control(value)?;
        let (value, behind) = value.split_at(len);
        let [b'\r', b'\n', next, ..] = behind else {
            return None;
        };
        let trimmed = value.first() != Some(&b' ') && value.last() != Some(&b' ');
        if blank(*next) || !trimmed || len > MAX_LINE - NAMED {
            return None;
        }
        if name == Number::OTHER {
            let name = Name::other(&beginning[..colon])?;
            self.fields.push_other(name, lead, at + start, len);
        } else {
            self.fields.push_known(name, lead, at + start, len);
        }
        Some(at + start + len + 2)
    }

    /// Takes a line that begins at `start` of the message as a field.
    fn take_field(&mut self, start: usize, line: &[u8]) -> Result<(), Fault> {
        if line.len() > MAX_LINE {
            return Err(Fault::bad("a header field is too long"));
        }
        let colon = memchr(b':', line).ok_or(Fault::bad("a header field has no colon"))?;
        let name = std::str::from_utf8(&line[..colon])
            .ok()
            .and_then(|text| Name::read(text.trim_end_matches([' ', '\t'])))
            .ok_or(Fault::bad("a header name is not a token"))?;
        let after = &line[colon + 1..];
        let value = trimmed_start(after);
        let start = start + colon + 1 + (after.len() - value.len());
        let value = trimmed_end(value);
        if has_controls(value) {
            if value.contains(&b'\r') {
                let value = unfolded(value);
                check_controls(&value)?;
                self.fields.push_bytes(name, &value);
                return Ok(());
            }
            check_controls(value)?;
        }
        self.fields.push_found(name, start, value.len());
        Ok(())
    }
}

/// Logical lines: a line and the continuation lines behind it (RFC 3261 §7.3.1), without the final
/// CRLF.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the line that was given last begins.
    line_start: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            return None;
        }
        let mut searched = 0;
        let (len, skip) = loop {
            match find_ending(rest, searched, b"\r\n") {
                None => break (rest.len(), 0),
                Some(next) => {
                    let end = next - 2;
                    // A blank line ends the head even when the body begins with a space.
                    let folded = matches!(rest.get(next), Some(b' ' | b'\t')) && end > 0;
                    if !folded {
                        break (end, 2);
                    }
                    searched = next;
                }
            }
        };
        self.line_start = self.at;
        self.at += len + skip;
        Some(&rest[..len])
    }
}

fn check_start(line: &[u8]) -> Result<(), Fault> {
    if line.len() > MAX_LINE {
        return Err(Fault::new(
            StatusCode::REQUEST_URI_TOO_LONG,
            "the start line is too long",
        ));
    }
    if has_controls(line) {
        return Err(Fault::bad("a control character in the start line"));
    }
    Ok(())
}

/// Every line break with the blanks round it becomes one space. A lone CR or LF stays, to be
/// refused.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(next) = find_ending(rest, 0, b"\r\n") {
        out.extend_from_slice(trimmed_end(&rest[..next - 2]));
        out.extend_from_slice(b" ");
        rest = trimmed(&rest[next..]);
    }
    out.extend_from_slice(rest);
    // A value that begins on its second line, or ends in an empty one.
    trimmed(&out).to_vec()
}

/// Where the first control character stands. Many bytes are looked at at once.
fn find_control(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut rest) = (0, bytes);
    while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>()
        && !has_controls(block)
    {
        (at, rest) = (at + BLOCK, behind);
    }
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let low = word.wrapping_sub(0x20 * ONES) & !word;
        let del = word ^ (0x7f * ONES);
        let found = (low | (del.wrapping_sub(ONES) & !del)) & HIGH;
        if found != 0 {
            return Some(at + first_of(found));
        }
        (at, rest) = (at + 8, behind);
    }
    let last = rest.iter().position(u8::is_ascii_control)?;
    Some(at + last)
}

/// Less than [`NAMED`] bytes, noughts behind them.
fn padded(line: &[u8]) -> [u8; NAMED] {
    let mut padded = [0; NAMED];
    padded[..line.len()].copy_from_slice(line);
    padded
}

/// Where the first colon stands, if nothing longer than the names we know stands before it.
fn find_colon(beginning: &[u8; NAMED]) -> Option<usize> {
    let (words, _) = beginning.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let colon = u64::from_le_bytes(*word) ^ (u64::from(b':') * ONES);
        let found = colon.wrapping_sub(ONES) & !colon & HIGH;
        if found != 0 {
            let colon = at * 8 + first_of(found);
            return (colon <= Number::LONGEST).then_some(colon);
        }
    }
    None
}

/// Which byte the lowest bit found belongs to.
fn first_of(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

// A byte below n borrows from its highest bit when n is taken off, and so does the byte above it: the
// lowest bit found is that of the first such byte.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = 0x80 * ONES;

/// Whether a control character stands anywhere. Every byte is looked at, so that many are at once.
fn has_controls(value: &[u8]) -> bool {
    value
        .iter()
        .fold(false, |found, b| found | (*b < b' ') | (*b == 0x7f))
}

/// Control characters may stand behind a backslash only, where RFC 3261 §25.1 has `quoted-pair`;
/// CR and LF not even there.
fn check_controls(value: &[u8]) -> Result<(), Fault> {
    let mut escaped = false;
    for b in value {
        let allowed = *b == b'\t' || (escaped && *b != b'\r' && *b != b'\n');
        if b.is_ascii_control() && !allowed {
            return Err(Fault::bad("a control character in a header field"));
        }
        escaped = !escaped && *b == b'\\';
    }
    Ok(())
}

fn blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// Without blanks at either end.
fn trimmed(value: &[u8]) -> &[u8] {
    trimmed_end(trimmed_start(value))
}

fn trimmed_start(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|b| !blank(*b)).unwrap_or(value.len());
    &value[start..]
}

fn trimmed_end(value: &[u8]) -> &[u8] {
    let end = value
        .iter()
        .rposition(|b| !blank(*b))
        .map_or(0, |at| at + 1);
    &value[..end]
}

/// Room set aside for the fields of a usual message.
const USUAL_FIELDS: usize = 24;
/// Bytes that are looked at at once.
const BLOCK: usize = 32;
