//! One whole message to a [`Message`], with every check that needs no memory of other messages.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use memchr::{memchr2, memrchr};

use super::index::Index;
use super::malformed::{Fault, Malformed, TOO_LARGE};
use super::{MAX_HEADERS, MAX_MESSAGE};
use crate::header::plain;
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
    let start = read_start(index.start())?;
    let rest = check_rest(index)?;
    if let Start::Request(method, _) = &start
        && rest.cseq.method != *method
    {
        return Err(Fault::bad("CSeq names another method"));
    }
    Ok(Checked { start, rest })
}

fn read_start(line: &[u8]) -> Result<Start, Fault> {
    if let Some((method, uri)) = plain_request_line(line) {
        return Ok(Start::Request(method, uri));
    }
    let line = std::str::from_utf8(line).map_err(|_| Fault::bad("the start line is not UTF-8"))?;
    if is_sip(line) {
        return read_status_line(line);
    }
    read_request_line(line).map(|(method, uri)| Start::Request(method, uri))
}

fn is_sip(text: &str) -> bool {
    let start = text.as_bytes().get(..4);
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
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

    fn mandatory(&self, name: &Name, missing: &'static str) -> Result<usize, Fault> {
        self.place(name).ok_or_else(|| Fault::bad(missing))
    }

    fn place(&self, name: &Name) -> Option<usize> {
        let place = *self.places.get(name.number().place())?;
        (place != NOWHERE).then_some(usize::from(place))
    }
}

/// No place: there are [`MAX_HEADERS`] at most.
const NOWHERE: u16 = u16::MAX;

/// A request line in its commonest form.
fn plain_request_line(line: &[u8]) -> Option<(Method, Range<usize>)> {
    let blank = line.iter().take(LONGEST_METHOD).position(|b| *b == b' ')?;
    let method = Method::known(&line[..blank])?;
    let uri = blank + 1..blank + 1 + plain::uri_before_blank(&line[blank + 1..])?;
    (&line[uri.end + 1..] == b"SIP/2.0").then_some((method, uri))
}

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

fn check_rest(index: &Index) -> Result<Rest, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let headers = &index.fields;
    let firsts = Firsts::of(headers)?;
    let via = firsts.mandatory(&Name::Via, "Via is missing")?;
    let via_is_plain = plain::is_via(headers.value_at(via));
    if !via_is_plain {
        check_first_via(&headers.text_at(via))?;
    }
    check_address::<From>(headers, firsts.mandatory(&Name::From, "From is missing")?)?;
    check_address::<To>(headers, firsts.mandatory(&Name::To, "To is missing")?)?;
    let call_id = firsts.mandatory(&Name::CallId, "Call-ID is missing")?;
    check_call_id(headers.value_at(call_id))?;
    let cseq = firsts.mandatory(&Name::CSeq, "CSeq is missing")?;
    let cseq = match plain::cseq(headers.value_at(cseq)) {
        Some(cseq) => cseq,
        None => CSeq::read(&headers.text_at(cseq))?,
    };
    if let Some(at) = firsts.place(&Name::MaxForwards)
        && plain::number(headers.value_at(at), u32::from(u8::MAX)).is_none()
    {
        MaxForwards::read(&headers.text_at(at))?;
    }
    let length = content_length(index, &firsts)?;
    let has_lists = check_lists(headers, via, via_is_plain)?;
    let whole = headers.wire().len();
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

fn content_length(index: &Index, firsts: &Firsts) -> Result<Option<usize>, Fault> {
    let Some(at) = firsts
        .place(&Name::ContentLength)
        .filter(|_| !firsts.lengths)
    else {
        return index.content_length();
    };
    let headers = &index.fields;
    if let Some(length) = plain::number(headers.value_at(at), u32::MAX) {
        return Ok(usize::try_from(length).ok());
    }
    Ok(Some(ContentLength::read(&headers.text_at(at))?.0))
}

fn check_address<T: TypedHeader>(headers: &Headers, at: usize) -> Result<(), BadValue> {
    if plain::is_address(headers.value_at(at)) {
        return Ok(());
    }
    T::check(&headers.text_at(at))
}

/// Reads through the lists that routing rests on. The answer is whether they must be taken apart,
/// so that the topmost value is the first field.
fn check_lists(headers: &Headers, via: usize, via_is_plain: bool) -> Result<bool, Fault> {
    let (mut count, mut apart) = (0, false);
    for (at, number) in headers.numbers().enumerate() {
        if LISTS.contains(&number) {
            let is_via = number == Name::Via.number();
            let value = headers.value_at(at);
            let plain = match at {
                _ if at == via => via_is_plain,
                _ if is_via => plain::is_via(value),
                _ => plain::is_address(value),
            };
            if plain {
                count += 1;
            } else {
                let check = match number {
                    _ if is_via => Via::check,
                    _ if number == Name::Contact.number() => Contact::check,
                    _ => Route::check,
                };
                let text = headers.text_at(at);
                let folded = matches!(text, Cow::Owned(_));
                // The topmost Via was read already.
                let values = check_list((&text, folded), check, usize::from(at == via))?;
                count += values.number;
                apart |= !values.alone;
            }
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

fn check_call_id(value: &[u8]) -> Result<(), Fault> {
    if value.is_empty() || memchr2(b' ', b'\t', value).is_some() {
        return Err(Fault::bad("Call-ID is not one word"));
    }
    Ok(())
}

/// Length of the longest method we know, and the blank behind it.
const LONGEST_METHOD: usize = 10;

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
