//! Carries orders to one pacing thread, the names of sounds replaced by sounds.
//!
//! Prompts are in memory; a recording must be read from disk. Orders for one leg keep their order
//! all the same: while a leg waits for a file, what follows for that leg waits behind it, and
//! nobody else does.
//!
//! Orders without sounds (a port is opened, a session ends) and those whose sounds are at hand need no
//! carrying. While nothing else is under way they go straight to the thread, which is woken once for all of
//! a turn.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rappel_media::{Clip, Command};
use rappel_model::{Language, LegId, PlayId, RecordingId, Sound};
use rappel_rtp::Encoding;
use tokio::sync::mpsc;

use super::coder::Coder;
use super::speech::{self, Begun, Later};

/// Where orders go once their sounds are there.
pub(crate) trait Thread: Clone + Send + 'static {
    /// Hands one order over without waking the thread; an error means that it is gone or hopelessly
    /// behind.
    fn put(&mut self, command: Command<Arc<Clip>>) -> Result<(), String>;
    /// Makes the thread look at what it was given.
    fn wake(&mut self);
    /// Tells the house that words of an order were not there in time.
    fn left_out(&mut self, leg: LegId, play: PlayId);
}

/// Where sounds come from.
pub(crate) trait Sounds: Send + Sync + 'static {
    /// What is in memory this moment, a prompt as the tenant's version of this number has it: the control
    /// thread asks, nothing is read.
    fn at_hand(&self, version: u32, sound: &Sound) -> Option<Arc<Clip>>;
    /// What needs nobody to be recorded: what is in memory, and a prompt or a tone, which is read or made at its first
    /// use. `None` for a recording, which [`Sounds::read`] reads.
    fn ready(&self, version: u32, sound: &Sound) -> Option<Arc<Clip>>;
    /// Speaks words that nobody has recorded.
    fn speak(
        &self,
        language: &Language,
        text: &str,
    ) -> impl Future<Output = Result<Arc<Clip>, String>> + Send;
    /// Has a sound coded ahead for an encoding, if it is one that many calls play. May take a while;
    /// runs on the pool.
    fn prepare(&self, version: u32, sound: &Sound, encoding: Encoding);
    /// Reads a recording. May take a while; runs on the pool.
    fn read(&self, recording: RecordingId) -> Result<Arc<Clip>, String>;
}

/// The orders of one pacing thread, before their sounds are found.
#[derive(Debug)]
pub(crate) struct Courier<T, S> {
    thread: T,
    sounds: Arc<S>,
    road: mpsc::Sender<Order>,
    /// How many orders are on the road: taken, and not handed to the thread yet.
    under_way: Arc<AtomicUsize>,
    /// The thread was given orders that it has not been woken for.
    given: bool,
    coder: Coder,
}

impl<T: Thread, S: Sounds> Courier<T, S> {
    /// Starts carrying to `thread`. Must be called on a tokio runtime.
    pub(crate) fn start(thread: T, sounds: Arc<S>) -> Self {
        let (road, orders) = mpsc::channel(MAX_QUEUED);
        let under_way = Arc::new(AtomicUsize::new(0));
        let carried = Carried {
            thread: thread.clone(),
            under_way: Arc::clone(&under_way),
        };
        let coder = Coder::start(Arc::clone(&sounds));
        tokio::spawn(carry(carried, Arc::clone(&sounds), orders));
        Self {
            thread,
            sounds,
            road,
            under_way,
            given: false,
            coder,
        }
    }

    /// Takes one order from the control thread, which never waits. The thread looks at it after
    /// [`wake`](Self::wake) at the latest.
    pub(crate) fn take(&mut self, version: u32, command: Command<Sound>) {
        self.coder.see(version, &command);
        // Nobody else puts anything on the road: what is not on it now does not come before this.
        let is_free = self.under_way.load(Ordering::Acquire) == 0;
        if is_free && let Some(clips) = self.at_hand(version, &command) {
            give(&mut self.thread, command.map_sounds(|_| clips));
            self.given = true;
            return;
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        if let Err(refused) = self.road.try_send((version, command)) {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(error = %refused, "a pacing thread is too far behind: an order is lost");
        }
    }

    /// The sounds of an order, when all of them are in memory.
    fn at_hand(&self, version: u32, command: &Command<Sound>) -> Option<Vec<Arc<Clip>>> {
        let Command::Play { sounds, .. } = command else {
            return Some(Vec::new());
        };
        let clip = |sound| self.sounds.at_hand(version, sound);
        sounds.iter().map(clip).collect()
    }

    /// A turn is over: the thread looks at what it was given.
    pub(crate) fn wake(&mut self) {
        if std::mem::take(&mut self.given) {
            self.thread.wake();
        }
    }
}

/// The thread at the end of the road.
struct Carried<T> {
    thread: T,
    under_way: Arc<AtomicUsize>,
}

impl<T: Thread> Carried<T> {
    /// Hands over an order that was on the road.
    fn arrive(&mut self, command: Command<Arc<Clip>>) {
        self.follow(command);
        self.under_way.fetch_sub(1, Ordering::Release);
    }

    /// Hands over what follows such an order.
    fn follow(&mut self, command: Command<Arc<Clip>>) {
        give(&mut self.thread, command);
        self.thread.wake();
    }
}

/// An order, and the number of the version whose prompts it means.
pub(super) type Order = (u32, Command<Sound>);

/// An order whose files were read.
type Found = Command<Arc<Clip>>;

/// Orders that wait behind a file, by leg. A leg is in here exactly as long as a file is being
/// read for it.
type Waiting = BTreeMap<LegId, VecDeque<Order>>;

async fn carry<S: Sounds>(
    mut thread: Carried<impl Thread>,
    sounds: Arc<S>,
    mut orders: mpsc::Receiver<Order>,
) {
    let (done, mut found) = mpsc::channel::<Found>(MAX_QUEUED);
    let (later, mut spoken) = mpsc::channel(MAX_QUEUED);
    let mut waiting = Waiting::new();
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some(order) = order else { return };
                if let Some(queue) = waiting.get_mut(&order.1.leg()) {
                    queue.push_back(order);
                    continue;
                }
                if let Some(order) = pass(&mut thread, &sounds, order, &later) {
                    waiting.insert(order.1.leg(), VecDeque::new());
                    fetch(Arc::clone(&sounds), order, done.clone());
                }
            }
            Some(more) = spoken.recv() => match more {
                Later::More(command) => thread.follow(command),
                Later::LeftOut(leg, play) => thread.thread.left_out(leg, play),
            },
            Some(command) = found.recv() => {
                let leg = command.leg();
                thread.arrive(command);
                let mut queue = waiting.remove(&leg).unwrap_or_default();
                while let Some(order) = queue.pop_front() {
                    if let Some(order) = pass(&mut thread, &sounds, order, &later) {
                        waiting.insert(leg, queue);
                        fetch(Arc::clone(&sounds), order, done.clone());
                        break;
                    }
                }
            }
        }
    }
}

/// Hands an order over when all its sounds are in memory; otherwise it is what comes back.
fn pass<S: Sounds>(
    thread: &mut Carried<impl Thread>,
    sounds: &Arc<S>,
    order: Order,
    later: &mpsc::Sender<Later>,
) -> Option<Order> {
    let (version, order) = match speech::begin(sounds, order, later) {
        Begun::Words(begun) => {
            thread.arrive(begun);
            return None;
        }
        Begun::Back(order) => order,
    };
    let Command::Play { sounds: names, .. } = &order else {
        thread.arrive(order.map_sounds(|_| Vec::new()));
        return None;
    };
    let clips: Option<Vec<_>> = names
        .iter()
        .map(|name| sounds.ready(version, name))
        .collect();
    match clips {
        Some(clips) => {
            thread.arrive(order.map_sounds(|_| clips));
            None
        }
        None => Some((version, order)),
    }
}

/// Reads what is missing on the pool, then sends the order on. What cannot be read is left out:
/// the caller hears the rest.
fn fetch<S: Sounds>(sounds: Arc<S>, (version, order): Order, done: mpsc::Sender<Found>) {
    tokio::task::spawn_blocking(move || {
        let found = |name: &Sound| clip(&*sounds, version, name);
        let command = order.map_sounds(|names| names.iter().filter_map(found).collect());
        // The other end is gone only when the engine stops.
        let _stopped = done.blocking_send(command).is_err();
    });
}

pub(super) fn clip<S: Sounds>(sounds: &S, version: u32, name: &Sound) -> Option<Arc<Clip>> {
    if let Some(clip) = sounds.ready(version, name) {
        return Some(clip);
    }
    let recording = match name {
        Sound::Recording(recording) => recording,
        Sound::Speech { language, .. } => {
            tracing::warn!(%language, "words within music are left out");
            return None;
        }
        _ => {
            tracing::error!(sound = ?name, "there is no such sound");
            return None;
        }
    };
    sounds
        .read(*recording)
        .inspect_err(|error| tracing::error!(%recording, error, "a recording cannot be played"))
        .ok()
}

fn give(thread: &mut impl Thread, command: Command<Arc<Clip>>) {
    if let Err(error) = thread.put(command) {
        tracing::error!(error, "a pacing thread does not take orders");
    }
}

/// Most orders that wait for one pacing thread: ten for each of some hundred calls.
const MAX_QUEUED: usize = 4096;

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
    use std::time::Duration;

    use rappel_model::Tone;

    use super::*;

    /// Hands on the leg and the play of every order it gets.
    #[derive(Clone)]
    struct Notes(SyncSender<(LegId, Option<PlayId>)>);

    impl Thread for Notes {
        fn put(&mut self, command: Command<Arc<Clip>>) -> Result<(), String> {
            let play = match &command {
                Command::Play { play, .. } | Command::Stop { play, .. } => Some(*play),
                _ => None,
            };
            self.0
                .send((command.leg(), play))
                .map_err(|e| e.to_string())
        }

        fn wake(&mut self) {}

        fn left_out(&mut self, _: LegId, _: PlayId) {}
    }

    /// Tones are ready; a recording takes until the gate lets it through.
    struct Slow(std::sync::Mutex<Receiver<()>>);

    impl Sounds for Slow {
        fn at_hand(&self, version: u32, sound: &Sound) -> Option<Arc<Clip>> {
            self.ready(version, sound)
        }

        fn ready(&self, _: u32, sound: &Sound) -> Option<Arc<Clip>> {
            match sound {
                Sound::Tone(tone) => Some(Arc::new(Clip::tone(*tone))),
                _ => None,
            }
        }

        async fn speak(&self, _: &Language, _: &str) -> Result<Arc<Clip>, String> {
            Err("nobody speaks here".into())
        }

        fn prepare(&self, _: u32, _: &Sound, _: Encoding) {}

        fn read(&self, _: RecordingId) -> Result<Arc<Clip>, String> {
            let gate = self.0.lock().map_err(|e| e.to_string())?;
            gate.recv().map_err(|e| e.to_string())?;
            Ok(Arc::new(Clip::tone(Tone::Beep)))
        }
    }

    fn play(leg: u64, play: u64, sound: Sound) -> Command<Sound> {
        let (leg, play) = (LegId(leg), PlayId(play));
        Command::Play {
            leg,
            play,
            sounds: vec![sound],
            stop_on_key: false,
            forever: false,
        }
    }

    #[tokio::test]
    async fn orders_whose_sounds_are_at_hand_go_straight_and_overtake_nothing() {
        let (notes, seen) = sync_channel(16);
        let (open, gate) = sync_channel(1);
        let mut courier = Courier::start(Notes(notes), Arc::new(Slow(std::sync::Mutex::new(gate))));
        let stop = |leg, play| Command::Stop {
            leg: LegId(leg),
            play: PlayId(play),
        };
        courier.take(1, stop(1, 1));
        // The task had no chance to run: nothing is awaited.
        assert_eq!(seen.try_recv(), Ok((LegId(1), Some(PlayId(1)))));
        courier.take(1, play(1, 1, Sound::Tone(Tone::Beep)));
        assert_eq!(seen.try_recv(), Ok((LegId(1), Some(PlayId(1)))));
        courier.take(1, play(1, 2, Sound::Recording(RecordingId(7))));
        courier.take(1, stop(1, 2));
        courier.take(1, stop(3, 3));
        let listener = tokio::task::spawn_blocking(move || {
            let limit = Duration::from_secs(5);
            let other = seen.recv_timeout(limit);
            open.send(()).expect("the reader waits");
            let own: Vec<_> = (0..2).map(|_| seen.recv_timeout(limit)).collect();
            (other, own)
        });
        let (other, own) = listener.await.expect("the listener does not fail");
        assert_eq!(other, Ok((LegId(3), Some(PlayId(3)))));
        assert_eq!(own, [Ok((LegId(1), Some(PlayId(2)))); 2]);
        while courier.under_way.load(Ordering::Acquire) > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_slow_file_holds_up_its_own_leg_and_no_other() {
        let (notes, seen) = sync_channel(16);
        let (open, gate) = sync_channel(1);
        let mut courier = Courier::start(Notes(notes), Arc::new(Slow(std::sync::Mutex::new(gate))));
        courier.take(1, play(1, 1, Sound::Recording(RecordingId(7))));
        let (leg, stopped) = (LegId(1), PlayId(1));
        courier.take(1, Command::Stop { leg, play: stopped });
        courier.take(1, play(2, 2, Sound::Tone(Tone::Beep)));
        let listener = tokio::task::spawn_blocking(move || {
            let limit = Duration::from_secs(5);
            let first = seen.recv_timeout(limit);
            open.send(()).expect("the reader waits");
            let rest: Vec<_> = (0..2).map(|_| seen.recv_timeout(limit)).collect();
            (first, rest)
        });
        let (first, rest) = listener.await.expect("the listener does not fail");
        assert_eq!(first, Ok((LegId(2), Some(PlayId(2)))));
        assert_eq!(rest[0], Ok((LegId(1), Some(PlayId(1)))));
        assert_eq!(rest[1], Ok((LegId(1), Some(PlayId(1)))));
    }
}
