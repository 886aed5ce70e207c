//! A message to bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::header::Headers;
use crate::message::Message;

/// Writes a message: its fields in order under their long names, Content-Length last.
pub fn print(message: &Message) -> Bytes {
    let start = match message {
        Message::Request(request) => format!("{} {} SIP/2.0", request.method(), request.uri()),
        Message::Response(response) => {
            format!("SIP/2.0 {} {}", response.status(), response.reason())
        }
    };
    write(&start, message.headers(), message.body())
}

pub(super) fn write(start: &str, headers: &Headers, body: &[u8]) -> Bytes {
    let fields: usize = headers
        .iter()
        .map(|field| field.name().as_str().len() + field.value().len() + 4)
        .sum();
    let mut out = BytesMut::with_capacity(START_LINE + fields + body.len());
    // A method or number made by hand may hold anything; it must not begin a line of its own.
    out.extend(
        start
            .bytes()
            .map(|b| if b.is_ascii_control() { b' ' } else { b }),
    );
    out.put_slice(b"\r\n");
    for field in headers.iter() {
        out.put_slice(field.name().as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(field.value());
        out.put_slice(b"\r\n");
    }
    let length = format!("Content-Length: {}\r\n\r\n", body.len());
    out.put_slice(length.as_bytes());
    out.put_slice(body);
    out.freeze()
}

/// Room set aside for the start line and Content-Length.
const START_LINE: usize = 256;
