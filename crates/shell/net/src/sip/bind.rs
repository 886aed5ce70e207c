//! Taking the ports.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

use rappel_sip::Transport;
use socket2::{Domain, Protocol, Socket, Type};

use super::tls::Keys;
use super::{Listen, Tap, Timeouts};

/// Bound sockets, not yet listened to.
#[derive(Debug)]
pub struct Sockets {
    pub(super) listeners: Vec<Listener>,
    pub(super) timeouts: Timeouts,
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) tap: Option<Arc<dyn Tap>>,
}

#[derive(Debug)]
pub(super) struct Listener {
    /// What it is bound to.
    pub(super) address: SocketAddr,
    /// What peers see.
    pub(super) shown: SocketAddr,
    /// Whether secure peers must prove who they are.
    pub(super) closed: bool,
    pub(super) udp: Option<Arc<UdpSocket>>,
    /// What connections are accepted for.
    pub(super) streams: Vec<(Transport, TcpListener)>,
}

/// Why a port could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has it, for UDP or for TCP: try the next. Two transports over TCP cannot share
    /// a port either.
    #[error("the port of {0} is taken by another program")]
    Taken(SocketAddr),
    /// This machine has no such address.
    #[error("{0} is not an address of this machine")]
    NotHere(SocketAddr),
    /// Ports below 1024 need a privilege.
    #[error("this user may not listen at {0}")]
    Denied(SocketAddr),
    /// An unspecified address without an advertised one.
    #[error("{0} needs an advertised address: peers must be told where to answer")]
    Unspecified(SocketAddr),
    /// Anything else.
    #[error("cannot listen at {0}: {1}")]
    Io(SocketAddr, io::Error),
}

impl Sockets {
    /// Binds every address for its transports, all or nothing.
    ///
    /// # Errors
    /// The first that fails; [`BindError::Taken`] tells the caller to take another port.
    pub fn bind(listen: &[Listen]) -> Result<Self, BindError> {
        let listeners = listen.iter().map(bind).collect::<Result<_, _>>()?;
        Ok(Self {
            listeners,
            timeouts: Timeouts::default(),
            keys: None,
            tap: None,
        })
    }

    /// The certificates of secure listeners, and what secure connections of ours are opened with.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<Keys>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Other timeouts for connections than the usual ones.
    #[must_use]
    pub const fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Shows every message that passes to `tap`.
    #[must_use]
    pub fn with_tap(mut self, tap: Arc<dyn Tap>) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Where the first listener for UDP is bound, for who asks on this machine; `None` when none speaks UDP.
    pub fn over_udp(&self) -> Option<SocketAddr> {
        let first = self.listeners.iter().find(|l| l.udp.is_some());
        first.map(|l| l.address)
    }

    /// The addresses as peers see them, in the order given.
    pub fn shown(&self) -> Vec<SocketAddr> {
        self.listeners.iter().map(|l| l.shown).collect()
    }
}

fn bind(listen: &Listen) -> Result<Listener, BindError> {
    let wanted = listen.address;
    if wanted.ip().is_unspecified() && listen.advertised.is_none() {
        return Err(BindError::Unspecified(wanted));
    }
    let mut attempts = if wanted.port() == 0 {
        FREE_PORT_ATTEMPTS
    } else {
        1
    };
    loop {
        attempts -= 1;
        match bind_all(wanted, &listen.transports) {
            // The free port of UDP may be taken for TCP: another one then.
            Err(error) if attempts > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(refine(wanted, error)),
            Ok(Bound {
                address,
                udp,
                streams,
            }) => {
                let ip = listen.advertised.unwrap_or_else(|| address.ip());
                return Ok(Listener {
                    address,
                    shown: SocketAddr::new(ip, address.port()),
                    closed: listen.closed,
                    udp: udp.map(Arc::new),
                    streams,
                });
            }
        }
    }
}

struct Bound {
    address: SocketAddr,
    udp: Option<UdpSocket>,
    streams: Vec<(Transport, TcpListener)>,
}

fn bind_all(wanted: SocketAddr, transports: &[Transport]) -> io::Result<Bound> {
    let mut bound = Bound {
        address: wanted,
        udp: None,
        streams: Vec::new(),
    };
    for transport in transports {
        match transport {
            Transport::Udp => {
                let udp = bind_udp(bound.address)?;
                bound.address = udp.local_addr()?;
                bound.udp = Some(udp);
            }
            stream => {
                let listener = bind_tcp(bound.address)?;
                bound.address = listener.local_addr()?;
                bound.streams.push((*stream, listener));
            }
        }
    }
    Ok(bound)
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let udp = socket(address, Type::DGRAM, Protocol::UDP)?;
    // The kernel cuts this down to what the administrator allows.
    udp.set_recv_buffer_size(UDP_BUFFER)?;
    udp.bind(&address.into())?;
    Ok(udp.into())
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let tcp = socket(address, Type::STREAM, Protocol::TCP)?;
    // A restart must not wait for connections of the last run to time out.
    tcp.set_reuse_address(true)?;
    tcp.bind(&address.into())?;
    tcp.listen(BACKLOG)?;
    Ok(tcp.into())
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // IPv4 has listeners of its own; mapped addresses would confuse trunks and bindings.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

fn refine(address: SocketAddr, error: io::Error) -> BindError {
    match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(address),
        io::ErrorKind::AddrNotAvailable => BindError::NotHere(address),
        io::ErrorKind::PermissionDenied => BindError::Denied(address),
        _ => BindError::Io(address, error),
    }
}

/// Room for some two thousand messages while the pool is busy.
const UDP_BUFFER: usize = 2 * 1024 * 1024;
/// Connections that may wait to be accepted: whoever finds no room here tries again after a second, so
/// a burst should fit. The kernel cuts it down to `net.core.somaxconn`.
const BACKLOG: i32 = 1024;
/// How many free UDP ports are tried until one is free for TCP too.
const FREE_PORT_ATTEMPTS: usize = 16;
