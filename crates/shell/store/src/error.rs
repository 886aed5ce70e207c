//! What can go wrong here, by what may be done about it.

use std::io;
use std::path::Path;

use rappel_audio::wav;

/// Why something was not stored or not read. Cloned to everybody who waited for the same commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No room left: free some, then it works again by itself.
    #[error("the disk is full")]
    Full,
    /// The disk refused: a fault of the machine.
    #[error("the disk failed: {0}")]
    Io(String),
    /// Another process kept the database locked too long; worth another try.
    #[error("the database was busy too long")]
    Busy,
    /// A file is not what it should be, or it is broken: restore a backup.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Another engine runs on this data folder.
    #[error("another engine is running on {0}")]
    Taken(String),
    /// The database was written by a newer version; use that one.
    #[error("the database cannot be used by this version: {0}")]
    Migration(String),
    /// This row contradicts what is stored already: a second user of a name, a second call.
    #[error("refused by the database: {0}")]
    Conflict(String),
    /// There is no such user, message or recording.
    #[error("{0} does not exist")]
    Unknown(String),
    /// Less was recorded than the message claims, so it may not be promised.
    #[error("the recording is incomplete: {have} of {want} samples")]
    Incomplete {
        /// Samples in the file.
        have: u64,
        /// Samples the message claims.
        want: u64,
    },
    /// The queue to a writer is full: the disk is too slow for what arrives.
    #[error("the store has more to write than it can hold")]
    Overloaded,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A row we wrote that cannot be read back, or a statement that is wrong: a bug of ours.
    #[error("the store is at fault: {0}")]
    Bug(String),
}

impl Error {
    /// Whether the same thing may succeed later: the fault lies with the disk, not with the row.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_) | Self::Busy)
    }

    /// An error of the file system, told with its file.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::NotFound => Self::Unknown(path.display().to_string()),
            _ => Self::Io(format!("{}: {error}", path.display())),
        }
    }

    /// An error of a recording, told with its file.
    pub(crate) fn wav(path: &Path, error: wav::Error) -> Self {
        match error {
            wav::Error::Io(error) => Self::io(path, &error),
            other => Self::Damaged(format!("{}: {other}", path.display())),
        }
    }

    /// A row that says what no row of ours says.
    pub(crate) fn row(table: &str, column: &str) -> Self {
        Self::Bug(format!("unreadable {column} in {table}"))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(e) => match e.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
                _ => Self::Io(e.to_string()),
            },
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::Database(e) => {
                // The low byte of an extended result code is the primary one (sqlite.org/rescode).
                let code = e.code().and_then(|c| c.parse::<u32>().ok()).unwrap_or(0) & 0xff;
                match code {
                    SQLITE_BUSY | SQLITE_LOCKED => Self::Busy,
                    SQLITE_FULL => Self::Full,
                    SQLITE_READONLY | SQLITE_IOERR | SQLITE_CANTOPEN => Self::Io(e.to_string()),
                    SQLITE_CORRUPT | SQLITE_NOTADB => Self::Damaged(e.to_string()),
                    SQLITE_CONSTRAINT => Self::Conflict(e.message().to_owned()),
                    _ => Self::Bug(e.to_string()),
                }
            }
            _ => Self::Bug(error.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(e) => e.into(),
            other => Self::Migration(other.to_string()),
        }
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_NOTADB: u32 = 26;
