//! Phones in browsers: SIP.js in headless Chromium over secure WebSockets (RFC 7118).

use rappel_tests::Engine;
use rappel_tests::baresip::{Baresip, Transport};
use rappel_tests::browser::Browser;
use rappel_tests::engine::{free_port, free_ports};

use std::time::Duration;

use crate::secure::secure_engine;
use crate::{PASSWORD, SECOND, add_user, newest_call};

fn page(engine: &Engine, wss: u16, user: &str, call: &str) -> Browser {
    let parameters = [
        ("server", format!("wss://localhost:{wss}")),
        ("domain", engine.sip.to_string()),
        ("user", user.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("media", free_ports(1).to_string()),
        ("call", call.to_owned()),
    ];
    Browser::start(engine, user, &parameters)
}

#[test]
fn a_browser_registers_calls_and_hangs_up() {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    add_user(&engine, "poste-12");
    let browser = page(&engine, wss, "poste-12", "104");
    for told in [
        "connected",
        "registerer Registered",
        "outgoing Establishing",
        "described m=audio",
        "outgoing Established",
        "outgoing Terminated",
    ] {
        browser.await_told(told);
    }
    let call = newest_call(&engine);
    for part in ["\"origin\":\"user poste-12\"", "\"ended_by\":\"caller\""] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
    assert!(!browser.log().contains("PHONE error"), "{}", browser.log());
}

#[test]
fn a_browser_is_rung_by_its_connection() {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    add_user(&engine, "poste-11");
    let browser = page(&engine, wss, "poste-11", "");
    browser.await_told("registerer Registered");
    add_user(&engine, "poste-12");
    let tone = (440.0, Duration::from_secs(60));
    let mut karim = Baresip::start(&engine, ("poste-12", PASSWORD), Transport::Udp, tone);
    karim.call("11");
    browser.await_told("rings");
    browser.await_told("incoming Established");
    std::thread::sleep(SECOND);
    karim.hang_up();
    browser.await_told("incoming Terminated");
    let call = newest_call(&engine);
    assert!(call.contains("reach sofia: answered"), "{call}");
}
