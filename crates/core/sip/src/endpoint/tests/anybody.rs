//! A peer that says anything in any order inside one dialog with node 1, over the same bad network as
//! the others, and answers what it is asked as chance has it.

use std::collections::BTreeMap;

use bytes::Bytes;
use rappel_model::Random;

use super::carol;
use super::world::{World, address};
use crate::message::{Message, Method, Request};
use crate::{Flow, Transport};

/// One call of hers.
pub(super) struct Anybody {
    chance: Random,
    cseq: u32,
    branches: u32,
    /// The tag of node 1, once she knows it.
    tag: Option<String>,
    /// How much of what came to her she has read.
    read: usize,
}

impl Anybody {
    pub(super) fn new(chance: Random) -> Self {
        Self {
            chance,
            cseq: 1,
            branches: 0,
            tag: None,
            read: 0,
        }
    }

    /// She reads what came, answers it or not, and says something of her own.
    pub(super) fn acts(&mut self, world: &mut World) {
        self.reads(world);
        let times = "Supported: timer\nSession-Expires: 30;refresher=uac\n";
        let refer = "Refer-To: <sip:dave@d.example>\n";
        let silent = "Refer-To: <sip:dave@d.example>\nRefer-Sub: false\n";
        match (self.chance.below(11), self.tag.is_some()) {
            (0..=4, false) => self.says(world, "INVITE", 1, "", "offer"),
            (0 | 1, true) => self.asks(world, "REFER", refer, ""),
            (2, true) => self.asks(world, "REFER", silent, ""),
            (3, true) => self.asks(world, "UPDATE", times, ""),
            (4, true) => self.asks(world, "UPDATE", "", "hers"),
            (5, true) => self.asks(world, "INVITE", times, "again"),
            (6, true) => self.asks(world, "INVITE", "", ""),
            (7, true) => self.asks(world, "OPTIONS", "", ""),
            (8, true) if self.chance.chance(20) => self.asks(world, "BYE", "", ""),
            (9, _) if self.chance.chance(20) => self.says(world, "CANCEL", 1, "", ""),
            _ => {}
        }
    }

    /// Statuses that ended her INVITEs, by their numbers and our tags: each only one, however often it
    /// came. An INVITE that comes again when its transaction is long forgotten is another one.
    pub(super) fn assert_one_final_each(&self, world: &World, seed: u64) {
        let mut finals: BTreeMap<(u32, String), u16> = BTreeMap::new();
        for response in world.responses() {
            let (cseq, status) = (response.cseq(), response.status().code());
            if cseq.method == Method::Invite && status >= 200 {
                let tag = response.to().tag().unwrap_or_default().to_owned();
                let first = *finals.entry((cseq.number, tag)).or_insert(status);
                assert_eq!(first, status, "seed {seed}: two answers to INVITE {cseq}");
            }
        }
    }

    fn reads(&mut self, world: &mut World) {
        let new: Vec<Message> = world.for_peers[self.read..]
            .iter()
            .map(|(_, message)| message.clone())
            .collect();
        self.read = world.for_peers.len();
        for message in new {
            match message {
                Message::Request(request) if *request.method() != Method::Ack => {
                    self.answers(world, &request);
                }
                Message::Response(response) if response.cseq().method == Method::Invite => {
                    let status = response.status().code();
                    if status > 100 && status < 300 {
                        self.tag = response.to().tag().map(str::to_owned);
                    }
                    if status >= 200 && self.chance.chance(80) {
                        let number = response.cseq().number;
                        self.says(world, "ACK", number, "", "");
                    }
                }
                _ => {}
            }
        }
    }

    fn answers(&mut self, world: &mut World, asked: &Request) {
        let statuses = [200, 200, 200, 200, 491, 481, 500, 405];
        let pick = self.chance.below(10) as usize;
        let Some(status) = statuses.get(pick) else {
            return;
        };
        let body = match (asked.method(), status) {
            (Method::Invite, 200) => "Content-Type: application/sdp\nContent-Length: 4\n\nhers",
            _ => "Content-Length: 0\n\n",
        };
        let text = format!(
            "SIP/2.0 {status} So\nVia: {}\nFrom: {}\nTo: {}\nCall-ID: {}\nCSeq: {}\n\
             Contact: <sip:carol@192.0.2.9:5060>\n{body}",
            asked.via(),
            asked.from(),
            asked.to(),
            asked.call_id(),
            asked.cseq(),
        );
        post(world, &text);
    }

    /// A new request in the dialog.
    fn asks(&mut self, world: &mut World, method: &str, extra: &str, body: &str) {
        self.cseq += 1;
        self.says(world, method, self.cseq, extra, body);
    }

    fn says(&mut self, world: &mut World, method: &str, cseq: u32, extra: &str, body: &str) {
        // The first INVITE and its CANCEL are one transaction, however often they are sent.
        let first = cseq == 1 && method != "ACK";
        let branch = match first {
            true => "first".to_owned(),
            false => {
                self.branches += 1;
                self.branches.to_string()
            }
        };
        let to = match &self.tag {
            Some(tag) if !first => format!(";tag={tag}"),
            _ => String::new(),
        };
        let kind = match body {
            "" => "",
            _ => "Content-Type: application/sdp\n",
        };
        let text = format!(
            "{method} sip:bob@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa{branch}\n\
             Max-Forwards: 70\nFrom: <sip:carol@192.0.2.9>;tag=carol\nTo: <sip:bob@192.0.2.2>{to}\n\
             Call-ID: anybody\nCSeq: {cseq} {method}\nContact: <sip:carol@192.0.2.9:5060>\n\
             Allow: INVITE, ACK, BYE, CANCEL, UPDATE, NOTIFY, REFER\n\
             {extra}{kind}Content-Length: {}\n\n{body}",
            body.len()
        );
        post(world, &text);
    }
}

/// Sends over the network of the others.
fn post(world: &mut World, text: &str) {
    let flow = Flow {
        transport: Transport::Udp,
        local: carol::address(),
        remote: address(2),
        connection: None,
    };
    world.post(Bytes::from(text.replace('\n', "\r\n")), flow);
}
