//! Users that may register a phone, and their PINs.

use std::time::Duration;

use rappel_model::{Secret, TenantId, Timestamp, UserName};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::{Reading, registrations};
use crate::database::Database;
use crate::error::Error;
use crate::secret::{self, BadPin};

/// The hash a digest response is computed with (RFC 7616 §3.2, RFC 8760).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ha1Algorithm {
    /// For old phones, and old software that gives up when offered anything else.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512 cut to 256 bits.
    Sha512_256,
}

impl Ha1Algorithm {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Sha256, Self::Sha512_256];

    /// Its registered name (RFC 7616 §6.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Reads the name, regardless of case; `None` for any other.
    pub fn read(text: &str) -> Option<Self> {
        let same = |one: &Self| one.as_str().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(same)
    }
}

/// A user to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Whose.
    pub tenant: TenantId,
    /// The name a phone registers with.
    pub name: UserName,
    /// The realm its HA1 were computed for; a name is unique within a realm.
    pub realm: String,
    /// One HA1 per algorithm: the hex digest of `name:realm:password`. Those that are not offered
    /// may be offered later, without a new password.
    pub ha1: Vec<(Ha1Algorithm, Secret)>,
    /// The algorithms offered, each with an HA1.
    pub offered: Vec<Ha1Algorithm>,
    /// When.
    pub created: Timestamp,
}

/// A user as it is stored. The PIN never leaves the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// Whose.
    pub tenant: TenantId,
    /// The name a phone registers with.
    pub name: UserName,
    /// The realm its HA1 were computed for.
    pub realm: String,
    /// One HA1 per algorithm offered, MD5 first.
    pub ha1: Vec<(Ha1Algorithm, Secret)>,
    /// Whether a PIN was set.
    pub has_pin: bool,
    /// When it was added.
    pub created: Timestamp,
}

/// Which state of the users somebody has seen; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsersVersion(Option<i64>);

/// What is known of a typed PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// Right; earlier wrong ones are forgotten.
    Right,
    /// Wrong.
    Wrong,
    /// There is no such user, or no PIN was set.
    NotSet,
    /// [`MAX_WRONG_PINS`] wrong ones in a row: none is looked at for [`LOCKED_FOR`].
    Locked,
}

/// Wrong PINs in a row before a user's PIN is locked.
pub const MAX_WRONG_PINS: u32 = 5;

/// How long a PIN stays locked: at five tries a quarter of an hour, four digits last for weeks.
pub const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);

impl Database {
    /// Adds a user.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the tenant has such a user, or another tenant has one of this name
    /// in the same realm: a phone could not say which one it is.
    pub async fn add_user(&self, user: &NewUser) -> Result<(), Error> {
        let ha1 = |algorithm| {
            let found = user.ha1.iter().find(|(a, _)| *a == algorithm);
            found.map(|(_, secret)| secret.reveal())
        };
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO users (tenant, name, realm, ha1_md5, ha1_sha256, ha1_sha512_256, offered,
                                created)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(user.tenant.as_str())
        .bind(user.name.as_str())
        .bind(user.realm.as_str())
        .bind(ha1(Ha1Algorithm::Md5))
        .bind(ha1(Ha1Algorithm::Sha256))
        .bind(ha1(Ha1Algorithm::Sha512_256))
        .bind(listed(&user.offered))
        .bind(user.created.as_micros())
        .execute(&mut *change)
        .await?;
        tell_change(&mut change).await?;
        Ok(change.commit().await?)
    }

    /// Changes which algorithms a user is offered. False when there is no such user, or an HA1 of one
    /// of them was never stored: then nothing is changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn offer(
        &self,
        tenant: &TenantId,
        name: &UserName,
        offered: &[Ha1Algorithm],
    ) -> Result<bool, Error> {
        let without = |algorithm| !offered.contains(&algorithm);
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        let changed = sqlx::query(
            "UPDATE users SET offered = $1 WHERE tenant = $2 AND name = $3
             AND ($4 OR ha1_md5 IS NOT NULL) AND ($5 OR ha1_sha256 IS NOT NULL)
             AND ($6 OR ha1_sha512_256 IS NOT NULL)",
        )
        .bind(listed(offered))
        .bind(tenant.as_str())
        .bind(name.as_str())
        .bind(without(Ha1Algorithm::Md5))
        .bind(without(Ha1Algorithm::Sha256))
        .bind(without(Ha1Algorithm::Sha512_256))
        .execute(&mut *change)
        .await?;
        tell_change(&mut change).await?;
        change.commit().await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Gives a user another password: an HA1 for each algorithm, computed for the user's own realm.
    /// Where its phones are reached is forgotten, since they proved the old one. False when there is
    /// no such user.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_password(
        &self,
        tenant: &TenantId,
        name: &UserName,
        ha1: &[(Ha1Algorithm, Secret)],
    ) -> Result<bool, Error> {
        let hash = |algorithm| {
            let found = ha1.iter().find(|(one, _)| *one == algorithm);
            found.map(|(_, secret)| secret.reveal())
        };
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        let changed = sqlx::query(
            "UPDATE users SET ha1_md5 = $3, ha1_sha256 = $4, ha1_sha512_256 = $5
             WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant.as_str())
        .bind(name.as_str())
        .bind(hash(Ha1Algorithm::Md5))
        .bind(hash(Ha1Algorithm::Sha256))
        .bind(hash(Ha1Algorithm::Sha512_256))
        .execute(&mut *change)
        .await?;
        registrations::forget(&mut change, tenant, name).await?;
        tell_change(&mut change).await?;
        change.commit().await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Removes a user with its PIN and where its phones are reached. False when there was none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_user(&self, tenant: &TenantId, name: &UserName) -> Result<bool, Error> {
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        let removed = sqlx::query("DELETE FROM users WHERE tenant = $1 AND name = $2")
            .bind(tenant.as_str())
            .bind(name.as_str())
            .execute(&mut *change)
            .await?;
        registrations::forget(&mut change, tenant, name).await?;
        tell_change(&mut change).await?;
        change.commit().await?;
        Ok(removed.rows_affected() > 0)
    }

    /// All users, by tenant and name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn users(&self) -> Result<Vec<UserRecord>, Error> {
        let mut connection = self.pool.acquire().await?;
        all(&mut connection).await
    }

    /// All users, if they changed since `seen`; costs one small read when they did not. Ask once a
    /// second and `user add` beside a running engine is noticed within that second.
    ///
    /// # Errors
    /// What the database says.
    pub async fn users_if_changed(
        &self,
        seen: UsersVersion,
    ) -> Result<Option<(UsersVersion, Vec<UserRecord>)>, Error> {
        let mut connection = self.pool.acquire().await?;
        // One transaction, so that the version is that of the rows read with it.
        let mut view = connection.begin().await?;
        let version: i64 = sqlx::query_scalar("SELECT version FROM changes WHERE topic = 'users'")
            .fetch_one(&mut *view)
            .await?;
        if seen.0 == Some(version) {
            return Ok(None);
        }
        let users = all(&mut view).await?;
        Ok(Some((UsersVersion(Some(version)), users)))
    }

    /// Sets a user's PIN and forgets wrong ones. False when there is no such user.
    ///
    /// # Errors
    /// What the database says, or what is wrong with the PIN.
    pub async fn set_pin(
        &self,
        tenant: &TenantId,
        user: &UserName,
        pin: Secret,
    ) -> Result<Result<bool, BadPin>, Error> {
        if let Err(bad) = secret::check(&pin) {
            return Ok(Err(bad));
        }
        let hash = blocking(move || secret::hash(&pin)).await?;
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        let set = sqlx::query(
            "UPDATE users SET pin = $3, wrong_pins = 0, locked_until = NULL
             WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(hash)
        .execute(&mut *change)
        .await?;
        tell_change(&mut change).await?;
        change.commit().await?;
        Ok(Ok(set.rows_affected() > 0))
    }

    /// Whether `pin` is the user's. Every try is counted before it is looked at, so that many at
    /// the same time get no more tries than one after the other.
    ///
    /// # Errors
    /// What the database says; treat it as a wrong PIN.
    pub async fn check_pin(
        &self,
        tenant: &TenantId,
        user: &UserName,
        pin: Secret,
        at: Timestamp,
    ) -> Result<PinVerdict, Error> {
        let hash = match self.take_a_try(tenant, user, at).await? {
            Ok(hash) => hash,
            Err(verdict) => return Ok(verdict),
        };
        if !blocking(move || secret::verify(&pin, &hash)).await? {
            return Ok(PinVerdict::Wrong);
        }
        sqlx::query(
            "UPDATE users SET wrong_pins = 0, locked_until = NULL WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant.as_str())
        .bind(user.as_str())
        .execute(&self.pool)
        .await?;
        Ok(PinVerdict::Right)
    }

    /// Whether `pin` is the one that is set, for somebody who made it and only wants to know whether
    /// it still holds: no try is counted, and a lock is not looked at. Nothing a caller typed may
    /// come here; that is for [`check_pin`](Self::check_pin). False when no PIN was set.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_pin_unchanged(
        &self,
        tenant: &TenantId,
        user: &UserName,
        pin: Secret,
    ) -> Result<bool, Error> {
        let row = sqlx::query("SELECT pin FROM users WHERE tenant = $1 AND name = $2")
            .bind(tenant.as_str())
            .bind(user.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        match Reading::new("users", &row).column::<Option<String>>("pin")? {
            Some(hash) => blocking(move || secret::verify(&pin, &hash)).await,
            None => Ok(false),
        }
    }

    /// Counts a try as a wrong one and hands out the hash to compare with, or says why not.
    async fn take_a_try(
        &self,
        tenant: &TenantId,
        user: &UserName,
        at: Timestamp,
    ) -> Result<Result<String, PinVerdict>, Error> {
        let mut connection = self.pool.acquire().await?;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query(
            "SELECT pin, wrong_pins, locked_until FROM users WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant.as_str())
        .bind(user.as_str())
        .fetch_optional(&mut *change)
        .await?;
        let Some(row) = row else {
            return Ok(Err(PinVerdict::NotSet));
        };
        let row = Reading::new("users", &row);
        let Some(hash) = row.column::<Option<String>>("pin")? else {
            return Ok(Err(PinVerdict::NotSet));
        };
        if row
            .maybe_time("locked_until")?
            .is_some_and(|until| at < until)
        {
            return Ok(Err(PinVerdict::Locked));
        }
        let wrong = row.column::<u32>("wrong_pins")?.saturating_add(1);
        let (wrong, locked) = match wrong < MAX_WRONG_PINS {
            true => (wrong, None),
            false => (0, Some((at + LOCKED_FOR).as_micros())),
        };
        sqlx::query(
            "UPDATE users SET wrong_pins = $3, locked_until = $4 WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant.as_str())
        .bind(user.as_str())
        .bind(wrong)
        .bind(locked)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(Ok(hash))
    }
}

async fn all(connection: &mut SqliteConnection) -> Result<Vec<UserRecord>, Error> {
    let rows = sqlx::query(
        "SELECT tenant, name, realm, ha1_md5, ha1_sha256, ha1_sha512_256, offered,
                pin IS NOT NULL AS has_pin, created
         FROM users ORDER BY tenant, name",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| read(&Reading::new("users", row)))
        .collect()
}

fn read(row: &Reading<'_>) -> Result<UserRecord, Error> {
    let offered: Option<String> = row.column("offered")?;
    let is_offered = |algorithm: Ha1Algorithm| {
        let mut names = offered.iter().flat_map(|names| names.split(','));
        offered.is_none() || names.any(|name| name == algorithm.as_str())
    };
    let mut ha1 = Vec::new();
    for (algorithm, column) in [
        (Ha1Algorithm::Md5, "ha1_md5"),
        (Ha1Algorithm::Sha256, "ha1_sha256"),
        (Ha1Algorithm::Sha512_256, "ha1_sha512_256"),
    ] {
        let stored: Option<String> = row.column(column)?;
        let stored = stored.filter(|_| is_offered(algorithm));
        ha1.extend(stored.map(|hash| (algorithm, Secret::new(hash))));
    }
    Ok(UserRecord {
        tenant: row.column::<&str>("tenant")?.into(),
        name: row.column::<&str>("name")?.into(),
        realm: row.column("realm")?,
        ha1,
        has_pin: row.column("has_pin")?,
        created: row.time("created")?,
    })
}

/// Names with commas between them.
fn listed(algorithms: &[Ha1Algorithm]) -> String {
    let names: Vec<&str> = algorithms.iter().map(|one| one.as_str()).collect();
    names.join(",")
}

async fn tell_change(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query("UPDATE changes SET version = version + 1 WHERE topic = 'users'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Runs slow hashing where it holds up nobody. At most one at a time: each takes 19 MiB.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    static ONE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);
    let turn = ONE.acquire().await.map_err(|_| Error::Closed)?;
    let done = tokio::task::spawn_blocking(work).await;
    drop(turn);
    done.map_err(|e| Error::Bug(format!("hashing stopped: {e}")))?
}

#[cfg(test)]
mod tests;
