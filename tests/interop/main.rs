//! The engine against real counterparts: SIPp, baresip, linphone. Debian's packages, installed by
//! `cargo xtask test`.
#![allow(missing_docs)]

mod baresip;
mod browser;
mod carriers;
mod codecs;
mod dialogs;
mod linphone;
mod names;
mod networks;
mod secure;
mod sipp;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::listen::Sound;
use rappel_tests::sipp::add_carrier;
use rappel_tests::wait::until;

/// The password of every user here. Old phones take no space in one.
const PASSWORD: &str = "correct-horse";

const SECOND: Duration = Duration::from_secs(1);

/// The demo company, with a carrier whose calls come from 127.0.0.2 and a log that tells every step.
fn engine() -> Engine {
    engine_with(|_| {})
}

/// The same after `change` had its way with the configuration.
fn engine_with(change: impl FnOnce(&Path)) -> Engine {
    Engine::start_with(|config| {
        add_carrier(config);
        change(config);
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        fs::write(path, text.replace("level = \"info\"", "level = \"debug\""))
            .expect("it can be written");
    })
}

/// Adds a user whose phone knows MD5 only, and waits until the engine knows them.
fn add_user(engine: &Engine, user: &str) {
    add(engine, user, true);
}

/// Adds a user, and waits until the engine knows them.
fn add(engine: &Engine, user: &str, old_phone: bool) {
    engine.add_user(user, PASSWORD, old_phone);
    let users = engine.rappel(&["user", "list", "--json"]).lines().count();
    until(
        "the engine to learn of the new user",
        Duration::from_secs(5),
        || {
            let log = engine.log();
            let last = log.lines().rfind(|line| line.contains("users read"))?;
            last.ends_with(&format!("users={users}")).then_some(())
        },
    );
}

/// The line that `rappel calls` prints for the newest call.
fn newest_call(engine: &Engine) -> String {
    until("a record of the call", Duration::from_secs(5), || {
        let out = engine.rappel(&["calls", "--json"]);
        out.lines().last().map(str::to_owned)
    })
}

/// A sentence in French: the demo company's own, or one that every company shares.
fn sentence(name: &str) -> Sound {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let own = root.join("crates/shell/server/demo/tenants/garage-martin/prompts/fr");
    let own = own.join(format!("{name}.wav"));
    let shared = root.join(format!("prompts/fr/{name}.wav"));
    Sound::read(if own.exists() { &own } else { &shared })
}

/// Waits until the log has told a fact as often as this.
fn await_fact(engine: &Engine, fact: &str, times: usize, limit: Duration) {
    until(&format!("`{fact}` {times} times"), limit, || {
        (engine.log().matches(fact).count() >= times).then_some(())
    });
}

/// Lets a sentence that has just begun come to its end: speech takes its time.
fn listen(sentence: &Sound) {
    thread::sleep(Duration::from_millis(sentence.millis() as u64 + 500));
}

/// The demo's sentence is heard as it was recorded: found by its fingerprint, with no hole that the
/// recording does not have.
fn assert_heard(heard: &Sound, name: &str) -> usize {
    let spoken = sentence(name);
    let (at, alike) = heard.find(&spoken).expect("enough was heard");
    assert!(alike > 0.85, "`{name}` was not heard: {alike} at {at} ms");
    let longest = |sound: &Sound| {
        let silences = sound.silences(20);
        silences.iter().map(|s| s.to - s.from).max().unwrap_or(0)
    };
    let part = heard.part(at, at + spoken.millis());
    assert!(
        longest(&part) <= longest(&spoken) + 40,
        "`{name}` has a hole: {:?}",
        part.silences(100)
    );
    at
}

/// The other's tone is heard for at least half a second, at the level it was sent, and one's own
/// not at all.
fn assert_only(heard: &Sound, theirs: f32, own: f32) {
    let millis = heard.tone_millis(theirs);
    assert!(millis > 500, "{millis} ms of {theirs} Hz");
    assert_eq!(heard.tone_millis(own), 0, "an echo of {own} Hz");
    let level = heard.tone_level(theirs).expect("it has a level");
    assert!((level + 13.0).abs() < 1.0, "{level} dB");
}
