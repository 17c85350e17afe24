//! What a county would be judged to be after changes that nobody has made.

use junheng_e2e::{
    County, Database, Setup, Suite, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{
        Change, ChangedFigure, CloseSchool, Difference, EvaluateCountyRequest, Evaluation, GetEvaluationRequest,
        GetEvaluationResponse, MergeSchools, MovePupils, MoveTeachers, OpenSchool, PupilGroup, SetElement, SetItem,
        SetPupils, SimulateCountyRequest, SimulateCountyResponse, SplitSchool, change::Kind, set_item,
    },
    ingest::v1::{ListSubmissionsRequest, School, SchoolFacts, Submission},
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{rules, stage, unit};

on_both_databases!(
    merging_a_failing_small_school_makes_its_unit_disappear_and_evens_out_the_county,
    a_simulation_writes_nothing,
    no_change_makes_no_difference,
    every_kind_of_change_is_applied_in_order,
    all_faults_of_the_changes_are_told_at_once,
    malformed_changes_are_refused_with_all_that_is_wrong,
    a_simulation_as_of_an_instant_has_one_answer_for_ever,
);

fn request(county: &County, kinds: Vec<Kind>) -> SimulateCountyRequest {
    SimulateCountyRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        standard: String::new(),
        as_of: None,
        changes: kinds.into_iter().map(|kind| Change { kind: Some(kind) }).collect(),
    }
}

async fn ask(suite: &Suite, request: SimulateCountyRequest) -> Result<SimulateCountyResponse, Status> {
    suite.evaluations().simulate_county(request).await.map(tonic::Response::into_inner)
}

/// The one simulation of changes that have no fault.
async fn simulate(suite: &Suite, county: &County, kinds: Vec<Kind>) -> (Evaluation, Difference) {
    let mut response = ask(suite, request(county, kinds)).await.unwrap();
    assert_eq!(response.findings, []);
    assert_eq!(response.simulations.len(), 1, "one standard is in force");
    let simulation = response.simulations.remove(0);
    (simulation.evaluation.unwrap(), simulation.difference.unwrap())
}

fn figure<'a>(difference: &'a Difference, path: &str) -> &'a ChangedFigure {
    difference.figures.iter().find(|figure| figure.path == path).unwrap_or_else(|| panic!("{path} did not change"))
}

fn assert_near(found: Option<f64>, wanted: f64) {
    assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-12), "{found:?} is not {wanted}");
}

fn merge(schools: &[&str], into: &str) -> Kind {
    Kind::MergeSchools(MergeSchools {
        school_codes: schools.iter().map(|code| (*code).to_owned()).collect(),
        into: into.to_owned(),
        ..MergeSchools::default()
    })
}

fn set(school_code: &str, element: &str, quantity: Option<f64>) -> Kind {
    Kind::SetElement(SetElement { school_code: school_code.to_owned(), element: element.to_owned(), quantity })
}

/// Three primary schools with 400, 100 and 500 pupils and equipment of 2000, 1000 and 2000 yuan each.
fn uneven() -> County {
    let mut county = County::empty("219905", "2024-12", ["示例省", "示例市", "不均县"]);
    for (number, pupils, equipment) in [(1, 400, 800_000.0), (2, 100, 100_000.0), (3, 500, 1_000_000.0)] {
        let facts = SchoolFacts {
            school_code: format!("210500000{number}"),
            pupils_primary: Some(pupils),
            equipment_value_yuan: Some(equipment),
            ..SchoolFacts::default()
        };
        county.add("211", &format!("第{number}小学"), facts);
    }
    county
}

async fn merging_a_failing_small_school_makes_its_unit_disappear_and_evens_out_the_county(database: Database) {
    let (suite, county) = (Suite::start(database).await, uneven());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;

    let (after, difference) = simulate(&suite, &county, vec![merge(&["2105000001", "2105000002"], "2105000001")]).await;

    // Before: the mean is 1900, S² = 0.4 · 100² + 0.1 · 900² + 0.5 · 100² = 300². After: 1800 and 2000 yuan, S = 100.
    let primary = stage(&after, Stage::Primary);
    assert_eq!((primary.unit_count, primary.units.len()), (Some(2), 2));
    let variation = figure(&difference, "resources/primary/indicators/L6/variation");
    assert_near(variation.value_before, 300.0 / 1900.0);
    assert_near(variation.value_after, 100.0 / 1900.0);
    assert_near(variation.difference, 100.0 / 1900.0 - 300.0 / 1900.0);
    assert!(difference.figures.iter().all(|figure| figure.path != "resources/primary/indicators/L6/mean"));
    let gone = figure(&difference, "resources/primary/units/2105000002");
    assert_eq!((gone.verdict_before(), gone.verdict_after()), (Verdict::NotMet, Verdict::Unspecified));
    let merged = figure(&difference, "resources/primary/units/2105000001/indicators/L6/value");
    assert_eq!((merged.value_before, merged.value_after), (Some(2000.0), Some(1800.0)));
    assert_eq!((merged.verdict_before(), merged.verdict_after()), (Verdict::Met, Verdict::NotMet));
    assert_eq!(merged.title, "第1小学小学：L6 生均教学仪器设备值");
    assert_eq!(figure(&difference, "resources/primary/unit_count").difference, Some(-1.0));
}

async fn submissions(suite: &Suite, county: &County) -> Vec<Submission> {
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions
}

async fn stored(suite: &Suite, county: &County) -> GetEvaluationResponse {
    let name = format!("{}/evaluations/{}.national-quality-2017", county.region, county.month);
    suite.evaluations().get_evaluation(GetEvaluationRequest { name }).await.unwrap().into_inner()
}

async fn a_simulation_writes_nothing(database: Database) {
    let idle = Setup { working: false, ..Setup::default() };
    let (suite, county) = (Suite::start_with(database, idle).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let (listed, marked) = (submissions(&suite, &county).await, suite.marks().await);
    assert_eq!(marked.len(), 1);
    let worse = || vec![set("2121000001", "multimedia_rooms", Some(0.0))];

    simulate(&suite, &county, worse()).await;

    assert_eq!((submissions(&suite, &county).await, suite.marks().await), (listed.clone(), marked));
    assert_eq!(suite.find_stored(&county.region, &county.month).await, None);
    let suite = suite.restart_with(Setup::default()).await;
    suite.stored_where(&county.region, &county.month, |_| true).await;
    let before = stored(&suite, &county).await;
    let (after, difference) = simulate(&suite, &county, worse()).await;
    assert_eq!(stored(&suite, &county).await, before);
    assert_eq!(submissions(&suite, &county).await, listed);
    assert_eq!((difference.verdict_before(), difference.verdict_after()), (Verdict::Met, Verdict::NotMet));
    assert_eq!((after.name.as_str(), &after.basis), ("", &before.evaluation.unwrap().basis));
}

async fn no_change_makes_no_difference(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    let before = suite.stored(&county.region, &county.month, &receipt).await;

    let (after, difference) = simulate(&suite, &county, vec![]).await;

    assert_eq!(difference.figures, []);
    assert_eq!((difference.verdict_before, difference.verdict_after), (before.verdict, before.verdict));
    assert_eq!(after, Evaluation { name: String::new(), ..before });
}

/// A school of the county that opens.
fn opening(county: &County, code: &str, school_type: &str) -> School {
    School {
        name: format!("{}/schools/{code}", county.region),
        display_name: "新学校".to_owned(),
        school_type: school_type.to_owned(),
        ..School::default()
    }
}

async fn every_kind_of_change_is_applied_in_order(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let [first, second, nine_year, junior] = ["2121000001", "2121000002", "3121000003", "3121000004"];
    let (opened, split) = ("2121000008", "3121000009");
    let text = str::to_owned;
    let facts = SchoolFacts { pupils_primary: Some(10), classes_primary: Some(1), ..SchoolFacts::default() };
    let taken = SchoolFacts {
        pupils_junior: Some(400),
        classes_junior: Some(10),
        largest_class_junior: Some(42),
        ..SchoolFacts::default()
    };
    let kinds = vec![
        Kind::OpenSchool(OpenSchool { school: Some(opening(&county, opened, "211")), facts: Some(facts) }),
        Kind::MovePupils(MovePupils { from: text(first), to: text(opened), stage: Stage::Primary.into(), pupils: 90 }),
        set(opened, "classes_primary", Some(3.0)),
        Kind::MoveTeachers(MoveTeachers {
            from: text(first),
            to: text(second),
            stage: Stage::Primary.into(),
            teachers: 5,
            above_degree: Some(2),
            backbone: Some(1),
            pe_arts: Some(1),
            senior_title: None,
        }),
        Kind::SplitSchool(SplitSchool {
            school_code: text(junior),
            new_school: Some(opening(&county, split, "311")),
            facts: Some(taken),
            share: Some(0.25),
            remaining_type: String::new(),
        }),
        Kind::CloseSchool(CloseSchool {
            school_code: text(nine_year),
            pupils: vec![
                PupilGroup { school_code: text(second), stage: Stage::Primary.into(), pupils: 300 },
                PupilGroup { school_code: String::new(), stage: Stage::Junior.into(), pupils: 300 },
            ],
        }),
        set(second, "classes_primary", Some(20.0)),
        Kind::SetPupils(SetPupils { school_code: text(split), stage: Stage::Junior.into(), pupils: Some(420) }),
        Kind::SetItem(SetItem {
            item: text("G1"),
            operand: text("declared_met"),
            value: Some(set_item::Value::Declaration(false)),
        }),
        Kind::SetItem(SetItem { item: text("S1"), operand: text("visited"), value: None }),
        merge(&[first, opened], first),
    ];

    let (after, _) = simulate(&suite, &county, kinds).await;

    let pupils = |of, code| unit(&after, of, code).pupils;
    assert_eq!((pupils(Stage::Primary, first), pupils(Stage::Primary, second)), (Some(1010), Some(800)));
    assert_eq!((pupils(Stage::Junior, junior), pupils(Stage::Junior, split)), (Some(600), Some(420)));
    assert_eq!(stage(&after, Stage::Primary).units.len(), 2);
    let value = |of, code, id: &str| {
        let indicators = &unit(&after, of, code).indicators;
        indicators.iter().find(|indicator| indicator.id == id).unwrap().value
    };
    // The second school had 21 above the degree and 5 backbone teachers, the junior school 5800 m².
    assert_near(value(Stage::Primary, second, "L1"), 100.0 * 23.0 / 800.0);
    assert_near(value(Stage::Primary, second, "L2"), 100.0 * 6.0 / 800.0);
    assert_near(value(Stage::Junior, split, "L4"), 1450.0 / 420.0);
    assert_near(value(Stage::Junior, junior, "L4"), 4350.0 / 600.0);
    assert_eq!(value(Stage::Junior, split, "L1"), None, "nobody said how the teachers part");
    assert_eq!(crate::item(&after, "G1"), Verdict::NotMet);
    assert_eq!(crate::item(&after, "S1"), Verdict::Undetermined);
    assert!(!stage(&after, Stage::Junior).units.iter().any(|unit| unit.school_code == nine_year));
}

async fn all_faults_of_the_changes_are_told_at_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let kinds = vec![
        Kind::MoveTeachers(MoveTeachers {
            from: "2121000001".to_owned(),
            to: "3121000004".to_owned(),
            stage: Stage::Primary.into(),
            teachers: 51,
            ..MoveTeachers::default()
        }),
        set("2121000099", "books", Some(1.0)),
        set("2121000002", "teaching_area_m2", Some(0.001)),
        set("3121000003", "largest_class_primary", Some(301.0)),
        Kind::CloseSchool(CloseSchool { school_code: "3121000004".to_owned(), pupils: vec![] }),
    ];

    let response = ask(&suite, request(&county, kinds)).await.unwrap();

    assert_eq!(response.simulations, []);
    let told: Vec<_> = response.findings.iter().map(|finding| (finding.rule.as_str(), finding.path.as_str())).collect();
    assert_eq!(
        told,
        [
            ("amount_decimals", "changes[2].set_element.quantity"),
            ("stage_of_type", "changes[0].move_teachers.to"),
            ("more_than_there_are", "changes[0].move_teachers.teachers"),
            ("school_known", "changes[1].set_element.school_code"),
            ("pupils_accounted", "changes[4].close_school.pupils"),
            ("part_within_whole", "changes[3].set_element.largest_class_primary"),
        ]
    );
    assert_eq!(rules(&response.findings, junheng_proto::ingest::v1::Severity::Error).len(), told.len());
}

async fn malformed_changes_are_refused_with_all_that_is_wrong(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let elsewhere = School { name: "regions/210922/schools/2121000008".to_owned(), ..opening(&county, "", "211") };
    let fields = async |request| -> Vec<String> {
        let status = ask(&suite, request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect()
    };
    let mut wrong = request(
        &county,
        vec![
            Kind::SetPupils(SetPupils { school_code: "2121000001".to_owned(), ..SetPupils::default() }),
            Kind::OpenSchool(OpenSchool { school: Some(elsewhere), facts: None }),
        ],
    );
    wrong.changes.push(Change { kind: None });

    assert_eq!(
        fields(wrong).await,
        ["changes[0].set_pupils.stage", "changes[1].open_school.school.name", "changes[2]"]
    );
    let many = vec![set("2121000001", "books", None); 1001];
    assert_eq!(fields(request(&county, many)).await, ["changes"]);
    let future = Some(junheng_proto::Timestamp { seconds: 1 << 33, nanos: 0 });
    let late = SimulateCountyRequest { as_of: future, ..request(&county, vec![]) };
    assert_eq!(fields(late).await, ["as_of"]);
}

async fn a_simulation_as_of_an_instant_has_one_answer_for_ever(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.tick();
    let receipt = suite.accepted(county.submission("first")).await;
    let as_of = timestamp(&receipt.known_at.unwrap());
    let simulated = async || {
        let kinds = vec![set("2121000001", "multimedia_rooms", Some(0.0))];
        let request = SimulateCountyRequest { as_of: Some(instant(as_of)), ..request(&county, kinds) };
        ask(&suite, request).await.unwrap().encode_to_vec()
    };
    let first = simulated().await;
    let mut corrected = county.clone();
    corrected.school_mut("2121000002").multimedia_rooms = Some(0);
    suite.tick();

    suite.accepted(corrected.submission("second")).await;

    assert_eq!(simulated().await, first);
    let request = EvaluateCountyRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        standard: String::new(),
        as_of: Some(instant(as_of)),
    };
    let evaluated = suite.evaluations().evaluate_county(request).await.unwrap().into_inner().evaluations;
    let simulated = SimulateCountyResponse::decode(first.as_slice()).unwrap().simulations.remove(0);
    assert_eq!(simulated.difference.unwrap().verdict_before, evaluated[0].verdict);
}
