//! What submissions are checked by: the tables `standards`, `check_limits` and `in_force_entries`, read together.

use std::sync::LazyLock;

use junheng_domain::code::RegionCode;
use sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::{
    Reads, StoreError,
    check_limits::{self, CheckLimits},
    encoding::{Field, read_rows, rows_as_text, statement},
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

/// Reads what a region is and what its submissions are checked by, in one statement.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn read_for(reads: &impl Reads, loaded: &Loaded, region: &RegionCode) -> Result<Ruled, StoreError> {
    let db = reads.connection();
    let sql = format!("{} SELECT {}", *CHAIN, text_of_region(db.get_database_backend()));
    let row = db.query_one_raw(statement(db, &sql, [region.as_str().into()])).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    read_text(reads, loaded, region, text.as_deref()).await
}

/// Region `$1` and those above it, for [`text_of_region`].
pub(crate) static CHAIN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH lines AS ({LINE}),
        chain AS (SELECT code FROM lines UNION ALL SELECT city FROM lines UNION ALL SELECT province FROM lines)"
    )
});

/// What region `$1` is and what its submissions are checked by, as one text, behind [`CHAIN`].
pub(crate) fn text_of_region(backend: DatabaseBackend) -> String {
    let line = "SELECT 0 AS kind, city AS region_code, province AS value, 0 AS known_at_unix_ms, 0 AS from_month, 0 AS to_month,
            CASE WHEN below IS NULL THEN 0 ELSE 1 END AS flag, above FROM lines";
    let rows = rows("region_code IN (SELECT code FROM chain)", ", NULL");
    format!(
        "(SELECT {} FROM ({line} UNION ALL {rows}) rules)",
        rows_as_text(backend, &[FIELDS.as_slice(), &[Field::Plain("above")]].concat(), ORDER)
    )
}

/// Reads the text of [`text_of_region`].
pub(crate) async fn read_text(
    reads: &impl Reads,
    loaded: &Loaded,
    region: &RegionCode,
    text: Option<&str>,
) -> Result<Ruled, StoreError> {
    let (mut line, mut found) = (None, Found::default());
    let backend = reads.connection().get_database_backend();
    for (kind, code, value, known_at, from_month, to_month, flag, above) in
        read_rows::<RowAbove>(backend, text, "rules")?
    {
        if kind == 0 {
            line = Some((flag == 1, [code, value, above]));
        } else {
            found.add((kind, code, value, known_at, from_month, to_month, flag));
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
    let rows = rows(&format!("region_code IN ({})", codes.join(", ")), "");
    let sql = format!("SELECT {} FROM ({rows}) rules", rows_as_text(db.get_database_backend(), &FIELDS, ORDER));
    let values = regions.iter().map(|region| region.as_str().into());
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let mut found = Found::default();
    for row in read_rows(db.get_database_backend(), text.as_deref(), "rules")? {
        found.add(row);
    }
    found.rules(reads, loaded, regions).await
}

/// The columns of [`rows`].
const FIELDS: [Field<'_>; 7] = [
    Field::Plain("kind"),
    Field::Plain("region_code"),
    Field::Text("value"),
    Field::Plain("known_at_unix_ms"),
    Field::Plain("from_month"),
    Field::Plain("to_month"),
    Field::Plain("flag"),
];
/// Oldest first.
const ORDER: &str = "known_at_unix_ms";

type Row = (i32, Option<String>, Option<String>, i64, i32, Option<i32>, i32);
type RowAbove = (i32, Option<String>, Option<String>, i64, i32, Option<i32>, i32, Option<String>);

/// What rows of the three tables hold.
#[derive(Default)]
struct Found {
    limits: Vec<entity::check_limits::Model>,
    entries: Vec<entity::in_force_entries::Model>,
    ids: Vec<String>,
}

/// Asks for the rows of the three tables, with one more column where one is wanted.
fn rows(of_regions: &str, more: &str) -> String {
    format!(
        "SELECT 1 AS kind, region_code, document AS value, known_at_unix_ms, 0 AS from_month, 0 AS to_month, 0 AS flag{more}
            FROM check_limits WHERE {of_regions}
        UNION ALL SELECT 2, region_code, standard_id, known_at_unix_ms, from_month, to_month,
            CASE WHEN withdrawn THEN 1 ELSE 0 END{more} FROM in_force_entries WHERE {of_regions}
        UNION ALL SELECT 3, '', standard_id, 0, 0, 0, 0{more} FROM standards"
    )
}

impl Found {
    fn add(&mut self, (kind, region_code, value, known_at_unix_ms, from_month, to_month, withdrawn): Row) {
        let (region_code, value) = (region_code.unwrap_or_default(), value.unwrap_or_default());
        match kind {
            1 => self.limits.push(entity::check_limits::Model { region_code, known_at_unix_ms, document: value }),
            2 => self.entries.push(entity::in_force_entries::Model {
                region_code,
                known_at_unix_ms,
                standard_id: value,
                from_month,
                to_month,
                withdrawn: withdrawn == 1,
            }),
            _ => self.ids.push(value),
        }
    }

    async fn rules(self, reads: &impl Reads, loaded: &Loaded, regions: &[RegionCode]) -> Result<Rules, StoreError> {
        Ok(Rules {
            standards: loaded.with_registered(reads, self.ids).await?,
            limits: check_limits::newest(self.limits, regions)?,
            entries: in_force_entries::standing(self.entries)?,
        })
    }
}
