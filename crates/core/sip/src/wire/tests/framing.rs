//! Streams cut anywhere give the same messages, and the framer never disagrees with the parser.

use bytes::Bytes;
use proptest::prelude::*;

use super::sample::message;
use crate::message::StatusCode;
use crate::wire::{Framed, Framer, MAX_MESSAGE, is_keep_alive, parse, print};

const HEAD: &str = super::HEAD;

/// Everything a stream holds, pushed in pieces of these sizes, repeated.
fn frames(stream: &[u8], pieces: &[usize]) -> (Vec<Framed>, Framer) {
    let mut framer = Framer::new();
    let mut found = Vec::new();
    let mut rest = stream;
    let mut sizes = pieces.iter().cycle();
    while !rest.is_empty() {
        let size = sizes
            .next()
            .map_or(1, |size| (*size).max(1))
            .min(rest.len());
        framer.push(&rest[..size]);
        rest = &rest[size..];
        while let Some(framed) = framer.pop() {
            found.push(framed);
        }
    }
    (found, framer)
}

fn summary(found: &[Framed]) -> Vec<String> {
    let word = |framed: &Framed| match framed {
        Framed::Message(bytes) => format!("{} bytes", bytes.len()),
        Framed::Ping => "ping".to_owned(),
        Framed::Broken(malformed) => malformed.status().to_string(),
    };
    found.iter().map(word).collect()
}

#[test]
fn pings_and_empty_lines_between_messages() {
    let one = format!("{HEAD}l: 2\r\n\r\nhi");
    let len = format!("{} bytes", one.len());
    let stream = format!("\r\n\r\n{one}\r\n{one}\r\n\r\n\r\n\r\n{one}\r\n");
    for piece in 1..8 {
        let (found, framer) = frames(stream.as_bytes(), &[piece]);
        assert_eq!(summary(&found), ["ping", &len, &len, "ping", "ping", &len]);
        assert_eq!(framer.pending(), 2, "the last line may be half a ping");
    }
    assert!(is_keep_alive(b"\r\n\r\n") && is_keep_alive(b"\0\0\0\0") && is_keep_alive(b""));
    assert!(!is_keep_alive(b"\r\n\r\nX"));
}

#[test]
fn a_stream_that_cannot_be_followed_breaks_once() {
    let cases = [
        (format!("{HEAD}\r\n"), 400, true),
        (format!("{HEAD}l: 1\r\nl: 2\r\n\r\nab"), 400, true),
        (format!("{HEAD}l: {MAX_MESSAGE}\r\n\r\n"), 513, true),
        (
            format!("{HEAD}l: 99999999999999999999999\r\n\r\n"),
            400,
            true,
        ),
        (format!("{HEAD}A: b\nl: 0\r\n\r\n"), 400, true),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400, false),
        (
            format!("{HEAD}{}", "A: b\r\n".repeat(MAX_MESSAGE)),
            513,
            true,
        ),
        ("\u{16}\u{3}\u{1}".repeat(MAX_MESSAGE), 513, false),
    ];
    for (stream, status, answered) in cases {
        let (found, mut framer) = frames(stream.as_bytes(), &[700]);
        let [Framed::Broken(malformed)] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(malformed.status(), StatusCode::new(status).unwrap());
        assert_eq!(malformed.reply().is_some(), answered, "{malformed}");
        framer.push(b"more");
        assert!(framer.pop().is_none() && framer.pending() == 0);
    }
}

#[test]
fn the_largest_message_passes_and_one_byte_more_does_not() {
    let head = |len: usize| format!("{HEAD}Content-Length: {len:05}\r\n\r\n");
    let room = MAX_MESSAGE - head(0).len();
    let whole = |len: usize| head(len) + &"x".repeat(len);
    let (found, _) = frames(whole(room).as_bytes(), &[4096]);
    assert_eq!(summary(&found), [format!("{MAX_MESSAGE} bytes")]);
    let (found, _) = frames(whole(room + 1).as_bytes(), &[4096]);
    assert_eq!(summary(&found), ["513"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_does_not_matter_and_the_parser_agrees(
        messages in prop::collection::vec(message(), 1..4),
        pieces in prop::collection::vec(1usize..400, 1..6),
    ) {
        let mut stream = Vec::new();
        for message in &messages {
            stream.extend_from_slice(&print(message));
        }
        let (found, framer) = frames(&stream, &pieces);
        prop_assert_eq!(framer.pending(), 0);
        let mut read = Vec::new();
        for framed in found {
            let Framed::Message(bytes) = framed else { panic!("{framed:?}") };
            let message = parse(&bytes).unwrap();
            prop_assert!(bytes.ends_with(message.body()));
            read.push(message);
        }
        prop_assert_eq!(read, messages);
    }

    /// Whatever arrives: the framer's message ends where the parser says it ends.
    #[test]
    fn mutated_streams_are_cut_where_the_parser_cuts(
        message in message(),
        at in any::<prop::sample::Index>(),
        new in any::<u8>(),
    ) {
        let mut bytes = print(&message).to_vec();
        let at = at.index(bytes.len());
        bytes[at] = new;
        let bytes = Bytes::from(bytes);
        let (found, _) = frames(&bytes, &[bytes.len()]);
        if let Some(Framed::Message(framed)) = found.first() {
            // The same bytes as a datagram: the same message, or the same refusal.
            match (parse(framed), parse(&bytes)) {
                (Ok(a), Ok(b)) => prop_assert_eq!(a, b),
                (Err(a), Err(b)) => prop_assert_eq!(a.why(), b.why()),
                (a, b) => prop_assert!(false, "{a:?} {b:?}"),
            }
        }
    }
}
