//! Many questions, and many rows, in one statement.

use std::fmt::Write as _;

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult, Value};

use crate::{
    StoreError,
    encoding::{chunks, statement},
};

/// The kind of a column that rows are inserted into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    BigInt,
    Boolean,
}

impl Kind {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::BigInt => "bigint",
            Self::Boolean => "boolean",
        }
    }
}

/// Inserts many rows of which the leading columns are the same in all: on PostgreSQL by one statement, whose parameters are the
/// columns as arrays, on SQLite by few. It works where row-level security is forced, which COPY does not (ADR 11).
///
/// `columns` are those in which rows differ; a row holds a value of its kind for each. The order of the rows is kept.
pub(crate) async fn insert<const N: usize>(
    db: &impl ConnectionTrait,
    table: &str,
    same: [(&str, Value); N],
    columns: &[(String, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> =
        same.iter().map(|(name, _)| *name).chain(columns.iter().map(|(name, _)| name.as_str())).collect();
    let into = format!("INSERT INTO {table} ({})", names.join(", "));
    let same = same.map(|(_, value)| value);
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let given: Vec<String> =
            same.iter().zip(1..).map(|(value, place)| format!("${place}::{}", cast(value))).collect();
        let arrays: Vec<String> = columns
            .iter()
            .zip(N + 1..)
            .map(|((_, kind), place)| format!("${place}::text::{}[]", kind.postgres()))
            .collect();
        let sql = format!("{into} SELECT {}, * FROM unnest({})", given.join(", "), arrays.join(", "));
        let arrays = (0..columns.len()).map(|column| array(rows.iter().map(|row| &row[column])).into());
        db.execute_raw(statement(db, &sql, same.into_iter().chain(arrays))).await?;
        return Ok(());
    }
    // Bare question marks: SQLite looks for a parameter that has a name or a number among all others.
    let row = format!("({})", vec!["?"; N + columns.len()].join(","));
    let mut rows = rows.into_iter();
    let sizes: Vec<usize> = chunks(rows.as_slice()).map(<[_]>::len).collect();
    for size in sizes {
        let values: Vec<Value> = rows.by_ref().take(size).flat_map(|row| same.iter().cloned().chain(row)).collect();
        let sql = format!("{into} VALUES {}", vec![row.as_str(); size].join(","));
        db.execute_raw(statement(db, &sql, values)).await?;
    }
    Ok(())
}

/// What a parameter is cast to, so that its type does not depend on where it stands.
const fn cast(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "integer",
        Value::BigInt(_) => "bigint",
        _ => "text",
    }
}

/// PostgreSQL's text of an array of these values.
fn array<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let mut text = String::from("{");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = match value {
            Value::BigInt(Some(number)) => write!(text, "{number}"),
            Value::Bool(Some(truth)) => write!(text, "{truth}"),
            Value::String(Some(string)) => write!(text, "\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\"")),
            _ => write!(text, "NULL"),
        };
    }
    text.push('}');
    text
}

/// A county's month, and the instant up to which what is known of it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyMonth {
    /// County.
    pub county: RegionCode,
    /// Month.
    pub month: Month,
    /// What became known later does not count.
    pub as_of: Timestamp,
}

/// Asks all questions by few statements, and gives the answers in the order of the questions.
///
/// `select` reads from a table `wanted` with a row for each question: `place`, which it must give back as its first column, and
/// `columns`. It joins `wanted` first and by `CROSS JOIN`, which SQLite takes for the order of its loops, so that every question
/// goes by the key of the table. `take` adds a row to the answer that it belongs to.
pub(crate) async fn ask<Q, A: Default, const N: usize>(
    db: &impl ConnectionTrait,
    columns: &str,
    select: &str,
    questions: &[Q],
    encode: impl Fn(&Q) -> [Value; N],
    take: impl Fn(&mut A, &QueryResult) -> Result<(), StoreError>,
) -> Result<Vec<A>, StoreError> {
    let mut answers = Vec::with_capacity(questions.len());
    for chunk in chunks(questions) {
        let first = answers.len();
        answers.resize_with(first + chunk.len(), A::default);
        let mut values = Vec::with_capacity(chunk.len() * N);
        let mut rows = vec![];
        for (place, question) in chunk.iter().enumerate() {
            let parameters = encode(question).map(|value| {
                values.push(value);
                format!("${}", values.len())
            });
            rows.push(format!("({place}, {})", parameters.join(", ")));
        }
        let sql = format!("WITH wanted (place, {columns}) AS (VALUES {}) {select}", rows.join(", "));
        for row in db.query_all_raw(statement(db, &sql, values)).await? {
            let place: i32 = row.try_get_by_index(0)?;
            let answer = usize::try_from(place).ok().and_then(|place| answers.get_mut(first + place));
            take(answer.ok_or_else(|| StoreError::corrupt("an answer to no question"))?, &row)?;
        }
    }
    Ok(answers)
}
