//! The thread that writes frames into files.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use rappel_audio::{Frame, Rate, wav};
use rappel_model::RecordingId;

use super::sealer::{Sealer, Sealing};
use super::{MAX_QUEUED_FRAMES, Order, Piece};
use crate::error::Error;
use crate::folder::Folder;
use crate::reply::Reply;

/// Everything the writing thread owns.
pub(super) struct Writing {
    folder: Folder,
    orders: Receiver<Order>,
    frames: Receiver<Piece>,
    /// Tells pacing threads that the disk refuses, so that callers hear of it at once.
    failing: Arc<AtomicBool>,
    /// When a failing disk is tried again.
    probe_at: Instant,
    open: BTreeMap<RecordingId, Open>,
    /// When it is looked next which of them gets no more frames.
    look_at: Instant,
    /// Left channels whose right one has not come yet: at most one of each recording under way.
    left: BTreeMap<RecordingId, (Rate, Frame)>,
    /// Recordings that lost a frame, the oldest first: they may not be promised.
    failed: VecDeque<(RecordingId, Error)>,
    sealer: Sealer,
}

/// One file that is being written.
struct Open {
    recorder: wav::Recorder<BufWriter<File>>,
    last_frame: Instant,
}

impl Writing {
    pub(super) fn new(
        folder: Folder,
        orders: Receiver<Order>,
        frames: Receiver<Piece>,
        failing: Arc<AtomicBool>,
        sealer: Sealer,
    ) -> Self {
        Self {
            folder,
            orders,
            frames,
            failing,
            probe_at: Instant::now(),
            open: BTreeMap::new(),
            look_at: Instant::now(),
            left: BTreeMap::new(),
            failed: VecDeque::new(),
            sealer,
        }
    }

    /// Works until told to close, or until nobody is left to tell.
    pub(super) fn run(mut self) {
        loop {
            if let Some(asked_by) = self.round(Instant::now()) {
                return self.close(asked_by);
            }
            // Frames wake nobody, as that would cost the sender a system call: they are fetched.
            thread::park_timeout(match self.open.is_empty() {
                true => IDLE_ROUND,
                false => ROUND,
            });
        }
    }

    /// Does everything that waits; tells when it was the last time, and who wants to know.
    pub(super) fn round(&mut self, now: Instant) -> Option<Reply> {
        let (orders, gone) = self.waiting_orders();
        // Whatever was sent before these orders is in the queue, and the queue is bounded.
        for _ in 0..MAX_QUEUED_FRAMES {
            match self.frames.try_recv() {
                Ok(piece) => self.piece(piece, now),
                Err(_) => break,
            }
        }
        let mut closing = gone.then(|| Reply::new(drop));
        for order in orders {
            match order {
                Order::Seal(recording, samples, reply) => self.seal(recording, samples, reply, now),
                Order::Discard(recording, reply) => self.discard(recording, reply),
                Order::Close(reply) => closing = Some(reply),
            }
        }
        self.close_idle(now);
        self.probe(now);
        closing
    }

    /// How many files are being written.
    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        self.open.len()
    }

    fn waiting_orders(&self) -> (Vec<Order>, bool) {
        let mut orders = Vec::new();
        loop {
            match self.orders.try_recv() {
                Ok(order) => orders.push(order),
                Err(TryRecvError::Empty) => return (orders, false),
                Err(TryRecvError::Disconnected) => return (orders, true),
            }
        }
    }

    fn piece(&mut self, piece: Piece, now: Instant) {
        match piece {
            Piece::Frame(recording, rate, frame) => {
                self.frame(recording, rate, (&frame, None), now);
            }
            Piece::Left(recording, rate, left) => {
                if self.left.len() < MAX_OPEN {
                    self.left.insert(recording, (rate, left));
                }
            }
            Piece::Right(recording, right) => {
                if let Some((rate, left)) = self.left.remove(&recording) {
                    self.frame(recording, rate, (&left, Some(&right)), now);
                }
            }
            Piece::End(recording, samples) => {
                self.left.remove(&recording);
                if let Some(open) = self.open.remove(&recording)
                    && let Err(error) = self.finish(recording, open, Some(samples))
                {
                    self.fail(recording, error, now);
                }
            }
        }
    }

    fn frame(&mut self, recording: RecordingId, rate: Rate, sound: Sound<'_>, now: Instant) {
        let result = if let Some(open) = self.open.get_mut(&recording) {
            open.last_frame = now;
            let written = append(&mut open.recorder, sound);
            written.map_err(|e| Error::wav(&self.folder.recording(recording), e))
        } else if self.failure(recording).is_some() {
            return;
        } else {
            self.create(recording, rate, sound, now)
        };
        if let Err(error) = result {
            self.open.remove(&recording);
            self.fail(recording, error, now);
        }
    }

    fn create(
        &mut self,
        recording: RecordingId,
        rate: Rate,
        sound: Sound<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        if self.open.len() >= MAX_OPEN {
            return Err(Error::Overloaded);
        }
        let path = self.folder.recording(recording);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Error::io(&path, &e))?;
        let buffered = BufWriter::with_capacity(BUFFER, file);
        let channels = match sound.1 {
            None => wav::Channels::One,
            Some(_) => wav::Channels::Two,
        };
        let recorder = wav::Recorder::create(buffered, channels, rate).and_then(|mut recorder| {
            append(&mut recorder, sound)?;
            Ok(recorder)
        });
        let recorder = recorder.map_err(|e| Error::wav(&path, e))?;
        let open = Open {
            recorder,
            last_frame: now,
        };
        self.open.insert(recording, open);
        Ok(())
    }

    /// Closes a file, its header right, cut to `samples` if that is shorter.
    fn finish(
        &self,
        recording: RecordingId,
        open: Open,
        samples: Option<u64>,
    ) -> Result<(), Error> {
        let path = self.folder.recording(recording);
        let have = open.recorder.close().map_err(|e| Error::wav(&path, e))?;
        let Some(samples) = samples.filter(|samples| *samples < have) else {
            return Ok(());
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| Error::io(&path, &e))?;
        let size = wav::cut(&mut file, samples).map_err(|e| Error::wav(&path, e))?;
        file.set_len(size).map_err(|e| Error::io(&path, &e))
    }

    fn seal(&mut self, recording: RecordingId, samples: u64, reply: Reply, now: Instant) {
        self.left.remove(&recording);
        if let Some(open) = self.open.remove(&recording)
            && let Err(error) = self.finish(recording, open, Some(samples))
        {
            self.fail(recording, error, now);
        }
        if let Some(error) = self.failure(recording) {
            return reply.answer(Err(error));
        }
        let sealing = Sealing {
            recording,
            samples,
            reply,
        };
        if let Err(refused) = self.sealer.queue.try_send(sealing) {
            let (std::sync::mpsc::TrySendError::Full(sealing)
            | std::sync::mpsc::TrySendError::Disconnected(sealing)) = refused;
            sealing.reply.answer(Err(Error::Overloaded));
        }
    }

    fn discard(&mut self, recording: RecordingId, reply: Reply) {
        self.open.remove(&recording);
        self.left.remove(&recording);
        self.failed.retain(|(failed, _)| *failed != recording);
        reply.answer(self.folder.remove(recording));
    }

    fn close(mut self, reply: Reply) {
        let mut result = Ok(());
        for (recording, open) in std::mem::take(&mut self.open) {
            let finished = self.finish(recording, open, None);
            result = result.and(finished);
        }
        drop(self.sealer.queue);
        if self.sealer.thread.join().is_err() {
            result = Err(Error::Bug(
                "the thread that syncs recordings died".to_owned(),
            ));
        }
        reply.answer(result);
    }

    /// A recording whose frames stopped without an end: its file is complete as far as it goes.
    fn close_idle(&mut self, now: Instant) {
        if now < self.look_at {
            return;
        }
        self.look_at = now + LOOK;
        let idle: Vec<RecordingId> = self
            .open
            .iter()
            .filter(|(_, open)| now.duration_since(open.last_frame) > IDLE_AFTER)
            .map(|(recording, _)| *recording)
            .collect();
        for recording in idle {
            if let Some(open) = self.open.remove(&recording)
                && let Err(error) = self.finish(recording, open, None)
            {
                self.fail(recording, error, now);
            }
        }
    }

    fn failure(&self, recording: RecordingId) -> Option<Error> {
        let found = self.failed.iter().find(|(failed, _)| *failed == recording);
        found.map(|(_, error)| error.clone())
    }

    fn fail(&mut self, recording: RecordingId, error: Error, now: Instant) {
        if error.may_pass() && !self.failing.swap(true, Ordering::Relaxed) {
            self.probe_at = now + PROBE_AFTER;
            tracing::error!(%error, "recordings cannot be written; none is taken until they can");
        } else {
            tracing::warn!(%recording, %error, "a recording failed");
        }
        if self.failed.len() >= MAX_FAILED {
            self.failed.pop_front();
        }
        self.failed.push_back((recording, error));
    }

    /// Tries a failing disk again with a file of some size.
    fn probe(&mut self, now: Instant) {
        if !self.failing.load(Ordering::Relaxed) || now < self.probe_at {
            return;
        }
        self.probe_at = now + PROBE_AFTER;
        let path = self.folder.recordings().join("probe");
        let tried = File::create(&path).and_then(|mut file| file.write_all(&[0; PROBE_BYTES]));
        let removed = fs::remove_file(&path);
        if tried.is_ok() && removed.is_ok() {
            self.failing.store(false, Ordering::Relaxed);
            tracing::info!("recordings can be written again");
        }
    }
}

/// A frame of one channel, or of two, the left one first.
type Sound<'a> = (&'a Frame, Option<&'a Frame>);

fn append(
    recorder: &mut wav::Recorder<BufWriter<File>>,
    (left, right): Sound<'_>,
) -> Result<(), wav::Error> {
    match right {
        None => recorder.frame(left),
        Some(right) => recorder.pair(left, right),
    }
}

/// Most recordings written at a time: each holds a file open.
const MAX_OPEN: usize = 4_096;

/// Most failed recordings remembered, so that none of them is kept.
const MAX_FAILED: usize = 4_096;

/// A second of two channels at 8 kHz: such a file is written once a second, with its header; one of 16 kHz
/// twice.
const BUFFER: usize = 32 * 1_024;

/// How often frames are fetched while something is recorded: two or three of each at a time.
const ROUND: Duration = Duration::from_millis(50);

/// How often frames are fetched while nothing is: the queue holds what comes meanwhile.
const IDLE_ROUND: Duration = Duration::from_millis(100);

/// How often files are looked at for frames that no longer come.
const LOOK: Duration = Duration::from_secs(1);

/// A file without a frame for this long, or a second more, is closed.
const IDLE_AFTER: Duration = Duration::from_secs(10);

/// How often a failing disk is tried.
const PROBE_AFTER: Duration = Duration::from_secs(1);

/// How much must fit before recordings are taken again: some seconds of sound.
const PROBE_BYTES: usize = 64 * 1_024;
