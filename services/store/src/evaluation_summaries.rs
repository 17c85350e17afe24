//! Table `evaluation_summaries`. Written by evaluation, read by evaluation and reporting.
//!
//! What evaluations are filtered, ranked and counted by, derived from them. A summary counts as long as its evaluation is the one that
//! it was made from; an evaluation without one was stored by an older program and is waiting to be summarized.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{instant, month as decode_month, number, parse, statement, unix_ms},
    evaluations::Evaluation,
};

/// Summary (评估摘要) of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Share of the evaluation units that are met, in billionths, rounded down; `None` without units.
    pub met_share_billionths: Option<u64>,
    /// Evaluation units that are not met.
    pub not_met_unit_count: u64,
    /// Coefficients of variation beyond their limit.
    pub exceeded_variation_count: u64,
    /// The whole of it, encoded; opaque to the store.
    pub summary: Vec<u8>,
}

/// Which evaluations are meant.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// Those of these counties, ordered by code.
    pub counties: &'a [RegionCode],
    /// Those of this month and later ones; `None`: from the first.
    pub from: Option<Month>,
    /// Those of this month and earlier ones; `None`: to the last.
    pub to: Option<Month>,
    /// Those by this standard; `None`: by all.
    pub standard_id: Option<&'a str>,
    /// Those with one of these verdicts; empty: with any.
    pub verdicts: &'a [&'a str],
}

/// Order of a list. Ties stand by county, newest month first, by standard; so does all of [`Order::Region`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By county.
    Region,
    /// Lowest share of met units first, those without units last.
    MetShareAscending,
    /// Highest share of met units first, those without units last.
    MetShareDescending,
    /// Most coefficients beyond their limit first.
    ExceededVariationsDescending,
    /// Most units that are not met first.
    NotMetUnitsDescending,
}

/// Where an evaluation stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// What the order goes by; lower stands first.
    pub rank: i64,
    /// County.
    pub county: RegionCode,
    /// Month.
    pub month: Month,
    /// Standard.
    pub standard_id: String,
}

/// An evaluation as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it stands.
    pub position: Position,
    /// The verdict's id.
    pub verdict: String,
    /// When it was judged.
    pub evaluated_at: Timestamp,
    /// Its summary; `None` while it has none, it stands last among those of an order by value then.
    pub summary: Option<Vec<u8>>,
}

/// An evaluation's county, month and standard.
pub type Key = (RegionCode, Month, String);

/// Puts the summary of an evaluation in the place of the one before.
///
/// Nothing happens when that one is of an evaluation that knew more. Part of [`evaluations::put`](crate::evaluations::put); by
/// itself for evaluations that wait for one.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn put(transaction: &WriteTransaction, evaluation: &Evaluation, summary: &Summary) -> Result<(), StoreError> {
    let db = transaction.connection();
    let sql =
        "INSERT INTO evaluation_summaries (county_code, month, standard_id, known_at_unix_ms, evaluated_at_unix_ms,
            met_share_billionths, not_met_unit_count, exceeded_variation_count, summary)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (county_code, month, standard_id) DO UPDATE SET
            known_at_unix_ms = excluded.known_at_unix_ms,
            evaluated_at_unix_ms = excluded.evaluated_at_unix_ms,
            met_share_billionths = excluded.met_share_billionths,
            not_met_unit_count = excluded.not_met_unit_count,
            exceeded_variation_count = excluded.exceeded_variation_count,
            summary = excluded.summary
        WHERE evaluation_summaries.known_at_unix_ms <= excluded.known_at_unix_ms";
    let share: Option<i64> = summary
        .met_share_billionths
        .map(|share| number(share, "evaluation_summaries.met_share_billionths"))
        .transpose()?;
    let not_met: i64 = number(summary.not_met_unit_count, "evaluation_summaries.not_met_unit_count")?;
    let exceeded: i64 = number(summary.exceeded_variation_count, "evaluation_summaries.exceeded_variation_count")?;
    let values: [Value; 9] = [
        evaluation.county.as_str().into(),
        evaluation.month.ordinal().into(),
        evaluation.standard_id.as_str().into(),
        unix_ms(evaluation.known_at).into(),
        unix_ms(evaluation.evaluated_at).into(),
        share.into(),
        not_met.into(),
        exceeded.into(),
        summary.summary.clone().into(),
    ];
    db.execute_raw(statement(db, sql, values)).await?;
    Ok(())
}

/// Lists evaluations in an order: those after the position `after`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    filter: Filter<'_>,
    order: Order,
    after: Option<&Position>,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let mut filter = filter;
    if let Some(after) = after.filter(|_| order == Order::Region) {
        let read_on = filter.counties.partition_point(|county| *county < after.county);
        filter.counties = &filter.counties[read_on..];
    }
    if filter.counties.is_empty() {
        return Ok(vec![]);
    }
    let rank = order.rank();
    let mut query = Query::of(filter);
    if let Some(after) = after {
        let (value, county) = (query.bind(after.rank), query.bind(after.county.as_str()));
        let (month, standard) = (query.bind(after.month.ordinal()), query.bind(after.standard_id.as_str()));
        query.conditions.push(format!(
            "({rank} > {value} OR ({rank} = {value} AND (e.county_code > {county} OR (e.county_code = {county}
                AND (e.month < {month} OR (e.month = {month} AND e.standard_id > {standard}))))))"
        ));
    }
    let by_rank = if order == Order::Region { "" } else { "rank, " };
    let limit = query.bind(i64::from(limit));
    let sql = format!(
        "SELECT e.county_code, e.month, e.standard_id, {rank} AS rank, e.verdict, e.evaluated_at_unix_ms, s.summary
        {FROM} WHERE {} ORDER BY {by_rank}e.county_code, e.month DESC, e.standard_id LIMIT {limit}",
        query.sql()
    );
    let db = reads.connection();
    let rows = db.query_all_raw(statement(db, &sql, query.values)).await?;
    rows.iter().map(decode).collect()
}

/// Lists evaluations that wait for a summary, by county, month and standard: those after `after`, at most `limit`.
///
/// One whose summary knows more than it does waits for ever: read on after it.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_waiting(
    reads: &impl Reads,
    filter: Filter<'_>,
    after: Option<&Key>,
    limit: u32,
) -> Result<Vec<Key>, StoreError> {
    let mut filter = filter;
    if let Some((county, ..)) = after {
        let read_on = filter.counties.partition_point(|one| one < county);
        filter.counties = &filter.counties[read_on..];
    }
    if filter.counties.is_empty() {
        return Ok(vec![]);
    }
    let mut query = Query::of(filter);
    if let Some((county, month, standard_id)) = after {
        let (county, month) = (query.bind(county.as_str()), query.bind(month.ordinal()));
        let standard = query.bind(standard_id.as_str());
        query.conditions.push(format!(
            "(e.county_code > {county} OR (e.county_code = {county}
                AND (e.month > {month} OR (e.month = {month} AND e.standard_id > {standard}))))"
        ));
    }
    let limit = query.bind(i64::from(limit));
    let sql = format!(
        "SELECT e.county_code, e.month, e.standard_id {FROM} WHERE {} AND s.county_code IS NULL
        ORDER BY e.county_code, e.month, e.standard_id LIMIT {limit}",
        query.sql()
    );
    let db = reads.connection();
    let rows = db.query_all_raw(statement(db, &sql, query.values)).await?;
    rows.iter().map(key).collect()
}

/// A summary counts while its evaluation is the one that it was made from.
const FROM: &str =
    "FROM evaluations e LEFT JOIN evaluation_summaries s ON s.county_code = e.county_code AND s.month = e.month
        AND s.standard_id = e.standard_id AND s.known_at_unix_ms = e.known_at_unix_ms
        AND s.evaluated_at_unix_ms = e.evaluated_at_unix_ms";

impl Order {
    /// What it goes by; what has no value stands last.
    const fn rank(self) -> &'static str {
        match self {
            Self::Region => "CAST(0 AS BIGINT)",
            Self::MetShareAscending => "COALESCE(s.met_share_billionths, 2000000000)",
            Self::MetShareDescending => "-COALESCE(s.met_share_billionths, -1)",
            Self::ExceededVariationsDescending => "-COALESCE(s.exceeded_variation_count, -1)",
            Self::NotMetUnitsDescending => "-COALESCE(s.not_met_unit_count, -1)",
        }
    }
}

/// Conditions with their parameters.
#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    fn of(filter: Filter<'_>) -> Self {
        let mut query = Self::default();
        query.one_of("e.county_code", filter.counties.iter().map(RegionCode::as_str));
        for (comparison, month) in [("e.month >=", filter.from), ("e.month <=", filter.to)] {
            if let Some(month) = month {
                let month = query.bind(month.ordinal());
                query.conditions.push(format!("{comparison} {month}"));
            }
        }
        if let Some(standard_id) = filter.standard_id {
            query.one_of("e.standard_id", [standard_id]);
        }
        if !filter.verdicts.is_empty() {
            query.one_of("e.verdict", filter.verdicts.iter().copied());
        }
        query
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn one_of<'a>(&mut self, column: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<_> = values.into_iter().map(|value| self.bind(value)).collect();
        self.conditions.push(format!("{column} IN ({})", values.join(", ")));
    }

    fn sql(&self) -> String {
        self.conditions.join(" AND ")
    }
}

fn key(row: &QueryResult) -> Result<Key, StoreError> {
    let (county, month, standard_id): (String, i32, String) =
        (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    Ok((parse(&county, "evaluations.county_code")?, decode_month(month, "evaluations.month")?, standard_id))
}

fn decode(row: &QueryResult) -> Result<Listed, StoreError> {
    let (county, month, standard_id) = key(row)?;
    Ok(Listed {
        position: Position { rank: row.try_get_by_index(3)?, county, month, standard_id },
        verdict: row.try_get_by_index(4)?,
        evaluated_at: instant(row.try_get_by_index(5)?, "evaluations.evaluated_at_unix_ms")?,
        summary: row.try_get_by_index(6)?,
    })
}
