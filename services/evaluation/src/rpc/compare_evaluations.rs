//! `CompareEvaluations`: what changed between two verdicts on a county, in steps that add up; as of the same instants, the identical
//! bytes.

use std::sync::Arc;

use junheng_domain::{code::RegionCode, comparison::Path, facts::CountyFacts, standard::Standard};
use junheng_proto::evaluation::v1::{
    CompareEvaluationsRequest, CompareEvaluationsResponse, ComparedEvaluation, ComparedVerdict, ComparisonStep,
    Evaluation as Judged, StepKind,
};
use junheng_runtime::Caller;
use junheng_wire::{difference, name, status::RpcError, violations::Violations};

use super::{
    question::{Question, close},
    require_region,
};
use crate::{Evaluation, judge, judge::Case};

/// The county, and the question before and after.
type Questions = (RegionCode, Question, Question);

#[tracing::instrument(name = "evaluation.compare_evaluations", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &CompareEvaluationsRequest,
) -> Result<CompareEvaluationsResponse, RpcError> {
    let (county, before, after) = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    close(evaluation, caller, &county, &[&before, &after]).await?;
    let reads = evaluation.store.begin_read().await?;
    let store = &evaluation.store;
    let from = (before.one_standard(store, &reads, &county).await?, before.case(&reads, &county).await?);
    let to = (after.one_standard(store, &reads, &county).await?, after.case(&reads, &county).await?);
    let corrected = judge::read(&reads, &[(county.clone(), before.month)], after.as_of).await?.pop().flatten();
    reads.finish().await?;
    let path = Path::between(from.1.facts().clone(), corrected.as_ref().map(Case::facts), to.1.facts().clone());
    let stops = [
        (from.0, path.before.clone()),
        (Arc::clone(&to.0), path.before),
        (Arc::clone(&to.0), path.schools),
        (Arc::clone(&to.0), path.corrections),
        (to.0, path.after),
    ];
    let judged = judge_all(&from.1, stops).await?;
    Ok(encode(&judged, &from.1, &to.1))
}

fn decode(request: &CompareEvaluationsRequest) -> Result<Questions, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let nothing = ComparedVerdict::default();
    let mut side = |prefix, message: &Option<ComparedVerdict>| {
        let ComparedVerdict { month, standard, as_of } = message.as_ref().unwrap_or(&nothing);
        Question::decode(prefix, month, standard, as_of.as_ref(), &mut violations)
    };
    let sides = (side("before.", &request.before), side("after.", &request.after));
    violations.finish()?;
    let (Some(county), (Some(before), Some(after))) = (county, sides) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok((county, before, after))
}

/// Evaluates the facts at every stop of the way; where nothing changed, it is the evaluation before.
async fn judge_all(case: &Case, stops: [(Arc<Standard>, CountyFacts); 5]) -> Result<Vec<Judged>, RpcError> {
    let mut judged: Vec<Judged> = Vec::with_capacity(stops.len());
    let mut last: Option<(Arc<Standard>, CountyFacts)> = None;
    for (standard, facts) in stops {
        let same = last.as_ref().is_some_and(|(old, at)| old.id == standard.id && *at == facts);
        match judged.last().filter(|_| same) {
            Some(before) => judged.push(before.clone()),
            None => judged.extend(judge::judge(case.with(facts.clone()), vec![Arc::clone(&standard)]).await?),
        }
        last = Some((standard, facts));
    }
    Ok(judged)
}

fn encode(judged: &[Judged], before: &Case, after: &Case) -> CompareEvaluationsResponse {
    let kinds = [StepKind::Standard, StepKind::Schools, StepKind::Corrections, StepKind::Data];
    let steps = judged.windows(2).zip(kinds).filter_map(|(pair, kind)| match pair {
        [old, new] => Some(ComparisonStep { kind: kind.into(), difference: Some(difference::between(old, new)) }),
        _ => None,
    });
    let side = |judged: &Judged, case: &Case| ComparedEvaluation {
        month: judged.month.clone(),
        standard: judged.standard.clone(),
        verdict: judged.verdict,
        basis: Some(case.basis().clone()),
    };
    let ends = judged.first().zip(judged.last());
    CompareEvaluationsResponse {
        before: ends.map(|(first, _)| side(first, before)),
        after: ends.map(|(_, last)| side(last, after)),
        total: ends.map(|(first, last)| difference::between(first, last)),
        steps: steps.collect(),
    }
}
