//! The sockets of one pacing thread, and which session has which.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use rappel_media::{Place, Sink};
use rappel_model::{Instant, LegId, Now};

use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, recvfrom, sendto};

use super::by_leg::ByLeg;
use super::counters::Tally;
use super::habit::Habit;
use super::poller::Registry;
use super::ports::Ports;
use super::stamps::Stamps;

/// All ports of a thread; an idle one costs nothing. A place is empty whose port has gone to another thread
/// with its session.
#[derive(Debug)]
pub(super) struct Sockets {
    ports: Vec<Option<Port>>,
    /// They speak to IPv4 through IPv6 (RFC 4291 §2.5.5.2), those of all threads alike.
    are_of_both_families: bool,
    by_address: HashMap<SocketAddr, usize>,
    by_leg: ByLeg,
    /// Ports of sessions whose peers are known and whose packets do not wake the thread: read in every
    /// tick. A leg that only rings costs nothing.
    paced: Vec<usize>,
    /// The session bridged with the one that was received for last, and its port: what is sent next is
    /// most likely for it.
    next: Option<(LegId, usize)>,
    /// How many ports' packets wake the thread.
    watched: usize,
    registry: Registry,
    stamps: Stamps,
    pub(super) tally: Tally,
}

#[derive(Debug)]
pub(super) struct Port {
    /// As SDP names it.
    shown: SocketAddr,
    socket: UdpSocket,
    /// For RTCP: rare packets, so they wake the thread rather than be looked for.
    control: UdpSocket,
    control_watched: bool,
    leg: Option<LegId>,
    /// Where its session is.
    place: Option<Place>,
    /// The session it is bridged with, and its port.
    peer: Option<(LegId, usize)>,
    /// Its packets wake the thread.
    watched: bool,
    /// Its session's peer is known.
    heard: bool,
    /// How its packets come, for as long as it is read in ticks.
    habit: Habit,
}

impl Sockets {
    pub(super) fn new(now: Now, ports: Ports, registry: Registry) -> Self {
        let count = ports.pairs.len();
        let by_address = ports.pairs.iter().enumerate();
        Self {
            by_address: by_address.map(|(n, port)| (port.shown, n)).collect(),
            are_of_both_families: ports.are_of_both_families,
            ports: ports
                .pairs
                .into_iter()
                .map(|port| Port {
                    shown: port.shown,
                    socket: port.socket,
                    control: port.control,
                    control_watched: false,
                    leg: None,
                    place: None,
                    peer: None,
                    watched: false,
                    heard: false,
                    habit: Habit::default(),
                })
                .map(Some)
                .collect(),
            by_leg: ByLeg::with_capacity_and_hasher(count, BuildHasherDefault::default()),
            paced: Vec::with_capacity(count),
            next: None,
            watched: 0,
            registry,
            stamps: Stamps::new(now),
            tally: Tally::default(),
        }
    }

    /// A session begins on the port that is shown as `local`.
    pub(super) fn open(&mut self, leg: LegId, local: SocketAddr) {
        self.close(leg);
        let index = self.by_address.get(&local).copied();
        let port = index.and_then(|n| Some((n, self.ports[n].as_mut()?)));
        let Some((index, port)) = port.filter(|(_, port)| port.leg.is_none()) else {
            self.tally.strangers += 1;
            return;
        };
        port.leg = Some(leg);
        self.by_leg.insert(leg, index);
    }

    /// The session that has just begun is kept there.
    pub(super) fn settle(&mut self, leg: LegId, place: Option<Place>) {
        if let Some(&index) = self.by_leg.get(&leg)
            && let Some(port) = &mut self.ports[index]
        {
            port.place = place;
        }
    }

    /// A session goes to another thread with its port, which is neither looked at nor read here any more.
    pub(super) fn give(&mut self, leg: LegId) -> Option<Port> {
        self.leave(leg);
        let index = self.by_leg.remove(&leg)?;
        let mut port = self.ports[index].take()?;
        port.place = None;
        if std::mem::take(&mut port.control_watched) {
            // Only fails for a socket that is not watched.
            let _unwatched = self.registry.forget(&port.control).is_err();
        }
        self.unpace(index);
        self.by_address.remove(&port.shown);
        Some(port)
    }

    /// A session has come from another thread with its port: what waits there is the session's.
    pub(super) fn adopt(&mut self, leg: LegId, mut port: Port) {
        self.close(leg);
        let index = self.ports.iter().position(Option::is_none);
        let index = index.unwrap_or(self.ports.len());
        port.leg = Some(leg);
        if port.heard {
            let token = control_token(index);
            port.control_watched = self.registry.watch(&port.control, token).is_ok();
            self.paced.push(index);
        }
        self.by_address.insert(port.shown, index);
        self.by_leg.insert(leg, index);
        match self.ports.get_mut(index) {
            Some(place) => *place = Some(port),
            None => self.ports.push(Some(port)),
        }
    }

    /// The session's peer is known: from now on it is heard. What came before, from strangers or too
    /// early, is thrown away.
    pub(super) fn hear(&mut self, leg: LegId) {
        let Some(&index) = self.by_leg.get(&leg) else {
            return;
        };
        let Some(port) = self.ports[index].as_mut().filter(|port| !port.heard) else {
            return;
        };
        throw_away(&port.socket);
        throw_away(&port.control);
        port.heard = true;
        port.habit = Habit::default();
        // Without it the peer's reports are not read: a courtesy is lost, no sound.
        let token = control_token(index);
        port.control_watched = self.registry.watch(&port.control, token).is_ok();
        if !port.watched {
            self.paced.push(index);
        }
    }

    /// The session is over; its port is idle again.
    pub(super) fn close(&mut self, leg: LegId) {
        self.leave(leg);
        if let Some(index) = self.by_leg.remove(&leg)
            && let Some(port) = &mut self.ports[index]
        {
            (port.leg, port.place) = (None, None);
            if std::mem::take(&mut port.control_watched) {
                // Only fails for a socket that is not watched.
                port.control_watched = self.registry.forget(&port.control).is_err();
            }
            if std::mem::take(&mut port.heard) {
                self.unpace(index);
            }
        }
    }

    /// Two sessions are bridged: from now on their packets wake the thread.
    pub(super) fn join(&mut self, a: LegId, b: LegId) {
        self.leave(a);
        self.leave(b);
        self.watch(a, b);
        self.watch(b, a);
    }

    /// They no longer are, if they were.
    pub(super) fn part(&mut self, a: LegId, b: LegId) {
        let peer = self.port(a).and_then(|port| port.peer);
        if peer.is_some_and(|(peer, _)| peer == b) {
            self.leave(a);
        }
    }

    /// Parts a leg from whatever it is bridged with: it is read in ticks.
    pub(super) fn leave(&mut self, leg: LegId) {
        let peer = self.port(leg).and_then(|port| port.peer);
        self.next = None;
        for leg in [Some(leg), peer.map(|(peer, _)| peer)]
            .into_iter()
            .flatten()
        {
            self.unwatch(leg);
        }
    }

    fn watch(&mut self, leg: LegId, peer: LegId) {
        let of = |leg| self.by_leg.get(leg).copied();
        let (Some(index), Some(peer_index)) = (of(&leg), of(&peer)) else {
            return;
        };
        let Some(port) = &mut self.ports[index] else {
            return;
        };
        port.peer = Some((peer, peer_index));
        if port.watched {
            return;
        }
        // A socket that cannot be watched is still read in every tick: 20 ms later at worst.
        port.watched = self
            .registry
            .watch(&port.socket, sound_token(index))
            .is_ok();
        if port.watched {
            self.watched += 1;
            self.unpace(index);
        }
    }

    fn unwatch(&mut self, leg: LegId) {
        let Some(&index) = self.by_leg.get(&leg) else {
            return;
        };
        let Some(port) = &mut self.ports[index] else {
            return;
        };
        port.peer = None;
        if port.watched {
            // Only fails for a socket that is not watched.
            port.watched = self.registry.forget(&port.socket).is_err();
            if !port.watched {
                self.watched -= 1;
                if port.heard {
                    self.paced.push(index);
                }
            }
        }
    }

    /// A port is not read in ticks any more, if it was.
    fn unpace(&mut self, index: usize) {
        self.paced.retain(|n| *n != index);
    }

    /// The port that a packet leaves by.
    fn way_of(&self, leg: LegId) -> Option<&Port> {
        match self.next {
            Some((next, index)) if next == leg => self.ports[index].as_ref(),
            _ => self.port(leg),
        }
    }

    fn port(&self, leg: LegId) -> Option<&Port> {
        let index = *self.by_leg.get(&leg)?;
        self.ports[index].as_ref()
    }

    /// Whether a session is here.
    pub(super) fn has(&self, leg: LegId) -> bool {
        self.by_leg.contains_key(&leg)
    }

    /// How many sessions are open.
    pub(super) fn open_count(&self) -> usize {
        self.by_leg.len()
    }

    /// How many ports are read in every tick.
    pub(super) fn paced_count(&self) -> usize {
        self.paced.len()
    }

    /// The `n`th of them.
    pub(super) fn nth_paced(&self, n: usize) -> Option<usize> {
        self.paced.get(n).copied()
    }

    /// How the packets of a port come.
    pub(super) fn habit(&mut self, index: usize) -> Option<&mut Habit> {
        Some(&mut self.ports.get_mut(index)?.as_mut()?.habit)
    }

    /// How many places for ports there are.
    pub(super) fn port_count(&self) -> usize {
        self.ports.len()
    }

    /// Whether the packets of a port wake the thread.
    pub(super) fn is_watched(&self, index: usize) -> bool {
        let port = self.ports.get(index).and_then(Option::as_ref);
        port.is_some_and(|port| port.watched)
    }

    /// How many ports' packets wake the thread.
    pub(super) fn watched_count(&self) -> usize {
        self.watched
    }

    /// A tick begins.
    pub(super) fn look(&mut self, now: Now) {
        self.stamps.look(now);
    }

    /// The next datagram of a port that is read in ticks, with the session it is for and when it came; `None`
    /// when there is none.
    pub(super) fn receive_paced(
        &mut self,
        index: usize,
        buffer: &mut [u8],
    ) -> Option<((Place, LegId), SocketAddr, usize, Instant)> {
        let port = self.ports.get(index)?.as_ref()?;
        let session = port.place.zip(port.leg)?;
        self.next = port.peer;
        let (from, length, came) = self.stamps.receive(&port.socket, buffer)?;
        self.tally.received += 1;
        Some((session, named(from), length, came))
    }

    /// The next datagram of a port whose packets wake the thread, with the session it is for; `None` when
    /// there is none.
    pub(super) fn receive(
        &mut self,
        index: usize,
        buffer: &mut [u8],
    ) -> Option<((Place, LegId), SocketAddr, usize)> {
        let port = self.ports.get(index)?.as_ref()?;
        let session = port.place.zip(port.leg)?;
        self.next = port.peer;
        receive(session, &port.socket, buffer, &mut self.tally)
    }

    /// Likewise of the port for RTCP above it.
    pub(super) fn receive_control(
        &mut self,
        index: usize,
        buffer: &mut [u8],
    ) -> Option<(LegId, SocketAddr, usize)> {
        let port = self.ports.get(index)?.as_ref()?;
        receive(port.leg?, &port.control, buffer, &mut self.tally)
    }
}

/// What a token of the poller stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Sound has come to this port.
    Sound(usize),
    /// RTCP has come to the port above this one.
    Control(usize),
}

impl Woken {
    pub(super) const fn of(token: u64) -> Self {
        let index = (token / 2) as usize;
        match token % 2 {
            0 => Self::Sound(index),
            _ => Self::Control(index),
        }
    }
}

const fn sound_token(index: usize) -> u64 {
    index as u64 * 2
}

const fn control_token(index: usize) -> u64 {
    index as u64 * 2 + 1
}

fn throw_away(socket: &UdpSocket) {
    let mut stale = [0; 1];
    for _ in 0..MAX_STALE {
        if socket.recv_from(&mut stale).is_err() {
            return;
        }
    }
}

/// An address as the engine knows peers by: as they have it in SDP.
fn named(mut from: SocketAddr) -> SocketAddr {
    from.set_ip(from.ip().to_canonical());
    from
}

fn receive<S>(
    session: S,
    socket: &UdpSocket,
    buffer: &mut [u8],
    tally: &mut Tally,
) -> Option<(S, SocketAddr, usize)> {
    loop {
        // By the kernel's door itself: the C library's costs a twentieth more on threads that others
        // may cancel, which these are not.
        match recvfrom(socket, &mut *buffer, RecvFlags::empty()) {
            Ok((length, _, from)) => {
                tally.received += 1;
                // UDP always says where from.
                let from = SocketAddr::try_from(from?).ok()?;
                return Some((session, named(from), length));
            }
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

impl Sink for Sockets {
    fn send(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]) {
        let none = SendFlags::empty();
        let (port, to) = (self.way_of(leg), self.written(to));
        let sent = port.map(|port| sendto(&port.socket, packet, none, &to));
        self.count(sent);
    }

    fn send_control(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]) {
        let none = SendFlags::empty();
        let (port, to) = (self.port(leg), self.written(to));
        let sent = port.map(|port| sendto(&port.control, packet, none, &to));
        self.count(sent);
    }
}

impl Sockets {
    /// An address as our sockets take it.
    fn written(&self, mut to: SocketAddr) -> SocketAddr {
        if let (true, IpAddr::V4(ip)) = (self.are_of_both_families, to.ip()) {
            to.set_ip(ip.to_ipv6_mapped().into());
        }
        to
    }

    fn count(&mut self, sent: Option<Result<usize>>) {
        match sent {
            Some(Ok(_)) => self.tally.sent += 1,
            Some(Err(_)) | None => self.tally.send_failed += 1,
        }
    }
}

/// Most datagrams thrown away when a session begins: more than the receive buffer holds.
const MAX_STALE: usize = 1024;
