//! Table `county_clocks`. Written by every service that writes a county, in the same transaction; read by evaluation and reporting.
//!
//! A county's clock is its lock and the source of its `known_at`: whoever writes the county advances it first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{chunks, instant, parse, statement, unix_ms},
    entity::county_clocks,
    message::Message,
};

/// Takes the county's lock until the end of the transaction, and gives the write's `known_at`.
///
/// It is `now` rounded down to a millisecond, or one millisecond after the county's last where that is later: strictly
/// increasing per county, whatever the clocks of the replicas say. What the transaction reads from here on holds until its end.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the lock could not be had.
pub async fn advance(
    transaction: &WriteTransaction,
    county: &RegionCode,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let db = transaction.connection();
    let sql = "INSERT INTO county_clocks (county_code, known_at_unix_ms) VALUES ($1, $2)
        ON CONFLICT (county_code) DO UPDATE SET known_at_unix_ms =
            CASE WHEN county_clocks.known_at_unix_ms >= excluded.known_at_unix_ms
            THEN county_clocks.known_at_unix_ms + 1 ELSE excluded.known_at_unix_ms END
        RETURNING known_at_unix_ms";
    let row = db.query_one_raw(statement(db, sql, [county.as_str().into(), unix_ms(now).into()])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("county_clocks: no row after the upsert"))?;
    instant(row.try_get_by_index(0)?, "county_clocks.known_at_unix_ms")
}

/// As [`advance`], with the other writes of the transaction, where the county's clock still stands as it was seen: then nothing of the county was
/// written since, and what was read after it holds. Where it went on, the commit fails as [`StoreError::Overtaken`].
///
/// # Errors
///
/// [`StoreError::Corrupt`] when there is no later instant.
pub fn advance_from(
    transaction: &WriteTransaction,
    county: &RegionCode,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let known_at = seen.map_or(unix_ms(now), |seen| unix_ms(now).max(unix_ms(seen).saturating_add(1)));
    // No row takes NULL, which is what another instant than the one that was seen makes of it.
    let sql = "INSERT INTO county_clocks (county_code, known_at_unix_ms) VALUES ($1, $2)
        ON CONFLICT (county_code) DO UPDATE SET known_at_unix_ms =
            CASE WHEN county_clocks.known_at_unix_ms = CAST($3 AS BIGINT) THEN excluded.known_at_unix_ms END";
    let values = [county.as_str().into(), known_at.into(), seen.map(unix_ms).into()];
    transaction.rest_on_clock();
    transaction.connection().defer_first(Message::new(sql, values));
    instant(known_at, "county_clocks.known_at_unix_ms")
}

/// Takes the county's lock until the end of the transaction and leaves its clock as it is, for whoever locks several of its rows and makes nothing
/// known. SQLite has one writer at a time, and needs none.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the lock could not be had.
pub async fn hold(transaction: &WriteTransaction, county: &RegionCode) -> Result<(), StoreError> {
    let db = transaction.connection();
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let sql = "SELECT 1 FROM county_clocks WHERE county_code = $1 FOR UPDATE";
        db.query_one_raw(statement(db, sql, [county.as_str().into()])).await?;
    }
    Ok(())
}

/// Makes answers as of the instant permanent: no later write of the county gets a `known_at` at or before it.
///
/// Waits for writers that are at work, so what is read after the commit is complete. Does nothing when the clock is there
/// already; [`find`] tells so without a write. The instant must not lie in the future, or the county's clock runs ahead.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the lock could not be had.
pub async fn close(transaction: &WriteTransaction, county: &RegionCode, as_of: Timestamp) -> Result<(), StoreError> {
    let db = transaction.connection();
    let sql = "INSERT INTO county_clocks (county_code, known_at_unix_ms) VALUES ($1, $2)
        ON CONFLICT (county_code) DO UPDATE SET known_at_unix_ms =
            CASE WHEN county_clocks.known_at_unix_ms >= excluded.known_at_unix_ms
            THEN county_clocks.known_at_unix_ms ELSE excluded.known_at_unix_ms END";
    db.execute_raw(statement(db, sql, [county.as_str().into(), unix_ms(as_of).into()])).await?;
    Ok(())
}

/// Closes the clocks of many counties up to the instant, as [`close`] does for one.
///
/// Takes their locks in the order of codes, so that two who do the same never wait for each other; a writer holds one lock only. Clocks that
/// are there already are left alone without a lock. Give it a few hundred counties at most: all their writers wait until the commit.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when a lock could not be had.
pub async fn close_all(
    transaction: &WriteTransaction,
    counties: &BTreeSet<RegionCode>,
    as_of: Timestamp,
) -> Result<(), StoreError> {
    let db = transaction.connection();
    let codes: Vec<RegionCode> = counties.iter().cloned().collect();
    let clocks = list(transaction, &codes).await?;
    let behind: Vec<&RegionCode> = codes.iter().filter(|code| clocks.get(code).is_none_or(|at| *at < as_of)).collect();
    for chunk in chunks(&behind) {
        let rows: Vec<String> = (0..chunk.len()).map(|place| format!("(${}, $1)", place + 2)).collect();
        let sql = format!(
            "INSERT INTO county_clocks (county_code, known_at_unix_ms) VALUES {}
            ON CONFLICT (county_code) DO UPDATE SET known_at_unix_ms =
                CASE WHEN county_clocks.known_at_unix_ms >= excluded.known_at_unix_ms
                THEN county_clocks.known_at_unix_ms ELSE excluded.known_at_unix_ms END",
            rows.join(", ")
        );
        let values = chunk.iter().map(|code| code.as_str().into());
        db.execute_raw(statement(db, &sql, [unix_ms(as_of).into()].into_iter().chain(values))).await?;
    }
    Ok(())
}

/// Finds the county's clock: every write up to and including this instant is committed, later writes are later.
///
/// `None` for a county that was never written.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn find(reads: &impl Reads, county: &RegionCode) -> Result<Option<Timestamp>, StoreError> {
    let row = county_clocks::Entity::find_by_id(county.as_str().to_owned()).one(reads.connection()).await?;
    row.map(|row| instant(row.known_at_unix_ms, "county_clocks.known_at_unix_ms")).transpose()
}

/// Lists the clocks of these counties, each as [`find`] gives it; a county that was never written is left out.
///
/// Whatever is read after them as of each county's own instant is complete, with or without a snapshot over the counties.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(reads: &impl Reads, counties: &[RegionCode]) -> Result<BTreeMap<RegionCode, Timestamp>, StoreError> {
    let mut clocks = BTreeMap::new();
    for chunk in chunks(counties) {
        let codes = chunk.iter().map(RegionCode::as_str);
        let rows = county_clocks::Entity::find()
            .filter(county_clocks::Column::CountyCode.is_in(codes))
            .all(reads.connection())
            .await?;
        for row in rows {
            let county = parse(&row.county_code, "county_clocks.county_code")?;
            clocks.insert(county, instant(row.known_at_unix_ms, "county_clocks.known_at_unix_ms")?);
        }
    }
    Ok(clocks)
}
