//! Named counters, by the hour.

use rappel_model::{TenantId, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::Reading;
use crate::database::Database;
use crate::error::Error;

/// How often one counter rose within one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub name: String,
    /// The hour's first moment, in UTC.
    pub hour: Timestamp,
    /// How often.
    pub count: u64,
}

/// Adds one to a counter, in the hour of `at`.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    tenant: &TenantId,
    name: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let micros = at.as_micros();
    sqlx::query(
        "INSERT INTO counters (tenant, name, hour, count) VALUES ($1, $2, $3, 1)
         ON CONFLICT (tenant, name, hour) DO UPDATE SET count = counters.count + 1",
    )
    .bind(tenant.as_str())
    .bind(name)
    .bind(micros - micros.rem_euclid(HOUR_MICROS))
    .execute(connection)
    .await?;
    Ok(())
}

impl Database {
    /// The counters of a tenant from `since` on, the oldest hour first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn counts(&self, tenant: &TenantId, since: Timestamp) -> Result<Vec<Count>, Error> {
        let rows = sqlx::query(
            "SELECT tenant, name, hour, count FROM counters
             WHERE tenant = $1 AND hour >= $2 ORDER BY hour, name",
        )
        .bind(tenant.as_str())
        .bind(since.as_micros())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| read(&Reading::new("counters", row)))
            .collect()
    }
}

fn read(row: &Reading<'_>) -> Result<Count, Error> {
    let count: i64 = row.column("count")?;
    Ok(Count {
        tenant: row.column::<&str>("tenant")?.into(),
        name: row.column("name")?,
        hour: row.time("hour")?,
        count: u64::try_from(count).map_err(|_| Error::row("counters", "count"))?,
    })
}

const HOUR_MICROS: i64 = 3_600 * 1_000_000;
