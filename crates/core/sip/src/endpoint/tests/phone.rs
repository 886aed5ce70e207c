//! A scripted phone that proves who it is.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Random, Secret};

use super::world::World;
use crate::auth::{Account, answer};
use crate::message::{Message, Request, Response};
use crate::{ConnectionId, Flow, Transport, wire};

/// A phone at 192.0.2.9 whose Contact says something else, as behind a NAT.
pub(super) struct Phone {
    pub(super) flow: Flow,
    pub(super) password: &'static str,
    /// Request-URI of what it asks.
    pub(super) uri: &'static str,
    name: &'static str,
    call_id: String,
    cseq: u32,
    branches: u32,
    random: Random,
}

impl Phone {
    pub(super) fn new(name: &'static str, port: u16) -> Self {
        Self {
            flow: Flow {
                transport: Transport::Udp,
                local: "192.0.2.1:5060".parse().unwrap(),
                remote: SocketAddr::from(([192, 0, 2, 9], port)),
                connection: None,
            },
            password: "secret",
            uri: "sip:192.0.2.1",
            name,
            call_id: format!("{name}-{port}"),
            cseq: 0,
            branches: 0,
            random: Random::from_seed(u64::from(port)),
        }
    }

    /// The same phone over a TCP connection.
    pub(super) fn over_tcp(mut self, connection: u64) -> Self {
        self.flow.transport = Transport::Tcp;
        self.flow.connection = Some(ConnectionId(connection));
        self
    }

    /// A request with the next CSeq.
    pub(super) fn request(&mut self, method: &str, extra: &str) -> Request {
        self.cseq += 1;
        self.branches += 1;
        let Self {
            name,
            call_id,
            cseq,
            ..
        } = self;
        let (remote, branch, uri) = (self.flow.remote, self.branches, self.uri);
        let transport = self.flow.transport.via_name();
        let text = format!(
            "{method} {uri} SIP/2.0\n\
             Via: SIP/2.0/{transport} 10.0.0.7:5060;rport;branch=z9hG4bK{call_id}{branch}\n\
             Max-Forwards: 70\nFrom: <sip:{name}@192.0.2.1>;tag={name}{remote}\n\
             To: <sip:{name}@192.0.2.1>\nCall-ID: {call_id}\nCSeq: {cseq} {method}\n\
             {extra}Content-Length: 0\n\n"
        )
        .replace(
            &format!("tag={name}{remote}"),
            &format!("tag={name}{}", remote.port()),
        );
        match wire::parse(&Bytes::from(text.replace('\n', "\r\n"))) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    /// Sends a request and gives the last response to it.
    pub(super) fn send(&mut self, world: &mut World, request: Request) -> Response {
        let cseq = request.cseq().clone();
        let before = world.for_peers.len();
        world.hear(0, Message::Request(request), self.flow);
        world.run(Duration::from_millis(50));
        world.for_peers[before..]
            .iter()
            .filter_map(|(to, message)| match message {
                Message::Response(response) => {
                    assert_eq!(*to, self.flow.remote, "back where it came from");
                    Some(response)
                }
                Message::Request(_) => None,
            })
            .rfind(|response| *response.cseq() == cseq)
            .cloned()
            .expect("every request is answered")
    }

    /// Sends a request, and again with credentials when it is challenged.
    pub(super) fn prove(&mut self, world: &mut World, method: &str, extra: &str) -> Response {
        let request = self.request(method, extra);
        let refusal = self.send(world, request);
        if refusal.status().code() != 401 {
            return refusal;
        }
        let mut again = self.request(method, extra);
        let account = Account {
            username: self.name.to_owned(),
            password: Secret::new(self.password),
        };
        assert!(answer(&mut again, &refusal, &account, 1, &mut self.random));
        self.send(world, again)
    }

    /// Registers `contact` for `expires` seconds.
    pub(super) fn register(&mut self, world: &mut World, contact: &str, expires: u32) -> Response {
        let extra = format!("Contact: {contact}\nExpires: {expires}\n");
        self.prove(world, "REGISTER", &extra)
    }
}
