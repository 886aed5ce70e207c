//! Drawings compared character by character.

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::Transport;

use super::*;
use crate::captured::{Captured, Passage};

const HIDE: Mask = Mask {
    secrets: true,
    numbers: true,
};

fn message(millis: i64, source: &str, destination: &str, start: &str, body: &str) -> Captured {
    let method = start.split(' ').next().unwrap();
    let method = if method.starts_with("SIP") {
        "INVITE"
    } else {
        method
    };
    let length = body.len();
    let text = format!(
        "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    Captured {
        at: Timestamp::from_micros(1_000_000 + millis * 1_000),
        passage: Passage::In,
        transport: Transport::Udp,
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        bytes: Bytes::from(text),
    }
}

#[test]
fn a_call_through_the_engine_is_three_columns() {
    let (caller, engine, phone) = ("127.0.0.2:5062", "127.0.0.1:5060", "127.0.0.1:5070");
    let offer = "v=0\r\nc=IN IP4 127.0.0.2\r\nm=audio 4000 RTP/AVP 8 0\r\n";
    let invite = "INVITE sip:+33472001122@h SIP/2.0";
    let trace = Trace::of(vec![
        message(0, caller, engine, invite, offer),
        message(500, caller, engine, invite, offer),
        message(501, engine, caller, "SIP/2.0 100 Trying", ""),
        message(510, engine, phone, "INVITE sip:ana@h SIP/2.0", ""),
        message(2510, phone, engine, "SIP/2.0 486 Busy Here", ""),
    ]);
    let expected = "\
               127.0.0.2:5062                      127.0.0.1:5060                      127.0.0.1:5070
    0.000             │────── INVITE +xxxxxxxxx22 ───────►│                                   │
                      │  127.0.0.2:4000 PCMA PCMU         │                                   │";
    let drawn = draw(&trace, HIDE);
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 7, "{drawn}");
    for (line, wanted) in [
        (1, "INVITE +xxxxxxxxx22 ─"),
        (1, "►│"),
        (2, "127.0.0.2:4000 PCMA PCMU"),
        (3, "0.500"),
        (3, "INVITE +xxxxxxxxx22 ↻"),
        (4, "│◄"),
        (4, "100 Trying (INVITE)"),
        (5, "INVITE ana"),
        (6, "486 Busy Here (INVITE)"),
        (6, "2.510"),
    ] {
        assert!(
            lines[line].contains(wanted),
            "{wanted}\n{drawn}\n{expected}"
        );
    }
    let places = |line: &str| -> Vec<usize> {
        let chars = line.chars().enumerate();
        chars
            .filter(|(_, c)| *c == '│')
            .map(|(place, _)| place)
            .collect()
    };
    assert!(
        lines[1..]
            .iter()
            .all(|line| places(line) == places(lines[1])),
        "{drawn}"
    );
    assert!(draw(&trace, Mask::NOTHING).contains("INVITE +33472001122"));
}

#[test]
fn long_labels_are_cut_and_further_parties_counted() {
    let engine = "127.0.0.1:5060";
    let long = format!("SIP/2.0 200 {}", "very ".repeat(30));
    let mut messages = vec![message(0, engine, engine, &long, "")];
    for port in 1..=MAX_COLUMNS {
        messages.push(message(
            1,
            engine,
            &format!("127.0.0.1:{port}"),
            "OPTIONS sip:a SIP/2.0",
            "",
        ));
    }
    let mut trace = Trace::of(messages);
    trace.omitted = 3;
    let drawn = draw(&trace, HIDE);
    assert!(drawn.contains('…') && drawn.contains('↺'), "{drawn}");
    assert!(drawn.ends_with("… 1 messages of further parties\n… 3 messages are not remembered\n"));
    assert_eq!(draw(&Trace::default(), HIDE), "\n");
}

#[test]
fn garbage_is_drawn_as_what_is_wrong_with_it() {
    let mut odd = message(0, "127.0.0.1:1", "127.0.0.1:2", "OPTIONS sip:a SIP/2.0", "");
    odd.bytes = Bytes::from_static(b"OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n");
    assert!(draw(&Trace::of(vec![odd]), HIDE).contains(" ? "));
}
