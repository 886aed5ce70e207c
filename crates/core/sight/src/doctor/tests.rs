//! Findings from message texts, in virtual time: what loopback cannot show, and what is healthy.

mod blame;
mod outside;
mod unheard;

use bytes::Bytes;
use rappel_ivr::words::Lang;
use rappel_sip::Transport;
use rappel_trunk::Settings as Trunk;

use super::*;
use crate::captured::{Captured, Passage};
use crate::known::KnownLine;
use crate::mask::Mask;

const PHONE: &str = "203.0.113.7:5060";
const ENGINE: &str = "198.51.100.1:5060";

/// A conversation being written: seconds, who speaks, what is said.
struct Script {
    messages: Vec<Captured>,
    transport: Transport,
}

impl Script {
    fn new() -> Self {
        Self {
            messages: Vec::new(),
            transport: Transport::Udp,
        }
    }

    fn say(
        mut self,
        second: f64,
        from: &str,
        to: &str,
        start: &str,
        more: &str,
        body: &str,
    ) -> Self {
        let mut words = start.split(' ');
        let method = match words.next() {
            Some("SIP/2.0") => words
                .next_back()
                .expect("the method ends the line")
                .to_owned(),
            Some(method) => method.to_owned(),
            None => String::new(),
        };
        let start = match start.strip_suffix(&method) {
            Some(start) if start.starts_with("SIP/2.0") => start.trim_end(),
            _ => start,
        };
        let (number, cseq_method) = method.split_once('#').unwrap_or(("1", &method));
        let start = start.replace(&format!("{number}#"), "");
        let length = body.len();
        let branch = format!("z9hG4bK{number}{cseq_method}");
        let tag = if number == "1" || start.starts_with("SIP") {
            ""
        } else {
            ";tag=2"
        };
        let defaults = if more.contains("Via:") {
            String::new()
        } else {
            format!("Via: SIP/2.0/UDP h;branch={branch}\r\n")
        };
        let text = format!(
            "{start}\r\n{defaults}{more}Call-ID: x\r\nCSeq: {number} {cseq_method}\r\nFrom: <sip:+33639981234@h>;tag=1\r\n\
             To: <sip:b@h>{tag}\r\nMax-Forwards: 70\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.messages.push(Captured {
            at: Timestamp::from_micros(1_795_000_000_000_000 + (second * 1e6) as i64),
            passage: if from == ENGINE {
                Passage::Out
            } else {
                Passage::In
            },
            transport: self.transport,
            source: from.parse().unwrap(),
            destination: to.parse().unwrap(),
            bytes: Bytes::from(text),
        });
        self
    }

    /// The phone calls, the engine answers with this body after a second, the ACK comes.
    fn call(offer: &str, answer: &str) -> Self {
        Self::new()
            .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", SDP, offer)
            .say(1.0, ENGINE, PHONE, "SIP/2.0 200 OK INVITE", SDP, answer)
            .say(1.1, PHONE, ENGINE, "ACK sip:b@h SIP/2.0", "", "")
    }

    fn bye(self, second: f64) -> Self {
        self.say(second, PHONE, ENGINE, "2#BYE sip:b@h SIP/2.0", "", "")
            .say(second, ENGINE, PHONE, "SIP/2.0 200 OK 2#BYE", "", "")
    }

    fn codes(&self, known: &Known) -> Vec<&'static str> {
        let found = self.examine(known);
        found.iter().map(|finding| finding.code).collect()
    }

    fn examine(&self, known: &Known) -> Vec<Finding> {
        let trace = Trace::of(self.messages.clone());
        let until = trace.messages.last().unwrap().at + std::time::Duration::from_secs(40);
        examine(&trace, known, until)
    }
}

const SDP: &str = "Content-Type: application/sdp\r\n";

fn body(address: &str, more: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\nc=IN IP4 {address}\r\nm=audio 4000 RTP/AVP 8\r\n{more}"
    )
}

fn nothing() -> Known {
    Known::default()
}

#[test]
fn a_healthy_call_gives_no_finding() {
    let (offer, answer) = (body("203.0.113.7", ""), body("198.51.100.1", ""));
    assert_eq!(
        Script::call(&offer, &answer).bye(60.0).codes(&nothing()),
        [""; 0]
    );
    // A message lost once, a hold taken back, a refusal that is a person's: no faults either.
    let again = Script::call(&offer, &answer)
        .say(1.5, ENGINE, PHONE, "SIP/2.0 200 OK INVITE", SDP, &answer)
        .say(
            9.0,
            PHONE,
            ENGINE,
            "3#INVITE sip:b@h SIP/2.0",
            SDP,
            &body("203.0.113.7", "a=sendonly\r\n"),
        )
        .say(
            9.1,
            ENGINE,
            PHONE,
            "SIP/2.0 200 OK 3#INVITE",
            SDP,
            &body("198.51.100.1", "a=recvonly\r\n"),
        )
        .say(9.2, PHONE, ENGINE, "3#ACK sip:b@h SIP/2.0", "", "")
        .say(40.0, PHONE, ENGINE, "4#INVITE sip:b@h SIP/2.0", SDP, &offer)
        .say(40.1, ENGINE, PHONE, "SIP/2.0 200 OK 4#INVITE", SDP, &answer)
        .say(40.2, PHONE, ENGINE, "4#ACK sip:b@h SIP/2.0", "", "")
        .bye(90.0);
    assert_eq!(again.codes(&nothing()), [""; 0]);
    let busy = Script::new()
        .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", "", "")
        .say(1.0, ENGINE, PHONE, "SIP/2.0 486 Busy INVITE", "", "")
        .say(1.1, PHONE, ENGINE, "ACK sip:b@h SIP/2.0", "", "");
    assert_eq!(busy.codes(&nothing()), [""; 0]);
}

#[test]
fn a_phone_that_proved_itself_and_rings_is_healthy() {
    let proof = "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", \
                 response=\"00000000000000000000000000000000\"\r\n";
    let script = Script::new()
        .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", "", "")
        .say(0.1, ENGINE, PHONE, "SIP/2.0 401 Who INVITE", "", "")
        .say(0.2, PHONE, ENGINE, "ACK sip:b@h SIP/2.0", "", "");
    assert_eq!(script.codes(&nothing()), ["unknown-source"]);
    let script = script
        .say(0.3, PHONE, ENGINE, "2#INVITE sip:b@h SIP/2.0", proof, "")
        .say(0.4, ENGINE, PHONE, "SIP/2.0 180 Ringing 2#INVITE", "", "");
    assert_eq!(script.codes(&nothing()), [""; 0]);
}

#[test]
fn voice_that_cannot_arrive_is_told_with_whose_address_is_wrong() {
    let good = body("198.51.100.1", "");
    let theirs = Script::call(&body("192.168.1.20", ""), &good).bye(9.0);
    assert_eq!(theirs.codes(&nothing()), ["private-media"]);
    let ours = Script::call(&body("203.0.113.7", ""), &body("10.0.0.5", "")).bye(9.0);
    assert_eq!(ours.codes(&nothing()), ["advertised-address"]);
    let told = print(&ours.examine(&nothing()), Lang::Fr, Mask::NOTHING);
    assert!(
        told.contains("[sip] advertise") && told.contains("10.0.0.5"),
        "{told}"
    );
    let half = "Via: SIP/2.0/UDP 192.168.1.20;branch=z9hG4bK1INVITE\r\n\
                Contact: <sip:a@203.0.113.7>\r\nContent-Type: application/sdp\r\n";
    let alg = Script::new().say(
        0.0,
        PHONE,
        ENGINE,
        "INVITE sip:b@h SIP/2.0",
        half,
        &body("192.168.1.20", ""),
    );
    assert!(alg.codes(&nothing()).contains(&"alg"));
}

#[test]
fn a_hold_that_lasts_to_the_end_is_told() {
    let held = |end| {
        Script::call(&body("203.0.113.7", ""), &body("198.51.100.1", ""))
            .say(
                9.0,
                PHONE,
                ENGINE,
                "3#INVITE sip:b@h SIP/2.0",
                SDP,
                &body("203.0.113.7", "a=sendonly\r\n"),
            )
            .say(
                9.1,
                ENGINE,
                PHONE,
                "SIP/2.0 200 OK 3#INVITE",
                SDP,
                &body("198.51.100.1", "a=recvonly\r\n"),
            )
            .say(9.2, PHONE, ENGINE, "3#ACK sip:b@h SIP/2.0", "", "")
            .bye(end)
            .codes(&nothing())
    };
    assert_eq!(held(35.0), ["left-on-hold"]);
    assert_eq!(held(20.0), [""; 0]);
}

#[test]
fn calls_that_end_by_the_clock_are_told() {
    let plain = || Script::call(&body("203.0.113.7", ""), &body("198.51.100.1", ""));
    assert_eq!(plain().bye(901.5).codes(&nothing()), ["cut-by-the-clock"]);
    assert_eq!(plain().bye(880.0).codes(&nothing()), [""; 0]);
    let timed = |end: f64| {
        let with = "Session-Expires: 90;refresher=uac\r\nContent-Type: application/sdp\r\n";
        Script::new()
            .say(
                0.0,
                PHONE,
                ENGINE,
                "INVITE sip:b@h SIP/2.0",
                SDP,
                &body("203.0.113.7", ""),
            )
            .say(
                0.0,
                ENGINE,
                PHONE,
                "SIP/2.0 200 OK INVITE",
                with,
                &body("198.51.100.1", ""),
            )
            .say(0.1, PHONE, ENGINE, "ACK sip:b@h SIP/2.0", "", "")
            .bye(end)
    };
    assert_eq!(timed(62.0).codes(&nothing()), ["session-timer"]);
    assert_eq!(timed(30.0).codes(&nothing()), [""; 0]);
    let small = Script::new()
        .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", "", "")
        .say(
            0.1,
            ENGINE,
            PHONE,
            "SIP/2.0 422 Small INVITE",
            "Min-SE: 90\r\n",
            "",
        );
    assert_eq!(small.codes(&nothing()), ["session-interval"]);
}

#[test]
fn silence_is_told_by_its_likely_cause() {
    let repeated = |length: usize, transport| {
        let mut script = Script::new();
        script.transport = transport;
        let long = "x".repeat(length);
        for second in [0.0, 0.5, 1.5, 3.5] {
            script = script.say(second, ENGINE, PHONE, "INVITE sip:b@h SIP/2.0", "", &long);
        }
        script.codes(&nothing())
    };
    assert_eq!(repeated(0, Transport::Udp), ["no-response"]);
    assert_eq!(repeated(1_300, Transport::Udp), ["fragmented"]);
    let mut once = Script::new();
    once.transport = Transport::Tcp;
    let once = once.say(0.0, ENGINE, PHONE, "OPTIONS sip:b@h SIP/2.0", "", "");
    assert_eq!(once.codes(&nothing()), ["no-response"]);
    let hidden = "192.168.1.20:5060";
    let mut nat = Script::new().say(
        0.0,
        PHONE,
        ENGINE,
        "INVITE sip:b@h SIP/2.0",
        "Contact: <sip:a@192.168.1.20>\r\n",
        "",
    );
    nat = nat.say(0.1, ENGINE, PHONE, "SIP/2.0 100 Trying INVITE", "", "");
    for second in [1.0, 1.5, 2.5] {
        nat = nat.say(second, ENGINE, hidden, "2#BYE sip:b@h SIP/2.0", "", "");
    }
    assert!(nat.codes(&nothing()).contains(&"nat-contact"));
}

#[test]
fn an_answer_that_is_never_acknowledged_is_told_with_where_the_ack_went() {
    let mut script = Script::new().say(
        0.0,
        PHONE,
        ENGINE,
        "INVITE sip:b@h SIP/2.0",
        SDP,
        &body("203.0.113.7", ""),
    );
    for second in [1.0, 1.5, 2.5, 4.5] {
        let contact = "Contact: <sip:10.0.0.5>\r\nContent-Type: application/sdp\r\n";
        script = script.say(
            second,
            ENGINE,
            PHONE,
            "SIP/2.0 200 OK INVITE",
            contact,
            &body("198.51.100.1", ""),
        );
    }
    let script = script.say(33.0, ENGINE, PHONE, "2#BYE sip:b@h SIP/2.0", "", "");
    let found = script.examine(&nothing());
    assert_eq!(
        found.iter().map(|f| f.code).collect::<Vec<_>>(),
        ["ack-missing"]
    );
    assert!(found[0].what.en.contains("sip:10.0.0.5") && found[0].what.en.contains("after 32 s"));
}

#[test]
fn refusals_are_told_as_what_they_mean() {
    let refused = |method: &str, line: &str, more: &str| {
        let sent = format!("{method} sip:b@h SIP/2.0");
        let status = format!("SIP/2.0 {line} {method}");
        Script::new()
            .say(0.0, PHONE, ENGINE, &sent, "", "")
            .say(0.1, ENGINE, PHONE, &status, more, "")
            .codes(&nothing())
    };
    for (method, line, code) in [
        ("INVITE", "482 Loop", "loop"),
        ("INVITE", "483 Hops", "loop"),
        ("INVITE", "400 What", "bad-request"),
        ("INVITE", "404 None", "unknown-number"),
        ("INVITE", "503 Full", "overload"),
        ("REFER", "405 No", "method"),
    ] {
        assert_eq!(refused(method, line, ""), [code], "{line}");
    }
    for harmless in [
        ("OPTIONS", "405 No"),
        ("PUBLISH", "489 No"),
        ("BYE", "481 Gone"),
        ("INVITE", "480 Away"),
    ] {
        assert_eq!(refused(harmless.0, harmless.1, ""), [""; 0], "{harmless:?}");
    }
}

#[test]
fn what_a_trunk_may_not_reach_and_what_it_refuses_is_told_with_its_key() {
    let mut trunk = Trunk::new("carrier".into());
    trunk.addresses = vec!["203.0.113.7".parse().unwrap()];
    trunk.country_code = Some("33".into());
    trunk.tenants = Some(["other".into()].into());
    let line = KnownLine {
        tenant: "garage".into(),
        name: "accueil".into(),
        number: "+33199000010".into(),
        extension: None,
    };
    let known = Known {
        is_there: true,
        trunks: vec![trunk],
        lines: vec![line],
        ..Known::default()
    };
    let call = |number: &str| {
        let sent = format!("INVITE sip:{number}@h SIP/2.0");
        Script::new()
            .say(0.0, PHONE, ENGINE, &sent, "", "")
            .say(0.1, ENGINE, PHONE, "SIP/2.0 404 None INVITE", "", "")
            .examine(&known)
    };
    let found = call("+33199000010");
    assert_eq!(found[0].code, "tenant-not-allowed");
    assert!(found[0].remedy.en.contains("[trunk.carrier] tenants"));
    assert_eq!(call("199000010")[0].code, "number-form");
    assert_eq!(call("+33199000019")[0].code, "unknown-number");
    // Numbers are hidden where they are shown.
    let told = print(
        &call("+33199000019"),
        Lang::En,
        Mask {
            secrets: true,
            numbers: true,
        },
    );
    assert!(
        !told.contains("33199000019") && told.contains("+xxxxxxxxx19"),
        "{told}"
    );
    for (status, code) in [
        ("401 Who", "trunk-credentials"),
        ("403 No", "trunk-caller-id"),
        ("484 Short", "trunk-number"),
        ("503 Full", "trunk-unavailable"),
    ] {
        let status = format!("SIP/2.0 {status} INVITE");
        let out = Script::new()
            .say(
                0.0,
                ENGINE,
                PHONE,
                "INVITE sip:0102030405@h SIP/2.0",
                "",
                "",
            )
            .say(0.1, PHONE, ENGINE, &status, "", "");
        assert_eq!(out.codes(&known), [code]);
    }
    let register = Script::new()
        .say(0.0, ENGINE, PHONE, "REGISTER sip:h SIP/2.0", PROOF, "")
        .say(0.1, PHONE, ENGINE, "SIP/2.0 403 No REGISTER", "", "");
    assert_eq!(register.codes(&known), ["trunk-credentials"]);
}

#[test]
fn equal_findings_are_told_once_and_counted() {
    let mut messages = Vec::new();
    for number in 0..3 {
        let mut script = Script::new()
            .say(
                f64::from(number),
                PHONE,
                ENGINE,
                "INVITE sip:b@h SIP/2.0",
                "",
                "",
            )
            .say(
                f64::from(number) + 0.1,
                ENGINE,
                PHONE,
                "SIP/2.0 503 Full INVITE",
                "",
                "",
            );
        for message in &mut script.messages {
            let text = String::from_utf8(message.bytes.to_vec()).unwrap();
            message.bytes = text
                .replace("Call-ID: x", &format!("Call-ID: x{number}"))
                .into();
        }
        messages.append(&mut script.messages);
    }
    let trace = Trace::of(messages);
    let found = examine(&trace, &nothing(), trace.messages.last().unwrap().at);
    assert_eq!(
        (found.len(), found[0].times, found[0].call_id.as_str()),
        (1, 3, "x2")
    );
    assert!(print(&found, Lang::En, Mask::NOTHING).starts_with("overload, 3 times  "));
}

const PROOF: &str = "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:b@h\", \
                     response=\"00000000000000000000000000000000\"\r\n";

/// The engine answers a request of the phone at once.
fn refusal(method: &str, more: &str, status: &str, reason: &str) -> Script {
    let sent = format!("{method} sip:b@h SIP/2.0");
    let status = format!("SIP/2.0 {status} {method}");
    Script::new()
        .say(0.0, PHONE, ENGINE, &sent, more, "")
        .say(0.1, ENGINE, PHONE, &status, reason, "")
}

#[test]
fn a_refusal_of_credentials_is_a_wrong_password_only_when_it_was_about_them() {
    let code = |method: &str, more: &str, reason: &str| {
        refusal(method, more, "403 No", reason).codes(&nothing())
    };
    assert_eq!(code("INVITE", PROOF, ""), ["wrong-password"]);
    for cause in ["57", "21"] {
        let reason = format!("Reason: Q.850;cause={cause}\r\n");
        assert_eq!(code("INVITE", PROOF, &reason), ["outside-not-allowed"]);
        assert_eq!(code("INVITE", "", &reason), ["outside-not-allowed"]);
    }
    assert_eq!(code("INVITE", PROOF, "Reason: Q.850;cause=1\r\n"), [""; 0]);
    let elsewhere = PROOF.replace("uri=\"sip:b@h\"", "uri=\"sip:b@other\"");
    assert_eq!(code("INVITE", &elsewhere, ""), ["wrong-digest-uri"]);
    // Somebody rang: the password was good.
    let rang = Script::new()
        .say(0.0, PHONE, ENGINE, "INVITE sip:b@h SIP/2.0", PROOF, "")
        .say(0.1, ENGINE, PHONE, "SIP/2.0 180 Ringing INVITE", "", "")
        .say(1.0, ENGINE, PHONE, "SIP/2.0 403 No INVITE", "", "");
    assert_eq!(rang.codes(&nothing()), [""; 0]);
    // A carrier's refusal of our own proof is not a phone's password.
    let ours = Script::new()
        .say(0.0, ENGINE, PHONE, "INVITE sip:b@h SIP/2.0", PROOF, "")
        .say(0.1, PHONE, ENGINE, "SIP/2.0 403 No INVITE", "", "");
    assert_eq!(ours.codes(&nothing()), [""; 0]);
    let told = print(
        &refusal("INVITE", PROOF, "403 No", "").examine(&nothing()),
        Lang::En,
        Mask::NOTHING,
    );
    assert!(!told.contains("user remove"), "{told}");
}

#[test]
fn the_engine_is_full_only_when_it_says_so_itself() {
    let script = |cause: u8| {
        let reason = format!("Reason: Q.850;cause={cause}\r\n");
        refusal("INVITE", "", "503 No", &reason)
    };
    for (cause, code) in [
        (42, "engine-full"),
        (38, "trunks-down"),
        (63, "trunks-drained"),
        (34, "trunks-full"),
        (47, "company-full"),
        (44, "channels-taken"),
        (41, "engine-stopping"),
    ] {
        assert_eq!(script(cause).codes(&nothing()), [code]);
    }
    // Another leg was tried between: what it was answered is passed on.
    let mut passed = script(42);
    let leg = Script::new().say(
        0.05,
        ENGINE,
        "192.0.2.9:5060",
        "INVITE sip:c@h SIP/2.0",
        "",
        "",
    );
    passed.messages.splice(
        1..1,
        leg.messages.into_iter().map(|mut message| {
            let text = String::from_utf8(message.bytes.to_vec()).unwrap();
            message.bytes = text.replace("Call-ID: x", "Call-ID: y").into();
            message
        }),
    );
    assert!(!passed.codes(&nothing()).contains(&"engine-full"));
}

#[test]
fn a_body_that_is_not_read_is_told_with_what_is() {
    let found = refusal(
        "INFO",
        SDP,
        "415 Type",
        "Accept: application/dtmf-relay\r\n",
    );
    let found = found.examine(&nothing());
    assert_eq!(found[0].code, "content-type");
    assert!(found[0].remedy.fr.contains("application/dtmf-relay"));
}

#[test]
fn a_number_that_there_is_is_not_called_unknown() {
    let known = Known {
        is_there: true,
        extensions: [("garage".into(), "b".to_owned())].into(),
        ..Known::default()
    };
    let codes = |known: &Known| refusal("INVITE", "", "404 None", "").codes(known);
    assert_eq!(codes(&known), ["led-nowhere"]);
    assert_eq!(codes(&nothing()), ["unknown-number"]);
    let reason = "Reason: Q.850;cause=3\r\n";
    let outside = refusal("INVITE", "", "404 None", reason);
    assert_eq!(outside.codes(&nothing()), ["no-trunk"]);
}
