//! Table `reporting_calendars`. Appended and read by ingest. Nothing is ever changed or deleted.
//!
//! The newest entry of a region and first month stands. Which region's entry wins is for the reader to say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    code::RegionCode,
    inflow::{CalendarEntry, DueDay},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{chunks, month as decode_month, number, parse, unix_ms, unix_ms_or_latest},
    entity::reporting_calendars,
};

/// Appends an entry, which takes the place of an older one of the same region and first month.
///
/// `known_at` comes from [`clock::advance`](crate::clock::advance) of the region, in the same transaction.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(
    transaction: &WriteTransaction,
    entry: &CalendarEntry,
    known_at: Timestamp,
) -> Result<(), StoreError> {
    let row = reporting_calendars::ActiveModel {
        region_code: Set(entry.region.to_string()),
        known_at_unix_ms: Set(unix_ms(known_at)),
        from_month: Set(entry.from.ordinal()),
        due_day: Set(entry.due_day.map(|day| i32::from(day.number()))),
    };
    reporting_calendars::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Lists the entries of these regions that stood at an instant, `None`: now; by region and first month within few statements.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    regions: &[RegionCode],
    as_of: Option<Timestamp>,
) -> Result<Vec<CalendarEntry>, StoreError> {
    let mut newest = BTreeMap::new();
    for chunk in chunks(regions) {
        let rows = reporting_calendars::Entity::find()
            .filter(reporting_calendars::Column::RegionCode.is_in(chunk.iter().map(RegionCode::as_str)))
            .filter(reporting_calendars::Column::KnownAtUnixMs.lte(unix_ms_or_latest(as_of)))
            .order_by_asc(reporting_calendars::Column::KnownAtUnixMs)
            .all(reads.connection())
            .await?;
        // Later ones take the place of earlier ones.
        newest.extend(rows.into_iter().map(|row| ((row.region_code.clone(), row.from_month), row)));
    }
    newest.values().map(decode).collect()
}

fn decode(row: &reporting_calendars::Model) -> Result<CalendarEntry, StoreError> {
    let day = |day: i32| {
        let day = number(day, "reporting_calendars.due_day")?;
        DueDay::new(day).map_err(|error| StoreError::corrupt(format!("reporting_calendars.due_day: {error}")))
    };
    Ok(CalendarEntry {
        region: parse(&row.region_code, "reporting_calendars.region_code")?,
        from: decode_month(row.from_month, "reporting_calendars.from_month")?,
        due_day: row.due_day.map(day).transpose()?,
    })
}
