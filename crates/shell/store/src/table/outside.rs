//! Answered calls to numbers outside, as the next start must know them: what a day has cost does not
//! begin again with the engine.

use rappel_model::record::OutsideCall;
use rappel_model::{PhoneNumber, TenantId, Timestamp};

use super::{Reading, call_json};
use crate::database::Database;
use crate::error::Error;

impl Database {
    /// The answered calls to numbers outside of calls that began since `since`, of the `most` newest
    /// such calls. A leg that was never told to have ended ends where it began.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outside_calls(
        &self,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<OutsideCall>, Error> {
        let rows = sqlx::query(
            "SELECT tenant, legs FROM calls
             WHERE started >= $1 AND tenant IS NOT NULL AND legs LIKE '%\"trunk\":%'
             ORDER BY started DESC LIMIT $2",
        )
        .bind(since.as_micros())
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        let mut calls = Vec::new();
        for row in &rows {
            let row = Reading::new("calls", row);
            let tenant: TenantId = row.parsed("tenant", |t| Some(t.into()))?;
            for leg in row.parsed("legs", call_json::read_legs)? {
                let number = PhoneNumber::parse(leg.peer.reveal());
                if let (Some(_), Some(answered), Some(number)) = (leg.trunk, leg.answered, number) {
                    calls.push(OutsideCall {
                        tenant: tenant.clone(),
                        number,
                        answered,
                        ended: leg.ended.unwrap_or(answered),
                    });
                }
            }
        }
        Ok(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, call};
    use crate::table::calls;

    #[tokio::test]
    async fn answered_legs_of_trunks_are_found_again_and_no_others() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.expect("a database");
        let mut connection = database.connect().await.expect("a connection");
        let (mut inside, mut outside, mut missed) = (call(1), call(2), call(3));
        outside.legs[0].trunk = Some("carrier".into());
        missed.legs[0].trunk = Some("carrier".into());
        missed.legs[0].answered = None;
        for call in [&mut inside, &mut outside, &mut missed] {
            call.tenant = Some("a".into());
            calls::insert(&mut connection, call).await.expect("a row");
        }
        let found = database.outside_calls(Timestamp::from_micros(0), 10).await;
        let leg = &outside.legs[0];
        let told = OutsideCall {
            tenant: "a".into(),
            number: PhoneNumber::parse(leg.peer.reveal()).expect("a number"),
            answered: leg.answered.expect("it was"),
            ended: leg.ended.expect("it did"),
        };
        assert_eq!(found.expect("they can be read"), [told]);
        let later = Timestamp::from_micros(i64::MAX);
        let none = database
            .outside_calls(later, 10)
            .await
            .expect("they can be read");
        assert!(none.is_empty());
    }
}
