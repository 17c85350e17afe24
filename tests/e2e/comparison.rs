//! What changed between two verdicts on a county, step by step.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use junheng_e2e::{
    County, Database, Setup, Suite, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        ChangedFigure, CompareEvaluationsRequest, CompareEvaluationsResponse, ComparedVerdict, ComparisonStep,
        Difference, StepKind,
    },
    ingest::v1::{ImportSchoolsRequest, School, SchoolFacts, county_item::Value},
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::standards::{example, registered};

on_both_databases!(
    the_steps_part_schools_corrections_and_data_and_add_up,
    a_correction_of_the_same_month_is_all_that_changed,
    sides_that_are_the_same_have_empty_steps,
    a_comparison_as_of_two_instants_has_one_answer_for_ever,
    a_month_that_was_not_reported_by_then_has_no_corrections,
    another_standard_on_the_same_month_is_all_that_changed,
    what_cannot_be_asked_is_refused,
);

const FIRST: &str = "2121000001";
const SECOND: &str = "2121000002";
const JUNIOR: &str = "3121000004";
const NEW: &str = "2121000007";

/// Comparisons read what was reported; nothing that is stored of evaluations.
async fn start(database: Database) -> Suite {
    Suite::start_with(database, Setup { working: false, ..Setup::default() }).await
}

fn side(month: &str, as_of: Option<Timestamp>) -> ComparedVerdict {
    ComparedVerdict { month: month.to_owned(), standard: String::new(), as_of: as_of.map(instant) }
}

async fn ask(
    suite: &Suite,
    county: &County,
    before: ComparedVerdict,
    after: ComparedVerdict,
) -> Result<CompareEvaluationsResponse, Status> {
    let request = CompareEvaluationsRequest { region: county.region.clone(), before: Some(before), after: Some(after) };
    suite.evaluations().compare_evaluations(request).await.map(tonic::Response::into_inner)
}

/// The difference of a step.
fn step(response: &CompareEvaluationsResponse, kind: StepKind) -> &Difference {
    response.steps.iter().find(|step| step.kind() == kind).unwrap().difference.as_ref().unwrap()
}

fn find<'a>(difference: &'a Difference, path: &str) -> Option<&'a ChangedFigure> {
    difference.figures.iter().find(|figure| figure.path == path)
}

fn figure<'a>(difference: &'a Difference, path: &str) -> &'a ChangedFigure {
    find(difference, path).unwrap_or_else(|| panic!("{path} did not change"))
}

/// Holds the steps against their promises: all four in order, each beginning where the one before it ended, and adding up.
fn assert_adds_up(response: &CompareEvaluationsResponse) {
    let kinds: Vec<_> = response.steps.iter().map(ComparisonStep::kind).collect();
    assert_eq!(kinds, [StepKind::Standard, StepKind::Schools, StepKind::Corrections, StepKind::Data]);
    let steps: Vec<&Difference> = kinds.iter().map(|kind| step(response, *kind)).collect();
    let total = response.total.as_ref().unwrap();
    let verdicts: Vec<_> = steps.iter().map(|step| (step.verdict_before, step.verdict_after)).collect();
    assert!(verdicts.windows(2).all(|pair| pair[0].1 == pair[1].0));
    assert_eq!((verdicts[0].0, verdicts[3].1), (total.verdict_before, total.verdict_after));
    assert_eq!(response.before.as_ref().unwrap().verdict, total.verdict_before);
    assert_eq!(response.after.as_ref().unwrap().verdict, total.verdict_after);
    let differences = steps.iter().chain([&total]);
    let paths: BTreeSet<&str> = differences.flat_map(|step| &step.figures).map(|figure| figure.path.as_str()).collect();
    let mut added_up = 0;
    for path in paths {
        let changes: Vec<&ChangedFigure> = steps.iter().filter_map(|step| find(step, path)).collect();
        let chained = |pair: &[&ChangedFigure]| {
            (pair[0].verdict_after, pair[0].value_after) == (pair[1].verdict_before, pair[1].value_before)
        };
        assert!(changes.windows(2).all(chained), "{path}");
        let (first, last) = (changes[0], changes[changes.len() - 1]);
        let Some(whole) = find(total, path) else {
            // What one step changed, another changed back.
            assert_eq!((first.verdict_before, first.value_before), (last.verdict_after, last.value_after), "{path}");
            continue;
        };
        assert_eq!((whole.verdict_before, whole.verdict_after), (first.verdict_before, last.verdict_after), "{path}");
        assert_eq!((whole.value_before, whole.value_after), (first.value_before, last.value_after), "{path}");
        let parts: Option<f64> = changes.iter().map(|change| change.difference).sum();
        if let (Some(parts), Some(difference)) = (parts, whole.difference) {
            assert!((parts - difference).abs() <= 1e-9 * difference.abs().max(1.0), "{path}: {parts} {difference}");
            added_up += 1;
        }
    }
    assert_eq!(added_up > 0, total.figures.iter().any(|figure| figure.difference.is_some()));
}

/// Reports November, asks for an instant, corrects November, opens and closes a school, and reports December.
///
/// Gives the instants before the correction and after December.
async fn history(suite: &Suite, county: &County) -> (Timestamp, Timestamp) {
    suite.register(county).await;
    suite.tick();
    let first = suite.accepted(county.submission_for("2024-11", "november")).await;
    let known = timestamp(&first.known_at.unwrap());
    suite.tick();
    let mut corrected = county.clone();
    corrected.school_mut(FIRST).equipment_value_yuan = Some(2_100_000.0);
    corrected.item_mut("G12", "teachers_certified").value = Some(Value::Quantity(190.0));
    suite.accepted(corrected.submission_for("2024-11", "november-corrected")).await;
    suite.tick();
    let mut december = corrected.clone();
    december.schools.iter_mut().find(|school| school.name.ends_with(SECOND)).unwrap().closed_on =
        "2024-12-01".to_owned();
    december.facts.retain(|facts| facts.school_code != SECOND);
    let new = SchoolFacts { school_code: NEW.to_owned(), ..county.facts[1].clone() };
    december.add("211", "新小学", new);
    december.schools.last_mut().unwrap().opened_on = "2024-12-01".to_owned();
    december.school_mut(JUNIOR).multimedia_rooms = Some(30);
    december.school_mut(FIRST).equipment_value_yuan = Some(2_400_000.0);
    import(suite, &december.region, december.schools.clone(), "schools-of-december").await;
    suite.tick();
    suite.accepted(december.submission_for("2024-12", "december")).await;
    suite.tick();
    (known, suite.now())
}

async fn import(suite: &Suite, region: &str, schools: Vec<School>, request_id: &str) {
    let request = ImportSchoolsRequest {
        parent: region.to_owned(),
        schools,
        request_id: request_id.to_owned(),
        effective_on: String::new(),
        validate_only: false,
    };
    let imported = suite.registry().import_schools(request).await.unwrap().into_inner();
    assert_eq!(imported.findings, []);
}

async fn the_steps_part_schools_corrections_and_data_and_add_up(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (then, now) = history(&suite, &county).await;

    let response = ask(&suite, &county, side("2024-11", Some(then)), side("2024-12", Some(now))).await.unwrap();

    assert_adds_up(&response);
    let ends = (response.before.clone().unwrap(), response.after.clone().unwrap());
    assert_eq!((ends.0.month.as_str(), ends.1.month.as_str()), ("2024-11", "2024-12"));
    assert_eq!((ends.0.verdict(), ends.1.verdict()), (Verdict::Met, Verdict::NotMet));
    assert_eq!(ends.0.basis.unwrap().revision, Some(1), "as it was known then");
    assert_eq!(step(&response, StepKind::Standard).figures, []);

    let schools = step(&response, StepKind::Schools);
    let unit = |code: &str| format!("resources/primary/units/{code}");
    assert_eq!(figure(schools, &unit(SECOND)).verdict_after(), Verdict::Unspecified);
    assert_eq!(figure(schools, &unit(NEW)).verdict_before(), Verdict::Unspecified);
    assert_eq!(find(schools, "resources/primary/unit_count"), None, "one came and one went");

    let equipment = format!("{}/indicators/L6/value", unit(FIRST));
    let corrections = step(&response, StepKind::Corrections);
    assert_eq!(find(schools, &equipment), None);
    assert_eq!(figure(corrections, &equipment).difference, Some(100.0));
    assert_eq!(figure(corrections, "items/G12").verdict_after(), Verdict::NotMet);
    assert_eq!(figure(corrections, "items/G12/tests/1/operands/teachers_certified").difference, Some(-10.0));
    assert_eq!(figure(corrections, "parts/government").title, "政府保障程度");

    let data = step(&response, StepKind::Data);
    assert_eq!(figure(data, &equipment).difference, Some(300.0));
    let rooms = format!("resources/junior/units/{JUNIOR}/indicators/L7/value");
    assert_eq!((figure(data, &rooms).value_before, figure(data, &rooms).value_after), (Some(2.4), Some(3.0)));
    assert_eq!(find(data, "items/G12"), None);
    assert_eq!(figure(response.total.as_ref().unwrap(), &equipment).difference, Some(400.0));
}

async fn a_correction_of_the_same_month_is_all_that_changed(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (then, now) = history(&suite, &county).await;
    suite.tick();
    // The registry is as it was: only what was reported was corrected.
    import(&suite, &county.region, county.schools.clone(), "as-before").await;
    let closed = School { closed_on: "2024-11-01".to_owned(), ..school(&county, NEW) };
    import(&suite, &county.region, vec![closed], "never-there").await;
    suite.tick();

    let response = ask(&suite, &county, side("2024-11", Some(then)), side("2024-11", None)).await.unwrap();

    assert!(suite.now() > now);
    assert_adds_up(&response);
    for kind in [StepKind::Standard, StepKind::Schools, StepKind::Data] {
        assert_eq!(step(&response, kind).figures, [], "{kind:?}");
    }
    assert_eq!(Some(step(&response, StepKind::Corrections)), response.total.as_ref());
    assert_eq!(response.after.unwrap().basis.unwrap().revision, Some(2));
}

fn school(county: &County, code: &str) -> School {
    School {
        name: format!("{}/schools/{code}", county.region),
        display_name: "新小学".to_owned(),
        school_type: "211".to_owned(),
        ..School::default()
    }
}

async fn sides_that_are_the_same_have_empty_steps(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (_, now) = history(&suite, &county).await;

    let response = ask(&suite, &county, side("2024-12", Some(now)), side("2024-12", Some(now))).await.unwrap();

    assert_adds_up(&response);
    assert_eq!(response.total.unwrap().figures, []);
    assert!(response.steps.iter().all(|step| step.difference.as_ref().unwrap().figures.is_empty()));
    assert_eq!(response.before, response.after);
}

async fn a_comparison_as_of_two_instants_has_one_answer_for_ever(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (then, now) = history(&suite, &county).await;
    let compared = async || {
        let response = ask(&suite, &county, side("2024-11", Some(then)), side("2024-12", Some(now))).await;
        response.unwrap().encode_to_vec()
    };
    let first = compared().await;
    suite.tick();
    let mut worse = county.clone();
    worse.school_mut(JUNIOR).multimedia_rooms = Some(0);

    suite.accepted(worse.submission_for("2024-11", "november-again")).await;
    let renamed = School { display_name: "改名小学".to_owned(), ..county.schools[0].clone() };
    import(&suite, &county.region, vec![renamed], "renamed").await;

    assert_eq!(compared().await, first);
    let latest = ask(&suite, &county, side("2024-11", None), side("2024-12", None)).await.unwrap();
    assert_ne!(latest.encode_to_vec(), first);
}

async fn a_month_that_was_not_reported_by_then_has_no_corrections(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (then, now) = history(&suite, &county).await;

    let back = ask(&suite, &county, side("2024-12", Some(now)), side("2024-11", Some(then))).await.unwrap();

    assert_adds_up(&back);
    assert_eq!(step(&back, StepKind::Corrections).figures, []);
    assert_eq!(back.total.unwrap().verdict_after(), Verdict::Met);
}

async fn another_standard_on_the_same_month_is_all_that_changed(database: Database) {
    let (suite, mut county) = (start(database).await, County::met());
    county.item_mut("G7", "special_education_funds_yuan").value = Some(Value::Quantity(70_000.0));
    suite.register(&county).await;
    suite.accepted(county.submission("december")).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    let under = |standard: &str| ComparedVerdict { standard: format!("standards/{standard}"), ..side("2024-12", None) };
    let compared = async |before: &str, after: &str| {
        let response = ask(&suite, &county, under(before), under(after)).await.unwrap();
        assert_adds_up(&response);
        for kind in [StepKind::Schools, StepKind::Corrections, StepKind::Data] {
            assert_eq!(step(&response, kind).figures, [], "{kind:?}");
        }
        let whole = step(&response, StepKind::Standard);
        assert_eq!(Some(whole), response.total.as_ref());
        assert_eq!((whole.verdict_before, whole.verdict_after), {
            let ends = (response.before.as_ref().unwrap(), response.after.as_ref().unwrap());
            assert_eq!((&ends.0.standard, &ends.1.standard), (&under(before).standard, &under(after).standard));
            assert_eq!(ends.0.basis, ends.1.basis, "the same submission");
            (ends.0.verdict, ends.1.verdict)
        });
        whole.clone()
    };
    let (national, overlay, basic) = ("national-quality-2017", "liaoning-quality-example", "national-basic-2012");
    let verdicts = |difference: &Difference, path: &str| {
        let found = figure(difference, path);
        (found.verdict_before(), found.verdict_after())
    };

    let overlaid = compared(national, overlay).await;
    let back = compared(overlay, national).await;
    let other = compared(national, basic).await;

    assert_eq!((overlaid.verdict_before(), overlaid.verdict_after()), (Verdict::Met, Verdict::NotMet));
    assert_eq!(verdicts(&overlaid, "items/G7"), (Verdict::Met, Verdict::NotMet));
    assert_eq!(verdicts(&overlaid, "items/V7"), (Verdict::Unspecified, Verdict::Undetermined));
    assert!(overlaid.figures.iter().all(|figure| !figure.path.starts_with("resources/")), "{overlaid:#?}");
    assert_eq!(verdicts(&back, "items/V7"), (Verdict::Undetermined, Verdict::Unspecified));
    assert_eq!(other.verdict_before(), Verdict::Met);
    assert_eq!(verdicts(&other, "items/G7"), (Verdict::Met, Verdict::Unspecified));
    assert_eq!(verdicts(&other, "items/B2"), (Verdict::Unspecified, Verdict::Undetermined));
    assert_eq!(verdicts(&other, "parts/balance").0, Verdict::Unspecified);
}

async fn what_cannot_be_asked_is_refused(database: Database) {
    let (suite, county) = (start(database).await, County::met());
    let (_, now) = history(&suite, &county).await;
    let future = Some(now.checked_add(SignedDuration::from_hours(1)).unwrap());
    let refused = async |before, after| ask(&suite, &county, before, after).await.unwrap_err();

    let late = refused(side("2024-11", future), side("2024-12", future)).await;

    let fields = late.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["before.as_of", "after.as_of"]);
    for unreported in [
        refused(side("2024-10", None), side("2024-12", None)).await,
        refused(side("2024-12", None), side("2024-10", None)).await,
    ] {
        assert_eq!(unreported.code(), Code::NotFound);
        assert_eq!(unreported.get_details_error_info().unwrap().reason, "MONTH_NOT_REPORTED");
    }
}
