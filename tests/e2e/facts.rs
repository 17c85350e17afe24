//! `GetFacts`: what counts for a county's month, now or as of an instant.

use junheng_e2e::{
    County, Database, Suite,
    county::quantity,
    on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::ingest::v1::{GetFactsRequest, GetFactsResponse, SubmitMonthRequest};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::merging::conflict;

on_both_databases!(
    facts_are_those_of_the_current_submission_with_the_items_that_count,
    facts_as_of_an_instant_never_change,
    a_month_that_was_not_reported_has_no_facts,
    what_is_asked_wrongly_is_told,
);

async fn ask(suite: &Suite, request: GetFactsRequest) -> Result<GetFactsResponse, Status> {
    suite.submissions().get_facts(request).await.map(tonic::Response::into_inner)
}

fn now(county: &County, month: &str) -> GetFactsRequest {
    GetFactsRequest { region: county.region.clone(), month: month.to_owned(), as_of: None }
}

async fn facts_are_those_of_the_current_submission_with_the_items_that_count(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2023-11", "too-old")).await;
    let first = SubmitMonthRequest {
        items: vec![quantity("G7", "special_education_pupils", 9.0), quantity("G12", "teachers", 190.0)],
        ..county.submission_for("2023-12", "old")
    };
    suite.accepted(first).await;
    let newest = SubmitMonthRequest {
        items: vec![quantity("G7", "special_education_pupils", 10.0)],
        ..county.submission_for("2024-12", "new")
    };
    let receipt = suite.accepted(newest.clone()).await;

    let facts = ask(&suite, now(&county, "2024-12")).await.unwrap();

    assert_eq!((facts.submission, facts.revision), (receipt.submission, receipt.revision));
    assert_eq!((facts.known_at, facts.content_digest), (receipt.known_at, receipt.content_digest));
    let mut schools = newest.schools;
    schools.sort_by(|a, b| a.school_code.cmp(&b.school_code));
    assert_eq!((facts.schools, facts.items), (schools, newest.items));
    let counting: Vec<_> = facts
        .counting_items
        .iter()
        .map(|dated| (dated.item.as_ref().unwrap().operand.as_str(), dated.month.as_str()))
        .collect();
    assert_eq!(counting, [("teachers", "2023-12"), ("special_education_pupils", "2024-12")]);
}

async fn facts_as_of_an_instant_never_change(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(county.submission("first")).await;
    let at = timestamp(&first.known_at.unwrap());
    suite.tick();
    let between = GetFactsRequest { as_of: Some(instant(suite.now())), ..now(&county, &county.month) };
    // Asking closes the instant: what comes at the same one is later.
    let before = ask(&suite, between.clone()).await.unwrap();
    county.school_mut("2121000001").books = Some(1);

    let second = suite.accepted(county.submission("second")).await;

    assert!(timestamp(&second.known_at.unwrap()) > suite.now());
    assert_eq!(ask(&suite, between).await.unwrap().encode_to_vec(), before.encode_to_vec());
    assert_eq!(before.revision, Some(1));
    let exactly = GetFactsRequest { as_of: Some(instant(at)), ..now(&county, &county.month) };
    assert_eq!(ask(&suite, exactly).await.unwrap(), before);
    assert_eq!(ask(&suite, now(&county, &county.month)).await.unwrap().revision, Some(2));
}

async fn a_month_that_was_not_reported_has_no_facts(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(county.submission("first")).await;
    let early = timestamp(&first.known_at.unwrap()) - jiff::SignedDuration::from_millis(1);

    let other = ask(&suite, now(&county, "2024-11")).await.unwrap_err();
    let before = GetFactsRequest { as_of: Some(instant(early)), ..now(&county, &county.month) };
    let before = ask(&suite, before).await.unwrap_err();

    for status in [other, before] {
        assert_eq!((status.code(), conflict(&status).1.as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
    }
}

async fn what_is_asked_wrongly_is_told(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let fields = |status: Status| {
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        violations.iter().map(|violation| violation.field.clone()).collect::<Vec<_>>()
    };

    let no_instant = Some(junheng_proto::Timestamp { seconds: 0, nanos: -1 });
    let all = GetFactsRequest { region: "x".to_owned(), month: "x".to_owned(), as_of: no_instant };
    let future = suite.now() + jiff::SignedDuration::from_secs(60);
    let future = GetFactsRequest { as_of: Some(instant(future)), ..now(&county, &county.month) };
    let unknown = GetFactsRequest { region: "regions/999999".to_owned(), ..now(&county, &county.month) };

    assert_eq!(fields(ask(&suite, all).await.unwrap_err()), ["region", "month", "as_of"]);
    assert_eq!(fields(ask(&suite, future).await.unwrap_err()), ["as_of"]);
    assert_eq!(conflict(&ask(&suite, unknown).await.unwrap_err()).1, "RESOURCE_MISSING");
}
