//! All sessions of one pacing thread.

use std::net::SocketAddr;
use std::sync::Arc;

use rappel_audio::Frame;
use rappel_model::{LegId, Now, RecordingId};

use crate::clip::Clip;
use crate::command::Command;
use crate::event::Event;

/// Where packets leave: implemented by the thread that owns the sockets. It sends from the local
/// port of `leg` and never blocks; a packet the system refuses is lost, as on any network.
pub trait Sink {
    /// Sends one RTP packet.
    fn send(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]);
}

/// Where recorded sound leaves: implemented by the shell as a bounded channel to a writer. No
/// method may block, lock or allocate.
pub trait RecordSink {
    /// Takes the next 20 ms of a recording. The first frame of an unknown recording begins it.
    ///
    /// # Errors
    /// [`Full`] when the writer cannot take more or has failed; the recording then ends with
    /// [`RecordEnd::WriterFailed`](crate::RecordEnd::WriterFailed).
    fn frame(&mut self, recording: RecordingId, frame: &Frame) -> Result<(), Full>;

    /// The recording is over: keep its first `samples` samples, the rest is silence to cut off.
    /// Told once for every recording, also one that never got a frame, before the event leaves.
    fn end(&mut self, recording: RecordingId, samples: u64);
}

/// A writer that can take no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The bounds of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most sessions open at a time; one more is answered with `Closed` at once.
    pub max_sessions: usize,
}

/// The media of one pacing thread. The thread hands over commands and packets as they come, calls
/// [`tick`](Engine::tick) every 20 ms on an absolute schedule, and drains
/// [`poll_event`](Engine::poll_event) after each.
#[derive(Debug)]
pub struct Engine<R> {
    recordings: R,
    settings: Settings,
}

impl<R: RecordSink> Engine<R> {
    /// An engine without sessions whose recorded frames go to `recordings`.
    pub fn new(settings: Settings, recordings: R) -> Self {
        Self {
            recordings,
            settings,
        }
    }

    /// Carries out one order.
    pub fn handle_command(&mut self, now: Now, command: Command<Arc<Clip>>) {
        let _ = (now, command);
    }

    /// Takes one datagram that arrived on the RTP port of `leg`. A bridged packet is rewritten in
    /// `packet` and leaves by `sink` before this returns; garbage is counted and dropped.
    pub fn handle_packet(
        &mut self,
        now: Now,
        leg: LegId,
        from: SocketAddr,
        packet: &mut [u8],
        sink: &mut impl Sink,
    ) {
        let _ = (now, leg, from, packet, sink);
    }

    /// Does 20 ms of paced work for every session: plays, digits, the ends of recordings, dead
    /// peers. A late tick is made up for by calling it once per period that passed.
    pub fn tick(&mut self, now: Now, sink: &mut impl Sink) {
        let _ = (now, sink, &self.settings);
    }

    /// The next piece of news, until `None`.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// How many sessions are open.
    pub fn sessions(&self) -> usize {
        0
    }

    /// The sink of recordings, for the shell to flush or inspect.
    pub fn recordings(&mut self) -> &mut R {
        &mut self.recordings
    }
}
