//! Recomputing is one command: what was reported is evaluated anew, for a county, a city or a province.

use jiff::Timestamp;
use junheng_e2e::{County, Database, Suite, eventually, on_both_databases, suite::timestamp};
use junheng_proto::evaluation::v1::{GetEvaluationRequest, RecomputeEvaluationsRequest, RecomputeEvaluationsResponse};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_databases!(
    the_reported_months_of_a_province_are_evaluated_anew,
    a_repeated_request_marks_nothing_twice,
    a_region_that_is_not_known_and_months_that_are_none_are_refused,
);

/// Two counties of a province, one of which reported two months, the other one.
async fn reported(database: Database) -> (Suite, [County; 2]) {
    let (suite, counties) =
        (Suite::start(database).await, [County::met_at("219902", "21"), County::met_at("218103", "22")]);
    for county in &counties {
        suite.register(county).await;
    }
    for (county, month) in [(0, "2024-11"), (0, "2024-12"), (1, "2024-12")] {
        let county: &County = &counties[county];
        let receipt = suite.accepted(county.submission_for(month, month)).await;
        suite.stored(&county.region, month, &receipt).await;
    }
    suite.tick();
    (suite, counties)
}

fn request(region: &str, first: &str, last: &str, id: &str) -> RecomputeEvaluationsRequest {
    RecomputeEvaluationsRequest {
        region: region.to_owned(),
        first_month: first.to_owned(),
        last_month: last.to_owned(),
        request_id: id.to_owned(),
    }
}

async fn recompute(
    suite: &Suite,
    request: RecomputeEvaluationsRequest,
) -> Result<RecomputeEvaluationsResponse, Status> {
    suite.evaluations().recompute_evaluations(request).await.map(tonic::Response::into_inner)
}

fn counts(counties: u32, months: u32) -> RecomputeEvaluationsResponse {
    RecomputeEvaluationsResponse { county_count: Some(counties), month_count: Some(months) }
}

/// When a county's month was evaluated.
async fn evaluated_at(suite: &Suite, county: &County, month: &str) -> Timestamp {
    let name = format!("{}/evaluations/{month}.national-quality-2017", county.region);
    let response = suite.evaluations().get_evaluation(GetEvaluationRequest { name }).await.unwrap().into_inner();
    timestamp(&response.evaluated_at.unwrap())
}

async fn evaluated_now(suite: &Suite, county: &County, month: &str) {
    let what = format!("the new evaluation of {}, {month}", county.region);
    eventually(&what, async || (evaluated_at(suite, county, month).await == suite.now()).then_some(())).await;
}

async fn the_reported_months_of_a_province_are_evaluated_anew(database: Database) {
    let (suite, [first, second]) = reported(database).await;
    let before = suite.find_stored(&first.region, "2024-12").await;

    let marked = recompute(&suite, request("regions/210000", "2024-12", "2025-06", "")).await.unwrap();

    assert_eq!(marked, counts(2, 2));
    evaluated_now(&suite, &first, "2024-12").await;
    evaluated_now(&suite, &second, "2024-12").await;
    assert!(evaluated_at(&suite, &first, "2024-11").await < suite.now());
    assert_eq!(suite.find_stored(&first.region, "2024-12").await, before);
    suite.tick();
    let marked = recompute(&suite, request("regions/219900", "1986-01", "2999-12", "")).await.unwrap();
    assert_eq!(marked, counts(1, 2));
    evaluated_now(&suite, &first, "2024-11").await;
    evaluated_now(&suite, &first, "2024-12").await;
    assert!(evaluated_at(&suite, &second, "2024-12").await < suite.now());
    let marked = recompute(&suite, request(&second.region, "2024-11", "2024-12", "")).await.unwrap();
    assert_eq!(marked, counts(1, 1));
    let marked = recompute(&suite, request("regions/210000", "2023-01", "2024-10", "")).await.unwrap();
    assert_eq!(marked, counts(0, 0));
}

async fn a_repeated_request_marks_nothing_twice(database: Database) {
    let (suite, [first, second]) = reported(database).await;
    let order = request("regions/210000", "2024-12", "2024-12", "once");
    assert_eq!(recompute(&suite, order.clone()).await.unwrap(), counts(2, 2));
    evaluated_now(&suite, &first, "2024-12").await;
    evaluated_now(&suite, &second, "2024-12").await;
    suite.tick();

    let again = recompute(&suite, order.clone()).await.unwrap();

    assert_eq!(again, counts(2, 2));
    // Whatever was marked before is evaluated with it or before it.
    recompute(&suite, request(&first.region, "2024-11", "2024-11", "next")).await.unwrap();
    evaluated_now(&suite, &first, "2024-11").await;
    assert!(evaluated_at(&suite, &first, "2024-12").await < suite.now());
    assert!(evaluated_at(&suite, &second, "2024-12").await < suite.now());
    let other = RecomputeEvaluationsRequest { last_month: "2025-01".to_owned(), ..order };
    let refused = recompute(&suite, other).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "REQUEST_ID_REUSED");
}

async fn a_region_that_is_not_known_and_months_that_are_none_are_refused(database: Database) {
    let suite = Suite::start(database).await;

    let unknown = recompute(&suite, request("regions/210000", "2024-01", "2024-12", "")).await.unwrap_err();
    let wrong = recompute(&suite, request("210000", "2024-00", "x", "an id")).await.unwrap_err();
    let reversed = recompute(&suite, request("regions/210000", "2024-02", "2024-01", "")).await.unwrap_err();

    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(fields(&wrong), ["region", "first_month", "last_month", "request_id"]);
    assert_eq!(fields(&reversed), ["last_month"]);
}

fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    details.bad_request().unwrap().field_violations.iter().map(|violation| violation.field.clone()).collect()
}
