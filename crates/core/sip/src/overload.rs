//! What a new call hears at the door when the engine has no time for it: 503 and when to try again
//! (RFC 3261 §21.5.4), without a transaction (§8.2.7).
//!
//! An INVITE that was let in before and comes again is not refused: its answer is on its way, and two
//! answers to one call would be one too many. So whoever keeps the door notes whom it let in.
//!
//! A call for help is not refused at all: its phone repeats it after half a second (RFC 3261 §17.1.1.2),
//! and may well find room then, where a 503 would be its end.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rappel_model::Random;
use sha2::{Digest, Sha256};

use crate::header::RetryAfter;
use crate::message::{Message, Method, Request, Response, StatusCode};
use crate::settings::RETRY_AFTER;

/// The calls that were let in lately, and how others are refused. Of fixed memory: 128 KiB and the numbers of [`Overload::spare`].
#[derive(Clone, Debug)]
pub struct Overload {
    /// Makes tags that nobody foresees, and places that nobody can aim at.
    key: [u8; 32],
    /// The newest call at each place.
    let_in: Vec<Mark>,
    /// What is dialled for help.
    help: BTreeSet<String>,
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
            help: BTreeSet::new(),
        }
    }

    /// Refuses no call to one of these numbers, with or without a digit before it that leads outside;
    /// at most a thousand of them.
    pub fn spare(&mut self, numbers: impl IntoIterator<Item = String>) {
        self.help = numbers.into_iter().take(MAX_HELP).collect();
    }

    fn is_for_help(&self, request: &Request) -> bool {
        let dialled = request.uri().user().unwrap_or_default();
        let behind = dialled.get(1..).unwrap_or_default();
        self.help.contains(&dialled) || self.help.contains(behind)
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
    /// repeats, for a call that was let in before, and for a call for help.
    pub fn refuse(&self, message: &Message, source: SocketAddr) -> Option<Response> {
        let request = new_call(message)?;
        let mark = self.hash(request);
        if self.let_in[mark.place()] == mark || self.is_for_help(request) {
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

/// Most numbers that are spared: far more than all countries have.
const MAX_HELP: usize = 1_000;

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
    fn calls_for_help_are_left_to_be_repeated() {
        let mut overload = Overload::new(&mut Random::from_seed(1));
        overload.spare(["112".to_owned(), "15".to_owned()]);
        let to = |number: &str| {
            let text = wire::print(&message("INVITE", 1, ""));
            let text = String::from_utf8(text.to_vec()).expect("it is text");
            let text = text.replacen("INVITE sip:104@", &format!("INVITE sip:{number}@"), 1);
            wire::parse(&Bytes::from(text)).expect("it is well formed")
        };
        for (number, is_told) in [
            ("112", false),
            ("0112", false),
            ("15", false),
            ("1125", true),
            ("é", true),
        ] {
            let told = overload.refuse(&to(number), source()).is_some();
            assert_eq!(told, is_told, "{number}");
        }
        overload.spare((0..=MAX_HELP).map(|n| n.to_string()));
        assert_eq!(overload.help.len(), MAX_HELP);
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
