//! The table of open connections.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rappel_sip::{ConnectionId, Transport};
use tokio::sync::mpsc;

use super::{MAX_CONNECTIONS, MAX_CONNECTIONS_PER_SOURCE, MAX_QUEUED};

/// All connections, accepted and opened, and those being opened.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    last: u64,
    open: HashMap<ConnectionId, Connection>,
    /// The newest connection to each peer, for requests that name none.
    by_peer: HashMap<Peer, ConnectionId>,
    accepted_from: HashMap<IpAddr, usize>,
}

/// Whom a connection leads to (RFC 5923 §4): a secure one serves only the name that was proved when
/// it was opened, so that nobody who hosts two names is told by one what is for the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
    /// What the peer proved to be called; `None` when it was not asked: it opened the connection, or
    /// nothing is secure about it.
    pub(super) name: Option<Arc<str>>,
}

#[derive(Debug)]
struct Connection {
    peer: Peer,
    accepted: bool,
    queue: mpsc::Sender<Bytes>,
}

/// A place in the table, for the task that serves the connection.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) id: ConnectionId,
    /// For what the task itself has to say (pongs, answers to garbage).
    pub(super) queue: mpsc::Sender<Bytes>,
    /// What is to be written.
    pub(super) waiting: mpsc::Receiver<Bytes>,
}

/// Why a message was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// There is no such connection.
    Gone,
    /// The peer reads too slowly.
    Slow,
}

impl Connections {
    /// A place for a connection; `None` when there are too many.
    pub(super) fn enter(&self, peer: Peer, accepted: bool) -> Option<Entered> {
        let remote = peer.remote;
        let mut table = self.lock();
        if table.open.len() >= MAX_CONNECTIONS {
            return None;
        }
        if accepted {
            let from = table.accepted_from.entry(remote.ip()).or_default();
            if *from >= MAX_CONNECTIONS_PER_SOURCE {
                return None;
            }
            *from += 1;
        }
        table.last += 1;
        let id = ConnectionId(table.last);
        let (queue, waiting) = mpsc::channel(MAX_QUEUED);
        let connection = Connection {
            peer: peer.clone(),
            accepted,
            queue: queue.clone(),
        };
        table.open.insert(id, connection);
        table.by_peer.insert(peer, id);
        Some(Entered { id, queue, waiting })
    }

    /// The connection is over.
    pub(super) fn leave(&self, id: ConnectionId) {
        let mut table = self.lock();
        let Some(connection) = table.open.remove(&id) else {
            return;
        };
        let Connection { peer, accepted, .. } = connection;
        if table.by_peer.get(&peer) == Some(&id) {
            table.by_peer.remove(&peer);
        }
        if accepted && let Some(from) = table.accepted_from.get_mut(&peer.remote.ip()) {
            *from -= 1;
            if *from == 0 {
                table.accepted_from.remove(&peer.remote.ip());
            }
        }
    }

    /// Queues a message on one connection.
    pub(super) fn send(&self, id: ConnectionId, bytes: Bytes) -> Result<(), Unsent> {
        let table = self.lock();
        let connection = table.open.get(&id).ok_or(Unsent::Gone)?;
        connection
            .queue
            .try_send(bytes)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Unsent::Slow,
                mpsc::error::TrySendError::Closed(_) => Unsent::Gone,
            })
    }

    /// The newest connection to `peer`.
    pub(super) fn to(&self, peer: &Peer) -> Option<ConnectionId> {
        self.lock().by_peer.get(peer).copied()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Every change of the table is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(host: u8, port: u16) -> Peer {
        Peer {
            transport: Transport::Tcp,
            remote: SocketAddr::from(([192, 0, 2, host], port)),
            name: None,
        }
    }

    #[test]
    fn one_source_cannot_take_all_places_and_all_cannot_take_more() {
        let connections = Connections::default();
        let mut entered = Vec::new();
        for port in 0..MAX_CONNECTIONS_PER_SOURCE as u16 {
            entered.push(
                connections
                    .enter(from(1, port), true)
                    .expect("there is room"),
            );
        }
        assert!(connections.enter(from(1, 9999), true).is_none());
        assert!(
            connections.enter(from(1, 9999), false).is_some(),
            "ours is another matter"
        );
        connections.leave(entered.pop().expect("one is there").id);
        assert!(connections.enter(from(1, 9999), true).is_some());

        let mut host = 2;
        while connections
            .enter(from(host, connections.count() as u16), true)
            .is_some()
        {
            host = 2 + (host + 1) % 200;
        }
        assert_eq!(connections.count(), MAX_CONNECTIONS);
    }

    #[test]
    fn a_secure_connection_serves_only_the_name_it_was_opened_for() {
        let connections = Connections::default();
        let peer = |name: Option<&str>| Peer {
            transport: Transport::Tls,
            name: name.map(Arc::from),
            ..from(1, 5061)
        };
        let entered = connections.enter(peer(Some("a.example")), false);
        let id = entered.expect("there is room").id;
        assert_eq!(connections.to(&peer(Some("a.example"))), Some(id));
        for other in [peer(Some("b.example")), peer(None), from(1, 5061)] {
            assert_eq!(connections.to(&other), None);
        }
    }

    #[test]
    fn a_slow_peer_is_told_from_a_gone_one() {
        let connections = Connections::default();
        let entered = connections.enter(from(1, 1), true).expect("there is room");
        for _ in 0..MAX_QUEUED {
            assert_eq!(connections.send(entered.id, Bytes::new()), Ok(()));
        }
        assert_eq!(
            connections.send(entered.id, Bytes::new()),
            Err(Unsent::Slow)
        );
        assert_eq!(connections.to(&from(1, 1)), Some(entered.id));
        connections.leave(entered.id);
        assert_eq!(
            connections.send(entered.id, Bytes::new()),
            Err(Unsent::Gone)
        );
        assert_eq!(connections.to(&from(1, 1)), None);
    }
}
