//! `RegistryService`: each RPC in its file.

use junheng_proto::ingest::v1::{
    GetSchoolRequest, GetSchoolResponse, ImportRegionsRequest, ImportRegionsResponse, ImportSchoolsRequest,
    ImportSchoolsResponse, ListRegionsRequest, ListRegionsResponse, ListSchoolsRequest, ListSchoolsResponse,
    RecordSchoolEventsRequest, RecordSchoolEventsResponse, registry_service_server::RegistryService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{get_school, import_regions, import_schools, list_regions, list_schools, record_school_events};
use crate::Ingest;

#[tonic::async_trait]
impl RegistryService for Ingest {
    async fn import_regions(
        &self,
        request: Request<ImportRegionsRequest>,
    ) -> Result<Response<ImportRegionsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(import_regions::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn list_regions(
        &self,
        request: Request<ListRegionsRequest>,
    ) -> Result<Response<ListRegionsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_regions::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn import_schools(
        &self,
        request: Request<ImportSchoolsRequest>,
    ) -> Result<Response<ImportSchoolsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(import_schools::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn list_schools(
        &self,
        request: Request<ListSchoolsRequest>,
    ) -> Result<Response<ListSchoolsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_schools::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn record_school_events(
        &self,
        request: Request<RecordSchoolEventsRequest>,
    ) -> Result<Response<RecordSchoolEventsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(record_school_events::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn get_school(&self, request: Request<GetSchoolRequest>) -> Result<Response<GetSchoolResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_school::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
