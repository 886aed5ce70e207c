//! The voice of one call of a handset: a socket of its own, a tone that is said for as long as it is
//! wanted, and every sample that is heard. RTP by RFC 3550, A-law, written here alone.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::phone::{alaw_to_linear, linear_to_alaw};

/// What is heard and said in one call.
#[derive(Debug)]
pub(super) struct Voice {
    socket: UdpSocket,
    /// Where the engine wants our packets, as its SDP says.
    pub(super) remote: Option<SocketAddr>,
    /// The tone that is said; silence without.
    pub(super) tone: Option<f32>,
    /// A second one beside it, while a key is down.
    pub(super) beside: Option<f32>,
    /// Nothing is sent while on hold.
    pub(super) muted: bool,
    /// What was heard since it was last forgotten, packet after packet as they came.
    pub(super) heard: Vec<i16>,
    /// Where that came from.
    pub(super) came: Came,
    sent: u32,
    next: Instant,
    version: u32,
}

/// The stream of packets that came since it was last forgotten.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// Each source with the address it came from.
    pub sources: BTreeSet<(u32, SocketAddr)>,
    /// How often the numbers of the packets did not go on one by one.
    pub jumps: usize,
    /// How many packets.
    pub packets: usize,
    last: Option<u16>,
}

impl Came {
    fn note(&mut self, packet: &[u8], from: SocketAddr) {
        let number = u16::from_be_bytes([packet[2], packet[3]]);
        let source = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let goes_on = self.last.is_none_or(|last| number == last.wrapping_add(1));
        self.last = Some(number);
        self.jumps += usize::from(!goes_on);
        self.packets += 1;
        self.sources.insert((source, from));
    }
}

impl Voice {
    /// A free port on the handset's address.
    pub(super) fn open(at: IpAddr) -> Self {
        let socket = UdpSocket::bind((at, 0)).expect("a socket on a loopback address");
        socket
            .set_nonblocking(true)
            .expect("it can be non-blocking");
        Self {
            socket,
            remote: None,
            tone: None,
            beside: None,
            muted: false,
            heard: Vec::new(),
            came: Came::default(),
            sent: 0,
            next: Instant::now(),
            version: 0,
        }
    }

    /// The same stream from another port.
    pub(super) fn rebind(&mut self) {
        let at = self.socket.local_addr().expect("it is bound");
        *self = Self {
            socket: Self::open(at.ip()).socket,
            heard: std::mem::take(&mut self.heard),
            came: self.came.clone(),
            ..*self
        };
    }

    /// Our session in SDP; `direction` is `sendrecv`, `sendonly` …
    pub(super) fn sdp(&mut self, direction: &str) -> String {
        let at = self.socket.local_addr().expect("it is bound");
        self.version += 1;
        format!(
            "v=0\r\no=- 1 {} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na={direction}\r\n",
            self.version,
            at.port(),
            ip = at.ip(),
        )
    }

    /// Takes the address out of the engine's session.
    pub(super) fn agree(&mut self, sdp: &str) {
        let line = |start: &str| {
            let found = sdp.lines().find_map(|line| line.strip_prefix(start));
            found.and_then(|rest| rest.split(' ').next()).map(str::trim)
        };
        let ip = line("c=IN IP4 ").and_then(|ip| ip.parse::<IpAddr>().ok());
        let port = line("m=audio ").and_then(|port| port.parse().ok());
        if let (Some(ip), Some(port)) = (ip, port) {
            self.remote = Some((ip, port).into());
        }
    }

    /// Hears what came and says what is due.
    pub(super) fn turn(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            if length > 12 && buffer[1] & 0x7f == 8 && self.heard.len() < MAX_HEARD {
                self.came.note(&buffer[..length], from);
                let samples = buffer[12..length].iter().map(|byte| alaw_to_linear(*byte));
                self.heard.extend(samples);
            }
        }
        while Instant::now() >= self.next {
            self.next += Duration::from_millis(20);
            self.sent += 1;
            let Some(remote) = self.remote.filter(|_| !self.muted) else {
                continue;
            };
            let mut packet = vec![0x80, 8];
            packet.extend((self.sent as u16).to_be_bytes());
            packet.extend((self.sent * 160).to_be_bytes());
            packet.extend(0x0052_0001u32.to_be_bytes());
            packet.extend((0..160).map(|i| self.sample(i)));
            // A packet that the system refuses is lost, as on any network.
            let _lost = self.socket.send_to(&packet, remote).is_err();
        }
    }

    /// One A-law sample of the packet that is made: each tone at −10 dB.
    fn sample(&self, i: u32) -> u8 {
        // A second holds a whole number of periods of any whole frequency.
        let at = (self.sent * 160 + i) % 8_000;
        let tones = [self.tone, self.beside].into_iter().flatten();
        let sum: f32 = tones
            .map(|hertz| (at as f32 * hertz * std::f32::consts::TAU / 8_000.0).sin())
            .sum();
        linear_to_alaw((sum * 10_361.0) as i16)
    }
}

/// Two minutes of sound.
const MAX_HEARD: usize = 8_000 * 120;
