//! Table `schools`. Written by ingest, read by every service.
//!
//! A school's row is never changed: what changes is a new version, with the `known_at` of its write.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    code::{RegionCode, SchoolCode},
    school::School,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction, Written,
    bulk::ask,
    encoding::{chunks, number, parse, parse_optional, statement, unix_ms, unix_ms_or_latest},
    entity::schools,
};

/// Inserts a version of each school that differs from its current one; the last of several with one code counts.
///
/// The county's lock must have been taken and `known_at` come from it. Schools that are not named stay as they are.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_versions(
    transaction: &WriteTransaction,
    county: &RegionCode,
    known_at: Timestamp,
    wanted: &[School],
) -> Result<Written, StoreError> {
    let current = list_as_of(transaction, county, None).await?;
    let current: BTreeMap<&SchoolCode, &School> = current.iter().map(|school| (&school.code, school)).collect();
    let wanted: BTreeMap<&SchoolCode, &School> = wanted.iter().map(|school| (&school.code, school)).collect();
    let changed: Vec<&School> =
        wanted.iter().filter(|(code, school)| current.get(**code) != Some(school)).map(|(_, school)| *school).collect();
    for chunk in chunks(&changed) {
        schools::Entity::insert_many(chunk.iter().map(|school| encode(county, known_at, school)))
            .exec_without_returning(transaction.connection())
            .await?;
    }
    Ok(Written { changed_count: changed.len(), unchanged_count: wanted.len() - changed.len() })
}

/// Lists the county's schools by code, each in its latest version known at the instant; `None`: as they are now.
///
/// Closed schools are among them.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_as_of(
    reads: &impl Reads,
    county: &RegionCode,
    known_at: Option<Timestamp>,
) -> Result<Vec<School>, StoreError> {
    list(reads, county, known_at, None, i64::MAX).await
}

/// Lists the schools of many counties, each county's as [`list_as_of`] gives them at the instant beside it, in the order of the
/// questions.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_many(
    reads: &impl Reads,
    questions: &[(RegionCode, Timestamp)],
) -> Result<Vec<Vec<School>>, StoreError> {
    // Every version, oldest first: a school has few, and looking for the newest of each costs more than reading all.
    let select = "SELECT wanted.place, schools.* FROM wanted CROSS JOIN schools
        WHERE schools.county_code = wanted.county_code AND schools.known_at_unix_ms <= wanted.as_of_unix_ms
        ORDER BY wanted.place, schools.school_code, schools.known_at_unix_ms";
    let encode = |(county, as_of): &(RegionCode, Timestamp)| [county.as_str().into(), unix_ms(*as_of).into()];
    ask(
        reads.connection(),
        "county_code, as_of_unix_ms",
        select,
        questions,
        encode,
        |schools: &mut Vec<School>, row| {
            let school = decode(schools::Model::from_query_result(row, "")?)?;
            if schools.last().is_some_and(|older| older.code == school.code) {
                schools.pop();
            }
            schools.push(school);
            Ok(())
        },
    )
    .await
}

/// Lists a page of the county's schools as they are now, by code: those after the code `after`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_page(
    reads: &impl Reads,
    county: &RegionCode,
    after: Option<&SchoolCode>,
    limit: u32,
) -> Result<Vec<School>, StoreError> {
    list(reads, county, None, after, i64::from(limit)).await
}

async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    known_at: Option<Timestamp>,
    after: Option<&SchoolCode>,
    limit: i64,
) -> Result<Vec<School>, StoreError> {
    let db = reads.connection();
    let sql = "SELECT * FROM schools WHERE county_code = $1 AND school_code > $2 AND known_at_unix_ms = (
            SELECT MAX(newest.known_at_unix_ms) FROM schools newest
            WHERE newest.county_code = schools.county_code AND newest.school_code = schools.school_code
            AND newest.known_at_unix_ms <= $3)
        ORDER BY school_code LIMIT $4";
    let values = [
        county.as_str().into(),
        after.map_or("", SchoolCode::as_str).into(),
        unix_ms_or_latest(known_at).into(),
        limit.into(),
    ];
    let rows = schools::Entity::find().from_raw_sql(statement(db, sql, values)).all(db).await?;
    rows.into_iter().map(decode).collect()
}

/// Tells which of the schools are registered in another county and not closed there, and in which one.
///
/// The first by code, should there be several. Looks over all counties; the answer can be out of date by the commit.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_registered_elsewhere(
    reads: &impl Reads,
    county: &RegionCode,
    codes: &[SchoolCode],
) -> Result<BTreeMap<SchoolCode, RegionCode>, StoreError> {
    let mut closed: BTreeMap<(String, String), bool> = BTreeMap::new();
    for chunk in chunks(codes) {
        let versions = schools::Entity::find()
            .filter(schools::Column::SchoolCode.is_in(chunk.iter().map(SchoolCode::as_str)))
            .filter(schools::Column::CountyCode.ne(county.as_str()))
            .order_by_asc(schools::Column::KnownAtUnixMs)
            .all(reads.connection())
            .await?;
        // The newest version of a county comes last and stays.
        closed.extend(versions.into_iter().map(|row| ((row.school_code, row.county_code), row.closed_on.is_some())));
    }
    let mut elsewhere = BTreeMap::new();
    for ((school, other), closed) in closed {
        if !closed {
            let other = parse(&other, "schools.county_code")?;
            elsewhere.entry(parse(&school, "schools.school_code")?).or_insert(other);
        }
    }
    Ok(elsewhere)
}

fn encode(county: &RegionCode, known_at: Timestamp, school: &School) -> schools::ActiveModel {
    schools::ActiveModel {
        county_code: Set(county.to_string()),
        school_code: Set(school.code.to_string()),
        known_at_unix_ms: Set(unix_ms(known_at)),
        name: Set(school.name.clone()),
        school_type: Set(school.school_type.to_string()),
        organiser_type: Set(school.organiser_type.map(i32::from)),
        urban_rural_code: Set(school.urban_rural_code.clone()),
        education_group: Set(school.group.clone()),
        opened_on: Set(school.opened_on.map(|day| day.to_string())),
        closed_on: Set(school.closed_on.map(|day| day.to_string())),
    }
}

fn decode(row: schools::Model) -> Result<School, StoreError> {
    Ok(School {
        code: parse(&row.school_code, "schools.school_code")?,
        name: row.name,
        school_type: parse(&row.school_type, "schools.school_type")?,
        organiser_type: row.organiser_type.map(|code| number(code, "schools.organiser_type")).transpose()?,
        urban_rural_code: row.urban_rural_code,
        group: row.education_group,
        opened_on: parse_optional(row.opened_on.as_deref(), "schools.opened_on")?,
        closed_on: parse_optional(row.closed_on.as_deref(), "schools.closed_on")?,
    })
}
