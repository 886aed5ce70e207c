//! Messages in mailboxes.

use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{CallUid, MailboxName, MessageId, RecordingId, Redacted, TenantId, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::{Reading, micros};
use crate::database::Database;
use crate::error::Error;
use crate::table::recordings;

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this mailbox's.
    pub mailbox: Option<MailboxName>,
    /// Deleted ones too: their rows remain, their sound does not.
    pub deleted: bool,
}

/// Adds a message and ends its recording, both or neither. A second telling changes nothing.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    message: &MessageRecord,
) -> Result<(), Error> {
    let (heard, deleted) = match message.state {
        MessageState::New => (None, None),
        MessageState::Heard(at) => (Some(at.as_micros()), None),
        MessageState::Deleted(at) => (None, Some(at.as_micros())),
    };
    sqlx::query(
        "INSERT INTO messages (id, tenant, mailbox, call, recording, caller, left_at, length,
                               urgent, heard, deleted)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
    )
    .bind(message.id.to_string())
    .bind(message.tenant.as_str())
    .bind(message.mailbox.as_str())
    .bind(message.call.to_string())
    .bind(message.recording.to_string())
    .bind(message.caller.as_ref().map(|c| c.reveal().as_str()))
    .bind(message.left.as_micros())
    .bind(micros(message.length))
    .bind(message.urgent)
    .bind(heard)
    .bind(deleted)
    .execute(&mut *connection)
    .await?;
    recordings::forget(connection, message.recording).await
}

/// Marks a message as heard; the first time stays.
pub(crate) async fn heard(
    connection: &mut SqliteConnection,
    message: MessageId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE messages SET heard = $2 WHERE id = $1 AND heard IS NULL")
        .bind(message.to_string())
        .bind(at.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Marks a message as deleted; the first time stays.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    message: MessageId,
    at: Timestamp,
) -> Result<(), Error> {
    let marked = sqlx::query("UPDATE messages SET deleted = COALESCE(deleted, $2) WHERE id = $1")
        .bind(message.to_string())
        .bind(at.as_micros())
        .execute(connection)
        .await?;
    match marked.rows_affected() {
        0 => Err(Error::Unknown(format!("message {message}"))),
        _ => Ok(()),
    }
}

impl Database {
    /// Messages by mailbox, the oldest first within each.
    ///
    /// # Errors
    /// What the database says.
    pub async fn messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRecord>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM messages
             WHERE ($1 IS NULL OR tenant = $1) AND ($2 IS NULL OR mailbox = $2)
               AND ($3 OR deleted IS NULL)
             ORDER BY tenant, mailbox, left_at, id",
        )
        .bind(filter.tenant.as_ref().map(TenantId::as_str))
        .bind(filter.mailbox.as_ref().map(MailboxName::as_str))
        .bind(filter.deleted)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| read(&Reading::new("messages", row)))
            .collect()
    }
}

fn read(row: &Reading<'_>) -> Result<MessageRecord, Error> {
    let heard = row.maybe_time("heard")?.map(MessageState::Heard);
    let deleted = row.maybe_time("deleted")?.map(MessageState::Deleted);
    Ok(MessageRecord {
        id: row.parsed("id", MessageId::parse)?,
        tenant: row.column::<&str>("tenant")?.into(),
        mailbox: row.column::<&str>("mailbox")?.into(),
        call: row.parsed("call", CallUid::parse)?,
        recording: row.parsed("recording", RecordingId::parse)?,
        caller: row.column::<Option<String>>("caller")?.map(Redacted::new),
        left: row.time("left_at")?,
        length: row.length("length")?,
        urgent: row.column("urgent")?,
        state: deleted.or(heard).unwrap_or(MessageState::New),
    })
}
