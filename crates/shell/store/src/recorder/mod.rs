//! Recordings: frames from pacing threads become WAV files.
//!
//! One thread writes ([`thread`]), another waits for the disk ([`sealer`]), so that a slow `fsync`
//! never holds up a frame. Frames and orders come by two queues; before an order is carried out,
//! every frame that was sent before it has been written.

mod sealer;
mod thread;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::Thread;

use rappel_audio::{Frame, Rate};
use rappel_model::RecordingId;

use crate::error::Error;
use crate::folder::Folder;
use crate::reply::Reply;

/// The way to the writer of recordings, one per pacing thread. Neither method blocks, locks,
/// allocates or makes a system call.
#[derive(Debug)]
pub struct FrameSink {
    frames: SyncSender<Piece>,
    failing: Arc<AtomicBool>,
    /// Ends that found the queue full; room for all of them is set aside beforehand.
    ends: Vec<(RecordingId, u64)>,
}

/// A writer that can take no more: it is too slow, or the disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// What a pacing thread sends: by value, as a box would be an allocation per frame. Every piece is
/// copied as long as the longest: so there is none of two frames.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Of a recording of one channel.
    Frame(RecordingId, Rate, Frame),
    /// Of one of two; the right one of the same time comes next.
    Left(RecordingId, Rate, Frame),
    Right(RecordingId, Frame),
    End(RecordingId, u64),
}

impl FrameSink {
    /// Takes the next frame of a recording (20 ms at 8 kHz, 10 ms at 16 kHz), of one channel or, when there
    /// is a `right` one, of two; the first frame creates its file, which is of that rate.
    ///
    /// # Errors
    /// [`Full`] when the queue is full or the disk refuses; the recording should end.
    pub fn frame(
        &mut self,
        recording: RecordingId,
        rate: Rate,
        left: &Frame,
        right: Option<&Frame>,
    ) -> Result<(), Full> {
        self.send_ends();
        // Relaxed: nothing else is read because of it, and a frame too many does no harm.
        if self.failing.load(Ordering::Relaxed) {
            return Err(Full);
        }
        let Some(right) = right else {
            return self.send(Piece::Frame(recording, rate, *left));
        };
        self.send(Piece::Left(recording, rate, *left))?;
        self.send(Piece::Right(recording, *right))
    }

    fn send(&mut self, piece: Piece) -> Result<(), Full> {
        self.frames.try_send(piece).map_err(|_| Full)
    }

    /// The recording is over: its first `samples` samples stay, of 8 kHz whatever its own rate. An end that cannot be handed over
    /// is made up for: the writer closes a file that gets no more frames, and cuts it when it is
    /// kept.
    pub fn end(&mut self, recording: RecordingId, samples: u64) {
        self.send_ends();
        if self
            .frames
            .try_send(Piece::End(recording, samples))
            .is_err()
            && self.ends.len() < MAX_HELD_ENDS
        {
            self.ends.push((recording, samples));
        }
    }

    fn send_ends(&mut self) {
        while let Some(&(recording, samples)) = self.ends.last() {
            match self.frames.try_send(Piece::End(recording, samples)) {
                Err(TrySendError::Full(_)) => return,
                Ok(()) | Err(TrySendError::Disconnected(_)) => self.ends.pop(),
            };
        }
    }
}

/// What the rest of the store asks of the writer.
enum Order {
    /// Make the first `samples` samples durable under their name.
    Seal(RecordingId, u64, Reply),
    /// Remove the file.
    Discard(RecordingId, Reply),
    /// Close every file and end.
    Close(Reply),
}

/// The handle of the writing thread. Never waits; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    orders: SyncSender<Order>,
    frames: SyncSender<Piece>,
    failing: Arc<AtomicBool>,
    thread: Thread,
}

impl Recorder {
    /// Starts both threads.
    pub(crate) fn start(folder: Folder) -> Result<Self, Error> {
        let (orders, order_queue) = mpsc::sync_channel(MAX_QUEUED_ORDERS);
        let (frames, frame_queue) = mpsc::sync_channel(MAX_QUEUED_FRAMES);
        let failing = Arc::new(AtomicBool::new(false));
        let sealer = sealer::start(folder.clone())?;
        let writing =
            thread::Writing::new(folder, order_queue, frame_queue, failing.clone(), sealer);
        let thread = std::thread::Builder::new()
            .name("recordings".to_owned())
            .spawn(move || writing.run())
            .map_err(|e| Error::Io(format!("starting a thread: {e}")))?
            .thread()
            .clone();
        Ok(Self {
            orders,
            frames,
            failing,
            thread,
        })
    }

    /// A way in for one more pacing thread.
    pub(crate) fn sink(&self) -> FrameSink {
        FrameSink {
            frames: self.frames.clone(),
            failing: self.failing.clone(),
            ends: Vec::with_capacity(MAX_HELD_ENDS),
        }
    }

    /// Makes a recording durable: its sound, its length and its name.
    pub(crate) fn seal(
        &self,
        recording: RecordingId,
        samples: u64,
        then: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        self.order(Order::Seal(recording, samples, Reply::new(then)));
    }

    /// Removes a recording, finished or not.
    pub(crate) fn discard(
        &self,
        recording: RecordingId,
        then: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        self.order(Order::Discard(recording, Reply::new(then)));
    }

    /// Closes what is open, waits for what is being sealed, ends both threads.
    pub(crate) fn close(&self, then: impl FnOnce(Result<(), Error>) + Send + 'static) {
        self.order(Order::Close(Reply::new(then)));
    }

    fn order(&self, order: Order) {
        match self.orders.try_send(order) {
            Ok(()) => self.thread.unpark(),
            Err(TrySendError::Full(
                Order::Seal(_, _, reply) | Order::Discard(_, reply) | Order::Close(reply),
            )) => reply.answer(Err(Error::Overloaded)),
            // Dropped, and so answered.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

/// Most frames waiting to be written: a third of a second of 500 recordings of two channels at 8 kHz.
pub const MAX_QUEUED_FRAMES: usize = 16_384;

/// Most recordings waiting to be made durable or removed.
pub const MAX_QUEUED_ORDERS: usize = 4_096;

/// Most ends a pacing thread holds back while the queue is full.
const MAX_HELD_ENDS: usize = 256;

#[cfg(test)]
mod tests;
