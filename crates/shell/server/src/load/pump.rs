//! Moves the load's packets: one thread, one socket a call, one packet each way per 20 ms.
//!
//! Sending is spread over the 20 ms, so that the server is not hit by a burst we made ourselves.
//! Every packet that arrives is counted when its socket's turn comes; the spacing is measured on a
//! sample of sockets that a second thread reads as packets arrive.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// One call's media: where from, where to.
#[derive(Debug)]
pub(crate) struct Line {
    /// Our end, non-blocking.
    pub(crate) socket: UdpSocket,
    /// The server's end, as its SDP said.
    pub(crate) remote: SocketAddr,
}

/// What was moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    /// Packets sent.
    pub(crate) sent: u64,
    /// Packets received.
    pub(crate) received: u64,
    /// Times between two packets of one call in µs, from the sample.
    pub(crate) spacing: Vec<u32>,
    /// Turns that began more than 5 ms late: the generator itself was the limit.
    pub(crate) late_turns: u64,
}

/// A running pump.
#[derive(Debug)]
pub(crate) struct Pump {
    stop: Arc<AtomicBool>,
    mover: JoinHandle<Moved>,
    listeners: Vec<JoinHandle<Vec<u32>>>,
}

impl Pump {
    /// Starts moving packets on all lines.
    pub(crate) fn start(lines: Vec<Line>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let listeners = sample(&lines)
            .into_iter()
            .map(|socket| {
                let stop = Arc::clone(&stop);
                thread::spawn(move || listen(&socket, &stop))
            })
            .collect();
        let sampled = SAMPLE.min(lines.len());
        let mover = {
            let stop = Arc::clone(&stop);
            thread::spawn(move || pump(&lines, sampled, &stop))
        };
        Self {
            stop,
            mover,
            listeners,
        }
    }

    /// Stops and says what was moved.
    pub(crate) fn finish(self) -> Moved {
        self.stop.store(true, Ordering::Relaxed);
        let mut moved = self.mover.join().unwrap_or_default();
        for listener in self.listeners {
            let spacing = listener.join().unwrap_or_default();
            moved.received += spacing.len() as u64;
            moved.spacing.extend(spacing);
        }
        moved
    }
}

/// Duplicates of the first sockets, blocking, for the listeners.
fn sample(lines: &[Line]) -> Vec<UdpSocket> {
    lines
        .iter()
        .take(SAMPLE)
        .filter_map(|line| line.socket.try_clone().ok())
        .collect()
}

/// Reads one socket as packets arrive and notes the time between them.
fn listen(socket: &UdpSocket, stop: &AtomicBool) -> Vec<u32> {
    let mut spacing = Vec::new();
    let mut packet = [0; MAX_PACKET];
    let mut last: Option<Instant> = None;
    // The mover needs the shared descriptor non-blocking, so arrival is awaited by short sleeps:
    // 200 µs is a hundredth of what is measured.
    while !stop.load(Ordering::Relaxed) {
        if socket.recv(&mut packet).is_err() {
            thread::sleep(Duration::from_micros(200));
            continue;
        }
        let now = Instant::now();
        if let Some(last) = last {
            spacing.push(
                now.duration_since(last)
                    .as_micros()
                    .min(u128::from(u32::MAX)) as u32,
            );
        }
        last = Some(now);
    }
    spacing
}

/// The mover: every line gets a turn each 20 ms, the turns spread evenly over `SLOTS`.
fn pump(lines: &[Line], sampled: usize, stop: &AtomicBool) -> Moved {
    let mut moved = Moved::default();
    let mut frame = Frame::new();
    let start = Instant::now();
    for slot in 0u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = start + SLOT * slot;
        let now = Instant::now();
        match due.checked_duration_since(now) {
            Some(wait) => thread::sleep(wait),
            None if now.duration_since(due) > LATE => moved.late_turns += 1,
            None => {}
        }
        let turn = (slot % SLOTS) as usize;
        for (i, line) in lines.iter().enumerate().skip(turn).step_by(SLOTS as usize) {
            let packet = frame.packet(slot / SLOTS, i as u32);
            moved.sent += u64::from(line.socket.send_to(packet, line.remote).is_ok());
            if i >= sampled {
                moved.received += drain(&line.socket);
            }
        }
    }
    moved
}

/// Takes all that waits on a socket.
fn drain(socket: &UdpSocket) -> u64 {
    let mut packet = [0; MAX_PACKET];
    let mut taken = 0;
    loop {
        match socket.recv(&mut packet) {
            Ok(_) => taken += 1,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return taken,
        }
    }
}

/// One RTP packet of 20 ms G.711 A-law, rewritten for each line and tick (RFC 3550 §5.1).
#[derive(Debug)]
pub(crate) struct Frame([u8; PACKET]);

impl Frame {
    /// A packet of comfort tone: not silence, so that nothing can skip it.
    pub(crate) fn new() -> Self {
        let mut bytes = [0xD5; PACKET];
        for (i, byte) in bytes[12..].iter_mut().enumerate() {
            *byte = [0xD5, 0x90, 0x85, 0x90, 0x55, 0x10, 0x05, 0x10][i % 8];
        }
        bytes[..2].copy_from_slice(&[0x80, 8]);
        Self(bytes)
    }

    /// The packet number `tick` of line `line`.
    pub(crate) fn packet(&mut self, tick: u32, line: u32) -> &[u8] {
        self.0[2..4].copy_from_slice(&(tick as u16).to_be_bytes());
        self.0[4..8].copy_from_slice(&tick.wrapping_mul(160).to_be_bytes());
        self.0[8..12].copy_from_slice(&(0x5241_0000 | line).to_be_bytes());
        &self.0
    }
}

/// Twelve bytes of header and 160 of sound.
pub(crate) const PACKET: usize = 172;

/// Larger than any packet that is expected.
const MAX_PACKET: usize = 512;

/// Into how many parts the 20 ms are divided.
const SLOTS: u32 = 10;

/// One part.
const SLOT: Duration = Duration::from_millis(2);

/// A turn that begins later than this was held up by the machine.
const LATE: Duration = Duration::from_millis(5);

/// How many calls are listened to closely.
const SAMPLE: usize = 4;
