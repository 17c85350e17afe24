//! `SimulateCounty`: evaluates one county's month as it would be after changes that nobody has made, and stores nothing.

use junheng_domain::{
    code::RegionCode,
    finding::{Finding, error_count},
    scenario::{self, ChangeRow},
};
use junheng_proto::evaluation::v1::{Evaluation as Judged, SimulateCountyRequest, SimulateCountyResponse, Simulation};
use junheng_runtime::Caller;
use junheng_wire::{difference, finding, name, scenario as wire, status::RpcError, violations::Violations};

use super::{
    question::{Question, close},
    require_region,
};
use crate::{Evaluation, judge};

/// Changes that a request may have.
const MAX_CHANGES: usize = 1_000;

/// A request whose form is right; its changes may still have faults.
struct Scenario {
    county: RegionCode,
    question: Question,
    changes: Vec<ChangeRow>,
    /// Faults that reading the changes found.
    findings: Vec<Finding>,
}

#[tracing::instrument(name = "evaluation.simulate_county", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month, changes.count = request.changes.len()))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &SimulateCountyRequest,
) -> Result<SimulateCountyResponse, RpcError> {
    let Scenario { county, question, changes, mut findings } = decode(request)?;
    require_region(&evaluation.store, &county).await?;
    close(evaluation, caller, &county, &[&question]).await?;
    let reads = evaluation.store.begin_read().await?;
    let standards = question.standards(&evaluation.store, &reads, &county).await?;
    let case = question.case(&reads, &county).await?;
    let known: Vec<_> =
        evaluation.store.standards().list(&reads).await?.into_iter().map(|known| known.standard).collect();
    reads.finish().await?;
    let facts = case.facts().clone();
    match judge::apart(move || scenario::apply(&facts, &changes, &known)).await? {
        Ok(facts) if error_count(&findings) == 0 => {
            let changed = case.with(facts);
            let before = judge::judge(case, standards.clone()).await?;
            let after = judge::judge(changed, standards).await?;
            let simulations = before.iter().zip(after).map(|(before, after)| simulation(before, after)).collect();
            Ok(SimulateCountyResponse { simulations, ..SimulateCountyResponse::default() })
        }
        applied => {
            findings.extend(applied.err().into_iter().flatten());
            let (findings, finding_groups) = finding::encode_all(&findings);
            Ok(SimulateCountyResponse { simulations: vec![], findings, finding_groups })
        }
    }
}

fn decode(request: &SimulateCountyRequest) -> Result<Scenario, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let question = Question::decode("", &request.month, &request.standard, request.as_of.as_ref(), &mut violations);
    if request.changes.len() > MAX_CHANGES {
        violations
            .add("changes", (format!("holds more than {MAX_CHANGES} changes"), format!("超过{MAX_CHANGES}处改动")));
    }
    let (mut changes, mut findings) = (vec![], vec![]);
    if let Some(county) = &county {
        let told = &request.changes[..request.changes.len().min(MAX_CHANGES)];
        (changes, findings) = wire::decode(told, county, "changes", &mut violations);
    }
    violations.finish()?;
    let (Some(county), Some(question)) = (county, question) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Scenario { county, question, changes, findings })
}

/// It has no name: nobody can get it again.
fn simulation(before: &Judged, after: Judged) -> Simulation {
    let difference = difference::between(before, &after);
    Simulation { evaluation: Some(Judged { name: String::new(), ..after }), difference: Some(difference) }
}
