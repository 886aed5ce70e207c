//! What a machine must have: Debian packages, installed when missing, without a question.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::steps::run;

/// A program we need, a library by the name of its pkg-config file or a file by its whole path, and the Debian
/// package that brings it.
pub(crate) type Need = (&'static str, &'static str);

/// What the tests with real clients need.
pub(crate) const CLIENTS: &[Need] = &[
    ("sipp", "sip-tester"),
    ("baresip", "baresip-core"),
    ("linphonec", "linphone-cli"),
    ("faketime", "faketime"),
    ("chromium", "chromium"),
    ("npm", "npm"),
    ("openssl", "openssl"),
    ("sngrep", "sngrep"),
    (
        "/usr/share/asterisk/sounds/en_US_f_Allison/beep.wav",
        "asterisk-core-sounds-en-wav",
    ),
    (
        "/usr/share/asterisk/sounds/fr_CA_f_June/beep.wav",
        "asterisk-core-sounds-fr-wav",
    ),
];

/// What fuzzing needs: libFuzzer is C++.
pub(crate) const FUZZING: &[Need] = &[("g++", "g++")];

/// What building needs: SQLite is compiled from C, and Opus is the system's library.
pub(crate) const BUILDING: &[Need] = &[
    ("cc", "gcc"),
    ("pkg-config", "pkg-config"),
    ("opus.pc", "libopus-dev"),
];

/// What recording the announcements needs, and what speaks the sentences of the examples that nobody recorded.
pub(crate) const VOICES: &[Need] = &[("espeak-ng", "espeak-ng")];

/// Installs the packages whose programs or libraries are not found. Says what it does; does nothing, at once,
/// when all are there.
pub(crate) fn ensure(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&str> = needs
        .iter()
        .filter(|(what, _)| !present(what))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("      installing {} (Debian packages)", missing.join(", "));
    let install = || {
        let mut apt = as_root("apt-get");
        apt.args(["install", "-y", "-q", "--no-install-recommends"])
            .args(&missing);
        run(&mut quiet(apt))
    };
    // A fresh machine has no package lists: fetch them only when needed, it takes a while.
    if install().is_err() {
        let mut update = as_root("apt-get");
        update.args(["update", "-q"]);
        run(&mut quiet(update))?;
        install().map_err(|why| {
            format!(
                "{why}. Install {} yourself, then try again",
                missing.join(" ")
            )
        })?;
    }
    Ok(())
}

/// Whether a [`Need`] is met.
fn present(what: &str) -> bool {
    if what.starts_with('/') {
        return Path::new(what).exists();
    }
    let Some(library) = what.strip_suffix(".pc") else {
        return found(what);
    };
    let asked = Command::new("pkg-config")
        .args(["--exists", library])
        .status();
    asked.is_ok_and(|status| status.success())
}

/// Whether a program is on the PATH.
pub(crate) fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn as_root(program: &str) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == 0
    });
    if root || !Path::new("/usr/bin/sudo").exists() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg(program);
    sudo
}

fn quiet(mut command: Command) -> Command {
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}
