//! Table `school_events`. Written and read by ingest.
//!
//! What was recorded to have happened to schools, with the `known_at` of its write. A row is never changed: where the school's
//! history was corrected since, it no longer bears the event out.

use jiff::Timestamp;
use junheng_domain::{
    code::{RegionCode, SchoolCode},
    history::{Attributes, Change, SchoolEvent},
    school::Group,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{chunks, instant, number, parse, unix_ms, unix_ms_or_latest},
    entity::school_events,
    schools::group,
};

/// An event that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The event.
    pub event: SchoolEvent,
    /// When it became known.
    pub known_at: Timestamp,
}

/// Appends events of a county's schools, in this order.
///
/// The county's lock must have been taken and `known_at` come from it; a transaction appends once.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(
    transaction: &WriteTransaction,
    county: &RegionCode,
    known_at: Timestamp,
    events: &[SchoolEvent],
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(events.len());
    for (sequence, event) in (0..).zip(events) {
        rows.push(encode(county, known_at, sequence, event));
    }
    for chunk in chunks(&rows) {
        let insert = school_events::Entity::insert_many(chunk.iter().cloned());
        insert.exec_without_returning(transaction.connection()).await?;
    }
    Ok(())
}

/// Lists the events of the county's schools that were known at the instant, `None`: now; by day, and within one as they were
/// recorded.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    known_at: Option<Timestamp>,
) -> Result<Vec<Recorded>, StoreError> {
    let rows = school_events::Entity::find()
        .filter(school_events::Column::CountyCode.eq(county.as_str()))
        .filter(school_events::Column::KnownAtUnixMs.lte(unix_ms_or_latest(known_at)))
        .order_by_asc(school_events::Column::Day)
        .order_by_asc(school_events::Column::KnownAtUnixMs)
        .order_by_asc(school_events::Column::Sequence)
        .order_by_asc(school_events::Column::SchoolCode)
        .all(reads.connection())
        .await?;
    rows.iter().map(decode).collect()
}

fn encode(county: &RegionCode, known_at: Timestamp, sequence: i32, event: &SchoolEvent) -> school_events::ActiveModel {
    let row = school_events::Model {
        county_code: county.to_string(),
        school_code: event.school.to_string(),
        known_at_unix_ms: unix_ms(known_at),
        sequence,
        day: event.day.to_string(),
        kind: event.change.kind().to_owned(),
        document: event.document.clone(),
        name: None,
        school_type: None,
        organiser_type: None,
        urban_rural_code: None,
        education_group: None,
        group_role: None,
        related_codes: None,
    };
    let grouped = |row: school_events::Model, group: &Group| school_events::Model {
        education_group: Some(group.name.clone()),
        group_role: group.role.map(|role| role.id().to_owned()),
        ..row
    };
    let row = match &event.change {
        Change::Opened(as_this) => {
            let row = school_events::Model {
                name: Some(as_this.name.clone()),
                school_type: Some(as_this.school_type.to_string()),
                organiser_type: as_this.organiser_type.map(i32::from),
                urban_rural_code: as_this.urban_rural_code.clone(),
                ..row
            };
            match &as_this.group {
                Some(group) => grouped(row, group),
                None => row,
            }
        }
        Change::Renamed(name) => school_events::Model { name: Some(name.clone()), ..row },
        Change::Retyped(school_type) => school_events::Model { school_type: Some(school_type.to_string()), ..row },
        Change::Reclassified { organiser_type, urban_rural_code } => school_events::Model {
            organiser_type: organiser_type.map(i32::from),
            urban_rural_code: urban_rural_code.clone(),
            ..row
        },
        Change::JoinedGroup(group) => grouped(row, group),
        Change::Split(parts) => {
            let parts: Vec<&str> = parts.iter().map(SchoolCode::as_str).collect();
            school_events::Model { related_codes: Some(parts.join(",")), ..row }
        }
        Change::Merged(into) => school_events::Model { related_codes: Some(into.to_string()), ..row },
        Change::MovedTo(other) | Change::MovedFrom(other) => {
            school_events::Model { related_codes: Some(other.to_string()), ..row }
        }
        Change::LeftGroup | Change::Closed => row,
    };
    active(row)
}

fn active(row: school_events::Model) -> school_events::ActiveModel {
    school_events::ActiveModel {
        county_code: Set(row.county_code),
        school_code: Set(row.school_code),
        known_at_unix_ms: Set(row.known_at_unix_ms),
        sequence: Set(row.sequence),
        day: Set(row.day),
        kind: Set(row.kind),
        document: Set(row.document),
        name: Set(row.name),
        school_type: Set(row.school_type),
        organiser_type: Set(row.organiser_type),
        urban_rural_code: Set(row.urban_rural_code),
        education_group: Set(row.education_group),
        group_role: Set(row.group_role),
        related_codes: Set(row.related_codes),
    }
}

fn decode(row: &school_events::Model) -> Result<Recorded, StoreError> {
    let absent = |column: &str| StoreError::corrupt(format!("school_events.{column}: absent of {}", row.kind));
    let name = || row.name.clone().ok_or_else(|| absent("name"));
    let school_type = || {
        let code = row.school_type.as_deref().ok_or_else(|| absent("school_type"))?;
        parse(code, "school_events.school_type")
    };
    let organiser_type = || row.organiser_type.map(|code| number(code, "school_events.organiser_type")).transpose();
    let grouped = || group(row.education_group.clone(), row.group_role.as_deref(), "school_events.group_role");
    let related = || row.related_codes.as_deref().ok_or_else(|| absent("related_codes"));
    let region = || parse::<RegionCode>(related()?, "school_events.related_codes");
    let school = |code: &str| parse::<SchoolCode>(code, "school_events.related_codes");
    let change = match row.kind.as_str() {
        "opened" => Change::Opened(Attributes {
            name: name()?,
            school_type: school_type()?,
            organiser_type: organiser_type()?,
            urban_rural_code: row.urban_rural_code.clone(),
            group: grouped()?,
        }),
        "renamed" => Change::Renamed(name()?),
        "retyped" => Change::Retyped(school_type()?),
        "reclassified" => {
            Change::Reclassified { organiser_type: organiser_type()?, urban_rural_code: row.urban_rural_code.clone() }
        }
        "joined_group" => Change::JoinedGroup(grouped()?.ok_or_else(|| absent("education_group"))?),
        "left_group" => Change::LeftGroup,
        "split" => Change::Split(related()?.split(',').map(school).collect::<Result<_, _>>()?),
        "merged" => Change::Merged(school(related()?)?),
        "moved_to" => Change::MovedTo(region()?),
        "moved_from" => Change::MovedFrom(region()?),
        "closed" => Change::Closed,
        other => return Err(StoreError::corrupt(format!("school_events.kind: {other}"))),
    };
    let event = SchoolEvent {
        school: parse(&row.school_code, "school_events.school_code")?,
        day: parse(&row.day, "school_events.day")?,
        document: row.document.clone(),
        change,
    };
    Ok(Recorded { event, known_at: instant(row.known_at_unix_ms, "school_events.known_at_unix_ms")? })
}
