//! One pacing thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{
    Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rappel_media::{Clip, Command, Engine, Event, RecordSink};
use rappel_model::{LegId, Network, Now};
use rappel_rtp::Fingerprint;
use rappel_rtp::packet::MAX_PACKET;

use super::counters::Counters;
use super::pacer::Pacer;
use super::passage::{Arrival, Expected, Passage};
use super::poller::{Events, Poller, Waker};
use super::ports::Ports;
use super::sockets::{Sockets, Woken};
use crate::clock::Clock;

/// Where news of a pacing thread goes: the control thread's inbox.
pub trait News: Send + 'static {
    /// Tells one piece of news without waiting.
    ///
    /// # Errors
    /// The news back, when there is no room; it is told again later, in its order.
    fn tell(&mut self, news: Event) -> Result<(), Box<Event>>;
}

/// How a thread is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its number; the operating system shows it as `media-<number>`.
    pub number: usize,
    /// Most orders that may wait for it.
    pub max_orders: usize,
    /// Networks that voice neither comes from nor goes to.
    pub blocked: Arc<[Network]>,
}

/// A running pacing thread. It ends when this and all its [`Orders`] are dropped, or by
/// [`Thread::stop`].
#[derive(Debug)]
pub struct Thread {
    orders: Orders,
    counters: Arc<Counters>,
    ports: Vec<SocketAddr>,
    identity: Option<Fingerprint>,
    handle: JoinHandle<()>,
}

/// The way to a pacing thread.
#[derive(Clone, Debug)]
pub struct Orders {
    sender: SyncSender<Order>,
    /// Sessions that come from other threads: each is one of few that were ordered to.
    arrivals: Sender<Arrival>,
    waker: Waker,
    /// Whether the thread was woken and has not looked yet.
    woken: Arc<AtomicBool>,
}

/// Why an order was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many wait already.
    #[error("the pacing thread is too far behind")]
    Full,
    /// The thread has ended.
    #[error("the pacing thread has ended")]
    Gone,
}

/// What a thread is told to do.
pub(super) enum Order {
    Command(Command<Arc<Clip>>),
    /// A session goes to another thread.
    Leave(Passage),
    Stop,
}

impl Order {
    /// The sessions it is about.
    pub(super) fn legs(&self) -> impl Iterator<Item = LegId> + use<> {
        let legs = match self {
            Self::Command(command) => (Some(command.leg()), command.other_leg()),
            Self::Leave(passage) => (Some(passage.leg()), None),
            Self::Stop => (None, None),
        };
        legs.0.into_iter().chain(legs.1)
    }
}

impl Thread {
    /// Starts a thread with its ports. The engine has room for one session per port.
    ///
    /// # Errors
    /// When the system gives no thread, timer, poller or randomness.
    pub fn start<R: RecordSink + Send + 'static>(
        settings: Settings,
        ports: Ports,
        recordings: R,
        news: impl News,
        clock: Clock,
    ) -> io::Result<Self> {
        let shown = ports.shown();
        let (sender, orders) = sync_channel(settings.max_orders);
        let (arrivals, arriving) = channel();
        let counters = Arc::new(Counters::default());
        let poller = Poller::new()?;
        let pacer = Pacer::new(TICK)?;
        let waker = poller.waker(ORDERS)?;
        poller.registry().watch(&pacer, TIMER)?;
        let limits = rappel_media::engine::Settings {
            max_sessions: shown.len(),
            blocked: settings.blocked,
        };
        let ways = Orders {
            sender,
            arrivals,
            waker,
            woken: Arc::default(),
        };
        let engine = Engine::new(limits, recordings);
        #[cfg(feature = "browser")]
        let (engine, identity) = {
            let identity = super::identity::fresh(clock)?;
            let fingerprint = identity.fingerprint();
            (engine.identified(identity), Some(fingerprint))
        };
        #[cfg(not(feature = "browser"))]
        let identity = None;
        let inside = Inside {
            waker: ways.waker.clone(),
            woken: Arc::clone(&ways.woken),
            sockets: Sockets::new(clock.now(), ports, poller.registry().clone()),
            engine,
            poller,
            pacer,
            orders,
            arriving,
            expected: Expected::default(),
            news,
            untold: None,
            clock,
            counters: Arc::clone(&counters),
            buffer: [0; LONGEST],
        };
        let handle = std::thread::Builder::new()
            .name(format!("media-{}", settings.number))
            .spawn(move || inside.run())?;
        Ok(Self {
            orders: ways,
            counters,
            ports: shown,
            identity,
            handle,
        })
    }

    /// The ports it has bound, as SDP names them.
    pub fn ports(&self) -> &[SocketAddr] {
        &self.ports
    }

    /// The certificate it shows to browsers; `None` where they are not served.
    pub fn identity(&self) -> Option<Fingerprint> {
        self.identity
    }

    /// A way to it; clone freely.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// What it counts.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Ends the thread after the orders given so far, and waits for it.
    ///
    /// # Errors
    /// When the thread panicked.
    pub fn stop(self) -> std::thread::Result<()> {
        // A thread that is gone already has nothing left to do.
        let _gone = self.orders.sender.send(Order::Stop).is_err();
        self.orders.wake();
        self.handle.join()
    }
}

impl Orders {
    /// Hands over one order without waiting; it is carried out at once.
    ///
    /// # Errors
    /// [`Refused`], and the order is lost.
    pub fn try_send(&self, command: Command<Arc<Clip>>) -> Result<(), Refused> {
        self.try_put(command)?;
        self.wake();
        Ok(())
    }

    /// Hands over one order without waiting, to be carried out after [`wake`](Self::wake).
    ///
    /// # Errors
    /// [`Refused`], and the order is lost.
    pub fn try_put(&self, command: Command<Arc<Clip>>) -> Result<(), Refused> {
        self.put(Order::Command(command))
    }

    /// Has a session go to another thread as it is; that one should be told by an `Arrive` that it
    /// comes, before any order for it. Carried out after [`wake`](Self::wake).
    ///
    /// # Errors
    /// [`Refused`], and the session stays.
    pub fn try_move(&self, leg: LegId, to: &Self) -> Result<(), Refused> {
        let passage = Passage::new(leg, to.arrivals.clone(), to.clone());
        self.put(Order::Leave(passage))
    }

    fn put(&self, order: Order) -> Result<(), Refused> {
        self.sender.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Full,
            TrySendError::Disconnected(_) => Refused::Gone,
        })
    }

    /// Makes the thread look at its orders: one without sessions has no beat that would. Orders that
    /// come while it is on its way to look wake it once.
    pub fn wake(&self) {
        if self.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        // One that cannot be woken looks within its longest wait.
        let _later = self.waker.wake().is_err();
    }
}

/// What lives on the thread.
struct Inside<R, N> {
    engine: Engine<R>,
    sockets: Sockets,
    poller: Poller,
    pacer: Pacer,
    orders: Receiver<Order>,
    arriving: Receiver<Arrival>,
    expected: Expected,
    waker: Waker,
    woken: Arc<AtomicBool>,
    news: N,
    /// News the inbox had no room for.
    untold: Option<Event>,
    clock: Clock,
    counters: Arc<Counters>,
    buffer: [u8; LONGEST],
}

impl<R: RecordSink, N: News> Inside<R, N> {
    fn run(mut self) {
        let mut woken = Events::new();
        loop {
            self.poller.wait(&mut woken, LONGEST_WAIT);
            let mut now = self.clock.now();
            let mut packets = 0;
            for (n, token) in woken.tokens().enumerate() {
                // Before the packets, and again after every few: where a crowd has gathered, the timer is told
                // behind it.
                if n % TURNS == 0 && self.pacer.is_due() {
                    now = self.clock.now();
                    self.tick(now);
                }
                match token {
                    TIMER | ORDERS => {}
                    token => {
                        packets += 1;
                        self.take(now, Woken::of(token));
                    }
                }
            }
            let goes_on = self.take_orders();
            self.tell();
            let sessions = self.sockets.open_count();
            self.counters.publish(&self.sockets.tally, sessions);
            // News that were not taken are told again at the next beat.
            self.pacer.beat(sessions > 0 || self.untold.is_some());
            if !goes_on {
                return;
            }
            if (1..ENOUGH).contains(&packets) && self.sockets.watched_count() >= MANY {
                std::thread::sleep(GATHERING);
            }
        }
    }

    /// Does the work of every period that has passed.
    fn tick(&mut self, now: Now) {
        let (expired, late) = self.pacer.expired();
        if expired == 0 {
            return;
        }
        self.sockets.tally.late(late);
        let due = expired.min(MAX_MADE_UP);
        self.sockets.tally.made_up += due - 1;
        self.sockets.tally.given_up += expired - due;
        self.sockets.look(now);
        if expired > MAX_MADE_UP {
            self.hear_bridged(now);
        }
        for n in 0..self.sockets.paced_count() {
            if let Some(port) = self.sockets.nth_paced(n) {
                self.read(now, port);
            }
        }
        for _ in 0..due {
            self.engine.tick(now, &mut self.sockets);
        }
        self.sockets.tally.ticks += due;
    }

    /// Takes one packet of each bridged port, after a stop of ours: who has sent meanwhile must not be thought
    /// silent because we did not look.
    fn hear_bridged(&mut self, now: Now) {
        for port in 0..self.sockets.port_count() {
            if self.sockets.is_watched(port) {
                self.take(now, Woken::Sound(port));
            }
        }
    }

    /// Takes one packet of a source that has some: if there are more, it is told again at the next look,
    /// so that a flood on one port has the turn of one.
    fn take(&mut self, now: Now, woken: Woken) {
        match woken {
            Woken::Sound(port) => {
                let received = self.sockets.receive(port, &mut self.buffer);
                if let Some((session, from, length)) = received {
                    let packet = &mut self.buffer[..length];
                    // It has just woken us.
                    let times = (now, now.instant);
                    self.engine
                        .handle_packet_at(times, session, from, packet, &mut self.sockets);
                }
            }
            Woken::Control(port) => {
                let received = self.sockets.receive_control(port, &mut self.buffer);
                if let Some((leg, from, length)) = received {
                    let datagram = &mut self.buffer[..length];
                    self.engine.handle_control(now, leg, from, datagram);
                }
            }
        }
    }

    /// Reads what has come to one port, but not for ever: a flood must not stop the beat. What is
    /// left is read in the next tick.
    fn read(&mut self, now: Now, port: usize) {
        let habit = self.sockets.habit(port);
        let most = habit.map_or(MAX_BURST, |habit| habit.most(MAX_BURST));
        let mut taken = 0;
        while taken < most {
            let received = self.sockets.receive_paced(port, &mut self.buffer);
            let Some((session, from, length, came)) = received else {
                break;
            };
            taken += 1;
            let packet = &mut self.buffer[..length];
            let times = (now, came);
            self.engine
                .handle_packet_at(times, session, from, packet, &mut self.sockets);
        }
        if let Some(habit) = self.sockets.habit(port) {
            habit.took(taken);
        }
    }

    /// Carries out what waits; false when the thread shall end.
    fn take_orders(&mut self) -> bool {
        // Before the look: an order that comes after it wakes us again.
        self.woken.store(false, Ordering::Release);
        self.take_arrivals();
        for _ in 0..MAX_ORDERS_AT_ONCE {
            match self.orders.try_recv() {
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => return false,
                Ok(order) => self.obey(order),
                Err(TryRecvError::Empty) => return true,
            }
        }
        // The rest has its turn after the packets; one that cannot wake itself looks at the next beat.
        let _later = self.waker.wake().is_err();
        true
    }

    /// Takes in the sessions that have come from other threads, then does what waited for them.
    fn take_arrivals(&mut self) {
        while let Ok(arrival) = self.arriving.try_recv() {
            // It may have been faster than the word of it.
            if let Some(unannounced) = self.expected.came(arrival) {
                self.take_in(unannounced);
            }
        }
        let (here, orders) = self.expected.let_in(Instant::now());
        for arrival in here {
            self.take_in(arrival);
        }
        for order in orders {
            self.carry_out(order);
        }
    }

    fn take_in(&mut self, arrival: Arrival) {
        if let Some((moving, port)) = arrival.session {
            let leg = arrival.leg;
            self.sockets.adopt(leg, port);
            let now = self.clock.now();
            self.engine.adopt(now, moving, &mut self.sockets);
            self.sockets.settle(leg, self.engine.place_of(leg));
        }
    }

    /// Carries out an order, unless it waits for a session that is on its way here.
    fn obey(&mut self, order: Order) {
        if let Order::Command(Command::Arrive { leg }) = order {
            // It may have been faster than the word of it.
            if !self.sockets.has(leg) {
                self.expected.announce(Instant::now(), leg);
            }
            return;
        }
        if let Some(order) = self.expected.hold(order) {
            self.carry_out(order);
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Command(command) => self.command(command),
            Order::Leave(passage) => self.let_go(passage),
            Order::Stop => {}
        }
    }

    /// Gives a session and its port to another thread.
    fn let_go(&mut self, passage: Passage) {
        let leg = passage.leg();
        if let Some(port) = self.sockets.give(leg)
            && let Some(moving) = self.engine.take(leg)
        {
            passage.carry(moving, port);
        }
    }

    fn command(&mut self, command: Command<Arc<Clip>>) {
        let mut opened = None;
        match &command {
            Command::Open(open) => {
                self.sockets.open(open.leg, open.local);
                opened = Some(open.leg);
            }
            Command::Connect { leg, .. } => self.sockets.hear(*leg),
            Command::Bridge { a, b } => self.sockets.join(*a, *b),
            Command::Part { a, b } => self.sockets.part(*a, *b),
            Command::Mix { leg, .. } => self.sockets.leave(*leg),
            _ => {}
        }
        self.engine
            .handle_command(self.clock.now(), command, &mut self.sockets);
        if let Some(leg) = opened {
            self.sockets.settle(leg, self.engine.place_of(leg));
        }
    }

    /// Tells the news in its order until the inbox is full.
    fn tell(&mut self) {
        loop {
            let news = match self.untold.take() {
                Some(news) => news,
                None => match self.engine.poll_event() {
                    Some(news) => self.fresh(news),
                    None => return,
                },
            };
            if let Err(back) = self.news.tell(news) {
                self.untold = Some(*back);
                self.sockets.tally.stalls += 1;
                return;
            }
        }
    }

    /// What follows from news before they are told.
    fn fresh(&mut self, news: Event) -> Event {
        self.sockets.tally.silences += u64::from(matches!(news, Event::Quiet { .. }));
        if let Event::Closed { leg, report, .. } = &news {
            // The port must be idle before anybody hears that it is free.
            self.sockets.close(*leg);
            self.sockets.tally.lost += report.lost;
            self.sockets.tally.unread += report.unread;
            self.sockets.tally.turned_away += report.turned_away.total();
        }
        news
    }
}

/// One period.
const TICK: Duration = rappel_audio::FRAME_LENGTH;
/// The timer among the sources of the poller.
const TIMER: u64 = u64::MAX;
/// New orders, likewise.
const ORDERS: u64 = u64::MAX - 1;
/// Timer and orders wake the thread long before; this is for the end of all ways to it, and for a
/// machine whose timers stand still.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Periods that are made up for after an interruption: 200 ms, what jitter buffers bridge.
const MAX_MADE_UP: u64 = 10;
/// With so many bridged ports, packets of several are on their way whenever one has come: those of the
/// next moment are waited for and taken together. A wake-up costs as much as moving a packet.
const MANY: usize = 16;
/// How long: what a bridge adds stays below a millisecond with the time it takes to be woken.
const GATHERING: Duration = Duration::from_micros(400);
/// A byte more than any packet has: what was cut off to fit shows by it.
const LONGEST: usize = MAX_PACKET + 1;
/// Packets taken until it is looked whether a beat is due: a third of a millisecond, or two where a bridge
/// converts to Opus.
const TURNS: usize = 32;
/// Packets taken in one turn that need no company.
const ENOUGH: usize = 32;
/// Datagrams read from one port before the others have their turn.
const MAX_BURST: usize = 64;
/// Orders carried out before packets have their turn.
const MAX_ORDERS_AT_ONCE: usize = 1024;
