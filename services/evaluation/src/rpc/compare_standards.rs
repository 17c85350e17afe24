//! `CompareStandards`: what two standards say differently.

use junheng_proto::evaluation::v1::{CompareStandardsRequest, CompareStandardsResponse};
use junheng_runtime::Caller;
use junheng_wire::{name, standard, status::RpcError, violations::Violations};

use crate::{Evaluation, standards};

#[tracing::instrument(name = "evaluation.compare_standards", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &CompareStandardsRequest,
) -> Result<CompareStandardsResponse, RpcError> {
    let mut violations = Violations::default();
    let before = violations.take("before", name::parse_standard(&request.before));
    let after = violations.take("after", name::parse_standard(&request.after));
    violations.finish()?;
    let store = &evaluation.store;
    let before = standards::find(store, store, &before.unwrap_or_default()).await?.standard;
    let after = standards::find(store, store, &after.unwrap_or_default()).await?.standard;
    let differences = before.compare(&after).into_iter().map(standard::encode_difference).collect();
    Ok(CompareStandardsResponse { differences })
}
