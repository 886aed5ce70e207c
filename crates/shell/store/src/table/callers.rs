//! Callers as the next start must know them: their languages, and their calls of the last days.

use rappel_model::record::{CallerLanguage, PastCall};
use rappel_model::{PhoneNumber, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::Reading;
use crate::database::Database;
use crate::error::Error;

/// Notes the language a caller chose; the last one counts.
pub(crate) async fn speaks(
    connection: &mut SqliteConnection,
    chosen: &CallerLanguage,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO callers (tenant, caller, language, chosen) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, caller) DO UPDATE
         SET language = excluded.language, chosen = excluded.chosen",
    )
    .bind(chosen.tenant.as_str())
    .bind(chosen.caller.as_str())
    .bind(chosen.language.as_str())
    .bind(chosen.chosen.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

impl Database {
    /// The languages that callers chose, the newest last, at most `most`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn caller_languages(&self, most: u32) -> Result<Vec<CallerLanguage>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM callers ORDER BY chosen DESC LIMIT $1) ORDER BY chosen",
        )
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Reading::new("callers", row);
                Ok(CallerLanguage {
                    tenant: row.parsed("tenant", |t| Some(t.into()))?,
                    caller: row.parsed("caller", PhoneNumber::parse)?,
                    language: row.parsed("language", |l| Some(l.into()))?,
                    chosen: row.time("chosen")?,
                })
            })
            .collect()
    }

    /// The calls from outside since `since` whose caller showed a number, oldest first, at most the
    /// `most` newest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn past_calls(&self, since: Timestamp, most: u32) -> Result<Vec<PastCall>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM (
                 SELECT tenant, caller, started, connected FROM calls
                 WHERE started >= $1 AND tenant IS NOT NULL AND caller LIKE '+%'
                 ORDER BY started DESC LIMIT $2
             ) ORDER BY started",
        )
        .bind(since.as_micros())
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Reading::new("calls", row);
                Ok(PastCall {
                    tenant: row.parsed("tenant", |t| Some(t.into()))?,
                    caller: row.parsed("caller", PhoneNumber::parse)?,
                    started: row.time("started")?,
                    reached: row.maybe_time("connected")?.is_some(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, call};
    use crate::table::calls;

    #[tokio::test]
    async fn the_last_language_counts_and_old_calls_do_not() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let chosen = |language: &str, at| CallerLanguage {
            tenant: "a".into(),
            caller: PhoneNumber::parse("+33639981234").unwrap(),
            language: language.into(),
            chosen: Timestamp::from_micros(at),
        };
        for choice in [chosen("en", 1), chosen("fr", 2)] {
            speaks(&mut connection, &choice).await.unwrap();
        }
        let kept = database.caller_languages(10).await.unwrap();
        assert_eq!(kept, [chosen("fr", 2)]);
        let (mut old, mut new) = (call(1), call(2));
        for (call, at) in [(&mut old, 1_000), (&mut new, 2_000)] {
            call.caller = Some(rappel_model::Redacted::new("+33639981234".to_owned()));
            call.started = Timestamp::from_micros(at);
            calls::insert(&mut connection, call).await.unwrap();
        }
        let past = |since, most| database.past_calls(Timestamp::from_micros(since), most);
        assert_eq!(past(0, 10).await.unwrap().len(), 2);
        assert_eq!(past(0, 1).await.unwrap()[0].started.as_micros(), 2_000);
        assert_eq!(past(1_500, 10).await.unwrap().len(), 1);
    }
}
