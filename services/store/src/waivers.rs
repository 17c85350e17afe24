//! Table `waivers`. Written and read by evaluation.
//!
//! A grant's row is never changed: its revocation is a new version, with the `known_at` of its write. Grants of a county are numbered
//! from 1.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    quantity::Quantity,
    school::Stage,
    waiver::Waiver,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{chunks, instant, month as decode_month, number as decode_number, parse, unix_ms},
    entity::waivers,
};

/// A waiver that was granted, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Number within the county, from 1.
    pub number: u32,
    /// What was granted.
    pub waiver: Waiver,
    /// When it became known.
    pub known_at: Timestamp,
    /// Its revocation; `None`: it stands.
    pub revocation: Option<Revocation>,
}

impl Grant {
    /// What was granted, unless it was revoked.
    #[must_use]
    pub fn standing(&self) -> Option<&Waiver> {
        self.revocation.is_none().then_some(&self.waiver)
    }
}

/// That a grant was taken back, for all months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Why.
    pub reason: String,
    /// When it became known.
    pub known_at: Timestamp,
}

/// Inserts a grant, and gives its number.
///
/// The county's lock must have been taken and `known_at` come from it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert(
    transaction: &WriteTransaction,
    county: &RegionCode,
    known_at: Timestamp,
    waiver: &Waiver,
) -> Result<u32, StoreError> {
    let last: Option<i32> = waivers::Entity::find()
        .select_only()
        .column(waivers::Column::Number)
        .filter(waivers::Column::CountyCode.eq(county.as_str()))
        .order_by_desc(waivers::Column::Number)
        .limit(1)
        .into_tuple()
        .one(transaction.connection())
        .await?;
    let number = last.unwrap_or(0).saturating_add(1);
    insert_version(transaction, encode(county, number, known_at, waiver, None)).await?;
    decode_number(number, "waivers.number")
}

/// Revokes a grant that stands, with a new version of it.
///
/// The county's lock must have been taken and `known_at` come from it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_revocation(
    transaction: &WriteTransaction,
    county: &RegionCode,
    known_at: Timestamp,
    grant: &Grant,
    reason: &str,
) -> Result<(), StoreError> {
    let number = decode_number(grant.number, "waivers.number")?;
    insert_version(transaction, encode(county, number, known_at, &grant.waiver, Some(reason))).await
}

async fn insert_version(transaction: &WriteTransaction, version: waivers::ActiveModel) -> Result<(), StoreError> {
    waivers::Entity::insert(version).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Finds a grant by its number, as it is now.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn find(reads: &impl Reads, county: &RegionCode, number: u32) -> Result<Option<Grant>, StoreError> {
    // No grant has a number that a column cannot hold.
    let Ok(number) = i32::try_from(number) else { return Ok(None) };
    let rows = waivers::Entity::find()
        .filter(waivers::Column::CountyCode.eq(county.as_str()))
        .filter(waivers::Column::Number.eq(number))
        .order_by_asc(waivers::Column::KnownAtUnixMs)
        .all(reads.connection())
        .await?;
    Ok(fold(rows)?.into_values().flatten().next())
}

/// Lists the county's grants by number, as they were known at the instant; `None`: as they are now. Revoked ones are among them.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_as_of(
    reads: &impl Reads,
    county: &RegionCode,
    known_at: Option<Timestamp>,
) -> Result<Vec<Grant>, StoreError> {
    let known_at = known_at.unwrap_or(Timestamp::MAX);
    let mut of_county = list_many(reads, &[(county.clone(), known_at)]).await?;
    Ok(of_county.remove(county).unwrap_or_default())
}

/// Lists the grants of counties like [`list_as_of`], each county as of its own instant, by county; one that has none is left out.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_many(
    reads: &impl Reads,
    counties: &[(RegionCode, Timestamp)],
) -> Result<BTreeMap<RegionCode, Vec<Grant>>, StoreError> {
    let mut all = BTreeMap::new();
    for chunk in chunks(counties) {
        let instants: BTreeMap<&str, i64> =
            chunk.iter().map(|(county, known_at)| (county.as_str(), unix_ms(*known_at))).collect();
        let mut rows = waivers::Entity::find()
            .filter(waivers::Column::CountyCode.is_in(instants.keys().copied()))
            .order_by_asc(waivers::Column::CountyCode)
            .order_by_asc(waivers::Column::Number)
            .order_by_asc(waivers::Column::KnownAtUnixMs)
            .all(reads.connection())
            .await?;
        // A county has few grants, and they are rarely changed: what came later is left out here.
        rows.retain(|row| {
            instants.get(row.county_code.as_str()).is_some_and(|known_at| row.known_at_unix_ms <= *known_at)
        });
        all.extend(fold(rows)?);
    }
    Ok(all)
}

/// Puts the versions of each grant together, which come one after the other, oldest first.
fn fold(rows: Vec<waivers::Model>) -> Result<BTreeMap<RegionCode, Vec<Grant>>, StoreError> {
    let mut all: BTreeMap<RegionCode, Vec<Grant>> = BTreeMap::new();
    for row in rows {
        let county = parse(&row.county_code, "waivers.county_code")?;
        let of_county = all.entry(county).or_default();
        let version = decode(row)?;
        match of_county.last_mut().filter(|last| last.number == version.number) {
            Some(last) => last.revocation = version.revocation,
            None => of_county.push(version),
        }
    }
    Ok(all)
}

fn encode(
    county: &RegionCode,
    number: i32,
    known_at: Timestamp,
    waiver: &Waiver,
    revocation_reason: Option<&str>,
) -> waivers::ActiveModel {
    waivers::ActiveModel {
        county_code: Set(county.to_string()),
        number: Set(number),
        known_at_unix_ms: Set(unix_ms(known_at)),
        school_code: Set(waiver.school.to_string()),
        waiver_id: Set(waiver.waiver.clone()),
        stage: Set(waiver.stage.map(|stage| stage.id().to_owned())),
        from_month: Set(waiver.from.ordinal()),
        to_month: Set(waiver.to.map(Month::ordinal)),
        quantity_millionths: Set(waiver.quantity.map(Quantity::as_millionths)),
        granted_on: Set(waiver.granted_on.to_string()),
        granted_by: Set(waiver.granted_by.clone()),
        evidence: Set(waiver.evidence.clone()),
        revocation_reason: Set(revocation_reason.map(ToOwned::to_owned)),
    }
}

fn decode(row: waivers::Model) -> Result<Grant, StoreError> {
    let known_at = instant(row.known_at_unix_ms, "waivers.known_at_unix_ms")?;
    let stage = |id: String| {
        let found = Stage::COMPULSORY.into_iter().find(|stage| stage.id() == id);
        found.ok_or_else(|| StoreError::corrupt(format!("waivers.stage: {id}")))
    };
    let quantity = |millionths: i64| {
        Quantity::millionths(millionths)
            .ok_or_else(|| StoreError::corrupt(format!("waivers.quantity_millionths: {millionths}")))
    };
    Ok(Grant {
        number: decode_number(row.number, "waivers.number")?,
        waiver: Waiver {
            school: parse(&row.school_code, "waivers.school_code")?,
            waiver: row.waiver_id,
            stage: row.stage.map(stage).transpose()?,
            from: decode_month(row.from_month, "waivers.from_month")?,
            to: row.to_month.map(|month| decode_month(month, "waivers.to_month")).transpose()?,
            quantity: row.quantity_millionths.map(quantity).transpose()?,
            granted_on: parse(&row.granted_on, "waivers.granted_on")?,
            granted_by: row.granted_by,
            evidence: row.evidence,
        },
        known_at,
        revocation: row.revocation_reason.map(|reason| Revocation { reason, known_at }),
    })
}
