//! The calls of `OverviewService`.

use junheng_proto::reporting::v1::{
    CompareCountiesRequest, CompareCountiesResponse, ExportTableRequest, ExportTableResponse,
    GetProvinceOverviewRequest, GetProvinceOverviewResponse, GetSeriesRequest, GetSeriesResponse,
    RenderBulletinRequest, RenderBulletinResponse, overview_service_server::OverviewService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{compare_counties, export_table, get_province_overview, get_series, render_bulletin};
use crate::Reporting;

#[tonic::async_trait]
impl OverviewService for Reporting {
    async fn get_province_overview(
        &self,
        request: Request<GetProvinceOverviewRequest>,
    ) -> Result<Response<GetProvinceOverviewResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_province_overview::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn compare_counties(
        &self,
        request: Request<CompareCountiesRequest>,
    ) -> Result<Response<CompareCountiesResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(compare_counties::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_series(&self, request: Request<GetSeriesRequest>) -> Result<Response<GetSeriesResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_series::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn export_table(
        &self,
        request: Request<ExportTableRequest>,
    ) -> Result<Response<ExportTableResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(export_table::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn render_bulletin(
        &self,
        request: Request<RenderBulletinRequest>,
    ) -> Result<Response<RenderBulletinResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(render_bulletin::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
