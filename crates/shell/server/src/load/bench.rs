//! The bench: a server of our own under load, and the floor before and after it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::floor;
use super::interrupt::Interrupt;
use super::process::Reading;
use super::pump::{Line, Pump};
use super::report::{Cost, Report};
use super::run::{Load, SETTLING};

/// Measures a server of our own and the floor; `load` says how many calls and for how long.
///
/// The floor is measured half before and half after, so that a machine that becomes slower or
/// faster meanwhile does not flatter either.
pub(crate) fn run(load: &Load, interrupt: &Interrupt) -> Result<Report, String> {
    let half = load.length / 2;
    eprintln!("measuring the floor with {} sockets …", load.calls);
    let before = measure_floor(load.calls, half, interrupt)?;
    let mut report = with_own_server(load, interrupt)?;
    eprintln!("measuring the floor again …");
    let after = measure_floor(load.calls, half, interrupt)?;
    report.floor = Some(Cost {
        millicores: (before.millicores + after.millicores) / 2.0,
        memory: 0.0,
    });
    Ok(report)
}

fn with_own_server(load: &Load, interrupt: &Interrupt) -> Result<Report, String> {
    let folder = Folder::make()?;
    let port = free_port()?;
    write_config(&folder, port, load)?;
    let server = Own::start(&["serve", "--config", &folder.0.to_string_lossy()])?;
    let load = Load {
        server: SocketAddr::from(([127, 0, 0, 1], port)),
        number: NUMBER.into(),
        pid: Some(server.child.id()),
        ..load.clone()
    };
    load.run(interrupt)
}

/// The same packets through a bare loop in a process of its own.
fn measure_floor(calls: usize, length: Duration, interrupt: &Interrupt) -> Result<Cost, String> {
    let floor = Own::start(&["load", "--floor", &calls.to_string()])?;
    let pump = Pump::start(calls);
    for port in floor.said.split_whitespace() {
        let port: u16 = port
            .parse()
            .map_err(|_| format!("`{port}` is not a port"))?;
        let remote = SocketAddr::from(([127, 0, 0, 1], port));
        let socket = floor::socket(remote.ip())?;
        pump.add(Line { socket, remote });
    }
    interrupt.sleep(SETTLING)?;
    let before = Reading::take(floor.child.id())?;
    interrupt.sleep(length)?;
    let after = Reading::take(floor.child.id())?;
    pump.finish();
    Ok(Cost {
        millicores: after.millicores_since(&before) / calls as f64,
        memory: 0.0,
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

pub(super) fn free_port() -> Result<u16, String> {
    let local = UdpSocket::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    local.map(|a| a.port()).map_err(|e| e.to_string())
}

/// A flow that speaks until the last call has been measured.
fn flow(load: &Load) -> String {
    let placing = Duration::from_secs(load.calls as u64) / load.rate.max(1);
    let length = placing + load.length + Duration::from_secs(60);
    let last = length.div_duration_f64(STEP_LENGTH) as u32 + 2;
    let numbered = |text: &str, step: u32| {
        text.replace("THIS", &step.to_string())
            .replace("NEXT", &(step + 1).to_string())
    };
    let steps = (1..last).map(|step| numbered(STEP, step));
    FLOW.to_owned() + &steps.collect::<String>() + &numbered(LAST_STEP, last)
}

fn write_config(folder: &Folder, port: u16, load: &Load) -> Result<(), String> {
    // Two ports a call, and some that others on this machine may have.
    let last = usize::from(FIRST_PORT) + load.calls * 2 + 128;
    let engine = ENGINE
        .replace("PORT", &port.to_string())
        .replace("MEDIA", &format!("{FIRST_PORT}-{last}"))
        .replace("CALLS", &load.calls.to_string());
    folder.write(&[
        ("rappel.toml", engine.as_str()),
        ("tenants/bench/tenant.toml", TENANT),
        ("tenants/bench/flows/long.toml", &flow(load)),
    ])
}

/// First media port of the bench's server: below those the system gives to sockets without one.
const FIRST_PORT: u16 = 12_000;

/// What is dialled: the line of [`TENANT`].
const NUMBER: &str = "+33199000100";

const ENGINE: &str = r#"
[sip]
address = "127.0.0.1"
port = PORT
[media]
ports = "MEDIA"
[limits]
calls = CALLS
[log]
level = "warn"
[trunk.load]
address = ["127.0.0.1"]
"#;

const TENANT: &str = r#"
rappel = 1
[tenant]
title = "Bench"
timezone = "Europe/Paris"
languages = ["en"]
[line.bench]
number = "+33199000100"
flow = "long"
"#;

const FLOW: &str = r#"
rappel = 1
[flow]
title = "A prompt without end"
start = "speak-1"
languages = ["en"]
"#;

/// Nine seconds of speech, ten times over.
const STEP: &str = r#"
[step.speak-THIS]
do = "play"
prompt = ["incident", "listen-menu"]
repeat = 10
next = "speak-NEXT"
"#;

/// At least so long is one [`STEP`].
const STEP_LENGTH: Duration = Duration::from_secs(80);

const LAST_STEP: &str = r#"
[step.speak-THIS]
do = "hangup"
"#;

#[cfg(test)]
mod tests {
    use crate::config::engine::Engine;
    use crate::config::tenant_files;

    use super::*;

    #[test]
    fn the_company_of_the_bench_is_in_order() {
        let folder = Folder::make().expect("a temporary folder");
        let load = Load {
            server: SocketAddr::from(([127, 0, 0, 1], 5_060)),
            number: NUMBER.into(),
            calls: 5_000,
            rate: 50,
            length: Duration::from_secs(3_600),
            pid: None,
        };
        write_config(&folder, 5_060, &load).expect("it can be written");
        let engine = Engine::read(&folder.0).expect("it can be read");
        let (first, last) = engine.media.ports().expect("a range");
        assert_eq!((first, last), (12_000, 22_128));
        let files = tenant_files::Folder::read(&folder.0).expect("it can be read");
        let tenants: Vec<_> = files.tenants().collect();
        assert_eq!(tenants.len(), 1);
        let version = files.load(tenants[0]).expect("no errors");
        assert!(version.warnings.is_empty(), "{:?}", version.warnings);
        let path = folder.0.clone();
        drop(folder);
        assert!(!path.exists());
    }
}
