//! Pages: who gets one, over what, and what operators see of it.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use junheng_runtime::access::Access;
use junheng_runtime::config::AccessConfig;
use junheng_runtime::telemetry;
use junheng_runtime::tls::Tls;
use junheng_runtime::{Clock, Config, Host, Limits, Pages, ServeError};
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use crate::echo::descriptors;
use crate::harness::{PATIENCE, POLICY, eventually, limits};
use crate::observed::Log;
use crate::secured::{Authority, Files, client};

const ROUTES: [&str; 4] = ["/words/{word}", "/panic", "/wait", "/large"];

/// Bytes of a page that no buffer on the way takes as a whole.
const LARGE: usize = 64 * 1024 * 1024;

fn apology(status: StatusCode, incident: &str) -> Response {
    (status, format!("sorry {}", !incident.is_empty())).into_response()
}

async fn defect() -> &'static str {
    panic!("a defect")
}

fn pages() -> Pages {
    let router = Router::new()
        .route(ROUTES[0], get(async || "word"))
        .route(ROUTES[1], get(defect))
        .route(ROUTES[2], get(std::future::pending::<&'static str>))
        .route(ROUTES[3], get(async || vec![b'.'; LARGE]));
    Pages::new(router, ROUTES.to_vec(), apology)
}

async fn serve(host: Host, pages: Pages) -> (SocketAddr, CancellationToken, JoinHandle<Result<(), ServeError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let stopping = stop.clone();
    (address, stop, tokio::spawn(async move { host.serve_pages(listener, pages, stopping).await }))
}

/// Gets a path with further headers, and reads until the other side closes.
async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    path: &str,
    headers: &str,
) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = vec![];
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Gets a path; the status line and the body.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> std::io::Result<(String, String)> {
    let text = exchange(&mut stream, path, "connection: close\r\n").await?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Ok((head.lines().next().unwrap_or_default().to_owned(), body.to_owned()))
}

async fn plainly(address: SocketAddr, path: &str) -> (String, String) {
    ask(TcpStream::connect(address).await.unwrap(), path).await.unwrap()
}

/// Gets a page over TLS from who is trusted, naming protocols.
async fn securely(address: SocketAddr, protocols: &str, trusted: &Authority) -> std::io::Result<(String, String)> {
    let mut config = client(trusted, None);
    config.alpn_protocols = protocols.split_whitespace().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    ask(stream, "/words/a").await
}

/// Lines of the policy for all pages but one.
const LINES: &str = "[pages]\n\"/words/{word}\" = { shows = [\"test.Echo/Say\"] }\n\"/panic\" = { shows = [\"public\"] }\n\
    \"/large\" = { shows = [\"test.Echo/Say\"] }\n";
/// The line of that one.
const WAIT: &str = "\"/wait\" = { shows = [\"test.Echo/Say\"] }\n";

/// Asks everybody who he is.
async fn access() -> Access {
    let folder = TempDir::new().unwrap();
    let jwks = folder.path().join("jwks.json");
    fs::write(&jwks, r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)
        .unwrap();
    let config = AccessConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        jwks: jwks.display().to_string(),
        ..Config::defaults().unwrap().access
    };
    Access::open(&config, Clock::system()).await.unwrap()
}

#[tokio::test]
async fn pages_are_secured_and_speak_http_1() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), "");
    let host = Host::new(&limits()).with_tls(Tls::open(&files.config()).unwrap());
    let (address, ..) = serve(host, pages()).await;

    for protocols in ["http/1.1", "h2 http/1.1", ""] {
        let (status, body) = securely(address, protocols, &authority).await.unwrap();
        assert_eq!((status.as_str(), body.as_str()), ("HTTP/1.1 200 OK", "word"), "{protocols}");
    }
    assert!(securely(address, "h2", &authority).await.is_err(), "no HTTP/1.1");
    assert!(securely(address, "", &Authority::new()).await.is_err(), "trusts another authority");
    let plain = ask(TcpStream::connect(address).await.unwrap(), "/words/a").await;
    assert!(!plain.unwrap_or_default().0.contains("200"), "plain text");
}

#[tokio::test]
async fn operators_see_pages_by_route_and_class_of_status() {
    let metrics = telemetry::metrics().unwrap();
    let (address, ..) = serve(Host::new(&Limits { default_deadline_ms: 50, ..limits() }), pages()).await;

    for (path, status, body) in [
        ("/words/a?b=c", "HTTP/1.1 200 OK", "word"),
        ("/words/secret", "HTTP/1.1 200 OK", "word"),
        ("/panic", "HTTP/1.1 500 Internal Server Error", "sorry true"),
        ("/wait", "HTTP/1.1 503 Service Unavailable", "sorry false"),
        ("/no/such/page", "HTTP/1.1 404 Not Found", ""),
    ] {
        assert_eq!(plainly(address, path).await, (status.to_owned(), body.to_owned()), "{path}");
    }

    let text = metrics.render();
    for (route, status) in [("/words/{word}", "2xx"), ("/panic", "5xx"), ("/wait", "5xx"), ("other", "4xx")] {
        let series = format!("junheng_page_requests_total{{route=\"{route}\",status=\"{status}\"}}");
        assert!(text.contains(&series), "{series} in\n{text}");
        assert!(text.contains(&format!("junheng_page_duration_seconds_count{{route=\"{route}\"}}")), "{text}");
    }
    assert!(!text.contains("secret") && !text.contains("/no/such"), "{text}");
}

#[tokio::test]
async fn what_a_process_cannot_take_on_is_told_at_once() {
    let metrics = telemetry::metrics().unwrap();
    let (address, stop, serving) = serve(Host::new(&Limits { concurrency: 1, ..limits() }), pages()).await;
    let waiting = tokio::spawn(plainly(address, "/wait"));
    eventually(async || plainly(address, "/words/a").await.0.contains("503")).await;

    let mut stream = TcpStream::connect(address).await.unwrap();
    let refused = exchange(&mut stream, "/words/a", "connection: close\r\n").await.unwrap();
    assert!(refused.contains(" 503 ") && refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(metrics.render().contains("junheng_rpc_shed_total "));

    waiting.abort();
    eventually(async || plainly(address, "/words/a").await.0.contains("200")).await;
    stop.cancel();
    assert!(tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed_and_none_is_one_of_the_services() {
    let limits = Limits { keepalive_timeout_ms: 50, max_connections: 0, ..limits() };
    let (address, ..) = serve(Host::new(&limits), pages()).await;

    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut stream, "/words/a", "").await.expect("still open");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("content-length: 4\r\n"), "{answer}");

    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /words/a HTTP/1.1\r\nhost: localhost\r\nx-slow:").await.unwrap();
    let mut said = vec![];
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "waits for the rest of a head");
}

/// Asks for the large page, and has the rest of it to read.
async fn begin_large(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    stream
}

/// How much of a page still comes.
async fn rest_of(mut stream: TcpStream) -> usize {
    let mut rest = vec![];
    // Cut off or ended: what came before counts.
    let _ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("still open");
    rest.len()
}

#[tokio::test]
async fn who_reads_nothing_of_a_page_loses_the_connection() {
    let (log, _guard) = Log::catch();
    let (address, ..) = serve(Host::new(&Limits { keepalive_timeout_ms: 200, ..limits() }), pages()).await;

    let stream = begin_large(address).await;
    eventually(async || log.lines("page not read in time, connection closed").len() == 1).await;

    assert!(rest_of(stream).await < LARGE);
    let (address, ..) = serve(Host::new(&limits()), pages()).await;
    assert!(rest_of(begin_large(address).await).await > LARGE, "cut off though it was read");
}

#[tokio::test]
async fn pages_that_a_drain_cuts_are_counted() {
    let (log, _guard) = Log::catch();
    let limits = Limits { concurrency: 2, drain_timeout_ms: 100, ..limits() };
    let (address, stop, serving) = serve(Host::new(&limits), pages()).await;
    let waiting = [(); 2].map(|()| tokio::spawn(plainly(address, "/wait")));
    eventually(async || plainly(address, "/words/a").await.0.contains("503")).await;

    stop.cancel();
    assert!(tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap().is_ok());

    let lines = log.lines("drain timed out, cutting pages");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["pages.count"], 2, "{lines:?}");
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn nothing_but_http_1_is_spoken() {
    let (address, ..) = serve(Host::new(&limits()), pages()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();

    let mut said = vec![];
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;

    assert!(ended.is_ok(), "still open");
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 400"), "{said:?}");
}

#[tokio::test]
async fn behind_a_proxy_it_is_told_where_a_look_comes_from() {
    let (log, _guard) = Log::catch();
    for (proxies, peer) in [(vec!["127.0.0.0/8".parse().unwrap()], "203.0.113.7"), (vec![], "127.0.0.1:")] {
        let (address, ..) = serve(Host::new(&limits()).with_proxies(&proxies), pages()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        exchange(&mut stream, "/words/a", "x-forwarded-for: 203.0.113.7\r\nconnection: close\r\n").await.unwrap();

        let lines = log.lines("page served");
        let told = lines.last().unwrap()["caller.peer"].as_str().unwrap();
        assert!(told.starts_with(peer), "{lines:?}");
    }
}

#[tokio::test]
async fn no_client_certificate_is_asked_of_who_looks_at_pages() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), &authority.pem);
    let host = Host::new(&limits()).with_tls(Tls::open(&files.mutual()).unwrap()).with_access(access().await);
    let policy = format!("{LINES}{WAIT}{POLICY}");
    let (address, ..) = serve(host, pages().with_policy(policy.leak(), descriptors().leak())).await;

    let (status, _) = securely(address, "http/1.1", &authority).await.unwrap();

    assert_eq!(status, "HTTP/1.1 401 Unauthorized");
}

#[tokio::test]
async fn pages_without_a_line_in_the_policy_are_not_served_to_people_who_must_be_known() {
    let access = access().await;
    let whole = format!("{LINES}{WAIT}{POLICY}");
    let host = Host::new(&limits()).with_access(access);
    let pages = |policy: String| pages().with_policy(policy.leak(), descriptors().leak());

    let (.., serving) = serve(host.clone(), pages(format!("{LINES}{POLICY}"))).await;
    let error = tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap().unwrap_err();
    assert!(
        matches!(&error, ServeError::Policy(error) if error.to_string().contains("/wait has no entry")),
        "{error:?}"
    );

    let nothing = whole.replace("[\"public\"]", "[]");
    let (.., serving) = serve(host.clone(), pages(nothing)).await;
    let error = tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap().unwrap_err();
    assert!(
        matches!(&error, ServeError::Policy(error) if error.to_string().contains("/panic: shows nothing")),
        "{error:?}"
    );

    let (address, ..) = serve(host, pages(whole)).await;
    for (path, status) in [("/words/a", "401"), ("/wait", "401"), ("/nothing", "401"), ("/panic", "500")] {
        assert!(plainly(address, path).await.0.contains(status), "{path}");
    }
}
