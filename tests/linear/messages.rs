//! Whole messages, as a datagram and as a stream: what is repeated in their lines, their lines, and
//! what stands before and behind.

use bytes::Bytes;
use rappel_sip::guard;
use rappel_sip::header::{self, TypedHeader};
use rappel_sip::message::{Message, StatusCode};
use rappel_sip::wire::{self, Framed, Framer, MAX_LINE, MAX_MESSAGE};

use crate::cost::{Shape, in_proportion};
use crate::values::UNITS;

const REQUEST_LINE: &str = "INVITE sip:a@b SIP/2.0\r\n";
const VIA: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n";
const NEEDED: &str = "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
                      Max-Forwards: 70\r\n";
const END: &str = "Content-Length: 0\r\n\r\n";

/// All that a message as a datagram goes through, and what is answered.
fn datagram(text: &str) {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    guard::is_scanner(&bytes);
    match wire::parse(&bytes) {
        Ok(message) => {
            wire::print(&message);
            typed(&message);
            if let Message::Request(request) = message {
                let answer = request.respond(StatusCode::RINGING).with_to_tag("ours");
                wire::print(&answer.into());
            }
        }
        Err(malformed) => {
            let _ = malformed.reply().map(|reply| reply.print());
        }
    }
}

/// The headers that lists and routing rest on.
fn typed(message: &Message) {
    fn all<T: TypedHeader>(message: &Message) {
        assert!(message.headers().all::<T>().len() <= MAX_MESSAGE);
    }
    all::<header::Via>(message);
    all::<header::Contact>(message);
    all::<header::Route>(message);
    all::<header::RecordRoute>(message);
    all::<header::Supported>(message);
    all::<header::Allow>(message);
    all::<header::Diversion>(message);
    all::<header::HistoryInfo>(message);
    all::<header::PAssertedIdentity>(message);
    all::<header::Reason>(message);
    all::<header::Authorization>(message);
}

/// Cuts a stream that comes in pieces of `piece` bytes.
fn stream(text: &str, piece: usize) {
    let mut framer = Framer::new();
    for piece in text.as_bytes().chunks(piece) {
        framer.push(piece);
        while let Some(framed) = framer.pop() {
            if let Framed::Broken(malformed) = framed {
                let _ = malformed.reply().map(|reply| reply.print());
                return;
            }
        }
    }
}

fn every_way(what: &str, shape: &Shape<'_>, size: usize) {
    in_proportion(what, shape, size, datagram);
    in_proportion(what, shape, size, |text| stream(text, size));
    in_proportion(what, shape, size, |text| stream(text, 1));
}

#[test]
fn what_is_repeated_in_a_line() {
    let lists = [
        "Via: SIP/2.0/UDP h",
        "Contact: <sip:a@b>",
        "Route: <sip:a@b>",
        "Record-Route: <sip:a@b>",
        "Supported: a",
        "Allow: ACK",
        "Diversion: <sip:a@b>",
        "P-Asserted-Identity: <sip:a@b>",
        "Reason: Q.850",
        "Authorization: Digest a=b",
        "User-Agent: a",
        "Content-Length: 0",
        "X: ",
        "X",
    ];
    for list in lists {
        let start = [REQUEST_LINE, VIA, NEEDED, list].concat();
        for unit in UNITS
            .iter()
            .copied()
            .chain(["\r\n ", " \r\n\t", "\r", "\n"])
        {
            let start = start.as_str();
            let end = ["\r\n", END].concat();
            let end = end.as_str();
            in_proportion(list, &Shape { start, unit, end }, MAX_LINE, datagram);
        }
    }
}

#[test]
fn what_is_repeated_in_the_start_line() {
    let end = ["\r\n", VIA, NEEDED, END].concat();
    let end = end.as_str();
    for start in [
        "INVITE ",
        "INVITE sip:a@b",
        "SIP/2.0 200 ",
        "INVITE sip:a@b SIP/2.0",
    ] {
        for unit in UNITS {
            in_proportion(
                "start line",
                &Shape { start, unit, end },
                MAX_LINE,
                datagram,
            );
        }
    }
}

#[test]
fn lines_upon_lines() {
    let long = format!("X: {}\r\n", "b".repeat(1000));
    let list = format!("Contact: {}<sip:a@b>\r\n", "<sip:a@b>,".repeat(20));
    let lines = [
        "A: b\r\n",
        "A:\r\n",
        "A\r\n",
        ":\r\n",
        " \r\n",
        "A: b\r\n c\r\n",
        VIA,
        "Route: <sip:a@b;lr>\r\n",
        "Contact: <sip:a@b>\r\n",
        "Content-Length: 0\r\n",
        "Supported: a\r\n",
        "X: \"\r\n",
        "\n",
        "\r",
        "User-Agent: a\r\n",
        long.as_str(),
        list.as_str(),
    ];
    let start = [REQUEST_LINE, VIA, NEEDED].concat();
    let start = start.as_str();
    for unit in lines {
        // The head may have no end.
        for end in [END, ""] {
            every_way("lines", &Shape { start, unit, end }, MAX_MESSAGE - 100);
        }
    }
}

#[test]
fn before_and_behind() {
    let message = [REQUEST_LINE, VIA, NEEDED, END].concat();
    let message = message.as_str();
    // Its body never ends.
    let open = [REQUEST_LINE, VIA, NEEDED, "Content-Length: 65300\r\n\r\n"].concat();
    let units = [
        "a", "\0", " ", "\r", "\n", "\r\n", "\r\n\r\n", "a\r\n", "\r\n ", message,
    ];
    let open = open.as_str();
    // What stands before is no part of the start line, whose length decides what else is read.
    let behind = ["\r\n", message].concat();
    let behind = behind.as_str();
    for unit in units {
        for (start, end) in [("", behind), ("", ""), (message, ""), (open, "")] {
            every_way("around", &Shape { start, unit, end }, MAX_MESSAGE - 100);
        }
    }
}
