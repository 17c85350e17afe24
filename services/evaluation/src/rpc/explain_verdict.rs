//! `ExplainVerdict`: the tree of a verdict, from the county down to the reported figures.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::evaluate,
    explanation::explain,
    facts::CountyFacts,
};
use junheng_proto::evaluation::v1::{self as proto, ExplainVerdictRequest, ExplainVerdictResponse};
use junheng_runtime::Caller;
use junheng_store::{CountyMonth, Reads, StoreError, county_items, submissions};
use junheng_wire::{explanation, name, status::RpcError, violations::Violations};

use super::{
    question::{Question, close},
    require_region,
};
use crate::{
    Evaluation,
    judge::{self, Case},
};

/// Months back in which a stale declaration is looked for.
const LONG_AGO: u16 = 120;
/// Bytes of a path at most; no node's path is nearly as long.
const LONGEST_PATH: usize = 256;
/// Levels that are told unless asked otherwise: all of them are some megabytes.
const USUAL_DEPTH: u32 = 2;
/// No tree is deeper.
const DEEPEST: u32 = 8;

#[tracing::instrument(name = "evaluation.explain_verdict", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ExplainVerdictRequest,
) -> Result<ExplainVerdictResponse, RpcError> {
    let (county, question) = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    close(evaluation, caller, &county, &[&question]).await?;
    let reads = evaluation.store.begin_read().await?;
    let standard = question.one_standard(&evaluation.store, &reads, &county).await?;
    let case = with_stale_items(&reads, &county, question.case(&reads, &county).await?).await?;
    let bases = bases(&reads, &county, &case).await?;
    reads.finish().await?;
    let (path, depth) = (request.path.clone(), request.depth.unwrap_or(USUAL_DEPTH).min(DEEPEST));
    let explained = judge::apart(move || {
        let evaluated = evaluate(&standard, case.facts());
        let node = explain(&evaluated, &path, usize::try_from(depth).unwrap_or(0));
        node.map(|node| ExplainVerdictResponse {
            standard: name::standard(&standard.id),
            act: standard.act.clone(),
            root: Some(explanation::encode(node, path, case.facts().month, &bases)),
        })
    });
    explained.await?.ok_or_else(|| {
        let mut violations = Violations::default();
        violations.add("path", ("leads to no node of the explanation", "结论中没有这一处"));
        RpcError::Invalid(violations)
    })
}

fn decode(request: &ExplainVerdictRequest) -> Result<(RegionCode, Question), RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let question = Question::decode("", &request.month, &request.standard, request.as_of.as_ref(), &mut violations);
    if request.path.len() > LONGEST_PATH || (!request.path.is_empty() && request.path.split('/').any(str::is_empty)) {
        violations.add(
            "path",
            (
                format!("has an empty step, or more than {LONGEST_PATH} bytes"),
                format!("有空的一级，或超过{LONGEST_PATH}字节"),
            ),
        );
    }
    violations.finish()?;
    county.zip(question).ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })
}

/// The same case with what was declared too long ago to count, too: it changes no verdict, and tells what is to be declared again.
async fn with_stale_items(reads: &impl Reads, county: &RegionCode, case: Case) -> Result<Case, StoreError> {
    let asked = CountyMonth { county: county.clone(), month: case.facts().month, as_of: case.known_at };
    let items = county_items::list_latest(reads, &[asked], LONG_AGO).await?.pop().unwrap_or_default();
    let facts = CountyFacts { items, ..case.facts().clone() };
    Ok(case.with(facts))
}

/// The submissions that brought what a case rests on, by month: county items may come from earlier ones than the schools' figures.
async fn bases(
    reads: &impl Reads,
    county: &RegionCode,
    case: &Case,
) -> Result<BTreeMap<Month, proto::Basis>, StoreError> {
    let earlier: BTreeSet<Month> = case.facts().items.iter().map(|dated| dated.month).collect();
    let asked: Vec<_> = earlier
        .into_iter()
        .filter(|month| *month != case.facts().month)
        .map(|month| CountyMonth { county: county.clone(), month, as_of: case.known_at })
        .collect();
    let current = submissions::list_current(reads, &asked).await?;
    let found =
        asked.iter().zip(current).filter_map(|(asked, current)| Some((asked.month, judge::basis(county, current?))));
    Ok(found.chain([(case.facts().month, case.basis().clone())]).collect())
}
