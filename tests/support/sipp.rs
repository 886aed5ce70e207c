//! SIPp (Debian package `sip-tester`): our scenario files, run against the engine.

use std::fs;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::engine::{Engine, free_port, free_ports};
use crate::wait::until;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Scenario {
    name: &'static str,
    from: SocketAddr,
    service: String,
    more: Vec<String>,
}

/// One run of one scenario.
#[derive(Debug)]
pub struct Sipp {
    child: Child,
    scenario: &'static str,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

/// The folder of the scenario files.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/sipp");

/// Where a trunk of the tests' configuration calls from. Phones call from 127.0.0.1.
pub const TRUNK: [u8; 4] = [127, 0, 0, 2];

/// Adds a trunk to a configuration: a carrier in France whose calls come from [`TRUNK`].
pub fn add_carrier(config: &Path) {
    let path = config.join("rappel.toml");
    let mut text = fs::read_to_string(&path).expect("there is a rappel.toml");
    text.push_str("\n[trunk.carrier]\naddress = [\"127.0.0.2\"]\ncountry = \"33\"\n");
    fs::write(path, text).expect("it can be written");
}

impl Scenario {
    /// A scenario file of `tests/interop/sipp`, without its ending, played from a phone's address.
    pub fn phone(name: &'static str) -> Self {
        Self {
            name,
            from: ([127, 0, 0, 1], free_port()).into(),
            service: "service".to_owned(),
            more: Vec::new(),
        }
    }

    /// The same, played from the trunk's address.
    pub fn trunk(name: &'static str) -> Self {
        Self {
            from: (TRUNK, free_port()).into(),
            ..Self::phone(name)
        }
    }

    /// The number to dial, or the user to register.
    pub fn service(mut self, service: &str) -> Self {
        service.clone_into(&mut self.service);
        self
    }

    /// As this user: what stands in From, and what a challenge is answered with.
    pub fn user(self, name: &str, password: &str) -> Self {
        self.option(&["-key", "user", name, "-au", name, "-ap", password])
    }

    /// The port it is played from.
    pub fn port(&self) -> u16 {
        self.from.port()
    }

    /// Further options of SIPp.
    pub fn option(mut self, words: &[&str]) -> Self {
        self.more.extend(words.iter().map(|w| (*w).to_owned()));
        self
    }

    /// Over TCP.
    pub fn tcp(self) -> Self {
        self.option(&["-t", "t1"])
    }

    /// Played from the loopback of IPv6.
    pub fn over_ipv6(mut self) -> Self {
        self.from.set_ip(Ipv6Addr::LOCALHOST.into());
        self
    }

    /// From this port: where a registration said the phone is.
    pub fn on_port(mut self, port: u16) -> Self {
        self.from.set_port(port);
        self
    }

    /// Starts it towards an engine.
    pub fn start(self, engine: &Engine) -> Sipp {
        let name = format!("sipp-{}-{}", self.name, self.from.port());
        let folder = engine.folder().join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        // Digest names the Request-URI (RFC 7616 §3.4): the engine's alone in a REGISTER.
        let digest_uri = if self.name.starts_with("register") {
            engine.sip.to_string()
        } else {
            format!("{}@{}", self.service, engine.sip)
        };
        // A scenario that checks digests must see the URI that they name.
        let proves = self.more.iter().any(|word| word == "-au").then_some(());
        let child = Command::new("sipp")
            .current_dir(&folder)
            .args(["-s", &self.service])
            .arg(engine.sip.to_string())
            .args(["-sf", &format!("{SCENARIOS}/{}.xml", self.name)])
            .args([
                "-i",
                &self.from.ip().to_string(),
                "-p",
                &self.from.port().to_string(),
            ])
            .args([
                "-mi",
                &self.from.ip().to_string(),
                "-mp",
                &free_ports(2).to_string(),
            ])
            .args(["-m", "1", "-nostdin", "-timeout", "75", "-timeout_error"])
            .args(["-trace_err", "-trace_msg", "-message_file", "messages"])
            .args(&self.more)
            .args(proves.iter().flat_map(|()| ["-auth_uri", &digest_uri]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is installed: `cargo xtask test` does it");
        Sipp {
            child,
            scenario: self.name,
            folder,
            address: self.from,
        }
    }

    /// Runs it to its end, which must be a good one; the messages it saw.
    pub fn run(self, engine: &Engine) -> String {
        self.start(engine).expect_success()
    }
}

impl Sipp {
    /// Waits for its end; panics with its own trace when a call did not go as written.
    pub fn expect_success(mut self) -> String {
        let what = format!("SIPp's {}", self.scenario);
        let status = until(&what, Duration::from_secs(85), || {
            self.child.try_wait().expect("its end can be asked for")
        });
        let messages = fs::read_to_string(self.folder.join("messages")).unwrap_or_default();
        assert!(
            status.success(),
            "{what} failed ({status})\n{}\n{messages}",
            self.errors()
        );
        messages
    }

    /// Its messages so far.
    pub fn messages(&self) -> String {
        fs::read_to_string(self.folder.join("messages")).unwrap_or_default()
    }

    fn errors(&self) -> String {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let paths = entries.map(|e| e.path());
        paths
            .filter(|p| p.to_string_lossy().contains("errors"))
            .filter_map(|p| fs::read_to_string(p).ok())
            .collect()
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
