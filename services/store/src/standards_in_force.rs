//! Table `standards_in_force`. Written by evaluation, read by evaluation and reporting.
//!
//! Which region's entry wins is for the reader to say: here is only what stands in the table.

use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{month as decode_month, parse, statement},
    entity::standards_in_force,
};

/// A standard that is in force in a region, and wherever nothing nearer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardInForce {
    /// Region.
    pub region: RegionCode,
    /// Standard.
    pub standard_id: String,
    /// First month.
    pub from: Month,
    /// Last month, inclusive; `None`: until further notice.
    pub to: Option<Month>,
}

/// Inserts an entry, or sets the last month of the one with the same region, first month and standard.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert(transaction: &WriteTransaction, entry: &StandardInForce) -> Result<(), StoreError> {
    let db = transaction.connection();
    let sql = "INSERT INTO standards_in_force (region_code, from_month, standard_id, to_month) VALUES ($1, $2, $3, $4)
        ON CONFLICT (region_code, from_month, standard_id) DO UPDATE SET to_month = excluded.to_month";
    let values = [
        entry.region.as_str().into(),
        entry.from.ordinal().into(),
        entry.standard_id.as_str().into(),
        entry.to.map(Month::ordinal).into(),
    ];
    db.execute_raw(statement(db, sql, values)).await?;
    Ok(())
}

/// Lists the entries of these regions that cover the month, by region, first month and standard.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_covering(
    reads: &impl Reads,
    regions: &[RegionCode],
    month: Month,
) -> Result<Vec<StandardInForce>, StoreError> {
    let unended = Condition::any()
        .add(standards_in_force::Column::ToMonth.is_null())
        .add(standards_in_force::Column::ToMonth.gte(month.ordinal()));
    let rows = standards_in_force::Entity::find()
        .filter(standards_in_force::Column::RegionCode.is_in(regions.iter().map(RegionCode::as_str)))
        .filter(standards_in_force::Column::FromMonth.lte(month.ordinal()))
        .filter(unended)
        .order_by_asc(standards_in_force::Column::RegionCode)
        .order_by_asc(standards_in_force::Column::FromMonth)
        .order_by_asc(standards_in_force::Column::StandardId)
        .all(reads.connection())
        .await?;
    rows.into_iter().map(decode).collect()
}

fn decode(row: standards_in_force::Model) -> Result<StandardInForce, StoreError> {
    Ok(StandardInForce {
        region: parse(&row.region_code, "standards_in_force.region_code")?,
        standard_id: row.standard_id,
        from: decode_month(row.from_month, "standards_in_force.from_month")?,
        to: row.to_month.map(|month| decode_month(month, "standards_in_force.to_month")).transpose()?,
    })
}
