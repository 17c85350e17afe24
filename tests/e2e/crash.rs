//! The program is killed at the worst moments: what got a receipt is there, once, and what follows from it follows.

use std::time::{Duration, Instant};

use junheng_e2e::{
    County, Database, Program, eventually, on_both_databases,
    suite::{connect, find_stored, register},
};
use junheng_proto::{
    evaluation::v1::evaluation_service_client::EvaluationServiceClient,
    ingest::v1::{
        ListSubmissionsRequest, Receipt, Submission, SubmitMonthResponse, SubmitMonthsRequest,
        registry_service_client::RegistryServiceClient, submission_service_client::SubmissionServiceClient,
        submit_month_response, submit_months_response,
    },
};
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;

on_both_databases!(
    a_month_survives_a_kill_right_after_its_receipt,
    a_kill_in_the_middle_of_a_stream_loses_no_receipt_and_doubles_nothing,
    a_request_to_stop_lets_calls_end_and_exits_with_zero,
);

const FAST_EVALUATOR: &str = "evaluation.poll_interval_ms=20";
/// What a killed evaluator had claimed is free again after this.
const SHORT_LEASE: &str = "evaluation.lease_ms=1000";

async fn submissions(program: &Program) -> SubmissionServiceClient<Channel> {
    SubmissionServiceClient::new(connect(program.ingest()).await)
}

async fn evaluations(program: &Program) -> EvaluationServiceClient<Channel> {
    EvaluationServiceClient::new(connect(program.evaluation()).await)
}

async fn registered(program: &Program) -> County {
    let county = County::met();
    register(&mut RegistryServiceClient::new(connect(program.ingest()).await), &county).await;
    county
}

async fn listed(program: &Program, county: &County) -> Vec<Submission> {
    let request =
        ListSubmissionsRequest { parent: county.region.clone(), page_size: 1000, ..ListSubmissionsRequest::default() };
    submissions(program).await.list_submissions(request).await.unwrap().into_inner().submissions
}

fn receipt(response: SubmitMonthResponse) -> Receipt {
    match response.outcome.unwrap() {
        submit_month_response::Outcome::Receipt(receipt) => receipt,
        other => panic!("{other:#?}"),
    }
}

async fn a_month_survives_a_kill_right_after_its_receipt(database: Database) {
    let program = Program::serve(&database, &[FAST_EVALUATOR, SHORT_LEASE]);
    let county = registered(&program).await;

    let request = county.submission("once");
    let first = submissions(&program).await.submit_month(request.clone()).await.unwrap().into_inner();
    program.kill();

    let program = Program::serve(&database, &[FAST_EVALUATOR, SHORT_LEASE]);
    let mut client = evaluations(&program).await;
    let what = "the evaluation after the restart";
    let evaluation = eventually(what, async || find_stored(&mut client, &county.region, &county.month).await).await;
    let again = submissions(&program).await.submit_month(request).await.unwrap().into_inner();
    assert_eq!(again, first);
    let basis = evaluation.basis.unwrap();
    let receipt = receipt(first);
    assert_eq!((basis.submission, basis.content_digest), (receipt.submission, receipt.content_digest));
    let listed = listed(&program, &county).await;
    assert_eq!(listed.iter().map(|submission| submission.revision).collect::<Vec<_>>(), [Some(1)]);
}

/// Months from January 2010 on.
fn months(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{}-{:02}", 2010 + number / 12, 1 + number % 12)).collect()
}

async fn a_kill_in_the_middle_of_a_stream_loses_no_receipt_and_doubles_nothing(database: Database) {
    let program = Program::serve(&database, &[FAST_EVALUATOR, SHORT_LEASE]);
    let county = registered(&program).await;
    let months = months(120);
    let requests: Vec<_> = months.iter().map(|month| county.submission_for(month, month)).collect();

    let messages = requests.clone().into_iter().map(SubmitMonthsRequest::from);
    // The sending side stays open, so that the kill comes in the middle of a call.
    let open = tokio_stream::iter(messages.collect::<Vec<_>>()).chain(tokio_stream::pending());
    let mut answers = submissions(&program).await.submit_months(open).await.unwrap().into_inner();
    let mut program = Some(program);
    let mut receipts = vec![];
    while let Ok(Some(answer)) = answers.message().await {
        let Some(submit_months_response::Outcome::Receipt(receipt)) = answer.outcome else { panic!("{answer:#?}") };
        receipts.push((answer.month, receipt));
        if receipts.len() == 40 {
            program.take().unwrap().kill();
        }
    }
    assert!((40..120).contains(&receipts.len()), "{} receipts came before the kill", receipts.len());

    let program = Program::serve(&database, &[FAST_EVALUATOR, SHORT_LEASE]);
    let kept = listed(&program, &county).await;
    for (month, receipt) in &receipts {
        let of_month: Vec<_> = kept.iter().filter(|submission| submission.month == *month).collect();
        assert_eq!(of_month.len(), 1, "{month}");
        assert_eq!(of_month[0].content_digest, receipt.content_digest, "{month}");
        assert_eq!((of_month[0].revision, of_month[0].known_at), (Some(1), receipt.known_at), "{month}");
    }
    let mut client = submissions(&program).await;
    for (index, request) in requests.into_iter().enumerate() {
        let again = receipt(client.submit_month(request).await.unwrap().into_inner());
        if let Some((month, first)) = receipts.get(index) {
            assert_eq!(again, *first, "{month}");
        }
        assert_eq!(again.revision, Some(1));
    }
    assert_eq!(listed(&program, &county).await.len(), months.len());
    let mut client = evaluations(&program).await;
    for month in &months {
        let what = format!("the evaluation of {month}");
        eventually(&what, async || find_stored(&mut client, &county.region, month).await).await;
    }
}

async fn a_request_to_stop_lets_calls_end_and_exits_with_zero(database: Database) {
    let limit = Duration::from_secs(30);
    let program = Program::serve(&database, &[FAST_EVALUATOR, "limits.drain_timeout_ms=25000"]);
    let county = registered(&program).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let messages = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let message = |month: &str| SubmitMonthsRequest::from(county.submission_for(month, month));
    let mut answers = submissions(&program).await.submit_months(messages).await.unwrap().into_inner();
    sender.send(message("2024-01")).await.unwrap();
    answers.message().await.unwrap().unwrap();

    let asked = Instant::now();
    program.terminate();
    // The call was in progress, so it goes on while nobody new is let in.
    let address = program.ingest();
    eventually("the closed listener", async || tokio::net::TcpStream::connect(address).await.err()).await;
    sender.send(message("2024-02")).await.unwrap();
    let answer = answers.message().await.unwrap().unwrap();
    drop(sender);

    assert_eq!(answer.month, "2024-02");
    assert_eq!(answers.message().await.unwrap(), None);
    let status = program.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < limit);
    let program = Program::serve(&database, &[FAST_EVALUATOR]);
    assert_eq!(listed(&program, &county).await.len(), 2);
}
