//! The way out.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use bytes::Bytes;
use rappel_sip::{Flow, Input, Transport};
use tokio::runtime::Handle;

use super::Inbox;
use super::connections::Connections;
use super::counters::Counters;
use super::door::Door;
use super::tap::Passage;
use super::tcp::{self, Line};

/// Takes what the control thread sends. No method waits; what cannot be sent comes back into the
/// inbox as [`Input::SendFailed`].
#[derive(Clone)]
pub struct Sender {
    inner: Arc<dyn Send + Sync + Carry>,
    counters: Arc<Counters>,
}

/// One listener, as sending needs it.
pub(super) struct Place {
    /// Its address as peers see it: how flows name it.
    pub(super) shown: SocketAddr,
    /// The address it is bound to.
    pub(super) bound: IpAddr,
    pub(super) udp: Arc<UdpSocket>,
}

struct Inner<I> {
    places: Vec<Place>,
    door: Arc<Door<I>>,
    connections: Arc<Connections>,
    runtime: Handle,
}

/// Hides the type of the inbox.
trait Carry {
    fn carry(&self, bytes: Bytes, flow: Flow);
    fn connections(&self) -> usize;
}

impl Sender {
    pub(super) fn new<I: Inbox>(
        places: Vec<Place>,
        door: Arc<Door<I>>,
        connections: Arc<Connections>,
        runtime: Handle,
        counters: Arc<Counters>,
    ) -> Self {
        let inner = Inner {
            places,
            door,
            connections,
            runtime,
        };
        Self {
            inner: Arc::new(inner),
            counters,
        }
    }

    /// Sends one whole message the way `flow` says. A TCP flow that names no connection takes an
    /// open one to the same peer, else opens one.
    pub fn send(&self, bytes: Bytes, flow: Flow) {
        self.inner.carry(bytes, flow);
    }

    /// What the transports have counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Connections that are open or being opened.
    pub fn connections(&self) -> usize {
        self.inner.connections()
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl<I: Inbox> Carry for Inner<I> {
    fn carry(&self, bytes: Bytes, flow: Flow) {
        self.door.show(Passage::Out, flow, &bytes);
        let sent = match flow.transport {
            Transport::Udp => self.send_datagram(&bytes, flow),
            _ => self.send_on_connection(bytes, flow),
        };
        if !sent {
            self.fail(flow);
        }
    }

    fn connections(&self) -> usize {
        self.connections.count()
    }
}

impl<I: Inbox> Inner<I> {
    fn send_datagram(&self, bytes: &Bytes, flow: Flow) -> bool {
        let Some(place) = self.place(flow) else {
            return false;
        };
        match place.udp.send_to(bytes, flow.remote) {
            Ok(_) => {
                self.door.counters.sent.add();
                true
            }
            // A full queue of the network card loses a datagram like any other part of the way:
            // retransmission is there for it.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.door.counters.send_failed.add();
                true
            }
            Err(error) => {
                tracing::debug!(remote = %flow.remote, %error, "cannot send");
                false
            }
        }
    }

    fn send_on_connection(&self, bytes: Bytes, flow: Flow) -> bool {
        let open = flow.connection.or_else(|| self.connections.to(flow.remote));
        if let Some(id) = open {
            return self.connections.send(id, bytes).is_ok();
        }
        let Some(place) = self.place(flow) else {
            return false;
        };
        let Some(entered) = self.connections.enter(flow.remote, false) else {
            self.door.counters.refused_connections.add();
            return false;
        };
        let queued = entered.queue.try_send(bytes).is_ok();
        let line = Line::new(&self.door, &self.connections, place.shown, flow.remote);
        let from = SocketAddr::new(place.bound, 0);
        self.runtime.spawn(tcp::open(line, from, entered));
        queued
    }

    /// The listener a flow names; one of the right family when its own is gone.
    fn place(&self, flow: Flow) -> Option<&Place> {
        let named = self.places.iter().find(|p| p.shown == flow.local);
        named.or_else(|| {
            self.places
                .iter()
                .find(|p| p.bound.is_ipv4() == flow.remote.is_ipv4())
        })
    }

    /// Tells the control thread, which is the caller and must not wait for room in its own inbox.
    fn fail(&self, flow: Flow) {
        self.door.counters.send_failed.add();
        if let Err(input) = self.door.offer(Input::SendFailed(flow)) {
            let door = Arc::clone(&self.door);
            self.runtime.spawn(async move { door.put(*input).await });
        }
    }
}
