//! `WithdrawMonth`: a revision without facts, from which on the month counts as not reported.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::{WithdrawMonthRequest, WithdrawMonthResponse};
use junheng_runtime::Caller;
use junheng_store::{marks, submissions, submissions::NewSubmission};
use junheng_wire::{fingerprint, name, status::RpcError, time, violations::Violations};

use super::require_county;
use crate::{
    Ingest,
    submission::{check_base, decode_reason, mark},
};

#[tracing::instrument(name = "ingest.withdraw_month", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: WithdrawMonthRequest,
) -> Result<WithdrawMonthResponse, RpcError> {
    let (county, month) = decode(&request)?;
    require_county(&ingest.store, &county, "region").await?;
    let digest = fingerprint::of(&WithdrawMonthRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &county, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&ingest.store, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let (transaction, known_at) = (&write.transaction, write.known_at);
    check_base(transaction, &county, month, request.base_revision).await?;
    if submissions::find_current(transaction, &county, month, None).await?.is_none() {
        return Err(RpcError::MonthNotReported { resource: name::region(&county) });
    }
    let withdrawal = NewSubmission {
        county: county.clone(),
        month,
        request_id: request.request_id.clone(),
        school_count: 0,
        item_count: 0,
        content_digest: fingerprint::of_content(&county, month, vec![], vec![]),
        known_at,
        caller: caller.subject.to_string(),
        trace_parent: caller.trace.traceparent(),
        findings: vec![],
        acknowledgements: vec![],
    };
    let (number, revision) = submissions::insert_withdrawn(transaction, &withdrawal, &request.reason).await?;
    mark(transaction, caller, &county, month, known_at).await?;
    // Itself no longer reported, it is to lose its evaluation.
    marks::mark(transaction, &county, &[month], known_at, &caller.trace.traceparent()).await?;
    let response = WithdrawMonthResponse {
        submission: name::submission(&county, month, number),
        revision: Some(revision),
        known_at: Some(time::encode(known_at)),
    };
    let told = Told { action: "withdraw_month", resource: response.submission.clone(), outcome: "accepted" };
    write.commit(caller, &response, told).await?;
    tracing::info!(submission.name = response.submission, "month withdrawn");
    Ok(response)
}

fn decode(request: &WithdrawMonthRequest) -> Result<(RegionCode, Month), RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    decode_reason("reason", &request.reason, &mut violations);
    violations.request_id(&request.request_id);
    violations.finish()?;
    county.zip(month).ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })
}
