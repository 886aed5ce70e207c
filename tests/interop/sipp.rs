//! Scenarios of SIPp against a running engine. Each file in `sipp/` says in its first line what
//! the peer does; here stands what must come of it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::sipp::Scenario;

use crate::{PASSWORD, add_user, engine, engine_with, newest_call};

/// Registers a phone and gives the port where another scenario may now answer for it: the message
/// count that every new registration is told (RFC 3842) has come and was answered.
fn registered(engine: &Engine, user: &str) -> u16 {
    add_user(engine, user);
    let register = Scenario::phone("register")
        .service(user)
        .user(user, PASSWORD);
    let port = register.port();
    register.run(engine);
    let socket = UdpSocket::bind(("127.0.0.1", port)).expect("the port is free again");
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a time limit can be set");
    let mut buffer = [0; 2048];
    let (length, from) = socket
        .recv_from(&mut buffer)
        .expect("a new registration is told how many messages wait");
    let notify = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(notify.starts_with("NOTIFY "), "{notify}");
    assert!(notify.contains("Voice-Message: 0/0"), "{notify}");
    let echoed: String = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"]
        .iter()
        .filter_map(|name| notify.lines().find(|line| line.starts_with(name)))
        .map(|line| format!("{}\r\n", line.trim_end()))
        .collect();
    let ok = format!("SIP/2.0 200 OK\r\n{echoed}Content-Length: 0\r\n\r\n");
    socket
        .send_to(ok.as_bytes(), from)
        .expect("loopback takes it");
    port
}

/// Two registered phones: the port where poste-11 answers, and a caller who dials 11.
pub(crate) fn two_phones(engine: &Engine, caller: &'static str) -> (u16, Scenario) {
    let port = registered(engine, "poste-11");
    add_user(engine, "poste-12");
    let caller = Scenario::phone(caller)
        .service("11")
        .user("poste-12", PASSWORD);
    (port, caller)
}

/// Every line of a call record that must be there, each with its value.
pub(crate) fn assert_record(engine: &Engine, expected: &[&str]) {
    let call = newest_call(engine);
    for part in expected {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
}

#[test]
fn a_trunk_call_reaches_the_flow_and_is_recorded() {
    let engine = engine();
    Scenario::trunk("trunk_call")
        .service("+33199000014")
        .run(&engine);
    assert_record(
        &engine,
        &[
            r#""origin":"trunk carrier""#,
            r#""line":"ouvert""#,
            r#""flow":"menu""#,
            r#""outcome":"flow""#,
            r#""ended_by":"caller""#,
            r#""status":200"#,
        ],
    );
}

#[test]
fn the_same_over_tcp_and_with_a_national_number() {
    let engine = engine();
    Scenario::trunk("trunk_call")
        .service("0199000014")
        .tcp()
        .run(&engine);
    assert_record(&engine, &[r#""line":"ouvert""#, r#""outcome":"flow""#]);
}

#[test]
fn digits_by_telephone_event_choose_in_the_menu() {
    let engine = engine();
    Scenario::trunk("trunk_digits")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &["key 2", r#""service":"atelier""#]);
}

#[test]
fn digits_by_info_choose_in_the_menu() {
    let engine = engine();
    Scenario::trunk("info_digits")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &["key 2", r#""service":"atelier""#]);
}

#[test]
fn digits_by_info_over_tcp_choose_in_the_menu() {
    let engine = engine();
    Scenario::trunk("info_digits")
        .service("+33199000014")
        .tcp()
        .run(&engine);
    assert_record(&engine, &["key 2", r#""service":"atelier""#]);
}

#[test]
fn an_invite_sent_twice_makes_one_call() {
    let engine = engine();
    Scenario::trunk("invite_twice")
        .service("+33199000014")
        .run(&engine);
    newest_call(&engine);
    let out = engine.rappel(&["calls", "--json"]);
    assert_eq!(out.lines().count(), 1, "{out}");
}

#[test]
fn a_lost_ack_is_waited_for() {
    let engine = engine();
    let messages = Scenario::trunk("lost_ack")
        .service("+33199000014")
        .run(&engine);
    let answers = messages.matches("CSeq: 1 INVITE\r\nServer").count();
    assert!(
        answers >= 3,
        "the 200 came {answers} times while nobody acknowledged\n{messages}"
    );
    assert_record(&engine, &[r#""outcome":"flow""#, r#""ended_by":"caller""#]);
}

#[test]
fn a_call_that_is_never_acknowledged_ends_with_bye() {
    let engine = engine();
    Scenario::trunk("never_ack")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""ended_by":"network""#]);
}

#[test]
fn cancel_crossing_200_leaves_a_call_that_ends_by_bye() {
    let engine = engine();
    Scenario::trunk("cancel_crosses_200")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""status":200"#, r#""ended_by":"caller""#]);
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let engine = engine();
    let messages = Scenario::trunk("late_offer")
        .service("+33199000014")
        .run(&engine);
    let answer = messages
        .split("-----")
        .find(|m| m.contains("SIP/2.0 200 OK") && m.contains("CSeq: 1 INVITE"))
        .expect("it is answered");
    assert!(answer.contains("m=audio "), "the 200 carries our offer");
    assert_record(&engine, &[r#""outcome":"flow""#]);
}

#[test]
fn hold_and_resume_are_answered_with_the_matching_direction() {
    let engine = engine();
    Scenario::trunk("hold_resume")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &["held by", "resumed by", r#""outcome":"flow""#]);
}

#[test]
fn hold_and_resume_over_tcp() {
    let engine = engine();
    Scenario::trunk("hold_resume")
        .service("+33199000014")
        .tcp()
        .run(&engine);
    assert_record(&engine, &["held by", "resumed by"]);
}

#[test]
fn an_unknown_number_is_404_and_leaves_a_record() {
    let engine = engine();
    Scenario::trunk("unknown_number")
        .service("+33199009999")
        .run(&engine);
    assert_record(
        &engine,
        &[r#""outcome":"refused""#, r#""status":404"#, r#""cause":1,"#],
    );
}

#[test]
fn a_line_that_is_never_answered_is_refused_as_busy() {
    let engine = engine();
    Scenario::trunk("never_answered")
        .service("+33199000018")
        .run(&engine);
    assert_record(
        &engine,
        &[
            r#"{"answered":null"#,
            r#""outcome":"refused""#,
            r#""status":486"#,
        ],
    );
}

#[test]
fn no_codec_in_common_is_488() {
    let engine = engine();
    Scenario::trunk("no_common_codec")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#"{"answered":null"#, r#""status":488"#]);
}

#[test]
fn options_unknown_methods_and_dead_dialogs_get_what_the_rfc_says() {
    let engine = engine();
    Scenario::phone("options").run(&engine);
    Scenario::phone("options").tcp().run(&engine);
    Scenario::trunk("unknown_method").run(&engine);
    Scenario::trunk("dead_dialog").run(&engine);
    assert_eq!(engine.rappel(&["calls", "--json"]), "", "none was a call");
}

#[test]
fn strangers_are_challenged_and_wrong_passwords_refused() {
    let engine = engine();
    add_user(&engine, "poste-13");
    Scenario::phone("stranger").service("100").run(&engine);
    Scenario::phone("register_wrong_password")
        .service("poste-13")
        .user("poste-13", "battery-staple")
        .run(&engine);
    assert_eq!(engine.rappel(&["calls", "--json"]), "", "none was a call");
}

#[test]
fn a_registration_that_is_too_brief_is_423() {
    let engine = engine();
    add_user(&engine, "poste-13");
    Scenario::phone("register_too_brief")
        .service("poste-13")
        .user("poste-13", PASSWORD)
        .run(&engine);
    Scenario::phone("register")
        .service("poste-13")
        .user("poste-13", PASSWORD)
        .tcp()
        .run(&engine);
}

#[test]
fn a_colleague_answers_and_the_caller_hangs_up() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "caller_to_extension");
    let phone = Scenario::phone("phone_answers")
        .on_port(port)
        .start(&engine);
    let calling = caller.run(&engine);
    let ringing = phone.expect_success();
    assert_record(
        &engine,
        &[
            r#""direction":"internal""#,
            r#""origin":"user poste-12""#,
            r#""outcome":"served""#,
            r#""ended_by":"caller""#,
            "reach sofia: answered",
        ],
    );
    assert_apart(&calling, &ringing);
}

#[test]
fn a_caller_on_tcp_reaches_a_phone_on_udp() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "caller_to_extension");
    let phone = Scenario::phone("phone_answers")
        .on_port(port)
        .start(&engine);
    let calling = caller.tcp().run(&engine);
    let ringing = phone.expect_success();
    assert!(calling.contains("Via: SIP/2.0/TCP"), "{calling}");
    assert!(!ringing.contains("SIP/2.0/TCP"), "{ringing}");
    assert_record(&engine, &[r#""outcome":"served""#]);
}

#[test]
fn a_colleague_hangs_up_and_the_caller_gets_bye() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "callee_hangs_up");
    let phone = Scenario::phone("phone_hangs_up")
        .on_port(port)
        .start(&engine);
    caller.run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &[r#""outcome":"served""#, r#""ended_by":"callee""#],
    );
}

#[test]
fn a_busy_colleague_is_busy_for_the_caller() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "callee_busy");
    let phone = Scenario::phone("phone_busy").on_port(port).start(&engine);
    caller.run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &[
            r#"{"answered":null"#,
            r#""status":486"#,
            "reach sofia: busy",
        ],
    );
}

#[test]
fn a_caller_who_gives_up_while_it_rings_stops_the_ringing() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "cancel_while_ringing");
    let phone = Scenario::phone("phone_rings").on_port(port).start(&engine);
    caller.run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &[
            r#"{"answered":null"#,
            r#""outcome":"missed""#,
            r#""ended_by":"caller""#,
            r#""status":487"#,
        ],
    );
}

#[test]
fn a_colleague_who_does_not_answer_leaves_the_caller_with_the_flow() {
    let engine = engine_with(|config| {
        let path = config.join("tenants/garage-martin/mailboxes.toml");
        let mut text = fs::read_to_string(&path).expect("the demo has mailboxes");
        text.push_str("\n[mailbox.karim]\nperson = \"karim\"\n");
        fs::write(path, text).expect("it can be written");
    });
    let port = registered(&engine, "poste-12");
    add_user(&engine, "poste-11");
    let phone = Scenario::phone("phone_rings").on_port(port).start(&engine);
    Scenario::phone("no_answer_then_flow")
        .service("12")
        .user("poste-11", PASSWORD)
        .run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &["reach karim: no answer", r#""origin":"user poste-11""#],
    );
}

#[test]
fn two_phones_hold_and_resume() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "hold_extension");
    let phone = Scenario::phone("phone_answers")
        .on_port(port)
        .start(&engine);
    caller.run(&engine);
    let ringing = phone.expect_success();
    let invites = ringing.matches("\nINVITE ").count();
    assert_eq!(invites, 1, "the other leg keeps its session\n{ringing}");
    assert_record(&engine, &["held by", "resumed by", r#""outcome":"served""#]);
}

#[test]
fn tcp_messages_split_across_segments_are_put_together() {
    let engine = engine();
    let mut stream = TcpStream::connect(engine.sip).expect("the engine listens on TCP");
    stream.set_nodelay(true).expect("segments are ours to cut");
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a time limit can be set");
    let local = stream.local_addr().expect("it is connected");
    let options = |n: u8| {
        format!(
            "OPTIONS sip:{} SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bKsplit{n}\r\n\
             From: <sip:a@{local}>;tag=s\r\nTo: <sip:{}>\r\nCall-ID: split{n}\r\n\
             CSeq: {n} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 4\r\n\r\nbody",
            engine.sip, engine.sip
        )
    };
    // Two messages in one stream, cut at every 37th byte: headers, the blank line and the body.
    let both = options(1) + &options(2);
    for piece in both.as_bytes().chunks(37) {
        stream
            .write_all(piece)
            .expect("the engine takes every piece");
        std::thread::sleep(Duration::from_millis(3));
    }
    let mut heard = String::new();
    let mut buffer = [0; 4096];
    while heard.matches("SIP/2.0 200").count() < 2 {
        let length = stream.read(&mut buffer).expect("both are answered");
        assert!(length > 0, "the engine hung up: {heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    assert!(
        heard.contains("CSeq: 1 OPTIONS") && heard.contains("CSeq: 2 OPTIONS"),
        "{heard}"
    );
}

/// Nothing that names one leg is seen on the other (RFC 7092 §3.1: two dialogs, nothing passed on):
/// not its Call-ID, its tags, its branches, its Contact, nor where its voice goes.
fn assert_apart(calling: &str, ringing: &str) {
    for (ours, theirs) in [(calling, ringing), (ringing, calling)] {
        let named = names(ours);
        assert!(named.len() >= 6, "too little to compare: {named:?}");
        for name in named {
            assert!(!theirs.contains(&name), "`{name}` is on both legs");
        }
    }
}

/// What names a leg in the messages of its phone, the engine's own addresses left out.
fn names(messages: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in messages.lines().map(str::trim_end) {
        if let Some(id) = line.strip_prefix("Call-ID: ") {
            found.push(id.to_owned());
        }
        for mark in [";tag=", ";branch=", "o=- ", "m=audio "] {
            let value = line.split(mark).nth(1).unwrap_or_default();
            let end = value.find([';', '>', ' ']).unwrap_or(value.len());
            if end > 0 {
                found.push(value[..end].to_owned());
            }
        }
        if let Some(contact) = line.strip_prefix("Contact: <sip:sipp@") {
            let end = contact.find([';', '>']).unwrap_or(contact.len());
            found.push(contact[..end].to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}
