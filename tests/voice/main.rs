//! What callers hear and what is kept of what they say: the engine whole, on real sockets, judged
//! by ear. Few and slow, since sound takes its time.
#![allow(missing_docs)]

mod disk;
mod kill;
mod menu;
mod message;
mod outside;
mod reload;

use std::path::Path;

use rappel_tests::listen::Sound;
use rappel_tests::{Engine, Phone, sipp};

/// The demo company, reachable from the trunk's address.
fn engine() -> Engine {
    Engine::start_with(sipp::add_carrier)
}

/// A call from the trunk, answered.
fn call(engine: &Engine, number: &str) -> Phone {
    let phone = Phone::dial(engine.sip, sipp::TRUNK, number);
    phone.await_answer();
    phone
}

/// A sentence of the demo company, or a shared one.
fn sentence(language: &str, key: &str) -> Sound {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let own = root
        .join("crates/shell/server/demo/tenants/garage-martin/prompts")
        .join(language)
        .join(format!("{key}.wav"));
    let shared = root
        .join("prompts")
        .join(language)
        .join(format!("{key}.wav"));
    Sound::read(if own.exists() { &own } else { &shared })
}
