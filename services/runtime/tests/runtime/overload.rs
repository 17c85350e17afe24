//! Calls beyond the limit of the process are refused at once, for next to nothing, and their connection lives on.

use futures::{StreamExt, stream};
use h2::client::SendRequest;
use h2::{Reason, SendStream};
use junheng_runtime::{Host, telemetry};
use prost::Message;
use prost::bytes::Bytes;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

use crate::harness::{PATIENCE, Server, eventually, limits, raw, say};
use crate::observed::Log;

type Waiting = JoinHandle<Result<Response<String>, Status>>;

/// A server that takes one call at a time, and the call that it is busy with.
async fn busy() -> (Server, Waiting) {
    let mut limits = limits();
    limits.concurrency = 1;
    let server = Server::start(&limits).await;
    let waiting = wait(&server).await;
    (server, waiting)
}

async fn wait(server: &Server) -> Waiting {
    let waiting = tokio::spawn(say(server.channel().await, Request::new("wait".to_owned())));
    server.echo.entered.notified().await;
    waiting
}

async fn connect(server: &Server) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Begins a call, gives its answer's status, and what would go on sending.
async fn begin(client: SendRequest<Bytes>, body: Bytes, end: bool) -> (Status, SendStream<Bytes>) {
    let request = http::Request::post("http://server/test.Echo/Say")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let (response, mut sending) = client.ready().await.unwrap().send_request(request, false).unwrap();
    // The answer may come before all of it is sent, and then nobody takes the rest.
    let _sent = sending.send_data(body, end);
    let (head, mut answer) = timeout(PATIENCE, response).await.expect("no answer").unwrap().into_parts();
    let mut last = head.headers;
    if !last.contains_key("grpc-status") {
        while let Some(data) = answer.data().await {
            let size = data.unwrap().len();
            answer.flow_control().release_capacity(size).unwrap();
        }
        last = answer.trailers().await.unwrap().expect("no trailers");
    }
    (Status::from_header_map(&last).expect("no status"), sending)
}

fn framed(text: &str) -> Bytes {
    let message = text.to_owned().encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0][..], &length, &message].concat().into()
}

#[tokio::test]
async fn calls_over_the_limit_of_the_process_are_refused_at_once() {
    let mut limits = limits();
    limits.concurrency = 1;
    let host = Host::new(&limits);
    let ingest = Server::start_on(host.clone(), &limits).await;
    let reporting = Server::start_on(host, &limits).await;
    let waiting = wait(&ingest).await;

    let status = reporting.say("one too many").await.unwrap_err();
    ingest.echo.release.notify_one();
    let waited = waiting.await.unwrap().unwrap().into_inner();
    let after = reporting.say("room again").await;

    assert_eq!(status.code(), Code::Unavailable);
    let details = status.get_error_details();
    assert!(details.retry_info().unwrap().retry_delay.is_some());
    assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(waited, "waited");
    assert_eq!(after.unwrap(), "room again");
}

#[tokio::test]
async fn only_health_is_answered_however_much_is_in_progress() {
    let (server, _waiting) = busy().await;

    for (path, code) in [
        ("/grpc.health.v1.Health/Check", Code::Ok),
        ("/grpc.health.v1.Health/Anything", Code::Unavailable),
        ("/grpc.health.anything", Code::Unavailable),
        ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Code::Unavailable),
    ] {
        assert_eq!(raw(server.address, path, &[], &[], true).await.code(), code, "{path}");
    }
}

#[tokio::test]
async fn the_body_of_a_refused_call_is_not_waited_for_and_not_wanted() {
    let (server, _waiting) = busy().await;

    let (status, mut sending) = begin(connect(&server).await, Bytes::new(), false).await;
    let reset = timeout(PATIENCE, std::future::poll_fn(|context| sending.poll_reset(context))).await;

    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reset.expect("the caller may go on sending").unwrap(), Reason::NO_ERROR);
}

#[tokio::test]
async fn a_connection_lives_on_after_thousands_of_refusals_of_large_bodies() {
    let (server, waiting) = busy().await;
    let client = connect(&server).await;
    let body = Bytes::from(vec![0; 200_000]);

    let refused = stream::iter(0..3000)
        .map(|_| begin(client.clone(), body.clone(), true))
        .buffer_unordered(100)
        .filter(|(status, _)| std::future::ready(status.code() == Code::Unavailable))
        .count()
        .await;
    server.echo.release.notify_one();
    waiting.await.unwrap().unwrap();

    assert_eq!(refused, 3000);
    let (status, _) = begin(client, framed("room again"), true).await;
    assert_eq!(status.code(), Code::Ok, "{status:?}");
}

#[tokio::test]
async fn refusals_are_counted_and_told_in_one_line_for_all() {
    let (log, _guard) = Log::catch();
    let metrics = telemetry::metrics().unwrap();
    let (server, _waiting) = busy().await;
    let channel = server.channel().await;

    for _ in 0..50 {
        say(channel.clone(), Request::new("one too many".to_owned())).await.unwrap_err();
    }
    eventually(async || !log.lines("calls refused: too many were in progress").is_empty()).await;

    let lines = log.lines("calls refused: too many were in progress");
    let told: u64 = lines.iter().map(|line| line["calls.count"].as_u64().unwrap()).sum();
    assert!(lines.len() < 50 && told > 1, "{lines:?}");
    assert_eq!(lines[0]["level"], "WARN");
    assert!(log.lines("call answered").is_empty());
    let rendered = metrics.render();
    assert!(rendered.contains("junheng_rpc_requests_total{method=\"test.Echo/Say\",code=\"UNAVAILABLE\"}"));
    assert!(rendered.contains("junheng_rpc_shed_total "));
}
