use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::harness::{Server, chat, limits, open, raw, raw_bytes, say};

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_process_goes_on() {
    let server = Server::start(&limits()).await;
    let channel = server.channel().await;

    let status = say(channel.clone(), Request::new("panic".to_owned())).await.unwrap_err();
    let next = say(channel, Request::new("still there".to_owned())).await.unwrap().into_inner();

    assert_eq!(status.code(), Code::Internal);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INTERNAL", "junheng"));
    assert_eq!(info.metadata["incident"].len(), 32);
    assert_eq!(details.localized_message().unwrap().locale, "zh-CN");
    assert!(!status.message().contains("asked to"));
    assert_eq!(next, "still there");
}

#[tokio::test]
async fn a_panic_within_a_stream_ends_it_with_an_internal_error() {
    let server = Server::start(&limits()).await;
    let (say, said) = tokio::sync::mpsc::unbounded_channel();
    let said = tokio_stream::wrappers::UnboundedReceiverStream::new(said);
    let mut answers = chat(server.channel().await, said).await.unwrap();

    say.send("a".to_owned()).unwrap();
    let first = answers.message().await.unwrap();
    say.send("panic".to_owned()).unwrap();
    let status = answers.message().await.unwrap_err();

    assert_eq!(first.as_deref(), Some("a"));
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.get_details_error_info().unwrap().reason, "INTERNAL");
}

#[tokio::test]
async fn a_message_over_the_limit_exhausts_a_resource() {
    let mut limits = limits();
    limits.max_message_bytes = 1_000;
    let server = Server::start(&limits).await;
    let long = "x".repeat(1_001);

    let unary = server.say(&long).await.unwrap_err();
    let mut answers = chat(server.channel().await, open(&["a", &long])).await.unwrap();
    answers.message().await.unwrap();
    let streamed = answers.message().await.unwrap_err();

    for status in [unary, streamed] {
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.get_details_error_info().unwrap().reason, "MESSAGE_TOO_LARGE");
        assert!(status.get_details_localized_message().is_some());
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_an_invalid_argument() {
    let server = Server::start(&limits()).await;

    // A prefix without its message, part of a prefix, a flag that does not exist, compression that was not named, nothing at all.
    for body in [&[0, 0, 0, 0, 9, 1][..], &[0, 0], &[7, 0, 0, 0, 0], &[1, 0, 0, 0, 0], &[]] {
        let status = raw_bytes(server.address, "/test.Echo/Say", &[], body, true).await;

        assert_eq!(status.code(), Code::InvalidArgument, "{body:?}: {status:?}");
        assert_eq!(status.get_details_error_info().unwrap().reason, "INVALID_FIELD");
    }
}

#[tokio::test]
async fn a_message_that_is_no_protobuf_is_an_invalid_argument() {
    let server = Server::start(&limits()).await;

    let status = raw(server.address, "/test.Echo/Say", &[], &[0xff, 0xff], true).await;

    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_details_error_info().unwrap().reason, "INVALID_FIELD");
    assert_eq!(status.get_details_bad_request().unwrap().field_violations.len(), 1);
}

#[tokio::test]
async fn the_caller_brings_its_trace() {
    let server = Server::start(&limits()).await;
    let mut request = Request::new("caller".to_owned());
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());

    let brought = say(server.channel().await, request).await.unwrap().into_inner();
    let fresh = server.say("caller").await.unwrap();

    assert_eq!(brought, "anonymous 0af7651916cd43dd8448eb211c80319c");
    assert_eq!(fresh.len(), "anonymous ".len() + 32);
}

#[tokio::test]
async fn what_a_service_puts_around_a_call_is_there_in_its_handler_and_its_stream() {
    let server = Server::start(&limits()).await;

    assert_eq!(server.say("around").await.unwrap(), "anonymous true");
    let mut answers = chat(server.channel().await, open(&["around", "around"])).await.unwrap();

    // A stream that has begun to answer has no deadline but its caller's own.
    assert_eq!(answers.message().await.unwrap().as_deref(), Some("anonymous false"));
    assert_eq!(answers.message().await.unwrap().as_deref(), Some("anonymous false"));
}
