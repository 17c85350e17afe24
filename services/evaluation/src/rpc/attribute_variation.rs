//! `AttributeVariation`: which units a coefficient of variation comes from, and which to lift first.

use junheng_domain::{attribution::attribute, code::RegionCode, evaluation::evaluate, school::Stage};
use junheng_proto::{
    common::v1::Stage as StageId,
    evaluation::v1::{AttributeVariationRequest, AttributeVariationResponse},
};
use junheng_runtime::Caller;
use junheng_wire::{
    explanation, name,
    status::RpcError,
    violations::{UNKNOWN_INDICATOR, UNKNOWN_STAGE, Violations},
};

use super::{
    question::{Question, close},
    require_region,
};
use crate::{Evaluation, judge};

#[tracing::instrument(name = "evaluation.attribute_variation", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &AttributeVariationRequest,
) -> Result<AttributeVariationResponse, RpcError> {
    let (county, question, stage) = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    close(evaluation, caller, &county, &[&question]).await?;
    let reads = evaluation.store.begin_read().await?;
    let standard = question.one_standard(&evaluation.store, &reads, &county).await?;
    let case = question.case(&reads, &county).await?;
    reads.finish().await?;
    let indicator = request.indicator.clone();
    if !indicator.is_empty() && !standard.resources.indicators.iter().any(|known| known.id == indicator) {
        let mut violations = Violations::default();
        violations.add("indicator", UNKNOWN_INDICATOR);
        return Err(RpcError::Invalid(violations));
    }
    judge::apart(move || {
        let evaluated = evaluate(&standard, case.facts());
        let mut variations = vec![];
        for result in evaluated.resources.iter().filter(|result| stage.is_none_or(|only| only == result.stage)) {
            for (place, of) in result.indicators.iter().enumerate() {
                if indicator.is_empty() || of.rule.id == indicator {
                    let units = attribute(result, place, standard.weighting).unwrap_or_default();
                    variations.push(explanation::attribution(&evaluated, result, place, &units));
                }
            }
        }
        AttributeVariationResponse { standard: name::standard(&standard.id), variations }
    })
    .await
}

fn decode(request: &AttributeVariationRequest) -> Result<(RegionCode, Question, Option<Stage>), RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let question = Question::decode("", &request.month, &request.standard, request.as_of.as_ref(), &mut violations);
    let stage = match StageId::try_from(request.stage) {
        Ok(StageId::Unspecified) => None,
        Ok(StageId::Primary) => Some(Stage::Primary),
        Ok(StageId::Junior) => Some(Stage::Junior),
        Err(_) => {
            violations.add("stage", UNKNOWN_STAGE);
            None
        }
    };
    violations.finish()?;
    let (Some(county), Some(question)) = (county, question) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok((county, question, stage))
}
