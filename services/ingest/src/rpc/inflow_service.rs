//! `InflowService`: each RPC in its file.

use junheng_proto::ingest::v1::{
    GetReportingCalendarRequest, GetReportingCalendarResponse, GetReportingStatusRequest, GetReportingStatusResponse,
    ListChangesRequest, ListChangesResponse, SetReportingCalendarRequest, SetReportingCalendarResponse,
    inflow_service_server::InflowService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{get_reporting_calendar, get_reporting_status, list_changes, set_reporting_calendar};
use crate::Ingest;

#[tonic::async_trait]
impl InflowService for Ingest {
    async fn set_reporting_calendar(
        &self,
        request: Request<SetReportingCalendarRequest>,
    ) -> Result<Response<SetReportingCalendarResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(set_reporting_calendar::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_reporting_calendar(
        &self,
        request: Request<GetReportingCalendarRequest>,
    ) -> Result<Response<GetReportingCalendarResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_reporting_calendar::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_reporting_status(
        &self,
        request: Request<GetReportingStatusRequest>,
    ) -> Result<Response<GetReportingStatusResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_reporting_status::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_changes::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
