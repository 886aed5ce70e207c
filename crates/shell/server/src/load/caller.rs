//! Places the load's calls: our own signalling room as a caller, over one UDP socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rappel_model::{Random, Secrecy};
use rappel_rtp::sdp::{Material, Negotiation};
use rappel_rtp::{Direction, Stream};
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{DialogId, DialogNews, Invite, Output};

use super::floor;
use super::interrupt::Interrupt;
use super::link::{Link, TURN};
use super::pump::{Line, Pump};
use super::voice::{Sound, Voice};
use super::work::{Mode, Work};

/// What to call and how fast.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the server answers SIP over UDP.
    pub(crate) server: SocketAddr,
    /// The number to dial.
    pub(crate) number: String,
    /// New calls per second.
    pub(crate) rate: u32,
    /// What the calls are for.
    pub(crate) work: Work,
}

/// Calls being placed and calls that are up.
#[derive(Debug)]
pub(crate) struct Caller {
    link: Link,
    plan: Plan,
    sound: Arc<Sound>,
    /// For keys of encrypted calls.
    random: Random,
    /// Calls placed so far.
    begun: usize,
    ringing: BTreeMap<DialogId, Ringing>,
    up: Vec<DialogId>,
    /// What came of the calls.
    pub(crate) placed: Placed,
}

/// A call whose INVITE is out.
#[derive(Debug)]
struct Ringing {
    since: Instant,
    number: u32,
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
        Ok(Self {
            link: Link::open(plan.server, random.fork("signalling"))?,
            sound: Sound::of(plan.work.encoding())?,
            random: random.fork("keys"),
            plan,
            begun: 0,
            ringing: BTreeMap::new(),
            up: Vec::new(),
            placed: Placed::default(),
        })
    }

    /// Places calls at the planned rate until so many were placed in all, and waits until each is
    /// answered or refused. Calls that are up talk at once. How many were answered.
    pub(crate) fn place(
        &mut self,
        calls: usize,
        pump: &Pump,
        interrupt: &Interrupt,
    ) -> Result<usize, String> {
        let start = Instant::now();
        let apart = Duration::from_secs(1) / self.plan.rate.max(1);
        let before = self.begun;
        while self.begun < calls || !self.ringing.is_empty() {
            let due = |begun: usize| apart * (begun - before) as u32;
            while self.begun < calls && start.elapsed() >= due(self.begun) {
                self.begin(self.begun)?;
                self.begun += 1;
            }
            self.turn(apart.min(TURN))?;
            self.placed.lines.drain(..).for_each(|line| pump.add(line));
            interrupt.check()?;
        }
        Ok(self.placed.setup.len())
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
            self.hang_up_one(dialog);
            self.carry()?;
        }
        let start = Instant::now();
        while self.link.endpoint.live().dialogs > 0 && start.elapsed() < Duration::from_secs(5) {
            self.turn(TURN)?;
        }
        Ok(())
    }

    fn begin(&mut self, number: usize) -> Result<(), String> {
        let flow = self.link.flow;
        let socket = floor::socket(flow.local.ip())?;
        let local = socket.local_addr().map_err(|e| e.to_string())?;
        let work = self.plan.work;
        let mut negotiation = Negotiation::new(local, number as u64 + 1, vec![work.encoding()]);
        if work.secrecy() != Secrecy::Off {
            let mut material = Material::EMPTY;
            self.random.fill(&mut material.0);
            negotiation = negotiation.protected(work.secrecy(), material);
        }
        let body = negotiation.offer(Direction::SendRecv);
        let target = Uri::Sip(SipUri::at(&self.plan.number, self.plan.server));
        let from = Uri::Sip(SipUri::at(&format!("load{number}"), flow.local));
        let invite = Invite {
            target: target.clone(),
            way: flow.into(),
            from: NameAddr::new(from),
            to: NameAddr::new(target),
            body,
            headers: Vec::new(),
            account: None,
            patience: None,
            max_forwards: None,
        };
        let now = self.link.now();
        let dialog = self.link.endpoint.invite(now, invite);
        self.ringing.insert(
            dialog,
            Ringing {
                since: Instant::now(),
                number: number as u32,
                socket,
                negotiation,
            },
        );
        self.carry()
    }

    fn hang_up_one(&mut self, dialog: DialogId) {
        let now = self.link.now();
        self.link.endpoint.hang_up(now, dialog, None);
    }

    /// Waits for one datagram at most `limit`, handles it and whatever is due.
    fn turn(&mut self, limit: Duration) -> Result<(), String> {
        self.link.turn(limit)?;
        self.carry()
    }

    fn carry(&mut self) -> Result<(), String> {
        while let Some(output) = self.link.next()? {
            if let Output::Dialog { dialog, news, from } = output {
                self.news((dialog, from), &news);
            }
        }
        Ok(())
    }

    /// What a call that was answered says, and where.
    fn line(&self, call: Ringing, stream: &Stream) -> Line {
        let work = self.plan.work;
        let keys = work.mode == Mode::Digits;
        Line {
            socket: call.socket,
            remote: stream.remote,
            voice: Voice::new(&self.sound, stream, SSRC | call.number, keys),
            // Of a bridge the second phone is judged: it always hears in the clear.
            is_judged: !work.has_second_phone(),
        }
    }

    fn news(&mut self, (dialog, from): (DialogId, Option<IpAddr>), news: &DialogNews) {
        match news {
            DialogNews::Answered { body } => {
                let Some(mut call) = self.ringing.remove(&dialog) else {
                    return;
                };
                let micros = call.since.elapsed().as_micros().min(u128::from(u32::MAX)) as u32;
                if let Some(source) = from {
                    call.negotiation.hear_from(source);
                }
                match call.negotiation.receive_answer(body) {
                    Ok(stream) => {
                        self.placed.setup.push(micros);
                        self.placed.lines.push(self.line(call, &stream));
                        self.up.push(dialog);
                    }
                    Err(refused) => {
                        self.placed.refused.push(refused.status());
                        self.hang_up_one(dialog);
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

/// Sources of the callers' streams; the number of the call is added.
const SSRC: u32 = 0x5241_0000;
