//! `RenderBulletin`: the monthly bulletin of a region, from what is stored.

use junheng_proto::reporting::v1::{RenderBulletinRequest, RenderBulletinResponse, ReportFormat};
use junheng_runtime::Caller;
use junheng_wire::{status::RpcError, violations::Violations};

use super::overview_question as question;
use crate::{
    Reporting,
    overview::Overview,
    report::{Bulletin, Format},
};

#[tracing::instrument(name = "reporting.render_bulletin", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &RenderBulletinRequest,
) -> Result<RenderBulletinResponse, RpcError> {
    let mut violations = Violations::default();
    let asked = (request.region.as_str(), request.month.as_str(), request.standard.as_str());
    let question =
        question::overview(asked, &request.targets, (&reporting.settings, reporting.clock.now()), &mut violations);
    let format = format_of(request.format, &mut violations);
    violations.finish()?;
    let untold = || RpcError::Internal { what: "a wrong field was not told".to_owned() };
    let ((question, targets), format) = question.zip(format).ok_or_else(untold)?;
    let overview = Overview::read(&reporting.store, &question).await?;
    let bulletin = Bulletin::new(&overview, &targets);
    let content =
        bulletin.render(format).map_err(|error| RpcError::Internal { what: format!("rendering: {error}") })?;
    Ok(RenderBulletinResponse {
        content,
        media_type: format.media_type().to_owned(),
        file_name: bulletin.file_name(format),
    })
}

/// The format that is asked for; HTML where none is said. A bulletin is no workbook: its tables are exported one by one.
fn format_of(format: i32, violations: &mut Violations) -> Option<Format> {
    match ReportFormat::try_from(format) {
        Ok(ReportFormat::Html | ReportFormat::Unspecified) => Some(Format::Html),
        Ok(ReportFormat::Markdown) => Some(Format::Markdown),
        Ok(ReportFormat::Docx) => Some(Format::Docx),
        Ok(ReportFormat::Xlsx) | Err(_) => {
            violations.add("format", ("is not a format of bulletins", "通报没有这种格式"));
            None
        }
    }
}
