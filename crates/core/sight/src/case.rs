//! One Call-ID's messages, read and sorted into transactions: what ladders and diagnoses look at.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::Timestamp;
use rappel_sip::message::{Message, Method, Request, Response};
use rappel_sip::wire;

use crate::captured::Captured;
use crate::glance::glance;
use crate::session::Session;
use crate::sight::Trace;

/// All that passed under one Call-ID.
#[derive(Debug)]
pub struct Case<'a> {
    /// The Call-ID; empty for messages without one.
    pub call_id: String,
    /// By time.
    pub messages: Vec<Seen<'a>>,
    /// In the order of their first message.
    pub transactions: Vec<Transaction>,
}

/// One message as far as it can be read.
#[derive(Debug)]
pub struct Seen<'a> {
    /// As it passed.
    pub captured: &'a Captured,
    /// As it reads, or why it does not, in a few words.
    pub sip: Result<Message, &'static str>,
}

/// A request with its repetitions and answers, by their places among the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Every time the request passed, the first one first; never empty.
    pub requests: Vec<usize>,
    /// Every response, in order, repetitions included.
    pub responses: Vec<usize>,
}

/// Sorts a trace by Call-ID, in the order of their first messages.
pub fn cases(trace: &Trace) -> Vec<Case<'_>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<(&str, Vec<&Captured>)> = Vec::new();
    for message in &trace.messages {
        let name = glance(&message.bytes).call_id;
        let place = *places.entry(name).or_insert(groups.len());
        if place == groups.len() {
            groups.push((name, Vec::new()));
        }
        groups[place].1.push(message);
    }
    groups
        .into_iter()
        .map(|(name, messages)| Case::new(name, messages))
        .collect()
}

impl<'a> Case<'a> {
    /// Reads messages of one Call-ID.
    pub fn new(call_id: &str, messages: Vec<&'a Captured>) -> Self {
        let messages: Vec<Seen<'a>> = messages.into_iter().map(Seen::of).collect();
        let transactions = transactions(&messages);
        Self {
            call_id: call_id.to_owned(),
            messages,
            transactions,
        }
    }

    /// The transactions of one method.
    pub fn of(&self, method: Method) -> impl Iterator<Item = &Transaction> {
        self.transactions
            .iter()
            .filter(move |transaction| *self.request(transaction).method() == method)
    }

    /// The request of a transaction, as it passed first.
    pub fn request(&self, transaction: &Transaction) -> &Request {
        self.messages[transaction.requests[0]]
            .request()
            .expect("transactions are made of requests that could be read")
    }

    /// How the request of a transaction passed first.
    pub fn sent(&self, transaction: &Transaction) -> &'a Captured {
        self.messages[transaction.requests[0]].captured
    }

    /// The first final response of a transaction, and its place.
    pub fn answer(&self, transaction: &Transaction) -> Option<(usize, &Response)> {
        let mut responses = transaction.responses.iter();
        responses.find_map(|&place| {
            let response = self.messages[place].response()?;
            response.status().is_final().then_some((place, response))
        })
    }

    /// The status of the first final response of a transaction.
    pub fn status(&self, transaction: &Transaction) -> Option<u16> {
        self.answer(transaction).map(|(_, r)| r.status().code())
    }

    /// The INVITE that began the session: the first without a To tag.
    pub fn invite(&self) -> Option<&Transaction> {
        self.of(Method::Invite)
            .find(|transaction| self.request(transaction).to().tag().is_none())
    }

    /// The INVITE that began the session and was answered by a 2xx, with the answer's place. A
    /// challenged one is followed by another.
    pub fn answered(&self) -> Option<(&Transaction, usize)> {
        self.of(Method::Invite).find_map(|transaction| {
            let (place, response) = self.answer(transaction)?;
            response
                .status()
                .is_success()
                .then_some((transaction, place))
        })
    }

    /// Whether the 2xx of an INVITE was acknowledged.
    pub fn is_acknowledged(&self, invite: &Transaction) -> bool {
        let number = self.request(invite).cseq().number;
        self.of(Method::Ack)
            .any(|ack| self.request(ack).cseq().number == number)
    }

    /// The offer and the answer of the session as first agreed, each with the place of its message.
    pub fn agreed(&self) -> Option<[(usize, Session); 2]> {
        let (invite, place) = self.answered()?;
        let read = |place: usize| Some((place, self.messages[place].session()?));
        match read(invite.requests[0]) {
            Some(offer) => {
                let early = || invite.responses.iter().find_map(|&place| read(place));
                Some([offer, read(place).or_else(early)?])
            }
            None => {
                let number = self.request(invite).cseq().number;
                let ack = self
                    .of(Method::Ack)
                    .find(|ack| self.request(ack).cseq().number == number)?;
                Some([read(place)?, read(ack.requests[0])?])
            }
        }
    }

    /// The last message's time.
    pub fn end(&self) -> Timestamp {
        self.messages
            .last()
            .map_or(Timestamp::from_micros(0), |seen| seen.captured.at)
    }

    /// How long after message `a` message `b` passed.
    pub fn between(&self, a: usize, b: usize) -> Duration {
        self.messages[b]
            .captured
            .at
            .since(self.messages[a].captured.at)
    }
}

impl<'a> Seen<'a> {
    /// Reads one message.
    pub fn of(captured: &'a Captured) -> Self {
        Self {
            captured,
            sip: wire::parse(&captured.bytes).map_err(|malformed| malformed.why()),
        }
    }

    /// The request, if it is one that can be read.
    pub fn request(&self) -> Option<&Request> {
        match &self.sip {
            Ok(Message::Request(request)) => Some(request),
            _ => None,
        }
    }

    /// The response, if it is one that can be read.
    pub fn response(&self) -> Option<&Response> {
        match &self.sip {
            Ok(Message::Response(response)) => Some(response),
            _ => None,
        }
    }

    /// The sound its body describes.
    pub fn session(&self) -> Option<Session> {
        Session::read(self.sip.as_ref().ok()?.body())
    }

    /// Who sent it.
    pub fn source(&self) -> SocketAddr {
        self.captured.source
    }
}

fn transactions(messages: &[Seen<'_>]) -> Vec<Transaction> {
    let mut places: BTreeMap<(String, u32, &str), usize> = BTreeMap::new();
    let mut transactions: Vec<Transaction> = Vec::new();
    for (place, seen) in messages.iter().enumerate() {
        let Ok(message) = &seen.sip else {
            continue;
        };
        let cseq = message.cseq();
        let key = (
            message.via().branch().to_owned(),
            cseq.number,
            cseq.method.as_str(),
        );
        match (message, places.get(&key)) {
            (Message::Request(_), Some(&at)) => transactions[at].requests.push(place),
            (Message::Request(_), None) => {
                places.insert(key, transactions.len());
                transactions.push(Transaction {
                    requests: vec![place],
                    responses: Vec::new(),
                });
            }
            (Message::Response(_), Some(&at)) => transactions[at].responses.push(place),
            // Its request passed before the trace began.
            (Message::Response(_), None) => {}
        }
    }
    transactions
}
