//! `StandardService`: each RPC in its file.

use junheng_proto::evaluation::v1::{
    GetStandardRequest, GetStandardResponse, ListStandardsRequest, ListStandardsResponse,
    standard_service_server::StandardService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{get_standard, list_standards};
use crate::Evaluation;

#[tonic::async_trait]
impl StandardService for Evaluation {
    async fn list_standards(
        &self,
        request: Request<ListStandardsRequest>,
    ) -> Result<Response<ListStandardsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_standards::handle(&caller, &request.into_inner()).map(Response::new)?)
    }

    async fn get_standard(
        &self,
        request: Request<GetStandardRequest>,
    ) -> Result<Response<GetStandardResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_standard::handle(&caller, &request.into_inner()).map(Response::new)?)
    }
}
