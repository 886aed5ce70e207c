//! The door for commands to the running engine: a Unix socket in the data folder that its owner
//! alone may open.
//!
//! One JSON line is a request, one JSON line its answer, then the connection ends. Requests wait for
//! each other, never the control thread for them.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rappel_ivr::Lang;
use rappel_model::TenantId;
use rappel_net::sip::Gate;
use rappel_store::Folder;
use serde::{Deserialize, Serialize};

use super::trunks::Desk;
use super::{Shared, Told, take};
use crate::sight::Eye;
use crate::sight::wire::{Ask, Line};
use crate::wiring::bans;

/// A command, and the language its answer is wanted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Command {
    /// `fr` or `en`.
    pub(crate) lang: String,
    /// What is wanted.
    #[serde(flatten)]
    pub(crate) request: Request,
}

/// What a command wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Request {
    /// Read the files again.
    Reload {
        /// Of this tenant; of all without.
        tenant: Option<String>,
        /// Only say what would change.
        plan: bool,
    },
    /// Run a kept version again.
    Rollback {
        /// Of this tenant, which may be left out when there is one.
        tenant: Option<String>,
        /// Which; without, the one before that which runs.
        to: Option<u32>,
    },
    /// Who is banned?
    Bans,
    /// Ban an address or a network.
    Ban {
        /// Which, as `Network` is written.
        network: String,
        /// For how long.
        seconds: u32,
    },
    /// End the ban of an address or a network.
    Lift {
        /// Which, as `Network` is written.
        network: String,
    },
    /// Which versions are kept?
    Versions {
        /// Of this tenant; of all without.
        tenant: Option<String>,
    },
    /// How do the trunks stand?
    Trunks,
    /// Take a trunk out of use for calls that begin, or put it back.
    Drain {
        /// Which, as `[trunk.NAME]` names it.
        trunk: String,
        /// False to put it back.
        drained: bool,
    },
    /// Where does it listen to SIP over UDP?
    Listening,
    /// What passed on the wire? The answer is lines of its own, see [`crate::sight::wire`].
    Sight(Ask),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// False when something was refused.
    pub(crate) good: bool,
    /// What to show.
    pub(crate) text: String,
}

/// Whom commands are given to.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    /// Which versions run.
    pub(crate) loader: Shared,
    /// Asks the control thread.
    pub(crate) desk: Arc<Desk>,
    /// Who is heard at all.
    pub(crate) gate: Gate,
    /// What passed; nothing where nobody looks.
    pub(crate) eye: Option<Eye>,
    /// Where SIP is listened to over UDP: not always what the files say (`rappel demo`).
    pub(crate) over_udp: Option<SocketAddr>,
}

/// Opens the door. It stays open as long as the process lives.
///
/// # Errors
/// The socket cannot be made; told with its path.
pub(crate) fn open(folder: &Folder, hands: Hands) -> Result<(), String> {
    let path = folder.control();
    let failed = |e: io::Error| format!("{}: {e}", path.display());
    let listener = bind(&path).map_err(failed)?;
    thread::Builder::new()
        .name("commands".into())
        .spawn(move || listen(&listener, &hands))
        .map_err(failed)?;
    Ok(())
}

/// Asks the engine that runs on a data folder.
///
/// # Errors
/// No engine runs there, or it did not answer.
pub(crate) fn ask(folder: &Folder, command: &Command) -> Result<Reply, String> {
    ask_within(folder, command, PATIENCE)
}

/// As [`ask`], for who does not wait longer than this.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_within(
    folder: &Folder,
    command: &Command,
    patience: Duration,
) -> Result<Reply, String> {
    let stream = reach(folder)?;
    let talk = || -> io::Result<String> {
        stream.set_read_timeout(Some(patience))?;
        say(&stream, command)?;
        read_line(&stream, MAX_REPLY)
    };
    let line = talk().map_err(|e| format!("the engine did not answer: {e}"))?;
    serde_json::from_str(&line).map_err(|e| format!("the engine's answer cannot be read: {e}"))
}

/// Asks the engine that runs on a data folder what passed, and takes its answer line by line until
/// `take` says that it has enough, or all is said.
///
/// # Errors
/// No engine runs there, it did not answer, or `take` failed.
pub(crate) fn look(
    folder: &Folder,
    ask: Ask,
    mut take: impl FnMut(Line) -> Result<bool, String>,
) -> Result<(), String> {
    let stream = reach(folder)?;
    let failed = |e: io::Error| format!("the engine did not answer: {e}");
    let command = Command {
        lang: "en".into(),
        request: Request::Sight(ask),
    };
    stream
        .set_read_timeout(Some(PATIENCE_OF_OURS))
        .map_err(failed)?;
    say(&stream, &command).map_err(failed)?;
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    loop {
        line.clear();
        let length = (&mut reader)
            .take(MAX_LINE)
            .read_line(&mut line)
            .map_err(failed)?;
        if length == 0 {
            return Err("the engine broke off; it may be stopping".into());
        }
        let line = serde_json::from_str(&line)
            .map_err(|e| format!("the engine's answer cannot be read: {e}"))?;
        let is_last = line == Line::End;
        if !take(line)? || is_last {
            return Ok(());
        }
    }
}

fn say(mut stream: &UnixStream, command: &Command) -> io::Result<()> {
    let mut line = serde_json::to_string(command)?;
    line.push('\n');
    stream.write_all(line.as_bytes())
}

fn reach(folder: &Folder) -> Result<UnixStream, String> {
    let path = folder.control();
    connect(&path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => format!(
            "no engine runs on {}: start one with `rappel serve`",
            folder.path().display()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "{}: only the user that runs the engine may give it commands",
            path.display()
        ),
        _ => format!("{}: {e}", path.display()),
    })
}

/// Binds beside the place and moves there, so that nobody finds the socket before it is its owner's
/// alone. One that a crash left is replaced: who holds the data folder is the only engine on it.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let beside = path.with_extension("new");
    let _gone = fs::remove_file(&beside);
    let listener = within(&beside, |short| UnixListener::bind(short))?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&beside, path)?;
    Ok(listener)
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    within(path, |short| UnixStream::connect(short))
}

/// An address of a socket has room for a hundred bytes; a path that is longer is named from its
/// folder, which this process holds open for the moment.
fn within<T>(path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() < LONGEST_ADDRESS {
        return act(path);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let folder = fs::File::open(folder)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    act(&short.join(name))
}

fn listen(listener: &UnixListener, hands: &Hands) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of descriptors, most likely: calls need them more than commands.
            thread::sleep(BREATHER);
            continue;
        };
        if busy.fetch_add(1, Ordering::Relaxed) >= MAX_COMMANDS {
            busy.fetch_sub(1, Ordering::Relaxed);
            let _told = send(&stream, refused("too many commands at once"));
            continue;
        }
        let (hands, mine) = (hands.clone(), Arc::clone(&busy));
        let served = thread::Builder::new()
            .name("command".into())
            .spawn(move || {
                if let Err(error) = serve(&stream, &hands) {
                    tracing::debug!(%error, "a command went away");
                }
                mine.fetch_sub(1, Ordering::Relaxed);
            });
        if served.is_err() {
            busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn serve(stream: &UnixStream, hands: &Hands) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE_OF_OURS))?;
    stream.set_write_timeout(Some(PATIENCE_OF_OURS))?;
    let reply = match read_line(stream, MAX_REQUEST) {
        Err(e) if e.kind() == io::ErrorKind::InvalidData => refused(&e.to_string()),
        Err(e) => return Err(e),
        Ok(line) => match serde_json::from_str(&line) {
            Ok(Command {
                request: Request::Sight(ask),
                ..
            }) => {
                let eye = hands.eye.as_ref();
                return eye.map_or(Ok(()), |eye| eye.answer(ask, &hands.gate.bans(), stream));
            }
            Ok(command) => obey(command, hands),
            Err(e) => refused(&format!("this engine does not know the command: {e}")),
        },
    };
    send(stream, reply)
}

fn obey(Command { lang, request }: Command, hands: &Hands) -> Reply {
    let Hands {
        loader, desk, gate, ..
    } = hands;
    let lang = Lang::parse(&lang).unwrap_or_default();
    let named = |tenant: Option<String>| tenant.map(TenantId::from);
    let Told { text, good } = match request {
        Request::Reload { tenant, plan } => take(loader).reload(named(tenant).as_ref(), plan, lang),
        Request::Rollback { tenant, to } => {
            take(loader).roll_back(named(tenant).as_ref(), to, lang)
        }
        Request::Versions { tenant } => take(loader).versions(named(tenant).as_ref(), lang),
        // Nobody who reloads files is waited for.
        Request::Trunks => desk.trunks(lang),
        Request::Drain { trunk, drained } => desk.drain(&trunk.into(), drained, lang),
        Request::Bans => bans::list(gate, lang),
        Request::Ban { network, seconds } => match network.parse() {
            Ok(network) => bans::add(gate, network, seconds, lang),
            Err(why) => return refused(&why),
        },
        Request::Lift { network } => match network.parse() {
            Ok(network) => bans::lift(gate, network, lang),
            Err(why) => return refused(&why),
        },
        Request::Listening => {
            let Some(address) = hands.over_udp else {
                return refused("it does not listen over UDP");
            };
            let (text, good) = (address.to_string(), true);
            Told { text, good }
        }
        // It was answered before: its answer is lines of its own.
        Request::Sight(_) => return refused("nothing is remembered here"),
    };
    Reply { good, text }
}

fn refused(why: &str) -> Reply {
    Reply {
        good: false,
        text: format!("{why}\n"),
    }
}

fn send(mut stream: &UnixStream, mut reply: Reply) -> io::Result<()> {
    if reply.text.len() > MAX_TEXT {
        let end = reply.text.floor_char_boundary(MAX_TEXT);
        reply.text.truncate(end);
        reply.text.push_str("…\n");
    }
    let mut line = serde_json::to_string(&reply)?;
    line.push('\n');
    stream.write_all(line.as_bytes())
}

/// One line without its end, of at most `limit` bytes.
fn read_line(stream: &UnixStream, limit: u64) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(limit)).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.to_owned()),
        None if line.len() as u64 == limit => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a line has at most {limit} bytes"),
        )),
        None => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    }
}

/// Longest path that every system takes as the address of a socket.
const LONGEST_ADDRESS: usize = 100;

/// Commands at once; more are told to come again.
const MAX_COMMANDS: usize = 8;

/// Longest request, in bytes.
const MAX_REQUEST: u64 = 4_096;

/// Longest text of an answer, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Longest answer as JSON, in which a byte may become six.
const MAX_REPLY: u64 = 6 * (MAX_TEXT as u64) + 100;

/// Longest line about what passed: a message of 64 KiB as JSON.
const MAX_LINE: u64 = 1 << 20;

/// How long a command waits for the engine: sentences may have to be synthesised.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long the engine waits for a command to write its line, or to read its answer.
const PATIENCE_OF_OURS: Duration = Duration::from_secs(5);

/// How long the door stays closed when the system has nothing left to open it with.
const BREATHER: Duration = Duration::from_millis(100);
