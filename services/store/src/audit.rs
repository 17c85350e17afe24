//! Table `audit`. Every service appends, in the transaction of the write; read by operators through reporting. Nothing is ever
//! changed or deleted.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Reads, StoreError, WriteTransaction,
    access::NATION,
    encoding::{instant, parse, statement, unix_ms},
    entity::audit,
};

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The county that it was done to, or the province or city where it was more than one; `None`: no region. The column is
    /// named `county_code` all the same.
    pub scope: Option<RegionCode>,
    /// When.
    pub at: Timestamp,
    /// Subject of the caller.
    pub caller: String,
    /// Trace id of the request; empty when there is none.
    pub trace_id: String,
    /// What was done: `submit_month`.
    pub action: String,
    /// Name of the resource that it was done to.
    pub resource: String,
    /// What came of it: `accepted`.
    pub outcome: String,
    /// Id of the request; empty when there is none.
    pub request_id: String,
    /// What else is to be known; empty when nothing is.
    pub detail: String,
}

/// An entry with its place among those of its scope and millisecond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place, from 1.
    pub sequence: i64,
    /// What was done.
    pub entry: Entry,
}

/// Appends an entry.
///
/// Call it last in the transaction: another one that appends to the same scope in the same millisecond waits for its end.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(transaction: &WriteTransaction, entry: &Entry) -> Result<(), StoreError> {
    let db = transaction.connection();
    let sql = "INSERT INTO audit (county_code, at_unix_ms, sequence, caller, trace_id, action, resource, outcome, request_id, detail)
        SELECT $1, $2, COALESCE(MAX(sequence), 0) + 1, $3, $4, $5, $6, $7, $8, $9 FROM audit
        WHERE county_code = $1 AND at_unix_ms = $2
        ON CONFLICT (county_code, at_unix_ms, sequence) DO NOTHING";
    loop {
        let values = [
            scope_code(entry.scope.as_ref()).into(),
            unix_ms(entry.at).into(),
            entry.caller.as_str().into(),
            entry.trace_id.as_str().into(),
            entry.action.as_str().into(),
            entry.resource.as_str().into(),
            entry.outcome.as_str().into(),
            entry.request_id.as_str().into(),
            entry.detail.as_str().into(),
        ];
        // Another writer can take the sequence between the two halves of the statement; then it is committed, and the next
        // attempt sees it.
        if db.execute_raw(statement(db, sql, values)).await?.rows_affected() == 1 {
            return Ok(());
        }
    }
}

/// Lists what was done in a scope, oldest first: after the instant and sequence `after`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    scope: Option<&RegionCode>,
    after: Option<(Timestamp, i64)>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let mut query = audit::Entity::find()
        .filter(audit::Column::CountyCode.eq(scope_code(scope)))
        .order_by_asc(audit::Column::AtUnixMs)
        .order_by_asc(audit::Column::Sequence)
        .limit(u64::from(limit));
    if let Some((at, sequence)) = after {
        let same_instant =
            Condition::all().add(audit::Column::AtUnixMs.eq(unix_ms(at))).add(audit::Column::Sequence.gt(sequence));
        query = query.filter(Condition::any().add(audit::Column::AtUnixMs.gt(unix_ms(at))).add(same_instant));
    }
    query.all(reads.connection()).await?.into_iter().map(decode).collect()
}

fn scope_code(scope: Option<&RegionCode>) -> &str {
    scope.map_or(NATION, RegionCode::as_str)
}

fn decode(row: audit::Model) -> Result<Record, StoreError> {
    let scope = (row.county_code != NATION).then(|| parse(&row.county_code, "audit.county_code")).transpose()?;
    Ok(Record {
        sequence: row.sequence,
        entry: Entry {
            scope,
            at: instant(row.at_unix_ms, "audit.at_unix_ms")?,
            caller: row.caller,
            trace_id: row.trace_id,
            action: row.action,
            resource: row.resource,
            outcome: row.outcome,
            request_id: row.request_id,
            detail: row.detail,
        },
    })
}
