use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use crate::harness::{Server, chat, eventually, limits, open, say};

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

async fn health(server: &Server, service: &str) -> ServingStatus {
    let mut client = HealthClient::new(server.channel().await);
    client.check(about(service)).await.unwrap().into_inner().status()
}

#[tokio::test]
async fn health_is_not_serving_until_ready() {
    let server = Server::start(&limits()).await;

    for name in ["", "test.Echo"] {
        assert_eq!(health(&server, name).await, ServingStatus::NotServing);
    }
    server.host.readiness().set_ready(true);

    for name in ["", "test.Echo"] {
        eventually(async || health(&server, name).await == ServingStatus::Serving).await;
    }
}

#[tokio::test]
async fn one_who_watches_health_sees_the_end_and_does_not_hold_it_up() {
    let server = Server::start(&limits()).await;
    server.host.readiness().set_ready(true);
    let mut client = HealthClient::new(server.channel().await);
    let mut watched = client.watch(about("")).await.unwrap().into_inner();
    while watched.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}

    server.stop.cancel();

    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert_eq!(watched.message().await.unwrap_err().code(), Code::Unavailable);
    server.ended().await.unwrap();
}

#[tokio::test]
async fn a_call_in_progress_may_end() {
    let server = Server::start(&limits()).await;
    let waiting = tokio::spawn(say(server.channel().await, Request::new("wait".to_owned())));
    server.echo.entered.notified().await;

    server.stop.cancel();
    eventually(async || TcpStream::connect(server.address).await.is_err()).await;
    server.echo.release.notify_one();

    assert_eq!(waiting.await.unwrap().unwrap().into_inner(), "waited");
    server.ended().await.unwrap();
}

#[tokio::test]
async fn a_stream_that_does_not_end_is_cut() {
    let mut limits = limits();
    limits.drain_timeout_ms = 50;
    let server = Server::start(&limits).await;
    let mut answers = chat(server.channel().await, open(&["a", "wait"])).await.unwrap();
    answers.message().await.unwrap();

    server.stop.cancel();
    let cut = answers.message().await;

    assert!(cut.is_err(), "{cut:?}");
    server.ended().await.unwrap();
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_up_the_end() {
    let mut limits = limits();
    limits.drain_timeout_ms = 50;
    let server = Server::start(&limits).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    // Connections are accepted in turn: once this call is answered the silent one is held.
    server.say("hello").await.unwrap();

    server.stop.cancel();
    let address = server.address;
    server.ended().await.unwrap();

    let mut byte = [0];
    eventually(
        async || !matches!(silent.try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock),
    )
    .await;
    assert!(TcpStream::connect(address).await.is_err());
}

/// Why [`a_silent_connection_does_not_hold_up_the_end`] is needed; when this fails the cut may go.
#[tokio::test]
async fn tonic_alone_waits_for_a_silent_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, accepted) = (CancellationToken::new(), CancellationToken::new());
    let incoming = TcpIncoming::from(listener).map({
        let accepted = accepted.clone();
        move |stream| {
            accepted.cancel();
            stream
        }
    });
    let (_, service) = tonic_health::server::health_reporter();
    let mut server = tonic::transport::Server::builder();
    let serving = server.add_service(service).serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
    let serving = tokio::spawn(serving);
    let _silent = TcpStream::connect(address).await.unwrap();
    accepted.cancelled().await;

    stop.cancel();

    assert!(tokio::time::timeout(Duration::from_millis(200), serving).await.is_err());
}

#[tokio::test]
async fn reflection_lists_the_services_in_both_versions() {
    let server = Server::start(&limits()).await;
    let mut current = v1::server_reflection_client::ServerReflectionClient::new(server.channel().await);
    let mut older = v1alpha::server_reflection_client::ServerReflectionClient::new(server.channel().await);

    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(String::new())),
    };
    let mut answers = current.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let listed = format!("{:?}", answers.message().await.unwrap().unwrap());
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::ListServices(String::new())),
    };
    let mut answers = older.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let listed_before = format!("{:?}", answers.message().await.unwrap().unwrap());

    for name in ["test.Echo", "grpc.health.v1.Health"] {
        assert!(listed.contains(name), "{listed}");
        assert!(listed_before.contains(name), "{listed_before}");
    }
}
