//! `IssueReport`: renders a report and keeps it as issued, byte for byte.

use jiff::Timestamp;
use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_proto::reporting::v1::{IssueReportRequest, IssueReportResponse};
use junheng_runtime::Caller;
use junheng_store::{clock, evaluations, reports, requests};
use junheng_wire::{fingerprint, name, report, status::RpcError, violations::Violations};

use super::inputs::{Asked, Inputs};
use crate::{
    Reporting,
    report::{Issued, Standing},
};

/// Times that a report is rendered without the county's lock; where something else was written meanwhile each time, it is rendered under it.
const TRIES: usize = 3;

#[tracing::instrument(name = "reporting.issue_report", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, evaluation.name = request.evaluation))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &IssueReportRequest,
) -> Result<IssueReportResponse, RpcError> {
    let mut violations = Violations::default();
    let asked = Asked::decode(&request.evaluation, request.format, &mut violations);
    violations.request_id(&request.request_id);
    violations.finish()?;
    let asked = asked.ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })?;
    // A county that has nothing to be reported on gets no clock either; but what was answered once is answered again.
    let digest = fingerprint::of(&IssueReportRequest { request_id: String::new(), ..request.clone() });
    let (county, month) = (&asked.county, asked.month);
    let known = clock::find(&reporting.store, county).await?.is_some();
    if !known && evaluations::find(&reporting.store, county, month, &asked.standard).await?.is_none() {
        return Err(RpcError::Missing { resource: asked.evaluation() });
    }
    let once = Request { scope: county, id: &request.request_id, digest: &digest };
    for left in (0..=TRIES).rev() {
        // The lock is held while a report is written, and not while it is rendered.
        let rendered = if left == 0 { None } else { beside(reporting, caller, &asked, request, once).await? };
        let at = rendered.as_ref().map_or_else(|| reporting.clock.now(), |rendered| rendered.report.known_at);
        let write = match Write::begin_in(reporting.store.begin_write().await?, at, once).await? {
            Begun::New(write) => write,
            Begun::Answered(first) => return Ok(first),
        };
        let inputs = Inputs::read(&write.transaction, &asked).await?;
        read_before(request, &asked, &inputs)?;
        let number = reports::next_number(&write.transaction, county).await?;
        let still = |rendered: &Rendered| {
            let reports::Report { inputs_digest, number: own, known_at, .. } = &rendered.report;
            (inputs_digest, *own, *known_at) == (&inputs.digest, number, write.known_at)
        };
        let rendered = match rendered.filter(still) {
            Some(rendered) => rendered,
            None if left == 0 => render(&asked, inputs, caller, number, write.known_at).await?,
            None => continue,
        };
        return keep(write, caller, &rendered).await;
    }
    Err(RpcError::Internal { what: "a report was not rendered under the lock".to_owned() })
}

/// Refuses where what was read is not what would be issued.
fn read_before(request: &IssueReportRequest, asked: &Asked, inputs: &Inputs) -> Result<(), RpcError> {
    if request.inputs_digest.is_empty() || request.inputs_digest == inputs.digest {
        return Ok(());
    }
    Err(RpcError::ReportInputsChanged { resource: asked.evaluation(), inputs_digest: inputs.digest.clone() })
}

/// A report as it is to be kept.
struct Rendered {
    report: reports::Report,
    content: Vec<u8>,
}

/// Renders the report from a snapshot, with the number and the instant that it has if nothing is written to the county until it is kept. `None`:
/// there is nothing to be rendered, or it was issued before.
async fn beside(
    reporting: &Reporting,
    caller: &Caller,
    asked: &Asked,
    request: &IssueReportRequest,
    once: Request<'_>,
) -> Result<Option<Rendered>, RpcError> {
    let reads = reporting.store.begin_read().await?;
    if requests::is_answered(&reads, &asked.county, once.id).await? {
        return Ok(None);
    }
    let inputs = match Inputs::read(&reads, asked).await {
        Err(RpcError::Missing { .. }) => return Ok(None),
        inputs => inputs?,
    };
    // Rendering takes longest, and is for nothing where it will be refused.
    read_before(request, asked, &inputs)?;
    let number = reports::next_number(&reads, &asked.county).await?;
    let last = clock::find(&reads, &asked.county).await?;
    reads.finish().await?;
    // As the store counts: milliseconds, each write of the county after the one before.
    let after = last.map_or(i64::MIN, |last| last.as_millisecond() + 1);
    let at = Timestamp::from_millisecond(reporting.clock.now().as_millisecond().max(after));
    let at = at.map_err(|error| RpcError::Internal { what: format!("the clock: {error}") })?;
    render(asked, inputs, caller, number, at).await.map(Some)
}

async fn render(
    asked: &Asked,
    inputs: Inputs,
    caller: &Caller,
    number: u32,
    known_at: Timestamp,
) -> Result<Rendered, RpcError> {
    let issued = Issued { name: name::report(&asked.county, number), by: caller.subject.to_string(), at: known_at };
    let standing = Standing { inputs_digest: inputs.digest.clone(), issued: Some(issued) };
    let basis = inputs.evaluation.basis.as_ref();
    let submission = basis.and_then(|basis| {
        let (.., number) = name::parse_submission(&basis.submission).ok()?;
        Some((number, basis.revision?))
    });
    let (evaluated_at, inputs_digest) = (inputs.evaluated_at, inputs.digest.clone());
    let rendered = inputs.render(standing).await?;
    let report = reports::Report {
        county: asked.county.clone(),
        number,
        month: asked.month,
        standard_id: asked.standard.clone(),
        format: report::format_id(asked.format).to_owned(),
        media_type: rendered.media_type,
        file_name: rendered.file_name,
        byte_count: u64::try_from(rendered.content.len()).unwrap_or(u64::MAX),
        digest: fingerprint::of_bytes(&rendered.content),
        inputs_digest,
        submission,
        evaluated_at,
        issued_by: caller.subject.to_string(),
        known_at,
    };
    Ok(Rendered { report, content: rendered.content })
}

async fn keep(write: Write<'_>, caller: &Caller, rendered: &Rendered) -> Result<IssueReportResponse, RpcError> {
    let Rendered { report: kept, content } = rendered;
    reports::insert(&write.transaction, kept, content).await?;
    let response = IssueReportResponse { report: Some(report::encode(kept)) };
    let resource = name::report(&kept.county, kept.number);
    write
        .commit(caller, &response, Told { action: "issue_report", resource: resource.clone(), outcome: "accepted" })
        .await?;
    tracing::info!(report.name = resource, "report issued");
    Ok(response)
}
