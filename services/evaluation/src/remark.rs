//! Marks what counties reported before, so that it is evaluated anew.

use futures::{StreamExt as _, stream};
use junheng_domain::code::{Month, RegionCode};
use junheng_runtime::Caller;
use junheng_store::{audit, clock, marks, regions, requests};
use junheng_wire::{name, status::RpcError};

use crate::Evaluation;

/// Counties that are marked at once, each in a transaction of its own.
const AT_ONCE: usize = 4;

/// Why and by which request months are marked.
#[derive(Debug)]
pub(crate) struct Reason<'a> {
    /// For the audit: `recompute_evaluations`.
    pub(crate) action: &'a str,
    /// For the audit: what else is to be known.
    pub(crate) detail: String,
    /// Under the same id and digest a county is marked once; empty: as often as asked.
    pub(crate) request_id: &'a str,
    /// Digest of the request's content.
    pub(crate) digest: &'a str,
}

/// What was marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    /// Counties with a month that was marked.
    pub(crate) county_count: u32,
    /// Months of them.
    pub(crate) month_count: u32,
}

/// Marks the months from `first` to `last` that counties in a region reported, one transaction per county; the region is a county
/// or has counties below it.
///
/// What the marks are for must be committed before. After a failure some counties are marked: repeat it, it does no harm.
pub(crate) async fn mark_region(
    evaluation: &Evaluation,
    caller: &Caller,
    region: &RegionCode,
    (first, last): (Month, Month),
    reason: &Reason<'_>,
) -> Result<Marked, RpcError> {
    let below = regions::list_within(&evaluation.store, Some(region)).await?;
    let marking = below
        .into_iter()
        .map(async |below: regions::Region| mark_county(evaluation, caller, &below.code, (first, last), reason).await);
    let mut counts = stream::iter(marking).buffer_unordered(AT_ONCE);
    let mut marked = Marked::default();
    while let Some(count) = counts.next().await {
        let count = count?;
        marked.county_count += u32::from(count > 0);
        marked.month_count += count;
    }
    Ok(marked)
}

/// Marks a county; gives how many months were marked, now or when the same request came before.
async fn mark_county(
    evaluation: &Evaluation,
    caller: &Caller,
    county: &RegionCode,
    (first, last): (Month, Month),
    reason: &Reason<'_>,
) -> Result<u32, RpcError> {
    let Reason { action, detail, request_id, digest } = reason;
    let transaction = evaluation.store.begin_write().await?;
    let known_at = clock::advance(&transaction, county, evaluation.clock.now()).await?;
    if !request_id.is_empty()
        && let requests::Claim::Answered(reply) = requests::claim(&transaction, county, request_id, digest).await?
    {
        let count = reply.try_into().map(u32::from_be_bytes);
        return count.map_err(|_| RpcError::Internal { what: "a stored reply is no count".to_owned() });
    }
    let traceparent = caller.trace.traceparent();
    let count = marks::mark_accepted(&transaction, county, first, last, known_at, &traceparent).await?;
    if count == 0 {
        transaction.rollback().await?;
        return Ok(0);
    }
    if !request_id.is_empty() {
        let reply = count.to_be_bytes().to_vec();
        requests::answer(&transaction, county, request_id, digest, reply, known_at);
    }
    let entry = audit::Entry {
        scope: Some(county.clone()),
        at: known_at,
        who: junheng_audit::who(caller),
        action: (*action).to_owned(),
        resource: name::region(county),
        outcome: "accepted".to_owned(),
        request_id: (*request_id).to_owned(),
        detail: detail.clone(),
    };
    audit::append(&transaction, &entry).await?;
    transaction.commit().await?;
    Ok(count)
}
