//! What a new call hears at the door when the engine has no time for it: 503 and when to try again
//! (RFC 3261 §21.5.4), without a transaction (§8.2.7).
//!
//! An INVITE that was let in before and comes again is not refused: its answer is on its way, and two
//! answers to one call would be one too many. So whoever keeps the door notes whom it let in.

use std::net::SocketAddr;

use rappel_model::Random;
use sha2::{Digest, Sha256};

use crate::header::RetryAfter;
use crate::message::{Message, Method, Request, Response, StatusCode};
use crate::settings::RETRY_AFTER;

/// The calls that were let in lately, and how others are refused. Of fixed memory: 128 KiB.
#[derive(Clone, Debug)]
pub struct Overload {
    /// Makes tags that nobody foresees, and places that nobody can aim at.
    key: [u8; 32],
    /// The newest call at each place.
    let_in: Vec<Mark>,
}

/// What a new call is known by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark([u8; 8]);

impl Overload {
    /// Nobody was let in yet.
    pub fn new(random: &mut Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        Self {
            key,
            let_in: vec![Mark::default(); PLACES],
        }
    }

    /// What to note of a message when it is let in; `None` for what is no new call.
    pub fn mark(&self, message: &Message) -> Option<Mark> {
        new_call(message).map(|request| self.hash(request))
    }

    /// Notes that a new call was let in.
    pub fn note(&mut self, mark: Mark) {
        self.let_in[mark.place()] = mark;
    }

    /// The answer to a new call for which there is no room; `None` for anything else, which its sender
    /// repeats, and for a call that was let in before.
    pub fn refuse(&self, message: &Message, source: SocketAddr) -> Option<Response> {
        let request = new_call(message)?;
        let mark = self.hash(request);
        if self.let_in[mark.place()] == mark {
            return None;
        }
        let tag: String = mark.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut response = request
            .respond(StatusCode::SERVICE_UNAVAILABLE)
            .with_to_tag(&tag)
            .with(&RetryAfter(RETRY_AFTER));
        let mut via = request.via().clone();
        via.stamp(source);
        response.set_via(via);
        Some(response)
    }

    /// The same for every repetition of a request, as its tag must be (RFC 3261 §8.2.7).
    fn hash(&self, request: &Request) -> Mark {
        let via = request.via();
        let hash = Sha256::new()
            .chain_update(self.key)
            .chain_update(via.branch())
            .chain_update([0])
            .chain_update(via.sent_by.to_string())
            .chain_update([0])
            .chain_update(request.call_id())
            .finalize();
        let mut mark = Mark::default();
        mark.0.copy_from_slice(&hash[..8]);
        mark
    }
}

impl Mark {
    fn place(self) -> usize {
        usize::from(u16::from_be_bytes([self.0[0], self.0[1]])) % PLACES
    }
}

/// An INVITE outside any dialog.
fn new_call(message: &Message) -> Option<&Request> {
    match message {
        Message::Request(request)
            if *request.method() == Method::Invite && request.to().tag().is_none() =>
        {
            Some(request)
        }
        _ => None,
    }
}

/// Places for calls that were let in: as many inputs as wait for the control thread at most.
const PLACES: usize = 16_384;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::wire;

    fn message(method: &str, call: usize, to: &str) -> Message {
        let text = format!(
            "{method} sip:104@192.0.2.9 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 10.0.0.7:5060;rport;branch=z9hG4bK{call}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@192.0.2.1>;tag=a\r\nTo: <sip:104@192.0.2.9>{to}\r\n\
             Call-ID: {call}\r\nCSeq: 1 {method}\r\nContact: <sip:a@10.0.0.7>\r\n\
             Content-Length: 0\r\n\r\n"
        );
        wire::parse(&Bytes::from(text)).expect("it is well formed")
    }

    fn source() -> SocketAddr {
        "192.0.2.1:6000".parse().expect("an address")
    }

    #[test]
    fn a_new_call_is_told_when_to_try_again_and_always_the_same() {
        let overload = Overload::new(&mut Random::from_seed(1));
        let invite = message("INVITE", 1, "");
        let answer = overload.refuse(&invite, source()).expect("it is told");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.typed(), Some(RetryAfter(RETRY_AFTER)));
        assert_eq!(answer.via().rport(), Some(6000));
        assert_eq!(answer.to().tag().map(str::len), Some(16));
        assert_eq!(overload.refuse(&invite, source()), Some(answer));
    }

    #[test]
    fn what_is_no_new_call_is_left_to_its_sender() {
        let overload = Overload::new(&mut Random::from_seed(1));
        for other in [
            message("INVITE", 1, ";tag=b"),
            message("ACK", 1, ""),
            message("REGISTER", 1, ""),
        ] {
            assert_eq!(overload.refuse(&other, source()), None);
        }
    }

    #[test]
    fn a_call_that_was_let_in_is_not_refused_when_it_comes_again() {
        let mut overload = Overload::new(&mut Random::from_seed(1));
        let invite = message("INVITE", 1, "");
        let mark = overload.mark(&invite).expect("a new call");
        overload.note(mark);
        assert_eq!(overload.refuse(&invite, source()), None);
        assert!(
            overload
                .refuse(&message("INVITE", 2, ""), source())
                .is_some()
        );
        // Memory is fixed: whoever comes to the same place takes it.
        let mut other = mark;
        other.0[7] ^= 1;
        overload.note(other);
        assert_eq!(overload.let_in.len(), PLACES);
        assert!(overload.refuse(&invite, source()).is_some());
    }
}
