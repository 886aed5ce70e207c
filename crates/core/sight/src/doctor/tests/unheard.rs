//! Calls in which nobody was sent anything and nobody sent anything; holds and pauses are none of them.

use rappel_model::{CallUid, LegId};

use super::*;
use crate::known::KnownMedia;

/// What is found in a call of which the store counted these packets, received and sent.
fn found(script: &Script, (received, sent): (u64, u64)) -> Vec<Finding> {
    let mut trace = Trace::of(script.messages.clone());
    trace.legs = vec![(CallUid(7), LegId(1), "x".to_owned())];
    let media = KnownMedia {
        received,
        sent,
        unread: 0,
    };
    let known = Known {
        media: [((CallUid(7), LegId(1)), media)].into(),
        ..nothing()
    };
    let until = trace.messages.last().expect("there are some").at;
    examine(&trace, &known, until)
}

fn codes(script: &Script, packets: (u64, u64)) -> Vec<&'static str> {
    let found = found(script, packets);
    found.iter().map(|finding| finding.code).collect()
}

/// A call of so many seconds with this offer.
fn call(offer: &str, seconds: f64) -> Script {
    Script::call(offer, &body("198.51.100.1", "")).bye(seconds)
}

#[test]
fn a_call_in_which_nobody_was_heard_is_told() {
    for nowhere in ["phone.example.invalid", "0.0.0.0"] {
        let silent = call(&body(nowhere, ""), 9.0);
        let found = found(&silent, (0, 0));
        assert_eq!(found.len(), 1, "{nowhere}");
        assert_eq!(found[0].code, "nobody-heard");
        assert!(
            found[0]
                .what
                .en
                .contains("In 8 s no voice came from 203.0.113.7")
        );
        assert!(
            found[0].what.en.contains("no address") && found[0].what.fr.contains("aucune adresse")
        );
        assert!(found[0].remedy.en.contains("an IP address of its own"));
        // Too short for anybody to have said a word.
        assert_eq!(codes(&call(&body(nowhere, ""), 3.0), (0, 0)), [""; 0]);
    }
    let both_silent = call(&body("203.0.113.7", ""), 9.0);
    let found = found(&both_silent, (0, 0));
    assert_eq!(found[0].code, "nobody-heard");
    assert!(!found[0].what.en.contains("no address"));
}

#[test]
fn a_hold_is_not_a_call_in_which_nobody_was_heard() {
    // It was heard before, and hears again.
    let held = |direction: &str| {
        Script::call(&body("203.0.113.7", ""), &body("198.51.100.1", ""))
            .say(
                2.0,
                PHONE,
                ENGINE,
                "3#INVITE sip:b@h SIP/2.0",
                SDP,
                &body("203.0.113.7", direction),
            )
            .say(
                2.1,
                ENGINE,
                PHONE,
                "SIP/2.0 200 OK 3#INVITE",
                SDP,
                &body("198.51.100.1", ""),
            )
            .say(2.2, PHONE, ENGINE, "3#ACK sip:b@h SIP/2.0", "", "")
            .bye(12.0)
    };
    for direction in ["a=sendonly\r\n", "a=inactive\r\n"] {
        assert_eq!(codes(&held(direction), (50, 400)), [""; 0]);
        assert_eq!(codes(&held(direction), (0, 0)), [""; 0], "asked for");
    }
    // Said in so many words from the beginning.
    let inactive = call(&body("203.0.113.7", "a=inactive\r\n"), 9.0);
    assert_eq!(codes(&inactive, (0, 0)), [""; 0]);
    let listening = call(&body("203.0.113.7", "a=recvonly\r\n"), 9.0);
    assert_eq!(codes(&listening, (0, 400)), [""; 0]);
    // An old way to hold, taken back.
    let black_hole = call(&body("0.0.0.0", ""), 9.0);
    assert_eq!(codes(&black_hole, (300, 300)), [""; 0]);
    // Browsers wait for keys, and are told of by those.
    let browser = body("192.168.1.4", "").replace("RTP/AVP", "UDP/TLS/RTP/SAVPF");
    assert_eq!(codes(&call(&browser, 9.0), (0, 0)), [""; 0]);
}
