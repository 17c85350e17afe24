//! `SubmitMonth`: takes one county's month, all of it or none of it, and answers a repeated request with the first reply.

use junheng_domain::finding::{Finding, error_count};
use junheng_proto::ingest::v1::{
    Receipt, Refusal, SubmitMonthRequest, SubmitMonthResponse, submit_month_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_wire::{finding, status::RpcError, time};

use super::{
    require_county,
    write::{Begun, Request, Told, Write},
};
use crate::{
    Ingest,
    submission::{Kept, Submission, check, decode, keep},
};

#[tracing::instrument(name = "ingest.submit_month", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: SubmitMonthRequest,
) -> Result<SubmitMonthResponse, RpcError> {
    let submission = decode(&request)?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        require_county(&reads, &submission.county, "region").await?;
        let findings = check(&reads, ingest.store.standards(), &submission, ingest.clock.now()).await?;
        return Ok(encode(&submission, &findings, None));
    }
    let once = Request { scope: &submission.county, id: &request.request_id, digest: &submission.digest };
    let write = match Write::begin_in_county(ingest, once, "region").await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let findings = check(&write.transaction, ingest.store.standards(), &submission, ingest.clock.now()).await?;
    let kept = keep(&write.transaction, caller, &request.request_id, &submission, &findings, write.known_at).await?;
    let response = encode(&submission, &findings, Some(&kept));
    let told = Told { action: "submit_month", resource: kept.name(&submission), accepted: kept.revision.is_some() };
    write.commit(caller, &response, told).await?;
    tracing::info!(
        submission.name = kept.name(&submission),
        submission.accepted = kept.revision.is_some(),
        findings.count = findings.len(),
        "submission kept"
    );
    Ok(response)
}

fn encode(submission: &Submission, findings: &[Finding], kept: Option<&Kept>) -> SubmitMonthResponse {
    let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
    let name = kept.map(|kept| kept.name(submission)).unwrap_or_default();
    let errors = error_count(findings);
    let findings = findings.iter().map(finding::encode).collect();
    let outcome = if errors > 0 {
        Outcome::Refusal(Refusal { submission: name, error_count: count(errors), findings })
    } else {
        Outcome::Receipt(Receipt {
            submission: name,
            revision: kept.and_then(|kept| kept.revision),
            school_count: count(submission.schools.len()),
            item_count: count(submission.items.len()),
            content_digest: submission.digest.clone(),
            known_at: kept.map(|kept| time::encode(kept.known_at)),
            findings,
        })
    };
    SubmitMonthResponse { outcome: Some(outcome) }
}
