//! `rsip` 0.4 as an oracle: what it accepts we accept, and the typed fields agree, save for its
//! known faults, which are written down here.
//!
//! 1. It never checks CSeq against the request's method, nor quote balance, branches, repeated
//!    single headers, Max-Forwards and Content-Length: [`STRICTER`] names each message.
//! 2. It takes a bare CR or LF as part of a header value.
//! 3. It keeps a comma list as one value and reads only its first element.
//! 4. It knows no compact names: they stay `Other`, so a message that uses them lacks headers.
//! 5. It writes IPv6 addresses without brackets and refuses them when read.
//! 6. It refuses quoted parameter values, unknown transports, methods and schemes, and `tel:`.
//! 7. It replaces known reason phrases by its own.
//! 8. It unescapes nothing in display names.
//! 9. A user part with a dot, or anything else beyond its own token set, becomes part of the host.
//! 10. A display name with an escaped quote or backslash is read as the address, without a scheme.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rsip::message::HeadersExt;
use rsip::prelude::*;

use super::sample::message;
use super::torture;
use crate::message::{Message, Method};
use crate::uri::Uri;
use crate::wire::{parse, print};

/// Torture messages that `rsip` accepts and RFC 4475 wants refused.
const STRICTER: &[&str] = &[
    "badinv01",
    "clerr",
    "quotbal",
    "ltgtruri",
    "escruri",
    "baddn",
    "mismatch01",
    "mcl01",
    "multi01",
    "insuf",
    "ncl",
    "badbranch",
    "badvers",
    "regbadct",
    "badaspec",
    "scalar02",
    "scalarlg",
];

/// What both made of a message is the same, as far as `rsip` can say.
fn agree(name: &str, theirs: &rsip::SipMessage, ours: &Message) {
    match (theirs, ours) {
        (rsip::SipMessage::Request(a), Message::Request(b)) => {
            assert_eq!(&Method::from(a.method), b.method(), "{name}");
            same_uri(name, &a.uri, b.uri());
            assert!(a.body.starts_with(b.body()), "{name}"); // fault 1
            same_headers(name, a, ours);
        }
        (rsip::SipMessage::Response(a), Message::Response(b)) => {
            assert_eq!(a.status_code.code(), b.status().code(), "{name}");
            assert!(a.body.starts_with(b.body()), "{name}"); // fault 1
            same_headers(name, a, ours);
        }
        _ => panic!("{name}: a request here, a response there"),
    }
}

fn same_headers(name: &str, theirs: &impl HeadersExt, ours: &Message) {
    if let Ok(call_id) = theirs.call_id_header() {
        assert_eq!(call_id.value(), ours.call_id(), "{name}");
    }
    if let Ok(cseq) = theirs.cseq_header().and_then(|header| header.typed()) {
        assert_eq!(cseq.seq, ours.cseq().number, "{name}");
        assert_eq!(Method::from(cseq.method), ours.cseq().method, "{name}");
    }
    if let Ok(from) = theirs.from_header().and_then(|header| header.typed()) {
        same_uri(name, &from.uri, &ours.from().uri);
        let tag = from.tag().map(|tag| tag.value().to_owned());
        assert_eq!(tag.as_deref(), ours.from().tag(), "{name}");
    }
    if let Ok(to) = theirs.to_header().and_then(|header| header.typed()) {
        same_uri(name, &to.uri, &ours.to().uri);
    }
    if let Ok(via) = theirs.via_header().and_then(|header| header.typed()) {
        let branch = via.branch().map(|branch| branch.value().to_owned());
        assert_eq!(branch.unwrap_or_default(), ours.via().branch(), "{name}");
        assert_eq!(
            via.transport.to_string(),
            ours.via().transport.to_uppercase(),
            "{name}"
        );
    }
}

fn same_uri(name: &str, theirs: &rsip::Uri, ours: &Uri) {
    let Some(sip) = ours.as_sip() else {
        return; // fault 6: whatever it made of another scheme
    };
    if theirs.scheme.is_none() {
        return; // fault 10
    }
    let plain = |user: String| user.bytes().all(|b| b.is_ascii_alphanumeric());
    if theirs.auth.is_none() && !sip.user().is_none_or(plain) {
        return; // fault 9
    }
    let user = theirs.auth.as_ref().map(|auth| auth.user.clone());
    let user = user.and_then(|user| Uri::read(&format!("sip:{user}@h")).ok()?.user());
    assert_eq!(user, sip.user(), "{name}: {theirs:?}");
    let port = theirs
        .host_with_port
        .port
        .as_ref()
        .map(|port| *port.value());
    assert_eq!(port, sip.port, "{name}");
}

#[test]
fn what_rsip_accepts_of_the_torture_messages_we_accept() {
    for (name, bytes) in torture::messages() {
        let Ok(theirs) = rsip::SipMessage::try_from(bytes) else {
            continue;
        };
        match parse(&Bytes::copy_from_slice(bytes)) {
            Ok(ours) => agree(name, &theirs, &ours),
            Err(malformed) => assert!(STRICTER.contains(&name), "{name}: {malformed}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_rsip_accepts_of_well_formed_messages_we_read_alike(message in message()) {
        let bytes = print(&message);
        let ours = parse(&bytes).unwrap();
        prop_assert_eq!(&ours, &message);
        if let Ok(theirs) = rsip::SipMessage::try_from(&bytes[..]) {
            agree("generated", &theirs, &ours);
        }
    }
}

/// An oracle that refuses everything would prove nothing.
#[test]
fn rsip_accepts_a_fair_part_of_what_is_generated() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..100)
        .filter_map(|_| message().new_tree(&mut runner).ok())
        .filter(|tree| rsip::SipMessage::try_from(&print(&tree.current())[..]).is_ok())
        .count();
    assert!(accepted >= 20, "{accepted} of 100");
}
