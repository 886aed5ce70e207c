//! The bench: a server of our own under load, and the floor before and after it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rappel_model::Secret;

use super::callee::User;
use super::company::{self, NUMBER, USER};
use super::floor;
use super::interrupt::Interrupt;
use super::process::Reading;
use super::pump::Pump;
use super::report::{Cost, Report};
use super::run::{Load, SETTLING};

/// Measures a server of our own and the floor; `load` says how many calls, for what and how long.
///
/// The floor is measured half before and half after, so that a machine that becomes slower or
/// faster meanwhile does not flatter either; of a long run not for as long as the calls last.
pub(crate) fn run(load: &Load, interrupt: &Interrupt) -> Result<Report, String> {
    let half = (load.length / 2).min(FLOOR_ENOUGH);
    eprintln!("measuring the floor of {} calls …", load.calls);
    let before = measure_floor(load, half, interrupt)?;
    let mut report = with_own_server(load, interrupt)?;
    eprintln!("measuring the floor again …");
    let after = measure_floor(load, half, interrupt)?;
    before.and(after).stand_beside(&mut report);
    Ok(report)
}

/// What the floor of some calls came to.
#[derive(Clone, Debug)]
pub(super) struct Floor {
    /// Of one call.
    pub(super) millicores: f64,
    /// How long packets took through it, in µs.
    delay: Vec<u32>,
}

impl Floor {
    /// Two measurements of equal length as one.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.millicores = f64::midpoint(self.millicores, other.millicores);
        self.delay.extend(other.delay);
        self.delay.sort_unstable();
        self
    }

    /// A report is held against it.
    pub(super) fn stand_beside(&self, report: &mut Report) {
        report.floor_delay.clone_from(&self.delay);
        report.floor = Some(Cost {
            millicores: self.millicores,
            ..Cost::default()
        });
    }
}

/// Measures a server of our own alone.
pub(super) fn with_own_server(load: &Load, interrupt: &Interrupt) -> Result<Report, String> {
    let folder = Folder::make()?;
    let ports = company::Ports {
        sip: free_port()?,
        metrics: free_tcp_port()?,
        media: free_range(company::media_ports(load))?,
    };
    for (path, text) in company::files(load, ports) {
        folder.write(&[(path, &text)])?;
    }
    let user = User {
        name: USER.to_owned(),
        password: Secret::new(crate::chance::from_system()?.token(24)),
    };
    if load.work.has_second_phone() {
        add_user(&user, &folder.0)?;
    }
    let server = Own::start(&["serve", "--config", &folder.0.to_string_lossy()])?;
    let load = Load {
        server: SocketAddr::from(([127, 0, 0, 1], ports.sip)),
        number: NUMBER.into(),
        pid: Some(server.child.id()),
        user: Some(user),
        metrics: Some(SocketAddr::from(([127, 0, 0, 1], ports.metrics))),
        ..load.clone()
    };
    load.run(interrupt)
}

/// The server's own command takes the second phone in.
fn add_user(user: &User, config: &Path) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut child = Command::new(program)
        .args(["user", "add", &user.name, "--tenant", "bench"])
        .arg("--config")
        .arg(config)
        .arg("--password-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{}", user.password.reveal()).map_err(|e| e.to_string())?;
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let why = || "the second phone could not be added as a user".to_owned();
    status.success().then_some(()).ok_or_else(why)
}

/// The same packets through a bare loop in a process of its own.
pub(super) fn measure_floor(
    load: &Load,
    length: Duration,
    interrupt: &Interrupt,
) -> Result<Floor, String> {
    let calls = load.calls.to_string();
    let kind = if load.work.has_second_phone() {
        "--floor-relay"
    } else {
        "--floor"
    };
    let floor = Own::start(&["load", kind, &calls])?;
    let pump = Pump::start(load.calls * load.work.streams());
    for port in floor.said.split_whitespace() {
        let port: u16 = port
            .parse()
            .map_err(|_| format!("`{port}` is not a port"))?;
        let remote = SocketAddr::from(([127, 0, 0, 1], port));
        let socket = floor::socket(remote.ip())?;
        pump.add(floor::line(socket, remote)?);
    }
    interrupt.sleep(SETTLING)?;
    let before = Reading::take(floor.child.id())?;
    pump.count();
    interrupt.sleep(length)?;
    let after = Reading::take(floor.child.id())?;
    let mut delay = pump.finish().delay;
    delay.sort_unstable();
    Ok(Floor {
        millicores: after.millicores_since(&before) / load.calls as f64,
        delay,
    })
}

/// A process of our own program, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) child: Child,
    /// The line it says once it is ready.
    said: String,
    /// Kept open, so that it may say more.
    _out: BufReader<std::process::ChildStdout>,
}

impl Own {
    /// Starts it and waits until it is ready. What it complains about is shown as it comes.
    pub(super) fn start(args: &[&str]) -> Result<Self, String> {
        use std::os::unix::process::CommandExt;
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut child = Command::new(&program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Memory by the page: with the large ones, which its allocator asks for otherwise, a call
            // costs nothing or two MiB.
            .env("MIMALLOC_ALLOW_THP", "0")
            // Ctrl-C is for us alone: we end it after its calls.
            .process_group(0)
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
        let out = child.stdout.take().expect("it was asked for");
        let mut own = Self {
            child,
            said: String::new(),
            _out: BufReader::new(out),
        };
        own._out
            .read_line(&mut own.said)
            .map_err(|e| e.to_string())?;
        if own.said.is_empty() {
            return Err(format!("`rappel {}` did not start", args.join(" ")));
        }
        Ok(own)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Nothing it keeps is wanted; an error means that it has ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn make() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("rappel-bench-{}", std::process::id()));
        fs::create_dir(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self(path))
    }

    /// Writes files into it, by their paths.
    pub(super) fn write(&self, files: &[(&str, &str)]) -> Result<(), String> {
        for (name, text) in files {
            let path = self.0.join(name);
            let parent = path.parent().unwrap_or(&self.0);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&path, text))
                .map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder of temporary things.
        let _left = fs::remove_dir_all(&self.0);
    }
}

fn free_tcp_port() -> Result<u16, String> {
    let local = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    local.map(|a| a.port()).map_err(|e| e.to_string())
}

pub(super) fn free_port() -> Result<u16, String> {
    let local = UdpSocket::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    local.map(|a| a.port()).map_err(|e| e.to_string())
}

/// The first of so many UDP ports in a row of which nobody has the outermost, nor one of every few
/// between them: an engine or another bench on this machine would.
fn free_range(count: u16) -> Result<u16, String> {
    let is_free = |port: u16| UdpSocket::bind(("127.0.0.1", port)).is_ok();
    let mut first = company::FIRST_PORT;
    while let Some(last) = first.checked_add(count) {
        let outermost = [first, first + 1, first + 2, first + 3, last - 1, last];
        let between = (first..last).step_by(TRIED_APART);
        if outermost.into_iter().chain(between).all(is_free) {
            return Ok(first);
        }
        first = first.saturating_add(RANGES_APART);
    }
    Err(format!("no {count} UDP ports in a row are free"))
}

/// A floor of which so much was measured becomes no truer.
const FLOOR_ENOUGH: Duration = Duration::from_secs(20);

/// Of so many ports between the outermost one is tried.
const TRIED_APART: usize = 20;

/// How far beyond a range that is taken the next one is tried.
const RANGES_APART: u16 = 1_000;

#[cfg(test)]
mod tests {
    use super::super::work::{Codec, Mode, Work};
    use crate::config::engine::Engine;
    use crate::config::tenant_files;

    use super::*;

    #[test]
    fn the_companies_of_the_bench_are_in_order() {
        let modes = [Mode::Play, Mode::Bridge, Mode::Record, Mode::Digits];
        for mode in modes {
            in_order(Work {
                srtp: mode == Mode::Bridge,
                codec: Codec::Opus,
                ..Work::of(mode)
            });
        }
    }

    #[test]
    fn a_range_that_somebody_has_is_passed_over() {
        let first = free_range(40).expect("some are free");
        let _taken = UdpSocket::bind(("127.0.0.1", first));
        assert!(free_range(40).is_ok_and(|next| next != first));
    }

    fn in_order(work: Work) {
        let folder = Folder::make().expect("a temporary folder");
        let load = Load {
            server: SocketAddr::from(([127, 0, 0, 1], 5_060)),
            number: NUMBER.into(),
            calls: 5_000,
            rate: 50,
            length: Duration::from_secs(3_600),
            pid: None,
            work,
            user: None,
            metrics: None,
        };
        let ports = company::Ports {
            sip: 5_060,
            metrics: 9_090,
            media: 12_000,
        };
        for (path, text) in company::files(&load, ports) {
            folder.write(&[(path, &text)]).expect("it can be written");
        }
        let engine = Engine::read(&folder.0).expect("it can be read");
        let (first, last) = engine.media.ports().expect("a range");
        let ports = work.streams() as u16 * 10_000 + 128;
        assert_eq!((first, last), (12_000, 12_000 + ports));
        let files = tenant_files::Folder::read(&folder.0).expect("it can be read");
        let tenants: Vec<_> = files.tenants().collect();
        assert_eq!(tenants.len(), 1);
        let version = files.load(tenants[0]).expect("no errors");
        // Menu behind menu, as no caller should meet them, is what reading keys for long needs.
        let mut warnings = version.warnings.iter();
        let other = warnings.find(|warning| warning.code != "W3");
        assert!(other.is_none(), "{work}: {other:?}");
        let path = folder.0.clone();
        drop(folder);
        assert!(!path.exists());
    }
}
