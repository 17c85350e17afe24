//! The RPCs, a file each.

mod render_county_report;

use junheng_proto::reporting::v1::{
    RenderCountyReportRequest, RenderCountyReportResponse, report_service_server::ReportService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

pub(crate) use render_county_report::read as county_report;

use crate::Reporting;

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
