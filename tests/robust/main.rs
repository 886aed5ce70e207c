//! Thousands of INVITEs, each broken in one place in one way, over every transport: whatever comes,
//! the engine answers as the RFC says or is silent, and after each fifty a valid call works.
//!
//! By UDP all are sent; by TCP and TLS, where each has a connection of its own, every fifth, or all
//! with `RAPPEL_BROKEN=all` (`cargo xtask soak`).
#![allow(missing_docs)]

mod broken;
mod wires;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rappel_tests::Engine;
use rappel_tests::engine::free_port;
use rappel_tests::phone::Phone;
use rappel_tests::secure::add_listeners;
use rappel_tests::sipp::{TRUNK, add_carrier};

use broken::Broken;
use wires::{Datagrams, Plain, Secure, Wire};

#[test]
fn broken_invites_disturb_nobody() {
    let part = match std::env::var("RAPPEL_BROKEN").as_deref() {
        Ok("all") => 1,
        _ => 5,
    };
    let port = free_port();
    let engine = Engine::start_with(|config| {
        add_carrier(config);
        add_listeners(config, &[("tls", port)]);
        refuse_at_once(config);
    });
    let authority = engine.folder().join("config/cert.pem");
    let tls = SocketAddr::new(engine.sip.ip(), port);
    play(&engine, "UDP", 1, &mut Datagrams::to(engine.sip));
    play(&engine, "TCP", part, &mut Plain::to(engine.sip));
    play(&engine, "TLS", part, &mut Secure::to(tls, &authority));
    let bans = engine.rappel(&["bans", "--lang", "en"]);
    assert!(!bans.contains("127.0.0.2"), "the trunk is banned: {bans}");
}

/// The line that the broken calls are for rings for no time: many are no worse than a valid call, and
/// the engine of the tests has ports for fifty legs.
fn refuse_at_once(config: &Path) {
    let path = config.join("tenants/garage-martin/flows/refus.toml");
    let text = fs::read_to_string(&path).expect("the flow is there");
    let at_once = text.replace("after = \"3s\"\n", "");
    assert_ne!(at_once, text, "it waited");
    fs::write(path, at_once).expect("it can be written");
}

fn play(engine: &Engine, transport: &'static str, part: usize, wire: &mut dyn Wire) {
    let mut all = broken::all(transport, engine.sip);
    assert!(all.len() >= 4_500, "{} broken messages", all.len());
    let mut number = 0;
    all.retain(|_| {
        number += 1;
        number % part == 0
    });
    let start = Instant::now();
    let (mut answers, mut slowest, mut calls) = ([0_u32; 7], Duration::ZERO, 0);
    for group in all.chunks(50) {
        for Broken { bytes, .. } in group {
            wire.send(bytes);
            // Fifty calls at once, as many are, would be all that the engine of the tests has ports for.
            thread::sleep(PACE);
        }
        count(&wire.heard(), &mut answers);
        slowest = slowest.max(valid_call(engine, group));
        calls += 1;
    }
    println!(
        "{transport}: {} broken INVITEs in {} s, answered 1xx to 6xx {:?}; {calls} valid calls, \
         the slowest answered after {} ms",
        all.len(),
        start.elapsed().as_secs(),
        &answers[1..],
        slowest.as_millis()
    );
    let refused = answers[4..].iter().sum::<u32>() as usize;
    assert!(refused > all.len() / 3, "few are told what is wrong");
    assert!(
        slowest < Duration::from_secs(3),
        "a valid call took {slowest:?}"
    );
}

/// How long a valid call took to be answered.
fn valid_call(engine: &Engine, after: &[Broken]) -> Duration {
    let after = || {
        let what = after.iter().map(|broken| broken.what.as_str());
        what.collect::<Vec<_>>().join("\n")
    };
    let start = Instant::now();
    let phone = Phone::dial(engine.sip, TRUNK, "+33199000014");
    let end = start + Duration::from_secs(5);
    while !phone.seen().answered {
        assert!(Instant::now() < end, "no call works after:\n{}", after());
        let failed = phone.seen().failed;
        assert_eq!(failed, None, "a call was refused after:\n{}", after());
        thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    phone.hang_up();
    took
}

/// Counts the status lines in what came back, by their first digit.
fn count(heard: &[u8], answers: &mut [u32; 7]) {
    for line in heard.split(|b| *b == b'\n') {
        if let Some(digit) = line.strip_prefix(b"SIP/2.0 ").and_then(|rest| rest.first()) {
            let class = usize::from(digit.wrapping_sub(b'0'));
            if let Some(count) = answers.get_mut(class) {
                *count += 1;
            }
        }
    }
}

/// Between two broken messages.
const PACE: Duration = Duration::from_micros(300);
