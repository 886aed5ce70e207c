//! SIPp (Debian package `sip-tester`): our scenario files, run against the engine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::engine::free_port;
use crate::wait::until;

/// One run of one scenario.
#[derive(Debug)]
pub struct Sipp {
    child: Child,
    scenario: String,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

/// The folder of the scenario files.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/sipp");

impl Sipp {
    /// Starts `scenario` (a file of `tests/interop/sipp` without its ending) once, towards
    /// `target`. `more` are further options of SIPp: `-t t1`, `-s NUMBER`, `-key NAME VALUE` …
    pub fn start(scenario: &str, target: SocketAddr, folder: &Path, more: &[&str]) -> Self {
        Self::start_on(free_port(), scenario, target, folder, more)
    }

    /// The same on a given port.
    pub fn start_on(
        port: u16,
        scenario: &str,
        target: SocketAddr,
        folder: &Path,
        more: &[&str],
    ) -> Self {
        let folder = folder.join(format!("sipp-{scenario}-{port}"));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let media = free_port();
        let child = Command::new("sipp")
            .current_dir(&folder)
            .arg(target.to_string())
            .args(["-sf", &format!("{SCENARIOS}/{scenario}.xml")])
            .args([
                "-i",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-mp",
                &media.to_string(),
            ])
            .args(["-m", "1", "-nostdin", "-timeout", "60", "-timeout_error"])
            .args(["-trace_err", "-trace_msg", "-message_file", "messages"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is installed: `cargo xtask test` does it");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            child,
            scenario: scenario.to_owned(),
            folder,
            address,
        }
    }

    /// Waits for its end; panics with its own trace when a call did not go as written.
    pub fn expect_success(mut self) -> String {
        let what = format!("SIPp's {}", self.scenario);
        let status = until(&what, Duration::from_secs(70), || {
            self.child.try_wait().expect("its end can be asked for")
        });
        let messages = std::fs::read_to_string(self.folder.join("messages")).unwrap_or_default();
        assert!(
            status.success(),
            "{what} failed ({status})\n{}\n{messages}",
            self.errors()
        );
        messages
    }

    /// Its messages so far.
    pub fn messages(&self) -> String {
        std::fs::read_to_string(self.folder.join("messages")).unwrap_or_default()
    }

    fn errors(&self) -> String {
        let entries = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten();
        let paths = entries.map(|e| e.path());
        paths
            .filter(|p| p.to_string_lossy().contains("errors"))
            .filter_map(|p| std::fs::read_to_string(p).ok())
            .collect()
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
