//! linphonec (Debian package `linphone-cli`): linphone on a terminal, its voice and ears being
//! files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::engine::{Engine, free_port, free_ports};
use crate::listen::{Sound, write_tone};
use crate::wait::until;

/// A running linphone with one account. It answers every call, and is killed when dropped.
#[derive(Debug)]
pub struct Linphone {
    child: Child,
    keyboard: Option<ChildStdin>,
    folder: PathBuf,
    /// Where numbers are dialled: a host and port, with the transport where it is not UDP.
    server: String,
    /// The number of the file that it hears into.
    heard: u32,
}

impl Linphone {
    /// Starts linphone for `user` and waits until it is registered. It says a tone of `hertz` for
    /// `length` in every call, from its answer on, and is silent after that.
    pub fn start(engine: &Engine, (user, password): (&str, &str), tone: (f32, Duration)) -> Self {
        let server = engine.sip.to_string();
        Self::begin(engine, (user, password), &server, "", tone)
    }

    /// The same over TLS at the engine's port `tls`; the certificate there must be one for `localhost`
    /// that the file `authority` vouches for.
    pub fn start_secure(
        engine: &Engine,
        user: (&str, &str),
        (tls, authority): (u16, &Path),
        tone: (f32, Duration),
    ) -> Self {
        let server = format!("localhost:{tls};transport=tls");
        let more = format!(
            "root_ca={}\nverify_server_certs=1\nverify_server_cn=1\n",
            authority.display()
        );
        Self::begin(engine, user, &server, &more, tone)
    }

    /// The same over datagrams; its voice is encrypted (SRTP with keys in SDP), or it does not call.
    pub fn start_encrypted(engine: &Engine, user: (&str, &str), tone: (f32, Duration)) -> Self {
        let server = engine.sip.to_string();
        let more = "media_encryption=srtp\nmedia_encryption_mandatory=1\n";
        Self::begin(engine, user, &server, more, tone)
    }

    fn begin(
        engine: &Engine,
        (user, password): (&str, &str),
        server: &str,
        more: &str,
        (hertz, length): (f32, Duration),
    ) -> Self {
        let port = free_port();
        let folder = engine.folder().join(format!("linphone-{user}-{port}"));
        fs::create_dir_all(folder.join(".local/share/linphone")).expect("a folder can be made");
        write_tone(&folder.join("voice.wav"), hertz, length);
        let settings = configuration(server, (user, password), (port, free_ports(4)), more);
        fs::write(folder.join("rc"), settings).expect("its settings can be written");
        let log = fs::File::create(folder.join("log")).expect("its log can be made");
        let mut child = Command::new("script")
            .current_dir(&folder)
            .env("HOME", &folder)
            // It wants a terminal, and `script` is one. Level 6 logs every SIP message.
            .args(["-qfc", "exec linphonec -a -d 6 -c rc", "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a descriptor can be cloned"))
            .stderr(log)
            .spawn()
            .expect("linphone-cli is installed: `cargo xtask test` does it");
        let keyboard = child.stdin.take();
        let mut phone = Self {
            child,
            keyboard,
            folder,
            server: server.to_owned(),
            heard: 0,
        };
        phone.await_log("linphonec> ", 1, Duration::from_secs(15));
        phone.command("soundcard use files");
        phone.await_log("Using wav files instead of soundcard", 1, SOON);
        phone.command("play voice.wav");
        phone.listen_anew();
        phone.await_log("to [LinphoneRegistrationOk]", 1, Duration::from_secs(15));
        phone
    }

    /// Types a line.
    pub fn command(&mut self, line: &str) {
        self.keyboard
            .as_mut()
            .and_then(|keyboard| writeln!(keyboard, "{line}").ok())
            .expect("linphone reads its keyboard");
    }

    /// Speaks and offers one codec alone from the next call on: `opus`, `G722`, `PCMA`, `PCMU`.
    pub fn speak(&mut self, codec: &str) {
        let rows = self.codecs();
        assert!(rows.values().any(|(name, _)| name == codec), "{rows:?}");
        for (number, (name, is_enabled)) in rows {
            let wanted = name == codec;
            if wanted != is_enabled {
                let order = if wanted { "enable" } else { "disable" };
                self.command(&format!("codec {order} {number}"));
            }
        }
        let mut enabled = self.codecs();
        enabled.retain(|_, (_, is_enabled)| *is_enabled);
        let alone = enabled.values().all(|(name, _)| name == codec);
        assert!(alone && enabled.len() == 1, "{enabled:?}");
    }

    /// Its codecs as it lists them now.
    fn codecs(&mut self) -> Codecs {
        let said = self.log().len();
        self.command("codec list");
        // Then something that it answers with a line we know: the list is whole.
        self.command("ipv6 status");
        until("linphone to list its codecs", SOON, || {
            let log = self.log();
            let log = log.get(said..)?;
            log.contains("ipv6 use enabled").then_some(())?;
            Some(codecs(log)).filter(|rows| !rows.is_empty())
        })
    }

    /// Forgets what it heard before: the next call is heard alone.
    pub fn listen_anew(&mut self) {
        self.heard += 1;
        self.command(&format!("record {}", self.file()));
    }

    fn file(&self) -> String {
        format!("heard-{}.wav", self.heard)
    }

    /// Dials a number and waits until voice runs.
    pub fn call(&mut self, number: &str) {
        let before = self.log().matches(RUNNING).count();
        self.command(&format!("call sip:{number}@{}", self.server));
        self.await_log(RUNNING, before + 1, Duration::from_secs(10));
    }

    /// Hangs up and waits until the call is over.
    pub fn hang_up(&mut self) {
        let before = self.log().matches(RELEASED).count();
        self.command("terminate");
        self.await_log(RELEASED, before + 1, SOON);
    }

    /// Waits until so many of its calls are over.
    pub fn await_ends(&self, calls: usize) {
        self.await_log(RELEASED, calls, SOON);
    }

    /// What it heard since it listened anew; only to be asked when the call is over.
    pub fn heard(&self) -> Sound {
        Sound::read(&self.folder.join(self.file()))
    }

    /// Its log, with every SIP message it sent and received.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until its log has said `text` as often as this.
    pub fn await_log(&self, text: &str, times: usize, limit: Duration) {
        until(&format!("linphone to say `{text}`"), limit, || {
            (self.log().matches(text).count() >= times).then_some(())
        });
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        // The end of its keyboard ends it, and then its terminal.
        self.keyboard = None;
        let _gone = self.child.kill();
        let _status = self.child.wait();
        if thread::panicking() {
            keep(&self.folder, &self.log());
        }
    }
}

/// Says where the log of a failed test is; it is far too long to be shown.
fn keep(folder: &Path, log: &str) {
    eprintln!(
        "--- linphone's log of {} bytes is in {}",
        log.len(),
        folder.display()
    );
}

const SOON: Duration = Duration::from_secs(5);
/// What it logs when the voice of a call runs, and when a call is gone for good.
const RUNNING: &str = "to LinphoneCallStreamsRunning";
const RELEASED: &str = "to LinphoneCallReleased";

/// The name of each codec by its number, and whether it is spoken.
type Codecs = BTreeMap<u32, (String, bool)>;

/// The codecs of a list like ` 6: G722 (8000) disabled`, a line each.
fn codecs(log: &str) -> Codecs {
    let rows = log.lines().filter_map(|line| {
        let (number, rest) = line.trim().split_once(": ")?;
        let (name, rest) = rest.split_once(" (")?;
        let (_, state) = rest.split_once(") ")?;
        let is_enabled = match state {
            "enabled" => true,
            "disabled" => false,
            _ => return None,
        };
        // The first number stands behind what the terminal is told.
        let number = number.split_whitespace().last()?.parse().ok()?;
        Some((number, (name.to_owned(), is_enabled)))
    });
    rows.collect()
}

/// Its settings; `more` are further lines of `[sip]`.
fn configuration(
    server: &str,
    (user, password): (&str, &str),
    (port, media): (u16, u16),
    more: &str,
) -> String {
    let domain = server.split(';').next().unwrap_or(server);
    format!(
        "[sip]\n\
         use_ipv6=0\n\
         sip_port={port}\n\
         sip_tcp_port={port}\n\
         sip_tls_port=-1\n\
         guess_hostname=0\n\
         contact=\"{user}\" <sip:{user}@127.0.0.1>\n\
         register_only_when_network_is_up=0\n\
         auto_net_state_mon=0\n\
         default_proxy=0\n\
         media_encryption=none\n\
         use_rfc2833=1\n\
         use_info=0\n\
         {more}\
         [rtp]\n\
         audio_rtp_port={media}\n\
         [sound]\n\
         echocancellation=0\n\
         [video]\n\
         enabled=0\n\
         capture=0\n\
         display=0\n\
         automatically_initiate=0\n\
         automatically_accept=0\n\
         [net]\n\
         mtu=1300\n\
         [proxy_0]\n\
         reg_proxy=<sip:{server}>\n\
         reg_identity=sip:{user}@{domain}\n\
         reg_expires=60\n\
         reg_sendregister=1\n\
         publish=0\n\
         [auth_info_0]\n\
         username={user}\n\
         passwd={password}\n\
         realm=rappel\n"
    )
}
