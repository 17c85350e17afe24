//! Table `requests`. Every service appends and reads its own requests; what it answered once it answers again.
//!
//! Both functions want the county's lock ([`clock::advance`](crate::clock::advance)) taken before, in the same transaction: so
//! a copy of the request that comes at the same time waits, and then finds the answer.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::{Reads, StoreError, WriteTransaction, encoding::unix_ms, entity::requests};

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
    let row = requests::Entity::find_by_id((county.to_string(), request_id.to_owned()));
    match row.one(transaction.connection()).await? {
        None => Ok(Claim::New),
        Some(row) if row.fingerprint == fingerprint => Ok(Claim::Answered(row.reply)),
        Some(_) => Err(StoreError::RequestIdReused),
    }
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
