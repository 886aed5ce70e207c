//! One test played by the engine, with its wall clock set to the test's time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rappel_rehearsal::{Act, Given, Report, Scene, Test};
use rappel_tenant::Version;
use rappel_tests::listen::Sound;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Phone, sipp};

use super::{DEMO, TENANT};

/// The number our phone shows.
const CALLER: &str = "+33639981234";
/// Longest silence of a test that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(25);
/// Longest wait for anything the engine should do.
const LIMIT: Duration = Duration::from_secs(90);
/// From a step's first word until a key may stop it.
const SETTLED: Duration = Duration::from_millis(500);

/// Whether a real caller can do all of it: nothing given, no colleague, no long wait.
pub(super) fn can_play(test: &Test) -> bool {
    let plain = test.given == Given::default() && test.language.is_none();
    let caller = test
        .caller
        .as_ref()
        .is_some_and(|number| number.as_str() == CALLER);
    let mut acts = test.say.iter().map(|(act, _)| act);
    plain
        && caller
        && ends(test)
        && acts.all(|act| match act {
            Act::AgentAnswers | Act::AgentNone | Act::Rings(_) | Act::Http(..) | Act::After(_) => {
                false
            }
            Act::Silence(length) => *length <= PATIENCE,
            _ => true,
        })
}

fn ends(test: &Test) -> bool {
    matches!(test.say.last(), Some((Act::Ends | Act::HangUp, _)))
}

/// Plays the test; what the engine's log tells, as `told` writes it.
pub(super) fn play(version: &Version, test: &Test, report: &Report) -> Vec<String> {
    let at = test.at.to_jiff().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let engine = Engine::start_at(Some(&at), |config| {
        sipp::add_carrier(config);
        let path = config.join("rappel.toml");
        let text = std::fs::read_to_string(&path).expect("the fixture has a rappel.toml");
        std::fs::write(&path, text.replace("level = \"info\"", "level = \"debug\""))
            .expect("the configuration can be written");
    });
    let line = version.lines.iter().find(|line| line.flow == test.flow);
    let number = line.expect("a line leads to the flow").number.to_string();
    let phone = Phone::dial(engine.sip, sipp::TRUNK, &number);
    let scenes: Vec<&Scene> = report
        .world
        .scenes()
        .iter()
        .map(|(_, scene)| scene)
        .collect();
    let mut heard_until = 0;
    let mut phone = Some(phone);
    for ((act, _), mark) in test.say.iter().zip(&report.marks) {
        let Some(caller) = &phone else { break };
        await_scenes(&engine, &scenes[..*mark]);
        match act {
            Act::Hears(prompt) => {
                let sentence = recording(prompt);
                heard_until = caller.await_sentence(&sentence, heard_until, LIMIT);
            }
            Act::Press(keys) => {
                std::thread::sleep(SETTLED);
                for key in keys {
                    caller.press(*key);
                    std::thread::sleep(Duration::from_millis(300));
                }
            }
            Act::Speaks(length) => caller.say(440.0, *length),
            Act::Silence(length) => std::thread::sleep(*length),
            Act::Ends => until("the call to end", LIMIT, || {
                let seen = caller.seen();
                (seen.ended || seen.failed.is_some()).then_some(())
            }),
            Act::HangUp => {
                if let Some(caller) = phone.take() {
                    caller.hang_up();
                }
            }
            _ => {}
        }
    }
    drop(phone);
    engine.await_log("fact=Ended", LIMIT);
    lived(&engine.log())
}

/// Waits until the engine has entered as many steps and begun as many recordings as the scenes tell.
fn await_scenes(engine: &Engine, scenes: &[&Scene]) {
    let steps = scenes
        .iter()
        .filter(|s| matches!(s, Scene::Entered { .. }))
        .count();
    let recordings = scenes
        .iter()
        .filter(|s| matches!(s, Scene::Recording))
        .count();
    let began = Instant::now();
    until("the engine to come as far as the simulator", LIMIT, || {
        let log = engine.log();
        let entered = log.matches("fact=Step {").count();
        let recorded = log.matches("fact=Recording(").count();
        let far = entered >= steps && recorded >= recordings;
        (far || began.elapsed() > LIMIT).then_some(())
    });
}

/// The steps and messages of the one call in the log.
fn lived(log: &str) -> Vec<String> {
    let facts = log.lines().filter_map(|line| {
        let line = plain(line);
        if let Some(rest) = line.split("fact=Exit {").nth(1) {
            let mut quoted = rest.split('"');
            let (step, way) = (quoted.nth(1)?.to_owned(), quoted.nth(1)?.to_owned());
            return Some(format!("{step} -> {way}"));
        }
        if let Some(rest) = line.split("fact=MessageSaved {").nth(1) {
            let mailbox = rest.split("mailbox: \"").nth(1)?.split('"').next()?;
            return Some(format!("message in {mailbox}"));
        }
        let rest = line.split("fact=Counted(\"").nth(1)?;
        Some(format!("count {}", rest.split('"').next()?))
    });
    facts.collect()
}

/// A line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            text.push(c);
        }
    }
    text
}

/// The recording of a prompt in French, or of its first words when it has holes.
fn recording(prompt: &str) -> Sound {
    let own = Path::new(DEMO)
        .join("tenants")
        .join(TENANT)
        .join("prompts/fr");
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prompts/fr");
    let names = [format!("{prompt}.wav"), format!("{prompt}.1.wav")];
    let mut paths = [&own, &shared]
        .into_iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found: Option<PathBuf> = paths.find(|path| path.exists());
    Sound::read(&found.unwrap_or_else(|| panic!("{prompt} is recorded nowhere")))
}
