//! Signalling alone: whole calls (INVITE, 180, 200, ACK, BYE) as fast as they are asked for, with no
//! voice in them, and what they cost the server's process. The calls come from many addresses of
//! this machine, as those of a carrier with many gateways do.

pub(crate) mod bench;

use std::collections::VecDeque;
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::interrupt::Interrupt;
use super::process::Reading;

/// What to ask for.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the server answers SIP over UDP.
    pub(crate) server: SocketAddr,
    /// The number to dial: a line that rings for a second, then answers.
    pub(crate) number: String,
    /// Calls per second.
    pub(crate) rate: u32,
    /// For how long calls are begun.
    pub(crate) length: Duration,
    /// The server's process.
    pub(crate) pid: u32,
}

/// What became of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// Calls per second that were asked for.
    pub(crate) rate: u32,
    /// Calls begun.
    pub(crate) begun: usize,
    /// Calls that went the whole way, BYE answered.
    pub(crate) whole: usize,
    /// Calls refused, or answered with anything else than expected.
    pub(crate) refused: usize,
    /// From INVITE to 180, µs, sorted.
    pub(crate) setup: Vec<u32>,
    /// Thousandths of a core that the server used, all threads together.
    pub(crate) millicores: f64,
    /// How long the generator took: longer than planned when it was the limit itself.
    pub(crate) took: Duration,
}

impl Figures {
    /// Whole calls per second.
    pub(crate) fn per_second(&self) -> f64 {
        self.whole as f64 / self.took.as_secs_f64()
    }

    /// Whole calls that one core would carry per second, by the CPU time they took.
    pub(crate) fn per_core(&self) -> f64 {
        self.per_second() * 1_000.0 / self.millicores
    }

    /// The set-up time below which `share` of the calls stayed, in ms.
    pub(crate) fn setup_ms(&self, share: f64) -> f64 {
        let at = (self.setup.len() as f64 * share) as usize;
        let last = self.setup.len().saturating_sub(1);
        self.setup
            .get(at.min(last))
            .map_or(0.0, |us| f64::from(*us) / 1_000.0)
    }
}

/// Begins calls and follows each to its end.
///
/// # Errors
/// Sockets or processes fail, or we are interrupted.
pub(crate) fn run(plan: &Plan, interrupt: &Interrupt) -> Result<Figures, String> {
    let mut generator = Generator::new(plan)?;
    // Tables grow and caches fill before anything is counted.
    generator.pump(Duration::from_secs(2), interrupt)?;
    generator.rest(interrupt)?;
    generator.figures = Figures {
        rate: plan.rate,
        ..Figures::default()
    };
    let (before, since) = (Reading::take(plan.pid)?, Instant::now());
    generator.pump(plan.length, interrupt)?;
    generator.figures.took = since.elapsed();
    generator.figures.millicores = Reading::take(plan.pid)?.millicores_since(&before);
    generator.rest(interrupt)?;
    let mut figures = generator.figures;
    figures.setup.sort_unstable();
    Ok(figures)
}

struct Generator<'a> {
    plan: &'a Plan,
    sockets: Vec<UdpSocket>,
    addresses: Vec<SocketAddr>,
    /// When each call that is not over yet began, by number; the first is `first`.
    begun: VecDeque<Option<Instant>>,
    first: usize,
    out: String,
    figures: Figures,
}

impl<'a> Generator<'a> {
    fn new(plan: &'a Plan) -> Result<Self, String> {
        let open = |host: u8| -> std::io::Result<UdpSocket> {
            let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 1, host), 0))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let sockets: Vec<_> = (1..=SOURCES)
            .map(open)
            .collect::<Result<_, _>>()
            .map_err(|e| format!("cannot open a socket: {e}"))?;
        let addresses = sockets
            .iter()
            .map(UdpSocket::local_addr)
            .collect::<Result<_, _>>()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            plan,
            sockets,
            addresses,
            begun: VecDeque::new(),
            first: 0,
            out: String::with_capacity(2_048),
            figures: Figures::default(),
        })
    }

    /// Begins calls at the rate of the plan, and answers what comes.
    fn pump(&mut self, length: Duration, interrupt: &Interrupt) -> Result<(), String> {
        let start = Instant::now();
        let mut placed = 0;
        while start.elapsed() < length {
            let due = (start.elapsed().as_secs_f64() * f64::from(self.plan.rate)) as usize;
            while placed < due {
                self.invite();
                placed += 1;
            }
            self.take();
            interrupt.sleep(TURN)?;
        }
        Ok(())
    }

    /// Lets the calls in progress end.
    fn rest(&mut self, interrupt: &Interrupt) -> Result<(), String> {
        let start = Instant::now();
        while !self.begun.is_empty() && start.elapsed() < PATIENCE {
            self.take();
            interrupt.sleep(TURN)?;
        }
        self.first += self.begun.len();
        self.begun.clear();
        Ok(())
    }

    fn invite(&mut self) {
        let number = self.first + self.begun.len();
        self.begun.push_back(Some(Instant::now()));
        self.figures.begun += 1;
        self.head("INVITE", number, 1, "", 'i');
        let host = self.address(number).ip();
        let body = format!(
            "v=0\r\no=- {number} 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n\
             m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        );
        let length = body.len();
        write!(
            self.out,
            "Contact: <sip:load@{}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.address(number)
        )
        .expect("a String takes everything");
        self.send(number);
    }

    /// The lines that every request has.
    fn head(&mut self, method: &str, number: usize, cseq: u32, to_tag: &str, branch: char) {
        let Plan {
            number: dialled,
            server,
            ..
        } = self.plan;
        let from = self.address(number);
        self.out.clear();
        write!(
            self.out,
            "{method} sip:{dialled}@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {from};branch=z9hG4bK{branch}{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:+33199{:06}@{from}>;tag=l{number}\r\nTo: <sip:{dialled}@{server}>{to_tag}\r\n\
             Call-ID: {number}-load\r\nCSeq: {cseq} {method}\r\n",
            number % 1_000_000
        )
        .expect("a String takes everything");
    }

    fn short(&mut self, method: &str, number: usize, cseq: u32, to_tag: &str, branch: char) {
        self.head(method, number, cseq, to_tag, branch);
        self.out.push_str("Content-Length: 0\r\n\r\n");
        self.send(number);
    }

    fn address(&self, number: usize) -> SocketAddr {
        self.addresses[number % self.addresses.len()]
    }

    fn send(&self, number: usize) {
        let socket = &self.sockets[number % self.sockets.len()];
        // What a full buffer loses is a call that is not whole: it is counted there.
        let _lost = socket
            .send_to(self.out.as_bytes(), self.plan.server)
            .is_err();
    }

    fn take(&mut self) {
        let mut buffer = [0; 2_048];
        for place in 0..self.sockets.len() {
            while let Ok(length) = self.sockets[place].recv(&mut buffer) {
                if let Some(answer) = std::str::from_utf8(&buffer[..length])
                    .ok()
                    .and_then(Answer::read)
                {
                    self.answer(&answer);
                }
            }
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        let Some(place) = answer.call.checked_sub(self.first) else {
            return;
        };
        let Some(Some(begun)) = self.begun.get(place).copied() else {
            return;
        };
        match (answer.status, answer.method) {
            (100, _) => {}
            (180, "INVITE") => {
                let taken = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
                self.figures.setup.push(taken);
            }
            (200, "INVITE") => {
                let tag = answer.to_tag.to_owned();
                self.short("ACK", answer.call, 1, &tag, 'a');
                self.short("BYE", answer.call, 2, &tag, 'b');
            }
            (200, "BYE") => {
                self.figures.whole += 1;
                self.over(place);
            }
            _ => {
                self.figures.refused += 1;
                self.over(place);
            }
        }
    }

    fn over(&mut self, place: usize) {
        self.begun[place] = None;
        while let Some(None) = self.begun.front() {
            self.begun.pop_front();
            self.first += 1;
        }
    }
}

/// As much of an answer as the generator must know.
struct Answer<'a> {
    status: u16,
    method: &'a str,
    call: usize,
    to_tag: &'a str,
}

impl<'a> Answer<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let status = text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()?;
        let value = |name: &str| {
            let at = text.find(name)? + name.len();
            text.get(at..)?.split("\r\n").next()
        };
        let call = value("\r\nCall-ID: ")?.split('-').next()?.parse().ok()?;
        let method = value("\r\nCSeq: ")?.split(' ').nth(1)?;
        let to = value("\r\nTo: ")?;
        let to_tag = to.find(";tag=").map_or("", |at| &to[at..]);
        Some(Self {
            status,
            method,
            call,
            to_tag,
        })
    }
}

/// Addresses that calls come from: the guard bounds each of them.
const SOURCES: u8 = 100;

/// How often the sockets are looked at.
const TURN: Duration = Duration::from_millis(1);

/// How long calls in progress are waited for.
const PATIENCE: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_far_as_it_matters() {
        let text = "SIP/2.0 200 OK\r\nVia: x\r\nTo: <sip:a@b>;tag=t1\r\nCall-ID: 42-load\r\n\
                    CSeq: 2 BYE\r\n\r\n";
        let answer = Answer::read(text).expect("it is one");
        let read = (answer.status, answer.method, answer.call, answer.to_tag);
        assert_eq!(read, (200, "BYE", 42, ";tag=t1"));
        assert!(Answer::read("INVITE sip:a SIP/2.0\r\n\r\n").is_none());
    }

    #[test]
    fn a_core_carries_what_its_time_allows() {
        let figures = Figures {
            whole: 1_000,
            took: Duration::from_secs(1),
            millicores: 200.0,
            setup: vec![1_000, 2_000, 30_000],
            ..Figures::default()
        };
        assert!((figures.per_core() - 5_000.0).abs() < 1.0);
        assert!((figures.setup_ms(0.99) - 30.0).abs() < 0.01);
    }
}
