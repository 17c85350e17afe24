//! The standards that counties are judged by, and which of them judge whom.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::{NATIONAL_DEFAULT, Standard},
};
use junheng_store::{
    Reads, Store, StoreError, regions, standards::Registered, standards_in_force, standards_in_force::StandardInForce,
};
use junheng_wire::{name, status::RpcError};

/// A county, a city, a province; a loop among parents ends here, too.
const CHAIN_AT_MOST: usize = 8;

/// Finds a standard by its id, a compiled-in or a registered one.
pub(crate) async fn find(store: &Store, reads: &impl Reads, id: &str) -> Result<Registered, RpcError> {
    let found = store.standards().find(reads, id).await?;
    found.ok_or_else(|| RpcError::StandardMissing { resource: name::standard(id) })
}

/// A region and those above it, nearest first.
pub(crate) async fn chain(reads: &impl Reads, region: &RegionCode) -> Result<Vec<RegionCode>, StoreError> {
    let mut chain = vec![region.clone()];
    while let Some(last) = chain.last().filter(|_| chain.len() < CHAIN_AT_MOST) {
        let parent = regions::find(reads, last).await?.and_then(|region| region.parent);
        match parent.filter(|parent| !chain.contains(parent)) {
            Some(parent) => chain.push(parent),
            None => break,
        }
    }
    Ok(chain)
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
    let chain = chain(reads, county).await?;
    let covering = standards_in_force::list_covering(reads, &chain, month, as_of).await?;
    let mut standards = vec![];
    for id in nearest(&chain, &covering) {
        standards.push(find(store, reads, id).await?.standard);
    }
    Ok(standards)
}

/// The ids of the standards that win: those of the first region of a chain that has any among the entries, else the nation's.
pub(crate) fn nearest<'a>(chain: &[RegionCode], covering: &'a [StandardInForce]) -> BTreeSet<&'a str> {
    let of = |region: &RegionCode| -> BTreeSet<&'a str> {
        covering.iter().filter(|entry| entry.region == *region).map(|entry| entry.standard_id.as_str()).collect()
    };
    chain.iter().map(of).find(|ids| !ids.is_empty()).unwrap_or_else(|| [NATIONAL_DEFAULT].into())
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

        assert_eq!(nearest(&chain, &entries).into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(nearest(&chain, &entries[..1]).into_iter().collect::<Vec<_>>(), ["p"]);
        assert_eq!(nearest(&chain, &entries[3..]).into_iter().collect::<Vec<_>>(), [NATIONAL_DEFAULT]);
    }
}
