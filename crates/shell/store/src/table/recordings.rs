//! Recordings in progress: what a file will be if nobody says more about it.

use rappel_model::record::RecordingBegan;
use rappel_model::{CallUid, RecordingId, Redacted};
use sqlx::sqlite::SqliteConnection;

use super::Reading;
use crate::database::Database;
use crate::error::Error;

/// Adds the row; a second telling changes nothing.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    recording: &RecordingBegan,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO recordings (id, tenant, mailbox, call, caller, began)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(recording.recording.to_string())
    .bind(recording.tenant.as_str())
    .bind(recording.mailbox.as_str())
    .bind(recording.call.to_string())
    .bind(recording.caller.as_ref().map(|c| c.reveal().as_str()))
    .bind(recording.began.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the row of a recording that was kept or thrown away.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    recording: RecordingId,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM recordings WHERE id = $1")
        .bind(recording.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

impl Database {
    /// All recordings in progress, the oldest first.
    pub(crate) async fn recordings(&self) -> Result<Vec<RecordingBegan>, Error> {
        let rows = sqlx::query(
            "SELECT id, tenant, mailbox, call, caller, began FROM recordings ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| read(&Reading::new("recordings", row)))
            .collect()
    }
}

fn read(row: &Reading<'_>) -> Result<RecordingBegan, Error> {
    Ok(RecordingBegan {
        recording: row.parsed("id", RecordingId::parse)?,
        tenant: row.column::<&str>("tenant")?.into(),
        mailbox: row.column::<&str>("mailbox")?.into(),
        call: row.parsed("call", CallUid::parse)?,
        caller: row.column::<Option<String>>("caller")?.map(Redacted::new),
        began: row.time("began")?,
    })
}
