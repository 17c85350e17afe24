//! The county at the edges of the rules is judged as exact arithmetic has it, figure by figure.

use junheng_e2e::{County, Database, Suite, county::data_folder, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::StageResources,
};
use serde_json::Value;

use crate::stage;

on_both_databases!(the_county_at_the_edges_is_judged_as_exact_arithmetic_has_it);

async fn the_county_at_the_edges_is_judged_as_exact_arithmetic_has_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::edge());
    suite.register(&county).await;
    let text = std::fs::read_to_string(data_folder().join("edge-county/expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();

    let receipt = suite.accepted(county.submission("edges")).await;

    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    assert_stage(stage(&evaluation, Stage::Primary), &expected["primary"]);
    assert_stage(stage(&evaluation, Stage::Junior), &expected["junior"]);
    let outside = evaluation.outside_schools.iter().map(|school| (school.school_code.as_str(), school.pupils));
    assert_eq!(outside.collect::<Vec<_>>(), [("2199000009", Some(49))]);
}

fn assert_stage(found: &StageResources, expected: &Value) {
    assert_eq!(found.unit_count.map(u64::from), expected["unitCount"].as_u64());
    assert_eq!(found.met_unit_count.map(u64::from), expected["metUnitCount"].as_u64());
    let units: Vec<_> = found.units.iter().map(|unit| (unit.school_code.as_str(), word(unit.verdict()))).collect();
    let wanted = expected["units"].as_object().unwrap();
    assert_eq!(units.len(), wanted.len());
    for (code, verdict) in units {
        assert_eq!(wanted[code], verdict, "{code}");
    }
    let wanted = expected["indicators"].as_array().unwrap();
    assert_eq!(found.indicators.len(), wanted.len());
    for (indicator, wanted) in found.indicators.iter().zip(wanted) {
        let id = &indicator.id;
        assert_eq!(wanted["id"], id.as_str());
        assert_eq!(indicator.reached_unit_count.map(u64::from), wanted["reachedUnitCount"].as_u64(), "{id}");
        assert_near(id, indicator.mean, &wanted["mean"]);
        assert_near(id, indicator.variation, &wanted["variation"]);
        if wanted["variation"].is_null() {
            // Two values are missing: what is known encloses every possible coefficient.
            assert_eq!(indicator.verdict(), Verdict::Undetermined, "{id}");
            assert!(indicator.variation_low.is_some(), "{id}");
        } else {
            assert_eq!(wanted["verdict"], word(indicator.verdict()), "{id}");
        }
    }
}

fn assert_near(id: &str, found: Option<f64>, wanted: &Value) {
    match (found, wanted.as_f64()) {
        (Some(found), Some(wanted)) => assert!((found - wanted).abs() <= 1e-8, "{id}: {found} is not {wanted}"),
        (found, wanted) => assert_eq!(found, wanted, "{id}"),
    }
}

fn word(verdict: Verdict) -> &'static str {
    verdict.as_str_name().strip_prefix("VERDICT_").unwrap()
}
