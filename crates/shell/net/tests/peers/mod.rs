//! Listeners of all transports with certificates of their own, and peers that speak to them. The
//! peers use the same libraries for TLS and WebSocket, and none of our own code.
#![allow(dead_code, reason = "each test uses the part it needs")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use rappel_model::Random;
use rappel_net::Clock;
use rappel_net::sip::tls::{Certificate, Keys, TlsFiles};
use rappel_net::sip::{Gate, Inbox, Listen, Sender, Sockets, Timeouts};
use rappel_sip::{Flow, Input, Transport, guard};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Channel(SyncSender<Input>);

impl Inbox for Channel {
    fn try_put(&self, input: Input) -> Result<(), Box<Input>> {
        self.0.try_send(input).map_err(|error| match error {
            TrySendError::Full(input) | TrySendError::Disconnected(input) => Box::new(input),
        })
    }
}

/// Transports that listen, and what tells of them.
pub(crate) struct World {
    runtime: Option<Runtime>,
    pub(crate) sender: Sender,
    inbox: Receiver<Input>,
    places: Vec<(Transport, SocketAddr)>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) folder: PathBuf,
    authority: Arc<Authority>,
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }
}

impl World {
    /// All of these transports at an address, each at a port of its own.
    pub(crate) fn start(address: &str, transports: &[Transport], timeouts: Timeouts) -> Self {
        let authority = Arc::new(Authority::new());
        Self::start_as(authority, address, transports, timeouts, false)
    }

    /// Another with the same authority.
    pub(crate) fn start_beside(other: &Self) -> Self {
        let transports = [Transport::Tls];
        let authority = Arc::clone(&other.authority);
        Self::start_as(
            authority,
            "127.0.0.1:0",
            &transports,
            Timeouts::default(),
            false,
        )
    }

    /// One that takes only who shows a certificate.
    pub(crate) fn start_closed() -> Self {
        let authority = Arc::new(Authority::new());
        let transports = [Transport::Tls];
        Self::start_as(
            authority,
            "127.0.0.1:0",
            &transports,
            Timeouts::default(),
            true,
        )
    }

    fn start_as(
        authority: Arc<Authority>,
        address: &str,
        transports: &[Transport],
        timeouts: Timeouts,
        closed: bool,
    ) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("rappel-wire-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let names = ["localhost", "127.0.0.1", "::1"];
        write_certificate(&folder, &authority, &names);
        let files = TlsFiles {
            certificates: vec![Certificate {
                chain: folder.join("cert.pem"),
                key: folder.join("key.pem"),
            }],
            authorities: Some(folder.join("ca.pem")),
            public: false,
        };
        let (keys, faults) = Keys::open(files).unwrap();
        assert_eq!(faults, []);
        let keys = Arc::new(keys);
        let listens: Vec<Listen> = transports
            .iter()
            .map(|transport| Listen {
                transports: vec![*transport],
                closed,
                ..Listen::usual(address.parse().unwrap())
            })
            .collect();
        let sockets = Sockets::bind(&listens)
            .unwrap()
            .with_timeouts(timeouts)
            .with_keys(Arc::clone(&keys));
        let places = transports.iter().copied().zip(sockets.shown()).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (put, inbox) = sync_channel(100);
        let clock = Clock::since(Instant::now());
        let gate = Gate::new(guard::Settings::default(), &mut Random::from_seed(1), clock);
        let sender = sockets.start(Channel(put), gate, clock, runtime.handle());
        Self {
            runtime: Some(runtime),
            sender,
            inbox,
            places,
            keys,
            folder,
            authority,
        }
    }

    /// Puts a new certificate, for these names, where the old one is.
    pub(crate) fn write_certificate(&self, names: &[&str]) {
        write_certificate(&self.folder, &self.authority, names);
    }

    pub(crate) fn address(&self, transport: Transport) -> SocketAddr {
        let mut places = self.places.iter();
        places.find(|(t, _)| *t == transport).unwrap().1
    }

    pub(crate) fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Flow {
        Flow {
            transport,
            local: self.places[0].1,
            remote,
            connection: None,
        }
    }

    /// A peer that is connected.
    pub(crate) fn call(&self, transport: Transport) -> Peer {
        Peer::connect(self, transport).unwrap()
    }

    pub(crate) fn next(&self) -> Input {
        self.inbox.recv_timeout(PATIENCE).unwrap()
    }

    /// The Call-ID of the next message and how it came; what else happens is passed over.
    pub(crate) fn received(&self) -> (String, Flow) {
        loop {
            match self.next() {
                Input::Received { message, flow } => return (message.call_id().to_owned(), flow),
                Input::FlowClosed(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

fn write_certificate(folder: &std::path::Path, authority: &Authority, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let params = CertificateParams::new(names).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    for (name, text) in [
        ("ca.pem", authority.pem.clone()),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// How a peer frames messages.
pub(crate) enum Framing {
    Stream(Box<dyn BytesOfPeer>),
    Web(Box<WebSocket<Box<dyn BytesOfPeer>>>),
}

/// What a peer reads and writes.
pub(crate) trait BytesOfPeer: Read + Write + Send {}
impl<T: Read + Write + Send> BytesOfPeer for T {}

/// One peer with its connection.
pub(crate) struct Peer {
    framing: Framing,
    socket: TcpStream,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Peer")
    }
}

impl Peer {
    pub(crate) fn connect(world: &World, transport: Transport) -> Result<Self, String> {
        let address = world.address(transport);
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let plain = socket.try_clone().unwrap();
        let bytes: Box<dyn BytesOfPeer> = match transport.is_secure() {
            true => Box::new(secure(world, plain)?),
            false => Box::new(plain),
        };
        let framing = match transport {
            Transport::Ws | Transport::Wss => {
                let scheme = if transport == Transport::Wss {
                    "wss"
                } else {
                    "ws"
                };
                let uri = format!("{scheme}://{address}/anything");
                let mut request = uri.into_client_request().unwrap();
                let sip = HeaderValue::from_static("sip");
                request.headers_mut().insert("Sec-WebSocket-Protocol", sip);
                let opened = client(request, bytes).map_err(|error| error.to_string())?;
                Framing::Web(Box::new(opened.0))
            }
            _ => Framing::Stream(bytes),
        };
        Ok(Self { framing, socket })
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.try_send(text).unwrap();
    }

    pub(crate) fn try_send(&mut self, text: &str) -> Result<(), String> {
        match &mut self.framing {
            Framing::Stream(stream) => {
                let sent = stream.write_all(text.as_bytes());
                sent.and_then(|()| stream.flush())
                    .map_err(|e| e.to_string())
            }
            Framing::Web(socket) => socket.send(Message::text(text)).map_err(|e| e.to_string()),
        }
    }

    pub(crate) fn send_binary(&mut self, bytes: &[u8]) {
        let Framing::Web(socket) = &mut self.framing else {
            panic!("only frames have a kind");
        };
        socket.send(Message::binary(bytes.to_vec())).unwrap();
    }

    pub(crate) fn receive(&mut self) -> String {
        self.try_receive().unwrap()
    }

    pub(crate) fn try_receive(&mut self) -> Result<String, String> {
        match &mut self.framing {
            Framing::Stream(stream) => {
                let mut buffer = [0; 2000];
                match stream.read(&mut buffer) {
                    Ok(0) => Err("closed".to_owned()),
                    Ok(length) => Ok(String::from_utf8_lossy(&buffer[..length]).into_owned()),
                    Err(error) => Err(error.to_string()),
                }
            }
            Framing::Web(socket) => loop {
                match socket.read() {
                    Ok(Message::Ping(_) | Message::Pong(_)) => {}
                    Ok(message) => return Ok(message.into_text().unwrap().to_string()),
                    Err(error) => return Err(error.to_string()),
                }
            },
        }
    }

    pub(crate) fn receive_exactly(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&self.receive());
        }
        text
    }

    /// Whether a ping frame comes in time.
    pub(crate) fn next_ping(&mut self) -> bool {
        let Framing::Web(socket) = &mut self.framing else {
            panic!("only frames have a kind");
        };
        matches!(socket.read(), Ok(Message::Ping(_)))
    }

    /// Stays connected, and never reads again.
    pub(crate) fn stop_answering(&self) {}

    pub(crate) fn close(self) {
        let closed = self.socket.shutdown(std::net::Shutdown::Both);
        assert!(closed.is_ok() || closed.unwrap_err().kind() == ErrorKind::NotConnected);
    }
}

fn secure(
    world: &World,
    mut socket: TcpStream,
) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(world.authority.pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    while connection.is_handshaking() {
        connection
            .complete_io(&mut socket)
            .map_err(|error| error.to_string())?;
    }
    Ok(StreamOwned::new(connection, socket))
}

pub(crate) fn request(call_id: &str, body: &str) -> String {
    format!(
        "OPTIONS sip:rappel@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bK{call_id}\r\n\
         From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: {call_id}\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn eventually(what: &str, test: impl Fn() -> bool) {
    let start = Instant::now();
    while !test() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
