//! The limits that checks in a region go by: what the regions above it set, nearest first.

use junheng_domain::{
    checks::{Limits, LimitsDocument},
    code::RegionCode,
};
use junheng_store::{
    Reads, StoreError,
    check_limits::{self, CheckLimits},
};

/// What each region of a chain sets, nearest first; those that set nothing are left out.
pub(crate) async fn documents(
    reads: &impl Reads,
    chain: &[RegionCode],
) -> Result<Vec<(RegionCode, LimitsDocument)>, StoreError> {
    Ok(read(check_limits::list(reads, chain).await?).collect())
}

fn read(set: Vec<CheckLimits>) -> impl Iterator<Item = (RegionCode, LimitsDocument)> {
    set.into_iter().map(|limits| (limits.region, LimitsDocument::kept(&limits.document)))
}

/// The limits at the end of a chain of regions, of what those set, nearest first.
pub(crate) fn in_effect(set: Vec<CheckLimits>) -> Limits {
    let documents: Vec<_> = read(set).collect();
    Limits::of(documents.iter().map(|(_, document)| document))
}
