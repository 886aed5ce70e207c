//! Messages in datagrams: one thread reads all sockets.
//!
//! A thread of its own and no task, because at thousands of messages a second being woken for each costs
//! more than reading it. While the sockets are busy the thread sleeps for [`LOOK`] and takes everything
//! that has come meanwhile; after a quiet moment it is woken by the first message.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use rappel_sip::header::Via;
use rappel_sip::message::Message;
use rappel_sip::wire::{self, MAX_MESSAGE, is_keep_alive};
use rappel_sip::{Flow, Transport};

use super::Inbox;
use super::door::{Door, Entry};
use super::stun::{self, Stun};
use super::tap::Passage;

/// A running thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listening {
    waker: Waker,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One socket, and its address as peers see it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) shown: SocketAddr,
}

/// Reads these sockets, which do not block.
///
/// # Errors
/// When the system gives no thread or poller.
pub(super) fn listen<I: Inbox>(sources: Vec<Source>, door: Arc<Door<I>>) -> io::Result<Listening> {
    let poll = Poll::new()?;
    for (number, source) in sources.iter().enumerate() {
        let descriptor = source.socket.as_raw_fd();
        let mut descriptor = SourceFd(&descriptor);
        poll.registry()
            .register(&mut descriptor, Token(number), Interest::READABLE)?;
    }
    let waker = Waker::new(poll.registry(), OVER)?;
    let over = Arc::new(AtomicBool::new(false));
    let reader = Reader {
        ready: vec![false; sources.len()],
        sources,
        door,
        poll,
        over: Arc::clone(&over),
        buffer: vec![0; MAX_MESSAGE],
    };
    let thread = std::thread::Builder::new()
        .name("datagrams".into())
        .spawn(move || reader.run())?;
    Ok(Listening {
        waker,
        over,
        thread: Some(thread),
    })
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // One that cannot be woken ends with its next datagram; nobody waits for it then.
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that reads datagrams had failed");
        }
    }
}

/// What lives on the thread.
struct Reader<I> {
    sources: Vec<Source>,
    /// Which sockets may have something.
    ready: Vec<bool>,
    door: Arc<Door<I>>,
    poll: Poll,
    over: Arc<AtomicBool>,
    buffer: Vec<u8>,
}

impl<I: Inbox> Reader<I> {
    fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let (mut looked, mut is_busy) = (Instant::now(), false);
        while !self.over.load(Ordering::Acquire) {
            if !self.ready.contains(&true) {
                match is_busy {
                    true => self.doze(),
                    false => self.sleep(&mut events),
                }
            }
            let before = std::mem::replace(&mut looked, Instant::now());
            let mut found = false;
            for number in 0..self.sources.len() {
                if self.ready[number] {
                    found |= self.read(number);
                }
            }
            is_busy = found && looked.duration_since(before) < BUSY;
        }
    }

    /// Waits for a moment in which nothing wakes it.
    fn doze(&mut self) {
        std::thread::sleep(LOOK);
        self.ready.fill(true);
    }

    /// Waits until something comes.
    fn sleep(&mut self, events: &mut Events) {
        // Only a signal can end a wait with an error: then nothing has come.
        if self.poll.poll(events, None).is_err() {
            events.clear();
        }
        for event in &*events {
            if let Some(ready) = self.ready.get_mut(event.token().0) {
                *ready = true;
            }
        }
    }

    /// Takes what has come to one socket, but not for ever: the others have their turn. True when
    /// there was something.
    fn read(&mut self, number: usize) -> bool {
        let Source { socket, shown } = &self.sources[number];
        for taken in 0..MAX_BURST {
            let buffer = &mut self.buffer;
            match socket.recv_from(buffer) {
                Ok((length, _)) if is_keep_alive(&buffer[..length]) => {}
                Ok((length, from)) => match stun::look(&buffer[..length], from) {
                    Stun::Other => receive(socket, *shown, &buffer[..length], from, &self.door),
                    Stun::Answer(answer) if self.door.admits(from.ip(), &buffer[..length]) => {
                        self.door.counters.stun.add();
                        answer_to(socket, from, &answer);
                    }
                    Stun::Answer(_) | Stun::Silent => {}
                },
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.ready[number] = false;
                    return taken > 0;
                }
                // ICMP errors of earlier datagrams come back here; the socket itself is well.
                Err(error) => tracing::debug!(address = %shown, %error, "receiving failed"),
            }
        }
        true
    }
}

fn receive<I: Inbox>(
    socket: &UdpSocket,
    shown: SocketAddr,
    datagram: &[u8],
    from: SocketAddr,
    door: &Door<I>,
) {
    let flow = Flow {
        transport: Transport::Udp,
        local: shown,
        remote: from,
        connection: None,
    };
    let bytes = Bytes::copy_from_slice(datagram);
    match door.enter(&bytes, flow) {
        Entry::Message(input) => {
            if let Some(answer) = door.offer_once(*input) {
                let to = SocketAddr::new(from.ip(), answer_port(answer.via()));
                let bytes = wire::print(&Message::Response(answer));
                door.show(Passage::Out, Flow { remote: to, ..flow }, &bytes);
                answer_to(socket, to, &bytes);
            }
        }
        Entry::Answer(Some(answer)) => {
            let to = SocketAddr::new(from.ip(), answer_port(answer.via()));
            let bytes = answer.print();
            let flow = Flow { remote: to, ..flow };
            door.show(Passage::Out, flow, &bytes);
            answer_to(socket, to, &bytes);
        }
        Entry::Answer(None) | Entry::Dropped => {}
    }
}

fn answer_to(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    if let Err(error) = socket.send_to(bytes, to) {
        tracing::debug!(%to, %error, "an answer could not be sent");
    }
}

/// The port an answer goes to: where the request came from when it asked for that (RFC 3581 §4),
/// else what its Via says (RFC 3261 §18.2.2).
fn answer_port(via: &Via) -> u16 {
    via.rport().or(via.sent_by.port).unwrap_or(DEFAULT_PORT)
}

/// What ends the thread, among the sources of the poller.
const OVER: Token = Token(usize::MAX);
/// Sources that may be reported at once; the rest is reported at the next look.
const EVENTS: usize = 64;
/// How long busy sockets are left alone: a delay that nobody notices, and as many messages as come in it
/// share one waking.
const LOOK: Duration = Duration::from_micros(500);
/// Sockets at which something is found twice within this are busy: a thousand messages a second.
const BUSY: Duration = Duration::from_millis(1);
/// Most datagrams taken from one socket before the others have their turn.
const MAX_BURST: usize = 256;
/// RFC 3261 §18.2.2.
const DEFAULT_PORT: u16 = 5060;
