//! `GetEvaluation`: a stored evaluation.

use junheng_proto::evaluation::v1::{GetEvaluationRequest, GetEvaluationResponse};
use junheng_runtime::Caller;
use junheng_store::evaluations;
use junheng_wire::{name, status::RpcError, time, violations::Violations};

use crate::Evaluation;

#[tracing::instrument(name = "evaluation.get_evaluation", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &GetEvaluationRequest,
) -> Result<GetEvaluationResponse, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", name::parse_evaluation(&request.name));
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let (county, month, standard) = parsed.ok_or_else(missing)?;
    let row = evaluations::find(&evaluation.store, &county, month, &standard).await?.ok_or_else(missing)?;
    Ok(GetEvaluationResponse {
        evaluation: Some(super::decode(&row)?),
        evaluated_at: Some(time::encode(row.evaluated_at)),
    })
}
