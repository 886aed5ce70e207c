//! Which messages are found as one call, and what is forgotten.

use bytes::Bytes;
use rappel_sip::Transport;

use super::*;
use crate::captured::Passage;

fn message(call_id: &str, at: i64) -> Captured {
    let text = format!("BYE sip:a@b SIP/2.0\r\nCall-ID: {call_id}\r\nCSeq: 1 BYE\r\n\r\n");
    Captured {
        at: Timestamp::from_micros(at),
        passage: Passage::In,
        transport: Transport::Udp,
        source: "192.0.2.1:5060".parse().unwrap(),
        destination: "192.0.2.2:5060".parse().unwrap(),
        bytes: Bytes::from(text),
    }
}

fn leg(call: CallUid, leg: u64, call_id: &str) -> Event {
    Event {
        at: Timestamp::from_micros(0),
        tenant: None,
        call: Some(call),
        fact: Fact::Leg {
            leg: LegId(leg),
            call_id: call_id.to_owned(),
        },
    }
}

fn one(found: Found) -> Trace {
    match found {
        Found::One(trace) => *trace,
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_legs_of_a_call_are_found_by_any_of_its_names() {
    let call = CallUid(1 << 100);
    let mut sight = Sight::default();
    sight.hear(leg(call, 1, "in@x"));
    sight.hear(leg(call, 2, "out@x"));
    sight.see(message("out@x", 2));
    sight.see(message("in@x", 1));
    sight.see(message("other", 3));
    let uid = call.to_string();
    for id in [
        uid.as_str(),
        &uid[..8],
        &uid.to_lowercase(),
        "in@x",
        "in",
        "out@x",
    ] {
        let trace = one(sight.find(id));
        assert_eq!(trace.call, Some(call), "{id}");
        let times: Vec<i64> = trace.messages.iter().map(|m| m.at.as_micros()).collect();
        assert_eq!(times, [1, 2], "{id}");
    }
    assert_eq!(one(sight.find("other")).call, None);
    assert_eq!(sight.find("nobody"), Found::None);
    assert_eq!(sight.find(""), Found::None);
}

#[test]
fn several_calls_that_begin_alike_are_named() {
    let mut sight = Sight::default();
    sight.see(message("abc1", 1));
    sight.see(message("abc2", 2));
    let Found::Several(names) = sight.find("abc") else {
        panic!("two begin so");
    };
    assert_eq!(names, ["abc1", "abc2"]);
}

#[test]
fn a_recent_trace_tells_a_call_whole() {
    let mut sight = Sight::default();
    sight.see(message("old", 1));
    sight.see(message("long", 2));
    sight.see(message("long", 9));
    let trace = sight.recent(Some(Timestamp::from_micros(5)));
    assert_eq!(trace.messages.len(), 2);
    assert_eq!(sight.recent(None).messages.len(), 3);
}

#[test]
fn the_diary_is_bounded() {
    let mut sight = Sight::default();
    for number in 0..=MAX_STORIES {
        let call = CallUid(number as u128 + 1);
        sight.hear(leg(call, 1, &format!("id{number}")));
    }
    assert_eq!(sight.stories.len(), MAX_STORIES);
    assert_eq!(sight.call_of("id0"), None);
    assert!(sight.call_of("id1").is_some());
    let call = CallUid(7);
    for number in 0..2 * MAX_FACTS_OF_CALL {
        sight.hear(leg(call, number as u64, "x"));
    }
    assert_eq!(sight.stories[&call].facts.len(), MAX_FACTS_OF_CALL);
    assert_eq!(sight.stories[&call].legs.len(), MAX_LEGS);
    for _ in 0..=MAX_FACTS {
        sight.hear(Event {
            call: None,
            ..leg(call, 1, "x")
        });
    }
    assert_eq!(sight.facts.len(), MAX_FACTS);
}

#[test]
fn faults_below_the_messages_are_bounded_and_told_since_a_moment() {
    let mut sight = Sight::default();
    for number in 0..=MAX_TROUBLES as i64 {
        let trouble = Trouble::Name {
            name: format!("n{number}"),
            fault: rappel_model::trouble::NameFault::Missing,
        };
        sight.suffer(Timestamp::from_micros(number), trouble);
    }
    assert_eq!(sight.recent(None).troubles.len(), MAX_TROUBLES);
    let last = Timestamp::from_micros(MAX_TROUBLES as i64);
    assert_eq!(sight.recent(Some(last)).troubles.len(), 1);
}
