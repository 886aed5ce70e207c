//! A phone of our own for whole-house tests: it dials from the trunk's address, says tones, presses
//! keys and keeps every sample it hears, placed by RTP timestamp.
//!
//! Signalling is our endpoint; voice is written here from RFC 3550 and RFC 4733 alone, so that a
//! fault of our media rooms cannot hide itself.

use std::collections::{BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rappel_model::{Now, Random, Secrecy, Secret, Timestamp};
use rappel_rtp::sdp::{Material, Negotiation};
use rappel_rtp::{Direction, Encoding, Secured, Security, Stream};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{DialogId, DialogNews, Endpoint, Flow, Input, Invite, Output, Transport, wire};

use crate::listen::Sound;
use crate::wait::until;

/// One call, placed and running in a thread of its own.
#[derive(Debug)]
pub struct Phone {
    orders: Sender<Order>,
    seen: Arc<Mutex<Seen>>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// What the phone has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The call was answered.
    pub answered: bool,
    /// Final status of a call that was not.
    pub failed: Option<u16>,
    /// The other side hung up.
    pub ended: bool,
    /// Where the engine wants our voice.
    pub voice_at: Option<SocketAddr>,
    /// Sources and addresses of all voice that came, and how often its numbers did not go on.
    pub sources: BTreeSet<(u32, SocketAddr)>,
    /// How often the numbers of the packets that came did not go on one by one.
    pub jumps: usize,
    /// The packets sent last, as they went by the wire.
    pub sent: VecDeque<Vec<u8>>,
    heard: Vec<i16>,
}

#[derive(Debug)]
enum Order {
    Press(char),
    Say { hertz: f32, length: Duration },
    HangUp,
    Abandon,
}

impl Phone {
    /// Dials `number` at the engine from `from`.
    pub fn dial(engine: SocketAddr, from: impl Into<IpAddr>, number: &str) -> Self {
        Self::dial_by(engine, from.into(), number, (None, Secrecy::Off), false)
    }

    /// The same, and sends no voice but what it is told to say.
    pub fn dial_mute(engine: SocketAddr, from: impl Into<IpAddr>, number: &str) -> Self {
        Self::dial_by(engine, from.into(), number, (None, Secrecy::Off), true)
    }

    /// The same with its voice encrypted (SRTP, keys in SDP), or there is no call.
    pub fn dial_encrypted(engine: SocketAddr, from: impl Into<IpAddr>, number: &str) -> Self {
        Self::dial_by(
            engine,
            from.into(),
            number,
            (None, Secrecy::Required),
            false,
        )
    }

    /// Dials `number` as a user who proves who they are: a name and a password.
    pub fn dial_as(
        engine: SocketAddr,
        from: impl Into<IpAddr>,
        number: &str,
        (name, password): (&str, &str),
    ) -> Self {
        let account = Account {
            username: name.to_owned(),
            password: Secret::new(password),
        };
        Self::dial_by(
            engine,
            from.into(),
            number,
            (Some(account), Secrecy::Off),
            false,
        )
    }

    fn dial_by(
        engine: SocketAddr,
        from: IpAddr,
        number: &str,
        (account, secrecy): (Option<Account>, Secrecy),
        is_mute: bool,
    ) -> Self {
        let (orders, taken) = channel();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut line = Line::open(engine, from, taken, Arc::clone(&seen));
        line.is_mute = is_mute;
        line.protect(secrecy);
        line.invite(number, account);
        let address = line.flow.local;
        let thread = Some(thread::spawn(move || line.run()));
        Self {
            orders,
            seen,
            address,
            thread,
        }
    }

    /// Where it speaks SIP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has seen so far.
    pub fn seen(&self) -> Seen {
        self.seen
            .lock()
            .expect("the phone's thread did not fail")
            .clone()
    }

    /// What it has heard so far, from the answer on, or from what was said before it.
    pub fn heard(&self) -> Sound {
        Sound::from_samples(&self.seen().heard)
    }

    /// Waits for the answer.
    pub fn await_answer(&self) {
        until("the call to be answered", Duration::from_secs(20), || {
            let seen = self.seen();
            assert_eq!(seen.failed, None, "the call was refused");
            seen.answered.then_some(())
        });
    }

    /// Waits for the other side to hang up.
    pub fn await_end(&self, limit: Duration) {
        until("the other side to hang up", limit, || {
            self.seen().ended.then_some(())
        });
    }

    /// Waits until `sentence` has been heard after `from` ms, and says where it ends, in ms.
    pub fn await_sentence(&self, sentence: &Sound, from: usize, limit: Duration) -> usize {
        until("a sentence to be heard", limit, || {
            let heard = self.heard();
            let part = heard.part(from, heard.millis());
            let (at, alike) = part.find(sentence)?;
            (alike > crate::listen::ALIKE).then_some(from + at + sentence.millis())
        })
    }

    /// Presses a key for 100 ms.
    pub fn press(&self, key: char) {
        self.order(Order::Press(key));
    }

    /// Says a tone at −10 dB.
    pub fn say(&self, hertz: f32, length: Duration) {
        self.order(Order::Say { hertz, length });
    }

    /// Hangs up and ends the phone.
    pub fn hang_up(mut self) {
        self.order(Order::HangUp);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the phone's thread did not fail");
        }
    }

    /// Falls silent without a word: what callers of an engine that died are left with.
    pub fn abandon(self) {
        self.order(Order::Abandon);
    }

    fn order(&self, order: Order) {
        // A phone whose call is over takes no more orders; what follows will notice.
        let _over = self.orders.send(order).is_err();
    }
}

/// The thread's side.
#[derive(Debug)]
struct Line {
    endpoint: Endpoint,
    sip: UdpSocket,
    rtp: UdpSocket,
    flow: Flow,
    start: Instant,
    orders: Receiver<Order>,
    seen: Arc<Mutex<Seen>>,
    dialog: Option<DialogId>,
    negotiation: Negotiation,
    voice: Option<Voice>,
    /// Nothing is sent while there is nothing to say.
    is_mute: bool,
    over: bool,
    abandoned: bool,
}

/// The media of an answered call.
#[derive(Debug)]
struct Voice {
    stream: Stream,
    secured: Option<Secured>,
    sequence: u16,
    timestamp: u32,
    /// Tones and keys that are still to be said.
    plan: VecDeque<Order>,
    said: Duration,
    first: Option<u32>,
    /// The number of the packet that came last.
    last: Option<u16>,
    next: Instant,
}

impl Line {
    fn open(
        engine: SocketAddr,
        from: IpAddr,
        orders: Receiver<Order>,
        seen: Arc<Mutex<Seen>>,
    ) -> Self {
        let socket = || {
            let socket = UdpSocket::bind((from, 0)).expect("a socket on a loopback address");
            socket
                .set_nonblocking(true)
                .expect("it can be non-blocking");
            socket
        };
        let (sip, rtp) = (socket(), socket());
        let local = sip.local_addr().expect("it is bound");
        let flow = Flow {
            transport: Transport::Udp,
            local,
            remote: engine,
            connection: None,
        };
        let media = rtp.local_addr().expect("it is bound");
        let seed = u64::from(local.port()) << 16 | u64::from(media.port());
        Self {
            endpoint: Endpoint::new(rappel_sip::Settings::default(), Random::from_seed(seed)),
            sip,
            rtp,
            flow,
            start: Instant::now(),
            orders,
            seen,
            dialog: None,
            negotiation: Negotiation::new(media, 1, vec![Encoding::Pcma]),
            voice: None,
            is_mute: false,
            over: false,
            abandoned: false,
        }
    }

    fn now(&self) -> Now {
        let since = self.start.elapsed();
        Now {
            instant: rappel_model::Instant::ZERO + since,
            wall: Timestamp::from_micros(1_800_000_000_000_000) + since,
        }
    }

    fn protect(&mut self, secrecy: Secrecy) {
        let mut material = Material::EMPTY;
        let seed = u64::from(self.flow.local.port());
        Random::from_seed(seed).fill(&mut material.0);
        self.negotiation = self.negotiation.clone().protected(secrecy, material);
    }

    fn invite(&mut self, number: &str, account: Option<Account>) {
        let target = Uri::Sip(SipUri::at(number, self.flow.remote));
        let name = account
            .as_ref()
            .map_or("+33639981234", |account| &account.username);
        let from = Uri::Sip(SipUri::at(name, self.flow.local));
        let invite = Invite {
            target: target.clone(),
            way: self.flow.into(),
            from: NameAddr::new(from),
            to: NameAddr::new(target),
            body: self.negotiation.offer(Direction::SendRecv),
            headers: Vec::new(),
            account,
            patience: None,
            max_forwards: None,
        };
        self.dialog = Some(self.endpoint.invite(self.now(), invite));
    }

    fn run(mut self) {
        while !self.over {
            self.take_orders();
            self.hear_signalling();
            self.carry();
            self.hear_voice();
            self.speak();
            thread::sleep(Duration::from_millis(2));
        }
        // The last BYE or ACK may need a second try.
        let end = Instant::now() + Duration::from_millis(600);
        while !self.abandoned && Instant::now() < end && self.endpoint.live().dialogs > 0 {
            self.hear_signalling();
            self.carry();
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn take_orders(&mut self) {
        loop {
            match self.orders.try_recv() {
                Ok(Order::HangUp) => self.hang_up(),
                Ok(Order::Abandon) => {
                    self.over = true;
                    self.abandoned = true;
                }
                Ok(order) => {
                    if let Some(voice) = &mut self.voice {
                        voice.plan.push_back(order);
                    }
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => return,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return self.hang_up(),
            }
        }
    }

    fn hang_up(&mut self) {
        if let Some(dialog) = self.dialog.take() {
            let now = self.now();
            self.endpoint.hang_up(now, dialog, None);
        }
        self.carry();
        self.over = true;
    }

    fn hear_signalling(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.sip.recv(&mut buffer) {
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            let message = wire::parse(&bytes).expect("the engine sends SIP");
            let input = Input::Received {
                message,
                flow: self.flow,
            };
            self.endpoint.handle_input(self.now(), input);
        }
        self.endpoint.handle_timeout(self.now());
    }

    fn carry(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { bytes, flow, .. } => {
                    self.sip
                        .send_to(&bytes, flow.remote)
                        .expect("loopback takes it");
                }
                Output::Dialog { dialog, news, .. } => self.news(dialog, &news),
                _ => {}
            }
        }
    }

    fn news(&mut self, dialog: DialogId, news: &DialogNews) {
        let mut seen = self.seen.lock().expect("nobody fails while holding it");
        match news {
            DialogNews::Progress { body, .. } if !body.is_empty() && self.voice.is_none() => {
                drop(seen);
                self.begin_voice(body);
            }
            DialogNews::Answered { body } => {
                seen.answered = true;
                drop(seen);
                // What was said before the answer goes on (RFC 3261 §13.2.1: it is the same).
                if self.voice.is_none() {
                    self.begin_voice(body);
                }
            }
            DialogNews::Failed { status, .. } => {
                seen.failed = Some(*status);
                self.over = true;
            }
            DialogNews::Ended { .. } => {
                seen.ended = true;
                self.over = true;
            }
            DialogNews::Offer { body } => {
                let answer = self.negotiation.receive_offer(body, Direction::SendRecv);
                drop(seen);
                let now = self.now();
                match answer {
                    Ok((body, _)) => self.endpoint.answer_offer(now, dialog, body),
                    Err(refused) => self.endpoint.refuse_offer(now, dialog, refused.status()),
                }
            }
            _ => {}
        }
    }

    fn begin_voice(&mut self, answer: &[u8]) {
        let stream = self.negotiation.receive_answer(answer);
        let stream = stream.expect("an answer to our offer");
        let secured = match &stream.security {
            Security::Plain | Security::Dtls(_) => None,
            Security::Srtp(keys) => Some(Secured::new(**keys)),
        };
        let mut seen = self.seen.lock().expect("nobody fails while holding it");
        seen.voice_at = Some(stream.remote);
        self.voice = Some(Voice {
            stream,
            secured,
            sequence: 1,
            timestamp: 0,
            plan: VecDeque::new(),
            said: Duration::ZERO,
            first: None,
            last: None,
            next: Instant::now(),
        });
    }

    /// Puts every A-law packet where its timestamp says; gaps stay silent.
    fn hear_voice(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = self.rtp.recv_from(&mut buffer) {
            let (Some(voice), true) = (&mut self.voice, length > 12) else {
                continue;
            };
            if buffer[1] & 0x7f != voice.stream.payload_type.heard {
                continue;
            }
            let plain = match &mut voice.secured {
                Some(secured) => secured.unprotect(&mut buffer[..length]),
                None => Some(length),
            };
            let length = plain.expect("what the engine sends is under its key");
            let packet = &buffer[..length];
            let number = u16::from_be_bytes([packet[2], packet[3]]);
            let source = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
            let goes_on = voice.last.is_none_or(|last| number == last.wrapping_add(1));
            voice.last = Some(number);
            let mut seen = self.seen.lock().expect("nobody fails while holding it");
            seen.sources.insert((source, from));
            seen.jumps += usize::from(!goes_on);
            let timestamp = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
            let first = *voice.first.get_or_insert(timestamp);
            let at = timestamp.wrapping_sub(first) as usize;
            if at < MAX_HEARD {
                let end = at + length - 12;
                if seen.heard.len() < end {
                    seen.heard.resize(end, 0);
                }
                for (slot, byte) in seen.heard[at..end].iter_mut().zip(&packet[12..]) {
                    *slot = alaw_to_linear(*byte);
                }
            }
        }
    }

    /// One packet every 20 ms, as a phone sends it: sound, silence or a key.
    fn speak(&mut self) {
        let Some(voice) = &mut self.voice else { return };
        while Instant::now() >= voice.next {
            voice.next += Duration::from_millis(20);
            if self.is_mute && voice.plan.is_empty() {
                voice.timestamp = voice.timestamp.wrapping_add(160);
                continue;
            }
            let mut packet = vec![0x80, voice.stream.payload_type.sent];
            packet.extend(voice.sequence.to_be_bytes());
            packet.extend(voice.timestamp.to_be_bytes());
            packet.extend(0x0051_0001u32.to_be_bytes());
            voice.fill(&mut packet);
            voice.sequence = voice.sequence.wrapping_add(1);
            voice.timestamp = voice.timestamp.wrapping_add(160);
            if let Some(secured) = &mut voice.secured {
                let mut sealed = vec![0; packet.len() + 32];
                let length = secured.protect(&packet, &mut sealed);
                sealed.truncate(length.expect("there is room for the tag"));
                packet = sealed;
            }
            // A packet that the system refuses is lost, as on any network.
            let _lost = self.rtp.send_to(&packet, voice.stream.remote).is_err();
            let mut seen = self.seen.lock().expect("nobody fails while holding it");
            seen.sent.push_back(packet);
            if seen.sent.len() > MAX_SENT {
                seen.sent.pop_front();
            }
        }
    }
}

impl Voice {
    /// The payload of the next packet; a key rewrites the header for RFC 4733.
    fn fill(&mut self, packet: &mut Vec<u8>) {
        let step = self.said;
        self.said += Duration::from_millis(20);
        match self.plan.front() {
            Some(Order::Say { hertz, length }) => {
                let first = (step.as_millis() * 8) as usize;
                let wave = |i: usize| {
                    let angle = (first + i) as f32 * hertz * std::f32::consts::TAU / 8000.0;
                    linear_to_alaw((angle.sin() * 10_361.0) as i16)
                };
                packet.extend((0..160).map(wave));
                if self.said >= *length {
                    self.next_order();
                }
            }
            Some(Order::Press(key)) => {
                let code = match key {
                    '*' => 10,
                    '#' => 11,
                    digit => digit.to_digit(10).expect("a key of a phone") as u8,
                };
                let tick = (step.as_millis() / 20) as u16;
                // Five packets while it is down, then the end three times.
                let end = tick >= 5;
                let duration = (tick.min(5) + 1) * 160;
                let pressed = self.timestamp.wrapping_sub(u32::from(tick) * 160);
                packet[1] = self.stream.telephone_event.expect("it was agreed").sent;
                packet[1] |= if tick == 0 { 0x80 } else { 0 };
                packet[4..8].copy_from_slice(&pressed.to_be_bytes());
                packet.extend([code, if end { 0x8a } else { 0x0a }]);
                packet.extend(duration.to_be_bytes());
                if tick >= 7 {
                    self.next_order();
                }
            }
            Some(Order::HangUp | Order::Abandon) | None => {
                packet.extend([0xD5; 160]);
                self.said = Duration::ZERO;
            }
        }
    }

    fn next_order(&mut self) {
        self.plan.pop_front();
        self.said = Duration::ZERO;
    }
}

/// ITU-T G.711 A-law, decoded by the definition.
pub(crate) fn alaw_to_linear(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let exponent = (byte >> 4) & 7;
    let mantissa = i16::from(byte & 15) << 4 | 8;
    let value = match exponent {
        0 => mantissa,
        e => (mantissa | 0x100) << (e - 1),
    };
    if byte & 0x80 != 0 { value } else { -value }
}

/// ITU-T G.711 A-law, encoded by the definition.
pub(crate) fn linear_to_alaw(sample: i16) -> u8 {
    let (sign, value) = if sample >= 0 {
        (0x80, sample)
    } else {
        (0, !sample)
    };
    let value = value >> 4;
    let exponent = (16 - value.leading_zeros() as i16 - 4).max(0);
    let mantissa = if exponent == 0 {
        value
    } else {
        value >> (exponent - 1)
    } & 15;
    (sign | (exponent as u8) << 4 | mantissa as u8) ^ 0x55
}

/// A second of sound.
const MAX_SENT: usize = 50;

/// Ten minutes of sound: no test listens longer.
const MAX_HEARD: usize = 8000 * 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_alaw_is_the_inverse_of_itself() {
        for byte in 0..=255u8 {
            assert_eq!(linear_to_alaw(alaw_to_linear(byte)), byte, "{byte:02x}");
        }
        assert_eq!(alaw_to_linear(0xD5), 8);
    }
}
