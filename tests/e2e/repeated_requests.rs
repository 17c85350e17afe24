//! A request may be repeated: it is done once, and gets the first reply again.

use junheng_e2e::{County, Database, Suite, on_both_databases, suite::timestamp};
use junheng_proto::{
    evaluation::v1::Evaluation,
    ingest::v1::{ListSubmissionsRequest, Submission, SubmitMonthRequest},
};
use tokio::task::JoinSet;
use tonic::Code;
use tonic_types::StatusExt as _;

on_both_databases!(
    fifty_copies_at_once_are_one_submission_and_get_equal_replies,
    submissions_at_once_get_a_revision_each_in_the_order_they_became_known,
    a_request_id_is_not_used_for_another_content,
    another_order_of_rows_is_the_same_content,
    the_same_request_id_in_another_county_is_another_request,
    a_refused_request_is_refused_again_with_the_same_findings,
    a_repeated_request_gets_the_first_reply_after_a_restart,
);

async fn listed(suite: &Suite, county: &County) -> Vec<Submission> {
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions
}

async fn fifty_copies_at_once_are_one_submission_and_get_equal_replies(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let mut copies = JoinSet::new();
    for _ in 0..50 {
        let (mut client, request) = (suite.submissions(), county.submission("once"));
        copies.spawn(async move { client.submit_month(request).await.unwrap().into_inner() });
    }
    let replies = copies.join_all().await;

    assert_eq!(replies.len(), 50);
    assert!(replies.iter().all(|reply| *reply == replies[0]));
    let submissions = listed(&suite, &county).await;
    assert_eq!(submissions.len(), 1);
    assert_eq!(submissions[0].revision, Some(1));
}

async fn submissions_at_once_get_a_revision_each_in_the_order_they_became_known(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let mut different = JoinSet::new();
    for number in 0..20 {
        let mut request = county.submission(&format!("r-{number}"));
        request.schools[0].books = Some(number);
        let mut client = suite.submissions();
        different.spawn(async move { client.submit_month(request).await.unwrap().into_inner() });
    }
    different.join_all().await;

    let mut submissions = listed(&suite, &county).await;
    submissions.reverse();
    let revisions: Vec<_> = submissions.iter().filter_map(|submission| submission.revision).collect();
    assert_eq!(revisions, (1..=20).collect::<Vec<_>>());
    let instants: Vec<_> = submissions.iter().map(|one| timestamp(&one.known_at.unwrap())).collect();
    assert!(instants.is_sorted_by(|a, b| a < b), "{instants:?}");
    let last = submissions.pop().unwrap();
    let is_last = |evaluation: &Evaluation| evaluation.basis.as_ref().unwrap().submission == last.name;
    suite.stored_where(&county.region, &county.month, is_last).await;
}

async fn a_request_id_is_not_used_for_another_content(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(county.submission("once")).await;
    let mut changed = county.submission("once");
    changed.schools[0].books = Some(1);

    for other in [changed, county.submission_for("2025-01", "once")] {
        let status = suite.submit(other).await.unwrap_err();

        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    }
    assert_eq!(suite.accepted(county.submission("once")).await, first);
    assert_eq!(listed(&suite, &county).await.len(), 1);
}

async fn another_order_of_rows_is_the_same_content(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(county.submission("once")).await;
    let mut turned = county.submission("once");
    turned.schools.reverse();
    turned.items.reverse();

    let second = suite.accepted(turned.clone()).await;
    let third = suite.accepted(SubmitMonthRequest { request_id: "another".to_owned(), ..turned }).await;

    assert_eq!(second, first);
    assert_eq!((third.revision, third.content_digest), (Some(2), first.content_digest));
}

async fn the_same_request_id_in_another_county_is_another_request(database: Database) {
    let suite = Suite::start(database).await;
    let (one, other) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    suite.register(&one).await;
    suite.register(&other).await;

    let first = suite.accepted(one.submission("once")).await;
    let second = suite.accepted(other.submission("once")).await;

    assert_eq!(first.submission, "regions/219902/submissions/2024-12.1");
    assert_eq!(second.submission, "regions/219903/submissions/2024-12.1");
    assert_ne!(first.content_digest, second.content_digest);
}

async fn a_refused_request_is_refused_again_with_the_same_findings(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    county.facts[0].teaching_area_m2 = Some(-1.0);
    let first = suite.refused(county.submission("once")).await;
    let repeated = suite.refused(county.submission("once")).await;

    assert_eq!(repeated, first);
    assert_eq!(first.error_count, Some(1));
    assert_eq!(listed(&suite, &county).await.len(), 1);
}

async fn a_repeated_request_gets_the_first_reply_after_a_restart(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let accepted = suite.submit(county.submission("accepted")).await.unwrap();
    let mut bad = county.submission("refused");
    bad.schools[0].school_code = "9999999999".to_owned();
    let refused = suite.submit(bad.clone()).await.unwrap();

    let suite = suite.restart().await;

    assert_eq!(suite.submit(county.submission("accepted")).await.unwrap(), accepted);
    assert_eq!(suite.submit(bad).await.unwrap(), refused);
    assert_eq!(listed(&suite, &county).await.len(), 2);
}
