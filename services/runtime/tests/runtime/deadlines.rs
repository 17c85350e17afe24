use std::time::Instant;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::harness::{PATIENCE, Server, chat, limits, open, raw};

fn assert_deadline_exceeded(status: &Status) {
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("DEADLINE_EXCEEDED", "junheng"));
    assert_eq!(status.get_details_localized_message().unwrap().locale, "zh-CN");
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_the_default() {
    let mut limits = limits();
    limits.default_deadline_ms = 20;
    let server = Server::start(&limits).await;

    assert_deadline_exceeded(&server.say("hang").await.unwrap_err());
}

#[tokio::test]
async fn the_default_deadline_goes_before_a_longer_one() {
    let mut limits = limits();
    limits.default_deadline_ms = 20;
    let server = Server::start(&limits).await;
    let message = prost::Message::encode_to_vec(&"hang".to_owned());

    let started = Instant::now();
    let status = raw(server.address, "/test.Echo/Say", &[("grpc-timeout", "1H")], &message, true).await;

    assert_deadline_exceeded(&status);
    assert!(started.elapsed() < PATIENCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_of_the_caller_is_never_answered_as_cancelled() {
    let server = Server::start(&limits()).await;
    let message = prost::Message::encode_to_vec(&"hang".to_owned());

    // tonic runs a timer of its own that answers CANCELLED; ours must come first every time.
    for timeout in ["1n", "900u", "1m", "3m", "7m"].repeat(8) {
        let status = raw(server.address, "/test.Echo/Say", &[("grpc-timeout", timeout)], &message, true).await;

        assert_deadline_exceeded(&status);
    }
}

#[tokio::test]
async fn the_deadline_of_the_caller_ends_a_stream() {
    let server = Server::start(&limits()).await;
    let message = prost::Message::encode_to_vec(&"hello".to_owned());

    let status = raw(server.address, "/test.Echo/Chat", &[("grpc-timeout", "30m")], &message, false).await;

    assert_deadline_exceeded(&status);
}

#[tokio::test]
async fn the_default_deadline_does_not_cut_a_stream() {
    let mut limits = limits();
    limits.default_deadline_ms = 10;
    let server = Server::start(&limits).await;
    let mut answers = chat(server.channel().await, open(&["a", "wait"])).await.unwrap();
    answers.message().await.unwrap();

    // A second call that runs into the default deadline proves that the time has passed.
    assert_deadline_exceeded(&server.say("hang").await.unwrap_err());
    server.echo.release.notify_one();

    assert_eq!(answers.message().await.unwrap().as_deref(), Some("waited"));
}
