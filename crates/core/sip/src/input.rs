//! What enters the signalling room, besides the actions that [`crate::Endpoint`] offers as methods.

use std::net::SocketAddr;

use crate::message::Message;

/// Something happened on the network.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message arrived and was read.
    Received {
        /// The message.
        message: Message,
        /// How it came; an answer goes back the same way.
        flow: Flow,
    },
    /// A connection is gone: bindings and transactions that need it learn of it.
    FlowClosed(ConnectionId),
    /// A message could not be sent: the transaction that sent it takes it as a transport error
    /// (RFC 3261 §17.1.4).
    SendFailed(Flow),
}

/// One way to a peer: a UDP address pair, or a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// How bytes travel.
    pub transport: Transport,
    /// Our address on it, as the peer sees it where an advertised address is set.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// Which connection; `None` for UDP, or when one must be opened first.
    pub connection: Option<ConnectionId>,
}

/// A connection of the shell, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Transports this build speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// RFC 3261 §18, unreliable.
    Udp,
    /// RFC 3261 §18, reliable, framed by Content-Length.
    Tcp,
}
