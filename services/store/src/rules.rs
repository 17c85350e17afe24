//! What submissions are checked by: the tables `standards`, `check_limits` and `in_force_entries`, read together.

use junheng_domain::code::RegionCode;
use sea_orm::ConnectionTrait;

use crate::{
    Reads, StoreError,
    check_limits::{self, CheckLimits},
    encoding::statement,
    entity,
    in_force_entries::{self, StandardInForce},
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

/// Reads what submissions of the regions, at least one, are checked by, in one statement: every submission asks for it.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn read(reads: &impl Reads, loaded: &Loaded, regions: &[RegionCode]) -> Result<Rules, StoreError> {
    let db = reads.connection();
    let codes: Vec<String> = (1..=regions.len()).map(|place| format!("${place}")).collect();
    let of_regions = format!("region_code IN ({})", codes.join(", "));
    let sql = format!(
        "SELECT 1 AS kind, region_code, document AS value, known_at_unix_ms, 0 AS from_month, 0 AS to_month,
            FALSE AS withdrawn FROM check_limits WHERE {of_regions}
        UNION ALL SELECT 2, region_code, standard_id, known_at_unix_ms, from_month, to_month, withdrawn
            FROM in_force_entries WHERE {of_regions}
        UNION ALL SELECT 3, '', standard_id, 0, 0, 0, FALSE FROM standards
        ORDER BY known_at_unix_ms"
    );
    let values = regions.iter().map(|region| region.as_str().into());
    let (mut limits, mut entries, mut ids) = (vec![], vec![], vec![]);
    for row in db.query_all_raw(statement(db, &sql, values)).await? {
        let (region_code, value, known_at_unix_ms) =
            (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        match row.try_get_by_index::<i32>(0)? {
            1 => limits.push(entity::check_limits::Model { region_code, known_at_unix_ms, document: value }),
            2 => entries.push(entity::in_force_entries::Model {
                region_code,
                known_at_unix_ms,
                standard_id: value,
                from_month: row.try_get_by_index(4)?,
                to_month: row.try_get_by_index(5)?,
                withdrawn: row.try_get_by_index(6)?,
            }),
            _ => ids.push(value),
        }
    }
    Ok(Rules {
        standards: loaded.with_registered(reads, ids).await?,
        limits: check_limits::newest(limits, regions)?,
        entries: in_force_entries::standing(entries)?,
    })
}
