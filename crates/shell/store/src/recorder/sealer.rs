//! The thread that waits for the disk: a recording is sealed once sound, length and name are on it.

use std::fs::OpenOptions;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use rappel_audio::{FRAME_SAMPLES, wav};
use rappel_model::RecordingId;

use crate::error::Error;
use crate::folder::Folder;
use crate::reply::Reply;

/// One recording, closed by the writer, to be made durable.
pub(super) struct Sealing {
    pub(super) recording: RecordingId,
    pub(super) samples: u64,
    pub(super) reply: Reply,
}

/// The way to the thread, and the thread itself.
pub(super) struct Sealer {
    pub(super) queue: SyncSender<Sealing>,
    pub(super) thread: JoinHandle<()>,
}

pub(super) fn start(folder: Folder) -> Result<Sealer, Error> {
    let (queue, inbox) = mpsc::sync_channel(MAX_SEALING);
    let thread = std::thread::Builder::new()
        .name("recordings-sync".to_owned())
        .spawn(move || run(&folder, &inbox))
        .map_err(|e| Error::Io(format!("starting a thread: {e}")))?;
    Ok(Sealer { queue, thread })
}

fn run(folder: &Folder, inbox: &Receiver<Sealing>) {
    while let Ok(first) = inbox.recv() {
        // What waits by now shares one sync of the folder.
        let waiting: Vec<Sealing> = std::iter::once(first).chain(inbox.try_iter()).collect();
        let sealed: Vec<(Result<(), Error>, Reply)> = waiting
            .into_iter()
            .map(|s| (seal(folder, s.recording, s.samples), s.reply))
            .collect();
        let named = folder.sync_names();
        for (result, reply) in sealed {
            reply.answer(result.and_then(|()| named.clone()));
        }
    }
}

/// Cuts a closed recording to what its message says and puts it on the disk.
fn seal(folder: &Folder, recording: RecordingId, samples: u64) -> Result<(), Error> {
    let path = folder.recording(recording);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|e| Error::io(&path, &e))?;
    let have = wav::repair(&mut file).map_err(|e| Error::wav(&path, e))?;
    // A length in time may be a part of a frame longer than the frames it was measured on.
    if have + (FRAME_SAMPLES as u64) < samples {
        return Err(Error::Incomplete {
            have,
            want: samples,
        });
    }
    if have > samples {
        let size = wav::cut(&mut file, samples).map_err(|e| Error::wav(&path, e))?;
        file.set_len(size).map_err(|e| Error::io(&path, &e))?;
    }
    file.sync_all().map_err(|e| Error::io(&path, &e))
}

/// Most recordings waiting for the disk.
const MAX_SEALING: usize = 1_024;
