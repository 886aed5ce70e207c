//! The one task that writes records: it gathers what arrives and commits it together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rappel_model::record::{
    CallRecord, CallRecording, CallerLanguage, ConsentRecord, ForwardRecord, MessageRecord,
    RecordingBegan, RegistrationRecord,
};
use rappel_model::{MessageId, RecordingId, TenantId, Timestamp};
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::batch::Batcher;
use crate::error::Error;
use crate::reply::Reply;

/// Something to keep, no answer expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The record of a call that is over.
    Call(Box<CallRecord>),
    /// A message was heard, first at this time.
    Heard {
        /// Which.
        message: MessageId,
        /// When.
        at: Timestamp,
    },
    /// A named counter rose by one.
    Count {
        /// Whose.
        tenant: TenantId,
        /// Which.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// A recording was begun for a mailbox: after a crash it becomes a message there.
    RecordingBegan(Box<RecordingBegan>),
    /// A recording of a call was begun: after a crash its row says what the file is.
    CallRecordingBegan(Box<CallRecording>),
    /// A recording of a call is over: its sound is made durable, then its row says how long it is.
    CallRecordingEnded {
        /// Which.
        recording: RecordingId,
        /// How long it is.
        length: Duration,
        /// Its end is missing.
        cut: bool,
    },
    /// A caller chose a language.
    CallerLanguage(CallerLanguage),
    /// Where a user's phones are reached.
    Registration(Box<RegistrationRecord>),
    /// A recording nobody wants: its file and its row are removed.
    Discard(RecordingId),
}

/// One change of the database.
#[derive(Debug)]
pub(crate) enum Row {
    Call(Box<CallRecord>),
    Heard(MessageId, Timestamp),
    Count(TenantId, String, Timestamp),
    Began(Box<RecordingBegan>),
    Forget(RecordingId),
    Taping(Box<CallRecording>),
    Taped(RecordingId, Duration, bool),
    Untaped(RecordingId, Timestamp),
    Keep(Box<MessageRecord>),
    Delete(MessageId, Timestamp),
    Consent(Box<ConsentRecord>),
    Forward(Box<ForwardRecord>),
    Speaks(CallerLanguage),
    Reached(Box<RegistrationRecord>),
    /// No change: its acknowledgement says that all before it are committed.
    Nothing,
}

/// A change and who waits for it.
pub(crate) struct Entry {
    pub(crate) row: Row,
    pub(crate) reply: Option<Reply>,
}

/// The way to the task. Never waits; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Order>,
    refused: Arc<AtomicU64>,
}

enum Order {
    Entry(Entry),
    Close(oneshot::Sender<Result<(), Error>>),
}

impl Writer {
    /// Starts the task on a connection of its own.
    pub(crate) fn start(connection: SqliteConnection) -> Self {
        let (queue, inbox) = mpsc::channel(MAX_QUEUED_WRITES);
        tokio::spawn(run(inbox, Batcher::new(connection)));
        Self {
            queue,
            refused: Arc::default(),
        }
    }

    /// Hands over a change nobody waits for.
    pub(crate) fn write(&self, row: Row) -> Result<(), Error> {
        // A thousand phones that come back at once must not take the room of calls' records.
        let crowded = self.queue.capacity() < MAX_QUEUED_WRITES / 2;
        let entry = Entry { row, reply: None };
        let refused = if crowded && matches!(entry.row, Row::Reached(_)) {
            Error::Overloaded
        } else {
            match self.queue.try_send(Order::Entry(entry)) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::TrySendError::Full(_)) => Error::Overloaded,
                Err(mpsc::error::TrySendError::Closed(_)) => Error::Closed,
            }
        };
        // Once per thousand: a flood of records must not become a flood of log lines.
        let earlier = self.refused.fetch_add(1, Ordering::Relaxed);
        if earlier.is_multiple_of(1_000) {
            tracing::error!(error = %refused, "a record could not be handed to the store");
        }
        Err(refused)
    }

    /// Hands over a change somebody waits for; a refusal is answered at once.
    pub(crate) fn ask(&self, row: Row, reply: Reply) {
        let reply = Some(reply);
        let entry = Entry { row, reply };
        // A closed queue drops the entry, and so answers.
        if let Err(mpsc::error::TrySendError::Full(Order::Entry(entry))) =
            self.queue.try_send(Order::Entry(entry))
            && let Some(reply) = entry.reply
        {
            reply.answer(Err(Error::Overloaded));
        }
    }

    /// Writes what is left and ends the task.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let (done, answer) = oneshot::channel();
        self.queue
            .send(Order::Close(done))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }
}

async fn run(mut inbox: mpsc::Receiver<Order>, mut batcher: Batcher) {
    let mut retry_at = None;
    loop {
        let gathered = gather(&mut inbox, retry_at).await;
        batcher.commit(gathered.entries).await;
        if let Some(asked_by) = gathered.close {
            let closed = close(inbox, batcher).await;
            if let Err(error) = &closed {
                tracing::error!(%error, "the store was not closed cleanly");
            }
            if let Some(asked_by) = asked_by {
                // Who asked may have stopped waiting; the log has it then.
                let _told = asked_by.send(closed);
            }
            return;
        }
        if retry_at.is_some_and(|at| at <= Instant::now()) {
            batcher.retry().await;
            retry_at = None;
        }
        retry_at = match batcher.is_waiting() {
            true => retry_at.or_else(|| Some(Instant::now() + RETRY_AFTER)),
            false => None,
        };
    }
}

async fn close(mut inbox: mpsc::Receiver<Order>, mut batcher: Batcher) -> Result<(), Error> {
    inbox.close();
    let mut rest = Vec::new();
    while let Some(order) = inbox.recv().await {
        match order {
            Order::Entry(entry) => rest.push(entry),
            Order::Close(asked_by) => drop(asked_by),
        }
    }
    batcher.commit(rest).await;
    batcher.close().await
}

/// What one round of the task has to do.
struct Gathered {
    entries: Vec<Entry>,
    /// The task must end: somebody asked, or nobody can reach it any more.
    close: Option<Option<oneshot::Sender<Result<(), Error>>>>,
}

/// Waits for a change, no longer than `retry_at`, then takes everything that arrives within
/// [`WINDOW`], at most [`MAX_BATCH`]; sooner when somebody waits.
async fn gather(inbox: &mut mpsc::Receiver<Order>, retry_at: Option<Instant>) -> Gathered {
    let mut gathered = Gathered {
        entries: Vec::new(),
        close: None,
    };
    let first = match retry_at {
        None => inbox.recv().await,
        Some(until) => match timeout_at(until, inbox.recv()).await {
            Ok(order) => order,
            Err(_) => return gathered,
        },
    };
    let Some(first) = first else {
        gathered.close = Some(None);
        return gathered;
    };
    let mut until = retry_at;
    gathered.take(first, &mut until);
    while gathered.close.is_none() && gathered.entries.len() < MAX_BATCH {
        match inbox.try_recv() {
            Ok(order) => gathered.take(order, &mut until),
            Err(mpsc::error::TryRecvError::Disconnected) => gathered.close = Some(None),
            Err(mpsc::error::TryRecvError::Empty) => {
                let now = Instant::now();
                match until.filter(|until| *until > now) {
                    // Nobody is woken for each record: thousands may come in a second.
                    Some(until) => sleep_until(until.min(now + LOOK)).await,
                    None => break,
                }
            }
        }
    }
    gathered
}

impl Gathered {
    fn take(&mut self, order: Order, until: &mut Option<Instant>) {
        match order {
            Order::Close(asked_by) => self.close = Some(Some(asked_by)),
            Order::Entry(entry) => {
                let window = match (&entry.reply, self.entries.is_empty()) {
                    (Some(_), _) => Some(WINDOW_ACKNOWLEDGED),
                    (None, true) => Some(WINDOW),
                    (None, false) => None,
                };
                let end = window.map(|window| Instant::now() + window);
                *until = [*until, end].into_iter().flatten().min();
                self.entries.push(entry);
            }
        }
    }
}

/// Most changes waiting for the task; one more is refused. Where phones are reached is refused once
/// half as many wait.
pub const MAX_QUEUED_WRITES: usize = 8_192;

/// Most changes in one transaction.
pub const MAX_BATCH: usize = 256;

/// Most changes that wait for a disk that is full or failing; then the oldest are lost, counted.
pub const MAX_BACKLOG: usize = 20_000;

/// How often a disk that refused is asked again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How often the task looks for more while it gathers.
const LOOK: Duration = Duration::from_millis(2);

/// How long changes are gathered before they are committed.
const WINDOW: Duration = Duration::from_millis(50);

/// The same once somebody waits for one of them.
const WINDOW_ACKNOWLEDGED: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests;
