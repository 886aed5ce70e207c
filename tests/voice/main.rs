//! What callers hear and what is kept of what they say: the engine whole, on real sockets, judged
//! by ear. Few and slow, since sound takes its time.
#![allow(missing_docs)]

mod conference;
mod disk;
mod drain;
mod early;
mod injection;
mod kill;
mod menu;
mod message;
mod office;
mod outside;
mod reload;
mod restart;
mod self_test;
mod silence;
mod standstill;
mod steady;
mod supervise;
mod talk_off;
mod taping;
mod transfer;

use std::path::Path;

use rappel_tests::handset::Manners;
use rappel_tests::listen::Sound;
use rappel_tests::{Engine, Handset, Phone, sipp};

/// The demo company, reachable from the trunk's address.
fn engine() -> Engine {
    Engine::start_with(sipp::add_carrier)
}

/// The demo company with three more people, who have the extensions 20 to 22 and a phone each.
fn company(change: impl FnOnce(&Path)) -> Engine {
    Engine::start_with(|config| {
        let path = config.join("tenants/garage-martin/people.toml");
        let mut text = std::fs::read_to_string(&path).expect("the demo has people");
        for (person, extension) in [("lea", 20), ("paul", 21), ("nour", 22)] {
            text.push_str(&format!(
                "\n[person.{person}]\nname = \"{person}\"\nphones = [\"poste-{extension}\"]\n\
                 extension = \"{extension}\"\n"
            ));
        }
        text.push_str("\n[team.comptoir]\nmembers = [\"lea\", \"paul\"]\n");
        std::fs::write(path, text).expect("the fixture is ours");
        change(config);
    })
}

/// A user's phone, made known and registered.
fn handset(engine: &Engine, user: &str, manners: Manners) -> Handset {
    engine.add_user(user, PASSWORD, false);
    Handset::of(engine.sip, user, PASSWORD, manners)
}

/// The password of every handset.
const PASSWORD: &str = "grand-secret-7";

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
