//! One whole message to a [`Message`], with every check that needs no memory of other messages.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use memchr::{memchr2, memrchr};

use super::index::Index;
use super::malformed::{Fault, Malformed, TOO_LARGE};
use super::{MAX_HEADERS, MAX_MESSAGE};
use crate::header::scan::{split_at, split_list};
use crate::header::{
    BadValue, CSeq, Contact, ContentLength, From, Headers, MaxForwards, Name, Number, Route, To,
    TypedHeader, Via, ViaText,
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
    firsts: Firsts,
}

impl Checked {
    fn message(self, index: Index) -> Message {
        let Rest {
            cseq,
            body,
            has_lists,
            firsts,
        } = self.rest;
        let body = index.fields.wire().slice(body);
        let mut headers = index.fields;
        // It is computed when the message is written.
        match firsts.place(&Name::ContentLength) {
            Some(at) if !firsts.lengths => headers.remove_at(at),
            _ => headers.remove(&Name::ContentLength),
        }
        if has_lists {
            headers.take_apart(|name| LISTS.contains(&name.number()));
        }
        let parts = Parts::from_wire(headers, cseq, body);
        match self.start {
            Start::Request(method, uri) => Request::from_wire(method, uri, parts).into(),
            Start::Response(status, reason) => Response::from_wire(status, reason, parts).into(),
        }
    }
}

fn check(index: &Index) -> Result<Checked, Fault> {
    let wire = index.fields.wire();
    if wire.len() > MAX_MESSAGE {
        return Err(TOO_LARGE);
    }
    let start = std::str::from_utf8(index.start())
        .map_err(|_| Fault::bad("the start line is not UTF-8"))?;
    let fields = Fields {
        headers: &index.fields,
        head: std::str::from_utf8(&wire[..index.body]).ok(),
    };
    if is_sip(start) {
        let start = read_status_line(start)?;
        let rest = check_rest(index, fields)?;
        return Ok(Checked { start, rest });
    }
    let (method, uri) = read_request_line(start)?;
    let rest = check_rest(index, fields)?;
    if rest.cseq.method != method {
        return Err(Fault::bad("CSeq names another method"));
    }
    let start = Start::Request(method, uri);
    Ok(Checked { start, rest })
}

fn is_sip(text: &str) -> bool {
    let start = text.as_bytes().get(..4);
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
}

/// The fields of a message and their text.
#[derive(Clone, Copy)]
struct Fields<'a> {
    headers: &'a Headers,
    /// The head of the message, if all of it is UTF-8.
    head: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn text(self, at: usize) -> Cow<'a, str> {
        self.headers.text_at(at, self.head)
    }

    fn mandatory(
        self,
        firsts: &Firsts,
        name: &Name,
        missing: &'static str,
    ) -> Result<Cow<'a, str>, Fault> {
        let at = firsts.place(name).ok_or_else(|| Fault::bad(missing))?;
        Ok(self.text(at))
    }
}

/// Where the first field of each known name stands.
struct Firsts {
    /// By the number of the name.
    places: [u16; Number::KNOWN],
    /// Whether there are several Content-Length.
    lengths: bool,
}

impl Firsts {
    fn of(headers: &Headers) -> Result<Self, Fault> {
        let (mut places, mut lengths) = ([NOWHERE; Number::KNOWN], false);
        for (at, number) in (0..NOWHERE).zip(headers.numbers()) {
            let Some(place) = places.get_mut(number.place()) else {
                continue;
            };
            if *place == NOWHERE {
                *place = at;
                continue;
            }
            if SINGLE.contains(&number) {
                return Err(Fault::bad("a header that may come once came twice"));
            }
            lengths |= number == Name::ContentLength.number();
        }
        Ok(Self { places, lengths })
    }

    fn place(&self, name: &Name) -> Option<usize> {
        let place = *self.places.get(name.number().place())?;
        (place != NOWHERE).then_some(usize::from(place))
    }
}

/// No place: there are [`MAX_HEADERS`] at most.
const NOWHERE: u16 = u16::MAX;

/// RFC 3261 §7.1: one space between the three, none elsewhere.
fn read_request_line(line: &str) -> Result<(Method, Range<usize>), Fault> {
    const SHAPE: Fault = Fault::bad("not a request line");
    let (method, rest) = split_at(line, b' ').ok_or(SHAPE)?;
    let blank = memrchr(b' ', rest.as_bytes()).ok_or(SHAPE)?;
    let (uri, version) = (&rest[..blank], &rest[blank + 1..]);
    let method = Method::read(method).ok_or(SHAPE)?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(if is_sip(version) {
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

fn check_rest(index: &Index, fields: Fields<'_>) -> Result<Rest, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let firsts = Firsts::of(fields.headers)?;
    check_first_via(&fields.mandatory(&firsts, &Name::Via, "Via is missing")?)?;
    From::check(&fields.mandatory(&firsts, &Name::From, "From is missing")?)?;
    To::check(&fields.mandatory(&firsts, &Name::To, "To is missing")?)?;
    check_call_id(&fields.mandatory(&firsts, &Name::CallId, "Call-ID is missing")?)?;
    let cseq = CSeq::read(&fields.mandatory(&firsts, &Name::CSeq, "CSeq is missing")?)?;
    if let Some(at) = firsts.place(&Name::MaxForwards) {
        MaxForwards::read(&fields.text(at))?;
    }
    let length = match firsts.place(&Name::ContentLength) {
        Some(at) if !firsts.lengths => Some(ContentLength::read(&fields.text(at))?.0),
        _ => index.content_length()?,
    };
    let has_lists = check_lists(fields)?;
    let whole = fields.headers.wire().len();
    let body = match length {
        None => index.body..whole,
        Some(length) if length <= whole - index.body => index.body..index.body + length,
        Some(_) => return Err(Fault::bad("the body is shorter than Content-Length")),
    };
    Ok(Rest {
        cseq,
        body,
        has_lists,
        firsts,
    })
}

/// Reads through the lists that routing rests on. The answer is whether they must be taken apart,
/// so that the topmost value is the first field.
fn check_lists(fields: Fields<'_>) -> Result<bool, Fault> {
    let (mut count, mut apart, mut via_read) = (0, false, false);
    for (at, number) in fields.headers.numbers().enumerate() {
        if LISTS.contains(&number) {
            // The topmost Via was read already.
            let is_via = number == Name::Via.number();
            let read = usize::from(is_via && !via_read);
            via_read |= is_via;
            let check = match number {
                _ if is_via => Via::check,
                _ if number == Name::Contact.number() => Contact::check,
                _ => Route::check,
            };
            let text = fields.text(at);
            let folded = matches!(text, Cow::Owned(_));
            let values = check_list((&text, folded), check, read)?;
            count += values.number;
            apart |= !values.alone;
        } else if number != Name::ContentLength.number() {
            count += 1;
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

/// Reads through a list of which the first `read` values are known to be good. A folded one was put
/// together, so that no part of it is a field already.
fn check_list(
    (text, folded): (&str, bool),
    check: fn(&str) -> Result<(), BadValue>,
    read: usize,
) -> Result<Values, Fault> {
    let (mut number, mut alone) = (0, false);
    for element in split_list(text) {
        if number >= read {
            check(element)?;
        }
        number += 1;
        alone = element.len() == text.len();
    }
    alone &= number == 1 && !folded;
    Ok(Values { number, alone })
}

fn check_first_via(text: &str) -> Result<(), Fault> {
    let first = split_list(text).next().ok_or(Fault::bad("Via is empty"))?;
    let via = ViaText::read_ours(first)?;
    if via.branch().eq_ignore_ascii_case(Via::COOKIE) {
        return Err(Fault::bad("the branch of Via identifies nothing"));
    }
    Ok(())
}

fn check_call_id(text: &str) -> Result<(), Fault> {
    if text.is_empty() || memchr2(b' ', b'\t', text.as_bytes()).is_some() {
        return Err(Fault::bad("Call-ID is not one word"));
    }
    Ok(())
}

/// The lists whose values become fields of their own.
const LISTS: [Number; 4] = [
    Name::Via.number(),
    Name::Contact.number(),
    Name::Route.number(),
    Name::RecordRoute.number(),
];

/// Headers with one value and nothing that could join two (RFC 3261 §7.3.1); Content-Length has a
/// rule of its own.
const SINGLE: [Number; 12] = [
    Name::CallId.number(),
    Name::ContentType.number(),
    Name::CSeq.number(),
    Name::Event.number(),
    Name::Expires.number(),
    Name::From.number(),
    Name::MaxForwards.number(),
    Name::MinExpires.number(),
    Name::ReferTo.number(),
    Name::Replaces.number(),
    Name::SubscriptionState.number(),
    Name::To.number(),
];
