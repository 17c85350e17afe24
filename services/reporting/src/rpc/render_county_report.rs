//! `RenderCountyReport`: the report on one county's month, or its declaration form, from its stored evaluation; a draft.

use junheng_proto::reporting::v1::{RenderCountyReportRequest, RenderCountyReportResponse};
use junheng_runtime::Caller;
use junheng_wire::{status::RpcError, violations::Violations};

use super::inputs::{Asked, Inputs};
use crate::{Reporting, report::Standing};

#[tracing::instrument(name = "reporting.render_county_report", skip_all, fields(caller.subject = %caller.subject, evaluation.name = request.evaluation))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &RenderCountyReportRequest,
) -> Result<RenderCountyReportResponse, RpcError> {
    let mut violations = Violations::default();
    let asked = Asked::decode(&request.evaluation, request.format, &mut violations);
    violations.finish()?;
    let asked = asked.ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })?;
    let reads = reporting.store.begin_read().await?;
    let inputs = Inputs::read(&reads, &asked).await?;
    reads.finish().await?;
    let inputs_digest = inputs.digest.clone();
    let content_digest = inputs.evaluation.basis.as_ref().map(|basis| basis.content_digest.clone()).unwrap_or_default();
    let draft = Standing { inputs_digest: inputs_digest.clone(), issued: None };
    let rendered = inputs.render(draft).await?;
    Ok(RenderCountyReportResponse {
        content: rendered.content,
        media_type: rendered.media_type,
        file_name: rendered.file_name,
        content_digest,
        inputs_digest,
    })
}
