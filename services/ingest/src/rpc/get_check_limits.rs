//! `GetCheckLimits`: what a region itself sets.

use junheng_proto::ingest::v1::{GetCheckLimitsRequest, GetCheckLimitsResponse};
use junheng_runtime::Caller;
use junheng_store::check_limits;
use junheng_wire::{name, status::RpcError, time, violations::Violations};

use super::require_region;
use crate::Ingest;

#[tracing::instrument(name = "ingest.get_check_limits", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetCheckLimitsRequest,
) -> Result<GetCheckLimitsResponse, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region(&request.region));
    violations.finish()?;
    let region = region.ok_or_else(|| RpcError::Missing { resource: request.region.clone() })?;
    require_region(&ingest.store, &region).await?;
    let set = check_limits::list(&ingest.store, &[region]).await?.pop();
    Ok(set.map_or_else(GetCheckLimitsResponse::default, |set| GetCheckLimitsResponse {
        document: set.document,
        known_at: Some(time::encode(set.known_at)),
    }))
}
