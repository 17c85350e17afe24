//! What a county is asked about under other standards than the nation's default: one overlay, or two standards at once.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        AttributeVariationRequest, Change, EvaluationView, ExplainVerdictRequest, ExplainVerdictResponse,
        GetProvinceSummaryRequest, ListEvaluationsRequest, ProvinceSummary, SetItem, SimulateCountyRequest, Simulation,
        change::Kind, set_item,
    },
};
use tonic::Status;

use crate::{
    errors::assert_fields,
    item,
    standards_in_force::{LIAONING, MONTH, NATIONAL, order, provincial, set, stored},
};

on_both_databases!(
    under_an_overlay_every_question_is_answered_by_it,
    where_two_standards_are_in_force_each_answers_and_one_must_be_named,
);

const BASIC: &str = "standards/national-basic-2012";

/// What it would be if special education had 8,000 yuan a pupil.
async fn simulated(suite: &Suite, county: &County) -> Vec<Simulation> {
    let change = Kind::SetItem(SetItem {
        item: "G7".to_owned(),
        operand: "special_education_funds_yuan".to_owned(),
        value: Some(set_item::Value::Quantity(80_000.0)),
    });
    let request = SimulateCountyRequest {
        region: county.region.clone(),
        month: MONTH.to_owned(),
        changes: vec![Change { kind: Some(change) }],
        ..SimulateCountyRequest::default()
    };
    let response = suite.evaluations().simulate_county(request).await.unwrap().into_inner();
    assert_eq!(response.findings, []);
    response.simulations
}

fn judged_by(simulations: &[Simulation]) -> Vec<&str> {
    simulations.iter().map(|one| one.evaluation.as_ref().unwrap().standard.as_str()).collect()
}

async fn explained(
    suite: &Suite,
    county: &County,
    standard: &str,
    path: &str,
    depth: u32,
) -> Result<ExplainVerdictResponse, Status> {
    let request = ExplainVerdictRequest {
        region: county.region.clone(),
        month: MONTH.to_owned(),
        standard: standard.to_owned(),
        path: path.to_owned(),
        depth: Some(depth),
        ..ExplainVerdictRequest::default()
    };
    suite.evaluations().explain_verdict(request).await.map(tonic::Response::into_inner)
}

/// Names of the evaluations of the province under a standard; empty: under every one.
async fn listed(suite: &Suite, standard: &str) -> Vec<String> {
    let request = ListEvaluationsRequest {
        parent: "regions/210000".to_owned(),
        month: MONTH.to_owned(),
        standard: standard.to_owned(),
        view: EvaluationView::Basic.into(),
        ..ListEvaluationsRequest::default()
    };
    let found = suite.evaluations().list_evaluations(request).await.unwrap().into_inner().summaries;
    assert!(found.iter().all(|one| standard.is_empty() || one.standard == standard), "{found:#?}");
    found.into_iter().map(|one| one.name).collect()
}

fn name(county: &County, standard: &str) -> String {
    format!("{}/evaluations/{MONTH}.{}", county.region, &standard["standards/".len()..])
}

async fn summary(suite: &Suite, standard: &str) -> ProvinceSummary {
    let request = GetProvinceSummaryRequest {
        region: "regions/210000".to_owned(),
        month: MONTH.to_owned(),
        standard: standard.to_owned(),
    };
    suite.evaluations().get_province_summary(request).await.unwrap().into_inner().summary.unwrap()
}

/// Counties that reported, were evaluated, and are met, not met, undetermined.
async fn counted(suite: &Suite, standard: &str) -> [Option<u32>; 5] {
    let counts = summary(suite, standard).await.counties.unwrap();
    [
        counts.reported_county_count,
        counts.evaluated_county_count,
        counts.met_county_count,
        counts.not_met_county_count,
        counts.undetermined_county_count,
    ]
}

async fn under_an_overlay_every_question_is_answered_by_it(database: Database) {
    let (suite, county) = provincial(database).await;
    suite.accepted(county.submission("january")).await;
    stored(&suite, &county, LIAONING).await;

    let simulations = simulated(&suite, &county).await;
    let parts = explained(&suite, &county, "", "", 1).await.unwrap();
    let alone = explained(&suite, &county, "", "government/G7", 0).await.unwrap().root.unwrap();
    let national = explained(&suite, &county, NATIONAL, "government/G7", 1).await.unwrap();

    assert_eq!(judged_by(&simulations), [LIAONING]);
    let (after, difference) =
        (simulations[0].evaluation.as_ref().unwrap(), simulations[0].difference.as_ref().unwrap());
    assert_eq!((item(after, "G7"), item(after, "V7")), (Verdict::Met, Verdict::Undetermined));
    let turned = difference.figures.iter().find(|figure| figure.path == "items/G7").unwrap();
    assert_eq!((turned.verdict_before(), turned.verdict_after()), (Verdict::NotMet, Verdict::Met));
    assert_eq!(parts.standard, LIAONING);
    let root = parts.root.unwrap();
    assert_eq!(root.child_count.map(|count| count as usize), Some(root.children.len()));
    assert!(root.children.len() > 3, "{root:#?}");
    assert!(root.children.iter().all(|part| part.children.is_empty() && part.child_count > Some(0)), "{root:#?}");
    assert_eq!((alone.verdict(), alone.children.len(), alone.child_count), (Verdict::NotMet, 0, Some(1)));
    let national_node = national.root.unwrap();
    assert_eq!((national.standard.as_str(), national_node.verdict()), (NATIONAL, Verdict::Met));
    assert_eq!(national_node.children.len(), 1);

    assert_eq!(listed(&suite, "").await, [name(&county, LIAONING)]);
    assert_eq!(listed(&suite, LIAONING).await, [name(&county, LIAONING)]);
    assert_eq!(listed(&suite, NATIONAL).await, [""; 0]);
    assert_eq!(counted(&suite, LIAONING).await, [1, 1, 0, 1, 0].map(Some));
    assert_eq!(counted(&suite, NATIONAL).await, [1, 0, 0, 0, 0].map(Some));
    let found = summary(&suite, LIAONING).await;
    assert_eq!(found.standard, LIAONING);
    assert_eq!(found.unevaluated_counties, []);
}

async fn where_two_standards_are_in_force_each_answers_and_one_must_be_named(database: Database) {
    let (suite, county) = provincial(database).await;
    set(&suite, order("regions/210000", BASIC, MONTH, "")).await.unwrap();
    suite.accepted(county.submission("january")).await;
    for standard in [LIAONING, BASIC] {
        stored(&suite, &county, standard).await;
    }

    let simulations = simulated(&suite, &county).await;
    let nameless = explained(&suite, &county, "", "", 1).await.unwrap_err();
    let attribution = AttributeVariationRequest {
        region: county.region.clone(),
        month: MONTH.to_owned(),
        ..AttributeVariationRequest::default()
    };
    let unattributed = suite.evaluations().attribute_variation(attribution).await.unwrap_err();

    assert_eq!(judged_by(&simulations), [LIAONING, BASIC]);
    let turned = simulations.iter().map(|one| {
        let figures = &one.difference.as_ref().unwrap().figures;
        figures.iter().any(|figure| figure.path == "items/G7")
    });
    assert!(turned.eq([true, false]), "only the overlay has the item");
    assert_fields(&nameless, &["standard"]);
    assert_fields(&unattributed, &["standard"]);
    for standard in [LIAONING, BASIC] {
        let explained = explained(&suite, &county, standard, "", 1).await.unwrap();
        assert_eq!(explained.standard, standard);
        let evaluation = stored(&suite, &county, standard).await;
        assert_eq!(explained.root.unwrap().verdict(), evaluation.verdict());
        assert_eq!(listed(&suite, standard).await, [name(&county, standard)]);
        let verdicts = [Verdict::Met, Verdict::NotMet, Verdict::Undetermined];
        let [met, not_met, open] = verdicts.map(|verdict| Some(u32::from(evaluation.verdict() == verdict)));
        assert_eq!(counted(&suite, standard).await, [Some(1), Some(1), met, not_met, open]);
    }
    assert_eq!(listed(&suite, "").await.len(), 2);
    assert_eq!(listed(&suite, NATIONAL).await, [""; 0]);
}
