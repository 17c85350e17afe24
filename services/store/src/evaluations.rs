//! Table `evaluations`. Written by evaluation, read by reporting.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{chunks, instant, month as decode_month, parse, statement, unix_ms},
    entity::evaluations,
    evaluation_summaries::{self, Summary},
};

/// Evaluation (评估结果) of a county and month by one standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// County.
    pub county: RegionCode,
    /// Month.
    pub month: Month,
    /// Standard that it was judged by.
    pub standard_id: String,
    /// The verdict's id, for lists and counts.
    pub verdict: String,
    /// As of which instant its facts were read.
    pub known_at: Timestamp,
    /// When it was judged.
    pub evaluated_at: Timestamp,
    /// The whole of it, encoded; opaque to the store.
    pub evaluation: Vec<u8>,
}

/// Puts an evaluation with its summary in the place of the one before, unless that one knew more; tells whether it did.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn put(
    transaction: &WriteTransaction,
    evaluation: &Evaluation,
    summary: &Summary,
) -> Result<bool, StoreError> {
    let db = transaction.connection();
    let sql = "INSERT INTO evaluations (county_code, month, standard_id, verdict, known_at_unix_ms, evaluated_at_unix_ms, evaluation)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (county_code, month, standard_id) DO UPDATE SET
            verdict = excluded.verdict,
            known_at_unix_ms = excluded.known_at_unix_ms,
            evaluated_at_unix_ms = excluded.evaluated_at_unix_ms,
            evaluation = excluded.evaluation
        WHERE evaluations.known_at_unix_ms <= excluded.known_at_unix_ms";
    let values = [
        evaluation.county.as_str().into(),
        evaluation.month.ordinal().into(),
        evaluation.standard_id.as_str().into(),
        evaluation.verdict.as_str().into(),
        unix_ms(evaluation.known_at).into(),
        unix_ms(evaluation.evaluated_at).into(),
        evaluation.evaluation.clone().into(),
    ];
    let stored = db.execute_raw(statement(db, sql, values)).await?.rows_affected() == 1;
    if stored {
        evaluation_summaries::put(transaction, evaluation, summary).await?;
    }
    Ok(stored)
}

/// Deletes the evaluations of a county and month by other standards than these, and their summaries, unless they know more than an
/// instant; gives the ids of their standards, in order.
///
/// What no longer judges a month is evaluated no more: left standing it would go stale and still be counted.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn delete_others(
    transaction: &WriteTransaction,
    county: &RegionCode,
    month: Month,
    standard_ids: &[&str],
    known_at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let db = transaction.connection();
    let others: Vec<String> = evaluations::Entity::find()
        .select_only()
        .column(evaluations::Column::StandardId)
        .filter(evaluations::Column::CountyCode.eq(county.as_str()))
        .filter(evaluations::Column::Month.eq(month.ordinal()))
        .filter(evaluations::Column::StandardId.is_not_in(standard_ids.iter().copied()))
        .filter(evaluations::Column::KnownAtUnixMs.lte(unix_ms(known_at)))
        .order_by_asc(evaluations::Column::StandardId)
        .into_tuple()
        .all(db)
        .await?;
    let mut deleted = vec![];
    for id in others {
        let key = || [county.as_str().into(), month.ordinal().into(), id.as_str().into()];
        // It may have been replaced since by one that knows more.
        let sql = "DELETE FROM evaluations
            WHERE county_code = $1 AND month = $2 AND standard_id = $3 AND known_at_unix_ms <= $4";
        let values = key().into_iter().chain([unix_ms(known_at).into()]);
        if db.execute_raw(statement(db, sql, values)).await?.rows_affected() == 1 {
            let sql = "DELETE FROM evaluation_summaries WHERE county_code = $1 AND month = $2 AND standard_id = $3";
            db.execute_raw(statement(db, sql, key())).await?;
            deleted.push(id);
        }
    }
    Ok(deleted)
}

/// Finds the evaluation of a county and month by a standard.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    standard_id: &str,
) -> Result<Option<Evaluation>, StoreError> {
    let row = evaluations::Entity::find_by_id((county.to_string(), month.ordinal(), standard_id.to_owned()));
    row.one(reads.connection()).await?.map(decode).transpose()
}

/// Lists the evaluations of a county by a standard, of the months `from` to `to`, by month. They are large: a month some hundred KiB.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_of_county(
    reads: &impl Reads,
    county: &RegionCode,
    (from, to): (Month, Month),
    standard_id: &str,
) -> Result<Vec<Evaluation>, StoreError> {
    let rows = evaluations::Entity::find()
        .filter(evaluations::Column::CountyCode.eq(county.as_str()))
        .filter(evaluations::Column::StandardId.eq(standard_id))
        .filter(evaluations::Column::Month.between(from.ordinal(), to.ordinal()))
        .order_by_asc(evaluations::Column::Month)
        .all(reads.connection())
        .await?;
    rows.into_iter().map(decode).collect()
}

/// Finds the last month before `month` that each of the counties has an evaluation for by a standard; those that have none are left out.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_last_months(
    reads: &impl Reads,
    counties: &[RegionCode],
    standard_id: &str,
    month: Month,
) -> Result<BTreeMap<RegionCode, Month>, StoreError> {
    let rows: Vec<(String, i32)> = evaluations::Entity::find()
        .select_only()
        .column(evaluations::Column::CountyCode)
        .column_as(evaluations::Column::Month.max(), "month")
        .filter(evaluations::Column::CountyCode.is_in(counties.iter().map(RegionCode::as_str)))
        .filter(evaluations::Column::StandardId.eq(standard_id))
        .filter(evaluations::Column::Month.lt(month.ordinal()))
        .group_by(evaluations::Column::CountyCode)
        .into_tuple()
        .all(reads.connection())
        .await?;
    rows.into_iter()
        .map(|(county, month)| {
            Ok((parse(&county, "evaluations.county_code")?, decode_month(month, "evaluations.month")?))
        })
        .collect()
}

/// Lists the months and standards that any of the counties has an evaluation for: newest month first, then by standard.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_judged(reads: &impl Reads, counties: &[RegionCode]) -> Result<Vec<(Month, String)>, StoreError> {
    let mut judged = BTreeSet::new();
    for chunk in chunks(counties) {
        let rows: Vec<(i32, String)> = evaluations::Entity::find()
            .select_only()
            .columns([evaluations::Column::Month, evaluations::Column::StandardId])
            .distinct()
            .filter(evaluations::Column::CountyCode.is_in(chunk.iter().map(RegionCode::as_str)))
            .into_tuple()
            .all(reads.connection())
            .await?;
        for (month, standard_id) in rows {
            judged.insert((Reverse(decode_month(month, "evaluations.month")?), standard_id));
        }
    }
    Ok(judged.into_iter().map(|(Reverse(month), standard_id)| (month, standard_id)).collect())
}

fn decode(row: evaluations::Model) -> Result<Evaluation, StoreError> {
    Ok(Evaluation {
        county: parse(&row.county_code, "evaluations.county_code")?,
        month: decode_month(row.month, "evaluations.month")?,
        standard_id: row.standard_id,
        verdict: row.verdict,
        known_at: instant(row.known_at_unix_ms, "evaluations.known_at_unix_ms")?,
        evaluated_at: instant(row.evaluated_at_unix_ms, "evaluations.evaluated_at_unix_ms")?,
        evaluation: row.evaluation,
    })
}
