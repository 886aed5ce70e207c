//! The `rappel` command as a user meets it: the demo, a configuration with faults, help, the end.
#![allow(missing_docs)]

mod calls_on_paper;
mod say;
mod views;

use std::fs;
use std::io::Read;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::engine::{binary, free_port, temporary_folder};
use rappel_tests::wait::until;

/// Runs `rappel` to its end.
fn rappel(args: &[&str]) -> Output {
    Command::new(binary())
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("rappel starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the demo prints until it is ready; it is stopped then.
fn demo(folder: &Path, port: u16) -> String {
    let mut child = Command::new(binary())
        .arg("demo")
        .args(["--data".as_ref(), folder.as_os_str()])
        .args(["--port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("rappel starts");
    let mut out = child.stdout.take().expect("its output is ours");
    let mut shown = Vec::new();
    let mut byte = [0];
    while !text(&shown).contains("Ctrl-C stops") {
        let more = out.read(&mut byte).expect("its output can be read");
        assert!(more > 0, "the demo ended early:\n{}", text(&shown));
        shown.push(byte[0]);
    }
    let shown = text(&shown);
    let domain = shown.lines().find_map(|l| l.strip_prefix("SIP domain: "));
    let domain = domain.expect("the phones are told where");
    let config = folder.join("config");
    let asked = rappel(&["ping", "--config", &config.to_string_lossy()]);
    let answer = format!("{domain} answers: SIP/2.0 200 OK\n");
    assert_eq!(text(&asked.stdout), answer, "{}", text(&asked.stderr));
    let stopped = Command::new("kill").arg(child.id().to_string()).status();
    assert!(stopped.is_ok_and(|s| s.success()));
    let end = until("the demo to stop", Duration::from_secs(10), || {
        child.try_wait().expect("its end can be asked for")
    });
    assert!(end.success(), "{end}");
    shown
}

/// The line of a phone: user, password, PIN.
fn phone(banner: &str, user: &str) -> Vec<String> {
    let line = banner
        .lines()
        .find(|line| line.trim_start().starts_with(user));
    let words = line
        .unwrap_or_else(|| panic!("no {user} in\n{banner}"))
        .split_whitespace();
    words.take(3).map(str::to_owned).collect()
}

#[test]
fn the_demo_takes_the_next_port_and_keeps_the_passwords_it_made() {
    let folder = temporary_folder();
    let port = free_port();
    let softphone = UdpSocket::bind(("127.0.0.1", port)).expect("it was free");
    let first = demo(&folder.join("one"), port);
    assert!(first.contains(&format!("Port {port} is taken")), "{first}");
    assert!(
        first.contains(&format!("127.0.0.1:{}", port + 1)),
        "{first}"
    );
    drop(softphone);
    let again = demo(&folder.join("one"), port);
    assert!(again.contains(&format!("127.0.0.1:{port}")), "{again}");
    assert_eq!(phone(&first, "poste-11"), phone(&again, "poste-11"));
    let other = demo(&folder.join("two"), port);
    assert_ne!(phone(&first, "poste-11")[1], phone(&other, "poste-11")[1]);
    fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn a_broken_configuration_is_refused_with_its_place() {
    let engine = Engine::start();
    let config = engine.folder().join("config");
    let shown = config.to_string_lossy();
    let flow = config.join("tenants/garage-martin/flows/menu.toml");
    let good = fs::read_to_string(&flow).expect("the demo has it");
    fs::write(&flow, good.replace("\"menu-garage\"", "\"menu-garag\"")).expect("it is ours");
    // A data folder of its own: the one of the engine has a version that could go on.
    let data = engine.folder().join("other").to_string_lossy().into_owned();
    for (verb, more) in [("check", &[][..]), ("serve", &["--data", &data])] {
        let out = rappel(&[&[verb, "--config", &shown], more].concat());
        let said = text(&out.stdout) + &text(&out.stderr);
        assert!(!out.status.success(), "{verb}: {said}");
        assert!(said.contains("flows/menu.toml:"), "{verb}: {said}");
        assert!(
            said.contains("did you mean \"menu-garage\""),
            "{verb}: {said}"
        );
    }
    fs::write(&flow, good).expect("it is ours");
    fs::write(config.join("rappel.toml"), "[sip]\nprot = 5061\n").expect("it is ours");
    let out = rappel(&["serve", "--config", &shown]);
    let said = text(&out.stderr);
    assert!(said.contains("line 2") && said.contains("prot"), "{said}");
}

#[test]
fn a_second_engine_on_the_same_data_or_port_says_so() {
    let engine = Engine::start();
    let config = engine.folder().join("config");
    let out = rappel(&["serve", "--config", &config.to_string_lossy()]);
    let said = text(&out.stderr);
    assert!(!out.status.success() && said.contains("engine"), "{said}");
    let data = engine.folder().join("other");
    let (config, data) = (config.to_string_lossy(), data.to_string_lossy());
    let out = rappel(&["serve", "--config", &config, "--data", &data]);
    let said = text(&out.stderr);
    let port = engine.sip.port().to_string();
    assert!(
        !out.status.success() && said.contains(&port) && said.contains("taken"),
        "{said}"
    );
}

#[test]
fn sigterm_ends_cleanly_and_ping_tells_who_is_there() {
    let mut engine = Engine::start();
    let server = engine.sip.to_string();
    let out = rappel(&["ping", "--server", &server]);
    assert!(text(&out.stdout).contains("200"), "{out:?}");
    assert!(engine.stop().success());
    let out = rappel(&["ping", "--server", &server]);
    assert!(!out.status.success());
}

#[test]
fn every_verb_explains_itself() {
    let help = text(&rappel(&["--help"]).stdout);
    for verb in [
        "serve", "demo", "check", "fmt", "graph", "explain", "schema", "try", "user", "calls",
        "messages", "load", "ping",
    ] {
        assert!(help.contains(verb), "{verb} is missing in\n{help}");
        let own = text(&rappel(&["help", verb]).stdout);
        assert!(
            own.len() > 300,
            "`rappel help {verb}` teaches nothing:\n{own}"
        );
    }
}
