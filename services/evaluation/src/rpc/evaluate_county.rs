//! `EvaluateCounty`: evaluates one county's month and stores nothing; as of the same instant, the identical bytes.

use junheng_domain::code::RegionCode;
use junheng_proto::evaluation::v1::{EvaluateCountyRequest, EvaluateCountyResponse};
use junheng_runtime::Caller;
use junheng_wire::{name, status::RpcError, violations::Violations};

use super::{
    question::{Question, close},
    require_region,
};
use crate::{Evaluation, judge};

#[tracing::instrument(name = "evaluation.evaluate_county", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &EvaluateCountyRequest,
) -> Result<EvaluateCountyResponse, RpcError> {
    let (county, question) = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    close(evaluation, caller, &county, &[&question]).await?;
    let reads = evaluation.store.begin_read().await?;
    let standards = question.standards(&evaluation.store, &reads, &county).await?;
    let case = question.case(&reads, &county).await?;
    reads.finish().await?;
    Ok(EvaluateCountyResponse { evaluations: judge::judge(case, standards).await? })
}

fn decode(request: &EvaluateCountyRequest) -> Result<(RegionCode, Question), RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let question = Question::decode("", &request.month, &request.standard, request.as_of.as_ref(), &mut violations);
    violations.finish()?;
    county.zip(question).ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })
}
