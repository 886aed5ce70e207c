//! One whole message to a [`Message`], with every check that needs no memory of other messages.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::index::Index;
use super::malformed::{Fault, Malformed, TOO_LARGE};
use super::{MAX_HEADERS, MAX_MESSAGE};
use crate::header::scan::split_list;
use crate::header::{
    CSeq, Contact, From, Headers, Line, MaxForwards, Name, RecordRoute, Route, To, TypedHeader,
    Via, ViaText,
};
use crate::message::{Message, Method, Parts, Request, Response, StatusCode};
use crate::uri::UriText;

/// Reads one message: a datagram, or what [`super::Framer`] cut out of a stream. Empty lines before
/// the start line and bytes after the body are left out (RFC 3261 §7.5, §18.3).
///
/// What every message rests on is read through here, so that nobody above meets a malformed one:
/// the start line, Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length, Contact, Route and
/// Record-Route. Values are made of it when somebody asks for them.
///
/// # Errors
/// [`Malformed`], with the status RFC 3261 asks for.
pub fn parse(bytes: &Bytes) -> Result<Message, Malformed> {
    let mut start = 0;
    while bytes[start..].starts_with(b"\r\n") {
        start += 2;
    }
    let index = Index::of(&bytes.slice(start..));
    match check(&index) {
        Ok(checked) => Ok(checked.message(index)),
        Err(fault) => Err(Malformed::new(fault, &index)),
    }
}

/// What was learned of a message while it was read through.
struct Checked {
    start: Start,
    rest: Rest,
}

enum Start {
    /// Its Request-URI stands there.
    Request(Method, Range<usize>),
    Response(StatusCode, Cow<'static, str>),
}

/// What stands behind the start line.
struct Rest {
    cseq: CSeq,
    body: Range<usize>,
    /// Whether a list holds anything but one value.
    has_lists: bool,
}

impl Checked {
    fn message(self, index: Index) -> Message {
        let Rest {
            cseq,
            body,
            has_lists,
        } = self.rest;
        let body = index.fields.wire().slice(body);
        let mut headers = index.fields;
        // It is computed when the message is written.
        headers.remove(&Name::ContentLength);
        if has_lists {
            headers.take_apart(is_routing_list);
        }
        let parts = Parts::from_wire(headers, cseq, body);
        match self.start {
            Start::Request(method, uri) => Request::from_wire(method, uri, parts).into(),
            Start::Response(status, reason) => Response::from_wire(status, reason, parts).into(),
        }
    }
}

fn check(index: &Index) -> Result<Checked, Fault> {
    if index.fields.wire().len() > MAX_MESSAGE {
        return Err(TOO_LARGE);
    }
    let start = std::str::from_utf8(index.start())
        .map_err(|_| Fault::bad("the start line is not UTF-8"))?;
    if start
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("SIP/"))
    {
        let start = read_status_line(start)?;
        let rest = check_rest(index)?;
        return Ok(Checked { start, rest });
    }
    let (method, uri) = read_request_line(start)?;
    let rest = check_rest(index)?;
    if rest.cseq.method != method {
        return Err(Fault::bad("CSeq names another method"));
    }
    let start = Start::Request(method, uri);
    Ok(Checked { start, rest })
}

/// RFC 3261 §7.1: one space between the three, none elsewhere.
fn read_request_line(line: &str) -> Result<(Method, Range<usize>), Fault> {
    const SHAPE: Fault = Fault::bad("not a request line");
    let (method, rest) = line.split_once(' ').ok_or(SHAPE)?;
    let (uri, version) = rest.rsplit_once(' ').ok_or(SHAPE)?;
    let method = Method::read(method).ok_or(SHAPE)?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        let other = version
            .get(..4)
            .is_some_and(|s| s.eq_ignore_ascii_case("SIP/"));
        return Err(if other {
            Fault::new(StatusCode::VERSION_NOT_SUPPORTED, "another SIP version")
        } else {
            SHAPE
        });
    }
    if UriText::read(uri)?.has_headers() {
        return Err(Fault::bad("a Request-URI holds headers"));
    }
    let start = method.as_str().len() + 1;
    Ok((method, start..start + uri.len()))
}

/// RFC 3261 §7.2; the phrase may be empty, and its space missing.
fn read_status_line(line: &str) -> Result<Start, Fault> {
    const SHAPE: Fault = Fault::bad("not a status line");
    let (version, rest) = line.split_once(' ').ok_or(SHAPE)?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(SHAPE);
    }
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SHAPE);
    }
    let status = code.parse().ok().and_then(StatusCode::new).ok_or(SHAPE)?;
    let reason = match status.reason() {
        ours if ours == reason => Cow::Borrowed(ours),
        _ => Cow::Owned(reason.to_owned()),
    };
    Ok(Start::Response(status, reason))
}

fn check_rest(index: &Index) -> Result<Rest, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let mut seen = 0;
    for field in index.fields.iter() {
        let bit = field.name().bit();
        if seen & bit & SINGLE != 0 {
            return Err(Fault::bad("a header that may come once came twice"));
        }
        seen |= bit;
    }
    check_first_via(index)?;
    From::check(&mandatory(index, &Name::From, "From is missing")?.text())?;
    To::check(&mandatory(index, &Name::To, "To is missing")?.text())?;
    check_call_id(index)?;
    let cseq = CSeq::read(&mandatory(index, &Name::CSeq, "CSeq is missing")?.text())?;
    if let Some(field) = index.field(&Name::MaxForwards) {
        MaxForwards::read(&field.text())?;
    }
    let length = index.content_length()?;
    let has_lists = check_lists(&index.fields)?;
    let whole = index.fields.wire().len();
    let body = match length {
        None => index.body..whole,
        Some(length) if length <= whole - index.body => index.body..index.body + length,
        Some(_) => return Err(Fault::bad("the body is shorter than Content-Length")),
    };
    Ok(Rest {
        cseq,
        body,
        has_lists,
    })
}

/// Reads through the lists that routing rests on. The answer is whether they must be taken apart,
/// so that the topmost value is the first field.
fn check_lists(headers: &Headers) -> Result<bool, Fault> {
    let (mut count, mut apart, mut via_read) = (0, false, false);
    for field in headers.iter() {
        match field.name() {
            Name::ContentLength => {}
            name if is_routing_list(name) => {
                // The topmost Via was read already.
                let read = usize::from(*name == Name::Via && !via_read);
                via_read |= *name == Name::Via;
                let values = check_list(field, read)?;
                count += values.number;
                apart |= !values.alone;
            }
            _ => count += 1,
        }
        // One place is that of Content-Length, which the writer adds.
        if count >= MAX_HEADERS {
            return Err(Fault::bad("too many header fields or list values"));
        }
    }
    Ok(apart)
}

/// What a list holds.
struct Values {
    number: usize,
    /// Whether its only value is all there is: then it is a field already.
    alone: bool,
}

/// Reads through a list of which the first `read` values are known to be good.
fn check_list(field: Line<'_>, read: usize) -> Result<Values, Fault> {
    let text = field.text();
    let (mut number, mut alone) = (0, false);
    for element in split_list(&text) {
        if number >= read {
            match field.name() {
                Name::Via => Via::check(element),
                Name::Contact => Contact::check(element),
                Name::Route => Route::check(element),
                _ => RecordRoute::check(element),
            }?;
        }
        number += 1;
        alone = element.len() == field.value().len();
    }
    alone &= number == 1;
    Ok(Values { number, alone })
}

/// The lists whose values become fields of their own.
fn is_routing_list(name: &Name) -> bool {
    matches!(
        name,
        Name::Via | Name::Contact | Name::Route | Name::RecordRoute
    )
}

fn check_first_via(index: &Index) -> Result<(), Fault> {
    let text = mandatory(index, &Name::Via, "Via is missing")?.text();
    let first = split_list(&text).next().ok_or(Fault::bad("Via is empty"))?;
    let via = ViaText::read_ours(first)?;
    if via.branch().eq_ignore_ascii_case(Via::COOKIE) {
        return Err(Fault::bad("the branch of Via identifies nothing"));
    }
    Ok(())
}

fn mandatory<'a>(index: &'a Index, name: &Name, missing: &'static str) -> Result<Line<'a>, Fault> {
    index.field(name).ok_or(Fault::bad(missing))
}

fn check_call_id(index: &Index) -> Result<(), Fault> {
    let text = mandatory(index, &Name::CallId, "Call-ID is missing")?.text();
    if text.is_empty() || text.contains([' ', '\t']) {
        return Err(Fault::bad("Call-ID is not one word"));
    }
    Ok(())
}

/// Headers with one value and nothing that could join two (RFC 3261 §7.3.1); Content-Length has a
/// rule of its own.
const SINGLE: u128 = Name::CallId.bit()
    | Name::ContentType.bit()
    | Name::CSeq.bit()
    | Name::Event.bit()
    | Name::Expires.bit()
    | Name::From.bit()
    | Name::MaxForwards.bit()
    | Name::MinExpires.bit()
    | Name::ReferTo.bit()
    | Name::Replaces.bit()
    | Name::SubscriptionState.bit()
    | Name::To.bit();
