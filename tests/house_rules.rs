//! The map, enforced: which room may know which, how long a file may be, what the core may never
//! touch, and which crates may never enter.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// ARCHITECTURE §3. A room may depend on these rooms and on no other of ours.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sip", &["model"]),
    ("rtp", &["model"]),
    ("audio", &[]),
    ("media", &["model", "rtp", "audio"]),
    ("ivr", &["model"]),
    ("voicemail", &["model"]),
    ("trunk", &["model"]),
    ("tenant", &["model", "ivr", "voicemail", "trunk"]),
    ("rehearsal", &["model", "ivr", "tenant"]),
    ("call", &["model", "sip", "rtp", "media", "ivr"]),
    (
        "switchboard",
        &[
            "model",
            "sip",
            "rtp",
            "call",
            "media",
            "ivr",
            "tenant",
            "voicemail",
            "trunk",
        ],
    ),
    ("sight", &["model", "sip", "ivr", "trunk"]),
    (
        "sim",
        &[
            "model",
            "sip",
            "rtp",
            "audio",
            "media",
            "ivr",
            "tenant",
            "voicemail",
            "trunk",
            "call",
            "switchboard",
        ],
    ),
    ("net", &["model", "sip", "rtp", "audio", "media"]),
    ("store", &["model", "audio"]),
    ("prompts", &["model", "audio", "rtp", "media"]),
];

/// Longest file, in lines; a longer one says more than one thing.
const MAX_LINES: usize = 800;

/// What no file of the core may contain outside its tests, and why.
const FORBIDDEN_IN_CORE: &[(&str, &str)] = &[
    ("Instant::now", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("std::thread", "the core has no threads"),
    ("thread::sleep", "the core does not wait"),
    ("std::fs", "files live in crates/shell"),
    ("std::env", "settings are arguments"),
    ("UdpSocket", "sockets live in crates/shell"),
    ("TcpStream", "sockets live in crates/shell"),
    ("tokio", "the core has no runtime"),
    ("HashMap", "nothing may depend on hashing"),
    ("HashSet", "nothing may depend on hashing"),
    ("Mutex", "one owner, no locks"),
    ("RwLock", "one owner, no locks"),
    ("rand::", "chance is an argument"),
    ("println!", "the core does not speak to the terminal"),
];

/// Crates that may never be in the lock file: licences and doubled native libraries.
const BANNED_CRATES: &[(&str, &str)] = &[
    ("evalexpr", "AGPL since 12.0"),
    ("g729-sys", "a port of GPL code"),
    ("opus", "a second libopus beside audiopus"),
    ("opusic-sys", "a second libopus beside audiopus"),
    ("aws-lc-rs", "rustls must be built with one provider, ring"),
    ("openssl", "TLS comes from rustls"),
];

#[test]
fn rooms_know_only_the_rooms_below_them() {
    let mut wrong = Vec::new();
    for (room, may) in MAY_USE {
        let path = ["core", "shell"]
            .iter()
            .map(|floor| {
                root()
                    .join("crates")
                    .join(floor)
                    .join(room)
                    .join("Cargo.toml")
            })
            .find(|p| p.exists())
            .unwrap_or_else(|| panic!("the room `{room}` of the table does not exist"));
        let text = fs::read_to_string(&path).expect("a manifest can be read");
        for used in our_dependencies(&text) {
            if !may.contains(&used.as_str()) {
                wrong.push(format!("{room} uses {used}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not in the table of ARCHITECTURE §3: {wrong:?}"
    );
}

#[test]
fn every_room_is_in_the_table() {
    for floor in ["core", "shell"] {
        for entry in fs::read_dir(root().join("crates").join(floor)).expect("the floor exists") {
            let path = entry.expect("an entry can be read").path();
            let room = path
                .file_name()
                .expect("it has a name")
                .to_string_lossy()
                .into_owned();
            let known = room == "server" || MAY_USE.iter().any(|(name, _)| *name == room);
            assert!(
                known || !path.is_dir(),
                "`{room}` is missing from the table"
            );
        }
    }
}

#[test]
fn a_file_says_one_thing() {
    let long: Vec<String> = sources(&root())
        .into_iter()
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("{} ({lines} lines)", path.display()))
        .collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:?}");
}

#[test]
fn the_core_never_touches_the_world() {
    let mut found = Vec::new();
    for path in sources(&root().join("crates/core")) {
        let shown = path.display().to_string();
        let beside = ["/tests", "/benches/", "/examples/", "/build.rs"];
        if beside.iter().any(|part| shown.contains(part)) {
            continue;
        }
        let text = read(&path);
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for (word, why) in FORBIDDEN_IN_CORE {
                if contains_word(line, word) {
                    found.push(format!("{shown}:{}: `{word}`: {why}", number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// ARCHITECTURE §10, "Whom we may ring": one file decides it, so one file sends INVITEs. (The load
/// generator in the shell and the simulated phones are callers, not the house.)
#[test]
fn only_dial_sends_an_invite() {
    let senders: Vec<String> = sources(&root().join("crates/core"))
        .into_iter()
        .map(|path| (path.display().to_string(), read(&path)))
        .filter(|(path, _)| {
            let elsewhere = ["/tests", "crates/core/sip/", "crates/core/sim/"];
            !elsewhere.iter().any(|part| path.contains(part))
        })
        .filter(|(_, text)| text.contains(".invite("))
        .map(|(path, _)| path)
        .collect();
    let only_dial =
        matches!(&senders[..], [one] if one.ends_with("crates/core/call/src/dial/target.rs"));
    assert!(only_dial, "{senders:?}");
}

#[test]
fn every_room_opens_with_a_page_of_documentation() {
    for floor in ["core", "shell"] {
        for path in sources(&root().join("crates").join(floor)) {
            if path
                .components()
                .any(|part| ["tests", "build.rs"].contains(&&*part.as_os_str().to_string_lossy()))
            {
                continue;
            }
            let text = read(&path);
            let first = text.lines().find(|line| !line.starts_with("#!["));
            let opens = first.is_some_and(|line| line.starts_with("//!"));
            assert!(
                opens,
                "{} does not say in its first line what it is",
                path.display()
            );
        }
    }
}

#[test]
fn banned_crates_stay_out() {
    let lock = read(&root().join("Cargo.lock"));
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lock.lines() {
        if let Some(name) = line.strip_prefix("name = \"") {
            *names.entry(name.trim_end_matches('"')).or_default() += 1;
        }
    }
    for (name, why) in BANNED_CRATES {
        assert!(
            !names.contains_key(name),
            "`{name}` entered the lock file: {why}"
        );
    }
}

/// ARCHITECTURE says that what it names exists. Code blocks name files below the folder that begins
/// their paragraph; sentences and tables name whole paths. Section 11 is about other projects.
#[test]
fn the_map_is_true() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let ours = text.split("\n## 11.").next().unwrap_or_default();
    let mut missing = Vec::new();
    let (mut in_code, mut folder) = (false, "");
    for (number, line) in ours.lines().enumerate() {
        if line.starts_with("```") {
            (in_code, folder) = (!in_code, "");
        } else if !in_code {
            missing.extend(
                paths_in(line)
                    .filter(|p| !exists(p))
                    .map(|p| (number + 1, p)),
            );
        } else if TOP.iter().any(|top| line.starts_with(top)) {
            folder = line.split_whitespace().next().unwrap_or_default();
            missing.extend((!exists(folder)).then_some((number + 1, folder)));
        } else if !folder.is_empty() {
            missing.extend(missing_below(folder, line).map(|p| (number + 1, p)));
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md names: {missing:?}");
}

/// Folders of the root that the map names things in.
const TOP: &[&str] = &["crates/", "tests/", "docs/", "docker/", "prompts/"];

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The whole paths between backquotes of a line; those with a `<name>` to fill in are none.
fn paths_in(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|p| TOP.iter().any(|top| p.starts_with(top)) && !p.contains('<'))
}

/// The files and folders a line of the map names that are neither in `folder` nor in a folder which
/// the same line names.
fn missing_below<'a>(folder: &'a str, line: &'a str) -> impl Iterator<Item = &'a str> {
    let names = |line: &'a str| {
        let words = line
            .split_whitespace()
            .map(|w| w.trim_matches([',', ';', '(', ')', ':']));
        words.filter(|w| w.ends_with(".rs") || (w.ends_with('/') && w.len() > 1))
    };
    let inner = names(line).filter(|w| w.ends_with('/'));
    let inner: Vec<String> = inner.map(|w| format!("{folder}{w}")).collect();
    names(line).filter(move |name| {
        let near = inner.iter().map(String::as_str).chain([folder]);
        !near
            .into_iter()
            .any(|place| exists(&format!("{place}{name}")))
    })
}

/// Beside each room the map says how many lines it has: what would mislead a reader is wrong by a fifth.
#[test]
fn the_map_tells_how_large_rooms_are() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rooms = text.lines().filter(|line| line.starts_with("crates/"));
    let mut told = 0;
    for line in rooms {
        let (room, rest) = line.split_once(' ').unwrap_or((line, ""));
        let digits = |c: char| c.is_ascii_digit() || c == ' ';
        let number: String = rest.chars().take_while(|c| digits(*c)).collect();
        let Ok(number) = number.replace(' ', "").parse::<usize>() else {
            continue;
        };
        told += 1;
        let files = sources(&root().join(room));
        let files = files.iter().filter(|path| !is_of_tests(path));
        let lines: usize = files.map(|path| read(path).lines().count()).sum();
        assert!(
            (lines * 4 / 5..=lines * 6 / 5).contains(&number),
            "{room} has {lines} lines, the map says {number}"
        );
    }
    assert!(told >= 15, "{told} rooms have a number");
}

fn is_of_tests(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The README shows a flow of the demo and says so: it must be that one.
#[test]
fn the_readme_shows_the_flow_it_names() {
    let readme = read(&root().join("README.md"));
    let flow = "crates/shell/server/demo/tenants/garage-martin/flows/midi.toml";
    assert!(readme.contains(flow), "the README names {flow}");
    let shown = readme.contains(&format!("```toml\n{}```", read(&root().join(flow))));
    assert!(shown, "the README shows another flow than {flow}");
}

/// The folders of ours that a manifest names under `[dependencies]`.
fn our_dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
        } else if section == "[dependencies]"
            && let Some(rest) = line.strip_prefix("rappel-")
        {
            let end = rest.find(['.', ' ', '=']).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
        }
    }
    found
}

/// `word` stands in `line` and is not the middle of a longer name.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(before) && (word.ends_with([':', '!']) || !part(after))
    })
}

/// Every Rust file below a folder, what is built or generated left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours can be read") {
            let path = entry.expect("an entry can be read").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') && name != "demo-data" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lies in the root")
        .to_path_buf()
}
