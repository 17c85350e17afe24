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

/// Rows that a statement has on SQLite. Where fewer are left the rest of them is NULL and left out, so that the connection which writes prepares
/// one statement for a table and not one for every number of rows.
const SQLITE_ROWS: usize = 32;

/// Inserts many rows with the other writes of the transaction: on PostgreSQL by one statement whose parameters are the columns as arrays, on
/// SQLite by few. It works where row-level security is forced, which COPY does not (ADR 11).
///
/// `same` are the leading columns, which have one value in all rows; `columns` are the others, each with an array of as many values as there are
/// rows. The first of these is nowhere NULL.
pub(crate) fn insert<const N: usize>(
    session: &Session,
    table: &str,
    same: [(&str, Value); N],
    columns: Vec<(&str, Parameter)>,
    rows: usize,
) {
    if rows == 0 {
        return;
    }
    let names: Vec<&str> = same.iter().map(|(name, _)| *name).chain(columns.iter().map(|(name, _)| *name)).collect();
    let into = format!("INSERT INTO {table} ({})", names.join(", "));
    let same = same.map(|(_, value)| value);
    let columns: Vec<Parameter> = columns.into_iter().map(|(_, column)| column).collect();
    if session.get_database_backend() == DatabaseBackend::Postgres {
        let mut message = Message::new("", same);
        message.parameters.extend(columns);
        let kinds = message.parameters.iter().zip(1..);
        // Side by side in the list of what is selected: in FROM each array would first become a table of its own.
        let selected: Vec<String> = kinds
            .map(|(parameter, place)| match parameter {
                Parameter::One(_) => format!("${place}::{}", parameter.kind()),
                _ => format!("unnest(${place}::{}[])", parameter.kind()),
            })
            .collect();
        message.sql = format!("{into} SELECT {}", selected.join(", "));
        session.defer(message);
        return;
    }
    // Bare question marks: SQLite looks for a parameter that has a name or a number among all others. A condition and not a LIMIT, with which it
    // takes half as long again.
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let sql = format!(
        "{into} SELECT {}, * FROM (VALUES {}) WHERE column1 IS NOT NULL",
        vec!["?"; N].join(", "),
        vec![row.as_str(); SQLITE_ROWS].join(",")
    );
    for first in (0..rows).step_by(SQLITE_ROWS) {
        let cells = (first..first + SQLITE_ROWS).flat_map(|row| columns.iter().map(move |column| column.of_row(row)));
        session.defer(Message::new(sql.as_str(), same.iter().cloned().chain(cells)));
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
