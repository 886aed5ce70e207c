//! The bench of signalling: a server of our own, and whole calls at two rates.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Figures, Plan, run};
use crate::load::bench::{Folder, Own, free_port};
use crate::load::interrupt::Interrupt;

/// Measures at half of [`GOAL`] and at [`GOAL`], each with a server that has just started.
pub(crate) fn measure(seconds: u64, interrupt: &Interrupt) -> Result<[Figures; 2], String> {
    let at = |rate: u32| {
        eprintln!("measuring {rate} whole calls a second, signalling alone …");
        with_own_server(rate, Duration::from_secs(seconds), interrupt)
    };
    Ok([at(GOAL / 2)?, at(GOAL)?])
}

/// As a table for people.
pub(crate) fn table(all: &[Figures]) -> String {
    let mut text = String::from(
        "signalling: INVITE, 180, 200, ACK, BYE\n\
         asked/s     begun     whole   refused   set-up p50 / p99 ms   millicores   calls/s on one core\n",
    );
    for figures in all {
        writeln!(
            text,
            "{:7} {:9} {:9} {:9} {:11.1} / {:6.1} {:14.0} {:14.0}",
            figures.rate,
            figures.begun,
            figures.whole,
            figures.refused,
            figures.setup_ms(0.50),
            figures.setup_ms(0.99),
            figures.millicores,
            figures.per_core(),
        )
        .expect("a String takes everything");
    }
    text
}

/// For programs.
pub(crate) fn json(all: &[Figures]) -> serde_json::Value {
    let one = |figures: &Figures| {
        serde_json::json!({
            "rate": figures.rate,
            "begun": figures.begun,
            "whole": figures.whole,
            "refused": figures.refused,
            "setup_ms": { "p50": figures.setup_ms(0.50), "p99": figures.setup_ms(0.99) },
            "millicores": figures.millicores,
            "calls_per_second_and_core": figures.per_core(),
        })
    };
    all.iter().map(one).collect()
}

fn with_own_server(rate: u32, length: Duration, interrupt: &Interrupt) -> Result<Figures, String> {
    let folder = Folder::make()?;
    let port = free_port()?;
    let engine = ENGINE.replace("PORT", &port.to_string());
    folder.write(&[
        ("rappel.toml", &engine),
        ("tenants/bench/tenant.toml", TENANT),
        ("tenants/bench/flows/short.toml", FLOW),
    ])?;
    let server = Own::start(&["serve", "--config", &folder.0.to_string_lossy()])?;
    let plan = Plan {
        server: SocketAddr::from(([127, 0, 0, 1], port)),
        number: NUMBER.to_owned(),
        rate,
        length,
        pid: server.child.id(),
    };
    run(&plan, interrupt)
}

/// Whole calls per second that one core is to carry.
const GOAL: u32 = 5_000;

const NUMBER: &str = "+33199000100";

const ENGINE: &str = r#"
[sip]
address = "127.0.0.1"
port = PORT
[media]
ports = "12000-27999"
[limits]
calls = 100000
[log]
level = "warn"
[trunk.load]
address = ["127.0.0.0/8"]
"#;

const TENANT: &str = r#"
rappel = 1
[tenant]
title = "Bench"
timezone = "Europe/Paris"
languages = ["en"]
[line.bench]
number = "+33199000100"
flow = "short"
"#;

/// Rings for a second, so that a 180 goes out, then answers.
const FLOW: &str = r#"
rappel = 1
[flow]
title = "Ring, answer, wait for the caller to hang up"
start = "rings"
languages = ["en"]
[step.rings]
do = "ring"
for = "1s"
next = "answers"
[step.answers]
do = "answer"
next = "waits"
[step.waits]
do = "pause"
for = "2s"
next = "ends"
[step.ends]
do = "hangup"
prompt = "goodbye"
"#;
