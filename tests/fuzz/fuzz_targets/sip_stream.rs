//! A TCP stream in pieces: the framer finds the same things however it is cut, in order, and holds
//! no more than a message and a piece. The last bytes of the input are the lengths of the pieces.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_sip::wire::{self, Framed, Framer, MAX_MESSAGE};

/// What came out, comparable.
#[derive(Debug, PartialEq)]
enum Found {
    Message(Bytes),
    Ping,
    Broken(u16),
}

fuzz_target!(|data: &[u8]| {
    let (stream, cuts) = data.split_at(data.len() - data.len().min(CUTS));
    let whole = found(stream, &[usize::MAX]);
    let lengths: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut).max(1)).collect();
    assert_eq!(whole, found(stream, &lengths), "cut as the input says");
    assert_eq!(whole, found(stream, &[1]), "byte by byte");
    in_order(stream, &whole);
});

/// Everything the stream holds, received in pieces of these lengths, over and over.
fn found(stream: &[u8], lengths: &[usize]) -> Vec<Found> {
    let mut framer = Framer::new();
    let mut all = Vec::new();
    let mut rest = stream;
    for length in lengths.iter().cycle() {
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        framer.push(piece);
        while let Some(framed) = framer.pop() {
            all.push(match framed {
                Framed::Message(bytes) => Found::Message(bytes),
                Framed::Ping => Found::Ping,
                Framed::Broken(malformed) => Found::Broken(malformed.status().code()),
            });
        }
        assert!(framer.pending() <= MAX_MESSAGE + piece.len());
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    all
}

/// Messages stand in the stream one behind the other, with nothing between them but empty lines,
/// each as long as it says; nothing follows a break.
fn in_order(stream: &[u8], all: &[Found]) {
    let mut rest = stream;
    for (n, found) in all.iter().enumerate() {
        match found {
            Found::Message(bytes) => {
                while !rest.starts_with(bytes) {
                    rest = rest
                        .strip_prefix(b"\r\n")
                        .expect("only empty lines between");
                }
                rest = &rest[bytes.len()..];
                if let Ok(message) = wire::parse(bytes) {
                    assert!(bytes.ends_with(message.body()));
                }
            }
            Found::Ping => {}
            Found::Broken(_) => assert_eq!(n + 1, all.len(), "nothing follows a break"),
        }
    }
}

/// How many bytes at the end of an input are lengths.
const CUTS: usize = 8;
