//! `SubmitMonth`: takes one county's month, all of it or none of it, and answers a repeated request with the first reply.

use jiff::Timestamp;
use junheng_audit::write::{Request, Told, Write, answered};
use junheng_domain::finding::Finding;
use junheng_proto::ingest::v1::{SubmitMonthRequest, SubmitMonthResponse};
use junheng_runtime::Caller;
use junheng_store::{
    WriteTransaction, clock,
    requests::{self, Claim},
};
use junheng_wire::status::RpcError;

use crate::{
    Ingest,
    submission::{Decision, Known, Origin, Outcome, Rules, Sent, Submission, check, compared, decode, keep, whole},
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
    let sent = decode(request, origin.clone())?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        let rules = Rules::read(&reads, ingest.store.standards(), &sent.county).await?;
        rules.require_county(&sent.county, "region")?;
        let known = Known::read(&reads, &sent.county, sent.month).await?;
        let submission = whole(&reads, sent).await?;
        let findings = check(&reads, &rules, &submission, known, ingest.clock.now()).await?;
        return Ok(Outcome::encode(&submission, &findings, None).into());
    }
    let (county, fingerprint) = (sent.county.clone(), sent.fingerprint.clone());
    let once = Request { scope: &county, id: &request.request_id, digest: &fingerprint };
    let early = ingest.store.begin_early().await?;
    let now = ingest.clock.now();
    // Everything is found before the county's lock is taken: what it holds up is the writing alone.
    let (seen, found) = find(ingest, &early, sent, once, now).await?;
    let mut found = match found {
        Met::New(found) => found,
        Met::Answered(first) => return Ok(first),
    };
    let transaction = ingest.store.take_turn(early).await?;
    let known_at = if let Some(known_at) = clock::advance_from(&transaction, &county, seen, now).await? {
        known_at
    } else {
        // Somebody wrote the county since: once more, with its lock.
        let known_at = clock::advance(&transaction, &county, now).await?;
        found = match find(ingest, &transaction, decode(request, origin)?, once, now).await?.1 {
            Met::New(found) => found,
            Met::Answered(first) => return Ok(first),
        };
        known_at
    };
    let write = Write::locked(transaction, known_at, once);
    let Found { submission, findings } = found;
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

/// A month as it would be kept.
struct Found {
    submission: Submission,
    findings: Vec<Finding>,
}

/// What a request meets.
enum Met {
    /// It was answered before, with this.
    Answered(SubmitMonthResponse),
    New(Found),
}

/// Looks for the request's first answer, else for every fault of the month; gives the county's clock by which both hold.
async fn find(
    ingest: &Ingest,
    transaction: &WriteTransaction,
    sent: Sent,
    once: Request<'_>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, Met), RpcError> {
    let met = requests::meet(transaction, once.scope, once.id, once.digest, compared(sent.month)).await?;
    let reply = match met.claim {
        Claim::Answered(reply) => reply,
        Claim::New => {
            let known = Known { newest: met.newest, schools: met.schools };
            match checked(ingest, transaction, sent, known, now).await {
                Ok(found) => return Ok((met.clock, Met::New(found))),
                Err(error @ RpcError::Store(_)) => return Err(error),
                // On PostgreSQL a statement sees what was written since the last one: the fault may be of the request's own first answer.
                Err(error) => match requests::claim(transaction, once.scope, once.id, once.digest).await? {
                    Claim::Answered(reply) => reply,
                    Claim::New => return Err(error),
                },
            }
        }
    };
    Ok((met.clock, Met::Answered(answered(&reply)?)))
}

/// Holds a month against its rules, which are read after the county's clock was: what is set for the county later moves it.
async fn checked(
    ingest: &Ingest,
    transaction: &WriteTransaction,
    sent: Sent,
    known: Known,
    now: Timestamp,
) -> Result<Found, RpcError> {
    let rules = Rules::read(transaction, ingest.store.standards(), &sent.county).await?;
    rules.require_county(&sent.county, "region")?;
    let submission = whole(transaction, sent).await?;
    let findings = check(transaction, &rules, &submission, known, now).await?;
    Ok(Found { submission, findings })
}
