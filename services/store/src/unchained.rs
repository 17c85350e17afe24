//! Table `audit`, as it was before its records were chained. Nobody writes it; read when a database is migrated, and when its audit is verified.

use std::collections::BTreeMap;

use junheng_seal::{
    Hash,
    rows::{Cell, RowDigest},
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

/// What the first record of a chain that adopted such rows says was done.
pub(crate) const ACTION: &str = "adopt_unchained_records";
/// Rows that are read at a time.
const PAGE: usize = 1_000;

/// The rows of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) region: String,
    pub(crate) count: u64,
    pub(crate) digest: Hash,
    /// When the last of them was written.
    pub(crate) last_at_unix_ms: i64,
}

impl Rows {
    /// How the record that adopts them tells of them.
    pub(crate) fn detail(&self) -> String {
        format!("{} {}", self.count, junheng_seal::hex(&self.digest))
    }
}

/// The number of rows that a detail tells of.
pub(crate) fn told_count(detail: &str) -> Option<u64> {
    detail.split(' ').next()?.parse().ok()
}

/// Reads the rows of all regions; of each the first so many of `counts`, where it is given: an older program may append some meanwhile.
pub(crate) async fn read<C: ConnectionTrait>(
    db: &C,
    counts: Option<&BTreeMap<String, u64>>,
) -> Result<Vec<Rows>, DbErr> {
    let sql = "SELECT county_code, at_unix_ms, sequence, caller, trace_id, action, resource, outcome, request_id, detail FROM audit
        WHERE (county_code, at_unix_ms, sequence) > ($1, $2, $3) ORDER BY county_code, at_unix_ms, sequence LIMIT 1000";
    let mut regions: Vec<(String, RowDigest, i64)> = vec![];
    let mut after = (String::new(), 0_i64, 0_i64);
    loop {
        let values = [after.0.as_str().into(), after.1.into(), after.2.into()];
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        for row in &rows {
            after = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            if regions.last().is_none_or(|(region, ..)| *region != after.0) {
                regions.push((after.0.clone(), RowDigest::default(), after.1));
            }
            let Some((region, digest, last)) = regions.last_mut() else { continue };
            let wanted = counts.map_or(u64::MAX, |counts| counts.get(region).copied().unwrap_or_default());
            if digest.count() < wanted {
                digest.add(&cells(row)?);
                *last = after.1;
            }
        }
        if rows.len() < PAGE {
            break;
        }
    }
    let finished = regions.into_iter().map(|(region, digest, last_at_unix_ms)| {
        let (count, digest) = digest.finish();
        Rows { region, count, digest, last_at_unix_ms }
    });
    Ok(finished.collect())
}

fn cells(row: &QueryResult) -> Result<Vec<Cell>, DbErr> {
    (0..10)
        .map(|place| match place {
            1 | 2 => row.try_get_by_index(place).map(Cell::Number),
            _ => row.try_get_by_index(place).map(Cell::Text),
        })
        .collect()
}
