//! Forwards: the last word about each counts.

use rappel_model::PhoneNumber;
use rappel_model::office::{Forward, Leading, Owner, When};
use rappel_model::record::ForwardRecord;
use sqlx::sqlite::SqliteConnection;

use super::{Reading, micros};
use crate::database::Database;
use crate::error::Error;

/// Sets one, or removes it.
pub(crate) async fn set(
    connection: &mut SqliteConnection,
    record: &ForwardRecord,
) -> Result<(), Error> {
    let owner = owner_text(&record.owner);
    let Some(forward) = &record.forward else {
        sqlx::query("DELETE FROM forwards WHERE tenant = $1 AND owner = $2 AND when_ = $3")
            .bind(record.tenant.as_str())
            .bind(owner)
            .bind(record.when.word())
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO forwards (tenant, owner, when_, number, after, at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, owner, when_) DO UPDATE
         SET number = excluded.number, after = excluded.after, at = excluded.at",
    )
    .bind(record.tenant.as_str())
    .bind(owner)
    .bind(record.when.word())
    .bind(leading_text(&forward.to))
    .bind(forward.after.map(micros))
    .bind(record.at.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

impl Database {
    /// All forwards in force, the oldest first, at most the `most` newest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forwards(&self, most: u32) -> Result<Vec<ForwardRecord>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM forwards ORDER BY at DESC LIMIT $1) ORDER BY at",
        )
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Reading::new("forwards", row);
                let after: Option<i64> = row.column("after")?;
                let after = after.map(|_| row.length("after")).transpose()?;
                let to = row.parsed("number", read_leading)?;
                Ok(ForwardRecord {
                    tenant: row.parsed("tenant", |t| Some(t.into()))?,
                    owner: row.parsed("owner", read_owner)?,
                    when: row.parsed("when_", When::parse)?,
                    forward: Some(Forward { to, after }),
                    at: row.time("at")?,
                })
            })
            .collect()
    }
}

fn owner_text(owner: &Owner) -> String {
    match owner {
        Owner::Person(person) => format!("person:{person}"),
        Owner::User(user) => format!("user:{user}"),
    }
}

fn read_owner(text: &str) -> Option<Owner> {
    match text.split_once(':')? {
        ("person", name) => Some(Owner::Person(name.into())),
        ("user", name) => Some(Owner::User(name.into())),
        _ => None,
    }
}

fn leading_text(leading: &Leading) -> String {
    match leading {
        Leading::Extension(digits) => format!("extension:{digits}"),
        Leading::Outside(number) => format!("outside:{number}"),
    }
}

fn read_leading(text: &str) -> Option<Leading> {
    match text.split_once(':')? {
        ("extension", digits) => Some(Leading::Extension(digits.to_owned())),
        ("outside", number) => PhoneNumber::parse(number).map(Leading::Outside),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rappel_model::Timestamp;

    use super::*;
    use crate::scratch::Scratch;

    #[tokio::test]
    async fn the_last_word_about_a_forward_counts_and_what_is_cleared_is_gone() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let record = |owner: &Owner, when, to: Option<&str>, at| ForwardRecord {
            tenant: "a".into(),
            owner: owner.clone(),
            when,
            forward: to.map(|to| Forward {
                to: read_leading(to).unwrap(),
                after: (when == When::NoAnswer).then_some(Duration::from_secs(15)),
            }),
            at: Timestamp::from_micros(at),
        };
        let (ana, lobby) = (Owner::Person("ana".into()), Owner::User("lobby".into()));
        let kept = [
            record(&lobby, When::NoAnswer, Some("outside:+33639981234"), 2),
            record(&ana, When::Always, Some("extension:13"), 4),
        ];
        for record in [
            &record(&ana, When::Always, Some("extension:12"), 1),
            &kept[0],
            &record(&ana, When::Busy, Some("extension:12"), 3),
            &kept[1],
            &record(&ana, When::Busy, None, 5),
        ] {
            set(&mut connection, record).await.unwrap();
        }
        assert_eq!(database.forwards(10).await.unwrap(), kept);
        assert_eq!(database.forwards(1).await.unwrap(), kept[1..]);
    }
}
