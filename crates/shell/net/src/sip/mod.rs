//! The SIP transports (RFC 3261 §18): UDP and TCP on the same addresses.
//!
//! [`Sockets::bind`] takes the ports, [`Sockets::start`] begins to listen and returns the
//! [`Sender`]. What arrives goes to an [`Inbox`]: when it is full, datagrams are dropped (their
//! senders repeat them) and connections are not read until there is room.

mod bind;
mod connections;
mod counters;
mod door;
mod gate;
mod sender;
mod tap;
mod tcp;
mod udp;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rappel_sip::Input;
use tokio::runtime::Handle;

pub use bind::{BindError, Sockets};
pub use counters::Counters;
pub use gate::{Banned, Gate};
pub use sender::Sender;
pub use tap::{Passage, Tap};

use crate::clock::Clock;
use connections::Connections;
use door::Door;

/// One address to listen at, for UDP and TCP alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Address and port of this machine. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The address peers see when a router stands between; the port is the same. Needed when
    /// `address` is unspecified (`0.0.0.0`, `::`), because that cannot be written into a message.
    pub advertised: Option<IpAddr>,
}

/// How long a connection may take for what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open, when we open it.
    pub connect: Duration,
    /// To take one message of ours; a peer that takes longer is cut off.
    pub write: Duration,
    /// From the first to the last byte of a message, and from the opening to the first message.
    pub message: Duration,
    /// Without a byte.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            write: Duration::from_secs(10),
            // Longer than a transaction waits for its answer (64·T1 is 32 s).
            message: Duration::from_secs(40),
            // Longer than the longest registration, which is an hour.
            idle: Duration::from_secs(3700),
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
            Arc::clone(&counters),
            self.tap,
        ));
        let connections = Arc::new(Connections::default());
        let _within = runtime.enter();
        let mut places = Vec::new();
        for listener in self.listeners {
            let shown = listener.shown;
            places.push(sender::Place {
                shown,
                bound: listener.address.ip(),
                udp: Arc::clone(&listener.udp),
            });
            runtime.spawn(udp::listen(listener.udp, shown, Arc::clone(&door)));
            runtime.spawn(tcp::listen(
                listener.tcp,
                shown,
                Arc::clone(&door),
                Arc::clone(&connections),
            ));
        }
        Sender::new(places, door, connections, runtime.clone(), counters)
    }
}

/// Most connections at a time, accepted and opened; further ones are closed at once.
pub const MAX_CONNECTIONS: usize = 1024;
/// Most accepted connections from one address: a large office behind one router.
pub const MAX_CONNECTIONS_PER_SOURCE: usize = 128;
/// Most messages that wait to be written on one connection; further ones come back as failed, and
/// the peer that reads so slowly is cut off by [`Timeouts::write`].
pub const MAX_QUEUED: usize = 64;
/// How soon a full inbox is tried again for a connection that waits at it.
const RETRY: Duration = Duration::from_millis(10);
