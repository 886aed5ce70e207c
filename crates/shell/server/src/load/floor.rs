//! The floor: the barest loops that receive and send the same packets on as many sockets. What a
//! call costs is told in multiples of it. A prompt is paced by a clock, a bridge by what arrives.

use std::io::BufRead;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use rappel_rtp::{Encoding, Stream};
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::{RecvFlags, SendFlags, recvfrom, sendto};

use super::pump::Line;
use super::voice::{Sound, Voice};

/// What a floor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One stream a call: a packet out each 20 ms, what came in is read.
    Paced,
    /// Two streams a call: what comes in on one socket leaves by the other.
    Relay,
}

/// Binds sockets for `calls` on `address`, prints their ports on one line, then moves packets until
/// the standard input closes.
pub(crate) fn serve(address: IpAddr, calls: usize, kind: Kind) -> Result<(), String> {
    let count = match kind {
        Kind::Paced => calls,
        Kind::Relay => calls * 2,
    };
    let sockets: Vec<UdpSocket> = (0..count)
        .map(|_| socket(address))
        .collect::<Result<_, _>>()?;
    let ports: Vec<String> = sockets
        .iter()
        .map(|s| s.local_addr().map(|a| a.port().to_string()))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    println!("{}", ports.join(" "));
    let ended = thread::spawn(|| std::io::stdin().lock().lines().for_each(drop));
    match kind {
        Kind::Paced => move_packets(&sockets, || ended.is_finished()),
        Kind::Relay => return relay(&sockets, || ended.is_finished()).map_err(|e| e.to_string()),
    }
    Ok(())
}

/// As packets come: one receive, and one send by the other socket of the pair; nothing else. Its
/// readiness is told anew as long as there is something to read, so that no receive is made in vain.
fn relay(sockets: &[UdpSocket], ended: impl Fn() -> bool) -> std::io::Result<()> {
    let poller = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    for (i, socket) in sockets.iter().enumerate() {
        let data = epoll::EventData::new_u64(i as u64);
        epoll::add(&poller, socket, data, epoll::EventFlags::IN)?;
    }
    let mut peers: Vec<Option<SocketAddr>> = vec![None; sockets.len()];
    let mut packet = [0; PACKET * 2];
    let mut events = Vec::with_capacity(EVENTS);
    while !ended() {
        events.clear();
        match epoll::wait(&poller, spare_capacity(&mut events), Some(&LOOK)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let i = event.data.u64() as usize;
            let Some((length, from)) = receive(&sockets[i], &mut packet) else {
                continue;
            };
            peers[i] = Some(from);
            if let Some(peer) = peers[i ^ 1] {
                send(&sockets[i ^ 1], &packet[..length], peer);
            }
        }
    }
    Ok(())
}

/// Every 20 ms, for each socket: one receive and one send, nothing else. A second receive, to see
/// that nothing is left, would make the floor higher and us look better.
fn move_packets(sockets: &[UdpSocket], ended: impl Fn() -> bool) {
    let mut peers: Vec<Option<SocketAddr>> = vec![None; sockets.len()];
    let mut frame = Frame::new();
    let mut packet = [0; PACKET * 2];
    let start = Instant::now();
    for tick in 0u32.. {
        if ended() {
            return;
        }
        if let Some(wait) = (start + TICK * tick).checked_duration_since(Instant::now()) {
            thread::sleep(wait);
        }
        for (i, (socket, peer)) in sockets.iter().zip(&mut peers).enumerate() {
            if let Some((_, from)) = receive(socket, &mut packet) {
                *peer = Some(from);
            }
            if let Some(peer) = peer {
                send(socket, frame.packet(tick, i as u32), *peer);
            }
        }
    }
}

/// One receive, by the same door to the kernel as the engine's.
fn receive(socket: &UdpSocket, packet: &mut [u8]) -> Option<(usize, SocketAddr)> {
    let (length, _, from) = recvfrom(socket, packet, RecvFlags::empty()).ok()?;
    Some((length, from?.try_into().ok()?))
}

/// One send, likewise.
fn send(socket: &UdpSocket, packet: &[u8], to: SocketAddr) {
    // A full socket buffer loses this packet, as it would on the wire.
    let _lost = sendto(socket, packet, SendFlags::empty(), &to).is_err();
}

/// What our end of a floor says.
pub(crate) fn line(socket: UdpSocket, remote: SocketAddr) -> Result<Line, String> {
    let stream = Stream::plain(remote, Encoding::Pcma);
    let sound = Sound::of(Encoding::Pcma)?;
    Ok(Line {
        socket,
        remote,
        voice: Voice::new(&sound, &stream, SSRC, false),
        is_judged: true,
    })
}

/// One non-blocking socket on any port.
pub(crate) fn socket(address: IpAddr) -> Result<UdpSocket, String> {
    let open = || {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    open().map_err(|e: std::io::Error| {
        format!("cannot open a UDP socket on {address}: {e} (`ulimit -n` bounds how many)")
    })
}

/// One RTP packet of 20 ms G.711 A-law, rewritten for each line and tick (RFC 3550 §5.1).
#[derive(Debug)]
struct Frame([u8; PACKET]);

impl Frame {
    /// A packet of a tone: not silence, so that nothing can skip it.
    fn new() -> Self {
        let mut bytes = [0xD5; PACKET];
        for (i, byte) in bytes[12..].iter_mut().enumerate() {
            *byte = [0xD5, 0x90, 0x85, 0x90, 0x55, 0x10, 0x05, 0x10][i % 8];
        }
        bytes[..2].copy_from_slice(&[0x80, 8]);
        Self(bytes)
    }

    /// The packet number `tick` of line `line`.
    fn packet(&mut self, tick: u32, line: u32) -> &[u8] {
        self.0[2..4].copy_from_slice(&(tick as u16).to_be_bytes());
        self.0[4..8].copy_from_slice(&tick.wrapping_mul(160).to_be_bytes());
        self.0[8..12].copy_from_slice(&(0x5241_0000 | line).to_be_bytes());
        &self.0
    }
}

/// Twelve bytes of header and 160 of sound.
const PACKET: usize = 172;

/// The pace of RTP here.
const TICK: Duration = Duration::from_millis(20);

/// Sockets that may be told ready at once.
const EVENTS: usize = 256;

/// How long a relay without packets sleeps until it looks whether it shall end.
const LOOK: rustix::time::Timespec = rustix::time::Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

/// The source of every stream to a floor: it looks at none.
const SSRC: u32 = 0x464c_0000;

#[cfg(test)]
mod tests {
    use super::super::pump::Pump;
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// What four calls of a floor move in 400 ms.
    fn moved(kind: Kind) -> super::super::pump::Moved {
        let address: IpAddr = [127, 0, 0, 1].into();
        let sockets: Vec<_> = (0..8)
            .map(|_| socket(address).expect("a free port"))
            .collect();
        let pump = Pump::start(sockets.len());
        for end in &sockets {
            let own = socket(address).expect("a free port");
            let remote = end.local_addr().expect("it is bound");
            pump.add(line(own, remote).expect("G.711 is always built"));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let floor = thread::spawn(move || {
            let ended = || stopped.load(Ordering::Relaxed);
            match kind {
                Kind::Paced => move_packets(&sockets, ended),
                Kind::Relay => relay(&sockets, ended).expect("a poller can be made"),
            }
        });
        thread::sleep(Duration::from_millis(200));
        pump.count();
        thread::sleep(Duration::from_millis(400));
        stop.store(true, Ordering::Relaxed);
        let moved = pump.finish();
        floor.join().expect("the floor does not fail");
        moved
    }

    #[test]
    fn the_floor_sends_a_packet_for_each_it_gets() {
        for kind in [Kind::Paced, Kind::Relay] {
            let moved = moved(kind);
            assert_eq!(moved.lost, 0, "{moved:?}");
            assert!(moved.received.abs_diff(moved.sent) <= 40, "{moved:?}");
            assert!(moved.received > 40, "{moved:?}");
            assert_eq!(moved.delay.is_empty(), kind == Kind::Paced, "{moved:?}");
        }
    }

    #[test]
    fn packets_of_a_line_follow_each_other() {
        let mut frame = Frame::new();
        let first = frame.packet(65_535, 3).to_vec();
        let second = frame.packet(65_536, 3);
        assert_eq!(
            (&first[2..4], &second[2..4]),
            (&[255, 255][..], &[0, 0][..])
        );
        assert_eq!(second[4..8], 65_536u32.wrapping_mul(160).to_be_bytes());
        assert_eq!(first[8..12], second[8..12]);
        assert_eq!(second.len(), PACKET);
    }
}
