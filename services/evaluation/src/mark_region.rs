//! Marks what is to be evaluated again when something changes above the counties.

use std::collections::BTreeSet;

use junheng_domain::code::{Month, RegionCode};
use junheng_runtime::Caller;
use junheng_store::{Reads, StoreError, audit, clock, marks, regions, submissions};
use junheng_wire::name;

use crate::Evaluation;

/// Regions that are listed at once.
const PAGE: u32 = 1_000;

/// Marks the accepted months from `from` to `to` (`None`: all later ones) of every county in a region, one transaction a county.
///
/// Doing it twice is doing it once: what is interrupted is repeated.
pub(crate) async fn mark_region(
    evaluation: &Evaluation,
    caller: &Caller,
    region: &RegionCode,
    from: Month,
    to: Option<Month>,
) -> Result<(), StoreError> {
    let before = Month::from_ordinal(from.ordinal() - 1).unwrap_or(from);
    let Some(up_to) = to.or_else(|| Month::new(2999, 12).ok()) else { return Ok(()) };
    for county in counties(&evaluation.store, region).await? {
        // A month that is accepted from here on is evaluated anyway, by what is in force already.
        let months = submissions::list_months(&evaluation.store, &county, before, up_to).await?;
        if months.is_empty() {
            continue;
        }
        let transaction = evaluation.store.begin_write().await?;
        let known_at = clock::advance(&transaction, &county, evaluation.clock.now()).await?;
        marks::mark(&transaction, &county, &months, known_at, &caller.trace.traceparent()).await?;
        let entry = audit::Entry {
            scope: Some(county.clone()),
            at: known_at,
            caller: caller.subject.to_string(),
            trace_id: caller.trace.id().to_owned(),
            action: "mark_months".to_owned(),
            resource: name::region(&county),
            outcome: "accepted".to_owned(),
            request_id: String::new(),
            detail: months.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        audit::append(&transaction, &entry).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The counties in a region: those regions, itself or below it, that have none below them.
async fn counties(reads: &impl Reads, region: &RegionCode) -> Result<BTreeSet<RegionCode>, StoreError> {
    let (mut counties, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut next = vec![region.clone()];
    while let Some(region) = next.pop() {
        if !seen.insert(region.clone()) {
            continue;
        }
        let mut below = regions::list(reads, Some(&region), None, PAGE).await?;
        if below.is_empty() {
            counties.insert(region);
            continue;
        }
        while let Some(last) = below.last().map(|region| region.code.clone()) {
            next.extend(below.into_iter().map(|region| region.code));
            below = regions::list(reads, Some(&region), Some(&last), PAGE).await?;
        }
    }
    Ok(counties)
}
