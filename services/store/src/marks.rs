//! Table `marks`. Inserted by ingest, leased and deleted by evaluation.
//!
//! A mark says that a county's month is to be evaluated. It is no queue: marking twice is marking once.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};

use crate::{
    Reads, Store, StoreError, WriteTransaction,
    encoding::{chunks, instant, month as decode_month, number, parse, statement, unix_ms},
    entity::marks,
    message::Message,
    submissions::REPORTED,
};

/// A county's month that is to be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// County.
    pub county: RegionCode,
    /// Month.
    pub month: Month,
    /// When it was marked last; tells a mark from a later one.
    pub marked_at: Timestamp,
    /// Until when an evaluator has it; in the past when nobody does.
    pub lease_until: Timestamp,
    /// W3C trace context of the request that marked it; empty when there is none.
    pub trace_parent: String,
    /// How often its evaluation has failed.
    pub attempt: u32,
}

/// The marks that there are, for the metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many nobody has.
    pub waiting: u64,
    /// How many an evaluator has.
    pub leased: u64,
    /// How many were tried in vain, whether somebody has them now or they wait for their next turn.
    pub failing: u64,
    /// When the oldest was marked.
    pub oldest: Option<Timestamp>,
    /// When the first of the leases ends that are held.
    pub first_lease_end: Option<Timestamp>,
}

impl Backlog {
    /// How many marks there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.waiting + self.leased + self.failing
    }
}

/// What [`finish`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The mark is deleted.
    Done,
    /// The month was marked again for what the evaluation does not know; it is given back, to be evaluated once more.
    MarkedAgain,
    /// The lease was lost, and whoever has or had it after stores the evaluation: do not store this one.
    Lost,
}

/// Marking anew what may be marked: a mark keeps its lease, its `marked_at` grows, and its attempts start again.
const AGAIN: &str = "ON CONFLICT (county_code, month) DO UPDATE SET
        marked_at_unix_ms = CASE WHEN marks.marked_at_unix_ms >= excluded.marked_at_unix_ms
            THEN marks.marked_at_unix_ms + 1 ELSE excluded.marked_at_unix_ms END,
        trace_parent = excluded.trace_parent,
        attempt = 0";

/// Marks months of a county.
///
/// A month that is marked already keeps its lease; its `marked_at` grows, by a millisecond at least, and its attempts start
/// again. So an evaluation at work does not [`finish`] it, and it is evaluated once more.
///
/// `marked_at` comes from the county's clock, and the mark stands in the transaction of the write that it follows, or in a later
/// one: an evaluation that knows the county up to `marked_at` is what the mark asks for.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn mark(
    transaction: &WriteTransaction,
    county: &RegionCode,
    months: &[Month],
    marked_at: Timestamp,
    trace_parent: &str,
) -> Result<(), StoreError> {
    let db = transaction.connection();
    let sql = format!(
        "INSERT INTO marks (county_code, month, marked_at_unix_ms, lease_until_unix_ms, trace_parent, attempt)
        VALUES ($1, $2, $3, 0, $4, 0) {AGAIN}"
    );
    // At most a dozen months, each the same prepared statement; in order, so that two writers never wait for each other.
    let mut months = months.to_vec();
    months.sort_unstable();
    months.dedup();
    for month in months {
        let values = [county.as_str().into(), month.ordinal().into(), unix_ms(marked_at).into(), trace_parent.into()];
        db.execute_raw(statement(db, &sql, values)).await?;
        transaction.announce_marks();
    }
    Ok(())
}

/// Marks all months from `first` to `last` that the county reported and did not withdraw, as [`mark`] does, and counts them.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn mark_accepted(
    transaction: &WriteTransaction,
    county: &RegionCode,
    first: Month,
    last: Month,
    marked_at: Timestamp,
    trace_parent: &str,
) -> Result<u32, StoreError> {
    let db = transaction.connection();
    let sql = format!(
        "INSERT INTO marks (county_code, month, marked_at_unix_ms, lease_until_unix_ms, trace_parent, attempt)
        SELECT county_code, month, $1, 0, $2, 0 FROM submissions
        WHERE county_code = $3 AND month BETWEEN $4 AND $5 AND {REPORTED}
        ORDER BY month {AGAIN}"
    );
    let values = [
        unix_ms(marked_at).into(),
        trace_parent.into(),
        county.as_str().into(),
        first.ordinal().into(),
        last.ordinal().into(),
    ];
    let marked = db.execute_raw(statement(db, &sql, values)).await?.rows_affected();
    if marked > 0 {
        transaction.announce_marks();
    }
    number(marked, "marks")
}

/// Marks a month that is reported by this transaction, and those after it up to `last` that the county reported before and did not withdraw, as
/// [`mark`] does; with the other writes of the transaction.
pub fn mark_new(
    transaction: &WriteTransaction,
    county: &RegionCode,
    month: Month,
    last: Month,
    marked_at: Timestamp,
    trace_parent: &str,
) {
    let sql = format!(
        "INSERT INTO marks (county_code, month, marked_at_unix_ms, lease_until_unix_ms, trace_parent, attempt)
        SELECT $1, touched.month, $2, 0, $3, 0 FROM (SELECT CAST($4 AS INTEGER) AS month
            UNION SELECT month FROM submissions WHERE county_code = $1 AND month > $4 AND month <= $5 AND {REPORTED}) touched
        ORDER BY touched.month {AGAIN}"
    );
    let values = [
        county.as_str().into(),
        unix_ms(marked_at).into(),
        trace_parent.into(),
        month.ordinal().into(),
        last.ordinal().into(),
    ];
    transaction.connection().defer(Message::new(sql, values));
    transaction.announce_marks();
}

/// Lists marks that nobody has leased, oldest first, at most `limit`; without a lock, so [`claim`] may find one taken.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_candidates(reads: &impl Reads, now: Timestamp, limit: u32) -> Result<Vec<Mark>, StoreError> {
    let rows = marks::Entity::find()
        .filter(marks::Column::LeaseUntilUnixMs.lt(unix_ms(now)))
        .order_by_asc(marks::Column::MarkedAtUnixMs)
        .order_by_asc(marks::Column::CountyCode)
        .order_by_asc(marks::Column::Month)
        .limit(u64::from(limit))
        .all(reads.connection())
        .await?;
    rows.into_iter().map(decode).collect()
}

/// Leases those of a county's marks that nobody has, until `lease_until`; of several claimers at once one gets a mark. Needs no
/// transaction.
///
/// Read what is to be evaluated after the claim: then whatever comes later marks again.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn claim(
    store: &Store,
    county: &RegionCode,
    months: &[Month],
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Vec<Mark>, StoreError> {
    lease(store, county, months, "<", now, lease_until).await
}

/// Leases marks of one county, which were claimed together, for longer, and gives those that were not lost since.
///
/// They are the marks as they were claimed: one that was marked again meanwhile is none the wiser, and [`finish`] will tell.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn renew(store: &Store, held: &[Mark], lease_until: Timestamp) -> Result<Vec<Mark>, StoreError> {
    let Some(first) = held.first() else { return Ok(vec![]) };
    let months: Vec<Month> = held.iter().map(|mark| mark.month).collect();
    let leased = lease(store, &first.county, &months, "=", first.lease_until, lease_until).await?;
    let still = held.iter().filter(|mark| leased.iter().any(|leased| leased.month == mark.month));
    Ok(still.map(|mark| Mark { lease_until, ..mark.clone() }).collect())
}

/// Leases those of a county's marks whose lease compares so with `bound`; gives them by month.
async fn lease(
    store: &Store,
    county: &RegionCode,
    months: &[Month],
    compares: &str,
    bound: Timestamp,
    lease_until: Timestamp,
) -> Result<Vec<Mark>, StoreError> {
    let db = store.connection();
    let mut held = vec![];
    for months in chunks(months) {
        let places: Vec<String> = (4..4 + months.len()).map(|place| format!("${place}")).collect();
        let of_county =
            format!("county_code = $2 AND lease_until_unix_ms {compares} $3 AND month IN ({})", places.join(", "));
        // Their locks are taken in the order of months, as by whoever marks them.
        let sql = if db.get_database_backend() == DatabaseBackend::Postgres {
            format!(
                "WITH wanted AS MATERIALIZED (SELECT month FROM marks WHERE {of_county} ORDER BY month FOR UPDATE)
                UPDATE marks SET lease_until_unix_ms = $1
                WHERE county_code = $2 AND month IN (SELECT month FROM wanted) RETURNING *"
            )
        } else {
            format!("UPDATE marks SET lease_until_unix_ms = $1 WHERE {of_county} RETURNING *")
        };
        let mut values: Vec<Value> = vec![unix_ms(lease_until).into(), county.as_str().into(), unix_ms(bound).into()];
        values.extend(months.iter().map(|month| month.ordinal().into()));
        let _turn = store.turn().await?;
        // All of the rows: SQLite commits when the statement has come to its end.
        let rows = marks::Entity::find().from_raw_sql(statement(db, &sql, values)).all(db).await?;
        for row in rows {
            held.push(decode(row)?);
        }
    }
    held.sort_unstable_by_key(|mark| mark.month);
    Ok(held)
}

/// Deletes a mark that was evaluated, in the transaction that writes the evaluation, and before it: the answer says whether the
/// evaluation is to be written. `known_at` is the county's clock as the evaluation knows it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn finish(transaction: &WriteTransaction, mark: &Mark, known_at: Timestamp) -> Result<Finished, StoreError> {
    let db = transaction.connection();
    // One that was marked again between the claim and the reading is known, too.
    let sql = "DELETE FROM marks
        WHERE county_code = $1 AND month = $2 AND lease_until_unix_ms = $3 AND marked_at_unix_ms <= $4";
    let [county, month] = key(mark);
    let known = unix_ms(mark.marked_at.max(known_at));
    let deleted = db.execute_raw(statement(db, sql, [county, month, unix_ms(mark.lease_until).into(), known.into()]));
    if deleted.await?.rows_affected() == 1 {
        return Ok(Finished::Done);
    }
    let sql = "UPDATE marks SET lease_until_unix_ms = 0
        WHERE county_code = $1 AND month = $2 AND lease_until_unix_ms = $3";
    let [county, month] = key(mark);
    let given_back = db.execute_raw(statement(db, sql, [county, month, unix_ms(mark.lease_until).into()]));
    if given_back.await?.rows_affected() == 0 {
        return Ok(Finished::Lost);
    }
    transaction.announce_marks();
    Ok(Finished::MarkedAgain)
}

/// Gives a mark back after a failure: nobody can claim it before `retry_at`, and its attempts grow by one.
///
/// One that was marked again since the [`claim`] can be claimed at once. One whose lease ran out is left to whoever has it now.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn release(store: &Store, mark: &Mark, retry_at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE marks SET
            lease_until_unix_ms = CASE WHEN marked_at_unix_ms = $3 THEN $4 ELSE 0 END,
            attempt = CASE WHEN marked_at_unix_ms = $3 THEN attempt + 1 ELSE attempt END
        WHERE county_code = $1 AND month = $2 AND lease_until_unix_ms = $5";
    let [county, month] = key(mark);
    // Claimable when the lease is over, that is after its last millisecond.
    let values = [
        county,
        month,
        unix_ms(mark.marked_at).into(),
        (unix_ms(retry_at) - 1).into(),
        unix_ms(mark.lease_until).into(),
    ];
    let db = store.connection();
    let _turn = store.turn().await?;
    db.execute_raw(statement(db, sql, values)).await?;
    Ok(())
}

/// Counts the marks at a moment and tells the age of the oldest.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn find_backlog(reads: &impl Reads, now: Timestamp) -> Result<Backlog, StoreError> {
    let db = reads.connection();
    let sql = "SELECT state, COUNT(*), MIN(marked_at_unix_ms), MIN(lease_end) FROM (
        SELECT CASE WHEN attempt > 0 THEN 2 WHEN lease_until_unix_ms < $1 THEN 0 ELSE 1 END AS state, marked_at_unix_ms,
            CASE WHEN attempt = 0 AND lease_until_unix_ms >= $1 THEN lease_until_unix_ms END AS lease_end
        FROM marks) AS marks_by_state GROUP BY state";
    let mut backlog = Backlog::default();
    for row in db.query_all_raw(statement(db, sql, [unix_ms(now).into()])).await? {
        let of_state = match row.try_get_by_index::<i32>(0)? {
            0 => &mut backlog.waiting,
            1 => &mut backlog.leased,
            _ => &mut backlog.failing,
        };
        *of_state = number(row.try_get_by_index::<i64>(1)?, "marks")?;
        let oldest = instant(row.try_get_by_index(2)?, "marks.marked_at_unix_ms")?;
        if let Some(end) = row.try_get_by_index::<Option<i64>>(3)? {
            backlog.first_lease_end = Some(instant(end, "marks.lease_until_unix_ms")?);
        }
        backlog.oldest = backlog.oldest.map_or(Some(oldest), |other| Some(other.min(oldest)));
    }
    Ok(backlog)
}

fn key(mark: &Mark) -> [Value; 2] {
    [mark.county.as_str().into(), mark.month.ordinal().into()]
}

fn decode(row: marks::Model) -> Result<Mark, StoreError> {
    Ok(Mark {
        county: parse(&row.county_code, "marks.county_code")?,
        month: decode_month(row.month, "marks.month")?,
        marked_at: instant(row.marked_at_unix_ms, "marks.marked_at_unix_ms")?,
        lease_until: instant(row.lease_until_unix_ms, "marks.lease_until_unix_ms")?,
        trace_parent: row.trace_parent,
        attempt: number(row.attempt, "marks.attempt")?,
    })
}
