//! Committing a batch, and what becomes of it when the disk does not take it.

use std::collections::{BTreeMap, VecDeque};

use rappel_model::record::{CallRecord, RegistrationRecord};
use rappel_model::{TenantId, UserName};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use crate::error::Error;
use crate::table::{
    call_recordings, callers, calls, consents, counters, forwards, messages, recordings,
    registrations,
};
use crate::writer::{Entry, MAX_BACKLOG, MAX_BATCH, Row};

/// The connection that writes, and the changes that wait for the disk.
///
/// Where phones are reached never takes the place of a record: the last word of each user waits beside.
/// Changes with an acknowledgement are answered at once, one way or the other, and never wait.
/// The others are kept in order within [`MAX_BACKLOG`] until the disk takes them.
pub(crate) struct Batcher {
    connection: SqliteConnection,
    backlog: VecDeque<Row>,
    /// The last word about where each user's phones are reached, which waits, too.
    reached: BTreeMap<(TenantId, UserName), Box<RegistrationRecord>>,
    /// Changes that fell out of the backlog since the disk began to refuse.
    lost: u64,
}

impl Batcher {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            backlog: VecDeque::new(),
            reached: BTreeMap::new(),
            lost: 0,
        }
    }

    /// Whether changes wait for the disk: [`Batcher::retry`] should be called now and then.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.backlog.is_empty() || !self.reached.is_empty()
    }

    /// Commits changes in one transaction. When that fails, those that somebody waits for get
    /// their own try each; the others wait for a disk that refuses, or get their own try too when
    /// one bad row failed all of them.
    pub(crate) async fn commit(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        if self.is_waiting() {
            return self.commit_asked(entries).await;
        }
        let rows: Vec<&Row> = entries.iter().map(|e| &e.row).collect();
        match self.transaction(&rows).await {
            Ok(()) => {
                for reply in entries.into_iter().filter_map(|e| e.reply) {
                    reply.answer(Ok(()));
                }
            }
            Err(error) if error.may_pass() => {
                tracing::error!(%error, "the store cannot write; records wait");
                self.commit_asked(entries).await;
            }
            Err(_) => self.commit_singly(entries).await,
        }
    }

    /// Writes the backlog, oldest first, as far as the disk takes it.
    pub(crate) async fn retry(&mut self) {
        // Behind the rest: these replace one another, so their order does not matter.
        let reached = std::mem::take(&mut self.reached).into_values();
        self.backlog.extend(reached.map(Row::Reached));
        while !self.backlog.is_empty() {
            let count = self.backlog.len().min(MAX_BATCH);
            let rows: Vec<Row> = self.backlog.drain(..count).collect();
            let borrowed: Vec<&Row> = rows.iter().collect();
            let result = self.transaction(&borrowed).await;
            match result {
                Ok(()) => {}
                Err(error) if error.may_pass() => {
                    for row in rows.into_iter().rev() {
                        self.backlog.push_front(row);
                    }
                    self.set_reached_aside();
                    return;
                }
                Err(_) => {
                    let entry = |row| Entry { row, reply: None };
                    self.commit_singly(rows.into_iter().map(entry).collect())
                        .await;
                }
            }
        }
        tracing::info!(lost = self.lost, "the store writes again");
        self.lost = 0;
    }

    /// One last try for what waits, then the log is folded into the database.
    pub(crate) async fn close(mut self) -> Result<(), Error> {
        if self.is_waiting() {
            self.retry().await;
        }
        let left = self.backlog.len() + self.reached.len();
        let closed = self.connection.close().await.map_err(Error::from);
        if left > 0 {
            tracing::error!(left, "records were not written before the end");
            return Err(Error::Full);
        }
        closed
    }

    /// While the disk refuses: what nobody waits for joins the queue, the rest is tried.
    async fn commit_asked(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            match entry.reply {
                None => self.keep_waiting(entry.row),
                Some(_) if self.is_waiting() && matches!(entry.row, Row::Nothing) => {
                    self.refuse(entry, &Error::Full);
                }
                Some(_) => self.commit_one(entry).await,
            }
        }
    }

    async fn commit_singly(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.commit_one(entry).await;
        }
    }

    async fn commit_one(&mut self, entry: Entry) {
        match self.transaction(&[&entry.row]).await {
            Ok(()) => {
                if let Some(reply) = entry.reply {
                    reply.answer(Ok(()));
                }
            }
            Err(error) => self.refuse(entry, &error),
        }
    }

    fn refuse(&mut self, entry: Entry, error: &Error) {
        match entry.reply {
            Some(reply) => {
                tracing::error!(%error, "something that was to be durable is not");
                reply.answer(Err(error.clone()));
            }
            None if error.may_pass() => self.keep_waiting(entry.row),
            None => tracing::error!(%error, "a record was refused and is lost"),
        }
    }

    /// What [`Self::retry`] could not write of where phones are reached waits beside the backlog again.
    fn set_reached_aside(&mut self) {
        let is_reached = |row: &Row| matches!(row, Row::Reached(_));
        let first = self.backlog.iter().position(is_reached);
        for row in self.backlog.split_off(first.unwrap_or(self.backlog.len())) {
            self.keep_waiting(row);
        }
    }

    fn keep_waiting(&mut self, row: Row) {
        if let Row::Reached(record) = row {
            // There are no more of these than users.
            let user = (record.tenant.clone(), record.user.clone());
            self.reached.insert(user, record);
            return;
        }
        if self.backlog.len() >= MAX_BACKLOG {
            self.backlog.pop_front();
            self.lost = self.lost.saturating_add(1);
            if self.lost == 1 {
                tracing::error!(
                    kept = MAX_BACKLOG,
                    "more records wait than can be held; the oldest are lost"
                );
            }
        }
        self.backlog.push_back(row);
    }

    /// All rows or none. A commit returns only once they are on disk.
    async fn transaction(&mut self, rows: &[&Row]) -> Result<(), Error> {
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut self.connection)
            .await?;
        let mut result = Ok(());
        // Calls that follow each other are written together: most rows are calls.
        for run in rows.chunk_by(|a, b| call_of(a).is_some() && call_of(b).is_some()) {
            result = match run {
                [row] => apply(&mut self.connection, row).await,
                calls => {
                    let calls: Vec<_> = calls.iter().filter_map(|row| call_of(row)).collect();
                    calls::insert_all(&mut self.connection, &calls).await
                }
            };
            if result.is_err() {
                break;
            }
        }
        if result.is_ok() {
            let commit = sqlx::query("COMMIT").execute(&mut self.connection).await;
            result = commit.map(|_| ()).map_err(Error::from);
        }
        if result.is_err() {
            // SQLite itself ends a transaction that ran out of disk: then there is none to end.
            let _ended = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
        result
    }
}

fn call_of(row: &Row) -> Option<&CallRecord> {
    match row {
        Row::Call(call) => Some(call),
        _ => None,
    }
}

async fn apply(connection: &mut SqliteConnection, row: &Row) -> Result<(), Error> {
    match row {
        Row::Call(call) => calls::insert(connection, call).await.map(|_first| ()),
        Row::Heard(message, at) => messages::heard(connection, *message, *at).await,
        Row::Count(tenant, name, at) => counters::add(connection, tenant, name, *at).await,
        Row::Began(recording) => recordings::begin(connection, recording).await,
        Row::Forget(recording) => recordings::forget(connection, *recording).await,
        Row::Taping(recording) => call_recordings::begin(connection, recording).await,
        Row::Taped(recording, length, cut) => {
            call_recordings::end(connection, *recording, *length, *cut).await
        }
        Row::Untaped(recording, at) => call_recordings::remove(connection, *recording, *at).await,
        Row::Keep(message) => messages::keep(connection, message).await,
        Row::Delete(message, at) => messages::delete(connection, *message, *at).await,
        Row::Consent(consent) => consents::add(connection, consent).await,
        Row::Forward(forward) => forwards::set(connection, forward).await,
        Row::Reached(record) => registrations::set(connection, record).await,
        Row::Speaks(chosen) => callers::speaks(connection, chosen).await,
        Row::Nothing => Ok(()),
    }
}

#[cfg(test)]
mod tests;
