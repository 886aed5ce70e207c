//! Records of calls that are over.

use std::collections::BTreeSet;

use rappel_model::record::{CallDirection, CallRecord, EndedBy, Origin, Outcome};
use rappel_model::{CallUid, MessageId, Redacted, TenantId, Timestamp, VersionId};
use sqlx::QueryBuilder;
use sqlx::query_builder::Separated;
use sqlx::sqlite::{Sqlite, SqliteConnection};

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
    Ok(insert_together(connection, &[call]).await? > 0)
}

/// Adds the records of many calls as [`insert`] does, in as few statements as their number allows: each
/// statement is a way to the thread of SQLite and back.
pub(crate) async fn insert_all(
    connection: &mut SqliteConnection,
    mut calls: &[&CallRecord],
) -> Result<(), Error> {
    for count in TOGETHER {
        while let Some((now, later)) = calls.split_at_checked(count) {
            insert_together(connection, now).await?;
            calls = later;
        }
    }
    Ok(())
}

/// Adds records by one statement; how many of them were new.
async fn insert_together(
    connection: &mut SqliteConnection,
    calls: &[&CallRecord],
) -> Result<u64, Error> {
    let mut rows = Vec::with_capacity(calls.len());
    for call in calls {
        rows.push(Told {
            call,
            tags: call_json::write_tags(&call.tags)?,
            legs: call_json::write_legs(&call.legs)?,
            stages: call_json::write_stages(&call.stages)?,
        });
    }
    let mut query = QueryBuilder::new(
        "INSERT INTO calls (uid, tenant, line, flow, version, origin_kind, origin, direction,
                            caller, called, started, ringing, answered, first_sound, connected,
                            ended, outcome, cause, status, ended_by, message, tags, legs, stages) ",
    );
    query.push_values(rows, bind);
    query.push(" ON CONFLICT (uid) DO NOTHING");
    Ok(query.build().execute(connection).await?.rows_affected())
}

/// A record with its lists as the table holds them.
struct Told<'a> {
    call: &'a CallRecord,
    tags: String,
    legs: String,
    stages: String,
}

fn bind(mut row: Separated<'_, Sqlite, &'static str>, told: Told<'_>) {
    let call = told.call;
    let (origin_kind, origin) = origin_words(&call.origin);
    row.push_bind(call.uid.to_string())
        .push_bind(call.tenant.as_ref().map(|t| t.as_str()))
        .push_bind(call.line.as_ref().map(|l| l.as_str()))
        .push_bind(call.flow.as_ref().map(|f| f.as_str().to_owned()))
        .push_bind(call.version.as_ref().map(ToString::to_string))
        .push_bind(origin_kind)
        .push_bind(origin)
        .push_bind(direction_word(call.direction))
        .push_bind(call.caller.as_ref().map(|c| c.reveal().as_str()))
        .push_bind(call.called.as_str())
        .push_bind(call.started.as_micros())
        .push_bind(call.ringing.map(Timestamp::as_micros))
        .push_bind(call.answered.map(Timestamp::as_micros))
        .push_bind(call.first_sound.map(Timestamp::as_micros))
        .push_bind(call.connected.map(Timestamp::as_micros))
        .push_bind(call.ended.as_micros())
        .push_bind(call.outcome.word())
        .push_bind(call.cause)
        .push_bind(call.status)
        .push_bind(ended_by_word(call.ended_by))
        .push_bind(call.message.map(|m| m.to_string()))
        .push_bind(told.tags)
        .push_bind(told.legs)
        .push_bind(told.stages);
}

/// How many records go into one statement: few sizes, since a statement is prepared once for each.
const TOGETHER: [usize; 4] = [64, 16, 4, 1];

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
