//! The database: opened, migrated, read.

use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqlSafeStr};

use crate::error::Error;
use crate::folder::Folder;

/// Records and users. Cheap to clone; safe beside a running engine, whose writer it never keeps
/// waiting for longer than one small transaction.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) pool: SqlitePool,
    pub(crate) folder: Folder,
}

impl Database {
    /// Opens the database of a data folder, which is created when missing (mode 0700, the file
    /// 0600), and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::Migration`] when a newer version wrote it, [`Error::Damaged`] when it is none of
    /// ours, otherwise what the disk says.
    pub async fn open(folder: &Folder) -> Result<Self, Error> {
        folder.create()?;
        folder.protect_database()?;
        let mut tries = 1..MIGRATION_TRIES;
        while let Err(error) = migrate(folder).await {
            if tries.next().is_none() {
                return Err(error);
            }
            tokio::time::sleep(MIGRATION_PAUSE).await;
        }
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options(folder))
            .await?;
        Ok(Self {
            pool,
            folder: folder.clone(),
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Ends all connections of this door.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A connection of one's own, for the writer.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, Error> {
        Ok(options(&self.folder).connect().await?)
    }
}

/// WAL lets readers and the writer work side by side; with `synchronous=FULL` a commit returns
/// only after its log is on disk (sqlite.org/pragma.html#pragma_synchronous).
fn options(folder: &Folder) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.database())
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .thread_name(|n| format!("sqlite-{n}"))
        .disable_statement_logging()
}

/// Switches to WAL and brings the tables up to date. Both fail when another process does the same
/// to a new database at this moment: SQLite does not wait where waiting could be for ever.
async fn migrate(folder: &Folder) -> Result<(), Error> {
    let mut alone = options(folder).connect().await?;
    migrator().run_direct(None, &mut alone, false).await?;
    sqlx::Connection::close(alone).await?;
    Ok(())
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            let kind = MigrationType::Simple;
            Migration::new(version, name.into(), kind, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}

/// Every migration, oldest first. One that was released is never edited: its checksum is in every
/// database.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "first call",
        include_str!("../migrations/0001_first_call.sql"),
    ),
    (2, "callers", include_str!("../migrations/0002_callers.sql")),
    (
        3,
        "forwards",
        include_str!("../migrations/0003_forwards.sql"),
    ),
    (
        4,
        "algorithms",
        include_str!("../migrations/0004_algorithms.sql"),
    ),
    (
        5,
        "registrations",
        include_str!("../migrations/0005_registrations.sql"),
    ),
    (
        6,
        "call recordings",
        include_str!("../migrations/0006_call_recordings.sql"),
    ),
    (
        7,
        "removed recordings",
        include_str!("../migrations/0007_removed_recordings.sql"),
    ),
];

/// Connections that read at a time.
const READERS: u32 = 4;

/// How long a statement waits for another process before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the tables are brought up to date before it is given up.
const MIGRATION_TRIES: u32 = 4;

/// How long another process has to finish the same.
const MIGRATION_PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_new_database_may_be_opened_by_several_at_once() {
        let scratch = Scratch::new();
        let opened: Vec<_> = (0..4)
            .map(|_| {
                let folder = scratch.folder();
                tokio::spawn(async move { Database::open(&folder).await })
            })
            .collect();
        for one in opened {
            assert!(
                one.await
                    .unwrap()
                    .unwrap()
                    .users()
                    .await
                    .unwrap()
                    .is_empty()
            );
        }
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused() {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        sqlx::query("UPDATE _sqlx_migrations SET version = version + 97")
            .execute(&database.pool)
            .await
            .unwrap();
        database.close().await;
        let refused = Database::open(&scratch.folder()).await;
        assert!(matches!(refused, Err(Error::Migration(_))), "{refused:?}");
    }
}
