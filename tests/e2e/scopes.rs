//! Callers who are held to regions, by PostgreSQL itself: whatever a handler forgets, nothing of another region is seen or written.

use jiff::SignedDuration;
use junheng_e2e::{County, Database, Setup, Suite, suite::instant};
use junheng_proto::{
    evaluation::v1::{EvaluateProvinceRequest, county_result::Outcome as Judged},
    ingest::v1::{
        GetFactsRequest, GetSubmissionRequest, ListSubmissionsRequest, SubmitMonthsRequest, school_event::Change,
        submit_months_response::Outcome,
    },
    reporting::v1::RenderCountyReportRequest,
};
use tonic::Code;

use crate::{
    school_history::{FIRST, event, open_on, record},
    standards::registered,
};

const STANDARD: &str = include_str!("../data/standards/unweighted-quality-example.toml");

/// Two counties of a city that reported September 2024, and callers who are held to some regions.
async fn held_to(regions: &[&str]) -> (Suite, County, County) {
    let suite = Suite::start(Database::postgres()).await;
    let (own, sibling) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    for county in [&own, &sibling] {
        suite.register(county).await;
        let receipt = suite.accepted(county.submission_for("2024-09", "first")).await;
        suite.stored(&county.region, "2024-09", &receipt).await;
    }
    suite.tick();
    let regions = Some(regions.iter().map(|code| (*code).to_owned()).collect());
    let suite = suite.restart_with(Setup { regions, ..Setup::default() }).await;
    (suite, own, sibling)
}

fn facts_of(county: &County) -> GetFactsRequest {
    GetFactsRequest { region: county.region.clone(), month: "2024-09".to_owned(), as_of: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_county_works_with_its_own_data() {
    let (suite, own, _) = held_to(&["219902"]).await;

    let receipt = suite.accepted(own.submission_for("2024-10", "second")).await;
    let stored = suite.stored(&own.region, "2024-10", &receipt).await;
    let submissions = (0..4).map(|place| {
        let (month, id) = (format!("2023-{:02}", place + 1), format!("stream-{place}"));
        SubmitMonthsRequest::from(own.submission_for(&month, &id))
    });
    let submissions: Vec<_> = submissions.collect();
    let mut answers = suite.submissions().submit_months(tokio_stream::iter(submissions)).await.unwrap().into_inner();
    for _ in 0..4 {
        let answer = answers.message().await.unwrap().unwrap();
        assert!(matches!(answer.outcome, Some(Outcome::Receipt(_))), "{answer:?}");
    }

    // As of an instant: closes the clocks of the county and of the regions above it.
    suite.hands.advance(SignedDuration::from_secs(60));
    let asked = suite.now();
    suite.hands.advance(SignedDuration::from_secs(60));
    let facts = GetFactsRequest { as_of: Some(instant(asked)), ..facts_of(&own) };
    assert_eq!(suite.submissions().get_facts(facts).await.unwrap().into_inner().schools.len(), own.schools.len());
    let evaluated = suite.evaluate(&own.region, "2024-10", Some(asked)).await.unwrap();
    assert_eq!(evaluated.verdict(), stored.verdict());
    let request = RenderCountyReportRequest { evaluation: stored.name.clone(), ..RenderCountyReportRequest::default() };
    assert!(!suite.reports().render_county_report(request).await.unwrap().into_inner().content.is_empty());
    assert_eq!(registered(&suite, STANDARD, "standard").await.name, "standards/unweighted-quality-example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_sibling_is_seen_or_written() {
    let (suite, _, sibling) = held_to(&["219902"]).await;

    let unseen = suite.submissions().get_facts(facts_of(&sibling)).await.unwrap_err();
    assert_eq!(unseen.code(), Code::NotFound);
    let request = GetSubmissionRequest { name: format!("{}/submissions/2024-09.1", sibling.region) };
    assert_eq!(suite.submissions().get_submission(request).await.unwrap_err().code(), Code::NotFound);
    let request = ListSubmissionsRequest { parent: sibling.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = suite.submissions().list_submissions(request).await.unwrap().into_inner();
    assert_eq!(listed.submissions, []);
    assert_eq!(suite.find_stored(&sibling.region, "2024-09").await, None);
    assert_eq!(suite.evaluate(&sibling.region, "2024-09", None).await.unwrap_err().code(), Code::NotFound);
    // Who may call what is asked before: only a fault of ours comes here, and the caller learns nothing of it.
    let refused = suite.submit(sibling.submission_for("2024-10", "second")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal);

    let suite = suite.restart_with(Setup::default()).await;
    assert!(suite.submissions().get_facts(facts_of(&sibling)).await.is_ok());
    let request = ListSubmissionsRequest { parent: sibling.region.clone(), ..ListSubmissionsRequest::default() };
    assert_eq!(suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_over_a_city_tells_of_the_callers_counties_alone() {
    for (regions, wanted) in [(["219902"], [true, false]), (["219900"], [true, true]), (["229900"], [false, false])] {
        let (suite, ..) = held_to(&regions).await;
        let request = EvaluateProvinceRequest {
            region: "regions/219900".to_owned(),
            month: "2024-09".to_owned(),
            ..EvaluateProvinceRequest::default()
        };
        let mut stream = suite.evaluations().evaluate_province(request).await.unwrap().into_inner();
        let mut evaluated = vec![];
        while let Some(message) = stream.message().await.unwrap() {
            evaluated.extend(message.county.map(|county| matches!(county.outcome, Some(Judged::Evaluated(_)))));
        }

        assert_eq!(evaluated, wanted, "{regions:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_that_leaves_arrives_in_a_county_that_the_caller_may_not_see() {
    let (suite, own, sibling) = held_to(&["219902"]).await;
    let moves = [event(&own, FIRST, "2024-11-01", Change::MovedTo(sibling.region.clone()))];

    record(&suite, &own, "moved", &moves).await;

    assert!(open_on(&suite, &sibling, "2024-11-02", None).await.is_empty());
    let suite = suite.restart_with(Setup::default()).await;
    assert!(open_on(&suite, &sibling, "2024-11-02", None).await.contains(&FIRST.to_owned()));
    assert!(!open_on(&suite, &own, "2024-11-02", None).await.contains(&FIRST.to_owned()));
}
