//! A phone: an endpoint of our own signalling room with manners.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Instant, Now, Random, Secrecy, Secret};
use rappel_rtp::sdp::{Carried, Material, Negotiation};
use rappel_rtp::{Direction, Encoding, Stream};
use rappel_sip::auth::{Account, answer};
use rappel_sip::header::{Name, NameAddr};
use rappel_sip::message::{Message, Method, Request, Response};
use rappel_sip::uri::SipUri;
use rappel_sip::{
    DialogId, DialogNews, Endpoint, Flow, Incoming, Input, Invite, Output, Settings, wire,
};

use super::{board_address, flow_from};

/// What a phone does when it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Says 180 after this long.
    pub(crate) rings: Option<Duration>,
    pub(crate) then: Then,
    /// Hangs up this long after an answer, its own or the other side's.
    pub(crate) talks: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    Answer(Duration),
    /// With a body that is no answer to the offer.
    AnswerWrongly(Duration),
    Refuse(Duration, u16),
    Nothing,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            rings: Some(Duration::from_millis(50)),
            then: Then::Nothing,
            talks: None,
        }
    }
}

impl Manners {
    pub(crate) fn answers(after: u64) -> Self {
        Self {
            then: Then::Answer(Duration::from_secs(after)),
            ..Self::default()
        }
    }

    pub(crate) fn refuses(status: u16) -> Self {
        Self {
            then: Then::Refuse(Duration::from_millis(300), status),
            ..Self::default()
        }
    }
}

/// Something a phone can do in a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Ring,
    /// 183 with an early answer.
    Early,
    Accept,
    Reject(u16),
    HangUp,
    Hold,
    Resume,
}

#[derive(Debug)]
pub(crate) struct PhoneCall {
    pub(crate) dialog: DialogId,
    /// What its INVITE said besides.
    headers: Vec<(String, String)>,
    pub(crate) target: String,
    negotiation: Negotiation,
    /// The answer ready for their offer.
    answer: Bytes,
    pub(crate) stream: Option<Stream>,
    /// Where the other side listens.
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) progress: Vec<u16>,
    pub(crate) answered: bool,
    pub(crate) failed: Option<u16>,
    pub(crate) over: bool,
    /// How often this call was challenged.
    challenged: u32,
    /// From of an INVITE that came, with everything else that could show a peer.
    pub(crate) seen: String,
}

impl PhoneCall {
    /// What it speaks that the board does not.
    pub(crate) fn carried(&self) -> &[Carried] {
        self.negotiation.carried()
    }
}

pub(crate) struct Phone {
    pub(crate) address: SocketAddr,
    pub(crate) user: Option<String>,
    pub(crate) manners: Manners,
    /// What it speaks, when that is nothing the board speaks.
    pub(crate) speaks: Vec<Carried>,
    /// Takes offers of `RTP/SAVP` alone, not keys beside plain RTP.
    pub(crate) wants_savp: bool,
    /// May be offered what it does not speak.
    pub(crate) picky: bool,
    pub(crate) calls: Vec<PhoneCall>,
    pub(crate) is_registered: bool,
    /// How the board sees it, when not by UDP.
    pub(crate) flow: Option<Flow>,
    /// What comes is lost on it.
    pub(crate) is_deaf: bool,
    /// Every message that came.
    pub(crate) heard: Vec<Message>,
    /// Bodies of NOTIFYs.
    pub(crate) notified: Vec<String>,
    pub(crate) planned: Vec<(Duration, usize, Act)>,
    /// Every message that left.
    pub(crate) sent: Vec<Message>,
    /// Dialogs in which REFERs were sent: the number of their INVITE, and how many.
    pub(crate) bumped: BTreeMap<String, (u32, u32)>,
    pub(crate) endpoint: Endpoint,
    random: Random,
    register: Option<Request>,
    /// The last INVITE sent, to answer a challenge with.
    invite: Option<Request>,
    challenge: Option<Response>,
    last_invite: String,
    ports: u16,
}

impl Phone {
    pub(crate) fn new(
        address: SocketAddr,
        user: Option<&str>,
        manners: Manners,
        random: Random,
    ) -> Self {
        Self {
            address,
            user: user.map(str::to_owned),
            manners,
            speaks: Vec::new(),
            wants_savp: false,
            picky: false,
            calls: Vec::new(),
            is_registered: false,
            flow: None,
            is_deaf: false,
            heard: Vec::new(),
            notified: Vec::new(),
            planned: Vec::new(),
            sent: Vec::new(),
            bumped: BTreeMap::new(),
            endpoint: Endpoint::new(Settings::default(), random.fork("sip")),
            random,
            register: None,
            invite: None,
            challenge: None,
            last_invite: String::new(),
            ports: 0,
        }
    }

    fn account(&self) -> Account {
        let username = self.user.clone().unwrap_or_default();
        let password = Secret::new(format!("{username}-secret"));
        Account { username, password }
    }

    /// The first REGISTER; receiving its 401 sends the second.
    pub(crate) fn register(&mut self) -> Bytes {
        let (user, at) = (self.user.clone().unwrap(), self.address);
        let (branch, tag) = (self.random.token(10), self.random.token(8));
        let instance = format!("+sip.instance=\"<urn:phone:{}>\"", at.ip());
        let text = format!(
            "REGISTER sip:rappel SIP/2.0\r\n\
             Via: SIP/2.0/UDP {at};branch=z9hG4bK{branch};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:{user}@rappel>;tag={tag}\r\n\
             To: <sip:{user}@rappel>\r\n\
             Call-ID: reg-{tag}\r\n\
             CSeq: 1 REGISTER\r\n\
             Contact: <sip:{user}@{at}>;{instance}\r\n\
             Supported: gruu\r\n\
             Expires: 3600\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let bytes = Bytes::from(text);
        let Ok(Message::Request(request)) = wire::parse(&bytes) else {
            panic!("a REGISTER that can be read");
        };
        self.register = Some(request);
        bytes
    }

    fn port(&mut self) -> SocketAddr {
        self.ports += 2;
        SocketAddr::new(self.address.ip(), 40_000 + self.ports % 10_000)
    }

    fn negotiation(&mut self) -> Negotiation {
        let local = self.port();
        let id = self.random.next_u64() >> 1;
        let negotiation = Negotiation::new(local, id, vec![Encoding::Pcma, Encoding::Pcmu]);
        let secrecy = match self.wants_savp {
            true => Secrecy::Required,
            false => Secrecy::Off,
        };
        let mut material = Material::EMPTY;
        self.random.fill(&mut material.0);
        let mut negotiation = negotiation.protected(secrecy, material);
        negotiation.carry(self.speaks.clone());
        negotiation
    }

    /// Calls a number or a user; `user;gr=urn:phone:192.0.2.7` is one device of theirs.
    pub(crate) fn call(&mut self, now: Now, target: &str) -> usize {
        self.call_with(now, target, Vec::new())
    }

    /// Calls with headers of its own.
    pub(crate) fn call_with(
        &mut self,
        now: Now,
        target: &str,
        headers: Vec<(String, String)>,
    ) -> usize {
        let mut negotiation = self.negotiation();
        let body = negotiation.offer(Direction::SendRecv);
        let dialog = self.invite(now, target, body, headers.clone());
        self.calls.push(PhoneCall {
            headers,
            dialog,
            target: target.to_owned(),
            negotiation,
            answer: Bytes::new(),
            stream: None,
            remote: None,
            progress: Vec::new(),
            answered: false,
            failed: None,
            over: false,
            challenged: 0,
            seen: String::new(),
        });
        self.calls.len() - 1
    }

    fn invite(
        &mut self,
        now: Now,
        target: &str,
        body: Bytes,
        headers: Vec<(String, String)>,
    ) -> DialogId {
        let user = self
            .user
            .clone()
            .unwrap_or_else(|| "+33612345678".to_owned());
        let (target, gr) = target.split_once(";gr=").unwrap_or((target, ""));
        let mut uri = SipUri::at(target, board_address());
        if !gr.is_empty() {
            uri.params.set("gr", gr);
        }
        let invite = Invite {
            target: uri.into(),
            way: flow_from(self.address).into(),
            from: NameAddr::new(SipUri::at(&user, self.address).into()),
            to: NameAddr::new(SipUri::at(target, board_address()).into()),
            body,
            headers,
            account: None,
            patience: None,
            max_forwards: None,
        };
        self.endpoint.invite(now, invite)
    }

    pub(crate) fn act(&mut self, now: Now, index: usize, act: Act) {
        let call = &mut self.calls[index];
        if call.over {
            return;
        }
        let dialog = call.dialog;
        match act {
            Act::Ring => self.endpoint.ring(now, dialog, 180, Bytes::new()),
            Act::Early => {
                let body = call.answer.clone();
                self.endpoint.ring(now, dialog, 183, body);
            }
            Act::Accept => {
                call.answered = true;
                let body = call.answer.clone();
                self.endpoint.accept(now, dialog, body);
                if let Some(talk) = self.manners.talks {
                    self.planned.push((talk, index, Act::HangUp));
                }
            }
            Act::Reject(status) => {
                call.over = true;
                self.endpoint.reject(now, dialog, status, None);
            }
            Act::HangUp => {
                call.over = true;
                self.endpoint.hang_up(now, dialog, None);
            }
            Act::Hold => {
                let body = call.negotiation.offer(Direction::SendOnly);
                self.endpoint.offer(now, dialog, body);
            }
            Act::Resume => {
                let body = call.negotiation.offer(Direction::SendRecv);
                self.endpoint.offer(now, dialog, body);
            }
        }
    }

    /// A message came. REGISTER and NOTIFY are handled here, all else by the endpoint.
    pub(crate) fn receive(&mut self, now: Now, message: Message, flow: Flow) -> Vec<Bytes> {
        self.heard.push(message.clone());
        if self.is_deaf {
            return Vec::new();
        }
        match &message {
            Message::Response(response) if response.cseq().method == Method::Register => {
                return self.registered(response);
            }
            Message::Response(response) if response.status().code() == 401 => {
                self.challenge = Some(response.clone());
            }
            Message::Request(request) if *request.method() == Method::Notify => {
                self.notified
                    .push(String::from_utf8_lossy(request.body()).into_owned());
                let ok = request.respond(rappel_sip::message::StatusCode::OK);
                return vec![wire::print(&Message::Response(ok))];
            }
            Message::Request(request) if *request.method() == Method::Invite => {
                self.last_invite = String::from_utf8_lossy(&wire::print(&message)).into_owned();
            }
            _ => {}
        }
        self.endpoint
            .handle_input(now, Input::Received { message, flow });
        Vec::new()
    }

    fn registered(&mut self, response: &Response) -> Vec<Bytes> {
        if response.status().code() == 200 {
            self.is_registered = true;
            return Vec::new();
        }
        let account = self.account();
        let first = wire::print(&Message::Request(self.register.take().expect("asked")));
        let text = String::from_utf8(first.to_vec()).unwrap();
        let text = text
            .replace("CSeq: 1 ", "CSeq: 2 ")
            .replace("z9hG4bK", "z9hG4bKb");
        let Ok(Message::Request(mut second)) = wire::parse(&Bytes::from(text)) else {
            panic!("a REGISTER that can be read");
        };
        assert!(answer(&mut second, response, &account, 1, &mut self.random));
        vec![wire::print(&Message::Request(second))]
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        self.endpoint.handle_timeout(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.endpoint.poll_timeout().map(|deadline| deadline.at)
    }

    /// Reacts to news; returns what leaves the phone.
    pub(crate) fn drain(&mut self, now: Now) -> Vec<Bytes> {
        let mut sent = Vec::new();
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    if let Ok(Message::Request(request)) = wire::parse(&bytes)
                        && *request.method() == Method::Invite
                    {
                        self.invite = Some(request);
                    }
                    let bytes = self.renumbered(bytes);
                    self.sent.extend(wire::parse(&bytes));
                    sent.push(bytes);
                }
                Output::Incoming(incoming) => self.incoming(now, &incoming),
                Output::Dialog { dialog, news, .. } => self.news(now, dialog, news),
                _ => {}
            }
        }
        sent
    }

    fn incoming(&mut self, now: Now, incoming: &Incoming) {
        let mut negotiation = self.negotiation();
        let taken = negotiation.receive_offer(&incoming.body, Direction::SendRecv);
        let text = String::from_utf8_lossy(&incoming.body);
        let is_other = self.wants_savp && !text.contains(" RTP/SAVP ");
        let Some((answer, stream)) = taken.ok().filter(|_| !is_other) else {
            assert!(
                self.picky || self.wants_savp,
                "the board offers what a phone takes"
            );
            self.endpoint.reject(now, incoming.dialog, 488, None);
            return;
        };
        let index = self.calls.len();
        self.calls.push(PhoneCall {
            headers: Vec::new(),
            dialog: incoming.dialog,
            target: incoming.uri.to_string(),
            negotiation,
            answer,
            remote: Some(stream.remote),
            stream: Some(stream),
            progress: Vec::new(),
            answered: false,
            failed: None,
            over: false,
            challenged: 0,
            seen: self.last_invite.clone(),
        });
        if let Some(after) = self.manners.rings {
            self.planned.push((after, index, Act::Ring));
        }
        match self.manners.then {
            Then::Answer(after) => self.planned.push((after, index, Act::Accept)),
            Then::AnswerWrongly(after) => {
                self.calls[index].answer = Bytes::from_static(b"v=0\r\n");
                self.planned.push((after, index, Act::Accept));
            }
            Then::Refuse(after, status) => self.planned.push((after, index, Act::Reject(status))),
            Then::Nothing => {}
        }
    }

    fn news(&mut self, now: Now, dialog: DialogId, news: DialogNews) {
        let Some(index) = self.calls.iter().position(|call| call.dialog == dialog) else {
            return;
        };
        let call = &mut self.calls[index];
        match news {
            DialogNews::Progress { status, .. } => call.progress.push(status),
            DialogNews::Answered { body } => {
                call.answered = true;
                let stream = call.negotiation.receive_answer(&body).expect("an answer");
                call.remote = Some(stream.remote);
                call.stream = Some(stream);
                if let Some(talk) = self.manners.talks {
                    self.planned.push((talk, index, Act::HangUp));
                }
            }
            DialogNews::Failed { status: 401, .. }
                if self.challenge.is_some() && call.challenged < 3 =>
            {
                call.challenged += 1;
                self.answer_challenge(now, index);
            }
            DialogNews::Failed { status, .. } => {
                call.failed = Some(status);
                call.over = true;
            }
            DialogNews::Cancelled => {
                call.failed = Some(487);
                call.over = true;
            }
            DialogNews::Offer { body } => {
                let taken = call.negotiation.receive_offer(&body, Direction::SendRecv);
                let (answer, stream) = taken.expect("an offer");
                call.remote = Some(stream.remote);
                call.stream = Some(stream);
                self.endpoint.answer_offer(now, dialog, answer);
            }
            DialogNews::OfferAnswered { body } => {
                call.stream = Some(call.negotiation.receive_answer(&body).expect("an answer"));
            }
            DialogNews::OfferRefused { .. } => call.negotiation.withdraw(),
            DialogNews::Ended { .. } => call.over = true,
            _ => {}
        }
    }

    /// The INVITE again, with credentials.
    fn answer_challenge(&mut self, now: Now, index: usize) {
        let (challenge, account) = (self.challenge.take().unwrap(), self.account());
        let mut first = self.invite.clone().expect("an INVITE was challenged");
        first.remove(&Name::Authorization);
        let body = first.body().clone();
        assert!(answer(
            &mut first,
            &challenge,
            &account,
            1,
            &mut self.random
        ));
        let proofs = first.headers().iter();
        let proof = proofs
            .filter(|field| *field.name() == Name::Authorization)
            .map(|field| String::from_utf8(field.value().to_vec()).unwrap());
        let headers = proof.map(|value| ("Authorization".to_owned(), value));
        let headers = headers.chain(self.calls[index].headers.clone()).collect();
        let target = self.calls[index].target.clone();
        self.calls[index].dialog = self.invite(now, &target, body, headers);
    }
}
