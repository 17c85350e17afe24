//! `IssueReport`: renders a report and keeps it as issued, byte for byte.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_proto::reporting::v1::{IssueReportRequest, IssueReportResponse};
use junheng_runtime::Caller;
use junheng_store::{evaluations, reports};
use junheng_wire::{fingerprint, name, report, status::RpcError, violations::Violations};

use super::inputs::{Asked, Inputs};
use crate::{
    Reporting,
    report::{Issued, Standing},
};

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
    let known = junheng_store::clock::find(&reporting.store, county).await?.is_some();
    if !known && evaluations::find(&reporting.store, county, month, &asked.standard).await?.is_none() {
        return Err(RpcError::Missing { resource: asked.evaluation() });
    }
    let once = Request { scope: county, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&reporting.store, &reporting.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let inputs = Inputs::read(&write.transaction, &asked).await?;
    if !request.inputs_digest.is_empty() && request.inputs_digest != inputs.digest {
        return Err(RpcError::ReportInputsChanged { resource: asked.evaluation(), inputs_digest: inputs.digest });
    }
    let number = reports::next_number(&write.transaction, county).await?;
    let report_name = name::report(county, number);
    let issued = Issued { name: report_name.clone(), by: caller.subject.to_string(), at: write.known_at };
    let standing = Standing { inputs_digest: inputs.digest.clone(), issued: Some(issued) };
    let basis = inputs.evaluation.basis.as_ref();
    let submission = basis.and_then(|basis| {
        let (.., number) = name::parse_submission(&basis.submission).ok()?;
        Some((number, basis.revision?))
    });
    let (evaluated_at, inputs_digest) = (inputs.evaluated_at, inputs.digest.clone());
    let rendered = inputs.render(standing).await?;
    let kept = reports::Report {
        county: county.clone(),
        number,
        month,
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
        known_at: write.known_at,
    };
    reports::insert(&write.transaction, &kept, &rendered.content).await?;
    let response = IssueReportResponse { report: Some(report::encode(&kept)) };
    write
        .commit(caller, &response, Told { action: "issue_report", resource: report_name.clone(), outcome: "accepted" })
        .await?;
    tracing::info!(report.name = report_name, "report issued");
    Ok(response)
}
