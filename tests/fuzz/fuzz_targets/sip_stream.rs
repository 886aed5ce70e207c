//! A TCP stream in pieces: the framer must find the same messages however it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rappel_sip::wire::Framer;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let step = usize::from(*first).max(1);
    let whole = count(rest, rest.len().max(1));
    assert_eq!(whole, count(rest, step));
});

/// How many messages come out when the stream arrives in pieces of `step` bytes; an unreadable
/// stream counts until it breaks.
fn count(stream: &[u8], step: usize) -> usize {
    let mut framer = Framer::new();
    let mut found = 0;
    for piece in stream.chunks(step) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(_)) => found += 1,
                Ok(None) => break,
                Err(_) => return found,
            }
        }
    }
    found
}
