//! A withdrawn month counts as not reported, from then on and for whoever asks.

use junheng_e2e::{
    County, Database, Suite, eventually, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{GetProvinceSummaryRequest, RecomputeEvaluationsRequest},
    ingest::v1::{
        GetFactsRequest, GetSubmissionRequest, SubmissionState, SubmitMonthRequest, WithdrawMonthRequest,
        WithdrawMonthResponse, county_item::Value,
    },
};
use tonic::{Code, Status};

use crate::{item, merging::conflict};

on_both_databases!(
    a_withdrawn_month_counts_as_not_reported,
    what_was_known_before_the_withdrawal_stays_known_as_of_then,
    items_of_a_withdrawn_month_give_way_to_older_ones,
    a_month_that_was_withdrawn_can_be_reported_again,
    a_withdrawal_says_why_and_of_what,
    a_withdrawal_is_done_once,
);

fn withdrawal(county: &County, month: &str, request_id: &str) -> WithdrawMonthRequest {
    WithdrawMonthRequest {
        region: county.region.clone(),
        month: month.to_owned(),
        reason: "误报".to_owned(),
        base_revision: None,
        request_id: request_id.to_owned(),
    }
}

async fn withdraw(suite: &Suite, request: WithdrawMonthRequest) -> Result<WithdrawMonthResponse, Status> {
    suite.submissions().withdraw_month(request).await.map(tonic::Response::into_inner)
}

async fn gone(suite: &Suite, county: &County, month: &str) {
    eventually("the end of the evaluation", async || {
        suite.find_stored(&county.region, month).await.is_none().then_some(())
    })
    .await;
}

async fn a_withdrawn_month_counts_as_not_reported(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    suite.stored(&county.region, &county.month, &receipt).await;

    let withdrawn = withdraw(&suite, withdrawal(&county, &county.month, "withdraw")).await.unwrap();

    assert_eq!(withdrawn.submission, format!("{}/submissions/2024-12.2", county.region));
    assert_eq!(withdrawn.revision, Some(2));
    assert!(timestamp(&withdrawn.known_at.unwrap()) > timestamp(&receipt.known_at.unwrap()));
    gone(&suite, &county, &county.month).await;
    let judged = suite.evaluate(&county.region, &county.month, None).await.unwrap_err();
    assert_eq!((judged.code(), conflict(&judged).1.as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
    let asked = GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: None };
    let facts = suite.submissions().get_facts(asked).await.unwrap_err();
    assert_eq!((facts.code(), conflict(&facts).1.as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
    let summary = GetProvinceSummaryRequest {
        region: county.regions[0].name.clone(),
        month: county.month.clone(),
        standard: String::new(),
    };
    let summary = suite.evaluations().get_province_summary(summary).await.unwrap().into_inner().summary.unwrap();
    assert_eq!(summary.counties.unwrap().reported_county_count, Some(0));
    assert!(!summary.unevaluated_counties[0].reported);
    let recompute = RecomputeEvaluationsRequest {
        region: county.region.clone(),
        first_month: county.month.clone(),
        last_month: county.month.clone(),
        request_id: String::new(),
    };
    let marked = suite.evaluations().recompute_evaluations(recompute).await.unwrap().into_inner();
    assert_eq!(marked.month_count, Some(0));
}

async fn what_was_known_before_the_withdrawal_stays_known_as_of_then(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    let before = timestamp(&receipt.known_at.unwrap());
    let verdict = suite.evaluate(&county.region, &county.month, Some(before)).await.unwrap();
    let ask = async |as_of| {
        let asked =
            GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: Some(instant(as_of)) };
        suite.submissions().get_facts(asked).await.map(tonic::Response::into_inner)
    };
    let facts = ask(before).await.unwrap();
    suite.tick();

    let withdrawn = withdraw(&suite, withdrawal(&county, &county.month, "withdraw")).await.unwrap();

    assert_eq!(suite.evaluate(&county.region, &county.month, Some(before)).await.unwrap(), verdict);
    assert_eq!(ask(before).await.unwrap(), facts);
    let after = timestamp(&withdrawn.known_at.unwrap());
    assert_eq!(ask(after).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(suite.evaluate(&county.region, &county.month, Some(after)).await.unwrap_err().code(), Code::NotFound);
    let again = suite.accepted(county.submission("again")).await;
    assert_eq!(ask(after).await.unwrap_err().code(), Code::NotFound, "what came after it changes nothing");
    assert_eq!(ask(timestamp(&again.known_at.unwrap())).await.unwrap().revision, Some(3));
}

async fn items_of_a_withdrawn_month_give_way_to_older_ones(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission_for("2024-10", "october")).await;
    county.item_mut("G1", "declared_met").value = Some(Value::Declaration(false));
    let november = suite.accepted(county.submission_for("2024-11", "november")).await;
    let december = SubmitMonthRequest { items: vec![], ..county.submission_for("2024-12", "december") };
    let december = suite.accepted(december).await;
    let turned = suite.stored(&county.region, "2024-12", &december).await;
    assert_eq!(item(&turned, "G1"), Verdict::NotMet);
    suite.stored(&county.region, "2024-11", &november).await;

    withdraw(&suite, withdrawal(&county, "2024-11", "withdraw")).await.unwrap();

    let met = suite.stored_where(&county.region, "2024-12", |found| item(found, "G1") == Verdict::Met).await;
    let operand = &met.items.iter().find(|item| item.id == "G1").unwrap().tests[0].operands[0];
    assert_eq!(operand.month, "2024-10");
    gone(&suite, &county, "2024-11").await;
    let asked = GetFactsRequest { region: county.region.clone(), month: "2024-12".to_owned(), as_of: None };
    let facts = suite.submissions().get_facts(asked).await.unwrap().into_inner();
    assert!(facts.counting_items.iter().all(|dated| dated.month == "2024-10"));
    assert_eq!(facts.counting_items.len(), county.items.len());
}

async fn a_month_that_was_withdrawn_can_be_reported_again(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    withdraw(&suite, withdrawal(&county, &county.month, "withdraw")).await.unwrap();
    let based = |id: &str, base| SubmitMonthRequest { base_revision: Some(base), ..county.submission(id) };

    let blind = suite.submit(based("blind", 1)).await.unwrap_err();
    let mut correction = crate::merging::merge(&county, "merge");
    correction.schools = county.facts.clone();
    let nothing_to_correct = suite.submit(correction).await.unwrap_err();
    let third = suite.accepted(based("third", 2)).await;

    assert_eq!(conflict(&blind), (Code::Aborted, "REVISION_CONFLICT".to_owned(), "2".to_owned()));
    assert_eq!(conflict(&nothing_to_correct).1, "MONTH_NOT_REPORTED");
    assert_eq!(third.revision, Some(3));
    assert_eq!(third.findings, [], "nothing is withdrawn by it");
    let evaluation = suite.stored(&county.region, &county.month, &third).await;
    assert_eq!(evaluation.verdict(), Verdict::Met);
}

async fn a_withdrawal_says_why_and_of_what(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;

    let blank = WithdrawMonthRequest { reason: " \u{3000}".to_owned(), ..withdrawal(&county, &county.month, "a") };
    let blank = withdraw(&suite, blank).await.unwrap_err();
    let unreported = withdraw(&suite, withdrawal(&county, "2024-11", "b")).await.unwrap_err();
    let unseen = WithdrawMonthRequest { base_revision: Some(2), ..withdrawal(&county, &county.month, "c") };
    let unseen = withdraw(&suite, unseen).await.unwrap_err();
    let seen = WithdrawMonthRequest { base_revision: Some(1), ..withdrawal(&county, &county.month, "d") };
    let withdrawn = withdraw(&suite, seen).await.unwrap();
    let twice = withdraw(&suite, withdrawal(&county, &county.month, "e")).await.unwrap_err();

    assert_eq!(blank.code(), Code::InvalidArgument);
    assert!(blank.message().contains("reason is blank"), "{blank:?}");
    assert_eq!(conflict(&unreported).1, "MONTH_NOT_REPORTED");
    assert_eq!(conflict(&unseen), (Code::Aborted, "REVISION_CONFLICT".to_owned(), "1".to_owned()));
    assert_eq!(conflict(&twice).1, "MONTH_NOT_REPORTED");
    let request = GetSubmissionRequest { name: withdrawn.submission };
    let kept = suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap();
    assert_eq!(kept.state(), SubmissionState::Withdrawn);
    assert_eq!((kept.revision, kept.withdrawal_reason.as_str()), (Some(2), "误报"));
    assert_eq!((kept.schools, kept.items), (vec![], vec![]));
}

async fn a_withdrawal_is_done_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let request = withdrawal(&county, &county.month, "withdraw");

    let first = withdraw(&suite, request.clone()).await.unwrap();
    suite.accepted(county.submission("again")).await;
    let again = withdraw(&suite, request.clone()).await.unwrap();

    assert_eq!(again, first);
    assert_eq!(crate::merging::facts(&suite, &county).await.revision, Some(3), "the repetition withdraws nothing");
    let other = WithdrawMonthRequest { reason: "另一理由".to_owned(), ..request };
    assert_eq!(conflict(&withdraw(&suite, other).await.unwrap_err()).1, "REQUEST_ID_REUSED");
}
