//! The engine's own door to the store.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use rappel_audio::samples_in;
use rappel_model::record::{ConsentRecord, ForwardRecord, MessageRecord};
use rappel_model::{MessageId, RecordingId, Timestamp};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::error::Error;
use crate::folder::Folder;
use crate::recorder::{FrameSink, Recorder};
use crate::repair::{self, Repaired};
use crate::reply::Reply;
use crate::table::messages::MessageFilter;
use crate::writer::{Row, Write, Writer};

/// How the store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The data folder; created when missing.
    pub folder: Folder,
    /// Most pages (4 KiB each) the database may grow to; `None` leaves it to the disk.
    pub max_pages: Option<u32>,
}

/// The running engine's store: one per data folder. None of its methods waits except
/// those that are `async`; share it behind an `Arc`.
#[derive(Debug)]
pub struct Store {
    database: Database,
    writer: Writer,
    recorder: Recorder,
    repaired: Repaired,
    /// Held as long as the store is.
    _lock: File,
}

impl Store {
    /// Takes the data folder, brings the database up to date, repairs what a crash left, and
    /// starts the writers. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Taken`] when another engine runs there; otherwise as [`Database::open`].
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        settings.folder.create()?;
        let lock = settings.folder.lock()?;
        let database = Database::open(&settings.folder).await?;
        let repaired = repair::repair(&database).await?;
        let mut connection = database.connect().await?;
        if let Some(pages) = settings.max_pages {
            limit_pages(&mut connection, pages).await?;
        }
        Ok(Self {
            writer: Writer::start(connection),
            recorder: Recorder::start(settings.folder)?,
            database,
            repaired,
            _lock: lock,
        })
    }

    /// Records and users.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What was found and done at start; for the log, and for the mailboxes that got messages.
    pub fn repaired(&self) -> &Repaired {
        &self.repaired
    }

    /// All messages that are not deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting_messages(&self) -> Result<Vec<MessageRecord>, Error> {
        self.database.messages(&MessageFilter::default()).await
    }

    /// Keeps something within about 50 ms, or as soon as a failing disk takes it again.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when [`MAX_QUEUED_WRITES`](crate::MAX_QUEUED_WRITES) wait already,
    /// [`Error::Closed`] after the end. Neither is worth another try.
    pub fn write(&self, write: Write) -> Result<(), Error> {
        match write {
            Write::Call(call) => self.writer.write(Row::Call(call)),
            Write::Heard { message, at } => self.writer.write(Row::Heard(message, at)),
            Write::Count { tenant, name, at } => self.writer.write(Row::Count(tenant, name, at)),
            Write::RecordingBegan(recording) => self.writer.write(Row::Began(recording)),
            Write::CallRecordingBegan(began) => self.writer.write(Row::Taping(began)),
            Write::CallRecordingEnded {
                recording,
                length,
                cut,
            } => {
                self.end_call_recording(recording, length, cut);
                Ok(())
            }
            Write::CallerLanguage(chosen) => self.writer.write(Row::Speaks(chosen)),
            Write::Registration(record) => self.writer.write(Row::Reached(record)),
            Write::Discard(recording) => {
                self.discard(recording);
                Ok(())
            }
        }
    }

    /// Keeps a message: `ack` is called once, on a thread of the store; it hears of success only once its sound and its row are both on disk.
    /// The sound is cut to the message's length; when less of it was recorded, it is refused.
    pub fn keep_message(
        &self,
        message: MessageRecord,
        ack: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        let writer = self.writer.clone();
        let samples = samples_in(message.length);
        self.recorder
            .seal(message.recording, samples, move |sealed| match sealed {
                Ok(()) => writer.ask(Row::Keep(Box::new(message)), Reply::new(ack)),
                Err(error) => {
                    tracing::error!(%error, message = %message.id, "a message could not be kept");
                    ack(Err(error));
                }
            });
    }

    /// Keeps a consent: `ack` is called once, on a thread of the store; it hears of success only once
    /// the row is on disk.
    pub fn keep_consent(
        &self,
        consent: ConsentRecord,
        ack: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        self.writer
            .ask(Row::Consent(Box::new(consent)), Reply::new(ack));
    }

    /// Keeps a forward, or that it was cleared: `ack` is called once, as above.
    pub fn keep_forward(
        &self,
        forward: ForwardRecord,
        ack: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        self.writer
            .ask(Row::Forward(Box::new(forward)), Reply::new(ack));
    }

    /// Deletes a message: `ack` is called once, as above; it hears of success once that is on disk and its sound is gone. Sound
    /// that cannot be removed now is removed at the next start.
    pub fn delete_message(
        &self,
        message: MessageId,
        recording: RecordingId,
        at: Timestamp,
        ack: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) {
        let recorder = self.recorder.clone();
        let marked = move |marked: Result<(), Error>| match marked {
            Ok(()) => recorder.discard(recording, move |removed| {
                if let Err(error) = removed {
                    tracing::warn!(%error, %message, "the sound of a deleted message remains");
                }
                ack(Ok(()));
            }),
            Err(error) => ack(Err(error)),
        };
        self.writer
            .ask(Row::Delete(message, at), Reply::new(marked));
    }

    /// Removes the recordings of calls whose time was up before `now`; tells how many. The row stays as
    /// the trace of it, without the caller. One whose sound
    /// cannot be removed keeps its row and is tried again the next time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn expire_recordings(&self, now: Timestamp) -> Result<usize, Error> {
        let expired = self.database.expired_recordings(now).await?;
        for &(recording, call) in &expired {
            let writer = self.writer.clone();
            self.recorder.discard(recording, move |removed| {
                let forgotten = removed.and_then(|()| writer.write(Row::Untaped(recording, now)));
                match forgotten {
                    Ok(()) => tracing::info!(%recording, %call, "the recording of a call was removed: its time was up"),
                    Err(error) => {
                        tracing::error!(%error, %recording, "a recording that ran out remains");
                    }
                }
            });
        }
        Ok(expired.len())
    }

    /// Waits until everything written so far is on disk.
    ///
    /// # Errors
    /// [`Error::Full`] when some of it still waits for a disk that refuses.
    pub async fn settled(&self) -> Result<(), Error> {
        let (done, answer) = oneshot::channel();
        let told = move |result| {
            // Nobody listens only if this future was dropped.
            let _told = done.send(result);
        };
        self.writer.ask(Row::Nothing, Reply::new(told));
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// A way in for the frames of one pacing thread.
    pub fn frame_sink(&self) -> FrameSink {
        self.recorder.sink()
    }

    /// The file of a recording, to be played.
    pub fn recording(&self, recording: RecordingId) -> PathBuf {
        self.database.folder().recording(recording)
    }

    /// Writes what waits and closes all files. What arrives later is refused.
    ///
    /// # Errors
    /// When something could not be written: what was acknowledged is safe all the same.
    pub async fn close(&self) -> Result<(), Error> {
        let (done, closed) = oneshot::channel();
        self.recorder.close(move |result| {
            // Nobody listens only if this future was dropped.
            let _told = done.send(result);
        });
        let recordings = closed.await.unwrap_or(Err(Error::Closed));
        let records = self.writer.close().await;
        self.database.close().await;
        recordings.and(records)
    }

    /// What cannot be made durable is kept as far as it goes, and its row says so.
    fn end_call_recording(&self, recording: RecordingId, length: Duration, cut: bool) {
        let (writer, path) = (self.writer.clone(), self.recording(recording));
        let samples = samples_in(length);
        self.recorder.seal(recording, samples, move |sealed| {
            let (length, cut) = match sealed {
                Ok(()) => (length, cut),
                Err(error) => {
                    tracing::error!(%error, %recording, "a recording of a call lacks its end");
                    let there = repair::length(&path).unwrap_or_default();
                    (there.unwrap_or_default(), true)
                }
            };
            if let Err(error) = writer.write(Row::Taped(recording, length, cut)) {
                tracing::error!(%error, %recording, "the length of a recording is not kept");
            }
        });
    }

    /// The row goes after the file: a crash between them leaves a row without a file, which the
    /// next start forgets, and never a file that would come back as a message.
    fn discard(&self, recording: RecordingId) {
        let writer = self.writer.clone();
        self.recorder.discard(recording, move |removed| {
            let forgotten = removed.and_then(|()| writer.write(Row::Forget(recording)));
            if let Err(error) = forgotten {
                tracing::error!(%error, %recording, "a recording nobody wants remains");
            }
        });
    }
}

async fn limit_pages(
    connection: &mut sqlx::sqlite::SqliteConnection,
    pages: u32,
) -> Result<(), Error> {
    let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(pragma).execute(connection).await?;
    Ok(())
}
