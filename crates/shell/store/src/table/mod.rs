//! One file per record: its rows in, its rows out. Values are those of the model; nothing is
//! computed in SQL that a reader of the model would miss.

mod call_json;
pub(crate) mod call_recordings;
pub(crate) mod callers;
pub(crate) mod calls;
pub(crate) mod consents;
pub(crate) mod counters;
pub(crate) mod forwards;
pub(crate) mod messages;
mod outside;
pub(crate) mod recordings;
pub(crate) mod registrations;
pub(crate) mod users;

use std::time::Duration;

use rappel_model::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::Error;

/// A row with the name of its table, so that what cannot be read is told with its place.
pub(crate) struct Reading<'a> {
    table: &'static str,
    row: &'a SqliteRow,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(table: &'static str, row: &'a SqliteRow) -> Self {
        Self { table, row }
    }

    /// One column as it is stored.
    pub(crate) fn column<T>(&self, column: &str) -> Result<T, Error>
    where
        T: sqlx::Decode<'a, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.row
            .try_get(column)
            .map_err(|_| Error::row(self.table, column))
    }

    /// A text that stands for something else.
    pub(crate) fn parsed<T>(
        &self,
        column: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let text: &str = self.column(column)?;
        parse(text).ok_or_else(|| Error::row(self.table, column))
    }

    /// A text that may be absent and stands for something else.
    pub(crate) fn maybe<T>(
        &self,
        column: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.column::<Option<&str>>(column)? {
            None => Ok(None),
            Some(text) => parse(text)
                .map(Some)
                .ok_or_else(|| Error::row(self.table, column)),
        }
    }

    /// A point of time.
    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, Error> {
        self.column(column).map(Timestamp::from_micros)
    }

    /// A point of time that may be absent.
    pub(crate) fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, Error> {
        let micros: Option<i64> = self.column(column)?;
        Ok(micros.map(Timestamp::from_micros))
    }

    /// A length of time.
    pub(crate) fn length(&self, column: &str) -> Result<Duration, Error> {
        let micros: i64 = self.column(column)?;
        u64::try_from(micros)
            .map(Duration::from_micros)
            .map_err(|_| Error::row(self.table, column))
    }
}

/// A length of time as it is stored.
pub(crate) fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
