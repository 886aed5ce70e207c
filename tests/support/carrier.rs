//! A carrier of our own for whole-house tests: one UDP socket and a thread that answers probes,
//! registrations and calls as it is told, remembers every message with its moment, and calls the
//! engine. Written from RFC 3261 alone, so that a fault of our endpoint cannot hide itself.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::engine::free_port;
use crate::wait::until;

/// What a carrier does with what it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The status that answers OPTIONS; `None` for silence.
    pub probes: Option<u16>,
    /// What becomes of REGISTER.
    pub registers: Does,
    /// What becomes of INVITE.
    pub invites: Does,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// Nothing at all.
    Ignore,
    /// It is refused with this status.
    Refuse(u16),
    /// It is granted; a registration for so many seconds.
    Grant(u32),
    /// The same, once an account was named (401 or 407 before).
    Challenge(u32),
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When.
    pub at: Instant,
    /// All of it.
    pub text: String,
}

/// A carrier; gone when dropped, its port closed.
#[derive(Debug)]
pub struct Carrier {
    /// Where it is.
    pub address: SocketAddr,
    socket: UdpSocket,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    calls: AtomicU32,
}

/// What a carrier knows, whatever wire it listens at.
#[derive(Debug)]
pub(crate) struct State {
    manners: Manners,
    heard: Vec<Heard>,
    /// Final answers, by what makes a request the same one again.
    answers: BTreeMap<String, Vec<String>>,
    nonces: u32,
}

impl Default for Manners {
    /// It is there, asks for no password, and answers every call.
    fn default() -> Self {
        Self {
            probes: Some(200),
            registers: Does::Grant(600),
            invites: Does::Grant(0),
        }
    }
}

impl Manners {
    /// A carrier that does this with calls.
    pub fn calls(invites: Does) -> Self {
        Self {
            invites,
            ..Self::default()
        }
    }

    /// A carrier that does this with registrations, and asks for a password in calls, too.
    pub fn registrar(registers: Does) -> Self {
        Self {
            registers,
            invites: Does::Challenge(0),
            ..Self::default()
        }
    }
}

impl Carrier {
    /// One at 127.0.0.`host`, on a port of its own.
    pub fn start(host: u8, manners: Manners) -> Self {
        Self::at(([127, 0, 0, host], free_port()).into(), manners)
    }

    /// One at this address: where another was before.
    pub fn at(address: SocketAddr, manners: Manners) -> Self {
        let socket = UdpSocket::bind(address).expect("the carrier's address is free");
        let limit = Some(Duration::from_millis(20));
        socket.set_read_timeout(limit).expect("a limit can be set");
        let state = Arc::new(Mutex::new(State::new(manners)));
        let stop = Arc::new(AtomicBool::new(false));
        let (mine, theirs, end) = (
            socket.try_clone().expect("a socket can be shared"),
            Arc::clone(&state),
            Arc::clone(&stop),
        );
        let thread = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                serve(&mine, &theirs);
            }
        });
        Self {
            address,
            socket,
            state,
            stop,
            thread: Some(thread),
            calls: AtomicU32::new(0),
        }
    }

    /// From now on it behaves like this.
    pub fn behave(&self, manners: Manners) {
        self.state().behave(manners);
    }

    /// Requests of this method so far, a repeated one counted once.
    pub fn requests(&self, method: &str) -> Vec<Heard> {
        self.state().requests(method)
    }

    /// Responses with this status so far.
    pub fn responses(&self, status: u16) -> Vec<Heard> {
        let head = format!("SIP/2.0 {status} ");
        let heard = &self.state().heard;
        let wanted = heard.iter().filter(|heard| heard.text.starts_with(&head));
        wanted.cloned().collect()
    }

    /// Waits until this many requests of a method came, and gives the last of them.
    pub fn await_request(&self, method: &str, count: usize, limit: Duration) -> Heard {
        until(&format!("{method} number {count}"), limit, || {
            self.requests(method).get(count.checked_sub(1)?).cloned()
        })
    }

    /// Calls the engine: `user` stands in the Request-URI, `to` in To; `more` are further headers,
    /// each with its line's end. Hangs up once it is answered. The final status.
    pub fn call(&self, engine: SocketAddr, user: &str, to: &str, more: &str) -> u16 {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let (here, id) = (
            self.address,
            format!("call-{number}-{}", self.address.port()),
        );
        let request = |method: &str, branch: &str, cseq: u32, tag: &str, rest: &str| {
            format!(
                "{method} sip:{user}@{engine} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{id}{branch}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:+33639981234@{here}>;tag=carrier\r\n\
                 To: <sip:{to}@{here}>{tag}\r\nCall-ID: {id}\r\nCSeq: {cseq} {method}\r\n\
                 Contact: <sip:carrier@{here}>\r\n{rest}"
            )
        };
        let sdp = self.sdp();
        let invite = format!(
            "{more}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        self.send(&request("INVITE", "i", 1, "", &invite), engine);
        let last = until("the call to be decided", Duration::from_secs(15), || {
            let state = self.state();
            let mut answers = state.heard.iter().filter(|heard| {
                heard.text.starts_with("SIP/2.0 ")
                    && !heard.text.starts_with("SIP/2.0 1")
                    && header(&heard.text, "Call-ID") == id
            });
            answers.next().map(|heard| heard.text.clone())
        });
        let status: u16 = last[8..11].parse().expect("a status");
        let to = header(&last, "To");
        let tag = to.find(";tag=").map_or("", |at| &to[at..]);
        let end = "Content-Length: 0\r\n\r\n";
        let branch = if status < 300 { "a" } else { "i" };
        self.send(&request("ACK", branch, 1, tag, end), engine);
        if status < 300 {
            self.send(&request("BYE", "b", 2, tag, end), engine);
        }
        status
    }

    fn sdp(&self) -> String {
        sdp(self.address)
    }

    fn send(&self, text: &str, to: SocketAddr) {
        let sent = self.socket.send_to(text.as_bytes(), to);
        sent.expect("loopback takes it");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("the carrier's thread did not fail")
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _failed = thread.join().is_err();
        }
    }
}

fn serve(socket: &UdpSocket, state: &Mutex<State>) {
    let mut buffer = [0; 8192];
    // A limit that passed, or what a closed port of the engine's told.
    let Ok((length, from)) = socket.recv_from(&mut buffer) else {
        return;
    };
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    if text.trim().is_empty() {
        return;
    }
    let here = socket.local_addr().expect("it is bound");
    let mut state = state.lock().expect("no test fails while holding it");
    let answers = state.hear(text, here);
    drop(state);
    for answer in answers {
        // Whoever asked may be gone.
        let _gone = socket.send_to(answer.as_bytes(), from).is_err();
    }
}

impl State {
    /// One that has heard nothing.
    pub(crate) fn new(manners: Manners) -> Self {
        Self {
            manners,
            heard: Vec::new(),
            answers: BTreeMap::new(),
            nonces: 0,
        }
    }

    /// From now on it behaves like this.
    pub(crate) fn behave(&mut self, manners: Manners) {
        self.manners = manners;
    }

    /// Requests of this method so far, a repeated one counted once.
    pub(crate) fn requests(&self, method: &str) -> Vec<Heard> {
        let mut known = Vec::new();
        let mut found = Vec::new();
        for heard in &self.heard {
            let branch = header(&heard.text, "Via");
            if heard.text.starts_with(&format!("{method} sip")) && !known.contains(&branch) {
                known.push(branch);
                found.push(heard.clone());
            }
        }
        found
    }

    /// Takes a message that came to `here`, and gives what it is answered with.
    pub(crate) fn hear(&mut self, text: String, here: SocketAddr) -> Vec<String> {
        let answers = self.answers(&text, here);
        let at = Instant::now();
        self.heard.push(Heard { at, text });
        answers
    }

    /// What a request is answered with; the same again when it comes again.
    fn answers(&mut self, text: &str, here: SocketAddr) -> Vec<String> {
        let method = text.split(' ').next().unwrap_or_default();
        if method == "ACK" || method.starts_with("SIP/") {
            return Vec::new();
        }
        let key = format!("{} {}", header(text, "Via"), header(text, "CSeq"));
        if let Some(known) = self.answers.get(&key) {
            return known.clone();
        }
        let Manners {
            probes,
            registers,
            invites,
        } = self.manners;
        let answers = match method {
            "OPTIONS" => probes
                .map(|status| answer(text, here, status, ""))
                .into_iter()
                .collect(),
            "REGISTER" => self.decide(text, here, registers),
            "INVITE" => self.decide(text, here, invites),
            _ => vec![answer(text, here, 200, "")],
        };
        if !answers.is_empty() {
            self.answers.insert(key, answers.clone());
        }
        answers
    }

    fn decide(&mut self, text: &str, here: SocketAddr, does: Does) -> Vec<String> {
        let registers = text.starts_with("REGISTER");
        let (status, asks, proves) = match registers {
            true => (401, "WWW-Authenticate", "Authorization"),
            false => (407, "Proxy-Authenticate", "Proxy-Authorization"),
        };
        match does {
            Does::Ignore => Vec::new(),
            Does::Refuse(status) => vec![answer(text, here, status, "")],
            Does::Challenge(_) if header(text, proves).is_empty() => {
                self.nonces += 1;
                let nonce = self.nonces;
                let ask = format!(
                    "{asks}: Digest realm=\"carrier\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5\r\n"
                );
                vec![answer(text, here, status, &ask)]
            }
            Does::Grant(seconds) | Does::Challenge(seconds) if registers => {
                let contact = header(text, "Contact");
                let contact = contact.split(";expires").next().unwrap_or_default();
                let left = match header(text, "Expires").as_str() {
                    "0" => 0,
                    _ => seconds,
                };
                let granted = format!("Contact: {contact};expires={left}\r\n");
                vec![answer(text, here, 200, &granted)]
            }
            Does::Grant(_) | Does::Challenge(_) => {
                vec![answer(text, here, 180, ""), answer(text, here, 200, "sdp")]
            }
        }
    }
}

/// An answer with further header lines, or with an offer's answer for `sdp`.
fn answer(request: &str, here: SocketAddr, status: u16, more: &str) -> String {
    let mut text = format!("SIP/2.0 {status} Said\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        if ["Via", "From", "To", "Call-ID", "CSeq"].contains(&name) {
            text.push_str(line);
            if name == "To" && !line.contains(";tag=") {
                text.push_str(";tag=carrier");
            }
            text.push_str("\r\n");
        }
    }
    let body = if more == "sdp" {
        sdp(here)
    } else {
        String::new()
    };
    match more {
        "sdp" => text.push_str("Content-Type: application/sdp\r\n"),
        _ => text.push_str(more),
    }
    if request.starts_with("INVITE") {
        let by = match header(request, "Via").starts_with("SIP/2.0/TLS") {
            true => ";transport=tls",
            false => "",
        };
        text.push_str(&format!("Contact: <sip:carrier@{here}{by}>\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}

/// A-law, at a port that listens to nothing: nobody speaks here.
fn sdp(here: SocketAddr) -> String {
    let (ip, port) = (here.ip(), here.port() + 1);
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
}

/// The first header of this name in a message, or nothing.
pub fn header(text: &str, name: &str) -> String {
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    let found = lines.find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    });
    found.unwrap_or_default()
}
