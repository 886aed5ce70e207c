//! All transactions, with what they repeat: bytes and flows.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use rappel_model::{Deadline, Now};

use super::client_invite::ClientInvite;
use super::client_other::ClientOther;
use super::key::{ClientKey, MergeKey, ServerKey};
use super::server_invite::ServerInvite;
use super::server_other::ServerOther;
use super::{ClientAct, Heard, ServerAct};
use crate::input::{Flow, Transport};
use crate::message::{Method, Request, Response};
use crate::output::DialogId;

/// One transaction of the endpoint, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TransactionId(pub(crate) u64);

/// A client transaction; `P` is what its user wants to remember.
#[derive(Debug)]
pub(crate) struct Client<P> {
    machine: ClientMachine,
    /// The request as it was sent.
    pub(crate) request: Request,
    /// Its bytes, to repeat.
    pub(crate) bytes: Bytes,
    /// The way it took; meaningless while it is held.
    pub(crate) flow: Flow,
    /// The name its peer must prove to have on a secure connection, where it was found by a name.
    pub(crate) host: Option<Arc<str>>,
    /// Whose it is.
    pub(crate) purpose: P,
    /// What acknowledged each answer, by the tag of the answering side: repeated whenever the
    /// answer is (RFC 3261 §13.2.2.4, §17.1.1.2).
    pub(crate) acks: BTreeMap<String, (Bytes, Flow)>,
}

#[derive(Debug)]
enum ClientMachine {
    /// Not sent yet: its way is being looked up.
    Held,
    /// Its way was not found.
    Lost,
    Invite(ClientInvite),
    Other(ClientOther),
}

/// A server transaction.
#[derive(Debug)]
pub(crate) struct Server {
    machine: ServerMachine,
    key: ServerKey,
    merge: Option<MergeKey>,
    /// The request, its Via stamped; gone once it is finally answered, since a transaction stays for
    /// half a minute after that to absorb repetitions (RFC 3261 §17.2), thousands of them at a time.
    request: Option<Request>,
    /// The way it came; answers go back there (RFC 3261 §18.2.2, RFC 3581 §4).
    pub(crate) flow: Flow,
    /// The last answer, to repeat.
    pub(crate) last: Option<Bytes>,
    /// The INVITE usage it belongs to, so that a CANCEL finds it.
    pub(crate) dialog: Option<DialogId>,
    /// Whether its final answer is kept, to be repeated. It is not until the sender is known: what
    /// strangers ask is answered once and forgotten, so that they cannot fill the table, nor aim
    /// repeated answers at somebody else (RFC 3261 §8.2.7, §26.3.2.4).
    pub(crate) is_kept: bool,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(ServerInvite),
    Other(ServerOther),
}

/// All transactions of an endpoint.
#[derive(Debug)]
pub(crate) struct Table<P> {
    next: u64,
    clients: BTreeMap<TransactionId, Client<P>>,
    servers: BTreeMap<TransactionId, Server>,
    client_keys: BTreeMap<ClientKey, TransactionId>,
    server_keys: BTreeMap<ServerKey, TransactionId>,
    merge_keys: BTreeMap<MergeKey, TransactionId>,
}

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self {
            next: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            server_keys: BTreeMap::new(),
            merge_keys: BTreeMap::new(),
        }
    }
}

impl<P> Table<P> {
    /// A client transaction whose request is sent later, by [`Self::launch`].
    pub(crate) fn hold(&mut self, request: Request, purpose: P) -> TransactionId {
        let id = self.draw();
        self.hold_as(id, request, purpose);
        id
    }

    fn hold_as(&mut self, id: TransactionId, request: Request, purpose: P) {
        self.client_keys.insert(ClientKey::of_request(&request), id);
        let client = Client {
            machine: ClientMachine::Held,
            request,
            bytes: Bytes::new(),
            flow: NOWHERE,
            host: None,
            purpose,
            acks: BTreeMap::new(),
        };
        self.clients.insert(id, client);
    }

    /// Starts a held transaction; `request` is what is sent, under the branch it was held by, and
    /// its bytes are sent by the caller.
    pub(crate) fn launch(
        &mut self,
        now: Now,
        id: TransactionId,
        request: Request,
        bytes: Bytes,
        (flow, host): (Flow, Option<Arc<str>>),
    ) {
        if let Some(client) = self.clients.get_mut(&id) {
            let reliable = is_reliable(flow);
            client.machine = match request.method() {
                Method::Invite => ClientMachine::Invite(ClientInvite::new(now, reliable)),
                _ => ClientMachine::Other(ClientOther::new(now, reliable)),
            };
            client.request = request;
            client.bytes = bytes;
            client.flow = flow;
            client.host = host;
        }
    }

    /// Sends a request once more under the same handle: `request`, with a branch of its own, is held
    /// there, and the transaction so far goes on under a new handle, which is given.
    pub(crate) fn supersede(&mut self, id: TransactionId, request: Request) -> Option<TransactionId>
    where
        P: Clone,
    {
        let old = self.clients.remove(&id)?;
        let purpose = old.purpose.clone();
        let moved = self.draw();
        self.client_keys
            .insert(ClientKey::of_request(&old.request), moved);
        self.clients.insert(moved, old);
        self.hold_as(id, request, purpose);
        Some(moved)
    }

    /// Starts a server transaction, for a sender that nobody knows yet ([`Server::is_kept`]).
    pub(crate) fn add_server(
        &mut self,
        key: ServerKey,
        request: Request,
        flow: Flow,
    ) -> TransactionId {
        let id = self.draw();
        let reliable = is_reliable(flow);
        let machine = match request.method() {
            Method::Invite => ServerMachine::Invite(ServerInvite::new(reliable)),
            _ => ServerMachine::Other(ServerOther::new(reliable)),
        };
        let merge = MergeKey::of(&request);
        if let Some(merge) = &merge {
            self.merge_keys.insert(merge.clone(), id);
        }
        self.server_keys.insert(key.clone(), id);
        let server = Server {
            machine,
            key,
            merge,
            request: Some(request),
            flow,
            last: None,
            dialog: None,
            is_kept: false,
        };
        self.servers.insert(id, server);
        id
    }

    /// The client transaction a response belongs to (RFC 3261 §17.1.3).
    pub(crate) fn client_of(&self, response: &Response) -> Option<TransactionId> {
        self.client_keys
            .get(&ClientKey::of_response(response))
            .copied()
    }

    /// The server transaction with this key (RFC 3261 §17.2.3).
    pub(crate) fn server_of(&self, key: &ServerKey) -> Option<TransactionId> {
        self.server_keys.get(key).copied()
    }

    /// Whether this request already arrived by another path and is being served
    /// (RFC 3261 §8.2.2.2). One that was refused does not count: a client may try again after a
    /// challenge without a new CSeq, however wrong that is.
    pub(crate) fn is_merged(&self, request: &Request) -> bool {
        MergeKey::of(request)
            .and_then(|merge| self.merge_keys.get(&merge))
            .and_then(|id| self.servers.get(id))
            .is_some_and(Server::is_serving)
    }

    /// One client transaction.
    pub(crate) fn client(&self, id: TransactionId) -> Option<&Client<P>> {
        self.clients.get(&id)
    }

    /// One client transaction, to change.
    pub(crate) fn client_mut(&mut self, id: TransactionId) -> Option<&mut Client<P>> {
        self.clients.get_mut(&id)
    }

    /// One server transaction.
    pub(crate) fn server(&self, id: TransactionId) -> Option<&Server> {
        self.servers.get(&id)
    }

    /// One server transaction, to change.
    pub(crate) fn server_mut(&mut self, id: TransactionId) -> Option<&mut Server> {
        self.servers.get_mut(&id)
    }

    /// The open client transactions whose flow is in trouble.
    pub(crate) fn clients_on(&self, on: impl Fn(Flow) -> bool) -> Vec<TransactionId> {
        self.clients
            .iter()
            .filter(|(_, client)| client.is_sent() && on(client.flow))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Forgets a transaction.
    pub(crate) fn remove(&mut self, id: TransactionId) {
        if let Some(client) = self.clients.remove(&id) {
            self.client_keys
                .remove(&ClientKey::of_request(&client.request));
        }
        if let Some(server) = self.servers.remove(&id) {
            self.server_keys.remove(&server.key);
            if let Some(merge) = server.merge
                && self.merge_keys.get(&merge) == Some(&id)
            {
                self.merge_keys.remove(&merge);
            }
        }
    }

    /// How many transactions there are.
    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    fn draw(&mut self) -> TransactionId {
        self.next += 1;
        TransactionId(self.next)
    }
}

impl<P> Client<P> {
    /// A response arrived.
    pub(crate) fn handle_response(&mut self, now: Now, heard: Heard) -> ClientAct {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle_response(now, heard),
            ClientMachine::Other(machine) => machine.handle_response(now, heard),
            ClientMachine::Held | ClientMachine::Lost => ClientAct::Nothing,
        }
    }

    /// The request could not be sent.
    pub(crate) fn handle_transport_error(&mut self, now: Now) -> ClientAct {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle_transport_error(now),
            ClientMachine::Other(machine) => machine.handle_transport_error(now),
            ClientMachine::Held => {
                self.machine = ClientMachine::Lost;
                ClientAct::Unreachable
            }
            ClientMachine::Lost => ClientAct::Nothing,
        }
    }

    /// Its user tries another address: an INVITE goes on to listen, anything else is over.
    pub(crate) fn abandon(&mut self, now: Now) {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.abandon(now),
            machine => *machine = ClientMachine::Lost,
        }
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ClientAct {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle_timeout(now),
            ClientMachine::Other(machine) => machine.handle_timeout(now),
            ClientMachine::Held | ClientMachine::Lost => ClientAct::Nothing,
        }
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match &self.machine {
            ClientMachine::Invite(machine) => machine.poll_timeout(),
            ClientMachine::Other(machine) => machine.poll_timeout(),
            ClientMachine::Held | ClientMachine::Lost => None,
        }
    }

    /// Whether it may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        match &self.machine {
            ClientMachine::Invite(machine) => machine.is_terminated(),
            ClientMachine::Other(machine) => machine.is_terminated(),
            ClientMachine::Held => false,
            ClientMachine::Lost => true,
        }
    }

    /// Whether its request has left.
    pub(crate) fn is_sent(&self) -> bool {
        !matches!(self.machine, ClientMachine::Held | ClientMachine::Lost)
    }

    /// Whether a CANCEL may be sent now (RFC 3261 §9.1).
    pub(crate) fn may_cancel(&self) -> bool {
        matches!(&self.machine, ClientMachine::Invite(machine) if machine.may_cancel())
    }
}

impl Server {
    /// The request, until it is finally answered.
    pub(crate) fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// The request came again.
    pub(crate) fn handle_repeat(&mut self, now: Now) -> ServerAct {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle_repeat(now),
            ServerMachine::Other(machine) => machine.handle_repeat(now),
        }
    }

    /// An ACK of this transaction's branch came.
    pub(crate) fn handle_ack(&mut self, now: Now) -> ServerAct {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle_ack(now),
            ServerMachine::Other(_) => ServerAct::Nothing,
        }
    }

    /// The user answers with `bytes`; a second final answer changes nothing.
    pub(crate) fn answer(&mut self, now: Now, answer: Heard, bytes: Bytes) -> ServerAct {
        let act = match &mut self.machine {
            ServerMachine::Invite(machine) => machine.answer(now, answer),
            ServerMachine::Other(machine) => machine.answer(now, answer),
        };
        if act == ServerAct::SendLast {
            self.last = Some(bytes);
        }
        if !self.is_open() {
            self.request = None;
        }
        act
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ServerAct {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle_timeout(now),
            ServerMachine::Other(machine) => machine.handle_timeout(now),
        }
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match &self.machine {
            ServerMachine::Invite(machine) => machine.poll_timeout(),
            ServerMachine::Other(machine) => machine.poll_timeout(),
        }
    }

    /// Whether it may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        match &self.machine {
            ServerMachine::Invite(machine) => machine.is_terminated(),
            ServerMachine::Other(machine) => machine.is_terminated(),
        }
    }

    /// Whether no final answer was given yet.
    pub(crate) fn is_open(&self) -> bool {
        match &self.machine {
            ServerMachine::Invite(machine) => machine.is_open(),
            ServerMachine::Other(machine) => machine.is_open(),
        }
    }

    fn is_serving(&self) -> bool {
        match &self.machine {
            ServerMachine::Invite(machine) => machine.is_open() || machine.is_accepted(),
            ServerMachine::Other(machine) => machine.is_open(),
        }
    }
}

/// Whether what is sent on this flow arrives or fails loudly (RFC 3261 §17).
pub(crate) fn is_reliable(flow: Flow) -> bool {
    flow.transport.is_reliable()
}

/// The flow of a request that has none yet.
const NOWHERE: Flow = Flow {
    transport: Transport::Udp,
    local: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
    remote: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
    connection: None,
};
