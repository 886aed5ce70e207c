//! Messages made here read back the same, and foreign text cannot bend them.

use super::*;
use crate::header::{Expires, MaxForwards, Require};
use crate::uri::HostPort;
use crate::wire;

fn request() -> Request {
    let address = |text: &str| NameAddr::read(text).unwrap();
    let essentials = Essentials {
        via: Via::new("UDP", HostPort::read("192.0.2.1:5060").unwrap(), "z9hG4bK1"),
        from: address("\"Ana\" <sip:ana@example.org>;tag=f"),
        to: address("<sip:bob@example.org>"),
        call_id: "c1@h".into(),
        cseq: CSeq::new(7, Method::Invite),
    };
    Request::new(Uri::read("sip:bob@192.0.2.9").unwrap(), essentials)
}

#[test]
fn a_request_made_here_reads_back_the_same() {
    let made = request()
        .with(&Expires(60))
        .with_body("application/sdp", Bytes::from_static(b"v=0\r\n"));
    assert_eq!(made.typed(), Some(MaxForwards(70)));
    let bytes = wire::print(&made.clone().into());
    assert!(bytes.ends_with(b"Content-Length: 5\r\n\r\nv=0\r\n"));
    assert_eq!(wire::parse(&bytes).unwrap(), made.into());
}

#[test]
fn an_answer_copies_what_identifies_the_request_and_gets_one_tag() {
    let text = "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa;rport, SIP/2.0/TCP b\r\n\
        v: SIP/2.0/UDP c\r\nTimestamp: 54\r\nf:   \"X\"   <sip:x@h>;tag=1\r\nt: sip:b@h\r\n\
        i: 1\r\nCSeq: 1 INVITE\r\nSubject: no\r\nl: 0\r\n\r\n";
    let Ok(Message::Request(mut request)) = wire::parse(&Bytes::from_static(text.as_bytes()))
    else {
        panic!("a request")
    };
    let mut via = request.via().clone();
    via.stamp("192.0.2.7:9".parse().unwrap());
    request.set_via(via);
    let answer = request
        .respond(StatusCode::RINGING)
        .with_to_tag("t1")
        .with_to_tag("t2");
    assert_eq!(answer.to().tag(), Some("t1"));
    let printed = wire::print(&answer.into());
    let expected = "SIP/2.0 180 Ringing\r\n\
        Via: SIP/2.0/UDP a;branch=z9hG4bKa;rport=9;received=192.0.2.7\r\nVia: SIP/2.0/TCP b\r\n\
        Via: SIP/2.0/UDP c\r\nFrom: \"X\"   <sip:x@h>;tag=1\r\nTo: <sip:b@h>;tag=t1\r\n\
        Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(std::str::from_utf8(&printed).unwrap(), expected);
    assert!(
        request
            .respond(StatusCode::TRYING)
            .headers()
            .has(&Name::Timestamp)
    );
}

#[test]
fn text_from_elsewhere_cannot_begin_a_header() {
    let name = request()
        .from()
        .clone()
        .with_display("a\r\nRoute: <sip:evil>");
    let mut essentials = request().essentials();
    essentials.from = name;
    let made = Request::new(request().uri().clone(), essentials);
    let mut made = made;
    made.push_field(Field::new(Name::Subject, "x\r\n\r\nbody\0"));
    let read = wire::parse(&wire::print(&made.into())).unwrap();
    assert!(!read.headers().has(&Name::Route));
    assert_eq!(
        read.headers().text(&Name::Subject).as_deref(),
        Some("x    body")
    );
    let mut essentials = request().essentials();
    essentials.cseq.method = Method::Other("A\r\nRoute: <sip:evil> ".into());
    let odd = wire::print(&Request::new(request().uri().clone(), essentials).into());
    assert!(!odd.windows(8).any(|window| window == b"\r\nRoute:"));
    let answer = request().respond(StatusCode::OK).with_reason("a\r\nX: y");
    assert!(wire::parse(&wire::print(&answer.into())).is_ok());
}

#[test]
fn the_five_headers_stay() {
    let mut made = request();
    made.remove(&Name::Via);
    made.remove(&Name::CallId);
    assert!(made.headers().has(&Name::Via) && made.headers().has(&Name::CallId));
    made.push(&Require("100rel".into()));
    made.remove(&Name::Require);
    assert!(made.typed::<Require>().is_none());
    made.set(&MaxForwards(3));
    made.set(&MaxForwards(2));
    assert_eq!(made.headers().all::<MaxForwards>(), [MaxForwards(2)]);
}

#[test]
fn status_codes_have_a_range_and_a_phrase() {
    assert_eq!(StatusCode::new(99), None);
    assert_eq!(StatusCode::new(700), None);
    assert_eq!(
        StatusCode::new(486).map(StatusCode::reason),
        Some("Busy Here")
    );
    assert_eq!(
        StatusCode::new(499).map(StatusCode::reason),
        Some("Request Failure")
    );
}
