//! The table of open connections.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rappel_sip::ConnectionId;
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
    by_remote: HashMap<SocketAddr, ConnectionId>,
    accepted_from: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Connection {
    remote: SocketAddr,
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
    pub(super) fn enter(&self, remote: SocketAddr, accepted: bool) -> Option<Entered> {
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
            remote,
            accepted,
            queue: queue.clone(),
        };
        table.open.insert(id, connection);
        table.by_remote.insert(remote, id);
        Some(Entered { id, queue, waiting })
    }

    /// The connection is over.
    pub(super) fn leave(&self, id: ConnectionId) {
        let mut table = self.lock();
        let Some(connection) = table.open.remove(&id) else {
            return;
        };
        if table.by_remote.get(&connection.remote) == Some(&id) {
            table.by_remote.remove(&connection.remote);
        }
        if connection.accepted
            && let Some(from) = table.accepted_from.get_mut(&connection.remote.ip())
        {
            *from -= 1;
            if *from == 0 {
                table.accepted_from.remove(&connection.remote.ip());
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

    /// The newest connection to `remote`.
    pub(super) fn to(&self, remote: SocketAddr) -> Option<ConnectionId> {
        self.lock().by_remote.get(&remote).copied()
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

    fn from(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, host], port))
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
        assert_eq!(connections.to(from(1, 1)), Some(entered.id));
        connections.leave(entered.id);
        assert_eq!(
            connections.send(entered.id, Bytes::new()),
            Err(Unsent::Gone)
        );
        assert_eq!(connections.to(from(1, 1)), None);
    }
}
