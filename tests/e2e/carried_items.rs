//! County items need not be repeated every month: the latest value counts for twelve months.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::Evaluation,
    ingest::v1::{SubmitMonthRequest, county_item::Value},
};

use crate::item;

on_both_databases!(
    an_item_of_an_earlier_month_counts_up_to_twelve_months_and_not_thirteen,
    a_newer_value_goes_before_an_older_one,
    a_late_correction_of_an_earlier_month_evaluates_the_later_months_again,
    a_declaration_is_as_old_as_the_day_it_was_made,
);

/// The schools of a month, without county items.
fn schools_only(county: &County, month: &str) -> SubmitMonthRequest {
    SubmitMonthRequest { items: vec![], ..county.submission_for(month, month) }
}

async fn an_item_of_an_earlier_month_counts_up_to_twelve_months_and_not_thirteen(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2023-12", "items")).await;

    let twelve = suite.accepted(schools_only(&county, "2024-12")).await;
    let thirteen = suite.accepted(schools_only(&county, "2025-01")).await;

    let twelve = suite.stored(&county.region, "2024-12", &twelve).await;
    assert_eq!(twelve.verdict(), Verdict::Met);
    let operand = &twelve.items.iter().find(|item| item.id == "G1").unwrap().tests[0].operands[0];
    assert_eq!(operand.month, "2023-12", "it says which month brought it");
    let thirteen = suite.stored(&county.region, "2025-01", &thirteen).await;
    assert_eq!(thirteen.verdict(), Verdict::Undetermined);
    assert_eq!(item(&thirteen, "G1"), Verdict::Undetermined);
}

async fn a_newer_value_goes_before_an_older_one(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-10", "october")).await;
    let mut november = schools_only(&county, "2024-11");
    november.items = county.submission_for("2024-11", "november").items;
    november.items.retain(|item| item.item == "G1");
    november.items[0].value = Some(Value::Declaration(false));
    suite.accepted(november).await;

    suite.accepted(schools_only(&county, "2024-12")).await;

    let evaluation = suite.evaluate(&county.region, "2024-12", None).await.unwrap();
    assert_eq!((item(&evaluation, "G1"), item(&evaluation, "G2")), (Verdict::NotMet, Verdict::Met));
    let october = suite.evaluate(&county.region, "2024-10", None).await.unwrap();
    assert_eq!(october.verdict(), Verdict::Met, "what came later says nothing of an earlier month");
}

async fn a_late_correction_of_an_earlier_month_evaluates_the_later_months_again(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-01", "items")).await;
    for month in ["2024-02", "2024-12", "2025-01", "2025-02"] {
        let receipt = suite.accepted(schools_only(&county, month)).await;
        suite.stored(&county.region, month, &receipt).await;
    }
    let beyond = suite.find_stored(&county.region, "2025-02").await.unwrap();
    county.item_mut("G1", "declared_met").value = Some(Value::Declaration(false));

    suite.accepted(county.submission_for("2024-01", "late")).await;

    let turned = |evaluation: &Evaluation| item(evaluation, "G1") == Verdict::NotMet;
    for month in ["2024-01", "2024-02", "2024-12", "2025-01"] {
        let evaluation = suite.stored_where(&county.region, month, turned).await;
        assert_eq!(evaluation.verdict(), Verdict::NotMet, "{month}");
        assert_eq!(suite.evaluate(&county.region, month, None).await.unwrap(), evaluation, "{month}");
    }
    assert_eq!(suite.find_stored(&county.region, "2025-02").await.unwrap(), beyond);
}

async fn a_declaration_is_as_old_as_the_day_it_was_made(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    county.item_mut("G1", "declared_met").declared_on = "2023-11-30".to_owned();
    county.item_mut("G10", "declared_met").declared_on = "2023-12-01".to_owned();
    let county = county.acknowledging(&["item_stale"]);

    let receipt = suite.accepted(county.submission("december")).await;

    assert_eq!(crate::rules(&receipt.findings, junheng_proto::ingest::v1::Severity::Warning), ["item_stale"]);
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    assert_eq!((item(&evaluation, "G1"), item(&evaluation, "G10")), (Verdict::Undetermined, Verdict::Met));
}
