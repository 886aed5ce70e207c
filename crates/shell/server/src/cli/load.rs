//! `rappel load`: calls with voice both ways against a server, and what they cost it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use rappel_model::Random;

use crate::load::caller::{Caller, Placed, Plan};
use crate::load::floor;
use crate::load::process::Reading;
use crate::load::pump::{Line, Pump};
use crate::load::report::{Cost, Report};

/// Place calls with voice both ways, and print what they cost.
///
/// Against a server that is running, name a number that answers and its process:
///
///     rappel load --server 127.0.0.1:5060 --number 100 --calls 50 --pid $(pidof rappel)
///
/// The caller must be known to the server as a trunk (`[trunk.load] address = ["127.0.0.1"]`).
/// With --bench, a server of our own is started, measured and stopped, and then the floor: a bare
/// loop that moves the same packets.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Where the server answers SIP over UDP.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5060")]
    server: SocketAddr,
    /// The number to dial.
    #[arg(long, default_value = "100")]
    number: String,
    /// How many calls at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5000))]
    calls: u16,
    /// New calls per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// How long the calls stay up, once all are.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// The server's process, to tell what the calls cost it.
    #[arg(long)]
    pid: Option<u32>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Start, measure and stop a server of our own, and the floor beside it.
    #[arg(long)]
    bench: bool,
    /// Used by --bench itself: serve the floor for this many calls.
    #[arg(long, hide = true)]
    floor: Option<usize>,
}

/// Runs the command.
pub(crate) fn run(args: &LoadArgs) -> Result<(), String> {
    if let Some(count) = args.floor {
        return floor::serve(IpAddr::from([127, 0, 0, 1]), count);
    }
    let report = if args.bench {
        bench(args)?
    } else {
        load(args, args.server, args.pid)?
    };
    if args.json {
        println!("{}", report.json());
    } else {
        print!("{report}");
    }
    if report.calls == 0 {
        return Err(
            "no call was answered: is the server there, is this address a trunk of it, \
                    and does the number exist?"
                .into(),
        );
    }
    Ok(())
}

/// The calls, from the first INVITE to the last BYE.
fn load(args: &LoadArgs, server: SocketAddr, pid: Option<u32>) -> Result<Report, String> {
    let plan = Plan {
        server,
        number: args.number.clone(),
        calls: args.calls.into(),
        rate: args.rate,
    };
    let idle = pid.map(Reading::take).transpose()?;
    let mut caller = Caller::new(plan, seeded())?;
    eprintln!(
        "placing {} calls to {} at {} …",
        args.calls, args.number, server
    );
    caller.place()?;
    let Placed {
        lines,
        setup,
        refused,
        ..
    } = std::mem::take(&mut caller.placed);
    let calls = lines.len();
    let pump = Pump::start(lines);
    // The first second belongs to the set-up: queues empty themselves, caches fill.
    caller.hold(Duration::from_secs(1))?;
    let before = pid.map(Reading::take).transpose()?;
    let start = Instant::now();
    eprintln!("{calls} calls are up; measuring for {} s …", args.seconds);
    caller.hold(Duration::from_secs(args.seconds))?;
    let after = pid.map(Reading::take).transpose()?;
    let seconds = start.elapsed().as_secs_f64();
    let mut moved = pump.finish();
    // What moved in the first second is not part of what was measured.
    let share = seconds / (seconds + 1.0);
    moved.sent = (moved.sent as f64 * share) as u64;
    moved.received = (moved.received as f64 * share) as u64;
    caller.hang_up()?;
    let server = match (idle, before, after) {
        (Some(idle), Some(before), Some(after)) => Some(Cost {
            millicores: after.millicores_since(&before),
            memory: after.memory.saturating_sub(idle.memory),
        }),
        _ => None,
    };
    let dropped = caller.placed.dropped;
    let refused = refused.len();
    Ok(Report {
        calls,
        refused,
        dropped,
        setup,
        seconds,
        moved,
        server,
        floor: None,
    }
    .sorted())
}

/// A server of our own, then the floor.
fn bench(args: &LoadArgs) -> Result<Report, String> {
    let folder = std::env::temp_dir().join(format!("rappel-bench-{}", std::process::id()));
    let result = with_own_server(args, &folder);
    let _gone = fs::remove_dir_all(&folder);
    let mut report = result?;
    eprintln!("measuring the floor with {} sockets …", report.calls);
    report.floor = Some(measure_floor(report.calls, args.seconds)?);
    Ok(report)
}

fn with_own_server(args: &LoadArgs, folder: &Path) -> Result<Report, String> {
    let port = free_port()?;
    write_bench_config(folder, port, args.calls)?;
    let mut server = start(&["serve", "--config", &folder.to_string_lossy()])?;
    let result = wait_ready(port).and_then(|()| {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        load(args, address, Some(server.child.id()))
    });
    server.stop();
    result
}

/// The same packets through a bare loop in a process of its own.
fn measure_floor(calls: usize, seconds: u64) -> Result<Cost, String> {
    let mut floor = start(&["load", "--floor", &calls.to_string()])?;
    let mut ports = String::new();
    let out = floor.child.stdout.take().ok_or("the floor has no output")?;
    BufReader::new(out)
        .read_line(&mut ports)
        .map_err(|e| e.to_string())?;
    let lines = ports
        .split_whitespace()
        .map(|port| {
            let port: u16 = port
                .parse()
                .map_err(|_| format!("`{port}` is not a port"))?;
            let remote = SocketAddr::from(([127, 0, 0, 1], port));
            Ok(Line {
                socket: floor::socket(remote.ip())?,
                remote,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    let pump = Pump::start(lines);
    std::thread::sleep(Duration::from_secs(1));
    let before = Reading::take(floor.child.id())?;
    std::thread::sleep(Duration::from_secs(seconds));
    let after = Reading::take(floor.child.id())?;
    pump.finish();
    floor.stop();
    Ok(Cost {
        millicores: after.millicores_since(&before),
        memory: 0,
    })
}

/// A process of our own binary; ended when its input closes or on SIGTERM.
struct Own {
    child: Child,
    input: Option<ChildStdin>,
}

fn start(args: &[&str]) -> Result<Own, String> {
    let program: PathBuf = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut child = Command::new(&program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    let input = child.stdin.take();
    Ok(Own { child, input })
}

impl Own {
    fn stop(&mut self) {
        drop(self.input.take());
        let pid = self.child.id().to_string();
        let asked = Command::new("kill")
            .arg(&pid)
            .status()
            .is_ok_and(|s| s.success());
        if !asked {
            let _killed = self.child.kill();
        }
        let _status = self.child.wait();
    }
}

fn wait_ready(port: u16) -> Result<(), String> {
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if start.elapsed() > Duration::from_secs(20) {
            return Err("the server did not begin to listen within 20 s".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn free_port() -> Result<u16, String> {
    let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).map_err(|e| e.to_string())?;
    socket
        .local_addr()
        .map(|a| a.port())
        .map_err(|e| e.to_string())
}

fn write_bench_config(folder: &Path, port: u16, calls: u16) -> Result<(), String> {
    // Two ports a call, and as many again for calls that are just ending.
    let last = BENCH_MEDIA + calls.saturating_mul(4).saturating_add(64);
    let engine = BENCH_ENGINE
        .replace("PORT", &port.to_string())
        .replace("MEDIA", &format!("{BENCH_MEDIA}-{last}"))
        .replace("CALLS", &calls.to_string());
    let files = [
        ("rappel.toml", engine.as_str()),
        ("tenants/bench/tenant.toml", BENCH_TENANT),
        ("tenants/bench/flows/long.toml", BENCH_FLOW),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::File::create(&path)?.write_all(text.as_bytes()))
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn seeded() -> Random {
    Random::from_seed(u64::from(std::process::id()))
}

/// First media port of the bench's server.
const BENCH_MEDIA: u16 = 40_000;

const BENCH_ENGINE: &str = r#"
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

const BENCH_TENANT: &str = r#"
rappel = 1
[tenant]
title = "Bench"
timezone = "Europe/Paris"
languages = ["fr"]
[line.bench]
number = "+33199000100"
extension = "100"
flow = "long"
"#;

const BENCH_FLOW: &str = r#"
rappel = 1
[flow]
title = "A prompt without end"
start = "speak"
languages = ["fr"]
[step.speak]
do = "play"
prompt = "one-moment"
repeat = 100
next = "end"
[step.end]
do = "hangup"
prompt = "goodbye"
"#;
