//! What bodies of several parts come to.

use proptest::prelude::*;

use super::*;
use crate::header::Field;

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n";

/// What is made of a body with this type and these further fields.
fn made(kind: &str, fields: &[(Name, &str)], body: &str) -> Reading {
    let mut headers = Headers::new();
    headers.push_field(Field::new(Name::ContentType, kind));
    for (name, value) in fields {
        headers.push_field(Field::new(name.clone(), value));
    }
    reading(&headers, &Bytes::copy_from_slice(body.as_bytes()))
}

fn mixed(parts: &[(&str, &str)]) -> Reading {
    let each = |(fields, body): &(&str, &str)| format!("--b1\r\n{fields}\r\n\r\n{body}\r\n");
    let text: String = parts.iter().map(each).collect();
    let text = format!("preamble\r\n{text}--b1--\r\nepilogue");
    made("multipart/mixed; boundary=\"b1\"", &[], &text)
}

fn session() -> Reading {
    Reading::Session(Bytes::from_static(OFFER.as_bytes()))
}

const SDP_PART: (&str, &str) = ("Content-Type: application/sdp", OFFER);

#[test]
fn a_description_is_found_beside_what_carriers_and_calls_for_help_send() {
    let isup = "Content-Type: application/ISUP;version=etsi121\r\n\
                Content-Disposition: signal;handling=optional";
    let place = "content-type: application/pidf+xml\r\nContent-ID: <place@phone>";
    for parts in [
        vec![SDP_PART],
        vec![SDP_PART, (isup, "\u{1}\u{0}")],
        vec![(isup, "\u{1}"), SDP_PART],
        vec![(place, "<presence/>"), SDP_PART],
        vec![(
            "Content-Type: application/sdp\r\nContent-Disposition:\r\n session",
            OFFER,
        )],
        vec![
            SDP_PART,
            ("Content-Type: application/sdp", "v=0 of another"),
        ],
    ] {
        assert_eq!(mixed(&parts), session(), "{parts:?}");
    }
}

#[test]
fn what_must_be_understood_and_is_not_is_left_to_be_refused() {
    let required = "Content-Type: x/y\r\nContent-Disposition: signal;handling=REQUIRED";
    let packed = "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64";
    for parts in [
        vec![SDP_PART, (required, "z")],
        vec![("Content-Type: x/y", "z")],
        vec![(packed, "dj0w")],
        vec![("", "no fields")],
    ] {
        assert_eq!(mixed(&parts), Reading::Kept, "{parts:?}");
    }
    assert_eq!(made("multipart/mixed", &[], OFFER), Reading::Kept);
    let long = format!("multipart/mixed;boundary={}", "b".repeat(MAX_BOUNDARY + 1));
    assert_eq!(made(&long, &[], OFFER), Reading::Kept);
}

#[test]
fn what_may_be_passed_over_is() {
    let optional = [(Name::ContentDisposition, "session;handling=optional")];
    assert_eq!(made("text/plain", &optional, "hello"), Reading::Passed);
    assert_eq!(made("text/plain", &[], "hello"), Reading::Kept);
    assert_eq!(made("application/sdp ", &optional, OFFER), Reading::Kept);
    assert_eq!(
        made("application/dtmf-relay", &optional, "5"),
        Reading::Kept
    );
    let part = "Content-Type: x/y\r\nContent-Disposition: icon;handling=optional";
    assert_eq!(mixed(&[(part, "z")]), Reading::Passed);
    let early = "Content-Type: application/sdp\r\n\
                 Content-Disposition: early-session;handling=optional";
    assert_eq!(mixed(&[(early, "v=0 early"), SDP_PART]), session());
}

#[test]
fn parts_inside_of_parts_have_a_bound_and_so_has_their_number() {
    let nest = |depth: usize| {
        let (mut kind, mut body) = ("application/sdp".to_owned(), OFFER.to_owned());
        for level in 0..depth {
            body = format!("--n{level}\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--n{level}--\r\n");
            kind = format!("multipart/mixed;boundary=n{level}");
        }
        made(&kind, &[], &body)
    };
    assert_eq!(nest(MAX_DEPTH), session());
    assert_eq!(nest(MAX_DEPTH + 1), Reading::Kept);
    let part = "Content-Type: x/y\r\nContent-Disposition: icon;handling=optional";
    let mut parts = vec![(part, "z"); MAX_PARTS - 1];
    parts.push(SDP_PART);
    assert_eq!(mixed(&parts), session());
    parts.insert(0, (part, "z"));
    assert_eq!(mixed(&parts), Reading::Passed);
}

#[test]
fn the_last_part_counts_without_its_closing_line_and_bare_line_feeds_end_lines() {
    let kind = "multipart/mixed;boundary=b1";
    let open = format!("--b1\r\nContent-Type: application/sdp\r\n\r\n{OFFER}");
    let Reading::Session(body) = made(kind, &[], &open) else {
        panic!("it is read");
    };
    assert!(OFFER.as_bytes().starts_with(&body));
    let bare = format!("--b1\nContent-Type: application/sdp\n\n{OFFER}\n--b1--\n");
    assert_eq!(made(kind, &[], &bare), session());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is sent, what is found is part of it.
    #[test]
    fn nothing_is_found_that_was_not_there(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "--b1", "--b1--", "--b1 ", "", " folded", ":", "--b", "v=0",
                "Content-Type: application/sdp", "Content-Type: multipart/mixed;boundary=b1",
                "Content-Disposition: x;handling=optional", "Content-Type: /;",
            ]),
            0..40,
        ),
    ) {
        let text = lines.join("\r\n");
        if let Reading::Session(body) = made("multipart/mixed;boundary=b1", &[], &text) {
            let body = String::from_utf8(body.to_vec()).unwrap();
            prop_assert!(text.contains(&body) && !body.contains("--b1\r\n"));
        }
    }
}
