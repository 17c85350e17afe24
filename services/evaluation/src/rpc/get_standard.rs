//! `GetStandard`: a standard with its document.

use junheng_proto::evaluation::v1::{GetStandardRequest, GetStandardResponse};
use junheng_runtime::Caller;
use junheng_wire::{name, standard, status::RpcError, violations::Violations};

use crate::judge;

#[tracing::instrument(name = "evaluation.get_standard", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) fn handle(caller: &Caller, request: &GetStandardRequest) -> Result<GetStandardResponse, RpcError> {
    let mut violations = Violations::default();
    let id = violations.take("name", name::parse_standard(&request.name));
    violations.finish()?;
    let found = judge::find(&id.unwrap_or_default())?;
    Ok(GetStandardResponse { standard: Some(standard::encode(&found, true)) })
}
