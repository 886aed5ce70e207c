//! A peer that does wrong on purpose: a socket on loopback, and messages written by hand.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rappel_model::{Random, Secret};
use rappel_sip::auth::{Account, answer};
use rappel_sip::message::{Message, Request};
use rappel_sip::wire;

/// One peer and its place in the network.
pub(crate) struct Peer {
    socket: UdpSocket,
    engine: SocketAddr,
    number: u32,
}

/// What an INVITE offers unless a fault wants it otherwise.
pub(crate) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                         m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

impl Peer {
    /// A peer at a free port of this address.
    pub(crate) fn at(address: [u8; 4], engine: SocketAddr) -> Self {
        let socket = UdpSocket::bind((IpAddr::from(address), 0)).expect("a loopback address");
        Self {
            socket,
            engine,
            number: 0,
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    /// A request to the engine: `INVITE` of a number, REGISTER of a user and so on. `more` are further
    /// lines, each with its end.
    pub(crate) fn request(
        &mut self,
        method: &str,
        user: &str,
        call_id: &str,
        more: &str,
        body: &str,
    ) -> String {
        self.number += 1;
        let (own, engine, number) = (self.address(), self.engine, self.number);
        let target = match method {
            "REGISTER" => format!("sip:{engine}"),
            _ => format!("sip:{user}@{engine}"),
        };
        let from = match method {
            "REGISTER" => format!("sip:{user}@{engine}"),
            _ => format!("sip:+33639981234@{own}"),
        };
        let kind = if more.contains("Content-Type") || body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        let to = if more.contains("To:") {
            String::new()
        } else {
            format!("To: <sip:{user}@{engine}>\r\n")
        };
        let hops = if more.contains("Max-Forwards") {
            ""
        } else {
            "Max-Forwards: 70\r\n"
        };
        let length = body.len();
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call_id}{number}{method};rport\r\n\
             From: <{from}>;tag={call_id}f\r\n{to}Call-ID: {call_id}\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:peer@{own}>\r\n{hops}{more}{kind}Content-Length: {length}\r\n\r\n{body}"
        )
    }

    /// Sends a text.
    pub(crate) fn send(&self, text: &str) {
        self.socket
            .send_to(text.as_bytes(), self.engine)
            .expect("loopback takes it");
    }

    /// Forgets what has come so far: repetitions of what was answered.
    pub(crate) fn forget(&self) {
        let wait = Some(Duration::from_millis(50));
        self.socket
            .set_read_timeout(wait)
            .expect("a time limit can be set");
        while self.socket.recv(&mut [0; 8192]).is_ok() {}
    }

    /// The next message whose first line contains `what`, within five seconds.
    pub(crate) fn expect(&self, what: &str) -> String {
        let end = Instant::now() + Duration::from_secs(8);
        let mut buffer = [0; 8192];
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.socket
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .expect("a time limit can be set");
            let Ok(length) = self.socket.recv(&mut buffer) else {
                break;
            };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.lines().next().is_some_and(|line| line.contains(what)) {
                return text;
            }
        }
        panic!("no `{what}` came to {}", self.address());
    }

    /// Stays for a while, and is content with whatever it is asked.
    pub(crate) fn stay(&self, length: Duration) {
        let end = Instant::now() + length;
        let mut buffer = [0; 8192];
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.socket
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .expect("a time limit can be set");
            let Ok(length) = self.socket.recv(&mut buffer) else {
                return;
            };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if !text.starts_with("SIP/2.0") {
                self.respond(&text, "200 OK", "", "");
            }
        }
    }

    /// Sends a request and takes the final answer, which must have this status; an INVITE's refusal
    /// is acknowledged.
    pub(crate) fn ask(&self, request: &str, status: u16) -> String {
        self.send(request);
        let answer = self.expect(&format!("SIP/2.0 {status}"));
        if request.starts_with("INVITE") && status >= 300 {
            self.send(&self.ack(request, &answer));
        }
        answer
    }

    /// The ACK of a refusal.
    pub(crate) fn ack(&self, request: &str, answer: &str) -> String {
        let line = |text: &str, name: &str| {
            let found = text.lines().find(|line| line.starts_with(name));
            found.unwrap_or_default().trim_end().to_owned()
        };
        let target = request.split(' ').nth(1).expect("a request has a target");
        let number = line(request, "CSeq:").replace("INVITE", "ACK");
        format!(
            "ACK {target} SIP/2.0\r\n{}\r\n{}\r\n{}\r\n{}\r\n{number}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            line(request, "Via:"),
            line(request, "From:"),
            line(answer, "To:"),
            line(request, "Call-ID:"),
        )
    }

    /// An answer to a request that came, with further lines and a body.
    pub(crate) fn respond(&self, request: &str, status: &str, more: &str, body: &str) {
        let echoed: String = ["Via:", "From:", "Call-ID:", "CSeq:"]
            .iter()
            .filter_map(|name| request.lines().find(|line| line.starts_with(name)))
            .map(|line| format!("{}\r\n", line.trim_end()))
            .collect();
        let to = request
            .lines()
            .find(|line| line.starts_with("To:"))
            .unwrap_or_default();
        let (to, own, length) = (to.trim_end(), self.address(), body.len());
        let tag = if to.contains("tag=") { "" } else { ";tag=peer" };
        self.send(&format!(
            "SIP/2.0 {status}\r\n{echoed}{to}{tag}\r\nContact: <sip:peer@{own}>\r\n{more}Content-Length: {length}\r\n\r\n{body}"
        ));
    }

    /// The request once more, with a new CSeq and branch and with credentials that answer a 401.
    pub(crate) fn prove(
        &mut self,
        request: &str,
        refusal: &str,
        user: &str,
        password: &str,
    ) -> String {
        self.number += 1;
        let old = self.number - 1;
        let number = self.number;
        let text = request
            .replace(&format!("CSeq: {old} "), &format!("CSeq: {number} "))
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bKp{number}"));
        let mut request = parse_request(&text);
        let Message::Response(refusal) = parse(refusal) else {
            panic!("{refusal}");
        };
        let account = Account {
            username: user.to_owned(),
            password: Secret::new(password),
        };
        let mut random = Random::from_seed(u64::from(number));
        assert!(answer(&mut request, &refusal, &account, 1, &mut random));
        String::from_utf8(wire::print(&request.into()).to_vec()).expect("it is text")
    }

    /// Registers this peer as a user's phone.
    pub(crate) fn register(
        &mut self,
        user: &str,
        password: &str,
        call_id: &str,
        more: &str,
        status: u16,
    ) -> String {
        let request = self.request("REGISTER", user, call_id, more, "");
        let refusal = self.ask(&request, 401);
        let proof = self.prove(&request, &refusal, user, password);
        self.ask(&proof, status)
    }
}

fn parse(text: &str) -> Message {
    wire::parse(&Bytes::copy_from_slice(text.as_bytes())).expect("it can be read")
}

fn parse_request(text: &str) -> Request {
    match parse(text) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("{text}"),
    }
}
