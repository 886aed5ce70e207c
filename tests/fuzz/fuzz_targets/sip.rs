//! One SIP message as a datagram brings it. What is read must survive being printed, answered and
//! carried by a stream; what is refused is answered with what it said, or not at all.
#![no_main]

use std::fmt::Debug;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_sip::header::{self, TypedHeader};
use rappel_sip::message::{Message, StatusCode};
use rappel_sip::wire::{self, Framed, Framer, Refusal};

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    let read = wire::parse(&bytes);
    match &read {
        Ok(message) => {
            assert_eq!(&survives_printing(message), message);
            typed_headers_survive(message);
            if let Message::Request(request) = message {
                let answer = request.respond(StatusCode::RINGING).with_to_tag("ours");
                assert_eq!(answer.essentials().via, request.essentials().via);
                let again = survives_printing(&answer.clone().into());
                assert_eq!(again.call_id(), answer.call_id());
                assert_eq!(again.cseq(), answer.cseq());
                assert_eq!(again.to().tag(), answer.to().tag());
            }
        }
        Err(malformed) => {
            if let Some(reply) = malformed.reply() {
                assert_eq!(reply.status(), malformed.status());
                answer_adds_no_line(&reply);
            }
        }
    }
    if let Some(framed) = first_of_stream(data) {
        match (wire::parse(&framed), read) {
            (Ok(a), Ok(b)) => assert_eq!(a, b, "a stream and a datagram differ"),
            (Err(a), Err(b)) => assert_eq!(a.status(), b.status()),
            (a, b) => panic!("a stream says {a:?}, a datagram {b:?}"),
        }
    }
});

/// An answer to what cannot be read echoes its fields as they came, so it may be as unreadable; it
/// has a line for each of them and no other, and a tag where To can be read (RFC 3261 §8.2.6.2).
fn answer_adds_no_line(reply: &Refusal) {
    let printed = reply.print();
    let lines = printed.split(|byte| *byte == b'\n').count();
    assert_eq!(lines, reply.headers().len() + 4);
    if let Some(header::To(to)) = reply.headers().typed() {
        assert!(to.tag().is_some());
    }
}

/// What we print, we read, and print as the same bytes.
fn survives_printing(message: &Message) -> Message {
    let printed = wire::print(message);
    let again = wire::parse(&printed).expect("what we print, we read");
    assert_eq!(wire::print(&again), printed);
    again
}

/// A header that was read is written so that it reads as the same value, control characters apart:
/// they are never written.
fn typed_headers_survive(message: &Message) {
    let mut values = message.headers().iter().map(|line| line.value());
    let exact = !values.any(|value| value.iter().any(u8::is_ascii_control));
    survives::<header::Via>(message, exact);
    survives::<header::Contact>(message, exact);
    survives::<header::From>(message, exact);
    survives::<header::To>(message, exact);
    survives::<header::Route>(message, exact);
    survives::<header::RecordRoute>(message, exact);
    survives::<header::CSeq>(message, exact);
    survives::<header::MaxForwards>(message, exact);
    survives::<header::Expires>(message, exact);
    survives::<header::MinExpires>(message, exact);
    survives::<header::RetryAfter>(message, exact);
    survives::<header::ContentType>(message, exact);
    survives::<header::Accept>(message, exact);
    survives::<header::Allow>(message, exact);
    survives::<header::AllowEvents>(message, exact);
    survives::<header::Supported>(message, exact);
    survives::<header::Require>(message, exact);
    survives::<header::Event>(message, exact);
    survives::<header::SubscriptionState>(message, exact);
    survives::<header::Reason>(message, exact);
    survives::<header::ReferTo>(message, exact);
    survives::<header::ReferredBy>(message, exact);
    survives::<header::ReferSub>(message, exact);
    survives::<header::Replaces>(message, exact);
    survives::<header::RSeq>(message, exact);
    survives::<header::RAck>(message, exact);
    survives::<header::SessionExpires>(message, exact);
    survives::<header::MinSe>(message, exact);
    survives::<header::ProxyRequire>(message, exact);
    survives::<header::Unsupported>(message, exact);
    survives::<header::InfoPackage>(message, exact);
    survives::<header::RecvInfo>(message, exact);
    survives::<header::PAssertedIdentity>(message, exact);
    survives::<header::PPreferredIdentity>(message, exact);
    survives::<header::Privacy>(message, exact);
    survives::<header::Diversion>(message, exact);
    survives::<header::HistoryInfo>(message, exact);
    survives::<header::AlertInfo>(message, exact);
    survives::<header::CallInfo>(message, exact);
    survives::<header::UserAgent>(message, exact);
    survives::<header::Authorization>(message, exact);
    survives::<header::ProxyAuthorization>(message, exact);
    survives::<header::WwwAuthenticate>(message, exact);
    survives::<header::ProxyAuthenticate>(message, exact);
}

fn survives<T: TypedHeader + Debug + PartialEq>(message: &Message, exact: bool) {
    for value in message.headers().all::<T>() {
        let written = value.to_string();
        let again = T::read(&written).unwrap_or_else(|why| panic!("{why}: {written}"));
        assert!(
            !exact || again == value,
            "{written}: {value:?}, then {again:?}"
        );
        assert_eq!(again.to_string(), written);
    }
}

/// The first message of these bytes, received as a stream.
fn first_of_stream(data: &[u8]) -> Option<Bytes> {
    let mut framer = Framer::new();
    framer.push(data);
    loop {
        match framer.pop()? {
            Framed::Message(bytes) => return Some(bytes),
            Framed::Ping => {}
            Framed::Broken(_) => return None,
        }
    }
}
