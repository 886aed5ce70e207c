//! Peers that requests of ours find by name: several addresses, some of them mute, refusing or
//! broken. The test is the domain name system and every peer.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::world::{World, address, invite};
use crate::auth::Account;
use crate::header::{Field, Name};
use crate::listeners::{Listener, Listeners};
use crate::message::{Message, Method, Request, Response, StatusCode};
use crate::records::{Answer, LookupId, RecordKind, Records};
use crate::settings::Settings;
use crate::{DialogId, Endpoint, Flow, Host, Input, Output, Transport, Way};

/// A carrier with addresses 203.0.113.1, .2 … behind one name.
pub(super) struct Carrier {
    pub(super) world: World,
    addresses: u8,
    tags: u32,
}

pub(super) const PATIENCE: Duration = Duration::from_secs(2);

impl Carrier {
    pub(super) fn new(seed: u64, addresses: u8) -> Self {
        let mut world = World::new(seed, 1);
        let settings = Settings {
            listeners: Listeners::new(
                [Transport::Udp, Transport::Tcp]
                    .map(|transport| Listener {
                        transport,
                        shown: address(1),
                        ipv6: false,
                        networks: Vec::new(),
                    })
                    .into(),
            ),
            ..Settings::default()
        };
        let random = world.random.fork("outbound endpoint");
        world.nodes[0].endpoint = Endpoint::new(settings, random);
        Self {
            world,
            addresses,
            tags: 0,
        }
    }

    /// The way to it.
    pub(super) fn way() -> Way {
        Way::Host(Host {
            name: "carrier.example".to_owned(),
            port: Some(5060),
            transport: None,
        })
    }

    pub(super) fn account() -> Account {
        Account {
            username: "rappel".to_owned(),
            password: rappel_model::Secret::new("secret"),
        }
    }

    /// An INVITE to it; its name is looked up when that is asked for.
    pub(super) fn call(&mut self) -> DialogId {
        let mut invite = invite(self.flow(1), b"offer");
        invite.way = Self::way();
        invite.target = "sip:bob@carrier.example".parse().unwrap();
        invite.account = Some(Self::account());
        invite.patience = Some(PATIENCE.into());
        let now = self.world.now;
        let dialog = self.world.at(0).invite(now, invite);
        self.world.run(Duration::ZERO);
        dialog
    }

    /// Answers every look-up that waits with all addresses.
    pub(super) fn name(&mut self) -> usize {
        let mut asked = Vec::new();
        self.world.nodes[0].other.retain(|output| match output {
            Output::Lookup { lookup, kind, .. } => {
                asked.push((*lookup, *kind));
                false
            }
            _ => true,
        });
        let count = asked.len();
        for (lookup, kind) in asked {
            let addresses = (1..=self.addresses).map(|n| Self::address(n).ip());
            let answer = match kind {
                RecordKind::Address => Answer::Addresses(addresses.collect()),
                RecordKind::Naptr | RecordKind::Srv => Answer::Nothing,
            };
            self.found(lookup, answer);
        }
        count
    }

    pub(super) fn found(&mut self, lookup: LookupId, answer: Answer) {
        let records = Records {
            answer,
            ttl: Duration::from_secs(60),
        };
        self.world.act(0, |e, now| {
            e.handle_input(now, Input::Found { lookup, records });
        });
    }

    pub(super) fn address(number: u8) -> SocketAddr {
        SocketAddr::from(([203, 0, 113, number], 5060))
    }

    pub(super) fn flow(&self, number: u8) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: address(1),
            remote: Self::address(number),
            connection: None,
        }
    }

    /// Requests that address `number` got and nobody took since.
    pub(super) fn take(&mut self, number: u8) -> Vec<Request> {
        let mut taken = Vec::new();
        self.world.for_peers.retain(|(to, message)| match message {
            Message::Request(request) if *to == Self::address(number) => {
                taken.push(request.clone());
                false
            }
            _ => true,
        });
        taken
    }

    /// The only request with that method that waits at address `number`, however often it came.
    pub(super) fn only(&mut self, number: u8, method: Method) -> Request {
        let mut taken = self.take(number);
        taken.retain(|request| *request.method() == method);
        taken.dedup_by_key(|request| request.via().branch().to_owned());
        assert_eq!(taken.len(), 1, "{method} at {number}: {taken:?}");
        taken.remove(0)
    }

    /// Address `number` answers.
    pub(super) fn answer(&mut self, number: u8, response: Response) {
        let flow = self.flow(number);
        self.world.hear(0, response.into(), flow);
        self.world.run(Duration::from_millis(20));
    }

    /// Address `number` answers with a status and a tag.
    pub(super) fn reply(&mut self, number: u8, request: &Request, status: u16) {
        self.tags += 1;
        let tag = format!("peer{}", self.tags);
        let response = response(request, status).with_to_tag(&tag);
        self.answer(number, response);
    }

    /// The To of our last answer, with our tag, as a header line.
    pub(super) fn tagged_to(&mut self) -> String {
        self.run(Duration::from_millis(20));
        let responses = self.world.responses();
        let last = responses.last().expect("an answer");
        format!("To: {}", last.to())
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, length: Duration) {
        self.world.run(length);
    }

    pub(super) fn send_failed(&mut self, number: u8) {
        let flow = self.flow(number);
        self.world
            .act(0, |e, now| e.handle_input(now, Input::SendFailed(flow)));
        self.world.run(Duration::from_millis(20));
    }

    pub(super) fn news(&self) -> Vec<String> {
        self.world.news(0)
    }

    /// Nothing is left of anything.
    pub(super) fn assert_clean(&mut self) {
        self.world.settle();
        let live = self.world.nodes[0].endpoint.live();
        let left = (live.transactions, live.dialogs, live.timers, live.lookups);
        assert_eq!(left, (0, 0, 0, 0), "{live:?}");
        assert_eq!(self.world.nodes[0].endpoint.courses(), 0);
    }
}

pub(super) fn response(request: &Request, status: u16) -> Response {
    request.respond(StatusCode::new(status).unwrap())
}

/// A 401 or 407 of realm "carrier".
pub(super) fn challenge(request: &Request, status: u16, nonce: &str, stale: bool) -> Response {
    let name = match status {
        407 => Name::ProxyAuthenticate,
        _ => Name::WwwAuthenticate,
    };
    let text = format!("Digest realm=\"carrier\", nonce=\"{nonce}\", qop=\"auth\", stale={stale}");
    let mut response = response(request, status).with_to_tag("challenge");
    response.push_field(Field::new(name, &text));
    response
}

/// A 200 that makes a dialog with `sip:bob@203.0.113.number`.
pub(super) fn ok(request: &Request, number: u8, tag: &str) -> Response {
    let mut ok = response(request, 200).with_to_tag(tag);
    let contact = format!("<sip:bob@203.0.113.{number}:5060>");
    ok.push_field(Field::new(Name::Contact, &contact));
    ok.with_body("application/sdp", Bytes::from_static(b"answer"))
}
