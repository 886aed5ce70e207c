//! Moves the load's packets: one thread, one socket a call, one packet each way per 20 ms.
//!
//! Sending is spread over the 20 ms, so that the server is not hit by a burst we made ourselves.
//! What arrives is taken when its socket's turn comes; on a few calls, spread over all, a thread of
//! its own waits for every packet and notes when it came.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ear::{self, Ear, Heard};
use super::voice::{MAX_SAID, Voice};

/// One call's media: where from, where to.
#[derive(Debug)]
pub(crate) struct Line {
    /// Our end, non-blocking.
    pub(crate) socket: UdpSocket,
    /// The server's end, as its SDP said.
    pub(crate) remote: SocketAddr,
    /// What it says.
    pub(crate) voice: Voice,
    /// Whether it is one of those of which some are listened to closely.
    pub(crate) is_judged: bool,
}

/// What was moved while counting.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    /// Packets sent.
    pub(crate) sent: u64,
    /// Packets received.
    pub(crate) received: u64,
    /// Packets that left gaps in the sequence.
    pub(crate) lost: u64,
    /// Times between two packets of one call in µs, from the calls that are listened to.
    pub(crate) spacing: Vec<u32>,
    /// How long packets were on their way in µs, from the same calls, where they tell.
    pub(crate) delay: Vec<u32>,
    /// Keys pressed, counted or not.
    pub(crate) pressed: u64,
    /// Turns taken: one per [`SLOT`].
    pub(crate) turns: u64,
    /// Of these, begun more than [`LATE`] late: the generator itself was the limit.
    pub(crate) late_turns: u64,
}

impl Moved {
    /// How long was counted.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs_f64(self.turns as f64 * SLOT.as_secs_f64())
    }
}

/// Where a pump stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It moves packets.
    Moving,
    /// It moves and counts them.
    Counting,
    /// It moves packets; who presses keys presses the last one.
    Leaving,
    /// It ends.
    Stopped,
}

/// The phase, as all threads of a pump see it, and when it began.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<AtomicU8>, Instant);

impl Signals {
    /// The phase now.
    pub(crate) fn phase(&self) -> Phase {
        match self.0.load(Ordering::Relaxed) {
            0 => Phase::Moving,
            1 => Phase::Counting,
            2 => Phase::Leaving,
            _ => Phase::Stopped,
        }
    }

    /// What the times in packets are counted from.
    pub(crate) fn began(&self) -> Instant {
        self.1
    }

    fn enter(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::Relaxed);
    }
}

/// A running pump.
#[derive(Debug)]
pub(crate) struct Pump {
    signals: Signals,
    lines: Sender<Line>,
    mover: JoinHandle<Moved>,
}

impl Pump {
    /// Starts moving packets, on no line yet; of `judged` lines some are listened to closely.
    pub(crate) fn start(judged: usize) -> Self {
        let signals = Signals(Arc::default(), Instant::now());
        let (lines, arriving) = channel();
        let mover = Mover {
            arriving,
            signals: signals.clone(),
            every: judged.div_ceil(CLOSELY).max(1),
            judged: 0,
            lines: Vec::new(),
            listeners: Vec::new(),
        };
        Self {
            signals,
            lines,
            mover: thread::spawn(move || mover.run()),
        }
    }

    /// Begins to move packets on one more line.
    pub(crate) fn add(&self, line: Line) {
        // The mover ends before us only if it panicked, which `finish` shows as nothing moved.
        let _panicked = self.lines.send(line).is_err();
    }

    /// The way by which others add lines.
    pub(crate) fn inlet(&self) -> Sender<Line> {
        self.lines.clone()
    }

    /// Counts no more; who presses keys presses the last one.
    pub(crate) fn leave(&self) {
        self.signals.enter(Phase::Leaving);
    }

    /// From now on what moves is counted.
    pub(crate) fn count(&self) {
        self.signals.enter(Phase::Counting);
    }

    /// Stops and says what was counted.
    pub(crate) fn finish(self) -> Moved {
        self.signals.enter(Phase::Stopped);
        self.mover.join().unwrap_or_default()
    }
}

/// What lives on the pump's thread.
struct Mover {
    arriving: Receiver<Line>,
    signals: Signals,
    /// One judged line of so many is listened to closely.
    every: usize,
    judged: usize,
    lines: Vec<(Line, Hearing)>,
    listeners: Vec<JoinHandle<Heard>>,
}

/// How a line's packets are taken.
#[derive(Clone, Copy, Debug)]
enum Hearing {
    /// In its turn.
    InTurn(Ear),
    /// By a thread of its own.
    Closely,
}

impl Mover {
    fn run(mut self) -> Moved {
        let mut moved = Moved::default();
        let start = Instant::now();
        for slot in 0u32.. {
            let phase = self.signals.phase();
            if phase == Phase::Stopped {
                break;
            }
            let counting = phase == Phase::Counting;
            let late = wait_until(start + SLOT * slot);
            self.take_in();
            let sent = self.turn(slot, phase);
            if counting {
                moved.turns += 1;
                moved.late_turns += u64::from(late > LATE);
                moved.sent += sent;
            }
        }
        self.gather(moved)
    }

    fn take_in(&mut self) {
        while let Ok(line) = self.arriving.try_recv() {
            let closely = line.is_judged && self.judged.is_multiple_of(self.every);
            self.judged += usize::from(line.is_judged);
            let listener = if closely {
                self.listener(&line.socket)
            } else {
                None
            };
            let hearing = match listener {
                Some(listener) => {
                    self.listeners.push(listener);
                    Hearing::Closely
                }
                None => Hearing::InTurn(Ear::default()),
            };
            self.lines.push((line, hearing));
        }
    }

    /// A thread that waits for the packets of one socket. The socket blocks from now on; the mover
    /// only sends on it, and a send on UDP does not wait.
    fn listener(&self, socket: &UdpSocket) -> Option<JoinHandle<Heard>> {
        let own = socket.try_clone().ok()?;
        own.set_nonblocking(false).ok()?;
        own.set_read_timeout(Some(ear::LISTEN)).ok()?;
        let signals = self.signals.clone();
        Some(thread::spawn(move || ear::listen(&own, &signals)))
    }

    /// One part of the lines has its turn: a packet out, and what has come in.
    fn turn(&mut self, slot: u32, phase: Phase) -> u64 {
        let part = (slot % SLOTS) as usize;
        let began = self.signals.began();
        let (counting, leaving) = (phase == Phase::Counting, phase == Phase::Leaving);
        let mut sent = 0;
        let mut packet = [0; MAX_SAID];
        for (line, hearing) in self.lines.iter_mut().skip(part).step_by(SLOTS as usize) {
            let length = line.voice.say(began, leaving, &mut packet);
            let said = &packet[..length];
            let is_sent = !said.is_empty() && line.socket.send_to(said, line.remote).is_ok();
            sent += u64::from(is_sent);
            if let Hearing::InTurn(ear) = hearing {
                ear::drain(&line.socket, ear, counting);
            }
        }
        sent
    }

    fn gather(self, mut moved: Moved) -> Moved {
        let mut all = Ear::default();
        for (line, hearing) in &self.lines {
            moved.pressed += u64::from(line.voice.pressed());
            if let Hearing::InTurn(ear) = hearing {
                all = all.and(*ear);
            }
        }
        for listener in self.listeners {
            let heard = listener.join().unwrap_or_default();
            all = all.and(heard.ear);
            moved.spacing.extend(heard.spacing);
            moved.delay.extend(heard.delay);
        }
        moved.received = all.received;
        moved.lost = all.lost;
        moved
    }
}

/// Sleeps until `due`, and says by how much it was missed.
fn wait_until(due: Instant) -> Duration {
    if let Some(wait) = due.checked_duration_since(Instant::now()) {
        thread::sleep(wait);
    }
    Instant::now().saturating_duration_since(due)
}

/// Into how many parts the 20 ms are divided.
const SLOTS: u32 = 10;

/// One part.
const SLOT: Duration = Duration::from_millis(2);

/// A turn that begins later than this was held up by the machine.
const LATE: Duration = Duration::from_millis(5);

/// How many calls are listened to closely.
const CLOSELY: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::floor;
    use super::*;

    /// A line whose packets come back to it.
    fn looped() -> Line {
        let socket = floor::socket([127, 0, 0, 1].into()).expect("a free port");
        let remote = socket.local_addr().expect("it is bound");
        floor::line(socket, remote).expect("G.711 is always built")
    }

    #[test]
    fn what_is_sent_comes_back_and_only_what_is_counted_is_told() {
        let pump = Pump::start(20);
        (0..20).for_each(|_| pump.add(looped()));
        thread::sleep(Duration::from_millis(200));
        pump.count();
        thread::sleep(Duration::from_millis(400));
        let moved = pump.finish();
        // A busy machine may be slow, but it counts what it does.
        let expected = 20.0 * 50.0 * moved.length().as_secs_f64();
        assert!(moved.turns > 50, "{moved:?}");
        assert!((moved.sent as f64 - expected).abs() <= 20.0, "{moved:?}");
        assert!(moved.received.abs_diff(moved.sent) <= 40, "{moved:?}");
        assert_eq!(moved.lost, 0);
        assert!(moved.spacing.len() > 30, "{moved:?}");
        assert!(moved.delay.len() > 30, "{moved:?}");
        assert_eq!(moved.pressed, 0);
    }
}
