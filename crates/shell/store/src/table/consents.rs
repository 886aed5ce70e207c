//! Consents: added, never changed.

use rappel_model::CallUid;
use rappel_model::Redacted;
use rappel_model::record::ConsentRecord;
use sqlx::sqlite::SqliteConnection;

use super::Reading;
use crate::database::Database;
use crate::error::Error;

/// Adds one.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    consent: &ConsentRecord,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO consents (tenant, call, caller, kind, wording, language, answer, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(consent.tenant.as_str())
    .bind(consent.call.to_string())
    .bind(consent.caller.as_ref().map(|c| c.reveal().as_str()))
    .bind(consent.kind.as_str())
    .bind(consent.wording.as_str())
    .bind(consent.language.as_str())
    .bind(consent.answer.as_str())
    .bind(consent.at.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

impl Database {
    /// The consents of one call, in the order they were given.
    ///
    /// # Errors
    /// What the database says.
    pub async fn consents(&self, call: CallUid) -> Result<Vec<ConsentRecord>, Error> {
        let rows = sqlx::query("SELECT * FROM consents WHERE call = $1 ORDER BY at, rowid")
            .bind(call.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let row = Reading::new("consents", row);
                Ok(ConsentRecord {
                    tenant: row.parsed("tenant", |t| Some(t.into()))?,
                    call: row.parsed("call", CallUid::parse)?,
                    caller: row.column::<Option<String>>("caller")?.map(Redacted::new),
                    kind: row.column("kind")?,
                    wording: row.column("wording")?,
                    language: row.parsed("language", |l| Some(l.into()))?,
                    answer: row.column("answer")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use rappel_model::Timestamp;

    use super::*;
    use crate::scratch::Scratch;

    #[tokio::test]
    async fn consents_come_back_word_for_word_in_order() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let consent = |answer: &str, at| ConsentRecord {
            tenant: "a".into(),
            call: CallUid(1),
            caller: Some(Redacted::new("+33639981234".to_owned())),
            kind: "recording".to_owned(),
            wording: "Cet appel est enregistré.".to_owned(),
            language: "fr".into(),
            answer: answer.to_owned(),
            at: Timestamp::from_micros(at),
        };
        let mut hidden = consent("informed", 1);
        hidden.caller = None;
        for consent in [&consent("no", 2), &hidden] {
            add(&mut connection, consent).await.unwrap();
        }
        let kept = database.consents(CallUid(1)).await.unwrap();
        assert_eq!(kept, [hidden, consent("no", 2)]);
        assert_eq!(database.consents(CallUid(2)).await.unwrap(), []);
    }
}
