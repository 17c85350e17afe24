//! Table `requests`. Every service appends and reads its own requests; what it answered once it answers again.
//!
//! [`claim`] and [`answer`] want the county's lock ([`clock::advance`](crate::clock::advance)) taken before, in the same transaction: so
//! a copy of the request that comes at the same time waits, and then finds the answer.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_seal::chain::Kind;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use crate::{
    Reads, StoreError, WriteTransaction, audit,
    encoding::{hash, statement, unix_ms},
    entity::requests,
};

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new: do the work and [`answer`].
    New,
    /// It was answered with this reply: give it again, do nothing else.
    Answered(Vec<u8>),
}

/// Tells whether the request is new, or what it was answered.
///
/// # Errors
///
/// [`StoreError::RequestIdReused`] when the id was answered for a content with another fingerprint.
pub async fn claim(
    transaction: &WriteTransaction,
    county: &RegionCode,
    request_id: &str,
    fingerprint: &str,
) -> Result<Claim, StoreError> {
    let db = transaction.connection();
    // The end of the county's audit is read along: the write will append to it.
    let sql = "SELECT r.fingerprint, r.reply, a.sequence, a.hash FROM (SELECT 1 AS one) o
        LEFT JOIN requests r ON r.county_code = $1 AND r.request_id = $2
        LEFT JOIN (SELECT sequence, hash FROM audit_records WHERE county_code = $1 AND kind = 'changes'
            ORDER BY sequence DESC LIMIT 1) a ON 1 = 1";
    let values = [county.as_str().into(), request_id.into()];
    let row = db.query_one_raw(statement(db, sql, values)).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("requests: no row of a single one"))?;
    let sequence: Option<i64> = row.try_get_by_index(2)?;
    let tip = match sequence {
        Some(sequence) => Some((sequence, hash(row.try_get_by_index(3)?, "audit_records.hash")?)),
        None => None,
    };
    transaction.remember_tip(&audit::stream(Some(county), Kind::Changes), tip);
    let known: Option<String> = row.try_get_by_index(0)?;
    match known {
        None => Ok(Claim::New),
        Some(known) if known == fingerprint => Ok(Claim::Answered(row.try_get_by_index(1)?)),
        Some(_) => Err(StoreError::RequestIdReused),
    }
}

/// Whether the request was answered already, as far as can be seen without the lock: what is costly need not be done for it again.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn is_answered(reads: &impl Reads, county: &RegionCode, request_id: &str) -> Result<bool, StoreError> {
    let row = requests::Entity::find_by_id((county.to_string(), request_id.to_owned()));
    Ok(row.one(reads.connection()).await?.is_some())
}

/// Keeps the reply to a request that [`claim`] called new.
///
/// # Errors
///
/// [`StoreError::Database`] when it was answered already.
pub async fn answer(
    transaction: &WriteTransaction,
    county: &RegionCode,
    request_id: &str,
    fingerprint: &str,
    reply: Vec<u8>,
    known_at: Timestamp,
) -> Result<(), StoreError> {
    let row = requests::ActiveModel {
        county_code: Set(county.to_string()),
        request_id: Set(request_id.to_owned()),
        fingerprint: Set(fingerprint.to_owned()),
        reply: Set(reply),
        known_at_unix_ms: Set(unix_ms(known_at)),
    };
    requests::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}
