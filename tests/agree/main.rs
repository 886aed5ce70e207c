//! The same tests played on paper and by the engine: a caller of our own on real sockets does and hears
//! what the test says, and both diaries must tell the same steps, ways and messages.
#![allow(missing_docs)]

mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rappel_model::TenantId;
use rappel_rehearsal::{ByWords, Scene, Test, script};
use rappel_tenant::{Files, Version};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/shell/server/demo");
const TENANT: &str = "garage-martin";
/// Tests played on the wire at once: each mostly waits.
const AT_ONCE: usize = 4;
/// Fewest tests of the demo that must be playable on the wire, so that none is lost unnoticed.
const FEWEST: usize = 6;

#[test]
fn the_engine_lives_what_the_simulator_says() {
    let version = demo();
    let tests = tests(&version).into_iter().filter(wire::can_play);
    let tests: Vec<Test> = tests.filter(|test| is_served(&version, test)).collect();
    assert!(
        tests.len() >= FEWEST,
        "only {} tests can be played",
        tests.len()
    );
    let mut wrong = Vec::new();
    for some in tests.chunks(AT_ONCE) {
        let judged: Vec<Option<String>> = std::thread::scope(|scope| {
            let version = &version;
            let playing: Vec<_> = some
                .iter()
                .map(|test| scope.spawn(move || differs(version, test)))
                .collect();
            let joined = playing.into_iter().map(|thread| thread.join());
            joined
                .map(|result| result.unwrap_or_else(|_| Some("it panicked".to_owned())))
                .collect()
        });
        let named = some.iter().zip(judged);
        wrong.extend(named.filter_map(|(test, why)| Some(format!("{}: {}", test.name, why?))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Whether the test passes with what this release serves.
fn is_served(version: &Arc<Version>, test: &Test) -> bool {
    let mut test = test.clone();
    test.given.as_served = true;
    let report = script::perform(version, &test, 1, Box::new(ByWords));
    report.failures.is_empty()
}

/// What the two diaries of a test do not agree upon.
fn differs(version: &Arc<Version>, test: &Test) -> Option<String> {
    let mut test = test.clone();
    test.given.as_served = true;
    let report = script::perform(version, &test, 1, Box::new(ByWords));
    let scenes = report.world.scenes().iter().map(|(_, scene)| scene);
    let expected: Vec<String> = scenes.filter_map(told).collect();
    let lived = wire::play(version, &test, &report);
    (expected != lived).then(|| {
        format!(
            "on paper\n  {}\non the wire\n  {}",
            expected.join("\n  "),
            lived.join("\n  ")
        )
    })
}

/// A scene as both diaries tell it.
fn told(scene: &Scene) -> Option<String> {
    match scene {
        Scene::Left { step, way, .. } => Some(format!("{step} -> {way}")),
        Scene::Kept { mailbox, .. } => Some(format!("message in {mailbox}")),
        Scene::Count(name) => Some(format!("count {name}")),
        _ => None,
    }
}

fn demo() -> Arc<Version> {
    let mut files = Files::new(format!("tenants/{TENANT}"));
    let root = Path::new(DEMO).join("tenants").join(TENANT);
    for path in below(&root) {
        let name = path.strip_prefix(&root).expect("it is below");
        let name = name.to_string_lossy();
        if name.ends_with(".toml") {
            let text = fs::read_to_string(&path).expect("a file of the demo");
            files.add(name, text).expect("the demo is small");
        }
    }
    let loaded = rappel_tenant::load(&TenantId::from(TENANT), &files, &Files::new("shared"));
    Arc::new(loaded.unwrap_or_else(|problems| {
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    }))
}

fn tests(version: &Version) -> Vec<Test> {
    let folder = Path::new(DEMO).join("tenants").join(TENANT).join("tests");
    let read = below(&folder).into_iter().flat_map(|path| {
        let text = fs::read_to_string(&path).expect("a file of the demo");
        let name = path.to_string_lossy().into_owned();
        script::read(&name, &text, version).expect("the tests of the demo are good")
    });
    read.collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the demo") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
