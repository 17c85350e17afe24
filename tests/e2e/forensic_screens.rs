//! Figures that look made up (just above a threshold, rounded, copied) hold a month until somebody says why they stand; honest ones do not.

use junheng_e2e::{County, Database, Suite, Workbook, county::acknowledgement, on_both_databases};
use junheng_proto::ingest::v1::{
    GetFactsRequest, GetTemplateRequest, Held, ImportFileHeader, SchoolFacts, SetCheckLimitsRequest, Severity,
    SubmitMonthRequest, submit_month_response::Outcome,
};

use crate::rules;

on_both_databases!(
    an_honest_month_is_not_screened_out,
    values_just_above_a_threshold_are_told,
    values_that_heap_on_round_numbers_are_told,
    one_pattern_copied_through_schools_is_told,
    what_a_file_shows_is_told_as_well,
    a_province_sets_the_limits_of_the_screens,
);

const SCHOOLS: u32 = 24;
const PROVINCE: &str = "regions/210000";

/// A county of primary schools that differ as measured ones do: each has a little more of everything than the one before.
fn honest() -> County {
    let mut county = County::empty("219905", "2024-12", ["示例省", "示例市", "诚实县"]);
    for number in 0..SCHOOLS {
        let (pupils, has) = (411 + 37 * number, 1.03 + 0.023 * f64::from(number));
        let of = |threshold: f64| (f64::from(pupils) * threshold * has * 100.0).round() / 100.0;
        let persons = |threshold: u32| Some((pupils * threshold * (103 + 2 * number)).div_ceil(100_000));
        let facts = SchoolFacts {
            school_code: format!("21250{number:05}"),
            pupils_primary: Some(pupils),
            classes_primary: Some(pupils.div_ceil(38)),
            largest_class_primary: Some(41 + number % 4),
            teachers_primary: Some(pupils.div_ceil(15)),
            teachers_above_degree_primary: persons(42),
            backbone_teachers_primary: persons(10),
            pe_arts_teachers_primary: persons(9),
            teaching_area_m2: Some(of(4.5)),
            indoor_sports_area_m2: Some(0.0),
            sports_ground_area_m2: Some(of(7.5)),
            equipment_value_yuan: Some(of(2000.0)),
            multimedia_rooms: persons(23),
            ..SchoolFacts::default()
        };
        county.add("211", &format!("第{}小学", number + 1), facts);
    }
    county
}

/// Eight of the schools have just as much ground as the standard asks for, and up to a hundredth more.
fn bunched() -> County {
    let mut county = honest();
    for (number, facts) in (0_u32..).zip(county.facts.iter_mut().take(8)) {
        let pupils = f64::from(facts.pupils_primary.unwrap());
        facts.sports_ground_area_m2 = Some((pupils * (7.5 + 0.009 * f64::from(number)) * 100.0).ceil() / 100.0);
    }
    county
}

/// Every school estimated its rooms in hundreds.
fn heaped() -> County {
    let mut county = honest();
    for facts in &mut county.facts {
        facts.teaching_area_m2 = facts.teaching_area_m2.map(|area| (area / 100.0).ceil() * 100.0);
    }
    county
}

/// Two schools have all figures of a third.
fn copied() -> County {
    let mut county = honest();
    let first = county.facts[3].clone();
    for facts in &mut county.facts[10..12] {
        *facts = SchoolFacts { school_code: facts.school_code.clone(), ..first.clone() };
    }
    county
}

async fn started(database: Database) -> Suite {
    let suite = Suite::start(database).await;
    suite.register(&honest()).await;
    suite
}

/// The month is held for one warning alone, and counts once somebody says why it stands.
async fn held_for(suite: &Suite, county: &County, rule: &str, element: &str, words: &[&str]) -> Held {
    let held = suite.held(county.submission(&format!("{rule}-alone"))).await;

    assert_eq!(rules(&held.findings, Severity::Warning), [rule]);
    assert_eq!(
        (held.findings.len(), held.warning_count, held.rules.as_slice()),
        (1, Some(1), [rule.to_owned()].as_slice())
    );
    let finding = &held.findings[0];
    assert_eq!((finding.path.as_str(), finding.element.as_str()), ("schools", element));
    for word in words {
        assert!(finding.message.contains(word), "{}", finding.message);
    }
    let texts = [&finding.message_en, &finding.remedy, &finding.remedy_en];
    assert!(texts.iter().all(|text| !text.is_empty()), "{finding:?}");
    let counts = GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: None };
    suite.submissions().get_facts(counts.clone()).await.unwrap_err();

    let receipt = suite.accepted(county.clone().acknowledging(&[rule]).submission(&format!("{rule}-said"))).await;

    assert_eq!(receipt.findings, held.findings, "the warning stays with the data");
    let kept = suite.submissions().get_facts(counts).await.unwrap().into_inner().acknowledgements;
    assert_eq!((kept[0].rule.as_str(), kept[0].reason.as_str()), (rule, "已核实，数据无误"));
    held
}

async fn an_honest_month_is_not_screened_out(database: Database) {
    let (suite, zhangwu) = (started(database).await, County::zhangwu());
    suite.register(&zhangwu).await;
    assert!(zhangwu.facts.len() >= 20, "enough schools to be looked at");

    let receipt = suite.accepted(honest().submission("honest")).await;
    let of_zhangwu = suite.accepted(zhangwu.submission("zhangwu")).await;

    assert_eq!((receipt.findings, of_zhangwu.findings), (vec![], vec![]));
}

async fn values_just_above_a_threshold_are_told(database: Database) {
    let suite = started(database).await;
    let words = ["小学", "L5", "24个评估单元中有8个", "7.5"];
    held_for(&suite, &bunched(), "threshold_bunching", "", &words).await;
}

async fn values_that_heap_on_round_numbers_are_told(database: Database) {
    let suite = started(database).await;
    let words = ["24所学校", "教学及辅助用房面积", "24所是100的整数倍"];
    held_for(&suite, &heaped(), "round_numbers", "teaching_area_m2", &words).await;
}

async fn one_pattern_copied_through_schools_is_told(database: Database) {
    let suite = started(database).await;
    let words = ["3所学校的数据完全相同", "2125000003", "2125000010", "2125000011"];
    held_for(&suite, &copied(), "copied_schools", "", &words).await;
}

async fn what_a_file_shows_is_told_as_well(database: Database) {
    let (suite, county) = (started(database).await, copied());
    let request =
        GetTemplateRequest { region: county.region.clone(), month: county.month.clone(), standard: String::new() };
    let mut workbook = Workbook::open(&suite.files().get_template(request).await.unwrap().into_inner().content);
    workbook.fill(&county);
    let submission = SubmitMonthRequest { schools: vec![], items: vec![], ..county.submission("file") };
    let header = ImportFileHeader { submission: Some(submission), annotate: true };

    let response = suite.import(header, &[("a.xlsx", &workbook.bytes())]).await.unwrap();

    let Some(Outcome::Held(held)) = response.submission.unwrap().outcome else { panic!("not held") };
    assert_eq!(rules(&held.findings, Severity::Warning), ["copied_schools"]);
    assert_eq!(held.findings[0].path, "学校数据");
    assert!(!response.annotated.is_empty());
}

async fn a_province_sets_the_limits_of_the_screens(database: Database) {
    let suite = started(database).await;
    let set = async |document: &str, request_id: &str| {
        let request = SetCheckLimitsRequest {
            region: PROVINCE.to_owned(),
            document: document.to_owned(),
            request_id: request_id.to_owned(),
        };
        let set = suite.checks().set_check_limits(request).await.unwrap().into_inner();
        assert_eq!(set.faults, [], "{document}");
    };
    let check = async |county: &County| {
        let request = SubmitMonthRequest { validate_only: true, ..county.submission("") };
        suite.submit(request).await.unwrap().outcome.unwrap()
    };

    let cases = [
        (bunched(), "threshold_bunching", ["share = 0.34", "band = 0.0001", "min_units = 25"]),
        (heaped(), "round_numbers", ["share = 1", "multiple = 1000", "min_schools = 25"]),
        (copied(), "copied_schools", ["min_schools = 4", "min_values = 12", "enabled = false"]),
    ];
    for (county, rule, wider) in cases {
        for (number, limit) in wider.into_iter().enumerate() {
            set(&format!("[{rule}]\n{limit}\n"), &format!("{rule}-{number}")).await;
            assert!(matches!(check(&county).await, Outcome::Receipt(_)), "{rule}: {limit}");
        }
        set(&format!("[{rule}]\nseverity = \"error\"\n"), &format!("{rule}-error")).await;
        let Outcome::Refusal(refusal) = check(&county).await else {
            panic!("{rule} refuses where the province says so")
        };
        assert_eq!(rules(&refusal.findings, Severity::Error), [rule]);
        // No acknowledgement helps against an error.
        let mut insisting = county.submission("");
        (insisting.validate_only, insisting.acknowledgements) = (true, vec![acknowledgement(rule)]);
        assert!(matches!(suite.submit(insisting).await.unwrap().outcome, Some(Outcome::Refusal(_))));
        set("", &format!("{rule}-none")).await;
        assert!(matches!(check(&county).await, Outcome::Held(_)), "{rule} as the nation has it");
    }

    // A stricter limit finds what the nation's lets pass.
    let mut two = honest();
    two.facts[5] = SchoolFacts { school_code: two.facts[5].school_code.clone(), ..two.facts[4].clone() };
    assert!(matches!(check(&two).await, Outcome::Receipt(_)));
    set("[copied_schools]\nmin_schools = 2\n", "two").await;
    let Outcome::Held(held) = check(&two).await else { panic!("two schools alike") };
    assert_eq!(held.rules, ["copied_schools"]);
}
