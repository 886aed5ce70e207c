//! The way out.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use bytes::Bytes;
use rappel_sip::{Flow, Input, Transport};
use tokio::runtime::Handle;

use super::Inbox;
use super::connections::{Connections, Peer, Standing};
use super::counters::Counters;
use super::door::Door;
use super::line::Line;
use super::open::{Opening, open};
use super::tap::Passage;
use super::tls::Keys;

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
    /// Its socket for datagrams, if it is for them.
    pub(super) udp: Option<Arc<UdpSocket>>,
}

/// What sending needs.
pub(super) struct Inner<I> {
    pub(super) places: Vec<Place>,
    pub(super) door: Arc<Door<I>>,
    pub(super) connections: Arc<Connections>,
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) runtime: Handle,
}

/// Hides the type of the inbox.
trait Carry {
    fn carry(&self, bytes: Bytes, flow: Flow, host: Option<Arc<str>>);
    fn connections(&self) -> usize;
}

impl Sender {
    pub(super) fn new<I: Inbox>(inner: Inner<I>) -> Self {
        Self {
            counters: Arc::clone(&inner.door.counters),
            inner: Arc::new(inner),
        }
    }

    /// Sends one whole message the way `flow` says. A flow over a connection that names none takes
    /// one that is open to the same peer, else opens one. `host` is what a secure peer must prove to
    /// be called; without, its address. Nobody can be called by WebSocket: such a flow must name its
    /// connection.
    pub fn send(&self, bytes: Bytes, flow: Flow, host: Option<Arc<str>>) {
        self.inner.carry(bytes, flow, host);
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
    fn carry(&self, bytes: Bytes, flow: Flow, host: Option<Arc<str>>) {
        self.door.show(Passage::Out, flow, &bytes);
        let sent = match flow.transport {
            Transport::Udp => self.send_datagram(&bytes, flow),
            _ => self.send_on_connection(bytes, flow, host),
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
        let Some(udp) = self.socket(flow) else {
            return false;
        };
        match udp.send_to(bytes, flow.remote) {
            Ok(_) => {
                self.door.counters.sent_by(Transport::Udp);
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

    fn send_on_connection(&self, bytes: Bytes, flow: Flow, host: Option<Arc<str>>) -> bool {
        if let Some(id) = flow.connection {
            return self.connections.send(id, bytes).is_ok();
        }
        let is_secure = flow.transport == Transport::Tls;
        let name = is_secure.then(|| host.unwrap_or_else(|| flow.remote.ip().to_string().into()));
        let peer = Peer {
            transport: flow.transport,
            remote: flow.remote,
            name: name.clone(),
        };
        if let Some(id) = self.connections.to(&peer) {
            return self.connections.send(id, bytes).is_ok();
        }
        if !matches!(flow.transport, Transport::Tcp | Transport::Tls) {
            return false;
        }
        let Some(place) = self.place(flow) else {
            return false;
        };
        let Some(connection) = self.connections.enter(peer, Standing::Ours) else {
            self.door.counters.refused_connections.add();
            return false;
        };
        if connection.made_room {
            self.door.counters.made_room.add();
        }
        let entered = connection.entered;
        let queued = entered.queue.try_send(bytes).is_ok();
        let line = Line {
            door: Arc::clone(&self.door),
            connections: Arc::clone(&self.connections),
            transport: flow.transport,
            shown: flow.local,
            remote: flow.remote,
            ours: true,
        };
        let opening = Opening {
            from: place.bound,
            name,
            keys: self.keys.clone(),
        };
        self.runtime.spawn(open(line, opening, entered));
        queued
    }

    /// The socket a flow names; one of the right family when its own is gone.
    fn socket(&self, flow: Flow) -> Option<&UdpSocket> {
        let sockets = || {
            let places = self.places.iter();
            places.filter_map(|place| Some((place, place.udp.as_deref()?)))
        };
        let named = sockets().find(|(place, _)| place.shown == flow.local);
        let other = || sockets().find(|(place, _)| is_of_family(place, flow));
        named.or_else(other).map(|(_, socket)| socket)
    }

    /// The listener a flow names; one of the right family when its own is gone.
    fn place(&self, flow: Flow) -> Option<&Place> {
        let mut places = self.places.iter().filter(|place| is_of_family(place, flow));
        let first = places.clone().next();
        places.find(|place| place.shown == flow.local).or(first)
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

fn is_of_family(place: &Place, flow: Flow) -> bool {
    place.bound.is_ipv4() == flow.remote.is_ipv4()
}
