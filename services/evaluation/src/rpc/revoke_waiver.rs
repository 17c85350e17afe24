//! `RevokeWaiver`: takes a grant back, and marks the months that it covered for evaluation.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::code::RegionCode;
use junheng_proto::evaluation::v1::{RevokeWaiverRequest, RevokeWaiverResponse};
use junheng_runtime::Caller;
use junheng_store::waivers::{self, Grant, Revocation};
use junheng_wire::{fingerprint, name, status::RpcError, violations::Violations, waiver};

use super::{grant_waiver::mark_covered, require_region};
use crate::Evaluation;

#[tracing::instrument(name = "evaluation.revoke_waiver", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, waiver.name = request.name))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &RevokeWaiverRequest,
) -> Result<RevokeWaiverResponse, RpcError> {
    let (county, number) = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    let digest = fingerprint::of(&RevokeWaiverRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &county, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&evaluation.store, &evaluation.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let grant = waivers::find(&write.transaction, &county, number).await?.ok_or_else(missing)?;
    if grant.revocation.is_some() {
        let mut violations = Violations::default();
        violations.add("name", ("is revoked already", "已经撤销"));
        violations.finish()?;
    }
    let reason = request.reason.trim();
    waivers::insert_revocation(&write.transaction, &county, write.known_at, &grant, reason).await?;
    mark_covered(&write, caller, &county, &grant.waiver).await?;
    let revocation = Some(Revocation { reason: reason.to_owned(), known_at: write.known_at });
    let waiver = waiver::encode_grant(&Grant { revocation, ..grant }, &county);
    let response = RevokeWaiverResponse { waiver: Some(waiver) };
    let resource = name::waiver(&county, number);
    write.commit(caller, &response, Told { action: "revoke_waiver", resource, outcome: "accepted" }).await?;
    Ok(response)
}

fn decode(request: &RevokeWaiverRequest) -> Result<(RegionCode, u32), RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    let waiver = violations.take("name", name::parse_waiver(&request.name));
    waiver::check_reason(&request.reason, &mut violations);
    violations.finish()?;
    waiver.ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })
}
