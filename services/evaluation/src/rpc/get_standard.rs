//! `GetStandard`: a standard with its document.

use junheng_proto::evaluation::v1::{GetStandardRequest, GetStandardResponse};
use junheng_runtime::Caller;
use junheng_wire::{name, standard, status::RpcError, violations::Violations};

use crate::{Evaluation, standards};

#[tracing::instrument(name = "evaluation.get_standard", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &GetStandardRequest,
) -> Result<GetStandardResponse, RpcError> {
    let mut violations = Violations::default();
    let id = violations.take("name", name::parse_standard(&request.name));
    violations.finish()?;
    let store = &evaluation.store;
    let found = standards::find(store, store, &id.unwrap_or_default()).await?;
    Ok(GetStandardResponse { standard: Some(standard::encode_registered(&found, true)) })
}
