//! A telephone with a user: registers, calls, answers or refuses, holds, hangs up.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now, Random, Secret};
use rappel_sip::header::{Field, Name, NameAddr};
use rappel_sip::message::{Message, Request, Response};
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{
    DialogEnd, DialogId, DialogNews, Endpoint, Flow, Input, Invite, Output, Settings, Transport,
    auth, wire,
};

mod registration;

use registration::Registration;

/// Who the phone is, and where.
#[derive(Clone, Debug)]
pub struct Account {
    /// User part of its address, and name of the digest.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// Where it sits.
    pub address: SocketAddr,
    /// Where its server is.
    pub server: SocketAddr,
    /// How it speaks to its server.
    pub transport: Transport,
}

/// What its user does when it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Rings, and answers after that time.
    AnswerAfter(Duration),
    /// Refuses at once with that status.
    Refuse(u16),
    /// Lets it ring.
    Ignore,
}

/// What its user does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Registers.
    Register,
    /// Calls somebody at the server, by name or number.
    Call(String),
    /// Holds the call it is in.
    Hold,
    /// Takes the call it is in back from hold.
    Resume,
    /// Hangs up, whatever state the call is in.
    HangUp,
}

/// What its user does: when called, and by itself at given times from the start.
#[derive(Clone, Debug)]
pub struct Script {
    /// When it rings.
    pub manner: Manner,
    /// By itself, in order of time.
    pub steps: VecDeque<(Duration, Step)>,
}

/// What the user has noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The server knows the phone now.
    Registered,
    /// The server does not want it.
    NotRegistered(u16),
    /// It rang.
    Called,
    /// The other side rings (180, 183 …).
    Ringing(u16),
    /// The call it made was answered with this SDP.
    Answered(Bytes),
    /// The call it answered is up.
    Connected,
    /// The call it made has failed.
    Failed(u16),
    /// The caller gave up before an answer.
    Missed,
    /// Its hold or resume was answered with this SDP, or refused.
    Agreed(Option<Bytes>),
    /// The other side changed the session, with this SDP.
    Changed(Bytes),
    /// The call is over.
    Ended(DialogEnd),
    /// So many messages wait, as NOTIFY says it.
    Messages(Bytes),
}

/// The telephone.
#[derive(Debug)]
pub struct Phone {
    account: Account,
    script: Script,
    endpoint: Endpoint,
    random: Random,
    started: Option<Instant>,
    call: Option<DialogId>,
    dialled: Option<(String, u8)>,
    answer_at: Option<Instant>,
    challenge: Option<Response>,
    registration: Registration,
    outputs: VecDeque<(Bytes, Flow)>,
    heard: Vec<(Instant, Heard)>,
    sdp_version: u32,
}

impl Phone {
    /// A phone whose user begins at the first [`Phone::handle_timeout`].
    pub fn new(account: Account, script: Script, random: &Random) -> Self {
        let random = random.fork(&format!("phone {}", account.address));
        let settings = Settings {
            product: "sim phone".to_owned(),
            ..Settings::default()
        };
        Self {
            endpoint: Endpoint::new(settings, random.fork("endpoint")),
            registration: Registration::new(&account),
            account,
            script,
            random,
            started: None,
            call: None,
            dialled: None,
            answer_at: None,
            challenge: None,
            outputs: VecDeque::new(),
            heard: Vec::new(),
            sdp_version: 0,
        }
    }

    /// Where it sits: messages to this address are its own.
    pub fn address(&self) -> SocketAddr {
        self.account.address
    }

    /// What its user has noticed so far, and when.
    pub fn heard(&self) -> &[(Instant, Heard)] {
        &self.heard
    }

    /// Whether nothing is left of any call.
    pub fn is_idle(&self) -> bool {
        let live = self.endpoint.live();
        live.dialogs == 0 && live.transactions == 0
    }

    /// A message arrived.
    pub fn handle_input(&mut self, now: Now, bytes: &Bytes, flow: Flow) {
        let message = match wire::parse(bytes) {
            Ok(message) => message,
            Err(malformed) => {
                self.endpoint.handle_malformed(now, &malformed, flow);
                return self.settle(now);
            }
        };
        match &message {
            Message::Response(response) if self.registration.is_answer(response) => {
                let heard = self.registration.handle_answer(now, response);
                self.note_all(now, heard);
                return self.settle(now);
            }
            Message::Response(response) if matches!(response.status().code(), 401 | 407) => {
                self.challenge = Some(response.clone());
            }
            Message::Request(request) if request.method().as_str() == "NOTIFY" => {
                self.handle_notify(now, request, flow);
                return;
            }
            _ => {}
        }
        self.endpoint
            .handle_input(now, Input::Received { message, flow });
        self.settle(now);
    }

    /// A deadline passed; the first call starts the script.
    pub fn handle_timeout(&mut self, now: Now) {
        let started = *self.started.get_or_insert(now.instant);
        while let Some((after, _)) = self.script.steps.front() {
            if started + *after > now.instant {
                break;
            }
            if let Some((_, step)) = self.script.steps.pop_front() {
                self.act(now, step);
            }
        }
        if self.answer_at.is_some_and(|at| at <= now.instant) {
            self.answer_at = None;
            let body = self.sdp("sendrecv");
            if let Some(call) = self.call {
                self.endpoint.accept(now, call, body);
            }
        }
        self.registration.handle_timeout(now);
        self.endpoint.handle_timeout(now);
        self.settle(now);
    }

    /// The next message to send.
    pub fn poll_output(&mut self) -> Option<(Bytes, Flow)> {
        self.outputs.pop_front()
    }

    /// When to wake it.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let started = self.started.unwrap_or_default();
        let step = self.script.steps.front();
        let step = step.map(|(after, _)| Deadline::new(started + *after, "script"));
        let answer = self.answer_at.map(|at| Deadline::new(at, "answers"));
        [
            answer,
            self.registration.poll_timeout(),
            self.endpoint.poll_timeout(),
        ]
        .into_iter()
        .fold(step, Deadline::earliest)
    }

    fn act(&mut self, now: Now, step: Step) {
        match step {
            Step::Register => self.registration.start(now),
            Step::Call(whom) => self.dial(now, whom, 0, None),
            Step::Hold => self.offer(now, "sendonly"),
            Step::Resume => self.offer(now, "sendrecv"),
            Step::HangUp => {
                self.answer_at = None;
                if let Some(call) = self.call {
                    self.endpoint.hang_up(now, call, Some(16));
                }
            }
        }
    }

    fn dial(&mut self, now: Now, whom: String, tries: u8, proof: Option<String>) {
        let target = Uri::Sip(SipUri::at(&whom, self.account.server));
        let from = Uri::Sip(SipUri::at(&self.account.user, self.account.server));
        let invite = Invite {
            to: NameAddr::new(target.clone()),
            target,
            way: self.flow().into(),
            from: NameAddr::new(from),
            body: self.sdp("sendrecv"),
            account: None,
            patience: None,
            max_forwards: None,
            headers: proof
                .into_iter()
                .map(|proof| ("Authorization".to_owned(), proof))
                .collect(),
        };
        self.call = Some(self.endpoint.invite(now, invite));
        self.dialled = Some((whom, tries));
    }

    fn offer(&mut self, now: Now, direction: &str) {
        let body = self.sdp(direction);
        if let Some(call) = self.call {
            self.endpoint.offer(now, call, body);
        }
    }

    /// Carries what the endpoint wants and says until it is quiet.
    fn settle(&mut self, now: Now) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { bytes, flow, .. } => self.outputs.push_back((bytes, flow)),
                Output::Incoming(incoming) => self.rung(now, incoming.dialog),
                Output::Dialog { dialog, news, .. } => self.handle_news(now, dialog, news),
                _ => {}
            }
        }
        while let Some(message) = self.registration.poll_output() {
            self.outputs.push_back(message);
        }
    }

    fn rung(&mut self, now: Now, dialog: DialogId) {
        if self.call.is_some() {
            self.endpoint.reject(now, dialog, 486, Some(17));
            return;
        }
        self.note(now, Heard::Called);
        match self.script.manner {
            Manner::Refuse(status) => self.endpoint.reject(now, dialog, status, None),
            Manner::AnswerAfter(pause) => {
                self.call = Some(dialog);
                self.answer_at = Some(now.instant + pause);
                self.endpoint.ring(now, dialog, 180, Bytes::new());
            }
            Manner::Ignore => {
                self.call = Some(dialog);
                self.endpoint.ring(now, dialog, 180, Bytes::new());
            }
        }
    }

    fn handle_news(&mut self, now: Now, dialog: DialogId, news: DialogNews) {
        match news {
            DialogNews::Progress { status, .. } => self.note(now, Heard::Ringing(status)),
            DialogNews::Answered { body } => self.note(now, Heard::Answered(body)),
            DialogNews::Failed { status, .. } => self.failed(now, status),
            DialogNews::Cancelled => {
                self.answer_at = None;
                self.call = None;
                self.note(now, Heard::Missed);
            }
            DialogNews::Acknowledged { .. } => self.note(now, Heard::Connected),
            DialogNews::Offer { body } => {
                let direction = match () {
                    () if contains(&body, b"a=sendonly") => "recvonly",
                    () if contains(&body, b"a=inactive") => "inactive",
                    () => "sendrecv",
                };
                let answer = self.sdp(direction);
                self.endpoint.answer_offer(now, dialog, answer);
                self.note(now, Heard::Changed(body));
            }
            DialogNews::OfferAnswered { body } => self.note(now, Heard::Agreed(Some(body))),
            DialogNews::OfferRefused { .. } => self.note(now, Heard::Agreed(None)),
            DialogNews::Ended { why, .. } => {
                self.call = None;
                self.note(now, Heard::Ended(why));
            }
            _ => {}
        }
    }

    /// A call of ours failed: challenged, it is tried once more with a password.
    fn failed(&mut self, now: Now, status: u16) {
        self.call = None;
        let challenge = self.challenge.take();
        if let (401, Some(challenge), Some((whom, 0))) = (status, challenge, self.dialled.take())
            && let Some(proof) = self.proof(&challenge, &whom)
        {
            return self.dial(now, whom, 1, Some(proof));
        }
        self.note(now, Heard::Failed(status));
    }

    /// The Authorization that answers a challenge of our INVITE to `whom`.
    fn proof(&mut self, challenge: &Response, whom: &str) -> Option<String> {
        let target = Uri::Sip(SipUri::at(whom, self.account.server));
        let mut request = Request::new(target, challenge.essentials());
        let account = auth::Account {
            username: self.account.user.clone(),
            password: self.account.password.clone(),
        };
        auth::answer(&mut request, challenge, &account, 1, &mut self.random);
        let proof = request.headers().text(&Name::Authorization)?;
        Some(proof.into_owned())
    }

    /// News of waiting messages, subscribed for or not.
    fn handle_notify(&mut self, now: Now, request: &Request, flow: Flow) {
        let mut ok = request.respond(rappel_sip::message::StatusCode::OK);
        ok.set_to_tag("phone");
        ok.push_field(Field::new(Name::Server, "sim phone"));
        let bytes = wire::print(&Message::Response(ok));
        self.outputs.push_back((bytes, flow));
        self.note(now, Heard::Messages(request.body().clone()));
    }

    fn note(&mut self, now: Now, heard: Heard) {
        self.heard.push((now.instant, heard));
    }

    fn note_all(&mut self, now: Now, heard: impl IntoIterator<Item = Heard>) {
        for heard in heard {
            self.note(now, heard);
        }
    }

    fn flow(&self) -> Flow {
        flow_of(&self.account)
    }

    /// A session of one G.711 stream with telephone events, at the phone's own address.
    fn sdp(&mut self, direction: &str) -> Bytes {
        self.sdp_version += 1;
        let (ip, port) = (self.account.address.ip(), self.account.address.port());
        let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
        let version = self.sdp_version;
        let media_port = port.wrapping_add(MEDIA_PORT_OFFSET) & !1;
        Bytes::from(format!(
            "v=0\r\no=- 1 {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
             m=audio {media_port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
             a=ptime:20\r\na={direction}\r\n"
        ))
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// The way from the phone to its server.
fn flow_of(account: &Account) -> Flow {
    Flow {
        transport: account.transport,
        local: account.address,
        remote: account.server,
        connection: None,
    }
}

/// How far the port of media lies above that of signalling.
const MEDIA_PORT_OFFSET: u16 = 10_000;

#[cfg(test)]
mod tests;
