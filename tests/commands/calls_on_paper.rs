//! `rappel test` and `rappel try`: calls on paper, of the demo company and of the examples.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rappel_tests::engine::{binary, copy_folder, temporary_folder};

use super::{rappel, text};

fn examples() -> String {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.join("examples").to_string_lossy().into_owned()
}

#[test]
fn the_examples_pass_their_own_tests() {
    let examples = examples();
    let out = rappel(&["check", "--config", &examples]);
    assert!(out.status.success(), "{}", text(&out.stdout));
    for (tenant, fewest) in [("garage-martin", 40), ("lumen", 50)] {
        let out = rappel(&[
            "test", "--cover", "--tenant", tenant, "--config", &examples, "--lang", "en",
        ]);
        let said = text(&out.stdout);
        assert!(out.status.success(), "{said}");
        assert!(said.matches("ok  ").count() >= fewest, "{said}");
        assert!(said.contains("failed: 0"), "{said}");
        let share = said.split(" ways out taken (").nth(1);
        let share = share.and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        assert!(share.is_some_and(|share| share > 60), "{said}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_fault() {
    let examples = examples();
    let mut child = Command::new(binary())
        .args(["test", "--show", "--tenant", "lumen", "--config", &examples])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rappel starts");
    drop(child.stdout.take());
    let out = child.wait_with_output().expect("it ends");
    assert!(out.status.success(), "{:?}", out.status);
    assert_eq!(text(&out.stderr), "");
}

#[test]
fn the_demo_passes_its_tests_and_tells_what_they_cover() {
    let out = rappel(&["test", "--cover", "--lang", "fr"]);
    let said = text(&out.stdout);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("Non empruntées"), "{said}");
    let out = rappel(&["test", "12 h 15", "--show", "--lang", "en"]);
    let said = text(&out.stdout);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("tests played"), "{said}");
    assert!(said.contains("· midi (menu)"), "{said}");
}

#[test]
fn a_test_that_fails_is_shown_with_its_place_and_its_call() {
    let folder = temporary_folder();
    let demo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/shell/server/demo");
    copy_folder(&demo, &folder);
    let path = folder.join("tenants/garage-martin/tests/accueil.toml");
    let tests = fs::read_to_string(&path).expect("the demo has tests");
    let wrong = tests.replacen("callbacks = 1", "callbacks = 2", 1);
    fs::write(&path, wrong).expect("the copy is ours");
    let config = folder.to_string_lossy().into_owned();
    let out = rappel(&["test", "--config", &config, "--lang", "en"]);
    let said = text(&out.stdout);
    fs::remove_dir_all(&folder).expect("the copy is ours");
    assert!(!out.status.success(), "{said}");
    assert!(
        said.contains("error[R805]: 2 callbacks expected, 1 found"),
        "{said}"
    );
    assert!(said.contains("tests/accueil.toml:9:"), "{said}");
    assert!(said.contains("(a call is promised"), "{said}");
}

#[test]
fn a_tried_call_can_be_listened_to() {
    let wav = temporary_folder().with_extension("wav");
    let name = wav.to_string_lossy().into_owned();
    let args = [
        "try",
        "accueil",
        "--at",
        "2026-11-24 12:15",
        "--listen",
        &name,
    ];
    let mut child = Command::new(binary())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("rappel starts");
    let input = child.stdin.take().expect("its input is ours");
    std::io::Write::write_all(&mut &input, b"\nhang\n").expect("it reads");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    let heard = rappel_tests::listen::Sound::read(&wav);
    fs::remove_file(&wav).expect("it was written");
    assert!(heard.millis() > 10_000, "{} ms", heard.millis());
    let loudest = heard.levels().into_iter().fold(f32::MIN, f32::max);
    assert!(loudest > -30.0, "nothing is heard: {loudest}");
}
