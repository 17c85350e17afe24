//! `CheckService`: each RPC in its file.

use junheng_proto::ingest::v1::{
    GetCheckLimitsRequest, GetCheckLimitsResponse, ListRulesRequest, ListRulesResponse, SetCheckLimitsRequest,
    SetCheckLimitsResponse, check_service_server::CheckService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{get_check_limits, list_rules, set_check_limits};
use crate::Ingest;

#[tonic::async_trait]
impl CheckService for Ingest {
    async fn list_rules(&self, request: Request<ListRulesRequest>) -> Result<Response<ListRulesResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_rules::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_check_limits(
        &self,
        request: Request<GetCheckLimitsRequest>,
    ) -> Result<Response<GetCheckLimitsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_check_limits::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn set_check_limits(
        &self,
        request: Request<SetCheckLimitsRequest>,
    ) -> Result<Response<SetCheckLimitsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(set_check_limits::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }
}
