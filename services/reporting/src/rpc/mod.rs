//! The RPCs, a file each.

mod audit_service;
mod compare_counties;
mod export_table;
mod get_audit_head;
mod get_province_overview;
mod get_report;
mod get_series;
pub(crate) mod inputs;
mod issue_report;
mod list_audit_records;
mod list_reports;
mod overview_encoding;
mod overview_question;
mod overview_service;
mod render_bulletin;
mod render_county_report;
pub(crate) mod render_monthly_statistics;

use std::time::Instant;

use junheng_proto::reporting::v1::{
    GetReportRequest, IssueReportRequest, IssueReportResponse, ListReportsRequest, ListReportsResponse,
    RenderCountyReportRequest, RenderCountyReportResponse, RenderMonthlyStatisticsRequest,
    RenderMonthlyStatisticsResponse, report_service_server::ReportService,
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
    type GetReportStream = get_report::Parts;

    async fn render_county_report(
        &self,
        request: Request<RenderCountyReportRequest>,
    ) -> Result<Response<RenderCountyReportResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(render_county_report::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn render_monthly_statistics(
        &self,
        request: Request<RenderMonthlyStatisticsRequest>,
    ) -> Result<Response<RenderMonthlyStatisticsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(render_monthly_statistics::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn issue_report(
        &self,
        request: Request<IssueReportRequest>,
    ) -> Result<Response<IssueReportResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(issue_report::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn list_reports(
        &self,
        request: Request<ListReportsRequest>,
    ) -> Result<Response<ListReportsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_reports::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Result<Response<Self::GetReportStream>, Status> {
        let caller = Caller::of(&request);
        Ok(get_report::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
