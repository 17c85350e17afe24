//! `AuditService`.

use junheng_proto::reporting::v1::{
    GetAuditHeadRequest, GetAuditHeadResponse, ListAuditRecordsRequest, ListAuditRecordsResponse,
    audit_service_server::AuditService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{get_audit_head, list_audit_records};
use crate::Reporting;

#[tonic::async_trait]
impl AuditService for Reporting {
    async fn list_audit_records(
        &self,
        request: Request<ListAuditRecordsRequest>,
    ) -> Result<Response<ListAuditRecordsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_audit_records::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn get_audit_head(
        &self,
        request: Request<GetAuditHeadRequest>,
    ) -> Result<Response<GetAuditHeadResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_audit_head::handle(self, &caller).await.map(Response::new)?)
    }
}
