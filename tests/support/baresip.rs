//! baresip (Debian package `baresip-core`): a softphone that is told what to do by TCP and writes
//! what it hears into a WAV file.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::engine::{Engine, free_port, free_ports};
use crate::listen::{Sound, write_tone};
use crate::wait::until;

/// A running softphone with one account. It answers every call, and is killed when dropped.
#[derive(Debug)]
pub struct Baresip {
    child: Child,
    folder: PathBuf,
    control: TcpStream,
    told: Arc<Mutex<String>>,
    commands: u32,
}

/// How a softphone speaks SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// One connection, kept open.
    Tcp,
}

impl Baresip {
    /// Starts a softphone for `user` and waits until it is registered. It says a tone of `hertz`
    /// for `length` in every call, from its answer on, and is silent after that.
    pub fn start(
        engine: &Engine,
        (user, password): (&str, &str),
        transport: Transport,
        tone: (f32, Duration),
    ) -> Self {
        let by = match transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        };
        let server = format!("{};transport={by}", engine.sip);
        Self::begin(engine, (user, password), &server, ("", ""), tone)
    }

    /// The same over datagrams, speaking one codec alone: `opus/48000/2`, `G722/16000/1`,
    /// `PCMA/8000/1` …, encrypted or not (`srtp-mand`, `srtp`, or nothing).
    pub fn start_speaking(
        engine: &Engine,
        user: (&str, &str),
        (codec, encryption): (&str, Option<&str>),
        tone: (f32, Duration),
    ) -> Self {
        let server = format!("{};transport=udp", engine.sip);
        let modules = "module opus.so\nmodule g722.so\nmodule srtp.so\n";
        let encryption = encryption.map_or_else(String::new, |e| format!(";mediaenc={e}"));
        let account = format!(";audio_codecs={codec}{encryption}");
        Self::begin(engine, user, &server, (modules, &account), tone)
    }

    /// The same over TLS at the engine's port `tls`; the certificate there must be one that the file
    /// `authority` vouches for.
    pub fn start_secure(
        engine: &Engine,
        user: (&str, &str),
        (tls, authority): (u16, &Path),
        tone: (f32, Duration),
    ) -> Self {
        let server = format!("127.0.0.1:{tls};transport=tls");
        let more = format!("sip_cafile {}\n", authority.display());
        Self::begin(engine, user, &server, (&more, ""), tone)
    }

    fn begin(
        engine: &Engine,
        (user, password): (&str, &str),
        server: &str,
        (more, account): (&str, &str),
        (hertz, length): (f32, Duration),
    ) -> Self {
        let port = free_port();
        let folder = engine.folder().join(format!("baresip-{user}-{port}"));
        let heard = folder.join("heard");
        fs::create_dir_all(&heard).expect("a folder can be made");
        let voice = folder.join("voice.wav");
        write_tone(&voice, hertz, length);
        let control = free_port();
        let media = free_ports(10);
        let config = configuration(port, control, media, &voice, &heard) + more;
        let account = format!(
            "<sip:{user}@{server}>;auth_pass={password};regint=60;answermode=auto{account}"
        );
        for (name, text) in [
            ("config", config.as_str()),
            ("accounts", ""),
            ("contacts", ""),
        ] {
            fs::write(folder.join(name), text).expect("its files can be written");
        }
        let log = fs::File::create(folder.join("log")).expect("its log can be made");
        let child = Command::new("baresip")
            .args(["-f".as_ref(), folder.as_os_str()])
            // The SIP it sends and receives goes to its log.
            .args(["-v", "-s"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a descriptor can be cloned"))
            .stderr(log)
            .spawn()
            .expect("baresip is installed: `cargo xtask test` does it");
        let control = until("baresip to listen", Duration::from_secs(10), || {
            TcpStream::connect(("127.0.0.1", control)).ok()
        });
        let told = listen_to(&control);
        let mut phone = Self {
            child,
            folder,
            control,
            told,
            commands: 0,
        };
        // Not in its file of accounts: an answer to REGISTER within a millisecond of its start sends
        // its module for waiting messages into an endless loop.
        phone.command("about", "");
        phone.command("uanew", &account);
        until("baresip to register", Duration::from_secs(10), || {
            phone.command("reginfo", "").contains("OK").then_some(())
        });
        phone
    }

    /// Gives it a command of its menu and takes the answer.
    pub fn command(&mut self, command: &str, params: &str) -> String {
        self.commands += 1;
        let token = format!("\"token\":\"t{}\"", self.commands);
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\",{token}}}");
        self.control
            .write_all(format!("{}:{json},", json.len()).as_bytes())
            .expect("baresip listens");
        until("baresip to answer", Duration::from_secs(5), || {
            let told = self.told();
            let end = told.find(&token)?;
            let from = told[..end].rfind("{\"response\"")?;
            Some(told[from..end].to_owned())
        })
    }

    /// Dials a number and waits until the call is up.
    pub fn call(&mut self, number: &str) {
        let before = self.count("CALL_ESTABLISHED");
        self.command("dial", number);
        until("the call to be up", Duration::from_secs(10), || {
            (self.count("CALL_ESTABLISHED") > before).then_some(())
        });
    }

    /// Hangs up and waits until the call is over.
    pub fn hang_up(&mut self) {
        self.command("hangup", "");
        self.await_end(Duration::from_secs(5));
    }

    /// Waits until every call is over.
    pub fn await_end(&self, limit: Duration) {
        until("the call to be over", limit, || {
            (self.count("CALL_CLOSED") >= self.count("CALL_ESTABLISHED")).then_some(())
        });
    }

    /// Presses keys, each for a moment.
    pub fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.command("sndcode", &key.to_string());
            // A phone's keys are pressed one after the other: RFC 4733 events may not overlap.
            thread::sleep(Duration::from_millis(250));
        }
    }

    /// From now on says a tone, and then nothing.
    pub fn say(&mut self, hertz: f32, length: Duration) {
        let voice = self.folder.join(format!("voice-{}.wav", self.commands));
        write_tone(&voice, hertz, length);
        let path = voice.to_str().expect("the path is ours").to_owned();
        self.command("ausrc", &format!("aufile,{path}"));
    }

    /// What it heard in the call before; only to be asked when that is over.
    pub fn heard(&self) -> Sound {
        let entries = fs::read_dir(self.folder.join("heard")).expect("the folder is there");
        let mut files: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        files.sort();
        Sound::read(files.last().expect("it has heard something"))
    }

    /// Its log, with every SIP message it sent and received.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn told(&self) -> String {
        self.told
            .lock()
            .expect("nobody fails while holding it")
            .clone()
    }

    fn count(&self, event: &str) -> usize {
        self.told()
            .matches(&format!("\"type\":\"{event}\""))
            .count()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(6_000);
            let from = (from..log.len()).find(|at| log.is_char_boundary(*at));
            eprintln!("--- end of baresip's log\n{}", &log[from.unwrap_or(0)..]);
        }
    }
}

/// Collects all that baresip tells, in a thread that ends with the connection.
fn listen_to(control: &TcpStream) -> Arc<Mutex<String>> {
    let told = Arc::new(Mutex::new(String::new()));
    let collected = Arc::clone(&told);
    let mut stream = control.try_clone().expect("a socket can be cloned");
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            collected
                .lock()
                .expect("nobody fails while holding it")
                .push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    });
    told
}

fn configuration(port: u16, control: u16, media: u16, voice: &Path, heard: &Path) -> String {
    format!(
        "poll_method epoll\n\
         net_interface 127.0.0.1\n\
         sip_listen 127.0.0.1:{port}\n\
         call_max_calls 4\n\
         audio_source aufile,{voice}\n\
         audio_player aubridge,nil\n\
         audio_alert aubridge,alert\n\
         audio_level no\n\
         ausrc_srate 8000\n\
         auplay_srate 8000\n\
         ausrc_channels 1\n\
         auplay_channels 1\n\
         rtp_ports {media}-{last}\n\
         jitter_buffer_delay 1-5\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\n\
         module aubridge.so\n\
         module aufile.so\n\
         module sndfile.so\n\
         module_tmp account.so\n\
         module_app menu.so\n\
         module_app mwi.so\n\
         module_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control}\n\
         snd_path {heard}\n",
        voice = voice.display(),
        heard = heard.display(),
        last = media + 19,
    )
}
