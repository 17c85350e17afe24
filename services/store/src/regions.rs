//! Table `regions`. Written by ingest, read by every service.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use junheng_domain::code::{RegionCode, RegionLevel};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use crate::{
    Reads, StoreError, WriteTransaction, Written,
    encoding::{chunks, parse, parse_optional, statement},
    entity::regions,
};

/// Region (行政区划) as the reference table holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Code.
    pub code: RegionCode,
    /// Name for people.
    pub name: String,
    /// Level; not always the one that follows from the code's digits.
    pub level: RegionLevel,
    /// The region above; a county under direct administration (省直管县) has its province. `None` for a province.
    pub parent: Option<RegionCode>,
    /// What people should know of its data; empty when there is nothing.
    pub data_note: String,
}

/// What a region is for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nobody registered it.
    Unknown,
    /// Others lie below it.
    Above,
    /// No other lies below it: a county, whatever its code.
    Lowest,
}

/// Finds whether a region is registered, and whether others lie below it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn find_place(reads: &impl Reads, code: &RegionCode) -> Result<Place, StoreError> {
    Ok(locate(reads, code).await?.0)
}

/// Finds what a region is for a report, with itself and the regions above it, nearest first, as [`list_above`] lists them; in
/// one statement.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn locate(reads: &impl Reads, code: &RegionCode) -> Result<(Place, Vec<RegionCode>), StoreError> {
    let db = reads.connection();
    let Some(row) = db.query_one_raw(statement(db, LINE, [code.as_str().into()])).await? else {
        return Ok((Place::Unknown, vec![code.clone()]));
    };
    let below: Option<String> = row.try_get_by_index(4)?;
    let place = if below.is_some() { Place::Above } else { Place::Lowest };
    let above = [row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?];
    if let Some(chain) = chain(code, above)? {
        return Ok((place, chain));
    }
    let chains = list_above(reads, std::slice::from_ref(code)).await?;
    Ok((place, chains.into_iter().next().unwrap_or_else(|| vec![code.clone()])))
}

/// Region `$1` with the three above it and the first below it.
pub(crate) const LINE: &str = "SELECT own.code AS code, own.parent_code AS city, city.parent_code AS province,
        province.parent_code AS above, (SELECT MIN(below.code) FROM regions below WHERE below.parent_code = $1) AS below
    FROM regions own
    LEFT JOIN regions city ON city.code = own.parent_code
    LEFT JOIN regions province ON province.code = city.parent_code
    WHERE own.code = $1";

/// A region and the three above it, up to the first that there is not or that closes a loop; `None`: there are more. Nothing lies above a
/// province; whatever does is found level by level.
pub(crate) fn chain(code: &RegionCode, above: [Option<String>; 3]) -> Result<Option<Vec<RegionCode>>, StoreError> {
    let mut chain = vec![code.clone()];
    for parent in above {
        let parent: Option<RegionCode> = parse_optional(parent.as_deref(), "regions.parent_code")?;
        match parent.filter(|parent| !chain.contains(parent)) {
            Some(parent) => chain.push(parent),
            None => return Ok(Some(chain)),
        }
    }
    Ok(None)
}

/// Inserts the regions, or changes those that are there; the last of several with one code counts.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn upsert(transaction: &WriteTransaction, wanted: &[Region]) -> Result<Written, StoreError> {
    let db = transaction.connection();
    // In the order of codes, so that two writers never wait for each other.
    let wanted: BTreeMap<&RegionCode, &Region> = wanted.iter().map(|region| (&region.code, region)).collect();
    let wanted: Vec<&Region> = wanted.into_values().collect();
    let mut written = Written::default();
    for chunk in chunks(&wanted) {
        let codes = chunk.iter().map(|region| region.code.as_str());
        let current = regions::Entity::find().filter(regions::Column::Code.is_in(codes)).all(db).await?;
        let current: HashMap<String, regions::Model> =
            current.into_iter().map(|model| (model.code.clone(), model)).collect();
        let rows = chunk.iter().map(|region| encode(region));
        let changed: Vec<regions::Model> = rows.filter(|row| current.get(&row.code) != Some(row)).collect();
        written.changed_count += changed.len();
        written.unchanged_count += chunk.len() - changed.len();
        for changed in chunks(&changed) {
            regions::Entity::insert_many(changed.iter().cloned().map(active))
                .on_conflict(
                    OnConflict::column(regions::Column::Code)
                        .update_columns([
                            regions::Column::Name,
                            regions::Column::Level,
                            regions::Column::ParentCode,
                            regions::Column::DataNote,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(db)
                .await?;
        }
    }
    Ok(written)
}

/// Finds a region by its code.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find(reads: &impl Reads, code: &RegionCode) -> Result<Option<Region>, StoreError> {
    let row = regions::Entity::find_by_id(code.as_str().to_owned()).one(reads.connection()).await?;
    row.map(decode).transpose()
}

/// Finds those of the regions that are registered, by code.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn find_many(reads: &impl Reads, codes: &[RegionCode]) -> Result<BTreeMap<RegionCode, Region>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in chunks(codes) {
        let rows = regions::Entity::find()
            .filter(regions::Column::Code.is_in(chunk.iter().map(RegionCode::as_str)))
            .all(reads.connection())
            .await?;
        for row in rows {
            let region = decode(row)?;
            found.insert(region.code.clone(), region);
        }
    }
    Ok(found)
}

/// Finds those of the regions that have schools or submissions of their own: nothing is registered below them.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn list_in_use(reads: &impl Reads, codes: &[RegionCode]) -> Result<BTreeSet<RegionCode>, StoreError> {
    let db = reads.connection();
    let mut found = BTreeSet::new();
    for chunk in chunks(codes) {
        let places = (1..=chunk.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT code FROM regions WHERE code IN ({places}) AND (
                EXISTS (SELECT 1 FROM school_periods WHERE county_code = regions.code)
                OR EXISTS (SELECT 1 FROM submissions WHERE county_code = regions.code))"
        );
        for row in db.query_all_raw(statement(db, &sql, chunk.iter().map(|code| code.as_str().into()))).await? {
            let code: String = row.try_get_by_index(0)?;
            found.insert(parse(&code, "regions.code")?);
        }
    }
    Ok(found)
}

/// Lists regions by code: those directly below `parent`, or all; those after the code `after`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    parent: Option<&RegionCode>,
    after: Option<&RegionCode>,
    limit: u32,
) -> Result<Vec<Region>, StoreError> {
    let mut query = regions::Entity::find().order_by_asc(regions::Column::Code).limit(u64::from(limit));
    if let Some(parent) = parent {
        query = query.filter(regions::Column::ParentCode.eq(parent.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(regions::Column::Code.gt(after.as_str()));
    }
    query.all(reads.connection()).await?.into_iter().map(decode).collect()
}

/// Lists a region and everything below it, by the parents that are registered, by code; `None`: all regions. Empty when the
/// region is not registered.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_within(reads: &impl Reads, region: Option<&RegionCode>) -> Result<Vec<Region>, StoreError> {
    let db = reads.connection();
    let Some(region) = region else {
        let rows = regions::Entity::find().order_by_asc(regions::Column::Code).all(db).await?;
        return rows.into_iter().map(decode).collect();
    };
    let mut level: Vec<Region> = find(reads, region).await?.into_iter().collect();
    let mut found = BTreeMap::new();
    while !level.is_empty() {
        let codes = level.iter().map(|region| region.code.as_str());
        let below = regions::Entity::find().filter(regions::Column::ParentCode.is_in(codes)).all(db).await?;
        found.extend(level.into_iter().map(|region| (region.code.clone(), region)));
        let below: Vec<Region> = below.into_iter().map(decode).collect::<Result<_, _>>()?;
        // Parents that went in a circle would end here.
        level = below.into_iter().filter(|region| !found.contains_key(&region.code)).collect();
    }
    Ok(found.into_values().collect())
}

/// Lists for each of the codes itself and the regions above it, nearest first, in the order of the codes.
///
/// A code that is not registered stands alone. A loop among parents ends where it closes.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_above(reads: &impl Reads, codes: &[RegionCode]) -> Result<Vec<Vec<RegionCode>>, StoreError> {
    // Level by level: counties, cities, provinces.
    let mut parents: BTreeMap<RegionCode, Option<RegionCode>> = codes.iter().map(|code| (code.clone(), None)).collect();
    let mut level: Vec<RegionCode> = parents.keys().cloned().collect();
    while !level.is_empty() {
        let mut above = vec![];
        for chunk in chunks(&level) {
            let rows: Vec<(String, String)> = regions::Entity::find()
                .select_only()
                .columns([regions::Column::Code, regions::Column::ParentCode])
                .filter(regions::Column::Code.is_in(chunk.iter().map(RegionCode::as_str)))
                .filter(regions::Column::ParentCode.is_not_null())
                .into_tuple()
                .all(reads.connection())
                .await?;
            for (code, parent) in rows {
                let parent: RegionCode = parse(&parent, "regions.parent_code")?;
                above.push(parent.clone());
                parents.insert(parse(&code, "regions.code")?, Some(parent));
            }
        }
        // Parents that go in a circle end here.
        above.retain(|code| !parents.contains_key(code));
        above.sort_unstable();
        above.dedup();
        parents.extend(above.iter().map(|code| (code.clone(), None)));
        level = above;
    }
    let chain = |code: &RegionCode| {
        let mut chain = vec![code.clone()];
        let mut next = parents.get(code).and_then(Option::as_ref);
        while let Some(parent) = next.filter(|parent| !chain.contains(parent)) {
            chain.push(parent.clone());
            next = parents.get(parent).and_then(Option::as_ref);
        }
        chain
    };
    Ok(codes.iter().map(chain).collect())
}

const fn level_text(level: RegionLevel) -> &'static str {
    match level {
        RegionLevel::Province => "province",
        RegionLevel::City => "city",
        RegionLevel::County => "county",
    }
}

fn encode(region: &Region) -> regions::Model {
    regions::Model {
        code: region.code.to_string(),
        name: region.name.clone(),
        level: level_text(region.level).to_owned(),
        parent_code: region.parent.as_ref().map(ToString::to_string),
        data_note: region.data_note.clone(),
    }
}

fn active(model: regions::Model) -> regions::ActiveModel {
    regions::ActiveModel {
        code: Set(model.code),
        name: Set(model.name),
        level: Set(model.level),
        parent_code: Set(model.parent_code),
        data_note: Set(model.data_note),
    }
}

fn decode(row: regions::Model) -> Result<Region, StoreError> {
    let level = [RegionLevel::Province, RegionLevel::City, RegionLevel::County]
        .into_iter()
        .find(|level| level_text(*level) == row.level)
        .ok_or_else(|| StoreError::corrupt(format!("regions.level: {}", row.level)))?;
    Ok(Region {
        code: parse(&row.code, "regions.code")?,
        name: row.name,
        level,
        parent: parse_optional(row.parent_code.as_deref(), "regions.parent_code")?,
        data_note: row.data_note,
    })
}
