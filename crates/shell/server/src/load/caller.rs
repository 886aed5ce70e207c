//! Places the load's calls: our own signalling room as a caller, over one UDP socket.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rappel_model::Random;
use rappel_rtp::sdp::Negotiation;
use rappel_rtp::{Direction, Encoding};
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{DialogId, DialogNews, Endpoint, Flow, Input, Invite, Output, Transport, wire};

use super::floor;
use super::interrupt::Interrupt;
use super::pump::{Line, Pump};
use rappel_net::Clock;

/// What to call and how fast.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the server answers SIP over UDP.
    pub(crate) server: SocketAddr,
    /// The number to dial.
    pub(crate) number: String,
    /// How many calls.
    pub(crate) calls: usize,
    /// New calls per second.
    pub(crate) rate: u32,
}

/// Calls being placed and calls that are up.
#[derive(Debug)]
pub(crate) struct Caller {
    endpoint: Endpoint,
    socket: UdpSocket,
    flow: Flow,
    clock: Clock,
    plan: Plan,
    ringing: BTreeMap<DialogId, Ringing>,
    up: Vec<DialogId>,
    /// What came of the calls.
    pub(crate) placed: Placed,
}

/// A call whose INVITE is out.
#[derive(Debug)]
struct Ringing {
    since: Instant,
    socket: UdpSocket,
    negotiation: Negotiation,
}

/// What came of the calls.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// Media of calls that were answered and do not talk yet.
    lines: Vec<Line>,
    /// From INVITE to 200, in µs.
    pub(crate) setup: Vec<u32>,
    /// Final statuses of calls that were refused.
    pub(crate) refused: Vec<u16>,
    /// Calls that the server ended before we did.
    pub(crate) dropped: usize,
}

impl Caller {
    /// A caller on the same address family and machine as the server sees us from.
    pub(crate) fn new(plan: Plan, random: Random) -> Result<Self, String> {
        let open = || {
            let any: SocketAddr = if plan.server.is_ipv6() {
                ([0u16; 8], 0).into()
            } else {
                ([0, 0, 0, 0], 0).into()
            };
            let socket = UdpSocket::bind(any)?;
            socket.connect(plan.server)?;
            let local = socket.local_addr()?;
            Ok((socket, local))
        };
        let (socket, local) =
            open().map_err(|e: std::io::Error| format!("cannot reach {}: {e}", plan.server))?;
        let flow = Flow {
            transport: Transport::Udp,
            local,
            remote: plan.server,
            connection: None,
        };
        let endpoint = Endpoint::new(rappel_sip::Settings::default(), random);
        Ok(Self {
            endpoint,
            socket,
            flow,
            clock: Clock::start(),
            plan,
            ringing: BTreeMap::new(),
            up: Vec::new(),
            placed: Placed::default(),
        })
    }

    /// Places all calls at the planned rate and waits until each is answered or refused. Calls that
    /// are up talk at once.
    pub(crate) fn place(&mut self, pump: &Pump, interrupt: &Interrupt) -> Result<(), String> {
        let start = Instant::now();
        let apart = Duration::from_secs(1) / self.plan.rate.max(1);
        let mut begun = 0;
        while begun < self.plan.calls || !self.ringing.is_empty() {
            while begun < self.plan.calls && start.elapsed() >= apart * begun as u32 {
                self.begin(begun)?;
                begun += 1;
            }
            self.turn(apart.min(TURN))?;
            self.placed.lines.drain(..).for_each(|line| pump.add(line));
            interrupt.check()?;
        }
        Ok(())
    }

    /// Keeps the calls up for `length`: answers what the server asks.
    pub(crate) fn hold(&mut self, length: Duration, interrupt: &Interrupt) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < length {
            self.turn(TURN)?;
            interrupt.check()?;
        }
        Ok(())
    }

    /// Ends all calls, also those still ringing, and waits for the server's answers, at most 5 s.
    pub(crate) fn hang_up(&mut self) -> Result<(), String> {
        let ringing = std::mem::take(&mut self.ringing).into_keys();
        let all: Vec<_> = std::mem::take(&mut self.up)
            .into_iter()
            .chain(ringing)
            .collect();
        for dialog in all {
            self.endpoint.hang_up(self.clock.now(), dialog, None);
            self.carry()?;
        }
        let start = Instant::now();
        while self.endpoint.live().dialogs > 0 && start.elapsed() < Duration::from_secs(5) {
            self.turn(TURN)?;
        }
        Ok(())
    }

    fn begin(&mut self, number: usize) -> Result<(), String> {
        let socket = floor::socket(self.flow.local.ip())?;
        let local = socket.local_addr().map_err(|e| e.to_string())?;
        let mut negotiation = Negotiation::new(local, number as u64 + 1, vec![Encoding::Pcma]);
        let body = negotiation.offer(Direction::SendRecv);
        let target = Uri::Sip(SipUri::at(&self.plan.number, self.plan.server));
        let from = Uri::Sip(SipUri::at(&format!("load{number}"), self.flow.local));
        let invite = Invite {
            target: target.clone(),
            way: self.flow.into(),
            from: NameAddr::new(from),
            to: NameAddr::new(target),
            body,
            headers: Vec::new(),
            account: None,
            patience: None,
        };
        let dialog = self.endpoint.invite(self.clock.now(), invite);
        self.ringing.insert(
            dialog,
            Ringing {
                since: Instant::now(),
                socket,
                negotiation,
            },
        );
        self.carry()
    }

    /// Waits for one datagram at most `limit`, handles it and whatever is due.
    fn turn(&mut self, limit: Duration) -> Result<(), String> {
        let mut buffer = [0; 4096];
        self.socket
            .set_read_timeout(Some(limit.max(Duration::from_millis(1))))
            .map_err(|e| e.to_string())?;
        match self.socket.recv(&mut buffer) {
            Ok(length) => {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                // What the server sends is not ours to judge here: unreadable is as lost.
                if let Ok(message) = wire::parse(&bytes) {
                    let input = Input::Received {
                        message,
                        flow: self.flow,
                    };
                    self.endpoint.handle_input(self.clock.now(), input);
                }
            }
            Err(e) if NOTHING_CAME.contains(&e.kind()) => {}
            Err(e) => return Err(format!("{}: {e}", self.plan.server)),
        }
        self.carry()?;
        self.endpoint.handle_timeout(self.clock.now());
        self.carry()
    }

    fn carry(&mut self) -> Result<(), String> {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    self.socket
                        .send(&bytes)
                        .map_err(|e| format!("cannot send to {}: {e}", self.plan.server))?;
                }
                Output::Dialog { dialog, news } => self.news(dialog, &news),
                _ => {}
            }
        }
        Ok(())
    }

    fn news(&mut self, dialog: DialogId, news: &DialogNews) {
        match news {
            DialogNews::Answered { body } => {
                let Some(mut call) = self.ringing.remove(&dialog) else {
                    return;
                };
                let micros = call.since.elapsed().as_micros().min(u128::from(u32::MAX)) as u32;
                match call.negotiation.receive_answer(body) {
                    Ok(stream) => {
                        self.placed.setup.push(micros);
                        let line = Line {
                            socket: call.socket,
                            remote: stream.remote,
                        };
                        self.placed.lines.push(line);
                        self.up.push(dialog);
                    }
                    Err(refused) => {
                        self.placed.refused.push(refused.status());
                        self.endpoint.hang_up(self.clock.now(), dialog, None);
                    }
                }
            }
            DialogNews::Failed { status, .. } if self.ringing.remove(&dialog).is_some() => {
                self.placed.refused.push(*status);
            }
            DialogNews::Ended { .. } => {
                let before = self.up.len();
                self.up.retain(|up| *up != dialog);
                self.placed.dropped += before - self.up.len();
            }
            _ => {}
        }
    }
}

/// Longest wait for a datagram before looking at what else is due.
const TURN: Duration = Duration::from_millis(20);

/// How a receive ends that brought nothing: its time was up, or a signal came.
const NOTHING_CAME: [ErrorKind; 3] = [
    ErrorKind::WouldBlock,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
];
