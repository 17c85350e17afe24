//! Submissions and evaluations can be listed, newest first, and their pages are the whole list.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    evaluation::v1::{GetEvaluationRequest, ListEvaluationsRequest},
    ingest::v1::{ListSubmissionsRequest, SubmissionState},
};
use tonic::Code;

on_both_databases!(
    submissions_are_listed_newest_month_first_and_in_pages,
    evaluations_are_listed_newest_month_first_and_in_pages,
    an_evaluation_is_not_found_before_there_is_one,
);

async fn submissions_are_listed_newest_month_first_and_in_pages(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    for (month, id) in [("2024-11", "a"), ("2024-12", "b"), ("2024-11", "c"), ("2024-12", "d")] {
        suite.accepted(county.submission_for(month, id)).await;
    }
    let mut bad = county.submission_for("2024-11", "e");
    bad.schools[0].teaching_area_m2 = Some(-1.0);
    suite.refused(bad).await;
    let list = async |request: ListSubmissionsRequest| {
        suite.submissions().list_submissions(request).await.unwrap().into_inner()
    };
    let all = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };

    let whole = list(all.clone()).await.submissions;

    let ids: Vec<_> = whole.iter().map(|submission| submission.request_id.as_str()).collect();
    assert_eq!(ids, ["d", "b", "e", "c", "a"]);
    assert_eq!(whole[2].state(), SubmissionState::Refused);
    assert!(whole.iter().all(|submission| submission.schools.is_empty() && submission.items.is_empty()));
    let of_month = list(ListSubmissionsRequest { month: "2024-11".to_owned(), ..all.clone() }).await.submissions;
    assert_eq!(of_month, whole[2..]);
    for page_size in 1..=5 {
        let (mut paged, mut request) = (vec![], ListSubmissionsRequest { page_size, ..all.clone() });
        loop {
            let page = list(request.clone()).await;
            paged.extend(page.submissions);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(paged, whole, "{page_size}");
    }
}

async fn evaluations_are_listed_newest_month_first_and_in_pages(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    for month in ["2024-11", "2025-01", "2024-12"] {
        let receipt = suite.accepted(county.submission_for(month, month)).await;
        suite.stored(&county.region, month, &receipt).await;
    }
    // The late December marked January once more.
    let list = async |request: ListEvaluationsRequest| {
        suite.evaluations().list_evaluations(request).await.unwrap().into_inner()
    };
    let all = ListEvaluationsRequest { parent: county.region.clone(), ..ListEvaluationsRequest::default() };

    let whole = list(all.clone()).await.evaluations;

    let months: Vec<_> = whole.iter().map(|evaluation| evaluation.month.as_str()).collect();
    assert_eq!(months, ["2025-01", "2024-12", "2024-11"]);
    let of_month = list(ListEvaluationsRequest { month: "2024-12".to_owned(), ..all.clone() }).await.evaluations;
    assert_eq!(of_month, whole[1..2]);
    let first = list(ListEvaluationsRequest { page_size: 2, ..all.clone() }).await;
    let rest = ListEvaluationsRequest { page_size: 2, page_token: first.next_page_token, ..all };
    let second = list(rest).await;
    assert_eq!([first.evaluations, second.evaluations].concat(), whole);
    assert_eq!(second.next_page_token, "");
}

async fn an_evaluation_is_not_found_before_there_is_one(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let name = format!("{}/evaluations/2024-12.national-quality-2017", county.region);

    let status = suite.evaluations().get_evaluation(GetEvaluationRequest { name: name.clone() }).await.unwrap_err();

    assert_eq!(status.code(), Code::NotFound);
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    let found = suite.evaluations().get_evaluation(GetEvaluationRequest { name }).await.unwrap().into_inner();
    assert!(found.evaluated_at.is_some() && found.evaluation.is_some());
}
