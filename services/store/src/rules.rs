//! What submissions are checked by: the tables `standards`, `check_limits` and `in_force_entries`, read together.

use junheng_domain::code::RegionCode;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::{
    Reads, StoreError,
    check_limits::{self, CheckLimits},
    encoding::statement,
    entity,
    in_force_entries::{self, StandardInForce},
    regions::{self, LINE, Place},
    standards::{Loaded, Registered},
};

/// What submissions of some regions are checked by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// All standards, as [`Loaded::list`] gives them.
    pub standards: Vec<Registered>,
    /// What the regions set, as [`check_limits::list`] gives it.
    pub limits: Vec<CheckLimits>,
    /// What is in force there now, as [`in_force_entries::list`] gives it.
    pub entries: Vec<StandardInForce>,
}

/// What a region is for a report, itself with the regions above it, nearest first, and what submissions of it are checked by.
#[derive(Debug, Clone)]
pub struct Ruled {
    /// What it is.
    pub place: Place,
    /// As [`regions::locate`] gives them.
    pub chain: Vec<RegionCode>,
    /// What its submissions are checked by; of a region that is not registered, what none sets.
    pub rules: Rules,
}

/// Reads what a region is and what its submissions are checked by, in one statement: every submission asks for it.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn read_for(reads: &impl Reads, loaded: &Loaded, region: &RegionCode) -> Result<Ruled, StoreError> {
    let db = reads.connection();
    let sql = format!(
        "WITH lines AS ({LINE}), chain AS (SELECT code FROM lines UNION ALL SELECT city FROM lines UNION ALL SELECT province FROM lines)
        SELECT 0 AS kind, city AS region_code, province AS value, 0 AS known_at_unix_ms, 0 AS from_month, 0 AS to_month,
            below IS NOT NULL AS withdrawn, above FROM lines
        UNION ALL {}",
        rows("region_code IN (SELECT code FROM chain)", ", NULL")
    );
    let (mut line, mut found) = (None, Found::default());
    for row in db.query_all_raw(statement(db, &sql, [region.as_str().into()])).await? {
        if row.try_get_by_index::<i32>(0)? == 0 {
            let above: [Option<String>; 3] =
                [row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(7)?];
            line = Some((row.try_get_by_index(6)?, above));
        } else {
            found.add(&row)?;
        }
    }
    let Some((below, above)) = line else {
        let rules = found.rules(reads, loaded, std::slice::from_ref(region)).await?;
        return Ok(Ruled { place: Place::Unknown, chain: vec![region.clone()], rules });
    };
    let place = if below { Place::Above } else { Place::Lowest };
    if let Some(chain) = regions::chain(region, above)? {
        return Ok(Ruled { place, rules: found.rules(reads, loaded, &chain).await?, chain });
    }
    let (place, chain) = regions::locate(reads, region).await?;
    Ok(Ruled { place, rules: read(reads, loaded, &chain).await?, chain })
}

/// Reads what submissions of the regions, at least one, are checked by, in one statement.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn read(reads: &impl Reads, loaded: &Loaded, regions: &[RegionCode]) -> Result<Rules, StoreError> {
    let db = reads.connection();
    let codes: Vec<String> = (1..=regions.len()).map(|place| format!("${place}")).collect();
    let sql = rows(&format!("region_code IN ({})", codes.join(", ")), "");
    let values = regions.iter().map(|region| region.as_str().into());
    let mut found = Found::default();
    for row in db.query_all_raw(statement(db, &sql, values)).await? {
        found.add(&row)?;
    }
    found.rules(reads, loaded, regions).await
}

/// What rows of the three tables hold.
#[derive(Default)]
struct Found {
    limits: Vec<entity::check_limits::Model>,
    entries: Vec<entity::in_force_entries::Model>,
    ids: Vec<String>,
}

/// Asks for the rows of the three tables, oldest first, with one more column where one is wanted.
fn rows(of_regions: &str, more: &str) -> String {
    format!(
        "SELECT 1 AS kind, region_code, document AS value, known_at_unix_ms, 0 AS from_month, 0 AS to_month,
            FALSE AS withdrawn{more} FROM check_limits WHERE {of_regions}
        UNION ALL SELECT 2, region_code, standard_id, known_at_unix_ms, from_month, to_month, withdrawn{more}
            FROM in_force_entries WHERE {of_regions}
        UNION ALL SELECT 3, '', standard_id, 0, 0, 0, FALSE{more} FROM standards
        ORDER BY known_at_unix_ms"
    )
}

impl Found {
    fn add(&mut self, row: &QueryResult) -> Result<(), StoreError> {
        let (region_code, value, known_at_unix_ms) =
            (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        match row.try_get_by_index::<i32>(0)? {
            1 => self.limits.push(entity::check_limits::Model { region_code, known_at_unix_ms, document: value }),
            2 => self.entries.push(entity::in_force_entries::Model {
                region_code,
                known_at_unix_ms,
                standard_id: value,
                from_month: row.try_get_by_index(4)?,
                to_month: row.try_get_by_index(5)?,
                withdrawn: row.try_get_by_index(6)?,
            }),
            _ => self.ids.push(value),
        }
        Ok(())
    }

    async fn rules(self, reads: &impl Reads, loaded: &Loaded, regions: &[RegionCode]) -> Result<Rules, StoreError> {
        Ok(Rules {
            standards: loaded.with_registered(reads, self.ids).await?,
            limits: check_limits::newest(self.limits, regions)?,
            entries: in_force_entries::standing(self.entries)?,
        })
    }
}
