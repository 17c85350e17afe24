//! Warnings against the month reported before, and the limits that regions set for them.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::ingest::v1::{
    GetCheckLimitsRequest, ListRulesRequest, Rule, SchoolFacts, SetCheckLimitsRequest, SetCheckLimitsResponse, Severity,
};

use crate::rules;

on_both_databases!(
    equipment_that_drops_is_pointed_out,
    a_month_is_compared_with_one_a_year_before_and_no_older_one,
    the_nearest_region_that_sets_a_rule_wins,
    a_document_with_faults_sets_nothing,
    a_school_that_vanished_is_told_once,
    a_province_that_refuses_schools_left_out_refuses_one_that_vanished,
    a_value_that_vanished_holds_the_month,
    a_month_without_any_value_is_refused,
    many_findings_are_few_groups,
);

const PROVINCE: &str = "regions/210000";
const CITY: &str = "regions/219900";

async fn set(suite: &Suite, region: &str, document: &str, request_id: &str) -> SetCheckLimitsResponse {
    let request = SetCheckLimitsRequest {
        region: region.to_owned(),
        document: document.to_owned(),
        request_id: request_id.to_owned(),
    };
    suite.checks().set_check_limits(request).await.unwrap().into_inner()
}

async fn rule(suite: &Suite, region: &str, id: &str) -> Rule {
    let request = ListRulesRequest { region: region.to_owned() };
    let listed = suite.checks().list_rules(request).await.unwrap().into_inner();
    listed.rules.into_iter().find(|rule| rule.id == id).unwrap()
}

/// A county that reported November, and what it reports for December with half of a school's equipment.
async fn dropped(database: Database) -> (Suite, County) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let november = suite.accepted(county.submission_for("2024-11", "november")).await;
    assert_eq!(rules(&november.findings, Severity::Warning), [""; 0]);
    let value = county.facts[0].equipment_value_yuan.as_mut().unwrap();
    *value /= 2.0;
    (suite, county.acknowledging(&["equipment_drop"]))
}

async fn equipment_that_drops_is_pointed_out(database: Database) {
    let (suite, county) = dropped(database).await;

    let receipt = suite.accepted(county.submission("december")).await;

    assert_eq!(rules(&receipt.findings, Severity::Warning), ["equipment_drop"]);
    let finding = &receipt.findings[0];
    assert_eq!(finding.path, "schools[0].equipment_value_yuan");
    assert!(finding.message.contains("2024-11") && finding.message_en.contains("2024-11"), "{finding:?}");
    assert!(!finding.allowed.is_empty() && !finding.allowed_en.is_empty() && !finding.remedy_en.is_empty());
    let group = &receipt.finding_groups[0];
    assert_eq!(
        (group.rule.as_str(), group.count, group.element.as_str()),
        ("equipment_drop", Some(1), "equipment_value_yuan")
    );
    assert_eq!(group.examples[0].path, finding.path);
}

async fn a_month_is_compared_with_one_a_year_before_and_no_older_one(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2023-11", "first")).await;
    *county.facts[0].equipment_value_yuan.as_mut().unwrap() /= 2.0;
    let older = suite.accepted(county.submission_for("2024-12", "none")).await;
    assert_eq!(older.findings, [], "thirteen months back");

    *county.facts[0].equipment_value_yuan.as_mut().unwrap() /= 2.0;
    let held = suite.held(county.submission_for("2025-12", "year")).await;

    assert_eq!(rules(&held.findings, Severity::Warning), ["equipment_drop"]);
}

async fn the_nearest_region_that_sets_a_rule_wins(database: Database) {
    let (suite, county) = dropped(database).await;

    assert_eq!(set(&suite, PROVINCE, "[equipment_drop]\nshare = 0.6\n", "p").await.faults, []);
    let receipt = suite.accepted(county.submission("first")).await;
    assert_eq!(receipt.findings, [], "half is within the province's limit");
    let told = rule(&suite, &county.region, "equipment_drop").await;
    assert_eq!(
        (told.set_by.as_str(), told.parameters.iter().find(|one| one.name == "share").unwrap().value),
        (PROVINCE, Some(0.6))
    );

    set(&suite, CITY, "[equipment_drop]\nseverity = \"error\"\n", "c").await;
    let refusal = suite.refused(county.submission("second")).await;
    assert_eq!(rules(&refusal.findings, Severity::Error), ["equipment_drop"]);
    let told = rule(&suite, &county.region, "equipment_drop").await;
    assert_eq!(
        (told.set_by.as_str(), told.severity(), told.default_severity()),
        (CITY, Severity::Error, Severity::Warning)
    );

    set(&suite, CITY, "[equipment_drop]\nenabled = false\n", "c2").await;
    suite.accepted(county.submission("third")).await;
    assert_eq!(rule(&suite, &county.region, "equipment_drop").await.enabled, Some(false));
    assert_eq!(rule(&suite, "", "equipment_drop").await.set_by, "");

    set(&suite, CITY, "", "c3").await;
    assert_eq!(rule(&suite, &county.region, "equipment_drop").await.set_by, PROVINCE);
}

async fn a_document_with_faults_sets_nothing(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let document = "[school_registered]\nenabled = false\n\n[pupils_jump]\nshare = \"much\"\nnothing = 1\n";

    let refused = set(&suite, PROVINCE, document, "bad").await;

    let told: Vec<_> = refused.faults.iter().map(|fault| fault.line).collect();
    assert_eq!((told, refused.known_at.is_none()), (vec![1, 5, 6], true));
    assert_eq!(set(&suite, PROVINCE, document, "bad").await, refused);
    let request = GetCheckLimitsRequest { region: PROVINCE.to_owned() };
    assert_eq!(suite.checks().get_check_limits(request.clone()).await.unwrap().into_inner().document, "");
    set(&suite, PROVINCE, "[pupils_jump]\n", "good").await;
    let kept = suite.checks().get_check_limits(request).await.unwrap().into_inner();
    assert_eq!((kept.document.as_str(), kept.known_at.is_some()), ("[pupils_jump]\n", true));
}

async fn a_school_that_vanished_is_told_once(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-11", "november")).await;
    county.facts.remove(1);

    let receipt = suite.accepted(county.acknowledging(&["school_vanished"]).submission("december")).await;

    assert_eq!(rules(&receipt.findings, Severity::Warning), ["school_vanished"]);
}

async fn a_province_that_refuses_schools_left_out_refuses_one_that_vanished(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-11", "november")).await;
    set(&suite, PROVINCE, "[school_left_out]\nseverity = \"error\"\n", "limits").await;
    county.facts.remove(1);

    let refusal = suite.refused(county.submission("december")).await;

    assert_eq!(rules(&refusal.findings, Severity::Error), ["school_left_out"]);
    assert_eq!(rules(&refusal.findings, Severity::Warning), [""; 0]);
}

async fn a_value_that_vanished_holds_the_month(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-11", "november")).await;
    for facts in &mut county.facts {
        facts.equipment_value_yuan = None;
    }
    let schools = u32::try_from(county.facts.len()).unwrap();

    let held = suite.held(county.submission("december")).await;
    let group = &held.finding_groups[0];
    assert_eq!(
        (group.rule.as_str(), group.element.as_str(), group.count),
        ("value_vanished", "equipment_value_yuan", Some(schools)),
        "one question for the whole column"
    );
    let receipt = suite.accepted(county.acknowledging(&["value_vanished"]).submission("answered")).await;
    assert!(rules(&receipt.findings, Severity::Warning).iter().all(|rule| *rule == "value_vanished"));
}

async fn a_month_without_any_value_is_refused(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let one = county.facts[0].clone();
    for facts in &mut county.facts {
        *facts = SchoolFacts { school_code: facts.school_code.clone(), ..SchoolFacts::default() };
    }
    county.items.clear();

    let refusal = suite.refused(county.submission("empty")).await;
    assert_eq!(rules(&refusal.findings, Severity::Error), ["month_empty"]);

    county.facts[0] = one;
    let receipt = suite.accepted(county.acknowledging(&["school_empty"]).submission("one-school")).await;
    let told = rules(&receipt.findings, Severity::Warning);
    assert!(told.iter().all(|rule| *rule == "school_empty"), "{told:?}");
    assert_eq!(receipt.findings[0].path, "schools[1]");
}

async fn many_findings_are_few_groups(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut request = county.submission("strangers");
    let row = request.schools[0].clone();
    request.schools.extend((0..4_000).map(|index| {
        let mut stranger = row.clone();
        stranger.school_code = format!("{:010}", 4_100_000_000_u64 + index);
        stranger
    }));

    let refusal = suite.refused(request).await;

    assert_eq!((refusal.error_count, refusal.findings.len()), (Some(4_000), 2_000));
    let told: Vec<_> = refusal.finding_groups.iter().map(|group| (group.rule.as_str(), group.count)).collect();
    assert_eq!(told, [("school_registered", Some(4_000))]);
    assert_eq!(refusal.finding_groups[0].examples.len(), 5);
}
