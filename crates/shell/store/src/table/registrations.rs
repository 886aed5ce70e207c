//! Registrations: all phones of a user are written together, so that the last word counts.

use rappel_model::record::{DeviceRecord, RegistrationRecord};
use rappel_model::{TenantId, UserName};
use sqlx::sqlite::SqliteConnection;

use super::Reading;
use crate::database::Database;
use crate::error::Error;

/// Puts the phones of a user in the place of those that were there.
pub(crate) async fn set(
    connection: &mut SqliteConnection,
    record: &RegistrationRecord,
) -> Result<(), Error> {
    forget(connection, &record.tenant, &record.user).await?;
    for (place, device) in (0_i64..).zip(&record.devices) {
        sqlx::query(
            "INSERT INTO registrations (tenant, name, place, contact, q, until, transport, local,
                                        remote, instance, reg_id, path, features, call_id, cseq)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(record.tenant.as_str())
        .bind(record.user.as_str())
        .bind(place)
        .bind(&device.contact)
        .bind(device.q)
        .bind(device.until.as_micros())
        .bind(&device.transport)
        .bind(device.local.to_string())
        .bind(device.remote.to_string())
        .bind(&device.instance)
        .bind(device.reg_id)
        .bind(device.path.join("\n"))
        .bind(&device.features)
        .bind(&device.call_id)
        .bind(device.cseq)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Forgets the phones of a user.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    tenant: &TenantId,
    user: &UserName,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM registrations WHERE tenant = $1 AND name = $2")
        .bind(tenant.as_str())
        .bind(user.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

impl Database {
    /// Where phones were reached, by user; at most `most` phones.
    ///
    /// # Errors
    /// What the database says.
    pub async fn registrations(&self, most: u32) -> Result<Vec<RegistrationRecord>, Error> {
        let rows = sqlx::query("SELECT * FROM registrations ORDER BY tenant, name, place LIMIT $1")
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        let mut users: Vec<RegistrationRecord> = Vec::new();
        for row in &rows {
            let row = Reading::new("registrations", row);
            let tenant: TenantId = row.column::<&str>("tenant")?.into();
            let user: UserName = row.column::<&str>("name")?.into();
            let device = read(&row)?;
            match users.last_mut() {
                Some(last) if (&last.tenant, &last.user) == (&tenant, &user) => {
                    last.devices.push(device);
                }
                _ => users.push(RegistrationRecord {
                    tenant,
                    user,
                    devices: vec![device],
                }),
            }
        }
        Ok(users)
    }
}

fn read(row: &Reading<'_>) -> Result<DeviceRecord, Error> {
    let path: &str = row.column("path")?;
    Ok(DeviceRecord {
        contact: row.column("contact")?,
        q: row.column("q")?,
        until: row.time("until")?,
        transport: row.column("transport")?,
        local: row.parsed("local", |text| text.parse().ok())?,
        remote: row.parsed("remote", |text| text.parse().ok())?,
        instance: row.column("instance")?,
        reg_id: row.column("reg_id")?,
        path: path.lines().map(str::to_owned).collect(),
        features: row.column("features")?,
        call_id: row.column("call_id")?,
        cseq: row.column("cseq")?,
    })
}

#[cfg(test)]
mod tests {
    use rappel_model::Timestamp;

    use super::*;
    use crate::scratch::Scratch;

    fn phone(contact: &str, path: &[&str], reg_id: Option<u32>) -> DeviceRecord {
        DeviceRecord {
            contact: contact.into(),
            q: 500,
            until: Timestamp::from_micros(1_796_000_000_000_000),
            transport: "UDP".into(),
            local: "[2001:db8::1]:5060".parse().unwrap(),
            remote: "192.0.2.7:40123".parse().unwrap(),
            instance: reg_id.map(|_| "<urn:uuid:1>".into()),
            reg_id,
            path: path.iter().map(|hop| (*hop).to_owned()).collect(),
            features: ";methods=\"INVITE\"".into(),
            call_id: "a\"b".into(),
            cseq: u32::MAX,
        }
    }

    #[tokio::test]
    async fn the_last_word_about_a_users_phones_counts() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let record = |user: &str, devices: &[DeviceRecord]| RegistrationRecord {
            tenant: "a".into(),
            user: user.into(),
            devices: devices.to_vec(),
        };
        let old = phone("sip:x@10.0.0.1", &[], None);
        let path = ["<sip:p1;lr>", "<sip:p2;lr;ob>"];
        let new = phone("sip:x@10.0.0.2", &path, Some(u32::MAX));
        let (ana, bob) = (
            record("ana", &[old.clone(), new.clone()]),
            record("bob", &[new]),
        );
        for word in [
            &record("bob", &[old.clone(), old.clone(), old.clone()]),
            &record("eve", &[old]),
            &ana,
            &bob,
            &record("eve", &[]),
        ] {
            set(&mut connection, word).await.unwrap();
        }
        let all = vec![ana, bob];
        assert_eq!(database.registrations(10).await.unwrap(), all);
        assert_eq!(database.registrations(2).await.unwrap(), all[..1]);
        forget(&mut connection, &"a".into(), &"ana".into())
            .await
            .unwrap();
        assert_eq!(database.registrations(10).await.unwrap(), all[1..]);
    }
}
