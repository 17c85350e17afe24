//! The RPCs, a file each.

mod render_county_report;

use std::time::Instant;

use junheng_proto::reporting::v1::{
    RenderCountyReportRequest, RenderCountyReportResponse, report_service_server::ReportService,
};
use junheng_runtime::{Around, Caller, Scope};
use junheng_store::Access;
use tonic::{Request, Response, Status};

use crate::Reporting;

/// Puts the caller's regions, and the instant after which nobody waits, around each step of a call: what it asks the store for is held against
/// them.
pub(crate) fn surround(caller: &Caller, deadline: Option<Instant>) -> Around {
    let access = match &*caller.scope {
        Scope::Everything => Access::everything(),
        Scope::Regions(codes) => Access::regions(codes),
    };
    let access = access.until(deadline);
    Box::new(move |step| access.enter(step))
}

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
