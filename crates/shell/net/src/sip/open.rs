//! Connections that we open.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rappel_model::trouble::SecureFault;
use rappel_sip::Transport;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connections::Entered;
use super::line::Line;
use super::tls::{Keys, fault_of};
use super::{Inbox, prepare, stream};

/// What a connection of ours is opened with.
pub(super) struct Opening {
    /// The address it is opened from; unspecified lets the system choose.
    pub(super) from: IpAddr,
    /// What a secure peer must prove to be called.
    pub(super) name: Option<Arc<str>>,
    pub(super) keys: Option<Arc<Keys>>,
}

/// Opens the connection for which `entered` keeps the place, then serves it. What waits in its
/// queue when it cannot be opened comes back as failed.
pub(super) async fn open<I: Inbox>(line: Line<I>, opening: Opening, entered: Entered) {
    let connecting = connect(opening.from, line.remote);
    let stream = match timeout(line.door.timeouts.connect, connecting).await {
        Ok(Ok(stream)) => stream,
        failed => {
            let why = failed.map_or_else(|_| "timed out".into(), |r| format!("{:?}", r.err()));
            tracing::debug!(remote = %line.remote, why, "cannot connect");
            return line.give_up(entered).await;
        }
    };
    prepare(&stream);
    if line.transport != Transport::Tls {
        return stream::serve(&line, stream, entered).await;
    }
    let securing = secure(&opening, stream);
    match timeout(line.door.timeouts.handshake, securing).await {
        Ok(Ok(stream)) => return stream::serve(&line, stream, entered).await,
        Ok(Err(error)) => {
            let name = opening.name.as_deref().unwrap_or_default();
            line.insecure(Some(name), fault_of(&error));
            line.handshake_failed("TLS", &format!("{name}: {error}"));
        }
        Err(_elapsed) => {
            line.insecure(opening.name.as_deref(), SecureFault::Other);
            line.handshake_failed("TLS", "it took too long");
        }
    }
    line.give_up(entered).await;
}

async fn connect(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if !from.is_unspecified() {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(to).await
}

/// The name is checked against the certificate's subject alternative names, DNS names and addresses
/// (RFC 5922 §7.1 but for SIP URIs, which the library does not read).
async fn secure(opening: &Opening, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    let keys = opening.keys.as_ref().ok_or_else(no_keys)?;
    let name = opening.name.as_deref().unwrap_or_default().to_owned();
    let name = ServerName::try_from(name).map_err(io::Error::other)?;
    let client = Arc::clone(&keys.current().client);
    TlsConnector::from(client).connect(name, stream).await
}

fn no_keys() -> io::Error {
    io::Error::other("this engine was started without TLS")
}
