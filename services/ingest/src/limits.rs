//! The limits that checks in a region go by: what the regions above it set, nearest first.

use junheng_domain::{
    checks::{Limits, LimitsDocument},
    code::RegionCode,
};
use junheng_store::{Reads, StoreError, check_limits};

/// What each region of a chain sets, nearest first; those that set nothing are left out.
pub(crate) async fn documents(
    reads: &impl Reads,
    chain: &[RegionCode],
) -> Result<Vec<(RegionCode, LimitsDocument)>, StoreError> {
    let set = check_limits::list(reads, chain).await?;
    let read = |limits: check_limits::CheckLimits| match LimitsDocument::parse(&limits.document) {
        Ok(document) => Ok((limits.region, document)),
        Err(faults) => {
            let what = format!("check_limits.document of {}: {faults:?}", limits.region);
            Err(StoreError::Corrupt { what })
        }
    };
    set.into_iter().map(read).collect()
}

/// The limits at the end of a chain of regions, nearest first.
pub(crate) async fn in_effect(reads: &impl Reads, chain: &[RegionCode]) -> Result<Limits, StoreError> {
    let documents = documents(reads, chain).await?;
    Ok(Limits::of(documents.iter().map(|(_, document)| document)))
}
