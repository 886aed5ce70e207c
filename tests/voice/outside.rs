//! Other systems that are slow, endless or no systems at all: the caller hears something within a
//! second or so, and the call goes on where the flow says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use rappel_tests::{Engine, Phone, sipp};

use super::sentence;

/// A flow that asks `port`, and says another sentence for each outcome.
fn flow(port: u16) -> String {
    format!(
        r#"
rappel = 1
[flow]
title     = "Dehors"
start     = "decrocher"
languages = ["fr", "en"]
[vars]
nom = {{ type = "text" }}
[step.decrocher]
do   = "answer"
next = "demander"
[step.demander]
do         = "http"
url        = "http://127.0.0.1:{port}/v1/x"
read.nom   = "nom"
timeout    = "4s"
meanwhile  = "un-instant"
on.ok      = "bien"
on.missing = "bien"
on.failed  = "panne"
[step.bien]
do     = "hangup"
prompt = "au-revoir"
[step.panne]
do     = "hangup"
prompt = "horaires"
"#
    )
}

/// An engine whose line asks whoever listens behind `answer`, one connection at a time.
fn engine(answer: impl Fn(TcpStream) + Send + 'static) -> Engine {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    Engine::start_with(|config| {
        sipp::add_carrier(config);
        let tenant = config.join("tenants/garage-martin");
        let add = |file: &str, text: &str| {
            let path = tenant.join(file);
            let before = std::fs::read_to_string(&path).unwrap_or_default();
            std::fs::write(path, before + text).expect("the fixture is ours");
        };
        add("flows/dehors.toml", &flow(port));
        add(
            "lines.toml",
            "\n[line.dehors]\nnumber = \"+33199000019\"\nflow = \"dehors\"\n",
        );
        let allow = format!("\n[http]\nallow = [\"http://127.0.0.1:{port}/v1/\"]\n");
        add("tenant.toml", &allow);
    })
}

/// Reads what is asked, as far as it comes at once.
fn asked(stream: &mut TcpStream) {
    let _read = stream.read(&mut [0; 4096]);
}

#[test]
fn a_good_answer_is_heard_at_once() {
    let engine = engine(|mut stream| {
        asked(&mut stream);
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"nom\":\"Léa\"}";
        let _sent = stream.write_all(text.replace("13", "14").as_bytes());
    });
    let phone = Phone::dial(engine.sip, sipp::TRUNK, "+33199000019");
    phone.await_answer();
    phone.await_sentence(&sentence("fr", "au-revoir"), 0, Duration::from_secs(10));
    phone.await_end(Duration::from_secs(5));
}

#[test]
fn whoever_never_answers_costs_their_limit_and_no_silence() {
    let engine = engine(|mut stream| {
        asked(&mut stream);
        // A header a second, for ever.
        let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Still: here\r\n").is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    let phone = Phone::dial(engine.sip, sipp::TRUNK, "+33199000019");
    phone.await_answer();
    let moment = sentence("fr", "un-instant");
    let end = phone.await_sentence(&moment, 0, Duration::from_secs(5));
    let begun = end - moment.millis();
    assert!(begun <= 1_300, "the first word came after {begun} ms");
    phone.await_sentence(&sentence("fr", "horaires"), 0, Duration::from_secs(15));
    phone.await_end(Duration::from_secs(10));
}

#[test]
fn garbage_and_floods_are_a_failure_like_any_other() {
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\n\r\n<html>",
        "",
    ] {
        let engine = engine(move |mut stream| {
            asked(&mut stream);
            let _sent = stream.write_all(answer.as_bytes());
        });
        let phone = Phone::dial(engine.sip, sipp::TRUNK, "+33199000019");
        phone.await_answer();
        phone.await_sentence(&sentence("fr", "horaires"), 0, Duration::from_secs(15));
        phone.hang_up();
    }
}
