//! Findings name who has to change something: the trunk, the phone, and never the engine for what it
//! does rightly.

use std::net::SocketAddr;

use rappel_model::{CallUid, LegId};
use rappel_trunk::{Host, Login};

use super::*;
use crate::known::{KnownMedia, KnownUser};

/// An engine that has these trunks.
fn with_trunks(trunks: Vec<Trunk>) -> Known {
    Known {
        is_there: true,
        trunks,
        ..Known::default()
    }
}

/// A trunk that is known by where the engine sends, and by no address.
fn trunk_at(host: &str, port: Option<u16>) -> Trunk {
    let mut trunk = Trunk::new("prov".into());
    trunk.host = Some(Host {
        name: host.to_owned(),
        port,
        transport: None,
    });
    trunk
}

/// The same conversation under another Call-ID.
fn renamed(script: Script, call_id: &str) -> Vec<Captured> {
    let mut messages = script.messages;
    for message in &mut messages {
        let text = String::from_utf8(message.bytes.to_vec()).unwrap();
        let named = format!("Call-ID: {call_id}\r\n");
        message.bytes = text.replace("Call-ID: x\r\n", &named).into();
    }
    messages
}

/// What is found in the legs of one call.
fn examine_legs(legs: Vec<(&str, Script)>, known: &Known) -> Vec<Finding> {
    let mut names = Vec::new();
    let mut messages = Vec::new();
    for (number, (name, script)) in (1..).zip(legs) {
        names.push((CallUid(7), LegId(number), name.to_owned()));
        messages.extend(renamed(script, name));
    }
    let mut trace = Trace::of(messages);
    trace.legs = names;
    let until = trace.messages.last().unwrap().at + std::time::Duration::from_secs(40);
    examine(&trace, known, until)
}

fn codes(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code).collect()
}

/// The engine asks, the peer refuses.
fn refused(method: &str, uri: &str, status: &str, more: &str) -> Script {
    let sent = format!("{method} {uri} SIP/2.0");
    let status = format!("SIP/2.0 {status} {method}");
    Script::new()
        .say(0.0, ENGINE, PHONE, &sent, SDP, &body("198.51.100.1", ""))
        .say(0.1, PHONE, ENGINE, &status, more, "")
}

#[test]
fn a_trunk_is_known_by_where_the_engine_sends_to_it() {
    let registered = |status: &str, uri: &str, trunk: Trunk| {
        refused("REGISTER", uri, status, "").examine(&with_trunks(vec![trunk]))
    };
    for (status, code) in [
        ("403 No", "trunk-credentials"),
        ("404 Nobody", "trunk-account"),
        ("503 Down", "trunk-unavailable"),
        ("405 Never", "trunk-registration"),
    ] {
        let by_address = registered(status, "sip:203.0.113.7", trunk_at("203.0.113.7", None));
        assert!(codes(&by_address).contains(&code), "{status}");
        assert!(by_address.iter().any(|f| f.what.en.contains("\"prov\"")));
        // Only name servers know where that is.
        let by_name = registered(
            status,
            "sip:sip.carrier.example",
            trunk_at("sip.carrier.example", None),
        );
        assert!(codes(&by_name).contains(&code), "{status}");
    }
    let elsewhere = registered("403 No", "sip:h", trunk_at("192.0.2.9", None));
    assert_eq!(codes(&elsewhere), [""; 0]);
    // Of two accounts with one carrier, the one that asked.
    let mut accounts = Vec::new();
    for user in ["+33100000001", "+33639981234"] {
        let mut trunk = trunk_at("sip.carrier.example", None);
        trunk.name = user.into();
        trunk.login = Some(Login {
            user: user.into(),
            username: user.into(),
            password: rappel_model::Secret::new(String::new()),
        });
        accounts.push(trunk);
    }
    let found = refused("REGISTER", "sip:sip.carrier.example", "403 No", "")
        .examine(&with_trunks(accounts));
    assert!(found[0].remedy.en.contains("[trunk.+33639981234]"));
}

#[test]
fn keep_alives_are_no_messages() {
    let mut stun = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    stun.resize(20, 7);
    let mut sight = crate::Sight::new(crate::ring::Limits::default());
    let mut messages = Vec::new();
    for bytes in [b"\r\n\r\n".to_vec(), b"\r\n".to_vec(), vec![0; 4], stun] {
        let mut script = Script::new().say(0.0, ENGINE, PHONE, "OPTIONS sip:b SIP/2.0", "", "");
        let mut message = script.messages.remove(0);
        message.bytes = bytes.into();
        sight.see(message.clone());
        messages.push(message);
    }
    assert!(sight.recent(None).messages.is_empty());
    assert!(Trace::of(messages).messages.is_empty());
}

#[test]
fn what_has_no_call_id_is_told_for_as_long_as_it_is_asked_for() {
    let mut sight = crate::Sight::new(crate::ring::Limits::default());
    for second in [0.0, 600.0] {
        let script = Script::new().say(second, PHONE, ENGINE, "OPTIONS sip:b SIP/2.0", "", "");
        let mut message = script.messages[0].clone();
        message.bytes = Bytes::from_static(b"hello\r\n\r\n");
        sight.see(message);
    }
    let all = sight.recent(None).messages;
    assert_eq!(all.len(), 2);
    assert_eq!(sight.recent(Some(all[1].at)).messages.len(), 1);
}

#[test]
fn a_number_that_the_carrier_does_not_know_is_the_carriers() {
    let mut trunk = Trunk::new("carrier".into());
    trunk.addresses = vec!["192.0.2.10".parse().unwrap()];
    let call = |status: &str| {
        let said = format!("SIP/2.0 {status} INVITE");
        let uri = "INVITE sip:+33612345678@h SIP/2.0";
        let phone = Script::new()
            .say(0.0, PHONE, ENGINE, uri, "", "")
            .say(1.0, ENGINE, PHONE, &said, "", "");
        let outside = Script::new()
            .say(0.1, ENGINE, "192.0.2.10:5060", uri, "", "")
            .say(0.9, "192.0.2.10:5060", ENGINE, &said, "", "");
        let known = with_trunks(vec![trunk.clone()]);
        codes(&examine_legs(vec![("in", phone), ("out", outside)], &known))
    };
    assert_eq!(call("404 None"), ["trunk-number"]);
    assert_eq!(call("484 Short"), ["trunk-number"]);
}

#[test]
fn a_trunk_that_dials_an_extension_is_told_what_trunks_reach() {
    let mut trunk = Trunk::new("carrier".into());
    trunk.addresses = vec!["203.0.113.7".parse().unwrap()];
    let known = Known {
        extensions: [("garage".into(), "11".to_owned())].into(),
        ..with_trunks(vec![trunk])
    };
    for dialled in ["11", "*98"] {
        let sent = format!("INVITE sip:{dialled}@h SIP/2.0");
        let found = Script::new()
            .say(0.0, PHONE, ENGINE, &sent, "", "")
            .say(0.1, ENGINE, PHONE, "SIP/2.0 404 None INVITE", "", "")
            .examine(&known);
        assert_eq!(codes(&found), ["extension-from-trunk"], "{dialled}");
    }
}

#[test]
fn whoever_refuses_the_engine_has_to_change_and_not_the_engine() {
    let known = with_trunks(vec![trunk_at("203.0.113.7", None)]);
    for (status, more, code) in [
        ("488 No", "", "codec-mismatch"),
        ("606 No", "", "codec-mismatch"),
        ("420 No", "Unsupported: timer\r\n", "extension-required"),
        ("415 No", "Accept: text/plain\r\n", "content-type"),
        ("400 No", "", "bad-request"),
    ] {
        let found = refused("INVITE", "sip:b@h", status, more).examine(&known);
        assert_eq!(codes(&found), [code]);
        for remedy in [&found[0].remedy.en, &found[0].remedy.fr] {
            assert!(remedy.contains("203.0.113.7:5060 (\"prov\")"), "{remedy}");
            assert!(!remedy.contains("198.51.100.1"), "{remedy}");
        }
    }
    let unforced = refused("INVITE", "sip:b@h", "420 No", "Unsupported: timer\r\n");
    assert!(
        unforced.examine(&known)[0]
            .what
            .en
            .contains("does not insist")
    );
}

#[test]
fn a_phone_of_ours_without_a_password_is_no_carrier() {
    let asked = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256\r\n";
    let script = Script::new()
        .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", "", "")
        .say(0.1, ENGINE, PHONE, "SIP/2.0 401 Who INVITE", asked, "")
        .say(0.2, PHONE, ENGINE, "ACK sip:b@h SIP/2.0", "", "");
    let mut trunk = Trunk::new("carrier".into());
    trunk.addresses = vec!["203.0.113.9".parse().unwrap()];
    let mut known = with_trunks(vec![trunk]);
    assert_eq!(script.codes(&known), ["unknown-source"]);
    known.users.push(KnownUser {
        tenant: "garage".into(),
        name: "+33639981234".into(),
        old_phone: false,
    });
    let found = script.examine(&known);
    assert_eq!(codes(&found), ["old-phone"]);
    assert!(!found[0].remedy.en.contains("address"));
}

#[test]
fn a_silent_trunk_is_told_once_with_its_keys() {
    let known = with_trunks(vec![trunk_at("sip.carrier.example", None)]);
    let mut messages = Vec::new();
    for (number, method) in ["OPTIONS", "REGISTER", "OPTIONS"].into_iter().enumerate() {
        let sent = format!("{method} sip:sip.carrier.example SIP/2.0");
        let mut script = Script::new();
        for second in [0.0, 0.5, 1.5, 3.5] {
            script = script.say(second, ENGINE, PHONE, &sent, "", "");
        }
        messages.extend(renamed(script, &format!("x{number}")));
    }
    let trace = Trace::of(messages);
    let until = trace.messages.last().unwrap().at + std::time::Duration::from_secs(40);
    let found = examine(&trace, &known, until);
    assert_eq!(codes(&found), ["no-response"]);
    assert_eq!(found[0].times, 3);
    let remedy = &found[0].remedy.en;
    assert!(remedy.contains("[trunk.prov]") && remedy.contains("`transport`"));
}

#[test]
fn voice_that_does_not_come_is_told_by_what_was_said_and_counted() {
    let voiceless = |offer: &str, unread: u64| {
        let script = Script::call(offer, &body("198.51.100.1", "")).bye(9.0);
        let media = KnownMedia {
            received: 0,
            sent: 400,
            unread,
        };
        let known = Known {
            media: [((CallUid(7), LegId(1)), media)].into(),
            ..with_trunks(Vec::new())
        };
        codes(&examine_legs(vec![("x", script)], &known))
    };
    let plain = body("203.0.113.7", "");
    assert_eq!(voiceless(&plain, 0), ["no-audio-from-peer"]);
    assert_eq!(voiceless(&plain, 350), ["wrong-codec"]);
    assert_eq!(
        voiceless(&body("203.0.113.7", "a=recvonly\r\n"), 0),
        [""; 0]
    );
    // Messages from one private network, voice wanted in another.
    let moved = |address: &str| {
        let inside: SocketAddr = "192.168.7.7:5060".parse().unwrap();
        let mut script = Script::call(&body(address, ""), &body("192.168.7.1", "")).bye(9.0);
        for message in &mut script.messages {
            match message.passage {
                Passage::In => message.source = inside,
                _ => message.destination = inside,
            }
        }
        let media = KnownMedia {
            received: 0,
            sent: 400,
            unread: 0,
        };
        let known = Known {
            media: [((CallUid(7), LegId(1)), media)].into(),
            ..with_trunks(Vec::new())
        };
        codes(&examine_legs(vec![("x", script)], &known))
    };
    assert_eq!(moved("10.1.2.3"), ["private-media"]);
    assert_eq!(moved("192.168.7.7"), ["no-audio-from-peer"]);
}

#[test]
fn a_phone_that_was_called_is_not_blamed_for_how_it_calls() {
    let known = with_trunks(vec![trunk_at("203.0.113.7", None)]);
    let found = refused("INVITE", "sip:b@h", "488 No", "Warning: 304 x \"no\"\r\n").examine(&known);
    assert_eq!(codes(&found), ["voice-refused"]);
    assert!(found[0].what.en.contains("(PCMA)"), "{}", found[0].what);
    for remedy in [&found[0].remedy.en, &found[0].remedy.fr] {
        assert!(remedy.contains("203.0.113.7:5060 (\"prov\")"), "{remedy}");
        assert!(!remedy.contains("T.38"), "{remedy}");
    }
}

#[test]
fn what_a_trunk_has_to_do_with_encryption_stands_in_its_own_table() {
    for (trunk, table) in [
        ("203.0.113.7", "`[trunk.prov]`"),
        ("192.0.2.9", "`[trunk.NAME]`"),
    ] {
        let known = with_trunks(vec![trunk_at(trunk, None)]);
        let found = refused("INVITE", "sip:b@h", "488 No", "Warning: 302 x \"no\"\r\n");
        let found = found.examine(&known);
        assert_eq!(codes(&found), ["encryption-required"]);
        assert!(found[0].remedy.en.contains(table), "{}", found[0].remedy);
    }
}

#[test]
fn sources_that_send_too_fast_are_told_together() {
    let mut sight = crate::Sight::new(crate::ring::Limits::default());
    let flood = |last: u8| Trouble::Flood {
        source: [192, 0, 2, last].into(),
    };
    let name = Trouble::Name {
        name: "carrier.example".into(),
        fault: rappel_model::trouble::NameFault::Missing,
    };
    sight.suffer(Timestamp::from_micros(0), name);
    for second in 1..=3_000_i64 {
        sight.suffer(Timestamp::from_micros(second), flood((second % 200) as u8));
    }
    let trace = sight.recent(None);
    assert_eq!(trace.troubles.len(), 1 + crate::sight::MAX_FLOODS);
    let found = examine(&trace, &nothing(), Timestamp::from_micros(3_001));
    assert_eq!(codes(&found), ["too-fast", "dns-target"]);
    assert!(found[0].remedy.en.contains("[guard] rate"));
}

#[test]
fn a_browser_without_keys_is_told_and_its_hidden_addresses_are_not() {
    let browsers = |address: &str| body(address, "").replace("RTP/AVP", "UDP/TLS/RTP/SAVPF");
    let call = || Script::call(&browsers("192.168.1.4"), &browsers("198.51.100.1"));
    assert_eq!(call().bye(5.0).codes(&nothing()), [""; 0]);
    let ended = |cause: &str| {
        let reason = format!("Reason: Q.850;cause={cause}\r\n");
        call()
            .say(31.0, ENGINE, PHONE, "2#BYE sip:b@h SIP/2.0", &reason, "")
            .say(31.1, PHONE, ENGINE, "SIP/2.0 200 OK 2#BYE", "", "")
            .codes(&nothing())
    };
    assert_eq!(ended("88"), ["browser-without-keys"]);
    assert_eq!(ended("16"), [""; 0]);
    // The same cause in a call of telephones says nothing of browsers.
    let phones = Script::call(&body("203.0.113.7", ""), &body("198.51.100.1", ""));
    let reason = "Reason: Q.850;cause=88\r\n";
    let phones = phones.say(5.0, ENGINE, PHONE, "2#BYE sip:b@h SIP/2.0", reason, "");
    assert!(!phones.codes(&nothing()).contains(&"browser-without-keys"));
}

#[test]
fn why_an_offer_was_refused_is_told_by_its_profile_and_the_warning() {
    let code = |profile: &str, warning: &str| {
        let offer = body("203.0.113.7", "").replace("RTP/AVP", profile);
        let found = Script::new()
            .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", SDP, &offer)
            .say(0.1, ENGINE, PHONE, "SIP/2.0 488 No INVITE", warning, "")
            .examine(&nothing());
        assert!(!found[0].what.fr.is_empty() && found.len() == 1);
        found[0].code
    };
    let warning = |code: u16| format!("Warning: {code} rappel \"why\"\r\n");
    assert_eq!(code("RTP/AVP", &warning(305)), "codec-mismatch");
    assert_eq!(code("RTP/AVP", ""), "codec-mismatch");
    assert_eq!(code("RTP/AVP", &warning(302)), "encryption-required");
    assert_eq!(code("RTP/AVP", &warning(304)), "no-audio-offered");
    // An address of another family is not a matter of codecs, nor of keys.
    assert_eq!(code("RTP/AVP", &warning(301)), "media-address");
    assert_eq!(code("RTP/SAVP", &warning(301)), "media-address");
    assert_eq!(code("RTP/SAVP", &warning(302)), "encryption-mismatch");
    assert_eq!(code("RTP/SAVP", &warning(399)), "no-common-key");
    assert_eq!(code("UDP/TLS/RTP/SAVPF", &warning(302)), "browser-only");
    assert_eq!(
        code("UDP/TLS/RTP/SAVPF", &warning(399)),
        "browser-incomplete"
    );
}
