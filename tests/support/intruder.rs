//! Somebody who has found the ports of a call's voice and sends there from other addresses: a tone under
//! the right numbers, keys, garbage, packets broken one way each, and what was heard on the way.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use rappel_model::Random;

use crate::phone::linear_to_alaw;

/// The tone that an intruder says, in Hz: whoever hears it hears the intruder.
pub const INTRUDER: f32 = 440.0;

/// One port of the engine, and what can be known of its peer by listening on the way.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where the engine takes the peer's voice.
    pub port: SocketAddr,
    /// The peer's own source.
    pub source: u32,
    /// Packets of the peer as they went by, to be sent again.
    pub overheard: Vec<Vec<u8>>,
}

/// Sockets at addresses that nobody has signalled.
#[derive(Debug)]
pub struct Intruder {
    sockets: Vec<UdpSocket>,
    random: Random,
    sent: u64,
}

impl Intruder {
    /// One with a port at each of these addresses.
    pub fn at(addresses: &[IpAddr]) -> Self {
        let open = |address: &IpAddr| {
            let socket = UdpSocket::bind((*address, 0)).expect("a loopback address");
            socket.set_nonblocking(true).expect("it can be");
            socket
        };
        Self {
            sockets: addresses.iter().map(open).collect(),
            random: Random::from_seed(7),
            sent: 0,
        }
    }

    /// Sends everything there is to each target from each address, again and again for `rounds` of
    /// 40 ms each.
    pub fn attack(&mut self, targets: &[Target], rounds: u32) {
        for round in 0..rounds {
            for target in targets {
                let packets = self.voice(target, round);
                let reports = self.reports(target);
                let above = SocketAddr::new(target.port.ip(), target.port.port() + 1);
                for (n, socket) in self.sockets.iter().enumerate() {
                    for packet in &packets {
                        self.sent += u64::from(socket.send_to(packet, target.port).is_ok());
                    }
                    // RTCP is the peer's if it comes from its host: a stranger is one elsewhere.
                    for report in reports.iter().filter(|_| n == 0) {
                        self.sent += u64::from(socket.send_to(report, target.port).is_ok());
                        self.sent += u64::from(socket.send_to(report, above).is_ok());
                    }
                }
            }
            thread::sleep(Duration::from_millis(40));
        }
    }

    /// Speaks as the peer of that port would, from each address so many packets in a row.
    pub fn pretend(&mut self, port: SocketAddr, packets: u32) {
        for socket in &self.sockets {
            for n in 0..packets {
                let mut packet = header(8, n as u16, n * 160, 0x0666_0001);
                packet.extend((0..160).map(|i| tone(n * 160 + i)));
                self.sent += u64::from(socket.send_to(&packet, port).is_ok());
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// How many datagrams the system took.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many datagrams came back: none, as long as no stream has moved.
    pub fn answers(&self) -> usize {
        let mut buffer = [0; 2048];
        let count = |socket: &UdpSocket| {
            let mut count = 0;
            while socket.recv(&mut buffer).is_ok() {
                count += 1;
            }
            count
        };
        self.sockets.iter().map(count).sum()
    }

    /// What is sent to the port of RTP.
    fn voice(&mut self, target: &Target, round: u32) -> Vec<Vec<u8>> {
        let tone: Vec<u8> = (0..160).map(|i| tone(round * 160 + i)).collect();
        let number = (round as u16).wrapping_add(self.random.below(40) as u16);
        let good = |payload_type, source, payload: &[u8]| {
            let mut packet = header(payload_type, number, round * 160, source);
            packet.extend(payload);
            packet
        };
        let own = good(8, target.source, &tone);
        let with = |first: u8| {
            let mut packet = own.clone();
            packet[0] = first;
            packet
        };
        // Key 1, held for 100 ms, its end said three times over (RFC 4733 §2.5.1.4).
        let key = good(101, target.source, &[1, 0x8a, 3, 0x20]);
        let mut packets = vec![
            own.clone(),
            good(8, self.random.next_u32(), &tone),
            good(8, self.random.next_u32(), &tone),
            good(0, target.source, &tone),
            good(77, target.source, &tone),
            key.clone(),
            key,
            // Cut short, other versions, and headers that reach behind the end.
            own[..self.random.below(12) as usize].to_vec(),
            with(0x00),
            with(0x40),
            with(0xc0),
            with(0x8f)[..40].to_vec(),
            with(0x90)[..14].to_vec(),
            [&with(0x90)[..12], &[0xbe, 0xde, 0xff, 0xff]].concat(),
            with(0xa0)[..12].to_vec(),
            [&with(0xa0)[..20], &[0xff]].concat(),
            Vec::new(),
        ];
        let mut garbage = vec![0; self.random.below(400) as usize];
        self.random.fill(&mut garbage);
        packets.push(garbage);
        if round.is_multiple_of(10) {
            packets.push(own.iter().copied().cycle().take(LARGEST).collect());
        }
        let overheard = &target.overheard;
        if !overheard.is_empty() {
            packets.push(overheard[round as usize % overheard.len()].clone());
            packets.push(overheard[overheard.len() - 1].clone());
        }
        packets
    }

    /// RTCP: the peer says goodbye, reports that all is lost, or nonsense (RFC 3550 §6.4, §6.6).
    fn reports(&mut self, target: &Target) -> Vec<Vec<u8>> {
        let source = target.source.to_be_bytes();
        let mut goodbye = vec![0x80, 201, 0, 1];
        goodbye.extend(source);
        goodbye.extend([0x81, 203, 0, 1]);
        goodbye.extend(source);
        let mut sender = vec![0x81, 200, 0, 12];
        sender.extend(source);
        sender.extend([0xff; 20]);
        sender.extend(source);
        sender.extend([0xff; 20]);
        let mut nonsense = vec![0x9f, 200, 0xff, 0xff];
        nonsense.resize(4 + self.random.below(200) as usize, 0x5a);
        vec![goodbye, sender, nonsense]
    }
}

/// An RTP header (RFC 3550 §5.1).
fn header(payload_type: u8, number: u16, timestamp: u32, source: u32) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(number.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(source.to_be_bytes());
    packet
}

/// One A-law sample of the intruder's tone, as loud as it may be.
fn tone(at: u32) -> u8 {
    let angle = at as f32 * INTRUDER * std::f32::consts::TAU / 8_000.0;
    linear_to_alaw((angle.sin() * 30_000.0) as i16)
}

/// The largest datagram there is.
const LARGEST: usize = 65_507;
