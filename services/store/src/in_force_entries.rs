//! Table `in_force_entries`. Appended by evaluation, read by every service. Nothing is ever changed or deleted.
//!
//! The newest entry of a region, standard and first month stands; one that is withdrawn stands for none. Which region's entry
//! wins, [`nearest`] says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::NATIONAL_DEFAULT,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{instant, month as decode_month, parse, unix_ms, unix_ms_or_latest},
    entity::in_force_entries,
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
    /// When it was put in force so.
    pub known_at: Timestamp,
}

impl StandardInForce {
    /// Whether it is in force in a month.
    #[must_use]
    pub fn covers(&self, month: Month) -> bool {
        self.from <= month && self.to.is_none_or(|to| month <= to)
    }
}

/// Appends an entry, which takes the place of an older one of the same region, standard and first month; or withdraws that one.
///
/// Its `known_at` comes from [`clock::advance`](crate::clock::advance) of the region, in the same transaction.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(
    transaction: &WriteTransaction,
    entry: &StandardInForce,
    withdrawn: bool,
) -> Result<(), StoreError> {
    let row = in_force_entries::ActiveModel {
        region_code: Set(entry.region.to_string()),
        known_at_unix_ms: Set(unix_ms(entry.known_at)),
        standard_id: Set(entry.standard_id.clone()),
        from_month: Set(entry.from.ordinal()),
        to_month: Set(entry.to.map(Month::ordinal)),
        withdrawn: Set(withdrawn),
    };
    in_force_entries::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Lists the entries of these regions that stood at an instant, `None`: now; by region, first month and standard.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    regions: &[RegionCode],
    as_of: Option<Timestamp>,
) -> Result<Vec<StandardInForce>, StoreError> {
    let rows = in_force_entries::Entity::find()
        .filter(in_force_entries::Column::RegionCode.is_in(regions.iter().map(RegionCode::as_str)))
        .filter(in_force_entries::Column::KnownAtUnixMs.lte(unix_ms_or_latest(as_of)))
        .order_by_asc(in_force_entries::Column::KnownAtUnixMs)
        .all(reads.connection())
        .await?;
    standing(rows)
}

/// The entries that stand, of rows that come oldest first; by region, first month and standard.
pub(crate) fn standing(rows: Vec<in_force_entries::Model>) -> Result<Vec<StandardInForce>, StoreError> {
    // Later ones take the place of earlier ones.
    let newest: BTreeMap<_, _> =
        rows.into_iter().map(|row| ((row.region_code.clone(), row.from_month, row.standard_id.clone()), row)).collect();
    newest.into_values().filter(|row| !row.withdrawn).map(decode).collect()
}

/// The ids of the standards that win in a month: those of the first region of a chain that has any in force then, else the nation's.
#[must_use]
pub fn nearest<'a>(chain: &[RegionCode], entries: &'a [StandardInForce], month: Month) -> BTreeSet<&'a str> {
    let of = |region: &RegionCode| -> BTreeSet<&'a str> {
        let covering = entries.iter().filter(|entry| entry.region == *region && entry.covers(month));
        covering.map(|entry| entry.standard_id.as_str()).collect()
    };
    chain.iter().map(of).find(|ids| !ids.is_empty()).unwrap_or_else(|| [NATIONAL_DEFAULT].into())
}

fn decode(row: in_force_entries::Model) -> Result<StandardInForce, StoreError> {
    Ok(StandardInForce {
        region: parse(&row.region_code, "in_force_entries.region_code")?,
        standard_id: row.standard_id,
        from: decode_month(row.from_month, "in_force_entries.from_month")?,
        to: row.to_month.map(|month| decode_month(month, "in_force_entries.to_month")).transpose()?,
        known_at: instant(row.known_at_unix_ms, "in_force_entries.known_at_unix_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_region_that_has_any_in_force_wins_with_all_of_them() {
        let code = |text: &str| -> RegionCode { text.parse().unwrap() };
        let entry = |region: &str, id: &str| StandardInForce {
            region: code(region),
            standard_id: id.to_owned(),
            from: "2024-01".parse().unwrap(),
            to: None,
            known_at: Timestamp::UNIX_EPOCH,
        };
        let chain = ["210922", "210900", "210000"].map(code);
        let entries = [entry("210000", "p"), entry("210900", "b"), entry("210900", "a"), entry("220000", "x")];

        let in_month = |entries: &[StandardInForce], month: &str| -> Vec<String> {
            nearest(&chain, entries, month.parse().unwrap()).into_iter().map(ToOwned::to_owned).collect()
        };
        assert_eq!(in_month(&entries, "2024-12"), ["a", "b"]);
        assert_eq!(in_month(&entries[..1], "2024-12"), ["p"]);
        assert_eq!(in_month(&entries[3..], "2024-12"), [NATIONAL_DEFAULT]);
        assert_eq!(in_month(&entries, "2023-12"), [NATIONAL_DEFAULT]);
        let ended = [StandardInForce { to: "2024-06".parse().ok(), ..entries[1].clone() }, entries[0].clone()];
        assert_eq!(
            (in_month(&ended, "2024-06"), in_month(&ended, "2024-07")),
            (vec!["b".to_owned()], vec!["p".to_owned()])
        );
    }
}
