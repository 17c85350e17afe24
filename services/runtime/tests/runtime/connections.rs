//! Connections end when they are old, dead or say nothing.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{PATIENCE, Server, limits, raw};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const NO_SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// Waits until the other side closes.
async fn closed(stream: &mut TcpStream) {
    let mut said = vec![];
    // A reset is an end, too.
    let ended = timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "still open");
}

#[tokio::test]
async fn a_connection_that_never_begins_to_speak_is_closed() {
    let mut limits = limits();
    limits.keepalive_timeout_ms = 50;
    let server = Server::start(&limits).await;

    for said in [&[][..], &PREFACE[..10]] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(said).await.unwrap();

        closed(&mut stream).await;
    }
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_given_up() {
    let mut limits = limits();
    (limits.keepalive_interval_ms, limits.keepalive_timeout_ms) = (20, 50);
    let server = Server::start(&limits).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();

    stream.write_all(&[PREFACE, NO_SETTINGS].concat()).await.unwrap();

    closed(&mut stream).await;
}

#[tokio::test]
async fn a_connection_that_speaks_outlives_the_patience_with_silence() {
    let mut limits = limits();
    (limits.keepalive_interval_ms, limits.keepalive_timeout_ms) = (0, 50);
    let server = Server::start(&limits).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&[PREFACE, NO_SETTINGS].concat()).await.unwrap();

    let mut said = vec![];
    let ended = timeout(std::time::Duration::from_millis(300), stream.read_to_end(&mut said)).await;

    assert!(ended.is_err(), "closed after {said:?}");
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_until_another_closes() {
    let mut limits = limits();
    limits.max_connections = 1;
    let server = Server::start(&limits).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (first, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let message = prost::Message::encode_to_vec(&"hello".to_owned());
    let address = server.address;

    let waiting = tokio::spawn(async move { raw(address, "/test.Echo/Say", &[], &message, true).await });
    for _ in 0..50 {
        let request = http::Request::post("http://server/test.Echo/None").body(()).unwrap();
        let (response, _) = first.clone().ready().await.unwrap().send_request(request, true).unwrap();
        response.await.unwrap();
    }
    assert!(!waiting.is_finished());
    drop(first);
    driver.abort();

    let status = timeout(PATIENCE, waiting).await.expect("still waits").unwrap();
    assert_eq!(status.code(), tonic::Code::Ok);
}

#[tokio::test]
async fn an_old_connection_is_asked_to_close() {
    let mut limits = limits();
    limits.max_connection_age_ms = 50;
    let server = Server::start(&limits).await;

    let stream = TcpStream::connect(server.address).await.unwrap();
    let (_client, connection) = h2::client::handshake(stream).await.unwrap();
    let ended = timeout(PATIENCE, connection).await;

    assert!(ended.is_ok(), "still open");
    let message = prost::Message::encode_to_vec(&"hello".to_owned());
    let status = raw(server.address, "/test.Echo/Say", &[], &message, true).await;
    assert_eq!(status.code(), tonic::Code::Ok, "a new one is welcome");
}
