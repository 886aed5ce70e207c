//! A name server of our own on loopback (RFC 1035): a few records, answered as they are told, so that
//! a test decides where names lead, and counts who asked.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::engine::free_port;

/// A name server; gone when dropped.
#[derive(Debug)]
pub struct Names {
    /// Where it answers.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An address.
    A(Ipv4Addr),
    /// A server of a service (RFC 2782).
    Srv {
        /// The lower, the sooner.
        priority: u16,
        /// Its share among those of the same priority.
        weight: u16,
        /// Where it listens.
        port: u16,
        /// Its name.
        target: &'static str,
    },
    /// A service of a domain (RFC 3403), found by SRV.
    Naptr {
        /// The lower, the sooner.
        order: u16,
        /// `SIPS+D2T` and so on.
        service: &'static str,
        /// The name of its SRV records.
        replacement: &'static str,
    },
}

#[derive(Debug, Default)]
struct State {
    records: Vec<(String, Record)>,
    asked: Vec<String>,
    delay: Duration,
}

impl Names {
    /// One that knows these.
    pub fn start(records: &[(&str, Record)]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let socket = UdpSocket::bind(address).expect("the port is free");
        let limit = Some(Duration::from_millis(20));
        socket.set_read_timeout(limit).expect("a limit can be set");
        let (state, stop) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let (shared, end) = (Arc::clone(&state), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                serve(&socket, &shared);
            }
        });
        let names = Self {
            address,
            state,
            stop,
            thread: Some(thread),
        };
        names.set(records);
        names
    }

    /// From now on it knows these and nothing else.
    pub fn set(&self, records: &[(&str, Record)]) {
        let owned = records.iter().map(|(n, r)| ((*n).to_owned(), r.clone()));
        self.state().records = owned.collect();
    }

    /// From now on it takes so long for each answer.
    pub fn slow_down(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// How often a name was asked for, whatever of it.
    pub fn asked(&self, name: &str) -> usize {
        let state = self.state();
        state.asked.iter().filter(|asked| *asked == name).count()
    }

    /// Makes an engine ask it instead of this machine's name servers.
    pub fn be_asked(&self, config: &Path) {
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        let line = format!("servers = [\"{}\"]", self.address);
        let changed = text.replace("servers = []", &line);
        assert_ne!(changed, text, "the demo has the key");
        fs::write(path, changed).expect("it can be written");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test fails while holding it")
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _failed = thread.join().is_err();
        }
    }
}

fn serve(socket: &UdpSocket, state: &Mutex<State>) {
    let mut buffer = [0; 1232];
    let Ok((length, from)) = socket.recv_from(&mut buffer) else {
        return;
    };
    let Some((question, name, kind)) = read(&buffer[..length]) else {
        return;
    };
    let mut state = state.lock().expect("no test fails while holding it");
    state.asked.push(name.clone());
    let of_name: Vec<Record> = (state.records.iter())
        .filter(|(own, _)| *own == name)
        .map(|(_, record)| record.clone())
        .collect();
    let delay = state.delay;
    drop(state);
    thread::sleep(delay);
    let wanted = of_name.iter().filter(|record| record.kind() == kind);
    let wanted: Vec<&Record> = wanted.collect();
    // QR, AA and RA; a name without any record does not exist (RFC 1035 §4.1.1).
    let flags = if of_name.is_empty() {
        0x8583_u16
    } else {
        0x8580
    };
    let mut answer = buffer[..2].to_vec();
    answer.extend(flags.to_be_bytes());
    answer.extend([0, 1]);
    answer.extend((wanted.len() as u16).to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question);
    for record in wanted {
        record.write(&mut answer);
    }
    // Whoever asked may be gone.
    let _gone = socket.send_to(&answer, from).is_err();
}

/// The question as it stands, its name in lower case without a final dot, and the kind of record.
fn read(query: &[u8]) -> Option<(Vec<u8>, String, u16)> {
    let mut labels = Vec::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]);
    let question = query.get(HEADER..at + 4)?.to_vec();
    Some((question, labels.join("."), kind))
}

impl Record {
    /// Its number in questions (RFC 1035 §3.2.2, RFC 2782, RFC 3403).
    const fn kind(&self) -> u16 {
        match self {
            Self::A(_) => 1,
            Self::Srv { .. } => 33,
            Self::Naptr { .. } => 35,
        }
    }

    /// Writes it as an answer to the question before.
    fn write(&self, answer: &mut Vec<u8>) {
        let mut data = Vec::new();
        match self {
            Self::A(address) => data.extend(address.octets()),
            Self::Srv {
                priority,
                weight,
                port,
                target,
            } => {
                for number in [priority, weight, port] {
                    data.extend(number.to_be_bytes());
                }
                write_name(&mut data, target);
            }
            Self::Naptr {
                order,
                service,
                replacement,
            } => {
                data.extend(order.to_be_bytes());
                data.extend([0, 0]);
                for text in ["s", service, ""] {
                    data.push(text.len() as u8);
                    data.extend(text.as_bytes());
                }
                write_name(&mut data, replacement);
            }
        }
        // The name is that of the question, by its place.
        answer.extend([0xc0, HEADER as u8]);
        answer.extend(self.kind().to_be_bytes());
        answer.extend([0, 1]);
        answer.extend(TTL.to_be_bytes());
        answer.extend((data.len() as u16).to_be_bytes());
        answer.extend(data);
    }
}

fn write_name(data: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        data.push(label.len() as u8);
        data.extend(label.as_bytes());
    }
    data.push(0);
}

/// Bytes before the question (RFC 1035 §4.1.1).
const HEADER: usize = 12;

/// Seconds that an answer may be kept.
const TTL: u32 = 60;
