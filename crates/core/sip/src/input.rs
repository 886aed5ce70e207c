//! What enters the signalling room, besides the actions that [`crate::Endpoint`] offers as methods.

use std::net::SocketAddr;

use crate::message::Message;
use crate::records::{LookupId, Records};

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
    /// The answer to an [`Output::Lookup`](crate::Output::Lookup).
    Found {
        /// Which look-up.
        lookup: LookupId,
        /// What came of it.
        records: Records,
    },
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
    /// TLS over TCP (RFC 3261 §26.2).
    Tls,
    /// WebSocket, a message per frame (RFC 7118).
    Ws,
    /// WebSocket over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss];

    /// Its name in Via (RFC 3261 §20.42, RFC 7118 §5.2).
    pub const fn via_name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// Its name in the parameter `transport` of a SIP URI; `None` for UDP, which is meant when
    /// nothing is said. Secure WebSocket has no name of its own (RFC 7118 §5.2.4).
    pub const fn uri_name(self) -> Option<&'static str> {
        match self {
            Self::Udp => None,
            Self::Tcp => Some("tcp"),
            Self::Tls => Some("tls"),
            Self::Ws | Self::Wss => Some("ws"),
        }
    }

    /// Whether it delivers what is sent, so that nothing is repeated (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Whether messages travel in frames of a WebSocket: what speaks so is a browser (RFC 7118).
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// Whether nobody on the way can read it.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// The port of a URI that names none (RFC 3261 §19.1.2, RFC 7118 §5.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}
