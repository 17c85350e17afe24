//! `AcknowledgeSubmission`: checks a held submission anew with more acknowledgements, and settles it.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    acknowledgement::Acknowledgement,
    code::{Month, RegionCode},
};
use junheng_proto::ingest::v1::{AcknowledgeSubmissionRequest, AcknowledgeSubmissionResponse};
use junheng_runtime::Caller;
use junheng_store::{
    Reads, regions, submissions,
    submissions::{Settled, State},
};
use junheng_wire::{
    fingerprint, name,
    status::RpcError,
    violations::{EMPTY, Violations},
};

use crate::{
    Ingest,
    submission::{
        Decision, Kept, MAX_ACKNOWLEDGEMENTS, Outcome, Rules, Submission, check, decode_acknowledgements, given, mark,
    },
};

/// A request whose form is right.
struct Asked {
    county: RegionCode,
    month: Month,
    number: u32,
    acknowledgements: Vec<Acknowledgement>,
}

#[tracing::instrument(name = "ingest.acknowledge_submission", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, submission.name = request.name))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: AcknowledgeSubmissionRequest,
) -> Result<AcknowledgeSubmissionResponse, RpcError> {
    let asked = decode(&request)?;
    let Asked { county, month, number, acknowledgements } = &asked;
    // Before the lock: what does not exist leaves no trace of a county.
    find(&ingest.store, &asked).await?;
    let digest = fingerprint::of(&AcknowledgeSubmissionRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: county, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&ingest.store, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let (transaction, known_at) = (&write.transaction, write.known_at);
    let held = find(transaction, &asked).await?;
    require_waiting(&held)?;
    let submission = Submission::of_held(transaction, &held, acknowledgements).await?;
    if submission.acknowledgements.len() > MAX_ACKNOWLEDGEMENTS {
        let mut violations = Violations::default();
        let text = (
            format!("makes the submission have more than {MAX_ACKNOWLEDGEMENTS}"),
            format!("使该报送的确认超过{MAX_ACKNOWLEDGEMENTS}条"),
        );
        violations.add("acknowledgements", text);
        violations.finish()?;
    }
    let (_, chain) = regions::locate(transaction, county).await?;
    let rules = Rules::read(transaction, ingest.store.standards(), &chain).await?;
    let findings = check(transaction, &rules, &submission, ingest.clock.now()).await?;
    let decision = Decision::of(&findings, &submission.acknowledgements);
    let settled = match decision {
        Decision::Accept => Settled::Accepted { known_at },
        Decision::Refuse => Settled::Refused,
        Decision::Hold => Settled::Held,
    };
    let mut all = held.content.acknowledgements.clone();
    all.extend(given(acknowledgements, caller, known_at));
    let revision = submissions::settle(transaction, &held, settled, &findings, &all).await?;
    if revision.is_some() {
        mark(transaction, caller, county, *month, known_at).await?;
    }
    let told_at = if decision == Decision::Hold { held.content.known_at } else { known_at };
    let kept = Kept { number: *number, revision, known_at: told_at };
    let outcome = Outcome::encode(&submission, &findings, Some(&kept));
    let response = outcome.sealed(&request.request_id, ingest.signer.as_deref()).into();
    let told = Told { action: "acknowledge_submission", resource: request.name.clone(), outcome: decision.id() };
    write.commit(caller, &response, told).await?;
    tracing::info!(submission.outcome = decision.id(), findings.count = findings.len(), "submission settled");
    Ok(response)
}

fn decode(request: &AcknowledgeSubmissionRequest) -> Result<Asked, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", name::parse_submission(&request.name));
    violations.request_id(&request.request_id);
    if request.acknowledgements.is_empty() {
        violations.add("acknowledgements", EMPTY);
    }
    let acknowledgements = decode_acknowledgements(&request.acknowledgements, &mut violations);
    violations.finish()?;
    let (county, month, number) = parsed.ok_or_else(|| RpcError::Missing { resource: request.name.clone() })?;
    Ok(Asked { county, month, number, acknowledgements })
}

async fn find(reads: &impl Reads, asked: &Asked) -> Result<submissions::Submission, RpcError> {
    let Asked { county, month, number, .. } = asked;
    let missing = || RpcError::Missing { resource: name::submission(county, *month, *number) };
    submissions::find(reads, county, *month, *number).await?.ok_or_else(missing)
}

/// It is held, and no other one of its month was sent since.
fn require_waiting(held: &submissions::Submission) -> Result<(), RpcError> {
    let content = &held.content;
    let resource = name::submission(&content.county, content.month, held.number);
    match held.state {
        State::Held => Ok(()),
        State::Superseded => Err(RpcError::SubmissionSuperseded { resource }),
        State::Accepted { .. } | State::Refused | State::Withdrawn { .. } => {
            Err(RpcError::SubmissionNotHeld { resource })
        }
    }
}
