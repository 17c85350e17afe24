//! `GetSubmission`: one submission with its facts, or a refused one with its findings.

use junheng_proto::ingest::v1::{GetSubmissionRequest, GetSubmissionResponse};
use junheng_runtime::Caller;
use junheng_store::{county_items, school_facts, submissions};
use junheng_wire::{facts, item, name, status::RpcError, submission, violations::Violations};

use crate::Ingest;

#[tracing::instrument(name = "ingest.get_submission", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetSubmissionRequest,
) -> Result<GetSubmissionResponse, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", name::parse_submission(&request.name));
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let (county, month, number) = parsed.ok_or_else(missing)?;
    let reads = ingest.store.begin_read().await?;
    let found = submissions::find(&reads, &county, month, number).await?.ok_or_else(missing)?;
    let mut message = submission::encode(&found);
    // One that was refused at once has none.
    message.schools = school_facts::list(&reads, &county, month, number).await?.iter().map(facts::encode).collect();
    message.items = county_items::list(&reads, &county, month, number).await?.iter().map(item::encode).collect();
    Ok(GetSubmissionResponse { submission: Some(message) })
}
