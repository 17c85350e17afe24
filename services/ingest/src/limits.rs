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
    read(check_limits::list(reads, chain).await?)
}

fn read(set: Vec<CheckLimits>) -> Result<Vec<(RegionCode, LimitsDocument)>, StoreError> {
    let read = |limits: CheckLimits| match LimitsDocument::parse(&limits.document) {
        Ok(document) => Ok((limits.region, document)),
        Err(faults) => {
            let what = format!("check_limits.document of {}: {faults:?}", limits.region);
            Err(StoreError::Corrupt { what })
        }
    };
    set.into_iter().map(read).collect()
}

/// The limits at the end of a chain of regions, of what those set, nearest first.
pub(crate) fn in_effect(set: Vec<CheckLimits>) -> Result<Limits, StoreError> {
    let documents = read(set)?;
    Ok(Limits::of(documents.iter().map(|(_, document)| document)))
}
