//! Whatever arrives, nothing panics, and the work grows with the size alone.

use bytes::Bytes;
use proptest::prelude::*;

use super::sample::message;
use crate::header::{
    Authorization, CSeq, Contact, ContentType, Event, From, NameAddr, Params, Reason, Route,
    TypedHeader, Via, WwwAuthenticate,
};
use crate::uri::Uri;
use crate::wire::{Framer, MAX_HEADERS, parse, print};

/// Reads bytes in every way this half offers.
fn read_everything(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    match parse(&bytes) {
        Ok(message) => {
            let again = parse(&print(&message)).expect("what was read can be read again");
            assert_eq!(again, message);
        }
        Err(malformed) => {
            if let Some(reply) = malformed.reply() {
                // What was copied stays what it was: no line more, and hardly a byte.
                let printed = reply.print();
                let lines = printed.split(|b| *b == b'\n').count();
                assert_eq!(lines, reply.headers().len() + 4, "{printed:?}");
                assert!(printed.len() <= 2 * bytes.len() + 256, "{printed:?}");
            }
        }
    }
    let mut framer = Framer::new();
    framer.push(&bytes);
    while framer.pop().is_some() {}
    crate::guard::is_scanner(&bytes);
}

/// Reads text as every kind of value; what can be read can be written and read again.
fn read_values(text: &str) {
    fn check<T: TypedHeader + PartialEq + std::fmt::Debug>(text: &str) {
        assert_eq!(T::check(text), T::read(text).map(drop), "{text:?}");
        if let Ok(value) = T::read(text) {
            let written = value.to_string();
            assert_eq!(
                T::read(&written).as_ref(),
                Ok(&value),
                "{text:?} {written:?}"
            );
        }
    }
    check::<Via>(text);
    check::<Contact>(text);
    check::<From>(text);
    check::<Route>(text);
    check::<CSeq>(text);
    check::<ContentType>(text);
    check::<Event>(text);
    check::<Reason>(text);
    check::<Authorization>(text);
    check::<WwwAuthenticate>(text);
    if let Ok(uri) = Uri::read(text) {
        assert!(uri.equivalent(&uri), "{text:?}");
        uri.user();
    }
}

#[test]
fn ten_thousand_of_anything_is_linear_work() {
    // Quadratic work on these would be 10⁸ steps and more, minutes of an unoptimised build.
    let many = 10_000;
    assert_eq!(Params::read(&"p=1;".repeat(many)).unwrap().len(), many);
    assert!(Params::read(&format!("p=\"{}", "\\\"".repeat(many))).is_err());
    let _ = NameAddr::read(&"<".repeat(many));
    let _ = Via::read(&format!("SIP/2.0/UDP h{}", ";a".repeat(many)));
    let _ = Uri::read(&format!("sip:{}", "@".repeat(many)));
    let texts = [
        format!("{}{}\r\n", super::HEAD, "A: b\r\n".repeat(many)),
        format!("{}A: {}\r\n\r\n", super::HEAD, "b\r\n ".repeat(many)),
        format!("{}Via: {}\r\n\r\n", super::HEAD, ",".repeat(many)),
        format!(
            "{}Contact: {}\r\n\r\n",
            super::HEAD,
            "sip:a@b,".repeat(1000)
        ),
        "\r\n".repeat(many),
        " ".repeat(many),
    ];
    for text in &texts {
        read_everything(text.as_bytes());
    }
    let mut framer = Framer::new();
    for byte in texts[0].bytes() {
        framer.push(&[byte]);
        framer.pop();
    }
    assert!(texts[0].matches("\r\n").count() > MAX_HEADERS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    /// Most lines are found in one pass, all others byte by byte; both read the same.
    #[test]
    fn lines_written_otherwise_are_the_same_lines(
        message in message(),
        others in prop::collection::vec(prop::sample::select(vec![" :\t", ":", ":\r\n ", " : "]), 1..8),
    ) {
        let printed = print(&message);
        let end = printed.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&printed[..end]).unwrap();
        let mut text = Vec::new();
        for (line, other) in head.split("\r\n").zip(std::iter::once(&": ").chain(others.iter().cycle())) {
            text.extend_from_slice(line.replacen(": ", other, 1).as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(&printed[end + 2..]);
        let again = parse(&Bytes::from(text)).expect("the same message");
        prop_assert_eq!(&again, &message);
        prop_assert_eq!(print(&again), printed);
    }

    #[test]
    fn random_values(text in "(sips?:|tel:|SIP/2.0/UDP |Digest |[a-z]|\"| <|>|[;,=@:?%]|\\\\|\\[|\\]|é|[ -~]){0,12}") {
        read_values(&text);
    }

    #[test]
    fn mutated_messages(
        message in message(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..6),
    ) {
        let mut bytes = print(&message).to_vec();
        for (at, kind, value) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = value,
                1 => bytes.insert(at, b"\r\n<>\";,:= \\@%"[usize::from(value) % 13]),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
            if bytes.is_empty() {
                bytes.push(value);
            }
        }
        read_everything(&bytes);
    }
}
