//! `WaiverService`: each RPC in its file.

use junheng_proto::evaluation::v1::{
    GrantWaiverRequest, GrantWaiverResponse, ListWaiversRequest, ListWaiversResponse, RevokeWaiverRequest,
    RevokeWaiverResponse, waiver_service_server::WaiverService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{grant_waiver, list_waivers, revoke_waiver};
use crate::Evaluation;

#[tonic::async_trait]
impl WaiverService for Evaluation {
    async fn grant_waiver(
        &self,
        request: Request<GrantWaiverRequest>,
    ) -> Result<Response<GrantWaiverResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(grant_waiver::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn revoke_waiver(
        &self,
        request: Request<RevokeWaiverRequest>,
    ) -> Result<Response<RevokeWaiverResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(revoke_waiver::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn list_waivers(
        &self,
        request: Request<ListWaiversRequest>,
    ) -> Result<Response<ListWaiversResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_waivers::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
