//! The registry says which schools count: nobody else may report, and leaving one out never helps.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::Evaluation,
    ingest::v1::{ImportSchoolsRequest, Severity},
};

use crate::{part, rules, stage, unit};

on_both_databases!(
    an_unknown_a_foreign_and_a_closed_school_are_errors,
    a_school_that_is_left_out_is_a_warning_and_its_units_are_undetermined,
    leaving_out_a_school_that_falls_short_never_improves_a_verdict,
    a_school_counts_while_it_is_open,
);

async fn an_unknown_a_foreign_and_a_closed_school_are_errors(database: Database) {
    let suite = Suite::start(database).await;
    let (neighbour, mut county) = (County::met_at("219903", "22"), County::met());
    suite.register(&neighbour).await;
    county.schools[0].closed_on = "2024-12-01".to_owned();
    suite.register(&county).await;
    let mut request = county.submission("mixed");
    request.schools.push(neighbour.facts[0].clone());
    request.schools[1].school_code = "3199999999".to_owned();

    let refusal = suite.refused(request).await;

    let found: Vec<_> = refusal
        .findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .map(|finding| (finding.rule.as_str(), finding.path.as_str(), finding.school_code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("school_open", "schools[0].school_code", county.facts[0].school_code.as_str()),
            ("school_registered", "schools[1].school_code", "3199999999"),
            ("school_in_county", "schools[4].school_code", neighbour.facts[0].school_code.as_str()),
        ]
    );
    assert_eq!(rules(&refusal.findings, Severity::Warning), ["school_left_out"]);
}

async fn a_school_that_is_left_out_is_a_warning_and_its_units_are_undetermined(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    // The nine-year school, so that both stages wait for it.
    let left_out = county.facts.remove(2);
    let county = county.acknowledging(&["school_left_out"]);

    let receipt = suite.accepted(county.submission("without")).await;

    assert_eq!(rules(&receipt.findings, Severity::Warning), ["school_left_out"]);
    assert_eq!(receipt.findings[0].school_code, left_out.school_code);
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    for of in [Stage::Primary, Stage::Junior] {
        assert_eq!(unit(&evaluation, of, &left_out.school_code).verdict(), Verdict::Undetermined);
        assert_eq!(stage(&evaluation, of).verdict(), Verdict::Undetermined);
        assert_eq!(stage(&evaluation, of).undetermined_unit_count, Some(1));
    }
    assert_eq!(evaluation.verdict(), Verdict::Undetermined);
    assert!(evaluation.missing.iter().any(|missing| missing.school_code == left_out.school_code));
}

const FALL_SHORT: [&str; 7] =
    ["2121000025", "2121000026", "2121000027", "2121000028", "3121000001", "3121000029", "3121000030"];

async fn leaving_out_a_school_that_falls_short_never_improves_a_verdict(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu().acknowledging(&["school_left_out"]));
    suite.register(&county).await;
    suite.accepted(county.submission("all")).await;
    let all = suite.evaluate(&county.region, &county.month, None).await.unwrap();

    for code in FALL_SHORT {
        let mut request = county.submission(&format!("without-{code}"));
        request.schools.retain(|facts| facts.school_code != code);
        suite.accepted(request).await;

        let without = suite.evaluate(&county.region, &county.month, None).await.unwrap();

        assert_no_better(&without, &all);
    }
    let mut request = county.submission("without-any");
    request.schools.retain(|facts| !FALL_SHORT.contains(&facts.school_code.as_str()));
    suite.accepted(request).await;

    let without = suite.evaluate(&county.region, &county.month, None).await.unwrap();

    assert_eq!(part(&without, "resources"), Verdict::Undetermined);
    for of in [Stage::Primary, Stage::Junior] {
        assert_eq!(stage(&without, of).verdict(), Verdict::Undetermined);
        assert_eq!(stage(&without, of).unit_count, stage(&all, of).unit_count);
        assert!(stage(&without, of).met_unit_count <= stage(&all, of).met_unit_count);
    }
}

fn assert_no_better(without: &Evaluation, all: &Evaluation) {
    assert!(rank(without.verdict()) <= rank(all.verdict()));
    for (part, before) in without.parts.iter().zip(&all.parts) {
        assert!(rank(part.verdict()) <= rank(before.verdict()), "{}", part.id);
    }
    for (of, before) in without.resources.iter().zip(&all.resources) {
        assert!(rank(of.verdict()) <= rank(before.verdict()));
        assert!(of.unit_count >= before.unit_count);
        assert!(of.met_unit_count <= before.met_unit_count);
        for (indicator, before) in of.indicators.iter().zip(&before.indicators) {
            assert!(rank(indicator.verdict()) <= rank(before.verdict()), "{}", indicator.id);
        }
    }
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotMet => 0,
        Verdict::Undetermined | Verdict::Unspecified => 1,
        Verdict::Met => 2,
    }
}

async fn a_school_counts_while_it_is_open(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("all")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    county.schools[1].closed_on = "2024-12-01".to_owned();

    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: vec![county.schools[1].clone()],
        request_id: "closing".to_owned(),
        ..ImportSchoolsRequest::default()
    };
    suite.registry().import_schools(request).await.unwrap();

    // The registry changed, so the evaluation follows without another submission.
    let units = |evaluation: &Evaluation| stage(evaluation, Stage::Primary).unit_count;
    suite.stored_where(&county.region, &county.month, |evaluation| units(evaluation) == Some(2)).await;
    let later = County { month: "2024-11".to_owned(), ..county.clone() };
    let receipt = suite.accepted(later.submission("november")).await;
    let evaluation = suite.stored(&county.region, "2024-11", &receipt).await;
    assert_eq!(units(&evaluation), Some(3));
}
