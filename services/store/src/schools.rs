//! Table `school_periods`. Written by ingest, read by every service.
//!
//! A version of a school is its whole history, a row for each period, all with the `known_at` of their write. It is never changed:
//! what becomes known later is a new version.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    code::{RegionCode, SchoolCode},
    history::{Attributes, Period, SchoolHistory},
    school::{Group, GroupRole},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, IdenStatic,
    Iterable, QueryFilter, QueryOrder,
};

use crate::{
    Reads, StoreError, WriteTransaction, Written,
    bulk::ask,
    encoding::{
        Field, chunks, number, parse, parse_optional, read_rows, rows_as_text, statement, unix_ms, unix_ms_or_latest,
    },
    entity::school_periods,
};

/// How a period that begins as far back as anything was reported begins in the key; it sorts before every day.
const SINCE_EVER: &str = "";

/// Inserts a version of each school whose history differs from its current one; the last of several with one code counts.
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
    wanted: &[SchoolHistory],
) -> Result<Written, StoreError> {
    let current = list_as_of(transaction, county, None).await?;
    let current: BTreeMap<&SchoolCode, &SchoolHistory> =
        current.iter().map(|history| (history.code(), history)).collect();
    let wanted: BTreeMap<&SchoolCode, &SchoolHistory> =
        wanted.iter().map(|history| (history.code(), history)).collect();
    let changed: Vec<&SchoolHistory> = wanted
        .iter()
        .filter(|(code, history)| current.get(**code) != Some(history))
        .map(|(_, history)| *history)
        .collect();
    let rows: Vec<school_periods::ActiveModel> = changed
        .iter()
        .flat_map(|history| history.periods().iter().map(|period| encode(county, known_at, history.code(), period)))
        .collect();
    for chunk in chunks(&rows) {
        let insert = school_periods::Entity::insert_many(chunk.iter().cloned());
        insert.exec_without_returning(transaction.connection()).await?;
    }
    Ok(Written { changed_count: changed.len(), unchanged_count: wanted.len() - changed.len() })
}

/// Lists the county's schools by code, each in its latest version known at the instant; `None`: as they are now.
///
/// Schools that closed or moved to another county are among them.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_as_of(
    reads: &impl Reads,
    county: &RegionCode,
    known_at: Option<Timestamp>,
) -> Result<Vec<SchoolHistory>, StoreError> {
    let db = reads.connection();
    // Every version, oldest first, as in [`list_many`].
    let values = [county.as_str().into(), unix_ms_or_latest(known_at).into()];
    let sql = format!("SELECT {} AND known_at_unix_ms <= $2", text_of_county(db.get_database_backend()));
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    read_text(db.get_database_backend(), text.as_deref())
}

/// All rows of county `$1` as one text, by school, the oldest version first; conditions can be added.
pub(crate) fn text_of_county(backend: DatabaseBackend) -> String {
    use school_periods::Column;
    let field = |column: Column| match column {
        Column::Name | Column::UrbanRuralCode | Column::EducationGroup => Field::Text(column.as_str()),
        Column::CountyCode
        | Column::SchoolCode
        | Column::KnownAtUnixMs
        | Column::FromDay
        | Column::ToDay
        | Column::SchoolType
        | Column::OrganiserType
        | Column::GroupRole => Field::Plain(column.as_str()),
    };
    let fields: Vec<Field<'_>> = Column::iter().map(field).collect();
    let rows = rows_as_text(backend, &fields, "school_code, known_at_unix_ms, from_day");
    format!("{rows} FROM school_periods WHERE county_code = $1")
}

/// The schools of rows that came as one text.
pub(crate) fn read_text(backend: DatabaseBackend, text: Option<&str>) -> Result<Vec<SchoolHistory>, StoreError> {
    let mut versions = vec![];
    for row in read_rows(backend, text, "school_periods")? {
        fold(&mut versions, row)?;
    }
    finish(versions)
}

/// Finds a school of a county, in its latest version known at the instant; `None`: as it is now.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn find(
    reads: &impl Reads,
    county: &RegionCode,
    code: &SchoolCode,
    known_at: Option<Timestamp>,
) -> Result<Option<SchoolHistory>, StoreError> {
    let rows = school_periods::Entity::find()
        .filter(school_periods::Column::CountyCode.eq(county.as_str()))
        .filter(school_periods::Column::SchoolCode.eq(code.as_str()))
        .filter(school_periods::Column::KnownAtUnixMs.lte(unix_ms_or_latest(known_at)))
        .order_by_asc(school_periods::Column::KnownAtUnixMs)
        .order_by_asc(school_periods::Column::FromDay)
        .all(reads.connection())
        .await?;
    let mut versions = vec![];
    for row in rows {
        fold(&mut versions, row)?;
    }
    Ok(finish(versions)?.pop())
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
) -> Result<Vec<Vec<SchoolHistory>>, StoreError> {
    // Every version, oldest first: a school has few, and looking for the newest of each costs more than reading all.
    let select = "SELECT wanted.place, school_periods.* FROM wanted CROSS JOIN school_periods
        WHERE school_periods.county_code = wanted.county_code AND school_periods.known_at_unix_ms <= wanted.as_of_unix_ms
        ORDER BY wanted.place, school_periods.school_code, school_periods.known_at_unix_ms, school_periods.from_day";
    let encode = |(county, as_of): &(RegionCode, Timestamp)| [county.as_str().into(), unix_ms(*as_of).into()];
    let versions = ask(
        reads.connection(),
        "county_code, as_of_unix_ms",
        select,
        questions,
        encode,
        |versions: &mut Vec<Version>, row| fold(versions, school_periods::Model::from_query_result(row, "")?),
    )
    .await?;
    versions.into_iter().map(finish).collect()
}

/// Lists what other counties hold of the schools, closed ones included: county and history, by county.
///
/// Looks over all counties, in a transaction also over those that its access does not cover: a school is open in one. The answer can be out
/// of date by the commit.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_elsewhere(
    reads: &impl Reads,
    county: &RegionCode,
    codes: &[SchoolCode],
) -> Result<BTreeMap<SchoolCode, Vec<(RegionCode, SchoolHistory)>>, StoreError> {
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    reads.see_everything(true).await?;
    let listed = read_elsewhere(reads, county, codes).await;
    let narrowed = reads.see_everything(false).await;
    listed.and_then(|listed| narrowed.map(|()| listed))
}

async fn read_elsewhere(
    reads: &impl Reads,
    county: &RegionCode,
    codes: &[SchoolCode],
) -> Result<BTreeMap<SchoolCode, Vec<(RegionCode, SchoolHistory)>>, StoreError> {
    let mut elsewhere: BTreeMap<SchoolCode, Vec<(RegionCode, SchoolHistory)>> = BTreeMap::new();
    for chunk in chunks(codes) {
        let rows = school_periods::Entity::find()
            .filter(school_periods::Column::SchoolCode.is_in(chunk.iter().map(SchoolCode::as_str)))
            .filter(school_periods::Column::CountyCode.ne(county.as_str()))
            .order_by_asc(school_periods::Column::CountyCode)
            .order_by_asc(school_periods::Column::SchoolCode)
            .order_by_asc(school_periods::Column::KnownAtUnixMs)
            .order_by_asc(school_periods::Column::FromDay)
            .all(reads.connection())
            .await?;
        let mut of_counties: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        for row in rows {
            fold(of_counties.entry(row.county_code.clone()).or_default(), row)?;
        }
        for (other, versions) in of_counties {
            let other: RegionCode = parse(&other, "school_periods.county_code")?;
            for history in finish(versions)? {
                elsewhere.entry(history.code().clone()).or_default().push((other.clone(), history));
            }
        }
    }
    Ok(elsewhere)
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
    let elsewhere = list_elsewhere(reads, county, codes).await?;
    let open = |history: &SchoolHistory| history.periods().last().is_some_and(|period| period.to.is_none());
    let first = |(code, held): (SchoolCode, Vec<(RegionCode, SchoolHistory)>)| {
        let (other, _) = held.into_iter().find(|(_, history)| open(history))?;
        Some((code, other))
    };
    Ok(elsewhere.into_iter().filter_map(first).collect())
}

/// A version of a school as its rows come.
struct Version {
    code: SchoolCode,
    known_at_unix_ms: i64,
    periods: Vec<Period>,
}

/// Adds a row to the versions, of which only the newest of a school stays. Rows come by school, version and day.
fn fold(versions: &mut Vec<Version>, row: school_periods::Model) -> Result<(), StoreError> {
    let same_school = versions.last().is_some_and(|last| last.code.as_str() == row.school_code);
    if same_school && versions.last().is_some_and(|last| last.known_at_unix_ms != row.known_at_unix_ms) {
        versions.pop();
    }
    let known_at_unix_ms = row.known_at_unix_ms;
    let (code, period) = decode(row)?;
    match versions.last_mut().filter(|last| last.code == code) {
        Some(last) => last.periods.push(period),
        None => versions.push(Version { code, known_at_unix_ms, periods: vec![period] }),
    }
    Ok(())
}

fn finish(versions: Vec<Version>) -> Result<Vec<SchoolHistory>, StoreError> {
    let history = |version: Version| {
        let code = version.code.clone();
        SchoolHistory::new(version.code, version.periods)
            .map_err(|error| StoreError::corrupt(format!("school_periods of {code}: {error}")))
    };
    versions.into_iter().map(history).collect()
}

fn encode(county: &RegionCode, known_at: Timestamp, code: &SchoolCode, period: &Period) -> school_periods::ActiveModel {
    let attributes = &period.attributes;
    let group = attributes.group.as_ref();
    school_periods::ActiveModel {
        county_code: Set(county.to_string()),
        school_code: Set(code.to_string()),
        known_at_unix_ms: Set(unix_ms(known_at)),
        from_day: Set(period.from.map_or_else(|| SINCE_EVER.to_owned(), |day| day.to_string())),
        to_day: Set(period.to.map(|day| day.to_string())),
        name: Set(attributes.name.clone()),
        school_type: Set(attributes.school_type.to_string()),
        organiser_type: Set(attributes.organiser_type.map(i32::from)),
        urban_rural_code: Set(attributes.urban_rural_code.clone()),
        education_group: Set(group.map(|group| group.name.clone())),
        group_role: Set(group.and_then(|group| group.role).map(|role| role.id().to_owned())),
    }
}

fn decode(row: school_periods::Model) -> Result<(SchoolCode, Period), StoreError> {
    let from = Some(row.from_day.as_str()).filter(|day| *day != SINCE_EVER);
    let attributes = Attributes {
        name: row.name,
        school_type: parse(&row.school_type, "school_periods.school_type")?,
        organiser_type: row.organiser_type.map(|code| number(code, "school_periods.organiser_type")).transpose()?,
        urban_rural_code: row.urban_rural_code,
        group: group(row.education_group, row.group_role.as_deref(), "school_periods.group_role")?,
    };
    let period = Period {
        from: parse_optional(from, "school_periods.from_day")?,
        to: parse_optional(row.to_day.as_deref(), "school_periods.to_day")?,
        attributes,
    };
    Ok((parse(&row.school_code, "school_periods.school_code")?, period))
}

/// Reads an education group of its two columns.
pub(crate) fn group(name: Option<String>, role: Option<&str>, column: &str) -> Result<Option<Group>, StoreError> {
    let find = |id: &str| GroupRole::find(id).ok_or_else(|| StoreError::corrupt(format!("{column}: {id}")));
    let role = role.map(find).transpose()?;
    Ok(name.map(|name| Group { name, role }))
}
