//! Table `check_limits`. Appended and read by ingest. Nothing is ever changed or deleted; the newest document of a region stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{instant, parse, unix_ms},
    entity::check_limits,
};

/// The limits that a region sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLimits {
    /// Region.
    pub region: RegionCode,
    /// When it set them.
    pub known_at: Timestamp,
    /// The document as it was written.
    pub document: String,
}

/// Appends a document, which takes the place of the region's older one.
///
/// Its `known_at` comes from [`clock::advance`](crate::clock::advance) of the region, in the same transaction.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(transaction: &WriteTransaction, limits: &CheckLimits) -> Result<(), StoreError> {
    let row = check_limits::ActiveModel {
        region_code: Set(limits.region.to_string()),
        known_at_unix_ms: Set(unix_ms(limits.known_at)),
        document: Set(limits.document.clone()),
    };
    check_limits::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Lists what stands of these regions, in their order; regions that set nothing are left out.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(reads: &impl Reads, regions: &[RegionCode]) -> Result<Vec<CheckLimits>, StoreError> {
    let rows = check_limits::Entity::find()
        .filter(check_limits::Column::RegionCode.is_in(regions.iter().map(RegionCode::as_str)))
        .order_by_asc(check_limits::Column::KnownAtUnixMs)
        .all(reads.connection())
        .await?;
    newest(rows, regions)
}

/// Of rows that come oldest first the newest of each region, in the order of the regions.
pub(crate) fn newest(rows: Vec<check_limits::Model>, regions: &[RegionCode]) -> Result<Vec<CheckLimits>, StoreError> {
    // Later ones take the place of earlier ones.
    let mut newest: BTreeMap<_, _> = rows.into_iter().map(|row| (row.region_code.clone(), row)).collect();
    regions.iter().filter_map(|region| newest.remove(region.as_str())).map(decode).collect()
}

fn decode(row: check_limits::Model) -> Result<CheckLimits, StoreError> {
    Ok(CheckLimits {
        region: parse(&row.region_code, "check_limits.region_code")?,
        known_at: instant(row.known_at_unix_ms, "check_limits.known_at_unix_ms")?,
        document: row.document,
    })
}
