//! Which standard judges which county when: what a region puts in force holds below it, and what was known stays known.

use junheng_e2e::{
    County, Database, Setup, Suite,
    county::declaration,
    eventually, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        EvaluateCountyRequest, Evaluation, GetEvaluationRequest, GetProvinceSummaryRequest, ListEvaluationsRequest,
        ListStandardsInForceRequest, ListStandardsInForceResponse, SetStandardInForceRequest,
        SetStandardInForceResponse,
    },
    ingest::v1::{Severity, county_item::Value},
};
use junheng_store::{Options, Store, audit};
use prost::Message as _;
use sea_orm::ConnectionTrait as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    item, rules,
    standards::{example, registered},
};

on_both_databases!(
    a_county_is_judged_by_its_provinces_standard_and_those_of_another_province_are_not,
    a_month_that_was_judged_before_is_judged_again,
    what_a_standard_said_that_no_longer_judges_is_gone,
    an_item_that_only_a_registered_standard_knows_is_taken,
    the_nearest_region_wins_until_its_entry_ends_or_is_withdrawn,
    a_standard_is_put_in_force_only_where_it_is_valid,
    as_of_an_instant_the_standard_of_then_judges_for_ever,
    a_repeated_request_is_answered_with_the_first_reply_and_marks_again,
);

pub(crate) const LIAONING: &str = "standards/liaoning-quality-example";
const UNWEIGHTED: &str = "standards/unweighted-quality-example";
pub(crate) const NATIONAL: &str = "standards/national-quality-2017";
pub(crate) const MONTH: &str = "2025-01";

/// A county that meets the nation's standard with 7,000 yuan a pupil in special education.
pub(crate) fn county(code: &str, serial: &str) -> County {
    let mut county = County::met_at(code, serial);
    county.month = MONTH.to_owned();
    county.item_mut("G7", "special_education_funds_yuan").value = Some(Value::Quantity(70_000.0));
    county
}

pub(crate) fn order(region: &str, standard: &str, from: &str, to: &str) -> SetStandardInForceRequest {
    SetStandardInForceRequest {
        region: region.to_owned(),
        standard: standard.to_owned(),
        from_month: from.to_owned(),
        to_month: to.to_owned(),
        withdrawn: false,
        request_id: format!("{}-{from}-{to}", &standard["standards/".len()..]),
    }
}

pub(crate) async fn set(suite: &Suite, order: SetStandardInForceRequest) -> Result<SetStandardInForceResponse, Status> {
    Ok(suite.standards().set_standard_in_force(order).await?.into_inner())
}

async fn in_force(suite: &Suite, region: &str, month: &str) -> ListStandardsInForceResponse {
    let request = ListStandardsInForceRequest { region: region.to_owned(), month: month.to_owned() };
    suite.standards().list_standards_in_force(request).await.unwrap().into_inner()
}

/// The services with a county whose province has the example in force from January 2025 on.
pub(crate) async fn provincial(database: Database) -> (Suite, County) {
    let (suite, county) = (Suite::start(database).await, county("210922", "21"));
    suite.register(&county).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    set(&suite, order("regions/210000", LIAONING, "2025-01", "")).await.unwrap();
    (suite, county)
}

pub(crate) async fn stored(suite: &Suite, county: &County, standard: &str) -> Evaluation {
    let name = format!("{}/evaluations/{}.{}", county.region, county.month, &standard["standards/".len()..]);
    eventually(&name, async || {
        let request = GetEvaluationRequest { name: name.clone() };
        suite.evaluations().get_evaluation(request).await.ok()?.into_inner().evaluation
    })
    .await
}

async fn a_county_is_judged_by_its_provinces_standard_and_those_of_another_province_are_not(database: Database) {
    let (suite, ours) = provincial(database).await;
    let theirs = county("220102", "22");
    suite.register(&theirs).await;
    for county in [&ours, &theirs] {
        suite.accepted(county.submission("january")).await;
        suite.accepted(county.submission_for("2024-12", "december")).await;
    }

    let provincial = stored(&suite, &ours, LIAONING).await;
    let national = stored(&suite, &theirs, NATIONAL).await;

    assert_eq!((provincial.standard.as_str(), national.standard.as_str()), (LIAONING, NATIONAL));
    assert_eq!((item(&provincial, "G7"), item(&national, "G7")), (Verdict::NotMet, Verdict::Met));
    assert_eq!(item(&provincial, "V7"), Verdict::Undetermined);
    assert!(national.items.iter().all(|item| item.id != "V7"));
    assert_eq!((provincial.verdict(), national.verdict()), (Verdict::NotMet, Verdict::Met));
    let december = suite.evaluate(&ours.region, "2024-12", None).await.unwrap();
    assert_eq!((december.standard.as_str(), item(&december, "G7")), (NATIONAL, Verdict::Met));
    let named = EvaluateCountyRequest {
        region: ours.region.clone(),
        month: "2024-12".to_owned(),
        standard: LIAONING.to_owned(),
        as_of: None,
    };
    let named = suite.evaluations().evaluate_county(named).await.unwrap().into_inner().evaluations;
    assert_eq!(item(&named[0], "G7"), Verdict::NotMet, "a standard that is named judges any month");
}

async fn a_month_that_was_judged_before_is_judged_again(database: Database) {
    let (suite, county) = (Suite::start(database).await, county("210922", "21"));
    suite.register(&county).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    suite.accepted(county.submission("january")).await;
    stored(&suite, &county, NATIONAL).await;

    set(&suite, order("regions/210900", LIAONING, "2025-01", "2025-06")).await.unwrap();

    assert_eq!(item(&stored(&suite, &county, LIAONING).await, "G7"), Verdict::NotMet);
}

async fn what_a_standard_said_that_no_longer_judges_is_gone(database: Database) {
    let url = database.url().to_owned();
    let (suite, mut county) = (Suite::start(database).await, county("210922", "21"));
    suite.register(&county).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    suite.accepted(county.submission("january")).await;
    suite.accepted(county.submission_for("2024-12", "december")).await;
    stored(&suite, &county, NATIONAL).await;
    let counted = async |standard: &str| {
        let request = GetProvinceSummaryRequest {
            region: "regions/210000".to_owned(),
            month: MONTH.to_owned(),
            standard: standard.to_owned(),
        };
        let response = suite.evaluations().get_province_summary(request).await.unwrap().into_inner();
        let counties = response.summary.unwrap().counties.unwrap();
        (counties.evaluated_county_count, counties.met_county_count, counties.not_met_county_count)
    };
    assert_eq!(counted(NATIONAL).await, (Some(1), Some(1), Some(0)));

    set(&suite, order("regions/210000", LIAONING, "2025-01", "")).await.unwrap();
    stored(&suite, &county, LIAONING).await;
    county.item_mut("G7", "special_education_funds_yuan").value = Some(Value::Quantity(75_000.0));
    let correction = suite.accepted(county.submission("correction")).await;
    eventually("the evaluation of the correction", async || {
        let evaluation = stored(&suite, &county, LIAONING).await;
        (evaluation.basis?.submission == correction.submission).then_some(())
    })
    .await;

    let gone = format!("{}/evaluations/{MONTH}.national-quality-2017", county.region);
    let status =
        suite.evaluations().get_evaluation(GetEvaluationRequest { name: gone.clone() }).await.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let request = ListEvaluationsRequest { parent: "regions/210000".to_owned(), ..Default::default() };
    let listed = suite.evaluations().list_evaluations(request).await.unwrap().into_inner().summaries;
    let listed: Vec<_> = listed.iter().map(|one| (one.month.as_str(), one.standard.as_str())).collect();
    assert_eq!(listed, [(MONTH, LIAONING), ("2024-12", NATIONAL)], "December is judged as before");
    assert_eq!(counted(NATIONAL).await, (Some(0), Some(0), Some(0)));
    assert_eq!(counted(LIAONING).await, (Some(1), Some(0), Some(1)));
    let store = Store::connect(&Options::new(url)).await.unwrap();
    let records = audit::list(&store, Some(&"210922".parse().unwrap()), 0, 100).await.unwrap();
    let deleted: Vec<_> = records.into_iter().filter(|record| record.deed.action == "delete_evaluation").collect();
    let [deleted] = deleted.as_slice() else { panic!("{deleted:#?}") };
    assert_eq!((&deleted.deed.resource, deleted.deed.outcome.as_str()), (&gone, "superseded"));
    assert!(deleted.deed.detail.starts_with(LIAONING), "{deleted:?}");
}

async fn an_item_that_only_a_registered_standard_knows_is_taken(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, county("210922", "21"));
    suite.register(&county).await;
    county.items.push(declaration("V7", "found", false));

    let refusal = suite.refused(county.submission("early")).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    set(&suite, order(&county.region, LIAONING, "2025-01", "")).await.unwrap();
    suite.accepted(county.submission("now")).await;

    assert_eq!(rules(&refusal.findings, Severity::Error), ["item_known"]);
    let evaluation = stored(&suite, &county, LIAONING).await;
    assert_eq!((item(&evaluation, "V7"), item(&evaluation, "G7")), (Verdict::Met, Verdict::NotMet));
    assert_eq!(crate::part(&evaluation, "vetoes"), Verdict::Met);
}

async fn the_nearest_region_wins_until_its_entry_ends_or_is_withdrawn(database: Database) {
    let (suite, county) = provincial(database).await;
    registered(&suite, &example("unweighted-quality-example.toml"), "unweighted").await;
    suite.accepted(county.submission("january")).await;
    let judged_by = async |month: &str| {
        let found = in_force(&suite, &county.region, month).await;
        assert_eq!(found.month, month);
        let [winner] = found.standards.as_slice() else { panic!("{found:#?}") };
        let judging: Vec<_> = found.in_force.iter().filter(|entry| entry.judging()).collect();
        assert!(judging.iter().all(|entry| entry.standard == *winner), "{found:#?}");
        winner.clone()
    };
    let evaluated_by = async || suite.evaluate(&county.region, MONTH, None).await.unwrap().standard;

    assert_eq!((judged_by("2024-12").await, judged_by(MONTH).await), (NATIONAL.to_owned(), LIAONING.to_owned()));
    set(&suite, order("regions/210900", UNWEIGHTED, "2024-06", "2025-01")).await.unwrap();
    assert_eq!(judged_by("2024-06").await, UNWEIGHTED);
    assert_eq!((judged_by(MONTH).await, evaluated_by().await), (UNWEIGHTED.to_owned(), UNWEIGHTED.to_owned()));
    assert_eq!(judged_by("2025-02").await, LIAONING);
    let listed = in_force(&suite, &county.region, MONTH).await.in_force;
    let listed: Vec<_> =
        listed.iter().map(|entry| (entry.region.as_str(), entry.to_month.as_str(), entry.judging())).collect();
    assert_eq!(listed, [("regions/210900", "2025-01", true), ("regions/210000", "", false)]);

    set(&suite, order("regions/210900", UNWEIGHTED, "2024-06", "2024-12")).await.unwrap();
    assert_eq!((judged_by("2024-12").await, evaluated_by().await), (UNWEIGHTED.to_owned(), LIAONING.to_owned()));
    let withdrawal = SetStandardInForceRequest {
        withdrawn: true,
        request_id: "withdrawal".to_owned(),
        ..order("regions/210900", UNWEIGHTED, "2024-06", "")
    };
    assert_eq!(set(&suite, withdrawal).await.unwrap().in_force, None);
    assert_eq!(judged_by("2024-12").await, NATIONAL);
    assert_eq!(in_force(&suite, &county.region, "").await.month, "2026-02", "the current month");
}

async fn a_standard_is_put_in_force_only_where_it_is_valid(database: Database) {
    let suite = Suite::start(database).await;
    suite.register(&county("210922", "21")).await;
    let document = example("liaoning-quality-example.toml")
        .replace("[[items]]\nid = \"G7\"", "valid_to = \"2025-12-31\"\n[[items]]\nid = \"G7\"");
    registered(&suite, &document, "liaoning").await;
    let fields = |status: Status| -> Vec<String> {
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect()
    };
    let refused = async |order: SetStandardInForceRequest| set(&suite, order).await.unwrap_err();

    assert_eq!(fields(refused(order("regions/210000", LIAONING, "2024-12", "2025-12")).await), ["from_month"]);
    assert_eq!(fields(refused(order("regions/210000", LIAONING, "2025-01", "2026-01")).await), ["to_month"]);
    assert_eq!(fields(refused(order("regions/210000", LIAONING, "2024-12", "")).await), ["from_month", "to_month"]);
    assert_eq!(fields(refused(order("regions/210000", LIAONING, "2025-03", "2025-02")).await), ["to_month"]);
    let withdrawal = SetStandardInForceRequest { withdrawn: true, ..order("regions/210000", LIAONING, "2025-01", "") };
    assert_eq!(fields(refused(withdrawal).await), ["withdrawn"]);
    let malformed =
        SetStandardInForceRequest { request_id: String::new(), ..order("210000", "standards/ä", "2025", "x") };
    assert_eq!(fields(refused(malformed).await), ["request_id", "region", "standard", "from_month", "to_month"]);
    for (order, reason) in [
        (order("regions/210000", "standards/nobody", "2025-01", ""), "STANDARD_MISSING"),
        (order("regions/999999", LIAONING, "2025-01", ""), "RESOURCE_MISSING"),
    ] {
        assert_eq!(refused(order).await.get_details_error_info().unwrap().reason, reason);
    }
    set(&suite, order("regions/210000", LIAONING, "2025-01", "2025-12")).await.unwrap();
}

async fn as_of_an_instant_the_standard_of_then_judges_for_ever(database: Database) {
    let (suite, county) = (Suite::start(database).await, county("210922", "21"));
    suite.register(&county).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    let receipt = suite.accepted(county.submission("january")).await;
    let asked = async |as_of| suite.evaluate(&county.region, MONTH, Some(as_of)).await.unwrap();
    suite.tick();
    let before = suite.now();
    let first = asked(before).await;

    // The province's clock is closed up to `before` though nothing was ever written there, and this machine's does not move.
    let set_at = set(&suite, order("regions/210000", LIAONING, "2025-01", "")).await.unwrap().known_at.unwrap();
    assert!(timestamp(&set_at) > before, "{set_at:?} is not after {before}");
    assert_eq!(asked(before).await.encode_to_vec(), first.encode_to_vec());
    assert_eq!(asked(timestamp(receipt.known_at.as_ref().unwrap())).await.standard, NATIONAL);
    suite.tick();
    let between = suite.now();
    let second = asked(between).await;
    let withdrawal = SetStandardInForceRequest {
        withdrawn: true,
        request_id: "withdrawal".to_owned(),
        ..order("regions/210000", LIAONING, "2025-01", "")
    };
    set(&suite, withdrawal).await.unwrap();
    suite.tick();

    assert_eq!((first.standard.as_str(), second.standard.as_str()), (NATIONAL, LIAONING));
    let suite = suite.restart().await;
    for (as_of, answer) in [(before, &first), (between, &second)] {
        let again = suite.evaluate(&county.region, MONTH, Some(as_of)).await.unwrap();
        assert_eq!(again.encode_to_vec(), answer.encode_to_vec());
    }
    let now = suite.evaluate(&county.region, MONTH, Some(suite.now())).await.unwrap();
    assert_eq!(now.standard, NATIONAL);
    let future = EvaluateCountyRequest {
        region: county.region.clone(),
        month: MONTH.to_owned(),
        standard: String::new(),
        as_of: Some(instant(suite.now() + jiff::SignedDuration::from_hours(1))),
    };
    assert_eq!(suite.evaluations().evaluate_county(future).await.unwrap_err().code(), Code::InvalidArgument);
}

async fn a_repeated_request_is_answered_with_the_first_reply_and_marks_again(database: Database) {
    let url = database.url().to_owned();
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let county = county("210922", "21");
    suite.register(&county).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "liaoning").await;
    suite.accepted(county.submission("january")).await;
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    let forget_marks = async || raw.execute_unprepared("DELETE FROM marks").await.unwrap().rows_affected();
    let marked = async || -> Vec<(String, String)> {
        let marks = suite.marks().await.into_iter();
        marks.map(|mark| (mark.county.to_string(), mark.month.to_string())).collect()
    };
    let once = order("regions/210000", LIAONING, MONTH, "");
    assert_eq!(forget_marks().await, 1, "of the submission");

    let first = set(&suite, once.clone()).await.unwrap();
    assert_eq!(marked().await, [("210922".to_owned(), MONTH.to_owned())]);
    // As if the service had been stopped between its reply's transaction and the marks.
    assert_eq!(forget_marks().await, 1);
    suite.tick();
    let again = set(&suite, once.clone()).await.unwrap();

    assert_eq!(marked().await, [("210922".to_owned(), MONTH.to_owned())]);
    assert!(timestamp(first.known_at.as_ref().unwrap()) < suite.now());
    assert_eq!(again, first);
    let reused = SetStandardInForceRequest { to_month: "2025-06".to_owned(), ..once };
    let reused = set(&suite, reused).await.unwrap_err();
    assert_eq!(reused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    assert_eq!(in_force(&suite, "regions/210000", MONTH).await.in_force.len(), 1);
}
