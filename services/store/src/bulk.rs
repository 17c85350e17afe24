//! Many questions in one statement.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::{
    StoreError,
    encoding::{chunks, statement},
};

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
