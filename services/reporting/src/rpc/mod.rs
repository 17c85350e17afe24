//! The RPCs, a file each.

mod compare_counties;
mod export_table;
mod get_province_overview;
mod get_series;
mod overview_encoding;
mod overview_question;
mod overview_service;
mod render_bulletin;
mod render_county_report;

use junheng_proto::reporting::v1::{
    RenderCountyReportRequest, RenderCountyReportResponse, ReportFormat, report_service_server::ReportService,
};
use junheng_runtime::Caller;
use junheng_wire::violations::Violations;
use tonic::{Request, Response, Status};

use crate::{Reporting, report::Format};

#[tonic::async_trait]
impl ReportService for Reporting {
    async fn render_county_report(
        &self,
        request: Request<RenderCountyReportRequest>,
    ) -> Result<Response<RenderCountyReportResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(render_county_report::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}

/// The format that is asked for; HTML where none is said.
fn report_format(format: i32, violations: &mut Violations) -> Option<Format> {
    match ReportFormat::try_from(format) {
        Ok(ReportFormat::Html | ReportFormat::Unspecified) => Some(Format::Html),
        Ok(ReportFormat::Markdown) => Some(Format::Markdown),
        Ok(ReportFormat::Docx) => Some(Format::Docx),
        Err(_) => {
            violations.add("format", "is not a known format");
            None
        }
    }
}
