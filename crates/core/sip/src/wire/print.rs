//! A message to bytes.

use std::fmt;
use std::io::Write;

use bytes::Bytes;

use crate::header::Headers;
use crate::message::Message;

/// Writes a message: its fields in order under their long names, Content-Length last.
pub fn print(message: &Message) -> Bytes {
    match message {
        Message::Request(request) => {
            let start = format_args!("{} {} SIP/2.0", request.method(), request.uri());
            write(start, message.headers(), message.body())
        }
        Message::Response(response) => {
            let start = format_args!("SIP/2.0 {} {}", response.status(), response.reason());
            write(start, message.headers(), message.body())
        }
    }
}

pub(super) fn write(start: fmt::Arguments<'_>, headers: &Headers, body: &[u8]) -> Bytes {
    let fields: usize = headers
        .iter()
        .map(|field| field.name().as_str().len() + field.value().len() + 4)
        .sum();
    let mut out = Vec::with_capacity(START_LINE + fields + body.len());
    write!(out, "{start}").expect("a Vec takes everything");
    // A method or number made by hand may hold anything; it must not begin a line of its own.
    for b in out.iter_mut().filter(|b| b.is_ascii_control()) {
        *b = b' ';
    }
    out.extend_from_slice(b"\r\n");
    for field in headers.iter() {
        out.extend_from_slice(field.name().as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(field.value());
        out.extend_from_slice(b"\r\n");
    }
    write!(out, "Content-Length: {}\r\n\r\n", body.len()).expect("a Vec takes everything");
    out.extend_from_slice(body);
    out.into()
}

/// Room set aside for the start line and Content-Length.
const START_LINE: usize = 256;
