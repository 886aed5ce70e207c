//! The table of open connections, and who gets a place in it when places are few.
//!
//! Strangers never have all of them: [`RESERVED_CONNECTIONS`] are left to trunks, to trusted networks,
//! to addresses at which a phone is registered, and to connections that we open. And whoever comes when
//! there is no place left takes that of the oldest connection on which nothing was ever said that can be
//! read: a flood of silent connections shuts nobody out who speaks.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rappel_sip::{ConnectionId, Transport};
use tokio::sync::{mpsc, oneshot};

use super::{
    MAX_CONNECTIONS, MAX_CONNECTIONS_PER_FRIEND, MAX_CONNECTIONS_PER_SOURCE, MAX_QUEUED,
    RESERVED_CONNECTIONS,
};

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
    /// How many are [`Standing::Stranger`]'s.
    strangers: usize,
    /// Connections of strangers that have said nothing yet; the oldest has the smallest number.
    silent: BTreeSet<ConnectionId>,
}

/// Whose connection it is, as far as places go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// We open it.
    Ours,
    /// Its source is trusted, or a phone is registered there.
    Friend,
    /// Anybody else opened it.
    Stranger,
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
    standing: Standing,
    queue: mpsc::Sender<Bytes>,
    /// Told when somebody else gets the place.
    lose: oneshot::Sender<()>,
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

/// A place, and what came with it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) entered: Entered,
    pub(super) lost: Lost,
    /// Whether somebody who never spoke lost theirs for it.
    pub(super) made_room: bool,
}

/// Whether a place is lost to somebody else.
#[derive(Debug)]
pub(super) struct Lost(oneshot::Receiver<()>);

impl Lost {
    /// Waits until it is; for ever when the connection ends by itself.
    pub(super) async fn wait(self) {
        if self.0.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
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
    pub(super) fn enter(&self, peer: Peer, standing: Standing) -> Option<Place> {
        let mut table = self.lock();
        if standing != Standing::Ours && !table.may_come_from(peer.remote.ip(), standing) {
            return None;
        }
        let made_room = !table.has_room(standing);
        if made_room {
            let oldest = table.silent.first().copied()?;
            if let Some(connection) = table.remove(oldest) {
                // Its task may have ended on its own by now.
                let _told = connection.lose.send(()).is_ok();
            }
        }
        let (entered, lost) = table.put(peer, standing);
        Some(Place {
            entered,
            lost,
            made_room,
        })
    }

    /// A message that can be read came on a connection; false when it has lost its place.
    /// `standing` is what its source is by now.
    pub(super) fn spoke(&self, id: ConnectionId, standing: Standing) -> bool {
        let mut table = self.lock();
        table.silent.remove(&id);
        let Some(connection) = table.open.get_mut(&id) else {
            return false;
        };
        // Strangers become friends by registering; a friend keeps the place it came to.
        if connection.standing == Standing::Stranger && standing == Standing::Friend {
            connection.standing = Standing::Friend;
            table.strangers -= 1;
        }
        true
    }

    /// The connection is over.
    pub(super) fn leave(&self, id: ConnectionId) {
        let _over = self.lock().remove(id);
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

impl Table {
    /// Whether one address may open one more.
    fn may_come_from(&self, source: IpAddr, standing: Standing) -> bool {
        let most = match standing {
            Standing::Friend | Standing::Ours => MAX_CONNECTIONS_PER_FRIEND,
            Standing::Stranger => MAX_CONNECTIONS_PER_SOURCE,
        };
        self.accepted_from.get(&source).copied().unwrap_or(0) < most
    }

    fn has_room(&self, standing: Standing) -> bool {
        let most_strangers = MAX_CONNECTIONS - RESERVED_CONNECTIONS;
        let is_crowded = standing == Standing::Stranger && self.strangers >= most_strangers;
        self.open.len() < MAX_CONNECTIONS && !is_crowded
    }

    fn put(&mut self, peer: Peer, standing: Standing) -> (Entered, Lost) {
        self.last += 1;
        let id = ConnectionId(self.last);
        let (queue, waiting) = mpsc::channel(MAX_QUEUED);
        let (lose, lost) = oneshot::channel();
        if standing != Standing::Ours {
            *self.accepted_from.entry(peer.remote.ip()).or_default() += 1;
        }
        if standing == Standing::Stranger {
            self.strangers += 1;
            self.silent.insert(id);
        }
        let connection = Connection {
            peer: peer.clone(),
            standing,
            queue: queue.clone(),
            lose,
        };
        self.open.insert(id, connection);
        self.by_peer.insert(peer, id);
        let entered = Entered { id, queue, waiting };
        (entered, Lost(lost))
    }

    fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.silent.remove(&id);
        let connection = self.open.remove(&id)?;
        let Connection { peer, standing, .. } = &connection;
        if self.by_peer.get(peer) == Some(&id) {
            self.by_peer.remove(peer);
        }
        let standing = *standing;
        self.strangers -= usize::from(standing == Standing::Stranger);
        if standing != Standing::Ours
            && let Some(from) = self.accepted_from.get_mut(&peer.remote.ip())
        {
            *from -= 1;
            if *from == 0 {
                self.accepted_from.remove(&peer.remote.ip());
            }
        }
        Some(connection)
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

    impl Connections {
        fn accept(&self, peer: Peer) -> Option<Entered> {
            let place = self.enter(peer, Standing::Stranger)?;
            Some(place.entered)
        }

        /// Opened by ever new addresses, up to the bound of strangers.
        fn crowd(&self) -> Vec<Place> {
            let peers = (0..MAX_CONNECTIONS - RESERVED_CONNECTIONS)
                .map(|n| from((n % 200) as u8, (n / 200) as u16));
            peers
                .map(|peer| {
                    let place = self.enter(peer, Standing::Stranger);
                    place.expect("there is a place")
                })
                .collect()
        }
    }

    #[test]
    fn one_source_has_a_bound_and_a_friend_has_a_higher_one() {
        let connections = Connections::default();
        let mut entered = Vec::new();
        for port in 0..MAX_CONNECTIONS_PER_SOURCE as u16 {
            entered.push(connections.accept(from(1, port)).expect("there is room"));
        }
        assert!(connections.accept(from(1, 9999)).is_none());
        assert!(
            connections.enter(from(1, 9999), Standing::Ours).is_some(),
            "ours is another matter"
        );
        for port in MAX_CONNECTIONS_PER_SOURCE..MAX_CONNECTIONS_PER_FRIEND {
            let peer = from(1, port as u16);
            assert!(connections.enter(peer, Standing::Friend).is_some());
        }
        assert!(connections.enter(from(1, 9998), Standing::Friend).is_none());
        connections.leave(entered.pop().expect("one is there").id);
        assert!(connections.enter(from(1, 9998), Standing::Friend).is_some());
    }

    #[test]
    fn who_never_spoke_makes_room_and_who_spoke_stays() {
        let connections = Connections::default();
        let mut crowd = connections.crowd();
        assert!(crowd.iter().all(|place| !place.made_room));
        assert!(connections.spoke(crowd[0].entered.id, Standing::Stranger));
        let phone = connections.enter(from(250, 1), Standing::Stranger);
        assert!(phone.expect("the oldest silent one makes room").made_room);
        assert_eq!(connections.count(), MAX_CONNECTIONS - RESERVED_CONNECTIONS);
        assert!(crowd[0].lost.0.try_recv().is_err(), "it spoke");
        assert_eq!(crowd[1].lost.0.try_recv(), Ok(()));
        let gone = crowd[1].entered.id;
        assert!(!connections.spoke(gone, Standing::Stranger));
        assert_eq!(connections.send(gone, Bytes::new()), Err(Unsent::Gone));
        // What it does when it notices changes nothing.
        connections.leave(gone);
        assert_eq!(connections.count(), MAX_CONNECTIONS - RESERVED_CONNECTIONS);
    }

    #[test]
    fn strangers_who_speak_leave_the_reserve_to_friends_and_to_us() {
        let connections = Connections::default();
        let crowd = connections.crowd();
        for place in &crowd {
            assert!(connections.spoke(place.entered.id, Standing::Stranger));
        }
        assert!(connections.accept(from(250, 1)).is_none());
        for n in 0..RESERVED_CONNECTIONS / 2 {
            let peer = from(251, n as u16);
            assert!(connections.enter(peer, Standing::Friend).is_some(), "{n}");
            assert!(
                connections
                    .enter(from(252, n as u16), Standing::Ours)
                    .is_some()
            );
        }
        assert_eq!(connections.count(), MAX_CONNECTIONS);
        assert!(connections.enter(from(253, 1), Standing::Friend).is_none());
        // One that registers is a stranger no longer: its place among them is free again.
        assert!(connections.spoke(crowd[0].entered.id, Standing::Friend));
        connections.leave(crowd[1].entered.id);
        let phone = connections.enter(from(250, 1), Standing::Stranger);
        let phone = phone.expect("there is a place");
        assert!(!phone.made_room);
        assert!(connections.spoke(phone.entered.id, Standing::Stranger));
        assert!(connections.accept(from(250, 2)).is_none());
    }

    #[test]
    fn a_secure_connection_serves_only_the_name_it_was_opened_for() {
        let connections = Connections::default();
        let peer = |name: Option<&str>| Peer {
            transport: Transport::Tls,
            name: name.map(Arc::from),
            ..from(1, 5061)
        };
        let entered = connections.enter(peer(Some("a.example")), Standing::Ours);
        let id = entered.expect("there is room").entered.id;
        assert_eq!(connections.to(&peer(Some("a.example"))), Some(id));
        for other in [peer(Some("b.example")), peer(None), from(1, 5061)] {
            assert_eq!(connections.to(&other), None);
        }
    }

    #[test]
    fn a_slow_peer_is_told_from_a_gone_one() {
        let connections = Connections::default();
        let entered = connections.accept(from(1, 1)).expect("there is room");
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
