//! The shell of sight: one thread that is shown what passes, and those it tells.
//!
//! The transports and the control thread put what they see into a bounded channel and never wait:
//! when it is full, a message is not remembered, and that is counted. The thread owns the machine
//! (`rappel_sight::Sight`), the counters of Prometheus and the way to Homer; commands ask it by the
//! same channel.

mod answer;
mod homer;
mod measure;
mod metrics;
mod standing;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Event, Timestamp, Trouble};
use rappel_net::sip::{Passage as Way, Tap};
use rappel_sight::ring::Limits;
use rappel_sight::{Captured, Found, Passage, Sight, Trace};
use rappel_sip::Flow;
use tokio::runtime::Handle;

use crate::config::engine::Engine;
use homer::Homer;
pub(crate) use measure::Gauges;
use metrics::Metrics;

/// The thread, as everybody else sees it.
#[derive(Clone, Debug)]
pub(crate) struct Eye {
    put: SyncSender<Seen>,
    dropped: Arc<AtomicU64>,
    gauges: Arc<Gauges>,
}

/// What the thread is told.
#[derive(Debug)]
enum Seen {
    /// A message passed.
    Message(Captured),
    /// The diary told something.
    Fact(Event),
    /// Something went wrong below the messages.
    Trouble(Timestamp, Trouble),
    /// Somebody asks for one call.
    Find(String, SyncSender<Found>),
    /// Somebody asks for everything since then.
    Recent(Option<Timestamp>, SyncSender<Trace>),
    /// Somebody wants every message from now on.
    Watch(SyncSender<Captured>),
}

impl Eye {
    /// Starts the thread, the way to Homer and the door of the metrics, as `engine` says.
    ///
    /// # Errors
    /// A port is taken, or there is no way to Homer; told with the key to change.
    pub(crate) fn open(engine: &Engine, runtime: &Handle) -> Result<Self, String> {
        let (put, seen) = sync_channel(MAX_WAITING);
        let eye = Self {
            put,
            dropped: Arc::default(),
            gauges: Arc::default(),
        };
        let limits = Limits {
            bytes: engine.sight.memory << 20,
            ..Limits::default()
        };
        let homer = engine.homer.as_ref().map(Homer::open).transpose()?;
        let metrics = Metrics::new();
        if let Some(settings) = &engine.metrics {
            let (gauges, dropped) = (Arc::clone(&eye.gauges), Arc::clone(&eye.dropped));
            metrics.listen(settings.listen, gauges, dropped, runtime)?;
        }
        let watcher = Watcher {
            sight: Sight::new(limits),
            homer,
            metrics,
            watching: Vec::new(),
            setups: BTreeMap::new(),
        };
        thread::Builder::new()
            .name("sight".into())
            .spawn(move || watcher.run(&seen))
            .map_err(|e| format!("cannot start the sight thread: {e}"))?;
        Ok(eye)
    }

    /// The diary told something.
    pub(crate) fn hear(&self, event: Event) {
        self.tell(Seen::Fact(event));
    }

    /// What goes on, for the metrics.
    pub(crate) fn gauges(&self) -> &Arc<Gauges> {
        &self.gauges
    }

    fn tell(&self, seen: Seen) {
        if self.put.try_send(seen).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks, and waits for the answer; `None` when the thread is gone.
    fn ask<T>(&self, question: impl FnOnce(SyncSender<T>) -> Seen) -> Option<T> {
        let (put, answer) = sync_channel(1);
        self.put.send(question(put)).ok()?;
        answer.recv().ok()
    }
}

impl Tap for Eye {
    fn passed(&self, at: Timestamp, way: Way, flow: Flow, bytes: &Bytes) {
        let passage = match way {
            Way::In => Passage::In,
            Way::Out => Passage::Out,
        };
        let message = Captured::on(at, passage, flow, bytes.clone());
        self.tell(Seen::Message(message));
    }

    fn troubled(&self, at: Timestamp, trouble: Trouble) {
        self.tell(Seen::Trouble(at, trouble));
    }
}

/// The thread's side.
struct Watcher {
    sight: Sight,
    homer: Option<Homer>,
    metrics: Metrics,
    /// Who wants every message; one that reads too slowly misses some.
    watching: Vec<SyncSender<Captured>>,
    /// When INVITEs came whose answer is still to be sent, by Call-ID.
    setups: BTreeMap<String, Timestamp>,
}

impl Watcher {
    fn run(mut self, seen: &Receiver<Seen>) {
        while let Ok(first) = seen.recv() {
            self.take(first);
            while let Ok(more) = seen.try_recv() {
                self.take(more);
            }
            // Whoever tells something meanwhile need not wake us, which costs them more than telling.
            thread::sleep(GATHERING);
        }
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Message(message) => self.see(message),
            Seen::Fact(event) => {
                self.metrics.hear(&event);
                self.sight.hear(event);
            }
            Seen::Trouble(at, trouble) => self.sight.suffer(at, trouble),
            // Who asked and went away needs no answer.
            Seen::Find(id, answer) => drop(answer.send(self.sight.find(&id))),
            Seen::Recent(since, answer) => drop(answer.send(self.sight.recent(since))),
            Seen::Watch(watch) if self.watching.len() < MAX_WATCHING => {
                self.watching.push(watch);
            }
            Seen::Watch(_) => {}
        }
    }

    fn see(&mut self, message: Captured) {
        if message.is_keep_alive() {
            return;
        }
        self.metrics.see(&message, &mut self.setups);
        if let Some(homer) = &mut self.homer {
            homer.send(&message, &self.sight);
        }
        self.watching.retain(|watch| {
            use std::sync::mpsc::TrySendError;
            !matches!(
                watch.try_send(message.clone()),
                Err(TrySendError::Disconnected(_))
            )
        });
        if self.sight.see(message) {
            self.metrics.repeated();
        }
    }
}

/// Most messages and facts that wait for the thread: a second of a very busy engine.
const MAX_WAITING: usize = 65_536;
/// How long the thread leaves alone what comes after it has seen everything: far less than it takes to
/// fill its channel, and than anybody notices who asks.
const GATHERING: Duration = Duration::from_millis(10);
/// Most commands that watch live.
const MAX_WATCHING: usize = 8;
