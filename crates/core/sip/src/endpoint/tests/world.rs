//! The network the tests run on, and peers that say exactly what a test wants.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use rappel_model::record::RegistrationRecord;
use rappel_model::{Deadline, Instant, Now, Random, Secret};

use crate::auth::{Algorithm, ha1};
use crate::guard::Report;
use crate::header::NameAddr;
use crate::message::{Message, Request, Response};
use crate::output::{DialogId, DialogNews, Output, UserId};
use crate::settings::Settings;
use crate::users::Credentials;
use crate::{ConnectionId, Endpoint, Flow, Incoming, Input, Invite, Transport, wire};

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) loss_percent: u8,
    pub(super) twice_percent: u8,
    pub(super) delay: (u64, u64),
}

/// Nothing is lost, everything takes 10 ms.
pub(super) const FAIR: Weather = Weather {
    loss_percent: 0,
    twice_percent: 0,
    delay: (10, 10),
};

/// A network with endpoints on it. What is sent to an address without an endpoint is kept for the
/// test to read.
pub(super) struct World {
    pub(super) now: Now,
    pub(super) random: Random,
    pub(super) weather: Weather,
    pub(super) nodes: Vec<Node>,
    in_flight: BTreeMap<(Instant, u64), Parcel>,
    sent: u64,
    pub(super) for_peers: Vec<(SocketAddr, Message)>,
    /// Answers to what could not be read repeat its faults.
    pub(super) unreadable: Vec<(SocketAddr, Bytes)>,
    /// Drops what the test picks: by sender and message.
    pub(super) censor: Option<fn(&Message) -> bool>,
}

pub(super) struct Node {
    pub(super) endpoint: Endpoint,
    pub(super) address: SocketAddr,
    pub(super) incoming: Vec<Incoming>,
    pub(super) news: Vec<(DialogId, DialogNews)>,
    /// The host whose message brought each of these news.
    pub(super) brought_by: Vec<Option<IpAddr>>,
    /// What the guard is told.
    pub(super) reports: Vec<Report>,
    /// What the store is told of registrations.
    pub(super) kept: Vec<RegistrationRecord>,
    pub(super) other: Vec<Output>,
}

struct Parcel {
    bytes: Bytes,
    from: SocketAddr,
    to: SocketAddr,
    transport: Transport,
    connection: Option<ConnectionId>,
}

impl World {
    /// A world of `count` endpoints at 192.0.2.1, .2 …, in fair weather.
    pub(super) fn new(seed: u64, count: u8) -> Self {
        Self::with(seed, count, &Settings::default())
    }

    /// The same with settings of the test's choice.
    pub(super) fn with(seed: u64, count: u8, settings: &Settings) -> Self {
        let random = Random::from_seed(seed);
        let nodes = (1..=count)
            .map(|number| Node {
                endpoint: Endpoint::new(
                    settings.clone(),
                    random.fork(&format!("endpoint {number}")),
                ),
                address: address(number),
                incoming: Vec::new(),
                news: Vec::new(),
                brought_by: Vec::new(),
                reports: Vec::new(),
                kept: Vec::new(),
                other: Vec::new(),
            })
            .collect();
        Self {
            now: Now::default(),
            random: random.fork("net"),
            weather: FAIR,
            nodes,
            in_flight: BTreeMap::new(),
            sent: 0,
            for_peers: Vec::new(),
            unreadable: Vec::new(),
            censor: None,
        }
    }

    /// An endpoint of the world.
    pub(super) fn at(&mut self, node: usize) -> &mut Endpoint {
        &mut self.nodes[node].endpoint
    }

    /// The UDP flow from one node to another.
    pub(super) fn flow(&self, from: usize, to: usize) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: self.nodes[from].address,
            remote: self.nodes[to].address,
            connection: None,
        }
    }

    /// Node 0 calls node `to`.
    pub(super) fn call(&mut self, to: usize, body: &'static [u8]) -> DialogId {
        let flow = self.flow(0, to);
        let invite = invite(flow, body);
        let now = self.now;
        let dialog = self.at(0).invite(now, invite);
        self.drain();
        dialog
    }

    /// Does something with an endpoint and carries what comes of it.
    pub(super) fn act(&mut self, node: usize, act: impl FnOnce(&mut Endpoint, Now)) {
        let now = self.now;
        act(&mut self.nodes[node].endpoint, now);
        self.drain();
    }

    /// A scripted peer at `from` says `text` (lines without CR) to node `to` over UDP.
    pub(super) fn say(&mut self, from: SocketAddr, to: usize, text: &str) {
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        let to = self.nodes[to].address;
        self.deliver(Parcel {
            bytes,
            from,
            to,
            transport: Transport::Udp,
            connection: None,
        });
        self.drain();
    }

    /// What node `node` hears by a flow of the test's choice.
    pub(super) fn hear(&mut self, node: usize, message: Message, flow: Flow) {
        self.act(node, |endpoint, now| {
            endpoint.handle_input(now, Input::Received { message, flow });
        });
    }

    /// Lets time pass, one event at a time.
    pub(super) fn run(&mut self, length: Duration) {
        let end = self.now.after(length);
        while self.step(end.instant) {}
        self.now = end;
        self.drain();
    }

    /// Lets time pass until nothing is left to happen.
    ///
    /// # Panics
    /// When that takes more than an hour of virtual time.
    pub(super) fn settle(&mut self) {
        let end = self.now.after(Duration::from_secs(3600));
        while self.step(end.instant) {}
        let waiting: Vec<_> = self.deadlines().collect();
        assert!(self.in_flight.is_empty(), "still in flight");
        assert!(waiting.is_empty(), "still waiting for {waiting:?}");
    }

    /// Asserts that nothing is left of any call.
    pub(super) fn assert_clean(&self) {
        for node in &self.nodes {
            let live = node.endpoint.live();
            assert_eq!(
                (live.transactions, live.dialogs, live.timers),
                (0, 0, 0),
                "left at {}: {live:?}",
                node.address
            );
        }
    }

    /// The news of one node, in order.
    pub(super) fn news(&self, node: usize) -> Vec<String> {
        let brief = |news: &DialogNews| {
            let text = format!("{news:?}");
            text.replace("b\"", "\"")
        };
        let news = self.nodes[node].news.iter();
        news.map(|(_, news)| brief(news)).collect()
    }

    /// Responses a scripted peer got, by status.
    pub(super) fn statuses(&self) -> Vec<u16> {
        self.responses()
            .iter()
            .map(|response| response.status().code())
            .collect()
    }

    /// Responses a scripted peer got.
    pub(super) fn responses(&self) -> Vec<&Response> {
        self.for_peers
            .iter()
            .filter_map(|(_, message)| match message {
                Message::Response(response) => Some(response),
                Message::Request(_) => None,
            })
            .collect()
    }

    /// Requests a scripted peer got, by method.
    pub(super) fn requests(&self) -> Vec<&Request> {
        self.for_peers
            .iter()
            .filter_map(|(_, message)| match message {
                Message::Request(request) => Some(request),
                Message::Response(_) => None,
            })
            .collect()
    }

    /// One event before or at `end`; false when there is none.
    fn step(&mut self, end: Instant) -> bool {
        let parcel = self.in_flight.keys().next().map(|(at, _)| *at);
        let deadline = self.deadlines().map(|deadline| deadline.at).min();
        let next = [parcel, deadline].into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next <= end) else {
            return false;
        };
        if next > self.now.instant {
            self.now = self.now.after(next - self.now.instant);
        }
        if parcel == Some(next) {
            if let Some((_, parcel)) = self.in_flight.pop_first() {
                self.deliver(parcel);
            }
        } else {
            let now = self.now;
            for node in &mut self.nodes {
                node.endpoint.handle_timeout(now);
            }
        }
        self.drain();
        true
    }

    fn deadlines(&self) -> impl Iterator<Item = Deadline> {
        self.nodes
            .iter()
            .filter_map(|node| node.endpoint.poll_timeout())
    }

    fn deliver(&mut self, parcel: Parcel) {
        let message = wire::parse(&parcel.bytes);
        let Some(node) = self.nodes.iter_mut().find(|n| n.address == parcel.to) else {
            match message {
                Ok(message) => self.for_peers.push((parcel.to, message)),
                Err(_) => self.unreadable.push((parcel.to, parcel.bytes)),
            }
            return;
        };
        let flow = Flow {
            transport: parcel.transport,
            local: parcel.to,
            remote: parcel.from,
            connection: parcel.connection,
        };
        match message {
            Ok(message) => node
                .endpoint
                .handle_input(self.now, Input::Received { message, flow }),
            Err(malformed) => node.endpoint.handle_malformed(self.now, &malformed, flow),
        }
    }

    fn drain(&mut self) {
        for index in 0..self.nodes.len() {
            while let Some(output) = self.nodes[index].endpoint.poll_output() {
                let node = &mut self.nodes[index];
                match output {
                    Output::Send { bytes, flow, .. } => self.post(bytes, flow),
                    Output::Incoming(incoming) => node.incoming.push(*incoming),
                    Output::Dialog { dialog, news, from } => {
                        node.news.push((dialog, news));
                        node.brought_by.push(from);
                    }
                    Output::Source(report) => node.reports.push(report),
                    Output::Keep(record) => node.kept.push(*record),
                    other => node.other.push(other),
                }
            }
        }
    }

    /// Puts a message on its way, as the weather has it.
    pub(super) fn post(&mut self, bytes: Bytes, flow: Flow) {
        if let Some(censor) = self.censor
            && censor(&wire::parse(&bytes).expect("endpoints write what can be read"))
        {
            return;
        }
        let reliable = flow.transport == Transport::Tcp;
        if !reliable && self.random.chance(self.weather.loss_percent) {
            return;
        }
        let copies = 1 + usize::from(!reliable && self.random.chance(self.weather.twice_percent));
        for _ in 0..copies {
            let (least, most) = self.weather.delay;
            let delay = least + self.random.below(most - least + 1);
            self.sent += 1;
            let at = self.now.instant + Duration::from_millis(delay);
            let parcel = Parcel {
                bytes: bytes.clone(),
                from: flow.local,
                to: flow.remote,
                transport: flow.transport,
                connection: flow.connection,
            };
            self.in_flight.insert((at, self.sent), parcel);
        }
    }
}

/// The address of node `number`, counted from 1.
pub(super) fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 5060))
}

/// An INVITE over that flow, to whoever is there.
pub(super) fn invite(flow: Flow, body: &'static [u8]) -> Invite {
    let target = format!("sip:bob@{}", flow.remote);
    let from = format!("<sip:alice@{}>", flow.local);
    Invite {
        target: target.parse().unwrap(),
        way: flow.into(),
        from: NameAddr::read(&from).unwrap(),
        to: NameAddr::read(&format!("<{target}>")).unwrap(),
        body: Bytes::from_static(body),
        headers: Vec::new(),
        account: None,
        patience: None,
        max_forwards: None,
    }
}

/// A request of a scripted peer at 192.0.2.9; `{…}` of the RFC's examples are spelled out.
pub(super) fn request(method: &str, uri: &str, branch: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK{branch}\n\
         Max-Forwards: 70\nFrom: <sip:carol@192.0.2.9>;tag=carol\nTo: <{uri}>\n\
         Call-ID: scripted\nCSeq: {cseq} {method}\nContact: <sip:carol@192.0.2.9:5060>\n\
         {extra}Content-Length: 0\n\n"
    )
}

/// A user `name` of tenant "acme" with the password "secret".
pub(super) fn user(name: &str, algorithms: &[Algorithm]) -> Credentials {
    let password = Secret::new("secret");
    Credentials {
        id: user_id(name),
        username: name.to_owned(),
        realm: "acme.example".to_owned(),
        ha1: algorithms
            .iter()
            .map(|algorithm| (*algorithm, ha1(*algorithm, name, "acme.example", &password)))
            .collect(),
    }
}

/// The identity of that user.
pub(super) fn user_id(name: &str) -> UserId {
    UserId {
        tenant: "acme".into(),
        user: name.into(),
    }
}
