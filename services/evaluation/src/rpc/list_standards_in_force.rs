//! `ListStandardsInForce`: what is in force in a region and above it, and what of it wins in a month.

use junheng_domain::code::Month;
use junheng_proto::evaluation::v1::{ListStandardsInForceRequest, ListStandardsInForceResponse};
use junheng_runtime::Caller;
use junheng_store::{in_force_entries, regions};
use junheng_wire::{name, standard, status::RpcError, violations::Violations};

use super::require_region;
use crate::Evaluation;

#[tracing::instrument(name = "evaluation.list_standards_in_force", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ListStandardsInForceRequest,
) -> Result<ListStandardsInForceResponse, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region(&request.region));
    let month = match request.month.as_str() {
        "" => Month::at(evaluation.clock.now()).ok(),
        month => violations.take("month", month.parse::<Month>()),
    };
    violations.finish()?;
    let (Some(region), Some(month)) = (region, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let reads = evaluation.store.begin_read().await?;
    require_region(&reads, &region).await?;
    let chain = regions::list_above(&reads, std::slice::from_ref(&region)).await?.concat();
    let mut entries = in_force_entries::list(&reads, &chain, None).await?;
    reads.finish().await?;
    entries.sort_by_key(|entry| chain.iter().position(|region| *region == entry.region));
    let judging =
        chain.iter().find(|region| entries.iter().any(|entry| entry.region == **region && entry.covers(month)));
    let in_force = entries
        .iter()
        .map(|entry| standard::encode_in_force(entry, Some(entry.covers(month) && judging == Some(&entry.region))))
        .collect();
    Ok(ListStandardsInForceResponse {
        in_force,
        month: month.to_string(),
        standards: in_force_entries::nearest(&chain, &entries, month).into_iter().map(name::standard).collect(),
    })
}
