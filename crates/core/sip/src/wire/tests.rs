//! Bytes to messages: what is kept, what is refused, and with which status.

use bytes::Bytes;

use super::*;
use crate::header::{Contact, Name, Via};
use crate::message::Message;

mod agreement;
mod framing;
mod hostile;
mod sample;
mod torture;

const HEAD: &str = "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\n\
    From: <sip:x@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n";

fn read(text: &str) -> Result<Message, Malformed> {
    parse(&Bytes::copy_from_slice(text.as_bytes()))
}

fn with(lines: &str) -> Result<Message, Malformed> {
    read(&format!("{HEAD}{lines}\r\n"))
}

fn instead(old: &str, new: &str) -> Result<Message, Malformed> {
    assert!(HEAD.contains(old));
    read(&format!("{}\r\n", HEAD.replace(old, new)))
}

#[test]
fn unknown_headers_keep_their_bytes_and_order() {
    let lines = "X-A:  caf\u{e9} ;; \"\r\nSubject: 5\" disk\r\nx-a:\r\nP-Foo: a,\r\n\t b\r\n";
    let message = with(lines).unwrap();
    let again = parse(&print(&message)).unwrap();
    assert_eq!(message, again);
    let x_a = Name::read("X-A").unwrap();
    let values: Vec<_> = again.headers().fields(&x_a).map(|f| f.value()).collect();
    assert_eq!(values, ["caf\u{e9} ;; \"".as_bytes(), b"".as_slice(),]);
    let p_foo = Name::read("P-Foo").unwrap();
    assert_eq!(again.headers().text(&p_foo).as_deref(), Some("a, b"));
}

#[test]
fn bytes_that_are_not_utf8_survive() {
    let mut bytes = format!("{HEAD}Contact: \"M").into_bytes();
    bytes.extend_from_slice(b"\xfcller\" <sip:m@h>\r\nX-B: \xff\xfe\r\n\r\n");
    let message = parse(&Bytes::from(bytes)).unwrap();
    let printed = print(&message);
    assert!(printed.windows(7).any(|w| w == b"X-B: \xff\xfe"));
    assert!(message.typed::<Contact>().is_some());
}

#[test]
fn values_are_slices_of_the_message() {
    let bytes = Bytes::from(format!("{HEAD}Subject: hello\r\n\r\nbody").into_bytes());
    let message = parse(&bytes).unwrap();
    let inside = bytes.as_ptr_range();
    for field in message.headers().iter() {
        assert!(
            inside.contains(&field.value().as_ptr()),
            "{:?}",
            field.name()
        );
    }
    assert!(inside.contains(&message.body().as_ptr()));
}

#[test]
fn lists_are_taken_apart_with_respect_to_quotes_and_brackets() {
    let message = with("m: \"a, b\" <sip:x@h;p=1>;q=1 , , <sip:y@h>\r\nContact: *\r\n").unwrap();
    assert_eq!(message.headers().all::<Contact>().len(), 3);
    let two = "a;branch=z9hG4bKa , SIP/2.0/TCP [::1]:5061;branch=\"x,y\"";
    let message = instead("a;branch=z9hG4bKa", two).unwrap();
    assert_eq!(message.headers().all::<Via>().len(), 2);
    assert_eq!(message.headers().fields(&Name::Via).count(), 2);
}

#[test]
fn faults_have_the_status_the_rfc_wants() {
    let cases = [
        (instead(" SIP/2.0\r\nVia", " SIP/7.0\r\nVia"), 505),
        (instead(" SIP/2.0\r\nVia", " HTTP/1.1\r\nVia"), 400),
        (instead("sip:b@h SIP", "<sip:b@h> SIP"), 400),
        (instead("INVITE sip", "INVITE  sip"), 400),
        (instead("CSeq: 1 INVITE", "CSeq: 1 ACK"), 400),
        (instead("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"), 400),
        (instead("Max-Forwards: 70", "Max-Forwards: 256"), 400),
        (instead("z9hG4bKa", "z9hG4bK"), 400),
        (instead("SIP/2.0/UDP a", "SIP/2.0/UDP"), 400),
        (instead("Call-ID: 1\r\n", ""), 400),
        (instead("Call-ID: 1\r\n", "Call-ID: a b\r\n"), 400),
        (instead("To: <sip:b@h>", "To: \"b <sip:b@h>"), 400),
        (instead("To: <sip:b@h>", "To: <sip:b@h>;tag \"= 1"), 400),
        (with("To: <sip:c@h>\r\n"), 400),
        (with("Expires: 1\r\nExpires: 1\r\n"), 400),
        (with("Contact: <sip:x@h\r\n"), 400),
        (with("Route: sip:a?b=c\r\n"), 400),
        (with("Content-Length: 1\r\n"), 400),
        (with("Content-Length: -1\r\n"), 400),
        (with("l: 0\r\nContent-Length: 1\r\n"), 400),
        (with("A: b\nC: d\r\n"), 400),
        (with("A: b\rC: d\r\n"), 400),
        (with("A: \\\nC: d\r\n"), 400),
        (with("A: b\0\r\n"), 400),
        (with("A b: c\r\n"), 400),
        (with("no colon\r\n"), 400),
        (with(&"A: b\r\n".repeat(MAX_HEADERS - 6)), 400),
        (with(&format!("A: {}\r\n", "b".repeat(MAX_LINE))), 400),
        (
            instead(
                "sip:b@h SIP",
                &format!("sip:{}@h SIP", "b".repeat(MAX_LINE)),
            ),
            414,
        ),
    ];
    for (at, (result, status)) in cases.into_iter().enumerate() {
        let malformed = result.expect_err(&format!("case {at}"));
        assert_eq!(malformed.status().code(), status, "case {at}: {malformed}");
    }
    assert!(with(&"A: b\r\n".repeat(MAX_HEADERS - 7)).is_ok());
    assert!(with(&format!("A: {}\r\n", "b".repeat(MAX_LINE - 3))).is_ok());
    let fits = MAX_MESSAGE - HEAD.len() - 2;
    assert!(read(&format!("{HEAD}\r\n{}", "x".repeat(fits))).is_ok());
    let large = read(&format!("{HEAD}\r\n{}", "x".repeat(fits + 1)));
    assert_eq!(large.unwrap_err().status().code(), 513);
    assert!(
        with("l: 0\r\nContent-Length: 0\r\n").is_ok(),
        "equal lengths agree"
    );
}

#[test]
fn a_malformed_request_is_answered_where_it_can_be() {
    let text = format!("{}\r\n", HEAD.replace("70", "700"));
    let text = text.replace("a;branch=z9hG4bKa", "a;branch=z9hG4bKa, SIP/2.0/UDP c");
    let malformed = read(&text).unwrap_err();
    let mut answer = malformed.reply().unwrap();
    assert_eq!(answer.status().code(), 400);
    assert_eq!(
        malformed.reply(),
        read(&text).unwrap_err().reply(),
        "stateless"
    );
    answer.stamp("192.0.2.1:5".parse().unwrap());
    let read = parse(&answer.print()).unwrap();
    assert_eq!(read.headers().all::<Via>().len(), 2);
    assert_eq!(read.call_id(), "1");
    assert!(read.to().tag().is_some());
    assert!(read.via().received().is_some());

    // A Via with a quote in its version hides the next one from the list; none of both is echoed.
    let hiding = ", SIP/3.0\"/TCP c;x=y, SIP/2.0/UDP d e;branch=z9hG4bKb";
    let hidden = text.replace(", SIP/2.0/UDP c", hiding);
    let hidden = parse(&Bytes::from(hidden)).unwrap_err();
    let answer = hidden.reply().unwrap();
    assert_eq!(answer.headers().fields(&Name::Via).count(), 1);
    assert!(parse(&answer.print()).is_ok());

    let ack = text.replace("INVITE", "ACK");
    assert!(parse(&Bytes::from(ack)).unwrap_err().reply().is_none());
    let response = text.replace("INVITE sip:b@h SIP/2.0", "SIP/2.0 200 OK");
    assert!(parse(&Bytes::from(response)).unwrap_err().reply().is_none());
    let lost = text.replace("SIP/2.0\r\n", "HTTP/1.1\r\n");
    assert!(parse(&Bytes::from(lost)).unwrap_err().reply().is_none());
    let lost = instead("Via: SIP/2.0/UDP a;branch=z9hG4bKa\r\n", "").unwrap_err();
    assert!(lost.reply().is_none(), "nowhere to send it");
}

#[test]
fn what_an_answer_copies_it_copies_as_it_came_or_not_at_all() {
    let cases = [
        ("Call-ID: 1\r\n", "", Name::CallId, None),
        (
            "CSeq: 1 INVITE",
            "CSeq: 99999999999 INVITE",
            Name::CSeq,
            Some("99999999999 INVITE"),
        ),
        (
            "To: <sip:b@h>",
            "To: \"b <sip:b@h>",
            Name::To,
            Some("\"b <sip:b@h>"),
        ),
    ];
    for (part, other, name, copied) in cases {
        let refusal = instead(part, other).unwrap_err().reply().unwrap();
        assert_eq!(refusal.status().code(), 400);
        let found = refusal.headers().text(&name);
        assert_eq!(found.as_deref(), copied, "{name:?}");
        assert!(refusal.headers().has(&Name::From));
    }
    let ack = read(&format!("{HEAD}\r\n").replace("1 INVITE", "99999999999 ACK"));
    assert!(ack.unwrap_err().reply().is_none());
}

#[test]
fn a_reason_phrase_is_kept_and_may_be_empty() {
    for phrase in ["Fine", "", "= 2**3 * 5**2 \u{43d}\u{43e}"] {
        let text = HEAD.replace("INVITE sip:b@h SIP/2.0", &format!("SIP/2.0 200 {phrase}"));
        let message = read(&format!("{text}\r\n")).unwrap();
        let Message::Response(response) = &message else {
            panic!("a response")
        };
        assert_eq!(response.reason(), phrase);
        assert_eq!(parse(&print(&message)).unwrap(), message);
    }
    let bare = HEAD.replace("INVITE sip:b@h SIP/2.0", "SIP/2.0 200");
    assert!(read(&format!("{bare}\r\n")).is_ok());
    let big = HEAD.replace("INVITE sip:b@h SIP/2.0", "SIP/2.0 4294967301 better not");
    assert!(read(&format!("{big}\r\n")).is_err());
}
