//! A real `rappel serve` on loopback, with a configuration and a data folder of its own.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::wait::until;

/// A running engine. Stopped with SIGTERM when dropped; its log is checked for errors.
#[derive(Debug)]
pub struct Engine {
    child: Child,
    folder: PathBuf,
    /// Where it answers SIP, UDP and TCP.
    pub sip: SocketAddr,
    may_complain: bool,
    /// Held as long as the media ports are ours.
    _slot: TcpListener,
}

/// The library of Debian's package `libfaketime`, wherever this machine's kind keeps it.
fn faketime() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("a Debian machine");
    let mut found = folders.filter_map(|entry| {
        let path = entry.ok()?.path().join("faketime/libfaketimeMT.so.1");
        path.exists().then_some(path)
    });
    found
        .next()
        .expect("faketime is installed: cargo xtask test does it")
}

/// The configuration all whole-house tests start from.
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/shell/server/demo");

impl Engine {
    /// Starts an engine on the fixture's configuration.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// Starts an engine after `change` had its way with the configuration folder.
    pub fn start_with(change: impl FnOnce(&Path)) -> Self {
        Self::start_at(None, change)
    }

    /// The same, with a wall clock that begins at `at`: `2026-11-24 11:15:00` in UTC (Debian's
    /// `faketime`; the monotonic clock stays true, so timers take the time they take).
    pub fn start_at(at: Option<&str>, change: impl FnOnce(&Path)) -> Self {
        let folder = temporary_folder();
        copy_folder(Path::new(FIXTURE), &folder.join("config"));
        let port = free_port();
        let (slot, media) = media_slot();
        let path = folder.join("config/rappel.toml");
        let text = fs::read_to_string(&path).expect("the fixture has a rappel.toml");
        let line = |line: &str| match line.split('=').next().map(str::trim) {
            Some("port") => format!("port = {port}\n"),
            Some("ports") => format!("ports = \"{media}-{}\"\n", media + 99),
            Some("codecs") if is_bare() => format!("{}\n", line.replace("\"opus\", ", "")),
            _ => format!("{line}\n"),
        };
        let text: String = text.lines().map(line).collect();
        fs::write(&path, text).expect("the configuration can be written");
        change(&folder.join("config"));
        let child = Self::spawn(&folder, at);
        let sip = SocketAddr::from(([127, 0, 0, 1], port));
        let engine = Self {
            child,
            folder,
            sip,
            may_complain: false,
            _slot: slot,
        };
        engine.await_ready();
        engine
    }

    fn spawn(folder: &Path, at: Option<&str>) -> Child {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .expect("the log can be opened");
        let mut command = Command::new(binary());
        if let Some(at) = at {
            command
                .env("LD_PRELOAD", faketime())
                .env("TZ", "UTC")
                .env("FAKETIME", format!("@{at}"))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command
            .arg("serve")
            .args(["--config".as_ref(), folder.join("config").as_os_str()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a descriptor can be cloned"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{} cannot be started: {e}", binary().display()))
    }

    fn await_ready(&self) {
        until("the engine to be ready", Duration::from_secs(60), || {
            self.log().contains("ready").then_some(())
        });
    }

    /// The log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// A folder for whatever a test keeps.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of recordings.
    pub fn recordings(&self) -> PathBuf {
        self.folder.join("config/data/recordings")
    }

    /// Runs a `rappel` command against this engine's configuration and takes what it prints.
    pub fn rappel(&self, args: &[&str]) -> String {
        self.rappel_with_input(args, "")
    }

    /// The same, with something on its standard input.
    pub fn rappel_with_input(&self, args: &[&str], input: &str) -> String {
        let (good, shown) = self.run(args, input);
        assert!(good, "rappel {args:?}: {shown}");
        shown
    }

    /// Runs a command that must fail, and takes what it says.
    pub fn refused(&self, args: &[&str]) -> String {
        let (good, shown) = self.run(args, "");
        assert!(!good, "rappel {args:?} was not refused: {shown}");
        shown
    }

    /// Whether a command ended well, and what it printed, complaints only when it did not.
    fn run(&self, args: &[&str], input: &str) -> (bool, String) {
        let mut child = Command::new(binary())
            .args(args)
            .args(["--config".as_ref(), self.folder.join("config").as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("rappel starts");
        child
            .stdin
            .take()
            .expect("its input is ours")
            .write_all(input.as_bytes())
            .expect("it reads its input");
        let out = child.wait_with_output().expect("it ends");
        let mut shown = String::from_utf8_lossy(&out.stdout).into_owned();
        let good = out.status.success();
        if !good {
            shown.push_str(&String::from_utf8_lossy(&out.stderr));
        }
        (good, shown)
    }

    /// Adds a user with a password; `md5_only` for old phones.
    pub fn add_user(&self, name: &str, password: &str, md5_only: bool) {
        let mut args = vec![
            "user",
            "add",
            name,
            "--tenant",
            "garage-martin",
            "--password-stdin",
        ];
        if md5_only {
            args.push("--old-phone");
        }
        self.rappel_with_input(&args, &format!("{password}\n"));
    }

    /// Waits until the log says `text`.
    pub fn await_log(&self, text: &str, limit: Duration) {
        until(&format!("`{text}` in the log"), limit, || {
            self.log().contains(text).then_some(())
        });
    }

    /// The process, for whoever measures or kills it.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, then a new start on the same data. `read` sees the log of the one that died.
    pub fn kill_and_restart_after(&mut self, read: impl FnOnce(&str)) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
        read(&self.log());
        fs::rename(self.folder.join("log"), self.folder.join("log.before")).expect("log kept");
        self.child = Self::spawn(&self.folder, None);
        self.await_ready();
    }

    /// The whole process stands still, as a virtual machine does that is paused; the world does not. It goes
    /// on after so long, and `meanwhile` happens at once.
    pub fn stand_still(&self, length: Duration, meanwhile: impl FnOnce()) {
        let begun = Instant::now();
        self.signal("-STOP");
        meanwhile();
        std::thread::sleep(length.saturating_sub(begun.elapsed()));
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.pid().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }

    /// Errors in the log are expected in this test.
    pub fn may_complain(&mut self) {
        self.may_complain = true;
    }

    /// How it ended, if it did.
    pub fn exited(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().expect("its end can be asked for")
    }

    /// SIGTERM, then how it ended.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let _sent = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        until("the engine to stop", Duration::from_secs(15), || {
            self.child.try_wait().expect("its end can be asked for")
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _status = self.stop();
        }
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("--- log of the engine ({})\n{log}", self.folder.display());
            return;
        }
        if !self.may_complain {
            let complaint = log
                .lines()
                .find(|line| line.contains("ERROR") || line.contains("panic"));
            assert!(complaint.is_none(), "the engine complained: {complaint:?}");
        }
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// The binary under test: what `cargo xtask test` built.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("RAPPEL_BIN") {
        return path.into();
    }
    let here = std::env::current_exe().expect("a test knows where it is");
    let target = here
        .ancestors()
        .nth(3)
        .expect("tests are built below the target folder");
    ["quick", "release", "debug"]
        .iter()
        .map(|profile| target.join(profile).join("rappel"))
        .find(|path| path.exists())
        .expect("no `rappel` binary: run `cargo xtask test`, which builds it first")
}

/// A port that is free for UDP and TCP now, different for every caller of this process.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` even ports in a row that are free for UDP and TCP, and that no other test
/// of this machine is given: blocks of ports are claimed by whoever holds the block's listener.
/// They lie below the ports that the system hands out to connections by itself.
pub fn free_ports(count: u16) -> u16 {
    static CLAIMED: Mutex<Vec<Block>> = Mutex::new(Vec::new());
    let is_free = |port: u16| {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
    };
    let mut claimed = CLAIMED.lock().expect("nobody fails while claiming");
    loop {
        match claimed.last_mut() {
            Some(block) if block.next + 2 * count <= block.end => {
                let first = block.next;
                block.next += 2 * count;
                if (0..count).all(|i| is_free(first + i * 2)) {
                    return first;
                }
            }
            _ => claimed.push(Block::claim()),
        }
    }
}

/// A hundred ports of ours for as long as this process lives.
struct Block {
    next: u16,
    end: u16,
    _held: TcpListener,
}

impl Block {
    fn claim() -> Self {
        (0..120)
            .find_map(|block| {
                let held = TcpListener::bind(("127.0.0.1", 9_700 + block)).ok()?;
                let next = 20_000 + block * 100;
                Some(Self {
                    next,
                    end: next + 100,
                    _held: held,
                })
            })
            .expect("a hundred and twenty blocks of ports at once are too many")
    }
}

/// The first of a hundred media ports that no other test of this machine uses: whoever holds the
/// listener of a slot owns its ports.
fn media_slot() -> (TcpListener, u16) {
    (0..100)
        .find_map(|slot| {
            let listener = TcpListener::bind(("127.0.0.1", 9_900 + slot)).ok()?;
            Some((listener, 10_000 + slot * 100))
        })
        .expect("a hundred engines at once are too many")
}

/// A new folder under the system's temporary folder.
pub fn temporary_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "rappel-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let folder = std::env::temp_dir().join(name);
    // What a run with the same number left behind when it was cut off.
    let _gone = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.expect("an entry can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// Whether the engine under test was built without its optional parts.
fn is_bare() -> bool {
    std::env::var_os("RAPPEL_BARE").is_some()
}
