//! Bytes as an offer, as the offer once more, as the answer to our new offer, and as the answer to
//! our first. What was agreed must hold through all of it (RFC 3264).
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_rtp::sdp::{Negotiation, Refused};
use rappel_rtp::{Direction, Encoding, PayloadType, Stream};

fuzz_target!(|data: &[u8]| {
    as_an_offer(data, Encoding::ALL.to_vec());
    as_an_offer(data, [Encoding::Pcmu].to_vec());
    as_an_answer(data);
});

fn as_an_offer(data: &[u8], encodings: Vec<Encoding>) {
    let mut us = Negotiation::new(LOCAL.into(), 1, encodings.clone());
    let (answer, stream) = match us.receive_offer(data, Direction::SendRecv) {
        Ok(agreed) => agreed,
        Err(refused) => {
            assert!(matches!(refused.status(), 400 | 413 | 488), "{refused}");
            assert_eq!(us.agreed(), None, "a refusal changes nothing");
            return;
        }
    };
    sound(&stream, &encodings);
    assert_eq!(us.agreed(), Some(&stream));
    assert_eq!(
        m_lines(&answer),
        m_lines(data),
        "RFC 3264 §6: as many lines"
    );
    answer_is_read(&answer, &encodings, &stream);
    // A session refresh repeats the offer: nothing changes, o= included (RFC 3264 §8).
    let again = us.receive_offer(data, Direction::SendRecv);
    assert_eq!(again, Ok((answer.clone(), stream.clone())));
    // Our own re-INVITE: the peer may say the same as before.
    let ours = us.offer(Direction::SendRecv);
    assert_eq!(m_lines(&ours), m_lines(data), "RFC 3264 §8: no line goes");
    let crossing = us.receive_offer(data, Direction::SendRecv);
    assert_eq!(crossing, Err(Refused::Glare));
    assert_eq!(us.receive_answer(data), Ok(stream));
    // Any other Rappel takes that offer, and we its answer.
    let mut peer = Negotiation::new(PEER.into(), 2, encodings);
    let (answer, theirs) = peer
        .receive_offer(&ours, Direction::SendRecv)
        .expect("we take our own offers");
    let ours = us.receive_answer(&answer).expect("and our own answers");
    assert_eq!(ours.format, theirs.format);
    assert_eq!(ours.direction, theirs.direction.reversed());
    assert_eq!(ours.remote, PEER.into());
}

/// The offerer can read our answer when only one line was offered (else it had offered more).
fn answer_is_read(answer: &Bytes, encodings: &[Encoding], stream: &Stream) {
    if m_lines(answer) != 1 {
        return;
    }
    let mut peer = Negotiation::new(PEER.into(), 2, encodings.to_vec());
    let _their_offer = peer.offer(Direction::SendRecv);
    let theirs = peer.receive_answer(answer).expect("an answer is readable");
    assert_eq!(theirs.format, stream.format);
    assert_eq!(theirs.payload_type.sent, stream.payload_type.heard);
    assert_eq!(theirs.direction, stream.direction.reversed());
}

fn as_an_answer(data: &[u8]) {
    let encodings = Encoding::ALL.to_vec();
    let mut us = Negotiation::new(LOCAL.into(), 1, encodings.clone());
    let _offer = us.offer(Direction::SendRecv);
    match us.receive_answer(data) {
        Ok(stream) => {
            sound(&stream, &encodings);
            assert_eq!(m_lines(data), 1, "we offered one line");
            assert_eq!(us.receive_answer(data), Ok(stream), "a 2xx repeats a 183");
        }
        Err(_) => assert_eq!(us.agreed(), None, "a refusal changes nothing"),
    }
}

/// What media may rest on.
fn sound(stream: &Stream, encodings: &[Encoding]) {
    assert!(stream.format.ours().is_some_and(|e| encodings.contains(&e)));
    let legal = |pt: PayloadType| pt.sent < 128 && pt.heard < 128;
    assert!(legal(stream.payload_type));
    for other in [stream.telephone_event, stream.comfort_noise] {
        assert!(other.is_none_or(legal));
        assert_ne!(other.map(|pt| pt.sent), Some(stream.payload_type.sent));
    }
    if stream.direction.sends() {
        assert!(stream.remote.is_ipv4() && stream.remote.port() != 0);
        let ip = stream.remote.ip();
        assert!(!ip.is_unspecified() && !ip.is_multicast());
    }
}

fn m_lines(body: &[u8]) -> usize {
    let lines = body.split(|b| *b == b'\n');
    lines.filter(|line| line.starts_with(b"m=")).count()
}

const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 20_000);
const PEER: ([u8; 4], u16) = ([127, 0, 0, 2], 30_000);
