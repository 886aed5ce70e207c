//! Records of calls that are over.

use std::collections::BTreeSet;

use rappel_model::record::{CallDirection, CallRecord, EndedBy, Origin, Outcome};
use rappel_model::{CallUid, MessageId, Redacted, TenantId, Timestamp, VersionId};
use sqlx::sqlite::SqliteConnection;

use super::{Reading, call_json};
use crate::database::Database;
use crate::error::Error;

/// Which calls to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFilter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// How many of the newest, at most [`MAX_LISTED`].
    pub last: u32,
}

/// Most calls listed at a time.
pub const MAX_LISTED: u32 = 10_000;

/// Adds the record of a call; a second telling of the same call changes nothing. Whether it was
/// the first.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    call: &CallRecord,
) -> Result<bool, Error> {
    let (origin_kind, origin) = origin_words(&call.origin);
    let added = sqlx::query(
        "INSERT INTO calls (uid, tenant, line, flow, version, origin_kind, origin, direction,
                            caller, called, started, ringing, answered, first_sound, connected,
                            ended, outcome, cause, status, ended_by, message, tags, legs, stages)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20, $21, $22, $23, $24) ON CONFLICT (uid) DO NOTHING",
    )
    .bind(call.uid.to_string())
    .bind(call.tenant.as_ref().map(|t| t.as_str()))
    .bind(call.line.as_ref().map(|l| l.as_str()))
    .bind(call.flow.as_ref().map(|f| f.as_str()))
    .bind(call.version.as_ref().map(ToString::to_string))
    .bind(origin_kind)
    .bind(origin)
    .bind(direction_word(call.direction))
    .bind(call.caller.as_ref().map(|c| c.reveal().as_str()))
    .bind(call.called.as_str())
    .bind(call.started.as_micros())
    .bind(call.ringing.map(Timestamp::as_micros))
    .bind(call.answered.map(Timestamp::as_micros))
    .bind(call.first_sound.map(Timestamp::as_micros))
    .bind(call.connected.map(Timestamp::as_micros))
    .bind(call.ended.as_micros())
    .bind(call.outcome.word())
    .bind(call.cause)
    .bind(call.status)
    .bind(ended_by_word(call.ended_by))
    .bind(call.message.map(|m| m.to_string()))
    .bind(call_json::write_tags(&call.tags)?)
    .bind(call_json::write_legs(&call.legs)?)
    .bind(call_json::write_stages(&call.stages)?)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() > 0)
}

impl Database {
    /// The calls that have a record and left a message.
    pub(crate) async fn recorded_calls(&self) -> Result<BTreeSet<CallUid>, Error> {
        let rows = sqlx::query("SELECT uid FROM calls WHERE uid IN (SELECT call FROM messages)")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| Reading::new("calls", row).parsed("uid", CallUid::parse))
            .collect()
    }

    /// The newest calls, the oldest of them first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM calls WHERE ($1 IS NULL OR tenant = $1)
             ORDER BY started DESC, uid DESC LIMIT $2",
        )
        .bind(filter.tenant.as_ref().map(TenantId::as_str))
        .bind(filter.last.min(MAX_LISTED))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .rev()
            .map(|row| read(&Reading::new("calls", row)))
            .collect()
    }

    /// One call.
    ///
    /// # Errors
    /// What the database says; an unknown call is `None`.
    pub async fn call(&self, uid: CallUid) -> Result<Option<CallRecord>, Error> {
        let row = sqlx::query("SELECT * FROM calls WHERE uid = $1")
            .bind(uid.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&Reading::new("calls", &row)))
            .transpose()
    }
}

fn read(row: &Reading<'_>) -> Result<CallRecord, Error> {
    Ok(CallRecord {
        uid: row.parsed("uid", CallUid::parse)?,
        tenant: row.maybe("tenant", |t| Some(t.into()))?,
        line: row.maybe("line", |t| Some(t.into()))?,
        flow: row.maybe("flow", |t| Some(t.into()))?,
        version: row.maybe("version", VersionId::parse)?,
        origin: read_origin(row)?,
        direction: row.parsed("direction", direction_from)?,
        caller: row.column::<Option<String>>("caller")?.map(Redacted::new),
        called: row.column("called")?,
        started: row.time("started")?,
        ringing: row.maybe_time("ringing")?,
        answered: row.maybe_time("answered")?,
        first_sound: row.maybe_time("first_sound")?,
        connected: row.maybe_time("connected")?,
        ended: row.time("ended")?,
        outcome: row.parsed("outcome", Outcome::from_word)?,
        cause: row.column("cause")?,
        status: row.column("status")?,
        ended_by: row.parsed("ended_by", ended_by_from)?,
        message: row.maybe("message", MessageId::parse)?,
        tags: row.parsed("tags", call_json::read_tags)?,
        legs: row.parsed("legs", call_json::read_legs)?,
        stages: row.parsed("stages", call_json::read_stages)?,
    })
}

fn origin_words(origin: &Origin) -> (&'static str, String) {
    match origin {
        Origin::Trunk(name) => ("trunk", name.to_string()),
        Origin::User(name) => ("user", name.to_string()),
        Origin::Unknown(address) => ("unknown", address.to_string()),
    }
}

fn read_origin(row: &Reading<'_>) -> Result<Origin, Error> {
    let kind: &str = row.column("origin_kind")?;
    row.parsed("origin", |text| match kind {
        "trunk" => Some(Origin::Trunk(text.into())),
        "user" => Some(Origin::User(text.into())),
        "unknown" => text.parse().ok().map(Origin::Unknown),
        _ => None,
    })
}

fn direction_word(direction: CallDirection) -> &'static str {
    match direction {
        CallDirection::Inbound => "inbound",
        CallDirection::Internal => "internal",
        CallDirection::Outbound => "outbound",
    }
}

fn direction_from(word: &str) -> Option<CallDirection> {
    [
        CallDirection::Inbound,
        CallDirection::Internal,
        CallDirection::Outbound,
    ]
    .into_iter()
    .find(|d| direction_word(*d) == word)
}

fn ended_by_word(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Caller => "caller",
        EndedBy::Callee => "callee",
        EndedBy::Engine => "engine",
        EndedBy::Network => "network",
    }
}

fn ended_by_from(word: &str) -> Option<EndedBy> {
    [
        EndedBy::Caller,
        EndedBy::Callee,
        EndedBy::Engine,
        EndedBy::Network,
    ]
    .into_iter()
    .find(|by| ended_by_word(*by) == word)
}

#[cfg(test)]
mod tests;
