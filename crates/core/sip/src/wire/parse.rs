//! One whole message to a [`Message`], with every check that needs no memory of other messages.

use bytes::Bytes;

use super::index::Index;
use super::malformed::{Fault, Malformed, TOO_LARGE};
use super::{MAX_HEADERS, MAX_MESSAGE};
use crate::header::scan::split_list;
use crate::header::{
    CSeq, Contact, Field, From, Headers, MaxForwards, Name, RecordRoute, Route, To, TypedHeader,
    Via,
};
use crate::message::{Essentials, Message, Method, Parts, Request, Response, StatusCode};
use crate::uri::Uri;

/// Reads one message: a datagram, or what [`super::Framer`] cut out of a stream. Empty lines before
/// the start line and bytes after the body are left out (RFC 3261 §7.5, §18.3).
///
/// # Errors
/// [`Malformed`], with the status RFC 3261 asks for.
pub fn parse(bytes: &Bytes) -> Result<Message, Malformed> {
    let mut start = 0;
    while bytes[start..].starts_with(b"\r\n") {
        start += 2;
    }
    let bytes = bytes.slice(start..);
    let mut index = Index::of(&bytes);
    read(&bytes, &mut index).map_err(|fault| {
        // What was taken out of the index is wanted again for the answer; this is rare.
        let index = Index::of(&bytes);
        Malformed::new(fault, &index)
    })
}

fn read(bytes: &Bytes, index: &mut Index) -> Result<Message, Fault> {
    if bytes.len() > MAX_MESSAGE {
        return Err(TOO_LARGE);
    }
    let line = index.start.clone();
    let start =
        std::str::from_utf8(&line).map_err(|_| Fault::bad("the start line is not UTF-8"))?;
    if start
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("SIP/"))
    {
        let (status, reason) = read_status_line(start)?;
        let parts = read_parts(bytes, index)?;
        return Ok(Response::from_wire(status, reason, parts).into());
    }
    let (method, uri) = read_request_line(start)?;
    let parts = read_parts(bytes, index)?;
    if parts.essentials.cseq.method != method {
        return Err(Fault::bad("CSeq names another method"));
    }
    Ok(Request::from_wire(method, uri, parts).into())
}

/// RFC 3261 §7.1: one space between the three, none elsewhere.
fn read_request_line(line: &str) -> Result<(Method, Uri), Fault> {
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
    let uri = Uri::read(uri)?;
    if uri.as_sip().is_some_and(|sip| !sip.headers().is_empty()) {
        return Err(Fault::bad("a Request-URI holds headers"));
    }
    Ok((method, uri))
}

/// RFC 3261 §7.2; the phrase may be empty, and its space missing.
fn read_status_line(line: &str) -> Result<(StatusCode, String), Fault> {
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
    Ok((status, reason.to_owned()))
}

fn read_parts(bytes: &Bytes, index: &mut Index) -> Result<Parts, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let mut seen = 0;
    for field in &index.fields {
        let bit = field.name().bit();
        if seen & bit & SINGLE != 0 {
            return Err(Fault::bad("a header that may come once came twice"));
        }
        seen |= bit;
    }
    let essentials = Essentials {
        via: first_via(index)?,
        from: mandatory::<From>(index, "From is missing")?.0,
        to: mandatory::<To>(index, "To is missing")?.0,
        call_id: call_id(index)?,
        cseq: mandatory::<CSeq>(index, "CSeq is missing")?,
    };
    if let Some(field) = index.field(&Name::MaxForwards) {
        MaxForwards::read(&field.text())?;
    }
    let length = index.content_length()?;
    let mut headers = Headers::with_capacity(index.fields.len() + SPARE);
    for field in index.fields.drain(..) {
        take(field, &mut headers)?;
        // One place is that of Content-Length, which the writer adds.
        if headers.len() >= MAX_HEADERS {
            return Err(Fault::bad("too many header fields or list values"));
        }
    }
    let body = match length {
        None => bytes.slice(index.body..),
        Some(length) if length <= bytes.len() - index.body => {
            bytes.slice(index.body..index.body + length)
        }
        Some(_) => return Err(Fault::bad("the body is shorter than Content-Length")),
    };
    Ok(Parts {
        essentials,
        headers,
        body,
    })
}

/// Keeps a field. Lists that routing rests on are read through and taken apart, so that the
/// topmost value is the first field.
fn take(field: Field, headers: &mut Headers) -> Result<(), Fault> {
    match field.name() {
        // The topmost Via was read already.
        Name::Via if !headers.has(&Name::Via) => take_list::<Via>(field, headers, 1),
        Name::Via => take_list::<Via>(field, headers, 0),
        Name::Contact => take_list::<Contact>(field, headers, 0),
        Name::Route => take_list::<Route>(field, headers, 0),
        Name::RecordRoute => take_list::<RecordRoute>(field, headers, 0),
        // It is computed when the message is written.
        Name::ContentLength => Ok(()),
        _ => {
            headers.push_field(field);
            Ok(())
        }
    }
}

/// Takes a list apart, of which the first `read` elements are known to be good.
fn take_list<T: TypedHeader>(
    field: Field,
    headers: &mut Headers,
    read: usize,
) -> Result<(), Fault> {
    let whole = field.value().clone();
    let text = String::from_utf8_lossy(&whole);
    for (at, element) in split_list(&text).enumerate() {
        if at >= read {
            T::read(element)?;
        }
        // Text that is not UTF-8 was replaced and is no slice of the message any more.
        let value = match text {
            std::borrow::Cow::Borrowed(_) => whole.slice_ref(element.as_bytes()),
            std::borrow::Cow::Owned(_) => Bytes::copy_from_slice(element.as_bytes()),
        };
        headers.push_field(Field::from_wire(field.name().clone(), value));
    }
    Ok(())
}

fn first_via(index: &Index) -> Result<Via, Fault> {
    let field = index
        .field(&Name::Via)
        .ok_or(Fault::bad("Via is missing"))?;
    let text = field.text();
    let first = split_list(&text).next().ok_or(Fault::bad("Via is empty"))?;
    let via = Via::read(first)?;
    if via.branch().eq_ignore_ascii_case(Via::COOKIE) {
        return Err(Fault::bad("the branch of Via identifies nothing"));
    }
    Ok(via)
}

fn mandatory<T: TypedHeader>(index: &Index, missing: &'static str) -> Result<T, Fault> {
    let field = index.field(&T::NAME).ok_or_else(|| Fault::bad(missing))?;
    Ok(T::read(&field.text())?)
}

fn call_id(index: &Index) -> Result<String, Fault> {
    let field = index
        .field(&Name::CallId)
        .ok_or(Fault::bad("Call-ID is missing"))?;
    let text = field.text();
    if text.is_empty() || text.contains([' ', '\t']) {
        return Err(Fault::bad("Call-ID is not one word"));
    }
    Ok(text.into_owned())
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

/// Room set aside for what a list holds beside its first value, and for what is added to an answer.
const SPARE: usize = 8;
