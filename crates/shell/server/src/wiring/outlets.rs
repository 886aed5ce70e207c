//! The ways out of the control thread: SIP, media, the store, the diary.

use std::net::SocketAddr;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, OnceLock};

use rappel_audio::{Frame, Rate};
use rappel_media::{Clip, Command, Event, Full, RecordSink};
use rappel_model::{LegId, Network, PlayId, RecordingId};
use rappel_net::Clock;
use rappel_net::dns::Resolver;
use rappel_net::media::{News, Orders, Ports, Settings, Thread};
use rappel_net::sip::Gate;
use rappel_rtp::Fingerprint;
use rappel_store::{FrameSink, Store};
use rappel_switchboard::{Input, Live, Output};
use tokio::runtime::Runtime;

use super::Door;
use super::clerk::Clerk;
use super::courier::{self, Courier};
use super::diary;
use super::sounds::Catalogue;
use crate::house;
use crate::loading::trunks::Desk;
use crate::sight::Eye;

/// Everything the switchboard's outputs are for.
pub(super) struct Outlets {
    sip: rappel_net::sip::Sender,
    gate: Gate,
    names: Resolver<Door>,
    media: Media,
    clerk: Clerk,
    desk: Arc<Desk>,
    eye: Eye,
}

/// The pacing threads, each with its courier.
pub(super) struct Media {
    threads: Vec<Thread>,
    couriers: Vec<Courier<Way, Catalogue>>,
}

impl Outlets {
    /// The ways out.
    pub(super) fn new(
        sip: rappel_net::sip::Sender,
        gate: Gate,
        names: Resolver<Door>,
        media: Media,
        clerk: Clerk,
        desk: Arc<Desk>,
        eye: Eye,
    ) -> Self {
        Self {
            sip,
            gate,
            names,
            media,
            clerk,
            desk,
            eye,
        }
    }
}

impl house::Outlets for Outlets {
    fn carry(&mut self, output: Output) {
        match output {
            Output::Sip { bytes, flow, host } => self.sip.send(bytes, flow, host),
            Output::Lookup { lookup, name, kind } => self.names.look_up(lookup, name, kind),
            Output::Source(report) => self.gate.report(report),
            Output::Media {
                thread,
                version,
                command,
            } => match self.media.couriers.get_mut(thread) {
                Some(courier) => courier.take(version, command),
                None => tracing::error!(thread, "an order for a pacing thread that does not exist"),
            },
            Output::Ask { question, ask } => self.clerk.ask(question, ask),
            Output::Write(write) => self.clerk.write(write),
            Output::Trunks(number, report) => self.desk.answer(number, *report),
            Output::Diary(event) => {
                diary::log(&event);
                self.eye.hear(event);
            }
            Output::Drained => {}
        }
    }

    fn finish(&mut self, live: &Live) {
        for courier in &mut self.media.couriers {
            courier.wake();
        }
        self.eye.gauges().note(live);
    }
}

impl Media {
    /// What the pacing threads count.
    pub(super) fn counters(&self) -> Vec<Arc<rappel_net::media::Counters>> {
        self.threads.iter().map(Thread::counters).collect()
    }

    /// The bound ports, by thread.
    pub(super) fn ports(&self) -> Vec<Vec<SocketAddr>> {
        self.threads
            .iter()
            .map(|thread| thread.ports().to_vec())
            .collect()
    }

    /// What they show to browsers, by thread.
    pub(super) fn identities(&self) -> Vec<Fingerprint> {
        self.threads.iter().filter_map(Thread::identity).collect()
    }
}

/// Starts the pacing threads, each with its share of the ports; nothing goes to the blocked networks.
pub(super) fn start_media(
    (ports, blocked): (Vec<Ports>, Arc<[Network]>),
    store: &Store,
    sounds: &Arc<Catalogue>,
    inbox: &SyncSender<Input>,
    clock: Clock,
    runtime: &Runtime,
) -> Result<Media, String> {
    let mut media = Media {
        threads: Vec::new(),
        couriers: Vec::new(),
    };
    let others = Arc::new(OnceLock::new());
    let _within = runtime.enter();
    for (number, ports) in ports.into_iter().enumerate() {
        let settings = Settings {
            number,
            max_orders: MAX_ORDERS,
            blocked: Arc::clone(&blocked),
        };
        let recordings = Frames(store.frame_sink());
        let thread = Thread::start(settings, ports, recordings, Inbox(inbox.clone()), clock)
            .map_err(|e| format!("cannot start a pacing thread: {e}"))?;
        let way = Way {
            orders: thread.orders(),
            others: Arc::clone(&others),
            inbox: inbox.clone(),
        };
        let courier = Courier::start(way, Arc::clone(sounds));
        media.couriers.push(courier);
        media.threads.push(thread);
    }
    let all = media.threads.iter().map(Thread::orders).collect();
    others.set(all).expect("the threads are started once");
    Ok(media)
}

/// A pacing thread, as its courier sees it.
#[derive(Clone)]
struct Way {
    orders: Orders,
    /// The ways to all threads, this one among them, by number.
    others: Arc<OnceLock<Vec<Orders>>>,
    inbox: SyncSender<Input>,
}

impl courier::Thread for Way {
    fn put(&mut self, command: Command<Arc<Clip>>) -> Result<(), String> {
        let Command::Leave { leg, to } = command else {
            return self.orders.try_put(command).map_err(|e| e.to_string());
        };
        let to = self.others.get().and_then(|others| others.get(to));
        let to = to.ok_or("there is no such thread to go to")?;
        self.orders.try_move(leg, to).map_err(|e| e.to_string())
    }

    fn wake(&mut self) {
        self.orders.wake();
    }

    fn left_out(&mut self, leg: LegId, play: PlayId) {
        // A full inbox has worse to tell than that a few words were missing.
        let _told = self
            .inbox
            .try_send(Input::Media(Event::LeftOut { leg, play }))
            .is_ok();
    }
}

/// The control thread's inbox, as a pacing thread sees it.
struct Inbox(SyncSender<Input>);

impl News for Inbox {
    fn tell(&mut self, news: Event) -> Result<(), Box<Event>> {
        match self.0.try_send(Input::Media(news)) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
            Err(TrySendError::Full(Input::Media(news))) => Err(Box::new(news)),
            // What comes back is what was put in.
            Err(TrySendError::Full(_)) => Ok(()),
        }
    }
}

/// The store's writer of recordings, as a media engine sees it.
struct Frames(FrameSink);

impl RecordSink for Frames {
    fn frame(
        &mut self,
        recording: RecordingId,
        rate: Rate,
        left: &Frame,
        right: Option<&Frame>,
    ) -> Result<(), Full> {
        self.0.frame(recording, rate, left, right).map_err(|_| Full)
    }

    fn end(&mut self, recording: RecordingId, samples: u64) {
        self.0.end(recording, samples);
    }
}

/// Most orders that wait for one pacing thread, which looks for them every 20 ms.
const MAX_ORDERS: usize = 4096;
