//! How domain values stand in columns.

use std::{fmt::Display, str::FromStr};

use csv::ReaderBuilder;
use jiff::Timestamp;
use junheng_domain::code::Month;
use junheng_seal::Hash;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use serde::de::DeserializeOwned;

use crate::StoreError;

/// Rows of the largest statement: 33 columns wide it stays well below SQLite's 32,766 and PostgreSQL's 65,535 variables.
const LARGEST_CHUNK: usize = 256;

/// Splits rows into chunks whose lengths are powers of two, so that a connection prepares nine statements per table and
/// not one for every number of rows.
pub(crate) fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = LARGEST_CHUNK.min(1 << rest.len().checked_ilog2()?);
        let (chunk, tail) = rest.split_at(size);
        rest = tail;
        Some(chunk)
    })
}

/// A statement with its parameters `$1`, `$2`, … as both databases read it.
pub(crate) fn statement(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// A column of rows that come as one text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field<'a> {
    /// Of numbers, codes or days: of nothing that CSV quotes.
    Plain(&'a str),
    /// Of any text.
    Text(&'a str),
}

/// An aggregate that gives rows as one text: a row that SQLite's thread hands over by itself costs two changes of threads, and on PostgreSQL it
/// joins what else a statement reads without being repeated. Of no rows it is NULL, or holds none; [`read_rows`] reads it.
///
/// On SQLite it is JSON; on PostgreSQL CSV, which it makes in a quarter of the time, and where NULL and an empty text are the same.
pub(crate) fn rows_as_text(backend: DatabaseBackend, fields: &[Field<'_>], order: &str) -> String {
    if backend == DatabaseBackend::Sqlite {
        let columns: Vec<&str> = fields.iter().map(|(Field::Plain(column) | Field::Text(column))| *column).collect();
        return format!("json_group_array(json_array({}) ORDER BY {order})", columns.join(", "));
    }
    let fields: Vec<String> = fields
        .iter()
        .map(|field| match field {
            Field::Plain(column) => (*column).to_owned(),
            Field::Text(column) => format!(r#"'"' || replace({column}, '"', '""') || '"'"#),
        })
        .collect();
    format!("string_agg(concat({}), '\n' ORDER BY {order})", fields.join(", ',', "))
}

/// The rows of a text of [`rows_as_text`].
pub(crate) fn read_rows<T: DeserializeOwned>(
    backend: DatabaseBackend,
    text: Option<&str>,
    table: &str,
) -> Result<Vec<T>, StoreError> {
    let Some(text) = text else { return Ok(vec![]) };
    let corrupt = |error: &dyn Display| StoreError::corrupt(format!("{table}: {error}"));
    if backend == DatabaseBackend::Sqlite {
        return serde_json::from_str(text).map_err(|error| corrupt(&error));
    }
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| corrupt(&error))
}

/// Unix milliseconds, rounded down.
pub(crate) fn unix_ms(instant: Timestamp) -> i64 {
    instant.as_millisecond()
}

/// Unix milliseconds of a bound that may be open.
pub(crate) fn unix_ms_or_latest(instant: Option<Timestamp>) -> i64 {
    instant.map_or(i64::MAX, unix_ms)
}

pub(crate) fn instant(unix_ms: i64, column: &str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(unix_ms).map_err(|error| StoreError::corrupt(format!("{column}: {error}")))
}

/// A SHA-256.
pub(crate) fn hash(bytes: Vec<u8>, column: &str) -> Result<Hash, StoreError> {
    Hash::try_from(bytes).map_err(|bytes| StoreError::corrupt(format!("{column}: {} bytes are no hash", bytes.len())))
}

pub(crate) fn month(ordinal: i32, column: &str) -> Result<Month, StoreError> {
    Month::from_ordinal(ordinal).map_err(|error| StoreError::corrupt(format!("{column}: {error}")))
}

/// Reads a code, a date or another value that stands as a text.
pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str, column: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(format!("{column}: {error}")))
}

pub(crate) fn parse_optional<T: FromStr<Err: Display>>(
    text: Option<&str>,
    column: &str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parse(text, column)).transpose()
}

/// Converts between number types, for counts whose column is signed.
pub(crate) fn number<T: TryFrom<U>, U: Copy + Display>(value: U, column: &str) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::corrupt(format!("{column}: {value} is out of range")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_every_row_once_and_in_order() {
        for count in [0, 1, 2, 3, 255, 256, 257, 1023] {
            let rows: Vec<usize> = (0..count).collect();

            let chunks: Vec<&[usize]> = chunks(&rows).collect();

            assert_eq!(chunks.concat(), rows);
            assert!(chunks.iter().all(|chunk| chunk.len().is_power_of_two() && chunk.len() <= LARGEST_CHUNK));
        }
    }
}
