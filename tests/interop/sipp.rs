//! Scenarios of SIPp against a running engine. Each file in `sipp/` says in its first line what
//! the peer does; here stands what must come of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::engine::free_port;
use rappel_tests::sipp::{Scenario, add_carrier};
use rappel_tests::wait::until;

/// The demo company, with a carrier whose calls come from 127.0.0.2.
fn engine() -> Engine {
    Engine::start_with(add_carrier)
}

/// Registers a phone and answers on the same port with another scenario.
fn registered(engine: &Engine, user: &str) -> u16 {
    engine.add_user(user, "correct horse", true);
    let port = free_port();
    until(
        "the engine to learn of the new user",
        Duration::from_secs(5),
        || engine.log().contains("users").then_some(()),
    );
    Scenario::phone("register")
        .service(user)
        .on_port(port)
        .option(&KEY)
        .run(engine);
    port
}

const KEY: [&str; 3] = ["-key", "password", "correct horse"];

/// The line that `rappel calls` prints for the newest call.
fn newest_call(engine: &Engine) -> String {
    until("a record of the call", Duration::from_secs(5), || {
        let out = engine.rappel(&["calls", "--json"]);
        out.lines()
            .find(|line| line.contains("\"uid\""))
            .map(str::to_owned)
    })
}

#[test]
fn a_trunk_call_reaches_the_flow_and_is_recorded() {
    let engine = engine();
    Scenario::trunk("trunk_call")
        .service("+33199000014")
        .run(&engine);
    let call = newest_call(&engine);
    assert!(
        call.contains("carrier") && call.contains("principal") || call.contains("ouvert"),
        "{call}"
    );
}

#[test]
fn the_same_over_tcp() {
    let engine = engine();
    Scenario::trunk("trunk_call")
        .service("0199000014")
        .tcp()
        .run(&engine);
}

#[test]
fn digits_by_telephone_event_choose_in_the_menu() {
    let engine = engine();
    Scenario::trunk("trunk_digits")
        .service("+33199000014")
        .run(&engine);
    assert!(
        newest_call(&engine).contains("atelier"),
        "{}",
        newest_call(&engine)
    );
}

#[test]
fn digits_by_info_choose_in_the_menu() {
    let engine = engine();
    Scenario::trunk("info_digits")
        .service("+33199000014")
        .run(&engine);
    assert!(
        newest_call(&engine).contains("atelier"),
        "{}",
        newest_call(&engine)
    );
}

#[test]
fn an_invite_sent_twice_makes_one_call() {
    let engine = engine();
    Scenario::trunk("invite_twice")
        .service("+33199000014")
        .run(&engine);
    newest_call(&engine);
    let out = engine.rappel(&["calls", "--json"]);
    assert_eq!(out.matches("\"uid\"").count(), 1, "{out}");
}

#[test]
fn a_lost_ack_is_waited_for() {
    Scenario::trunk("lost_ack")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn a_call_that_is_never_acknowledged_ends_with_bye() {
    Scenario::trunk("never_ack")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn cancel_crossing_200_leaves_a_call_that_ends_by_bye() {
    Scenario::trunk("cancel_crosses_200")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    Scenario::trunk("late_offer")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn hold_and_resume_are_answered_with_the_matching_direction() {
    Scenario::trunk("hold_resume")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn an_unknown_number_is_404_and_leaves_a_record() {
    let engine = engine();
    Scenario::trunk("unknown_number")
        .service("+33199009999")
        .run(&engine);
    let call = newest_call(&engine);
    assert!(call.contains("refused") && call.contains("404"), "{call}");
}

#[test]
fn a_line_that_is_never_answered_is_refused_as_busy() {
    let engine = engine();
    Scenario::trunk("never_answered")
        .service("+33199000018")
        .run(&engine);
    assert!(
        newest_call(&engine).contains("\"answered\":null"),
        "{}",
        newest_call(&engine)
    );
}

#[test]
fn no_codec_in_common_is_488() {
    Scenario::trunk("no_common_codec")
        .service("+33199000014")
        .run(&engine());
}

#[test]
fn options_unknown_methods_and_dead_dialogs_get_what_the_rfc_says() {
    let engine = engine();
    Scenario::phone("options").run(&engine);
    Scenario::phone("options").tcp().run(&engine);
    Scenario::trunk("unknown_method").run(&engine);
    Scenario::trunk("dead_dialog").run(&engine);
}

#[test]
fn strangers_are_challenged_and_wrong_passwords_refused() {
    let engine = engine();
    engine.add_user("poste-13", "correct horse", true);
    Scenario::phone("stranger").service("100").run(&engine);
    let wrong = ["-key", "password", "battery staple"];
    Scenario::phone("register_wrong_password")
        .service("poste-13")
        .option(&wrong)
        .run(&engine);
}

#[test]
fn a_registration_that_is_too_brief_is_423() {
    let engine = engine();
    registered(&engine, "poste-13");
    Scenario::phone("register_too_brief")
        .service("poste-13")
        .option(&KEY)
        .run(&engine);
}

#[test]
fn a_colleague_answers_and_the_caller_hangs_up() {
    let engine = engine();
    let port = registered(&engine, "poste-11");
    let phone = Scenario::phone("phone_answers")
        .on_port(port)
        .start(&engine);
    Scenario::trunk("caller_to_extension")
        .service("+33199000014")
        .start(&engine);
    drop(phone);
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
