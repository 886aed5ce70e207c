//! Recordings of calls: added when they begin, completed when they end; a trace when their time is up.

use std::time::Duration;

use rappel_model::record::{CallRecording, RecordedSides};
use rappel_model::{CallUid, RecordingId, Redacted, TenantId, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::{Reading, micros};
use crate::database::Database;
use crate::error::Error;

/// Adds the row of one that begins; a second telling changes nothing.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    recording: &CallRecording,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO call_recordings
         (id, tenant, call, caller, sides, why, began, keep_until, length_us, cut, removed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
    )
    .bind(recording.recording.to_string())
    .bind(recording.tenant.as_str())
    .bind(recording.call.to_string())
    .bind(recording.caller.as_ref().map(|c| c.reveal().as_str()))
    .bind(recording.sides.word())
    .bind(recording.why.as_ref().map(|why| why.reveal().as_str()))
    .bind(recording.began.as_micros())
    .bind(recording.keep_until.map(Timestamp::as_micros))
    .bind(recording.length.map(micros))
    .bind(recording.cut)
    .bind(recording.removed.map(Timestamp::as_micros))
    .execute(connection)
    .await?;
    Ok(())
}

/// Says how long one is.
pub(crate) async fn end(
    connection: &mut SqliteConnection,
    recording: RecordingId,
    length: Duration,
    cut: bool,
) -> Result<(), Error> {
    sqlx::query("UPDATE call_recordings SET length_us = $1, cut = $2 WHERE id = $3")
        .bind(micros(length))
        .bind(cut)
        .bind(recording.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the row of one whose sound is gone a trace of it: nobody is named in it any more.
pub(crate) async fn remove(
    connection: &mut SqliteConnection,
    recording: RecordingId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE call_recordings SET removed = $1, caller = NULL WHERE id = $2")
        .bind(at.as_micros())
        .bind(recording.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Which recordings of calls are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only those of this call.
    pub call: Option<CallUid>,
}

impl Database {
    /// Recordings of calls, the oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn call_recordings(
        &self,
        filter: &RecordingFilter,
    ) -> Result<Vec<CallRecording>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM call_recordings
             WHERE ($1 IS NULL OR tenant = $1) AND ($2 IS NULL OR call = $2)
             ORDER BY began, id",
        )
        .bind(filter.tenant.as_ref().map(TenantId::as_str))
        .bind(filter.call.map(|call| call.to_string()))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| read(&Reading::new("call_recordings", row)))
            .collect()
    }

    /// Those whose time was up before `now` and whose sound is still there, with their calls.
    pub(crate) async fn expired_recordings(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(RecordingId, CallUid)>, Error> {
        let rows = sqlx::query(
            "SELECT id, call FROM call_recordings
             WHERE keep_until < $1 AND length_us IS NOT NULL AND removed IS NULL ORDER BY id",
        )
        .bind(now.as_micros())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Reading::new("call_recordings", row);
                let recording = row.parsed("id", RecordingId::parse)?;
                Ok((recording, row.parsed("call", CallUid::parse)?))
            })
            .collect()
    }
}

fn read(row: &Reading<'_>) -> Result<CallRecording, Error> {
    let length = row.column::<Option<i64>>("length_us")?;
    let keep_until = row.column::<Option<i64>>("keep_until")?;
    let removed = row.column::<Option<i64>>("removed")?;
    Ok(CallRecording {
        recording: row.parsed("id", RecordingId::parse)?,
        tenant: row.column::<&str>("tenant")?.into(),
        call: row.parsed("call", CallUid::parse)?,
        caller: row.column::<Option<String>>("caller")?.map(Redacted::new),
        sides: row.parsed("sides", RecordedSides::parse)?,
        why: row.column::<Option<String>>("why")?.map(Redacted::new),
        began: row.time("began")?,
        keep_until: keep_until.map(Timestamp::from_micros),
        length: length.map(|micros| Duration::from_micros(micros.unsigned_abs())),
        cut: row.column("cut")?,
        removed: removed.map(Timestamp::from_micros),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, call_recording};

    #[tokio::test]
    async fn a_recording_begins_ends_and_runs_out() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let mut first = call_recording(1);
        first.keep_until = Some(Timestamp::from_micros(1_000));
        let second = call_recording(2);
        for recording in [&first, &second, &second] {
            begin(&mut connection, recording).await.unwrap();
        }
        let all = RecordingFilter::default();
        let kept = database.call_recordings(&all).await.unwrap();
        assert_eq!(kept, [first.clone(), second.clone()]);
        let of_call = RecordingFilter {
            tenant: Some(second.tenant.clone()),
            call: Some(second.call),
        };
        assert_eq!(database.call_recordings(&of_call).await.unwrap(), [second]);
        let late = Timestamp::from_micros(1_001);
        let none: [(RecordingId, CallUid); 0] = [];
        // One that is still being made does not go.
        assert_eq!(database.expired_recordings(late).await.unwrap(), none);
        let length = Duration::from_millis(2_500);
        end(&mut connection, first.recording, length, true)
            .await
            .unwrap();
        (first.length, first.cut) = (Some(length), true);
        assert_eq!(database.call_recordings(&all).await.unwrap()[0], first);
        let then = Timestamp::from_micros(1_000);
        assert_eq!(database.expired_recordings(then).await.unwrap(), none);
        let expired = database.expired_recordings(late).await.unwrap();
        assert_eq!(expired, [(first.recording, first.call)]);
        let removed = remove(&mut connection, first.recording, late).await;
        removed.unwrap();
        (first.removed, first.caller) = (Some(late), None);
        let traces = database.call_recordings(&all).await.unwrap();
        assert_eq!(traces[0], first, "without a name");
        assert_eq!(database.expired_recordings(late).await.unwrap(), none);
    }
}
