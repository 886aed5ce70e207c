//! The signalling of a handset: one UDP socket, one turn every few milliseconds.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};

use bytes::Bytes;
use rappel_model::{Random, Secret};
use rappel_sip::auth::{Account, answer};
use rappel_sip::message::Message as Typed;
use rappel_sip::wire::{parse, print};

use super::Manners;
use super::call::{Call, Seen};
use super::text::{Message, bare, parameter, with_body};
use super::voice::Voice;

/// The thread's side of a handset.
#[derive(Debug)]
pub(super) struct Wire {
    engine: SocketAddr,
    at: SocketAddr,
    socket: UdpSocket,
    account: Option<Account>,
    manners: Manners,
    pub(super) calls: Vec<Call>,
    pub(super) is_registered: bool,
    /// The answer to OPTIONS: status and Retry-After.
    pub(super) asked: Option<(u16, String)>,
    /// The REGISTER that waits for an answer.
    register: String,
    /// What was answered to which request, for those that come twice.
    answered: BTreeMap<String, String>,
    random: Random,
    drawn: u32,
}

impl Wire {
    pub(super) fn open(
        engine: SocketAddr,
        at: SocketAddr,
        account: Option<(&str, &str)>,
        manners: Manners,
    ) -> Self {
        let socket = UdpSocket::bind(at).expect("a socket on a loopback address");
        socket
            .set_nonblocking(true)
            .expect("it can be non-blocking");
        let at = socket.local_addr().expect("it is bound");
        Self {
            engine,
            at,
            socket,
            account: account.map(|(name, password)| Account {
                username: name.to_owned(),
                password: Secret::new(password),
            }),
            manners,
            calls: Vec::new(),
            is_registered: false,
            asked: None,
            register: String::new(),
            answered: BTreeMap::new(),
            random: Random::from_seed(u64::from(at.port())),
            drawn: 0,
        }
    }

    /// Hears what came, on all sockets, and says what is due.
    pub(super) fn turn(&mut self) {
        let mut buffer = [0; 8192];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            let text = String::from_utf8_lossy(&bytes);
            let Some(message) = Message::read(&text) else {
                continue;
            };
            match message.status() {
                Some(status) => self.response(status, &message, &bytes),
                None => self.request(message),
            }
        }
        for call in &mut self.calls {
            call.voice.turn();
        }
    }

    fn send(&self, text: &str) {
        self.socket
            .send_to(text.as_bytes(), self.engine)
            .expect("loopback takes it");
    }

    fn draw(&mut self) -> String {
        self.drawn += 1;
        format!("{}x{}", self.at.port(), self.drawn)
    }

    /// Via with a fresh branch, and our Contact.
    fn lines(&mut self) -> (String, String) {
        let drawn = self.draw();
        let via = format!("SIP/2.0/UDP {};rport;branch=z9hG4bK{drawn}", self.at);
        (via, format!("<sip:{}@{}>", self.name(), self.at))
    }

    fn name(&self) -> String {
        let account = self.account.as_ref();
        account.map_or_else(
            || "+33639981234".to_owned(),
            |account| account.username.clone(),
        )
    }

    /// A request outside any dialog.
    fn outside(&mut self, method: &str, more: &str) -> String {
        let (via, contact) = self.lines();
        let (name, host, drawn) = (self.name(), self.engine, self.draw());
        format!(
            "{method} sip:{host} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n\
             From: <sip:{name}@{host}>;tag=f{drawn}\r\nTo: <sip:{name}@{host}>\r\n\
             Call-ID: {drawn}@handset\r\nCSeq: 1 {method}\r\nContact: {contact}\r\n{more}{}",
            with_body(""),
        )
    }

    pub(super) fn register(&mut self) {
        self.register = self.outside("REGISTER", "Expires: 600\r\n");
        self.send(&self.register);
    }

    pub(super) fn options(&mut self) {
        self.asked = None;
        let text = self.outside("OPTIONS", "");
        self.send(&text);
    }

    pub(super) fn call(&mut self, number: &str) -> usize {
        let (name, host, drawn) = (self.name(), self.engine, self.draw());
        let number = number.replace('#', "%23");
        let mut call = Call {
            id: format!("{drawn}@handset"),
            local: format!("<sip:{name}@{host}>;tag=f{drawn}"),
            remote: format!("<sip:{number}@{host}>"),
            early: String::new(),
            target: format!("sip:{number}@{host}"),
            number: 0,
            invite: String::new(),
            asked: None,
            voice: Voice::open(self.at.ip()),
            seen: Seen::default(),
        };
        let (via, contact) = self.lines();
        let sdp = call.voice.sdp("sendrecv");
        call.invite = call.request("INVITE", (&via, &contact), ALLOWED, &sdp);
        self.send(&call.invite);
        self.calls.push(call);
        self.calls.len() - 1
    }

    pub(super) fn offer(&mut self, index: usize, direction: &str) {
        let (via, contact) = self.lines();
        let call = &mut self.calls[index];
        call.voice.muted = direction != "sendrecv";
        let sdp = call.voice.sdp(direction);
        call.invite = call.request("INVITE", (&via, &contact), ALLOWED, &sdp);
        let text = call.invite.clone();
        self.send(&text);
    }

    pub(super) fn refer(&mut self, index: usize, number: &str, other: Option<usize>) {
        let (via, contact) = self.lines();
        let replaces = other.map(|other| format!("?Replaces={}", self.calls[other].replaces()));
        let to = format!(
            "<sip:{number}@{}{}>",
            self.engine,
            replaces.unwrap_or_default()
        );
        let call = &mut self.calls[index];
        let text = call.request(
            "REFER",
            (&via, &contact),
            &format!("Refer-To: {to}\r\n"),
            "",
        );
        self.send(&text);
    }

    pub(super) fn inform(&mut self, index: usize, key: char) {
        let (via, contact) = self.lines();
        let text = self.calls[index].request("INFO", (&via, &contact), "", "");
        let body = format!("Signal={key}\r\nDuration=160\r\n");
        let end = format!(
            "Content-Type: application/dtmf-relay\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(&text.replace("Content-Length: 0\r\n\r\n", &end));
    }

    pub(super) fn hang_up(&mut self, index: usize) {
        let seen = &self.calls[index].seen;
        if seen.ended || !seen.answered {
            return;
        }
        let (via, contact) = self.lines();
        let text = self.calls[index].request("BYE", (&via, &contact), "", "");
        self.send(&text);
    }

    pub(super) fn answer(&mut self, index: usize) {
        let sdp = self.calls[index].voice.sdp("sendrecv");
        if let Some(invite) = self.calls[index].asked.take() {
            self.calls[index].seen.answered = true;
            self.reply(&invite, "200 OK", &sdp);
        }
    }

    pub(super) fn refuse(&mut self, index: usize, status: u16) {
        if let Some(invite) = self.calls[index].asked.take() {
            self.reply(&invite, &format!("{status} Refused"), "");
        }
    }

    /// Answers a request, and remembers what was said.
    fn reply(&mut self, request: &Message, status: &str, body: &str) {
        let contact = format!("Contact: <sip:{}@{}>\r\n{ALLOWED}", self.name(), self.at);
        let tag = format!("t{}", self.at.port());
        let text = request.respond(status, &tag, &contact, body);
        let key = format!("{} {}", request.branch(), request.method());
        self.send(&text);
        self.answered.insert(key, text);
    }

    fn request(&mut self, message: Message) {
        let key = format!("{} {}", message.branch(), message.method());
        if let Some(said) = self.answered.get(&key) {
            return self.send(&said.clone());
        }
        let id = message.header("Call-ID");
        let index = self.calls.iter().position(|call| call.id == id);
        match (message.method(), index) {
            ("ACK", _) => {}
            ("INVITE", None) => self.rung(message),
            ("INVITE" | "UPDATE", Some(index)) => self.offered(&message, index),
            ("CANCEL", Some(index)) => {
                self.reply(&message, "200 OK", "");
                let seen = &mut self.calls[index].seen;
                seen.ended = true;
                message.header("Reason").clone_into(&mut seen.reason);
                if let Some(invite) = self.calls[index].asked.take() {
                    self.reply(&invite, "487 Request Terminated", "");
                }
            }
            ("BYE", Some(index)) => {
                let call = &mut self.calls[index];
                call.seen.ended = true;
                message.header("Reason").clone_into(&mut call.seen.reason);
                call.voice.remote = None;
                self.reply(&message, "200 OK", "");
            }
            ("NOTIFY", Some(index)) => {
                let line = message.body.lines().next().unwrap_or_default();
                let told = line.trim_start_matches("SIP/2.0 ").to_owned();
                self.calls[index].seen.told.push(told);
                self.reply(&message, "200 OK", "");
            }
            (_, _) => self.reply(&message, "200 OK", ""),
        }
    }

    /// A new call comes.
    fn rung(&mut self, invite: Message) {
        let tag = format!("t{}", self.at.port());
        let mut voice = Voice::open(self.at.ip());
        voice.agree(&invite.body);
        let early = voice.sdp("sendrecv");
        let seen = Seen {
            from: invite.header("From").to_owned(),
            ..Seen::default()
        };
        let call = Call {
            id: invite.header("Call-ID").to_owned(),
            local: format!("{};tag={tag}", invite.header("To")),
            remote: invite.header("From").to_owned(),
            early: String::new(),
            target: bare(invite.header("Contact")).to_owned(),
            number: 0,
            invite: String::new(),
            asked: Some(invite.clone()),
            voice,
            seen,
        };
        self.calls.push(call);
        let index = self.calls.len() - 1;
        match self.manners {
            Manners::Answers => {
                self.reply(&invite, "180 Ringing", "");
                self.answer(index);
            }
            Manners::Rings => self.reply(&invite, "180 Ringing", ""),
            Manners::Refuses(status) => {
                self.calls[index].asked = None;
                self.reply(&invite, &format!("{status} Refused"), "");
            }
            Manners::SpeaksEarly(hertz) => {
                self.calls[index].voice.tone = Some(hertz);
                self.reply(&invite, "183 Session Progress", &early);
            }
        }
    }

    /// A new offer in a call.
    fn offered(&mut self, message: &Message, index: usize) {
        let voice = &mut self.calls[index].voice;
        voice.agree(&message.body);
        let direction = match () {
            () if message.body.contains("a=sendonly") => "recvonly",
            () if message.body.contains("a=recvonly") => "sendonly",
            () if message.body.contains("a=inactive") => "inactive",
            () => "sendrecv",
        };
        let sdp = match message.body.is_empty() && message.method() == "UPDATE" {
            true => String::new(),
            false => voice.sdp(direction),
        };
        self.reply(message, "200 OK", &sdp);
    }

    fn response(&mut self, status: u16, message: &Message, bytes: &Bytes) {
        match message.method() {
            "REGISTER" if status == 401 && message.number() == 1 => {
                let text = std::mem::take(&mut self.register);
                self.register = self.proved(&text, 2, bytes);
                self.send(&self.register);
            }
            "REGISTER" => self.is_registered |= status == 200,
            "OPTIONS" => {
                self.asked = Some((status, message.header("Retry-After").to_owned()));
            }
            method => {
                let id = message.header("Call-ID");
                let index = self.calls.iter().position(|call| call.id == id);
                match (method, index) {
                    ("INVITE", Some(index)) => self.invited(status, message, bytes, index),
                    ("REFER", Some(index)) => self.calls[index].seen.referred = Some(status),
                    _ => {}
                }
            }
        }
    }

    /// An answer to an INVITE of ours, the first of a call or a later one.
    fn invited(&mut self, status: u16, message: &Message, bytes: &Bytes, index: usize) {
        let (via, contact) = self.lines();
        let call = &mut self.calls[index];
        if status < 200 {
            call.seen.ringing.push(status);
            message.header("To").clone_into(&mut call.early);
            call.voice.agree(&message.body);
            return;
        }
        // RFC 3261 §17.1.1.3: the ACK of a refusal belongs to the transaction of its INVITE.
        let own = match status {
            200..300 => via,
            _ => message.header("Via").to_owned(),
        };
        let remote = std::mem::replace(&mut call.remote, message.header("To").to_owned());
        let later = !parameter(&remote, "tag").is_empty();
        let number = std::mem::replace(&mut call.number, message.number());
        if status < 300 {
            call.learn(message);
        }
        let ack = call.request("ACK", (&own, &contact), "", "");
        call.number = number;
        match status {
            200..300 => {
                call.seen.agreed += usize::from(later);
                call.seen.answered = true;
                call.voice.agree(&message.body);
                self.send(&ack);
            }
            401 | 407 if number == 1 => {
                call.remote = remote;
                call.number += 1;
                let (text, next) = (call.invite.clone(), call.number);
                self.send(&ack);
                let invite = self.proved(&text, next, bytes);
                self.send(&invite);
            }
            _ => {
                call.remote = remote;
                call.seen.failed = Some(status);
                call.seen.advice =
                    [message.header("Retry-After"), message.header("Warning")].join(" ");
                self.send(&ack);
            }
        }
    }

    /// A request once more, with the proof that a challenge asks for.
    fn proved(&mut self, text: &str, number: u32, challenge: &Bytes) -> String {
        let branch = parameter(text.split("\r\n").nth(1).unwrap_or_default(), "branch").to_owned();
        let fresh = format!("z9hG4bK{}", self.draw());
        let text = text.replace(&branch, &fresh).replace(
            &format!("CSeq: {} ", number - 1),
            &format!("CSeq: {number} "),
        );
        let account = self.account.as_ref().expect("only users are challenged");
        let (Ok(Typed::Request(mut request)), Ok(Typed::Response(refusal))) =
            (parse(&Bytes::from(text)), parse(challenge))
        else {
            panic!("a request and its challenge can be read");
        };
        let done = answer(&mut request, &refusal, account, 1, &mut self.random);
        assert!(done, "a challenge that can be answered");
        let bytes = print(&Typed::Request(request));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What every phone of today understands.
const ALLOWED: &str = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, UPDATE\r\n\
                       Supported: replaces\r\n";
