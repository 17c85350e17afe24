//! `StandardService`: each RPC in its file.

use junheng_proto::evaluation::v1::{
    CompareStandardsRequest, CompareStandardsResponse, GetStandardRequest, GetStandardResponse,
    ListStandardsInForceRequest, ListStandardsInForceResponse, ListStandardsRequest, ListStandardsResponse,
    RegisterStandardRequest, RegisterStandardResponse, SetStandardInForceRequest, SetStandardInForceResponse,
    standard_service_server::StandardService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{
    compare_standards, get_standard, list_standards, list_standards_in_force, register_standard, set_standard_in_force,
};
use crate::Evaluation;

#[tonic::async_trait]
impl StandardService for Evaluation {
    async fn list_standards(
        &self,
        request: Request<ListStandardsRequest>,
    ) -> Result<Response<ListStandardsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_standards::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_standard(
        &self,
        request: Request<GetStandardRequest>,
    ) -> Result<Response<GetStandardResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_standard::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn register_standard(
        &self,
        request: Request<RegisterStandardRequest>,
    ) -> Result<Response<RegisterStandardResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(register_standard::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn compare_standards(
        &self,
        request: Request<CompareStandardsRequest>,
    ) -> Result<Response<CompareStandardsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(compare_standards::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn set_standard_in_force(
        &self,
        request: Request<SetStandardInForceRequest>,
    ) -> Result<Response<SetStandardInForceResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(set_standard_in_force::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn list_standards_in_force(
        &self,
        request: Request<ListStandardsInForceRequest>,
    ) -> Result<Response<ListStandardsInForceResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_standards_in_force::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
