//! What the client repeats, how often, under which id, and what it tells.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use junheng_client::{Client, ClientError, Outcome};
use junheng_proto::ingest::v1::AcknowledgeSubmissionRequest;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::scripted::{LONG, Scripted, client, month, quick, refused};

#[tokio::test]
async fn an_unavailable_service_is_asked_again_with_the_same_request_id() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![Status::unavailable("b"), Status::unavailable("a")];
    let client = client(&service, LONG).await;

    let outcome = client.submit_month(month("2024-12")).await.unwrap();

    assert!(matches!(outcome, Outcome::Accepted(receipt) if receipt.submission == "2024-12"));
    let seen = service.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(!seen[0].is_empty() && seen.iter().all(|id| *id == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn an_unavailable_service_is_not_asked_for_ever() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..9).map(|_| refused(Code::Unavailable, "OVERLOADED")).collect();
    let client = client(&service, LONG).await;

    let error = client.submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!((error.reason(), error.retryable()), (Some("OVERLOADED"), true));
    assert_eq!(service.seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn any_other_status_is_told_at_once_with_its_details() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![refused(Code::InvalidArgument, "INVALID_FIELD")];
    let client = client(&service, LONG).await;

    let error = client.submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!(service.seen.lock().unwrap().len(), 1);
    let told = error.service().unwrap();
    assert_eq!((error.reason(), error.localized().as_str()), (Some("INVALID_FIELD"), "中文"));
    assert_eq!((told.code, told.message.as_str()), (Code::InvalidArgument, "english"));
    assert_eq!((told.wrong_fields[0].field.as_str(), told.metadata["resource"].as_str()), ("month", "x"));
    assert!(!error.retryable());
}

#[tokio::test]
async fn a_call_that_outlasts_its_deadline_is_told_as_that_and_not_repeated() {
    let service = Scripted::default();
    let client = client(&service, Duration::from_millis(50)).await;

    let error = client.submit_month(month("slow")).await.unwrap_err();

    assert!(matches!(error, ClientError::DeadlineExceeded), "{error}");
    assert_eq!((error.reason(), service.seen.lock().unwrap().len()), (Some("DEADLINE_EXCEEDED"), 1));
}

#[tokio::test]
async fn tonics_own_timeout_is_told_as_the_deadline() {
    let error = ClientError::from_status(&Status::cancelled("Timeout expired"));

    assert!(matches!(error, ClientError::DeadlineExceeded));
}

#[tokio::test]
async fn an_endpoint_that_is_none_and_one_where_nothing_answers_are_told_apart() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };

    let wrong = Client::connect("not a url").await.unwrap_err();
    let closed = Client::connect_with(format!("http://{nobody}"), quick(3)).await.unwrap_err();

    assert!(matches!(wrong, ClientError::Endpoint { .. }), "{wrong}");
    assert!(matches!(closed, ClientError::Connect { .. }), "{closed}");
}

#[tokio::test]
async fn calls_can_be_made_from_any_task() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;

    let outcome = tokio::spawn(async move { client.submit_month(month("2024-12")).await }).await.unwrap();

    assert!(outcome.is_ok());
}

#[tokio::test]
async fn a_service_in_trouble_is_not_drowned_in_retries() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..20).map(|_| Status::unavailable("down")).collect();
    let client = client(&service, LONG).await;

    client.submit_month(month("2024-11")).await.unwrap_err();
    let of_first = service.seen.lock().unwrap().len();
    client.clone().submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!(of_first, 4, "four tokens of ten");
    assert_eq!(service.seen.lock().unwrap().len(), 5, "half of them are left: clones share them");
}

#[tokio::test]
async fn who_watches_is_told_before_every_wait() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![refused(Code::Unavailable, "OVERLOADED"), Status::unavailable("a")];
    let told = Arc::new(Mutex::new(vec![]));
    let client = client(&service, LONG).await.with_observer({
        let told = Arc::clone(&told);
        move |retrying| {
            let reason = retrying.error.reason().unwrap_or_default().to_owned();
            told.lock().unwrap().push((retrying.attempt, retrying.attempts, retrying.delay, reason));
        }
    });

    client.submit_month(month("2024-12")).await.unwrap();

    let told = told.lock().unwrap();
    let without_delay: Vec<_> = told.iter().map(|(attempt, of, _, reason)| (*attempt, *of, reason.as_str())).collect();
    assert_eq!(without_delay, [(1, 4, ""), (2, 4, "OVERLOADED")]);
    assert!(told.iter().all(|(_, _, delay, _)| *delay > Duration::ZERO));
}

#[tokio::test]
async fn a_held_month_is_no_error_and_its_acknowledgement_is_repeated_under_one_id() {
    let service = Scripted::default();
    let client = client(&service, Duration::from_secs(5)).await;
    let outcome = client.submit_month(month("held")).await.unwrap();
    let Outcome::Held(held) = outcome else { panic!("{outcome:?}") };
    service.seen.lock().unwrap().clear();
    service.statuses.lock().unwrap().push(Status::unavailable("busy"));

    let request = AcknowledgeSubmissionRequest {
        name: held.submission,
        request_id: "acknowledge".to_owned(),
        ..AcknowledgeSubmissionRequest::default()
    };
    let outcome = client.acknowledge_submission(request).await.unwrap();

    assert!(matches!(outcome, Outcome::Accepted(receipt) if receipt.submission == "held"));
    assert_eq!(*service.seen.lock().unwrap(), ["acknowledge", "acknowledge"]);
}
