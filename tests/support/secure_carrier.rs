//! A carrier that is spoken to over TLS: the manners of [`crate::carrier`] behind a certificate.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::carrier::{Heard, Manners, State};
use crate::engine::free_port;
use crate::wait::until;

/// A carrier over TLS; gone when dropped, its port closed.
#[derive(Debug)]
pub struct SecureCarrier {
    /// Where it is.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    opened: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SecureCarrier {
    /// One at 127.0.0.`host`, on a port of its own, that shows the certificate of `chain`.
    pub fn start(host: u8, (chain, key): (&Path, &Path), manners: Manners) -> Self {
        let address = SocketAddr::from(([127, 0, 0, host], free_port()));
        let config = Arc::new(config(chain, key));
        let listener = TcpListener::bind(address).expect("the carrier's address is free");
        listener.set_nonblocking(true).expect("it can be set");
        let state = Arc::new(Mutex::new(State::new(manners)));
        let (opened, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let lines = Lines {
            config,
            address,
            state: Arc::clone(&state),
            opened: Arc::clone(&opened),
            stop: Arc::clone(&stop),
        };
        let thread = thread::spawn(move || lines.listen(&listener));
        Self {
            address,
            state,
            opened,
            stop,
            thread: Some(thread),
        }
    }

    /// From now on it behaves like this.
    pub fn behave(&self, manners: Manners) {
        self.state
            .lock()
            .expect("no test fails while holding it")
            .behave(manners);
    }

    /// Requests of this method so far, a repeated one counted once.
    pub fn requests(&self, method: &str) -> Vec<Heard> {
        let state = self.state.lock().expect("no test fails while holding it");
        state.requests(method)
    }

    /// Waits until this many requests of a method came, and gives the last of them.
    pub fn await_request(&self, method: &str, count: usize, limit: Duration) -> Heard {
        until(&format!("{method} number {count}"), limit, || {
            self.requests(method).get(count.checked_sub(1)?).cloned()
        })
    }

    /// How many connections were opened whose handshake came to its end.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

impl Drop for SecureCarrier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _failed = thread.join().is_err();
        }
    }
}

/// What every connection is served with.
struct Lines {
    config: Arc<ServerConfig>,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    opened: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Lines {
    fn listen(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            while !self.stop.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => drop(scope.spawn(move || self.serve(stream))),
                    Err(_nobody) => thread::sleep(BEAT),
                }
            }
        });
    }

    /// One connection, until either side ends it.
    fn serve(&self, stream: TcpStream) {
        stream.set_nonblocking(false).expect("it can be set");
        stream.set_read_timeout(Some(BEAT)).expect("it can be set");
        let config = Arc::clone(&self.config);
        let connection = ServerConnection::new(config).expect("the settings are good");
        let mut stream = StreamOwned::new(connection, stream);
        let (mut heard, mut buffer, mut is_new) = (Vec::new(), [0; 8192], true);
        while !self.stop.load(Ordering::Relaxed) {
            match stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => heard.extend_from_slice(&buffer[..length]),
                Err(error) if is_pause(&error) => {}
                Err(_broken) => return,
            }
            if is_new && !stream.conn.is_handshaking() {
                is_new = false;
                self.opened.fetch_add(1, Ordering::Relaxed);
            }
            while let Some(text) = take_message(&mut heard) {
                let mut state = self.state.lock().expect("no test fails while holding it");
                let answers = state.hear(text, self.address);
                drop(state);
                for answer in answers {
                    // Whoever asked may be gone.
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            }
        }
        stream.conn.send_close_notify();
        let _gone = stream.flush().is_err();
    }
}

fn is_pause(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// The first whole message of what was heard, keep-alives passed over (RFC 5626 §3.5.1).
fn take_message(heard: &mut Vec<u8>) -> Option<String> {
    let blank = heard.iter().take_while(|byte| b"\r\n".contains(byte));
    heard.drain(..blank.count());
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&heard[..end]).into_owned();
    let body: usize = crate::carrier::header(&head, "Content-Length")
        .parse()
        .expect("streams need a Content-Length");
    if heard.len() < end + body {
        return None;
    }
    let message: Vec<u8> = heard.drain(..end + body).collect();
    Some(String::from_utf8_lossy(&message).into_owned())
}

fn config(chain: &Path, key: &Path) -> ServerConfig {
    let chain = CertificateDer::pem_file_iter(chain)
        .expect("a file of certificates")
        .map(|certificate| certificate.expect("a certificate"))
        .collect();
    let key = PrivateKeyDer::from_pem_file(key).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together")
}

/// How often it looks whether it shall end.
const BEAT: Duration = Duration::from_millis(20);
