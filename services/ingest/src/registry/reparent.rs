//! A region that gets another parent: other standards may be in force in the counties below it.

use std::collections::BTreeSet;

use junheng_domain::code::RegionCode;
use junheng_runtime::Caller;
use junheng_store::{StoreError, audit, clock, marks, regions};
use junheng_wire::name;

use super::all_months;
use crate::Ingest;

/// Marks every month that counties at or below the regions reported, one transaction per county. The change must be committed
/// before. Repeating it after a failure does no harm.
pub(crate) async fn mark_below(ingest: &Ingest, caller: &Caller, moved: &[RegionCode]) -> Result<(), StoreError> {
    let mut counties = BTreeSet::new();
    for region in moved {
        let within = regions::list_within(&ingest.store, Some(region)).await?;
        counties.extend(within.into_iter().map(|region| region.code));
    }
    for county in counties {
        mark(ingest, caller, &county).await?;
    }
    Ok(())
}

async fn mark(ingest: &Ingest, caller: &Caller, county: &RegionCode) -> Result<(), StoreError> {
    let Some((first, last)) = all_months() else { return Ok(()) };
    let transaction = ingest.store.begin_write().await?;
    let known_at = clock::advance(&transaction, county, ingest.clock.now()).await?;
    let traceparent = caller.trace.traceparent();
    if marks::mark_accepted(&transaction, county, first, last, known_at, &traceparent).await? == 0 {
        return transaction.rollback().await;
    }
    let entry = audit::Entry {
        scope: Some(county.clone()),
        at: known_at,
        who: junheng_audit::who(caller),
        action: "mark_months".to_owned(),
        resource: name::region(county),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: "parent changed".to_owned(),
    };
    audit::append(&transaction, &entry).await?;
    transaction.commit().await
}
