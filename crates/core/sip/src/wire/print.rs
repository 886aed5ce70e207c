//! A message to bytes.

use std::fmt::{self, Write};

use bytes::Bytes;

use crate::header::Headers;
use crate::message::Message;

/// Writes a message: its fields in order under their long names, Content-Length last.
pub fn print(message: &Message) -> Bytes {
    let (headers, body) = (message.headers(), message.body());
    let mut out = room_for(headers, body.len());
    match message {
        Message::Request(request) => {
            out.extend_from_slice(request.method().as_str().as_bytes());
            write!(Text(&mut out), " {} SIP/2.0", request.uri())
        }
        Message::Response(response) => {
            let (status, reason) = (response.status(), response.reason());
            write!(Text(&mut out), "SIP/2.0 {status} {reason}")
        }
    }
    .expect("a Vec takes everything");
    write_rest(out, headers, body)
}

/// Writes a message of that start line.
pub(super) fn write(start: &str, headers: &Headers, body: &[u8]) -> Bytes {
    let mut out = room_for(headers, body.len());
    out.extend_from_slice(start.as_bytes());
    write_rest(out, headers, body)
}

fn room_for(headers: &Headers, body: usize) -> Vec<u8> {
    Vec::with_capacity(START_LINE + headers.written_len() + body)
}

/// Writes what stands behind the start line in `out`.
fn write_rest(mut out: Vec<u8>, headers: &Headers, body: &[u8]) -> Bytes {
    // A method or number made by hand may hold anything; it must not begin a line of its own.
    for b in &mut out {
        *b = if b.is_ascii_control() { b' ' } else { *b };
    }
    out.extend_from_slice(b"\r\n");
    headers.write_to(&mut out);
    out.extend_from_slice(b"Content-Length: ");
    write_number(&mut out, body.len());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
    out.into()
}

fn write_number(out: &mut Vec<u8>, number: usize) {
    if number >= 10 {
        write_number(out, number / 10);
    }
    // One digit fits a byte.
    out.push(b'0' + (number % 10) as u8);
}

/// Text to bytes.
struct Text<'a>(&'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Room set aside for the start line and Content-Length.
const START_LINE: usize = 256;
