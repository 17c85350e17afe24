//! `RecomputeEvaluations`: marks the reported months of a region, so that they are evaluated and stored anew.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{RecomputeEvaluationsRequest, RecomputeEvaluationsResponse};
use junheng_runtime::Caller;
use junheng_wire::{fingerprint, name, status::RpcError, violations::Violations};

use super::require_region;
use crate::{
    Evaluation,
    remark::{Reason, mark_region},
};

#[tracing::instrument(name = "evaluation.recompute_evaluations", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &RecomputeEvaluationsRequest,
) -> Result<RecomputeEvaluationsResponse, RpcError> {
    let (region, months) = decode(request)?;
    require_region(&evaluation.store, &region).await?;
    let content = RecomputeEvaluationsRequest { request_id: String::new(), ..request.clone() };
    let reason = Reason {
        action: "recompute_evaluations",
        detail: format!("{} {} {}", request.region, months.0, months.1),
        request_id: &request.request_id,
        digest: &fingerprint::of(&content),
    };
    let marked = mark_region(evaluation, caller, &region, months, &reason).await?;
    tracing::info!(regions.count = marked.county_count, months.count = marked.month_count, "months marked");
    Ok(RecomputeEvaluationsResponse { county_count: Some(marked.county_count), month_count: Some(marked.month_count) })
}

fn decode(request: &RecomputeEvaluationsRequest) -> Result<(RegionCode, (Month, Month)), RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region(&request.region));
    let first = violations.take("first_month", request.first_month.parse::<Month>());
    let last = violations.take("last_month", request.last_month.parse::<Month>());
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        violations.add("last_month", ("lies before first_month", "早于 first_month"));
    }
    if !request.request_id.is_empty() {
        violations.request_id(&request.request_id);
    }
    violations.finish()?;
    let (Some(region), Some(first), Some(last)) = (region, first, last) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok((region, (first, last)))
}
