//! The standards that counties are judged by, and which of them judge whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_store::{Reads, Store, in_force_entries, in_force_entries::nearest, regions, standards::Registered};
use junheng_wire::{name, status::RpcError};

use crate::judge::distinct;

/// Finds a standard by its id, a compiled-in or a registered one.
pub(crate) async fn find(store: &Store, reads: &impl Reads, id: &str) -> Result<Registered, RpcError> {
    let found = store.standards().find(reads, id).await?;
    found.ok_or_else(|| RpcError::StandardMissing { resource: name::standard(id) })
}

/// The standards that judge a county in a month, as far as was known at an instant: those of the nearest region above it (itself
/// first) that has any in force, else the nation's.
///
/// Source: project rule, domain notes 2.4.
pub(crate) async fn in_force(
    store: &Store,
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    as_of: Option<Timestamp>,
) -> Result<Vec<Arc<Standard>>, RpcError> {
    let mut found = in_force_in_many(store, reads, &[(county.clone(), month)], as_of).await?;
    found.pop().unwrap_or_else(|| Err(RpcError::Internal { what: "a county has no standards".to_owned() }))
}

/// The same for each of several counties and months, in their order.
pub(crate) async fn in_force_in_many(
    store: &Store,
    reads: &impl Reads,
    asked: &[(RegionCode, Month)],
    as_of: Option<Timestamp>,
) -> Result<Vec<Result<Vec<Arc<Standard>>, RpcError>>, RpcError> {
    let counties = distinct(asked.iter().map(|(county, _)| county));
    let chains = regions::list_above(reads, &counties).await?;
    let regions = distinct(chains.iter().flatten());
    let entries = in_force_entries::list(reads, &regions, as_of).await?;
    let chains: BTreeMap<&RegionCode, Vec<RegionCode>> = counties.iter().zip(chains).collect();
    let winning = |(county, month): &(RegionCode, Month)| {
        let chain = chains.get(county).map(Vec::as_slice).unwrap_or_default();
        nearest(chain, &entries, *month)
    };
    let winning: Vec<BTreeSet<&str>> = asked.iter().map(winning).collect();
    let mut standards = BTreeMap::new();
    for id in winning.iter().flatten().collect::<BTreeSet<_>>() {
        standards.insert(*id, store.standards().find(reads, id).await?.map(|found| found.standard));
    }
    let of = |id: &str| {
        let found = standards.get(id).cloned().flatten();
        found.ok_or_else(|| RpcError::StandardMissing { resource: name::standard(id) })
    };
    Ok(winning.iter().map(|ids| ids.iter().map(|id| of(id)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use junheng_domain::standard::NATIONAL_DEFAULT;
    use junheng_store::in_force_entries::StandardInForce;

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
