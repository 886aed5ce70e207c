//! A browser (Debian package `chromium`) with a phone of SIP.js (npm package `sip.js`) in a page of
//! ours, over a secure WebSocket. Its microphone is a tone, and what it hears comes back as samples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;

use crate::engine::Engine;
use crate::listen::{Sound, write_tone};
use crate::wait::until;

/// A running browser with one page. Killed when dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    log: PathBuf,
}

impl Browser {
    /// Opens the page of the phone with these parameters, whatever certificate its server shows.
    /// Its microphone hears `hertz` at −13 dB.
    pub fn start(engine: &Engine, name: &str, hertz: f32, parameters: &[(&str, String)]) -> Self {
        let folder = engine.folder().join(format!("browser-{name}"));
        fs::create_dir_all(&folder).expect("a folder can be made");
        let page = folder.join("phone.html");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/browser/phone.html");
        fs::copy(source, &page).expect("the page can be copied");
        std::os::unix::fs::symlink(library(), folder.join("sip.js")).expect("a link can be made");
        let query: Vec<_> = parameters
            .iter()
            .map(|(key, value)| format!("{key}={}", escaped(value)))
            .collect();
        let microphone = folder.join("microphone.wav");
        write_tone(&microphone, hertz, Duration::from_secs(120));
        let log = folder.join("log");
        let file = fs::File::create(&log).expect("its log can be made");
        let child = Command::new("chromium")
            .env("HOME", &folder)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-extensions"])
            // A page from a file may load the modules beside it, and any certificate is as good as
            // another: the certificate is proved by other tests.
            .args([
                "--allow-file-access-from-files",
                "--ignore-certificate-errors",
            ])
            // A microphone that is a file, allowed without a question; and ways to ourselves, which a
            // browser leaves out otherwise.
            .args([
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
            ])
            .arg(format!(
                "--use-file-for-fake-audio-capture={}",
                microphone.display()
            ))
            .args(["--allow-loopback-in-peer-connection"])
            .args(["--autoplay-policy=no-user-gesture-required"])
            .args(["--enable-logging=stderr", "--v=0"])
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .arg(format!("file://{}?{}", page.display(), query.join("&")))
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a descriptor can be cloned"))
            .stderr(file)
            .spawn()
            .expect("chromium is installed: `cargo xtask test` does it");
        Self { child, log }
    }

    /// Waits until the page has told something.
    pub fn await_told(&self, text: &str) {
        let told = format!("PHONE {text}");
        until(&format!("the browser to tell `{text}`"), LIMIT, || {
            self.log().contains(&told).then_some(())
        });
    }

    /// What it has heard so far, at 8 kHz.
    pub fn heard(&self) -> Sound {
        let log = self.log();
        let told = log.split("PHONE heard ").skip(1);
        let samples: Vec<i16> = told
            .filter_map(|rest| BASE64.decode(rest.split('"').next()?.as_bytes()).ok())
            .flat_map(|bytes| {
                let two = |pair: &[u8]| i16::from_le_bytes([pair[0], pair[1]]);
                bytes.chunks_exact(2).map(two).collect::<Vec<i16>>()
            })
            .collect();
        Sound::from_samples(&samples)
    }

    /// All that the browser and the page have told.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let told = log.lines().filter(|line| !line.contains("PHONE heard"));
            eprintln!("--- log of the browser");
            told.for_each(|line| eprintln!("{line}"));
        }
    }
}

/// Where `npm` has put SIP.js; fetched here when it has not, in the build's own folder. Other tests, in processes
/// of their own, may do so at the same time: each fetches for itself, and what is in its place is whole.
fn library() -> PathBuf {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().expect("nobody fails while holding it");
    let executable = std::env::current_exe().expect("a test has a path");
    let target = executable
        .ancestors()
        .nth(3)
        .expect("a test lies three folders deep in the build's");
    let whole = target.join("npm").join(SIP_JS);
    let library = whole.join("node_modules/sip.js");
    if !whole.exists() {
        let folder = target.join("npm").join(std::process::id().to_string());
        fs::create_dir_all(&folder).expect("a folder can be made");
        let status = Command::new("npm")
            .arg("install")
            .args(["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"])
            .arg("--prefix")
            .arg(&folder)
            .arg(SIP_JS)
            .stdin(Stdio::null())
            .status()
            .expect("npm is installed: `cargo xtask test` does it");
        assert!(status.success(), "npm install {SIP_JS}: {status}");
        if let Err(error) = fs::rename(&folder, &whole) {
            assert!(whole.exists(), "{}: {error}", whole.display());
            fs::remove_dir_all(&folder).expect("what is not needed can be removed");
        }
    }
    library
}

/// A value of a query, every byte that could mean something there escaped.
fn escaped(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The library, pinned: a new one is taken on purpose.
const SIP_JS: &str = "sip.js@0.21.2";

/// A browser takes its time to start where two processors are shared.
const LIMIT: Duration = Duration::from_secs(60);
