//! What a crash left behind, put in order before the engine starts.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rappel_audio::{length_of, wav};
use rappel_model::record::{CallRecording, MessageRecord, MessageState, RecordingBegan};
use rappel_model::{MessageId, RecordingId};
use sqlx::Connection;

use crate::database::Database;
use crate::error::Error;
use crate::folder::Folder;
use crate::table::call_recordings::{self, RecordingFilter};
use crate::table::messages::{self, MessageFilter};
use crate::table::{calls, recordings};

mod cut;

use cut::Cut;

/// What was found and done at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Recordings that were under way, now messages of their mailbox.
    pub kept: Vec<MessageId>,
    /// Recordings under way that were too short to be a message, now removed.
    pub too_short: u32,
    /// Sounds of deleted messages that were still there, now removed.
    pub removed: u32,
    /// Recordings that belong to no mailbox we know of: their headers are right, they are left.
    pub strays: u32,
    /// Messages whose sound is missing: somebody removed files.
    pub silent: Vec<MessageId>,
    /// Recordings of calls that were under way, now complete as far as they go.
    pub recorded: u32,
    /// Calls in which something was recorded and that ended with the engine, now with a record.
    pub cut: u32,
}

/// A recording shorter than this is no message, as in the `voicemail` step.
pub const SHORTEST_MESSAGE: Duration = Duration::from_secs(2);

/// What the database says about a file.
enum Meaning {
    Message,
    Deleted,
    UnderWay(RecordingBegan),
    OfCall(CallRecording),
}

/// Puts recordings and rows in agreement. The folder must be locked: a recording under way in
/// another process would be taken for one that was left.
pub(crate) async fn repair(database: &Database) -> Result<Repaired, Error> {
    let folder = database.folder().clone();
    let mut meanings = BTreeMap::new();
    for recording in database.recordings().await? {
        meanings.insert(recording.recording, Meaning::UnderWay(recording));
    }
    let all = RecordingFilter::default();
    for recording in database.call_recordings(&all).await? {
        meanings.insert(recording.recording, Meaning::OfCall(recording));
    }
    let everything = MessageFilter {
        deleted: true,
        ..MessageFilter::default()
    };
    let mut sounds = BTreeMap::new();
    let mut unsaid = Vec::new();
    let mut kept = Vec::new();
    for message in database.messages(&everything).await? {
        let meaning = match message.state {
            MessageState::Deleted(_) => Meaning::Deleted,
            MessageState::New | MessageState::Heard(_) => {
                sounds.insert(message.recording, message.id);
                Meaning::Message
            }
        };
        // A message that was kept while the row of its recording was still on its way.
        if let Some(Meaning::UnderWay(old)) = meanings.insert(message.recording, meaning) {
            unsaid.push((old, Duration::ZERO));
        }
        kept.push(message);
    }
    let mut repaired = Repaired::default();
    for file in files(&folder)? {
        sounds.remove(&file);
        match meanings.remove(&file) {
            Some(Meaning::Message) => {}
            Some(Meaning::Deleted) => {
                folder.remove(file)?;
                repaired.removed += 1;
            }
            Some(Meaning::UnderWay(began)) => {
                if let Some(length) = settle(database, &began, &mut repaired).await? {
                    unsaid.push((began, length));
                }
            }
            Some(Meaning::OfCall(recording)) if recording.length.is_some() => {}
            Some(Meaning::OfCall(recording)) => {
                let length = length(&folder.recording(file))?.unwrap_or_default();
                settle_call(database, &recording, length, &mut repaired).await?;
            }
            None => stray(&folder, file, &mut repaired)?,
        }
    }
    repaired.silent = sounds.into_values().collect();
    // Rows whose recording never got a frame.
    for meaning in meanings.into_values() {
        match meaning {
            Meaning::UnderWay(began) => unsaid.push((began, Duration::ZERO)),
            // Its sound was removed in time.
            Meaning::OfCall(recording) if recording.removed.is_some() => {}
            Meaning::OfCall(recording) => {
                settle_call(database, &recording, Duration::ZERO, &mut repaired).await?;
            }
            Meaning::Message | Meaning::Deleted => {}
        }
    }
    close_calls(database, &kept, &unsaid, &mut repaired).await?;
    Ok(repaired)
}

/// Turns a recording that was under way into a message of a call that is recorded, or removes its
/// file and tells how long it was: its row goes once its call has a record too.
async fn settle(
    database: &Database,
    began: &RecordingBegan,
    repaired: &mut Repaired,
) -> Result<Option<Duration>, Error> {
    let folder = database.folder();
    let length = length(&folder.recording(began.recording))?.unwrap_or_default();
    if length < SHORTEST_MESSAGE {
        folder.remove(began.recording)?;
        repaired.too_short += 1;
        return Ok(Some(length));
    }
    folder.sync_names()?;
    let message = MessageRecord {
        // The same number, so that a second crash during repair makes the same message.
        id: MessageId(began.recording.0),
        tenant: began.tenant.clone(),
        mailbox: began.mailbox.clone(),
        call: began.call,
        recording: began.recording,
        caller: began.caller.clone(),
        left: began.began,
        length,
        urgent: false,
        state: MessageState::New,
    };
    let call = Cut::recording(began, length, Some(message.id)).record();
    let mut connection = database.pool.acquire().await?;
    let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
    messages::keep(&mut change, &message).await?;
    repaired.cut += u32::from(calls::insert(&mut change, &call).await?);
    change.commit().await?;
    repaired.kept.push(message.id);
    Ok(None)
}

/// Completes the recording of a call that was under way, and gives the call a record.
async fn settle_call(
    database: &Database,
    recording: &CallRecording,
    length: Duration,
    repaired: &mut Repaired,
) -> Result<(), Error> {
    if recording.length.is_some() {
        return Ok(());
    }
    let call = Cut::call(recording, length).record();
    let mut connection = database.pool.acquire().await?;
    let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
    call_recordings::end(&mut change, recording.recording, length, true).await?;
    repaired.cut += u32::from(calls::insert(&mut change, &call).await?);
    change.commit().await?;
    repaired.recorded += 1;
    Ok(())
}

/// Gives a record to every call that lacks one, and forgets the rows of recordings that are no
/// messages. Messages come first: a call in which one was left did not miss anybody.
async fn close_calls(
    database: &Database,
    kept: &[MessageRecord],
    unsaid: &[(RecordingBegan, Duration)],
    repaired: &mut Repaired,
) -> Result<(), Error> {
    let known = database.recorded_calls().await?;
    let of_messages = kept.iter().filter(|message| !known.contains(&message.call));
    let of_messages = of_messages.map(Cut::message);
    let of_recordings = unsaid
        .iter()
        .map(|(began, length)| Cut::recording(began, *length, None));
    let mut connection = database.pool.acquire().await?;
    let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
    for call in of_messages.chain(of_recordings) {
        repaired.cut += u32::from(calls::insert(&mut change, &call.record()).await?);
    }
    for (began, _) in unsaid {
        recordings::forget(&mut change, began.recording).await?;
    }
    change.commit().await?;
    Ok(())
}

fn stray(folder: &Folder, file: RecordingId, repaired: &mut Repaired) -> Result<(), Error> {
    let length = length(&folder.recording(file))?;
    if length.is_none_or(|length| length < SHORTEST_MESSAGE) {
        folder.remove(file)?;
        repaired.too_short += 1;
    } else {
        repaired.strays += 1;
    }
    Ok(())
}

/// Makes the header of a recording right, puts it on the disk and tells its length; `None` for a
/// file that ends before any sound.
pub(crate) fn length(path: &Path) -> Result<Option<Duration>, Error> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|e| Error::io(path, &e))?;
    match wav::repair(&mut file) {
        Ok(samples) => {
            file.sync_all().map_err(|e| Error::io(path, &e))?;
            Ok(Some(length_of(samples)))
        }
        Err(wav::Error::Io(e)) => Err(Error::io(path, &e)),
        Err(_) => Ok(None),
    }
}

fn files(folder: &Folder) -> Result<Vec<RecordingId>, Error> {
    let path = folder.recordings();
    let entries = fs::read_dir(&path).map_err(|e| Error::io(&path, &e))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| Error::io(&path, &e))?;
        files.extend(Folder::recording_of(&entry.path()));
    }
    // In the order they were made, whatever the file system says.
    files.sort_unstable();
    Ok(files)
}

#[cfg(test)]
mod tests;
