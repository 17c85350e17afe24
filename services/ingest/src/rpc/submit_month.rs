//! `SubmitMonth`: takes one county's month, all of it or none of it, and answers a repeated request with the first reply.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_proto::ingest::v1::{SubmitMonthRequest, SubmitMonthResponse};
use junheng_runtime::Caller;
use junheng_wire::status::RpcError;

use super::require_county;
use crate::{
    Ingest,
    submission::{Decision, Origin, Outcome, Rules, check, decode, keep, whole},
};

#[tracing::instrument(name = "ingest.submit_month", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: SubmitMonthRequest,
) -> Result<SubmitMonthResponse, RpcError> {
    submit(ingest, caller, &request, Origin::default()).await
}

/// Takes a month, whether a message or a file brought it.
pub(super) async fn submit(
    ingest: &Ingest,
    caller: &Caller,
    request: &SubmitMonthRequest,
    origin: Origin,
) -> Result<SubmitMonthResponse, RpcError> {
    let _room = ingest.room.take(request.schools.len()).await;
    let sent = decode(request, origin)?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        let chain = require_county(&reads, &sent.county, "region").await?;
        let rules = Rules::read(&reads, ingest.store.standards(), &chain).await?;
        let submission = whole(&reads, sent).await?;
        let findings = check(&reads, &rules, &submission, ingest.clock.now()).await?;
        return Ok(Outcome::encode(&submission, &findings, None).into());
    }
    let (county, fingerprint) = (sent.county.clone(), sent.fingerprint.clone());
    let once = Request { scope: &county, id: &request.request_id, digest: &fingerprint };
    let transaction = ingest.store.begin_write().await?;
    // Nothing here is of the county's writes, so it is read before they are locked out.
    let chain = require_county(&transaction, &county, "region").await?;
    let rules = Rules::read(&transaction, ingest.store.standards(), &chain).await?;
    let write = match Write::begin_in(transaction, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let submission = whole(&write.transaction, sent).await?;
    let findings = check(&write.transaction, &rules, &submission, ingest.clock.now()).await?;
    let kept = keep(&write.transaction, caller, &request.request_id, &submission, &findings, write.known_at).await?;
    let decision = Decision::of(&findings, &submission.acknowledgements);
    let outcome = Outcome::encode(&submission, &findings, Some(&kept));
    let response = outcome.sealed(&request.request_id, ingest.signer.as_deref()).into();
    let told = Told { action: "submit_month", resource: kept.name(&submission), outcome: decision.id() };
    write.commit(caller, &response, told).await?;
    tracing::info!(
        submission.name = kept.name(&submission),
        submission.outcome = decision.id(),
        findings.count = findings.len(),
        "submission kept"
    );
    Ok(response)
}
