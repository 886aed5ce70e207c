//! A small world for whole calls in virtual time: a switchboard, phones on a virtual network, a
//! sound room that tells events instead of playing frames, and a store on paper.
#![allow(clippy::unwrap_used)]

mod company;
mod phone;
mod raw;
mod refer;
mod sound;

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rappel_ivr::HttpResult;
use rappel_media::Command;
use rappel_model::record::CallRecord;
use rappel_model::{Deadline, Event, Fact, Instant, Now, QuestionId, Random, Sound, Timestamp};
use rappel_sip::{Flow, Transport, wire};
use rappel_switchboard::{
    Answer, Input, Output, Question, Settings, Switchboard, TrunkReport, Write,
};

pub(crate) use company::{
    TENANT, changed, credentials, ending_conferences, neighbour, recording, settings, version,
    with_extension,
};
pub(crate) use phone::{Act, Manners, Phone, Then};
pub(crate) use raw::{OFFER, RawCall};
pub(crate) use sound::SoundRoom;

/// What the virtual network does to a datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    pub(crate) loss: u8,
    pub(crate) delay: (u64, u64),
}

/// How the store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Fine,
    Full,
}

/// Something under way.
#[derive(Debug)]
enum Parcel {
    ToBoard(Bytes, Flow),
    ToPhone(usize, Bytes, Flow),
    Sound(sound::Later),
    Answer(QuestionId, Answer),
    Act(usize, usize, Act),
}

pub(crate) struct World {
    pub(crate) now: Now,
    pub(crate) board: Switchboard,
    pub(crate) phones: Vec<Phone>,
    pub(crate) sound: SoundRoom,
    pub(crate) disk: Disk,
    /// What every other system answers.
    pub(crate) elsewhere: HttpResult,
    pub(crate) network: Network,
    pub(crate) diary: Vec<Event>,
    /// How the trunks stood when that was asked last.
    pub(crate) trunks: Option<TrunkReport>,
    pub(crate) records: Vec<CallRecord>,
    pub(crate) writes: Vec<Write>,
    /// What was played: the number of the version whose prompts are meant, and the clip.
    pub(crate) plays: Vec<(u32, String)>,
    /// In which languages, in the same order.
    pub(crate) languages: Vec<String>,
    pub(crate) drained: bool,
    /// A hash over every output with its time: two runs that agree here did the same.
    pub(crate) transcript: DefaultHasher,
    transit: BTreeMap<(Instant, u64), Parcel>,
    posted: u64,
    random: Random,
}

/// The engine's own address.
pub(crate) fn board_address() -> SocketAddr {
    "192.0.2.1:5060".parse().unwrap()
}

/// The way from the board to `peer`.
pub(crate) fn flow_to(peer: SocketAddr) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: board_address(),
        remote: peer,
        connection: None,
    }
}

/// The way from `peer` to the board.
pub(crate) fn flow_from(peer: SocketAddr) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: peer,
        remote: board_address(),
        connection: None,
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, settings())
    }

    pub(crate) fn with(seed: u64, settings: Settings) -> Self {
        let random = Random::from_seed(seed);
        let ports = |from: u16| -> Vec<SocketAddr> {
            (0..40)
                .map(|n| SocketAddr::from(([192, 0, 2, 1], from + 2 * n)))
                .collect()
        };
        let mut world = Self {
            // A Wednesday morning.
            now: Now {
                instant: Instant::ZERO,
                wall: Timestamp::from_micros(1_763_542_800_000_000),
            },
            board: Switchboard::new(random.fork("board")),
            phones: Vec::new(),
            sound: SoundRoom::default(),
            disk: Disk::Fine,
            elsewhere: HttpResult::Missing,
            network: Network {
                loss: 0,
                delay: (5_000, 5_000),
            },
            diary: Vec::new(),
            trunks: None,
            records: Vec::new(),
            writes: Vec::new(),
            plays: Vec::new(),
            languages: Vec::new(),
            drained: false,
            transcript: DefaultHasher::new(),
            transit: BTreeMap::new(),
            posted: 0,
            random: random.fork("world"),
        };
        world.input(Input::Settings(Arc::new(settings)));
        world.input(Input::Ports(vec![ports(20_000), ports(30_000)]));
        world.input(Input::Users(credentials()));
        world.input(Input::Tenant(TENANT.into(), Arc::new(version())));
        world.input(Input::Messages(Vec::new()));
        world
    }

    /// A phone at `address`; registers when it is a user.
    pub(crate) fn phone(&mut self, address: &str, user: Option<&str>, manners: Manners) -> usize {
        let index = self.phones.len();
        let random = self.random.fork(&format!("phone {index}"));
        let phone = Phone::new(address.parse().unwrap(), user, manners, random);
        self.phones.push(phone);
        if user.is_some() {
            let register = self.phones[index].register();
            self.send_to_board(index, register);
            self.run(Duration::from_secs(1));
            assert!(self.phones[index].is_registered, "{user:?} registers");
        }
        index
    }

    /// A carrier, recognised by its address.
    pub(crate) fn trunk(&mut self) -> usize {
        self.phone("198.51.100.7:5060", None, Manners::default())
    }

    /// `phone` calls; returns the number of the call on that phone.
    pub(crate) fn call(&mut self, phone: usize, target: &str) -> usize {
        let call = self.phones[phone].call(self.now, target);
        self.drain_phone(phone);
        call
    }

    pub(crate) fn act(&mut self, phone: usize, call: usize, act: Act) {
        self.phones[phone].act(self.now, call, act);
        self.drain_phone(phone);
    }

    /// A key on the phone of a call, as RTP.
    pub(crate) fn press(&mut self, phone: usize, call: usize, digit: char) {
        let port = self.phones[phone].calls[call].remote.expect("answered");
        let leg = self.sound.leg_at(port).expect("a session is open there");
        self.input(Input::Media(rappel_media::Event::Digit {
            leg,
            digit,
            way: rappel_model::KeyWay::Event,
        }));
    }

    /// Nothing arrives any more from the peer of a call.
    pub(crate) fn lose_media(&mut self, phone: usize, call: usize) {
        let port = self.phones[phone].calls[call].remote.expect("answered");
        let leg = self.sound.leg_at(port).expect("a session is open there");
        self.input(Input::Media(rappel_media::Event::Lost { leg }));
    }

    /// The same where the session may be gone by now.
    pub(crate) fn try_press(&mut self, phone: usize, call: usize, digit: char) {
        let port = self.phones[phone].calls[call].remote;
        if let Some(leg) = port.and_then(|port| self.sound.leg_at(port)) {
            self.input(Input::Media(rappel_media::Event::Digit {
                leg,
                digit,
                way: rappel_model::KeyWay::Event,
            }));
        }
    }

    /// The same where the session may be gone by now.
    pub(crate) fn try_lose_media(&mut self, phone: usize, call: usize) {
        let port = self.phones[phone].calls[call].remote;
        if let Some(leg) = port.and_then(|port| self.sound.leg_at(port)) {
            self.input(Input::Media(rappel_media::Event::Lost { leg }));
        }
    }

    /// Lets `length` pass.
    pub(crate) fn run(&mut self, length: Duration) {
        let until = self.now.instant + length;
        while let Some(at) = self.next_at().filter(|at| *at <= until) {
            self.step(at);
        }
        self.advance(until);
    }

    /// Runs until nothing is under way and no call is in progress, at most `limit`.
    pub(crate) fn settle(&mut self, limit: Duration) {
        let until = self.now.instant + limit;
        while let Some(at) = self.next_at().filter(|at| *at <= until) {
            self.step(at);
            let live = self.board.live();
            if self.transit.is_empty() && live.calls == 0 && live.sip.transactions == 0 {
                break;
            }
        }
    }

    /// Nothing of any call is left.
    pub(crate) fn assert_quiet(&self) {
        let live = self.board.live();
        assert_eq!(live.calls, 0, "calls");
        assert_eq!(live.alarms, 0, "alarms");
        assert_eq!(live.questions, 0, "questions");
        assert_eq!(live.ledger.ports, 0, "ports");
        assert_eq!(live.ledger.free, 80, "free ports");
        assert_eq!(live.outside, 0, "calls counted at trunks");
        assert_eq!(live.ledger.dialogs, 0, "dialogs of calls");
        assert_eq!(live.sip.dialogs, 0, "dialogs of signalling");
        assert_eq!(live.sip.transactions, 0, "transactions");
        assert_eq!(self.sound.open(), 0, "media sessions");
    }

    /// The only record.
    pub(crate) fn record(&self) -> &CallRecord {
        assert_eq!(self.records.len(), 1, "{:#?}", self.records);
        &self.records[0]
    }

    pub(crate) fn facts(&self) -> Vec<&Fact> {
        self.diary.iter().map(|event| &event.fact).collect()
    }

    /// The diary as text.
    pub(crate) fn diary_text(&self) -> String {
        let lines: Vec<String> = self.diary.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.board.handle_input(self.now, input);
        self.drain_board();
    }

    fn next_at(&self) -> Option<Instant> {
        let transit = self.transit.keys().next().map(|(at, _)| *at);
        let board = self.board.poll_timeout().map(|d: Deadline| d.at);
        let phones = self.phones.iter().filter_map(Phone::poll_timeout).min();
        [transit, board, phones].into_iter().flatten().min()
    }

    fn advance(&mut self, at: Instant) {
        self.now = self.now.after(at.since(self.now.instant));
    }

    fn step(&mut self, at: Instant) {
        self.advance(at);
        if let Some(first) = self.transit.first_entry()
            && first.key().0 <= self.now.instant
        {
            let parcel = first.remove();
            self.deliver(parcel);
            return;
        }
        if self
            .board
            .poll_timeout()
            .is_some_and(|d| d.at <= self.now.instant)
        {
            let before = self.board.poll_timeout();
            self.board.handle_timeout(self.now);
            let spins = self.board.poll_timeout() == before;
            assert!(!spins, "a deadline that passed stays: {before:?}");
            self.drain_board();
        }
        for phone in 0..self.phones.len() {
            self.phones[phone].handle_timeout(self.now);
            self.drain_phone(phone);
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::ToBoard(bytes, flow) => {
                let message = wire::parse(&bytes).expect("phones write SIP");
                self.input(Input::Sip(rappel_sip::Input::Received { message, flow }));
            }
            Parcel::ToPhone(phone, bytes, flow) => {
                let message = wire::parse(&bytes).expect("the board writes SIP");
                let replies = self.phones[phone].receive(self.now, message, flow);
                for bytes in replies {
                    self.send_to_board(phone, bytes);
                }
                self.drain_phone(phone);
            }
            Parcel::Sound(later) => {
                if let Some(event) = self.sound.due(later) {
                    self.input(Input::Media(event));
                }
            }
            Parcel::Answer(question, answer) => {
                self.input(Input::Answer { question, answer });
            }
            Parcel::Act(phone, call, act) => self.act(phone, call, act),
        }
    }

    fn drain_board(&mut self) {
        let outputs: VecDeque<Output> = std::iter::from_fn(|| self.board.poll_output()).collect();
        for output in outputs {
            format!("{:?} {output:?}", self.now).hash(&mut self.transcript);
            match output {
                Output::Sip { bytes, flow, .. } => {
                    let to = self.phones.iter().position(|p| p.address == flow.remote);
                    let phone = to.expect("the board sends to phones");
                    self.post_datagram(Parcel::ToPhone(phone, bytes, flow_from(flow.remote)));
                }
                Output::Media {
                    command, version, ..
                } => {
                    if let Command::Play { sounds, .. } = &command {
                        for sound in sounds {
                            if let Sound::Clip { key, language, .. } = sound {
                                self.plays.push((version, key.clone()));
                                self.languages.push(language.to_string());
                            }
                        }
                    }
                    for (delay, later) in self.sound.obey(self.now.instant, command) {
                        self.post(delay, Parcel::Sound(later));
                    }
                }
                Output::Ask { question, ask } => {
                    let answer = self.ponder(ask);
                    self.post(Duration::from_millis(20), Parcel::Answer(question, answer));
                }
                Output::Write(Write::Call(record)) => self.records.push(*record),
                Output::Write(write) => self.writes.push(write),
                Output::Diary(event) => self.diary.push(event),
                Output::Lookup { name, .. } => panic!("no name is looked up here: {name}"),
                Output::Source(_) => {}
                Output::Trunks(_, report) => self.trunks = Some(*report),
                Output::Drained => self.drained = true,
            }
        }
    }

    fn ponder(&self, ask: Question) -> Answer {
        match (ask, self.disk) {
            (Question::KeepMessage(message), Disk::Fine) => Answer::Kept(message.id),
            (
                Question::DeleteMessage { .. }
                | Question::KeepConsent(_)
                | Question::KeepForward(_),
                Disk::Fine,
            ) => Answer::Stored,
            (Question::Http { .. }, _) => Answer::Http(self.elsewhere.clone()),
            (Question::CheckPin { pin, .. }, _) => Answer::Pin(if pin.reveal() == "4711" {
                rappel_ivr::PinVerdict::Right
            } else {
                rappel_ivr::PinVerdict::Wrong
            }),
            (_, Disk::Full) => Answer::NotStored("no space left on device".to_owned()),
        }
    }

    pub(crate) fn drain_phone(&mut self, phone: usize) {
        for bytes in self.phones[phone].drain(self.now) {
            self.send_to_board(phone, bytes);
        }
        for (delay, call, act) in std::mem::take(&mut self.phones[phone].planned) {
            self.post(delay, Parcel::Act(phone, call, act));
        }
    }

    /// How many parcels were posted: a number nobody else has.
    pub(crate) fn posted(&self) -> u64 {
        self.posted
    }

    pub(crate) fn send_to_board(&mut self, phone: usize, bytes: Bytes) {
        let phone = &self.phones[phone];
        let flow = phone.flow.unwrap_or_else(|| flow_to(phone.address));
        self.post_datagram(Parcel::ToBoard(bytes, flow));
    }

    fn post_datagram(&mut self, parcel: Parcel) {
        let Network { loss, delay } = self.network;
        if self.random.chance(loss) {
            return;
        }
        let micros = delay.0 + self.random.below(delay.1 - delay.0 + 1);
        self.post(Duration::from_micros(micros), parcel);
    }

    fn post(&mut self, delay: Duration, parcel: Parcel) {
        self.posted += 1;
        let key = (self.now.instant + delay, self.posted);
        self.transit.insert(key, parcel);
    }
}
