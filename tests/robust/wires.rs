//! The wires that broken messages are sent by. On connections each has one of its own, since a
//! message that never ends would hold the next one up.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rappel_tests::sipp::TRUNK;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How broken messages are sent.
pub(crate) trait Wire {
    fn send(&mut self, bytes: &[u8]);
    /// What has come back since; connections are closed.
    fn heard(&mut self) -> Vec<u8>;
}

/// Datagrams from the trunk's address.
pub(crate) struct Datagrams(UdpSocket, SocketAddr);

impl Datagrams {
    pub(crate) fn to(engine: SocketAddr) -> Self {
        let socket =
            UdpSocket::bind(SocketAddr::from((TRUNK, 0))).expect("the trunk's address is ours");
        socket.set_nonblocking(true).expect("it can be set");
        Self(socket, engine)
    }
}

impl Wire for Datagrams {
    fn send(&mut self, bytes: &[u8]) {
        let sent = self.0.send_to(bytes, self.1);
        assert_eq!(
            sent.ok(),
            Some(bytes.len()),
            "loopback takes every datagram"
        );
    }

    fn heard(&mut self) -> Vec<u8> {
        thread::sleep(ANSWER);
        let (mut heard, mut buffer) = (Vec::new(), [0; 65_535]);
        while let Ok(length) = self.0.recv(&mut buffer) {
            heard.extend_from_slice(&buffer[..length]);
            heard.push(b'\n');
        }
        heard
    }
}

/// TCP connections from the trunk's address.
pub(crate) struct Plain(Vec<TcpStream>, SocketAddr);

impl Plain {
    pub(crate) fn to(engine: SocketAddr) -> Self {
        Self(Vec::new(), engine)
    }
}

impl Wire for Plain {
    fn send(&mut self, bytes: &[u8]) {
        let mut stream = connect(self.1);
        // The engine may cut it off before the last byte.
        let _cut_off = stream.write_all(bytes).is_err();
        self.0.push(stream);
    }

    fn heard(&mut self) -> Vec<u8> {
        thread::sleep(ANSWER);
        let mut heard = Vec::new();
        for mut stream in self.0.drain(..) {
            stream.set_nonblocking(true).expect("it can be set");
            read(&mut stream, &mut heard);
        }
        heard
    }
}

/// TLS connections from the trunk's address, each with a handshake of its own.
pub(crate) struct Secure {
    open: Vec<StreamOwned<ClientConnection, TcpStream>>,
    engine: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Secure {
    /// `authority` signed the engine's certificate: a PEM file.
    pub(crate) fn to(engine: SocketAddr, authority: &Path) -> Self {
        let authority = CertificateDer::from_pem_file(authority).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(authority).expect("it can be believed");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            open: Vec::new(),
            engine,
            config: Arc::new(config),
        }
    }
}

impl Wire for Secure {
    fn send(&mut self, bytes: &[u8]) {
        let name = ServerName::from(self.engine.ip());
        let connection = ClientConnection::new(Arc::clone(&self.config), name);
        let connection = connection.expect("the name is an address");
        let mut stream = StreamOwned::new(connection, connect(self.engine));
        while stream.conn.is_handshaking() {
            stream
                .conn
                .complete_io(&mut stream.sock)
                .expect("the handshake is made");
        }
        let _cut_off = stream.write_all(bytes).is_err();
        self.open.push(stream);
    }

    fn heard(&mut self) -> Vec<u8> {
        thread::sleep(ANSWER);
        let mut heard = Vec::new();
        for mut stream in self.open.drain(..) {
            stream.sock.set_nonblocking(true).expect("it can be set");
            read(&mut stream, &mut heard);
        }
        heard
    }
}

/// Takes what is there.
fn read(stream: &mut impl Read, heard: &mut Vec<u8>) {
    let mut buffer = [0; 16_384];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => heard.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Nothing more, or cut off.
            Err(_) => break,
        }
    }
    heard.push(b'\n');
}

fn connect(to: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket can be made");
    let from = SocketAddr::from((TRUNK, 0));
    socket
        .bind(&from.into())
        .expect("the trunk's address is ours");
    socket
        .connect(&to.into())
        .expect("the engine takes connections");
    let stream: TcpStream = socket.into();
    stream.set_nodelay(true).expect("it can be set");
    let patience = Some(Duration::from_secs(5));
    stream.set_read_timeout(patience).expect("it can be set");
    stream.set_write_timeout(patience).expect("it can be set");
    stream
}

/// How long answers are waited for, once for all that was sent.
const ANSWER: Duration = Duration::from_millis(30);
