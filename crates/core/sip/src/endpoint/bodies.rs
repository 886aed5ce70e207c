//! Bodies of several parts, and bodies that may be passed over (RFC 3261 §8.2.3, RFC 5621).
//!
//! What is said of a session may come in `multipart/mixed` beside other things: ISUP of a carrier
//! (SIP-I, RFC 3204), the place of whoever calls for help (RFC 6442). A message is left with the one
//! part that concerns us before anybody looks at it. A body that its sender calls optional, and that
//! nobody here reads, is as good as none.
//!
//! RFC 3204 §4 takes a part that says nothing about it as required. Phones that send their place say
//! nothing about it, and a call for help that is refused helps nobody: of several parts beside a
//! description only one that says `handling=required` in so many words must be understood.

use bytes::Bytes;

use super::respond::{KEYS, PLAIN, SDP};
use crate::header::scan::cut;
use crate::header::{ContentType, Headers, Name, Params, TypedHeader};
use crate::message::{Message, Method};

/// The same message with the body that concerns us, or with none; unchanged when there is nothing to
/// choose, or when something in it must be understood and is not: that is refused further on.
pub(super) fn unwrapped(message: Message) -> Message {
    if !BEARERS.contains(&message.cseq().method) {
        return message;
    }
    let body = match reading(message.headers(), message.body()) {
        Reading::Kept => return message,
        Reading::Session(body) => body,
        Reading::Passed => Bytes::new(),
    };
    match message {
        Message::Request(mut request) => {
            DESCRIBERS.iter().for_each(|name| request.remove(name));
            request.with_body(SDP, body).into()
        }
        Message::Response(mut response) => {
            DESCRIBERS.iter().for_each(|name| response.remove(name));
            response.with_body(SDP, body).into()
        }
    }
}

/// What a body comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    /// It is what it says it is.
    Kept,
    /// It holds this description of a session.
    Session(Bytes),
    /// Nothing in it has to be read.
    Passed,
}

fn reading(headers: &Headers, body: &Bytes) -> Reading {
    if body.is_empty() {
        return Reading::Kept;
    }
    // Most bodies are this, and nothing more has to be known of them.
    let kind = headers.text(&Name::ContentType);
    if kind.as_ref().is_none_or(|kind| kind.trim() == SDP) {
        return Reading::Kept;
    }
    let text = |name| headers.text(&name).map(|text| text.into_owned());
    let part = Part {
        kind: headers.typed(),
        disposition: Disposition::of(text(Name::ContentDisposition).as_deref()),
        is_plain: is_plain(text(Name::ContentEncoding).as_deref()),
        body: body.clone(),
    };
    match &part.kind {
        Some(kind) if kind.main == "multipart" && part.is_plain => part.inside(0),
        Some(_) if part.is_known() => Reading::Kept,
        _ if part.disposition.is_optional() => Reading::Passed,
        _ => Reading::Kept,
    }
}

/// A body, or one part of it.
struct Part {
    /// `None` when it says nothing of it, or nothing that can be read.
    kind: Option<ContentType>,
    disposition: Disposition,
    /// It is packed in no way.
    is_plain: bool,
    body: Bytes,
}

/// What is to be done with a part (RFC 3261 §20.11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Disposition {
    /// `session`, `render` …, in lower case.
    kind: Option<String>,
    /// `optional`, `required`, in lower case.
    handling: Option<String>,
}

impl Part {
    /// Whether somebody here reads it.
    fn is_known(&self) -> bool {
        let kind = |known: &&str| self.kind.as_ref().is_some_and(|kind| kind.is(known));
        self.is_plain && (kind(&SDP) || KEYS.iter().any(kind))
    }

    /// Whether it describes the session that is asked for, and not another one (RFC 3959).
    fn is_session(&self) -> bool {
        let meant = self.disposition.kind.as_deref();
        let is_sdp = self.kind.as_ref().is_some_and(|kind| kind.is(SDP));
        self.is_plain && is_sdp && meant.is_none_or(|kind| kind == "session")
    }

    /// What a body of several parts comes to, itself inside of so many others.
    fn inside(&self, depth: usize) -> Reading {
        let boundary = self.kind.as_ref().and_then(|k| k.params.value("boundary"));
        let Some(boundary) = boundary.filter(|text| (1..=MAX_BOUNDARY).contains(&text.len()))
        else {
            return Reading::Kept;
        };
        let (mut session, mut is_refused, mut others) = (None, false, false);
        for part in split(&self.body, boundary) {
            let part = Self::read(&part);
            let is_nested = part.kind.as_ref().is_some_and(|k| k.main == "multipart");
            let found = match is_nested && part.is_plain && depth + 1 < MAX_DEPTH {
                true => part.inside(depth + 1),
                false if part.is_session() => Reading::Session(part.body.clone()),
                false => Reading::Kept,
            };
            match found {
                Reading::Session(body) => session = session.or(Some(body)),
                Reading::Passed => {}
                Reading::Kept => {
                    is_refused |= part.disposition.is_required();
                    others |= !part.disposition.is_optional();
                }
            }
        }
        match session {
            _ if is_refused => Reading::Kept,
            Some(body) => Reading::Session(body),
            None if others && !self.disposition.is_optional() => Reading::Kept,
            None => Reading::Passed,
        }
    }

    /// One part with the fields before it (RFC 2046 §5.1); a field that cannot be read says nothing.
    fn read(bytes: &Bytes) -> Self {
        let (mut at, mut fields) = (0, Vec::<(String, String)>::new());
        while let Some(line) = bytes.get(at..).and_then(first_line) {
            at += line.len();
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end();
            if text.is_empty() {
                break;
            }
            match (text.starts_with([' ', '\t']), fields.last_mut()) {
                (true, Some((_, value))) => value.push_str(text),
                _ => {
                    let (name, value) = text.split_once(':').unwrap_or((text, ""));
                    fields.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        let field = |name: &str| {
            let mut fields = fields.iter();
            let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            Some(found.1.as_str())
        };
        let transfer = field("Content-Transfer-Encoding").unwrap_or("binary");
        let is_direct = DIRECT.iter().any(|way| transfer.eq_ignore_ascii_case(way));
        Self {
            kind: field("Content-Type").and_then(|text| ContentType::read(text).ok()),
            disposition: Disposition::of(field("Content-Disposition")),
            is_plain: is_direct && is_plain(field("Content-Encoding")),
            body: bytes.slice(at.min(bytes.len())..),
        }
    }
}

impl Disposition {
    fn of(text: Option<&str>) -> Self {
        let Some(text) = text else {
            return Self::default();
        };
        let (kind, params) = cut(text, b';');
        let params = Params::read(params.unwrap_or_default()).unwrap_or_default();
        Self {
            kind: Some(kind.trim().to_ascii_lowercase()),
            handling: params.value("handling").map(str::to_ascii_lowercase),
        }
    }

    fn is_optional(&self) -> bool {
        self.handling.as_deref() == Some("optional")
    }

    fn is_required(&self) -> bool {
        self.handling.as_deref() == Some("required")
    }
}

/// The parts between delimiter lines, at most [`MAX_PARTS`]; each line is looked at once. A last part
/// whose closing line is missing counts.
fn split(body: &Bytes, boundary: &str) -> Vec<Bytes> {
    let (mut at, mut begun, mut parts) = (0, None, Vec::new());
    while parts.len() < MAX_PARTS {
        let line = body.get(at..).and_then(first_line);
        let delimiter = line.map_or(Some(Delimiter::Last), |line| Delimiter::of(line, boundary));
        if let (Some(_), Some(from)) = (delimiter, begun) {
            parts.push(body.slice(from..content_end(body, from, at)));
            begun = None;
        }
        let Some(line) = line else { break };
        at += line.len();
        match delimiter {
            Some(Delimiter::Last) => break,
            Some(Delimiter::Next) => begun = Some(at),
            None => {}
        }
    }
    parts
}

/// A line between two parts (RFC 2046 §5.1.1).
#[derive(Clone, Copy)]
enum Delimiter {
    Next,
    Last,
}

impl Delimiter {
    fn of(line: &[u8], boundary: &str) -> Option<Self> {
        let rest = line
            .strip_prefix(b"--")?
            .strip_prefix(boundary.as_bytes())?;
        match rest.trim_ascii() {
            b"" => Some(Self::Next),
            b"--" => Some(Self::Last),
            _ => None,
        }
    }
}

/// The line break before a delimiter is the delimiter's (RFC 2046 §5.1.1).
fn content_end(body: &[u8], from: usize, delimiter: usize) -> usize {
    let part = &body[from..delimiter];
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    let part = part.strip_suffix(b"\r").unwrap_or(part);
    from + part.len()
}

/// The first line with its end; `None` of nothing.
fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    bytes.get(..end).filter(|line| !line.is_empty())
}

fn is_plain(coding: Option<&str>) -> bool {
    coding.is_none_or(|coding| coding.trim().eq_ignore_ascii_case(PLAIN))
}

/// The methods that may bring a description, or what may be passed over.
const BEARERS: [Method; 5] = [
    Method::Invite,
    Method::Ack,
    Method::Prack,
    Method::Update,
    Method::Info,
];

/// The fields that tell of the body that was, beside its type.
const DESCRIBERS: [Name; 2] = [Name::ContentDisposition, Name::ContentEncoding];

/// Ways of transfer that change no byte (RFC 2045 §6.2).
const DIRECT: [&str; 3] = ["binary", "8bit", "7bit"];

/// The longest boundary (RFC 2046 §5.1.1).
const MAX_BOUNDARY: usize = 70;

/// Most parts that are looked at: a description, ISUP, a place, and whatever else.
const MAX_PARTS: usize = 16;

/// How deep parts may hold parts of their own (RFC 5621 §3.1).
const MAX_DEPTH: usize = 3;

#[cfg(test)]
mod tests;
