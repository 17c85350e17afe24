//! All of a submission or none of it: one bad row refuses it with every finding, and nothing of it is ever judged.

use std::collections::BTreeSet;

use junheng_e2e::{County, Database, Suite, county::quantity, on_both_databases};
use junheng_proto::ingest::v1::{
    GetSubmissionRequest, Severity, Submission, SubmissionState, SubmitMonthRequest, county_item::Value,
};

use crate::rules;

on_both_databases!(
    all_faults_of_a_submission_are_told_at_once,
    a_refused_submission_is_kept_with_its_findings_and_without_facts,
    what_was_found_is_told_whatever_characters_it_holds,
    a_refused_month_is_never_evaluated,
    a_month_that_has_not_begun_is_refused,
    a_refused_correction_leaves_the_accepted_revision_in_force,
);

/// A submission with one fault of every kind, over several rows.
fn faulty(county: &County, request_id: &str) -> SubmitMonthRequest {
    let mut request = county.submission(request_id);
    let rows = &mut request.schools;
    rows[0].teaching_area_m2 = Some(4500.123);
    rows[0].backbone_teachers_primary = Some(1000);
    rows[1].sports_ground_area_m2 = Some(-1.0);
    rows[1].equipment_value_yuan = Some(f64::NAN);
    rows[1].pupils_junior = Some(3);
    rows[2].largest_class_primary = Some(2);
    rows[2].equipment_value_yuan = Some(1e12);
    rows[3].classes_junior = Some(0);
    rows.push(rows[3].clone());
    let mut stranger = rows[3].clone();
    stranger.school_code = "3199999999".to_owned();
    rows.push(stranger);
    let mut nameless = rows[3].clone();
    nameless.school_code = "31".to_owned();
    rows.push(nameless);
    let items = &mut request.items;
    items.push(quantity("G99", "declared_met", 1.0));
    items.push(quantity("G1", "declared", 1.0));
    items.push(quantity("G7", "special_education_funds_yuan", 1.0));
    items.iter_mut().find(|item| item.operand == "teachers_due_training").unwrap().value = Some(Value::Quantity(1.5));
    items.iter_mut().find(|item| item.operand == "monitoring_kept").unwrap().value = None;
    items.iter_mut().find(|item| item.operand == "basic_recognised_on").unwrap().value =
        Some(Value::Date("2015-13-01".to_owned()));
    items[0].declared_on = "yesterday".to_owned();
    request
}

async fn all_faults_of_a_submission_are_told_at_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let refusal = suite.refused(faulty(&county, "bad")).await;

    let found: BTreeSet<_> = rules(&refusal.findings, Severity::Error).into_iter().collect();
    let wanted = [
        "amount_decimals",
        "classes_for_pupils",
        "count_whole",
        "date",
        "item_known",
        "item_once",
        "item_value",
        "largest_class_mean",
        "not_negative",
        "number",
        "number_range",
        "operand_known",
        "part_within_whole",
        "school_code",
        "school_once",
        "school_registered",
        "stage_of_type",
    ];
    assert_eq!(found, BTreeSet::from(wanted));
    assert_eq!(refusal.error_count, u32::try_from(rules(&refusal.findings, Severity::Error).len()).ok());
    let at = |rule: &str| refusal.findings.iter().find(|finding| finding.rule == rule).unwrap();
    assert_eq!(at("amount_decimals").path, "schools[0].teaching_area_m2");
    assert_eq!(at("amount_decimals").found, "4500.123");
    assert_eq!(at("stage_of_type").path, "schools[1].pupils_junior");
    assert_eq!(at("school_registered").school_code, "3199999999");
    assert!(refusal.findings.iter().all(|finding| !finding.message.is_empty() && !finding.remedy.is_empty()));
}

async fn get(suite: &Suite, name: &str) -> Submission {
    let request = GetSubmissionRequest { name: name.to_owned() };
    suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap()
}

async fn a_refused_submission_is_kept_with_its_findings_and_without_facts(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let refusal = suite.refused(faulty(&county, "bad")).await;
    let kept = get(&suite, &refusal.submission).await;

    assert_eq!(kept.name, refusal.submission);
    assert_eq!(kept.state(), SubmissionState::Refused);
    assert_eq!((kept.revision, kept.request_id.as_str()), (None, "bad"));
    assert_eq!(kept.findings, refusal.findings);
    assert_eq!((kept.schools, kept.items), (vec![], vec![]));
}

async fn what_was_found_is_told_whatever_characters_it_holds(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let odd = "a\0b\u{feff}\u{10ffff}\"\\\n校";
    let mut request = county.submission("odd");
    request.schools[0].school_code = odd.to_owned();
    request.items[0].declared_on = odd.to_owned();
    request.items[1].value = Some(Value::Date(odd.to_owned()));

    let refusal = suite.refused(request).await;

    let found = refusal.findings.iter().filter(|finding| finding.found == odd).count();
    assert_eq!(found, 3);
    assert_eq!(get(&suite, &refusal.submission).await.findings, refusal.findings);
}

async fn a_refused_month_is_never_evaluated(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    suite.refused(faulty(&county, "bad")).await;

    // Marks are taken in the order they came, so when a later one is evaluated there is none of the refused month.
    let later = suite.accepted(county.submission_for("2025-01", "good")).await;
    suite.stored(&county.region, "2025-01", &later).await;
    assert_eq!(suite.find_stored(&county.region, &county.month).await, None);
    assert!(suite.evaluate(&county.region, &county.month, None).await.is_err());
}

async fn a_refused_correction_leaves_the_accepted_revision_in_force(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let accepted = suite.accepted(county.submission("good")).await;
    let before = suite.stored(&county.region, &county.month, &accepted).await;

    let refusal = suite.refused(faulty(&county, "bad")).await;

    assert_eq!(refusal.submission, format!("{}/submissions/2024-12.2", county.region));
    assert_eq!(suite.evaluate(&county.region, &county.month, None).await.unwrap(), before);
    let later = suite.accepted(county.submission_for("2025-01", "later")).await;
    suite.stored(&county.region, "2025-01", &later).await;
    assert_eq!(suite.find_stored(&county.region, &county.month).await.unwrap(), before);
    let corrected = suite.accepted(county.submission("corrected")).await;
    assert_eq!(corrected.submission, format!("{}/submissions/2024-12.3", county.region));
    assert_eq!(corrected.revision, Some(2));
    let kept = get(&suite, &accepted.submission).await;
    assert_eq!(kept.state(), SubmissionState::Accepted);
    assert_eq!((kept.schools.len(), kept.items.len()), (county.facts.len(), county.items.len()));
}

async fn a_month_that_has_not_begun_is_refused(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    // The last instant of a month in Shanghai.
    suite.hands.set("2026-03-31T15:59:59Z".parse().unwrap());

    let refusal = suite.refused(county.submission_for("2026-04", "early")).await;

    // Nor has the day come on which it was declared.
    let mut told = rules(&refusal.findings, Severity::Error);
    told.dedup();
    assert_eq!(told, ["month_not_begun", "date"]);
    suite.tick();
    suite.accepted(county.submission_for("2026-04", "in-time")).await;
}
