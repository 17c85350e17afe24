//! `SubmitMonth`: takes one county's month, all of it or none of it, and answers a repeated request with the first reply.

use jiff::Timestamp;
use junheng_audit::write::{Request, Told, Write, answered};
use junheng_domain::finding::Finding;
use junheng_proto::ingest::v1::{SubmitMonthRequest, SubmitMonthResponse};
use junheng_runtime::{Caller, telemetry::names};
use junheng_store::{
    StoreError, WriteTransaction, clock,
    requests::{self, Claim},
};
use junheng_wire::status::RpcError;

use crate::{
    Ingest,
    submission::{
        Decision, Form, Known, Origin, Outcome, Rules, Sent, Submission, check, compared, decode, decode_form, keep,
        whole,
    },
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
    let form = decode_form(request, &origin)?;
    if request.validate_only {
        let sent = decode(request, origin, &form);
        let reads = ingest.store.begin_read().await?;
        let rules = Rules::read(&reads, ingest.store.standards(), &sent.county).await?;
        rules.require_county(&sent.county, "region")?;
        let known = Known::read(&reads, &sent.county, sent.month).await?;
        let submission = whole(&reads, sent).await?;
        let findings = check(&reads, &rules, &submission, known, ingest.clock.now()).await?;
        return Ok(Outcome::encode(&submission, &findings, None).into());
    }
    let asked = Asked { request, origin, form };
    let now = ingest.clock.now();
    let early = ingest.store.begin_early().await?;
    match write(ingest, caller, &asked, Moment { transaction: early, now, locked: None }).await {
        // Somebody wrote the county since it was read: once more, with its lock.
        Err(RpcError::Store(StoreError::Overtaken)) => {
            metrics::counter!(names::INGEST_OVERTAKEN).increment(1);
            tracing::info!("the county was written meanwhile, its submission begins anew");
            let transaction = ingest.store.begin_write().await?;
            let locked = Some(clock::advance(&transaction, &asked.form.county, now).await?);
            write(ingest, caller, &asked, Moment { transaction, now, locked }).await
        }
        written => written,
    }
}

/// What is asked for.
struct Asked<'a> {
    request: &'a SubmitMonthRequest,
    origin: Origin,
    form: Form,
}

impl Asked<'_> {
    fn once(&self) -> Request<'_> {
        Request { scope: &self.form.county, id: &self.request.request_id, digest: &self.form.fingerprint }
    }
}

/// When a month is written.
struct Moment {
    transaction: WriteTransaction,
    now: Timestamp,
    /// When it becomes known, where the county's lock was taken; `None`: the first write takes it, and all is as it was found or nothing is written.
    locked: Option<Timestamp>,
}

/// Checks a month and keeps it, unless its request was answered before.
async fn write(
    ingest: &Ingest,
    caller: &Caller,
    asked: &Asked<'_>,
    Moment { transaction, now, locked }: Moment,
) -> Result<SubmitMonthResponse, RpcError> {
    let (seen, submission, findings) = match find(ingest, &transaction, asked, now).await? {
        Met::New { clock, submission, findings } => (clock, submission, findings),
        Met::Answered(first) => return Ok(first),
    };
    let once = asked.once();
    let known_at = match locked {
        Some(known_at) => known_at,
        None => clock::advance_from(&transaction, once.scope, seen, now)?,
    };
    let write = Write::locked(transaction, known_at, once);
    let kept = keep(&write.transaction, caller, once.id, &submission, &findings, known_at).await?;
    let decision = Decision::of(&findings, &submission.acknowledgements);
    let outcome = Outcome::encode(&submission, &findings, Some(&kept));
    let response = outcome.sealed(once.id, ingest.signer.as_deref()).into();
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

/// What a request meets.
enum Met {
    /// It was answered before, with this.
    Answered(SubmitMonthResponse),
    /// The month as it would be kept, and the county's clock by which that holds.
    New { clock: Option<Timestamp>, submission: Submission, findings: Vec<Finding> },
}

/// Looks for the request's first answer, else for every fault of the month.
async fn find(
    ingest: &Ingest,
    transaction: &WriteTransaction,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Met, RpcError> {
    let Request { scope, id, digest } = asked.once();
    let Asked { request, origin, form } = asked;
    let loaded = ingest.store.standards();
    // The values are read while the database looks.
    let (met, sent) = tokio::join!(
        biased;
        requests::meet(transaction, loaded, scope, id, digest, compared(form.month)),
        async { decode(request, origin.clone(), form) },
    );
    let met = met?;
    let reply = match met.claim {
        Claim::Answered(reply) => reply,
        Claim::New => {
            let known = Known { newest: met.newest, schools: met.schools };
            match checked(transaction, &met.ruled.into(), sent, known, now).await {
                Ok((submission, findings)) => return Ok(Met::New { clock: met.clock, submission, findings }),
                Err(error @ RpcError::Store(_)) => return Err(error),
                // On PostgreSQL a statement sees what was written since the last one: the fault may be of the request's own first answer.
                Err(error) => match requests::claim(transaction, scope, id, digest).await? {
                    Claim::Answered(reply) => reply,
                    Claim::New => return Err(error),
                },
            }
        }
    };
    Ok(Met::Answered(answered(&reply)?))
}

/// Holds a month against its rules.
async fn checked(
    transaction: &WriteTransaction,
    rules: &Rules,
    sent: Sent,
    known: Known,
    now: Timestamp,
) -> Result<(Submission, Vec<Finding>), RpcError> {
    rules.require_county(&sent.county, "region")?;
    let submission = whole(transaction, sent).await?;
    let findings = check(transaction, rules, &submission, known, now).await?;
    Ok((submission, findings))
}
