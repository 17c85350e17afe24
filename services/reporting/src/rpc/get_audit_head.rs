//! `GetAuditHead`: the newest signed head of the audit, to be kept elsewhere.

use junheng_proto::reporting::v1::GetAuditHeadResponse;
use junheng_runtime::Caller;
use junheng_store::audit;
use junheng_wire::{audit as wire, status::RpcError};

use crate::Reporting;

#[tracing::instrument(name = "reporting.get_audit_head", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(reporting: &Reporting, caller: &Caller) -> Result<GetAuditHeadResponse, RpcError> {
    let newest = audit::find_heads(&reporting.store, 1).await?.pop();
    let missing = || RpcError::Missing { resource: "audit/head".to_owned() };
    Ok(GetAuditHeadResponse { head: Some(wire::encode_head(&newest.ok_or_else(missing)?)) })
}
