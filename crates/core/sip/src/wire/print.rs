//! A message to bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::message::Message;

/// Writes a message: its fields in order under their long names, Content-Length last.
pub fn print(message: &Message) -> Bytes {
    let fields: usize = message
        .headers()
        .iter()
        .map(|field| field.name().as_str().len() + field.value().len() + 4)
        .sum();
    let mut out = BytesMut::with_capacity(START_LINE + fields + message.body().len());
    match message {
        Message::Request(request) => {
            let line = format!("{} {} SIP/2.0\r\n", request.method(), request.uri());
            out.put_slice(line.as_bytes());
        }
        Message::Response(response) => {
            let line = format!("SIP/2.0 {} {}\r\n", response.status(), response.reason());
            out.put_slice(line.as_bytes());
        }
    }
    for field in message.headers().iter() {
        out.put_slice(field.name().as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(field.value());
        out.put_slice(b"\r\n");
    }
    let length = format!("Content-Length: {}\r\n\r\n", message.body().len());
    out.put_slice(length.as_bytes());
    out.put_slice(message.body());
    out.freeze()
}

/// Room set aside for the start line and Content-Length.
const START_LINE: usize = 256;
