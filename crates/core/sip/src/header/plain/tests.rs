//! What is plain can be read, whatever it is.

use proptest::prelude::*;

use super::*;
use crate::header::scan::split_list;
use crate::header::{Contact, ContentLength, From, MaxForwards, Route, TypedHeader};
use crate::uri::Uri;

/// What is plain, the reader reads; of a list it is the one value, and all of it.
fn is_right_about(text: &str) {
    let alone = split_list(text).eq([text]);
    if is_address(text.as_bytes()) {
        assert!(alone, "{text:?}");
        From::check(text).expect(text);
        Contact::check(text).expect(text);
        Route::check(text).expect(text);
    }
    if is_via(text.as_bytes()) {
        assert!(alone, "{text:?}");
        let via = Via::read(text).expect(text);
        assert!(!via.branch().eq_ignore_ascii_case(Via::COOKIE), "{text:?}");
    }
    if let Some(len) = uri_before_blank(text.as_bytes()) {
        let uri = Uri::read(&text[..len]).expect(text);
        assert!(
            uri.as_sip().is_some_and(|uri| uri.headers().is_empty()),
            "{text:?}"
        );
    }
    if let Some(found) = cseq(text.as_bytes()) {
        assert_eq!(Ok(found), CSeq::read(text), "{text:?}");
    }
    if let Some(found) = number(text.as_bytes(), u32::MAX) {
        assert_eq!(Ok(ContentLength(found as usize)), ContentLength::read(text));
    }
    if let Some(found) = number(text.as_bytes(), 255) {
        assert_eq!(
            Ok(found),
            MaxForwards::read(text).map(|MaxForwards(n)| n.into())
        );
    }
}

#[test]
fn what_phones_and_carriers_send_is_plain() {
    for text in [
        "\"Alice Martin\" <sip:alice@sip.example.com>;tag=HTZwkmJgY",
        "Alice <sips:+33123@192.0.2.1:5061;transport=tls;lr>",
        "<sip:192.0.2.1>;expires=60;+sip.instance=\"<urn:uuid:1;2,3>\"",
        "sip:104@sip.example.com;tag=a=b",
    ] {
        assert!(is_address(text.as_bytes()), "{text}");
        is_right_about(text);
    }
    let via = "SIP/2.0/TLS-SCTP h.example:5061;branch=z9hG4bK.a;rport;received=192.0.2.1";
    assert!(is_via(via.as_bytes()));
    assert_eq!(
        uri_before_blank(b"sip:a@b:5060;user=phone SIP/2.0"),
        Some(23)
    );
    assert_eq!(cseq(b"0009 INVITE"), Some(CSeq::new(9, Method::Invite)));
    assert_eq!(number(b"0068", 255), Some(68));
}

#[test]
fn what_needs_a_closer_look_is_not_plain() {
    for text in [
        "",
        "<>",
        "<sip:>",
        "<sip:@h>",
        "<sip:a@>",
        "<sip:a@[::1]>",
        "<sip:%41@h>",
        "<sip:a:b@h>",
        "<sip:a@h:65536>",
        "<sip:a@h:>",
        "<sip:a@h;=b>",
        "<sip:a@h?b=c>",
        "<sip:a@h",
        "<tel:+331>",
        "<sip:a@h> ;tag=b",
        "<sip:a@h>;",
        "<sip:a@h>;=b",
        "<sip:a@h>;a=b\"c\"",
        "<sip:a@h>;a=\"\\\"\"",
        "<sip:a@h>, <sip:b@h>",
        "\"a\\\"b\" <sip:a@h>",
        "\"é\" <sip:a@h>",
        "a, b <sip:a@h>",
        "sip:a@h;b=<c",
        "sip:a,b@h",
        "*",
    ] {
        assert!(!is_address(text.as_bytes()), "{text}");
    }
    for parameters in [
        "branch=z9hG4bK",
        "BRANCH=Z9HG4BK",
        "branch=\"z9hG4bKa\"",
        "a,b=c",
        "a b",
    ] {
        let text = format!("SIP/2.0/UDP h;{parameters}");
        assert!(!is_via(text.as_bytes()), "{text}");
    }
    let long = format!("<sip:{}>", "a".repeat(Host::LONGEST + 1));
    assert!(!is_address(long.as_bytes()));
    assert!(is_address(long.replacen('a', "", 1).as_bytes()));
    assert_eq!(number(b"256", 255), None);
    assert_eq!(number(b"1000000000", u32::MAX), None);
    assert_eq!(cseq(b"2147483648 ACK"), None);
    assert_eq!(cseq(b"1  ACK"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_plain_can_be_read(pieces in proptest::collection::vec(prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[ -~]",
    ], 0..12)) {
        is_right_about(&pieces.concat());
    }

    #[test]
    fn a_plain_value_with_one_byte_changed_can_be_read_or_is_not_plain(
        value in proptest::sample::select(VALUES), at in any::<proptest::sample::Index>(), byte in "[ -~é]",
    ) {
        let at = at.index(value.len());
        is_right_about(&format!("{}{byte}{}", &value[..at], &value[at + 1..]));
        is_right_about(&format!("{}{byte}{}", &value[..at], &value[at..]));
        is_right_about(&format!("{}{}", &value[..at], &value[at + 1..]));
    }
}

const VALUES: &[&str] = &[
    "\"A\" <sip:a@h.example:5060;lr>;tag=b;c=\"d\"",
    "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport",
    "SIP/2.0/UDP h;branch=z9hG4bK",
    "sip:a@h;user=phone SIP/2.0",
    "4711 INVITE",
];
const PIECES: &[&str] = &[
    "sip:",
    "sips:",
    "a",
    "@",
    "h.example",
    "192.0.2.1",
    ":5060",
    ":65536",
    ";",
    "=",
    "lr",
    "?",
    "<",
    ">",
    "\"",
    "\\",
    ",",
    " ",
    "SIP/2.0/UDP ",
    "z9hG4bK",
    ";branch=",
    "1 ",
    "ACK",
    "*",
    "%41",
    "é",
];
