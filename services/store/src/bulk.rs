//! Many questions, and many rows, in one statement.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult, Value};

use crate::{
    StoreError,
    encoding::{chunks, statement},
    message::{Message, Parameter},
    session::Session,
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

/// Rows that a statement inserts on SQLite at most. Whatever is left over has a statement of its own, so that the connection which writes
/// prepares as many for a table as this, each once.
const SQLITE_ROWS: usize = 64;

/// Inserts many rows of which the leading columns are the same in all: on PostgreSQL with other writes of the transaction, by one statement
/// whose parameters are the columns as arrays, on SQLite by few. It works where row-level security is forced, which COPY does not (ADR 11).
///
/// `columns` are those in which rows differ; a row holds a value of its kind for each. The order of the rows is kept.
pub(crate) async fn insert<const N: usize>(
    session: &Session,
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
    if session.get_database_backend() == DatabaseBackend::Postgres {
        let given: Vec<String> =
            same.iter().zip(1..).map(|(value, place)| format!("${place}::{}", cast(value))).collect();
        let arrays: Vec<String> =
            columns.iter().zip(N + 1..).map(|((_, kind), place)| format!("${place}::{}[]", kind.postgres())).collect();
        let sql = format!("{into} SELECT {}, * FROM unnest({})", given.join(", "), arrays.join(", "));
        let mut message = Message::new(sql, same);
        message.parameters.extend(arrays_of(columns, rows)?);
        session.defer(message);
        return Ok(());
    }
    // Bare question marks: SQLite looks for a parameter that has a name or a number among all others.
    let row = format!("({})", vec!["?"; N + columns.len()].join(","));
    let mut rows = rows.into_iter();
    while !rows.as_slice().is_empty() {
        let size = rows.len().min(SQLITE_ROWS);
        let values = rows.by_ref().take(size).flat_map(|row| same.iter().cloned().chain(row));
        let sql = format!("{into} VALUES {}", vec![row.as_str(); size].join(","));
        session.execute_beside(Message::new(sql, values)).await?;
    }
    Ok(())
}

/// The columns of rows as arrays.
fn arrays_of(columns: &[(String, Kind)], rows: Vec<Vec<Value>>) -> Result<Vec<Parameter>, StoreError> {
    let empty = |(_, kind): &(String, Kind)| match kind {
        Kind::Text => Parameter::Texts(Vec::with_capacity(rows.len())),
        Kind::BigInt => Parameter::Numbers(Vec::with_capacity(rows.len())),
        Kind::Boolean => Parameter::Truths(Vec::with_capacity(rows.len())),
    };
    let mut arrays: Vec<Parameter> = columns.iter().map(empty).collect();
    for row in rows {
        for (array, value) in arrays.iter_mut().zip(row) {
            match (array, value) {
                (Parameter::Texts(texts), Value::String(text)) => texts.push(text),
                (Parameter::Numbers(numbers), Value::BigInt(number)) => numbers.push(number),
                (Parameter::Truths(truths), Value::Bool(truth)) => truths.push(truth),
                (_, value) => return Err(StoreError::corrupt(format!("{value:?} in a column of another kind"))),
            }
        }
    }
    Ok(arrays)
}

/// What a parameter is cast to, so that its type does not depend on where it stands.
const fn cast(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "integer",
        Value::BigInt(_) => "bigint",
        _ => "text",
    }
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
