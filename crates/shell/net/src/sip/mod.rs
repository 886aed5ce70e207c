//! The SIP transports: UDP, TCP and TLS (RFC 3261 §18, §26.2), WebSocket and secure WebSocket
//! (RFC 7118), on as many addresses as the operator wants.
//!
//! [`Sockets::bind`] takes the ports, [`Sockets::start`] begins to listen and returns the
//! [`Sender`]. What arrives goes to an [`Inbox`]: when it is full, datagrams are dropped (their
//! senders repeat them; new calls are told 503 and when to try again) and connections are not read until there is room.
//!
//! A connection is accepted (`accept`) or opened (`open`), makes its handshakes, and is served as a
//! `stream` or a `websocket` by one task, its place in the table of `connections` taken before its
//! first byte. `tls` keeps certificates; whoever is called securely proves its name.

mod accept;
mod bind;
mod connections;
mod counters;
mod door;
mod gate;
mod keep_alive;
mod line;
mod open;
mod quiet;
mod sender;
mod stream;
mod stun;
mod tap;
pub mod tls;
mod udp;
mod websocket;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rappel_sip::{Input, Transport};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

pub use bind::{BindError, Sockets};
pub use counters::{Count, Counters, Traffic};
pub use gate::{Banned, Gate};
pub use sender::Sender;
pub use tap::{Passage, Tap};

use crate::clock::Clock;
use accept::Entrance;
use connections::Connections;
use door::Door;

/// One address to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// What is spoken there: UDP and one of the transports over TCP may share a port.
    pub transports: Vec<Transport>,
    /// Address and port of this machine. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The address peers see when a router stands between; the port is the same. Needed when
    /// `address` is unspecified (`0.0.0.0`, `::`), because that cannot be written into a message.
    pub advertised: Option<IpAddr>,
    /// Whether secure peers must show a certificate that the operator's own authorities have signed.
    pub closed: bool,
}

impl Listen {
    /// UDP and TCP at one address, as peers see it.
    pub fn usual(address: SocketAddr) -> Self {
        Self {
            transports: vec![Transport::Udp, Transport::Tcp],
            address,
            advertised: None,
            closed: false,
        }
    }
}

/// How long a connection may take for what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open, when we open it.
    pub connect: Duration,
    /// For the handshakes of TLS and WebSocket, each.
    pub handshake: Duration,
    /// To take one message of ours; a peer that takes longer is cut off.
    pub write: Duration,
    /// From the first to the last byte of a message, and from the opening to the first message.
    pub message: Duration,
    /// Without a byte.
    pub idle: Duration,
    /// Between two pings on connections that we opened.
    pub ping: Duration,
    /// Between two pings on WebSockets; a peer that misses three is cut off.
    pub web_ping: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
            write: Duration::from_secs(10),
            // Longer than a transaction waits for its answer (64·T1 is 32 s).
            message: Duration::from_secs(40),
            // Longer than the longest registration, which is an hour.
            idle: Duration::from_secs(3700),
            // RFC 5626 §4.4.1: at most 120 s.
            ping: Duration::from_secs(95),
            // Proxies in front of browsers forget a connection that rests for a minute.
            web_ping: Duration::from_secs(45),
        }
    }
}

/// Where messages go: the control thread's inbox, seen from the transports.
pub trait Inbox: Clone + Send + Sync + 'static {
    /// Puts in one input without waiting.
    ///
    /// # Errors
    /// The input back, when there is no room.
    fn try_put(&self, input: Input) -> Result<(), Box<Input>>;
}

impl Sockets {
    /// Begins to listen on `runtime`; `gate` says who is heard.
    pub fn start(self, inbox: impl Inbox, gate: Gate, clock: Clock, runtime: &Handle) -> Sender {
        let counters = Arc::new(Counters::default());
        let door = Arc::new(Door::new(
            inbox,
            gate,
            clock,
            self.timeouts,
            counters,
            self.tap,
        ));
        let connections = Arc::new(Connections::default());
        let _within = runtime.enter();
        let (mut places, mut datagrams) = (Vec::new(), Vec::new());
        if let Some(keys) = &self.keys {
            runtime.spawn(Arc::clone(keys).watch());
        }
        for listener in self.listeners {
            let shown = listener.shown;
            places.push(sender::Place {
                shown,
                bound: listener.address.ip(),
                udp: listener.udp.clone(),
            });
            if let Some(socket) = listener.udp {
                datagrams.push(udp::Source { socket, shown });
            }
            for (transport, stream) in listener.streams {
                let entrance = Entrance {
                    transport,
                    shown,
                    closed: listener.closed,
                    keys: self.keys.clone(),
                    door: Arc::clone(&door),
                    connections: Arc::clone(&connections),
                };
                runtime.spawn(accept::listen(stream, entrance));
            }
        }
        match udp::listen(datagrams, Arc::clone(&door)) {
            // It listens as long as the runtime does, like all others.
            Ok(listening) => drop(runtime.spawn(async move {
                let _listening = listening;
                std::future::pending::<()>().await;
            })),
            Err(error) => tracing::error!(%error, "cannot wait for datagrams"),
        }
        Sender::new(sender::Inner {
            places,
            door,
            connections,
            keys: self.keys,
            runtime: runtime.clone(),
        })
    }
}

/// Options that only make a connection better: one that cannot be set is no reason to refuse.
fn prepare(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let set = stream
        .set_nodelay(true)
        .and_then(|()| SockRef::from(stream).set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection keeps its default options");
    }
}

/// Most connections at a time, accepted and opened. A further one takes the place of the oldest on
/// which nothing was said yet, or is closed at once.
pub const MAX_CONNECTIONS: usize = 4096;
/// How many of these strangers cannot have: they are for trunks, trusted networks, addresses at which
/// a phone is registered, and for connections that we open.
pub const RESERVED_CONNECTIONS: usize = 1024;
/// Most accepted connections from one address where nobody has registered yet: a large office behind
/// one router that starts anew.
pub const MAX_CONNECTIONS_PER_SOURCE: usize = 128;
/// Most accepted connections from one address that is trusted, or where a phone is registered.
pub const MAX_CONNECTIONS_PER_FRIEND: usize = 512;
/// Most messages that wait to be written on one connection; further ones come back as failed, and
/// the peer that reads so slowly is cut off by [`Timeouts::write`].
pub const MAX_QUEUED: usize = 256;
/// How soon a full inbox is tried again for a connection that waits at it.
const RETRY: Duration = Duration::from_millis(10);
/// After so much silence the kernel asks whether the peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
