//! `junheng conformance` passes on our own interface, and finds what a proxy breaks.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    process::Output,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll},
};

use http_body::{Body as _, Frame};
use junheng_e2e::{County, Database, Suite, on_both_databases, run, suite::connect};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use prost::{Message as _, bytes::Bytes};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Status, body::Body, transport::Server};
use tower::{Service as _, ServiceExt as _, service_fn};

on_both_databases!(
    our_own_interface_conforms,
    what_a_proxy_breaks_is_found,
    a_county_that_nobody_registered_is_told_at_once,
);

/// What a proxy does to calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    /// Nothing.
    Passes,
    /// Leaves out the details of statuses.
    DropsDetails,
    /// Gives every request an id of its own.
    RenamesRequests,
    /// Takes messages up to 4 MiB.
    TakesSmallMessages,
}

/// Bytes that a proxy which takes small messages takes.
const SMALL: usize = 4 << 20;

async fn serve(proxy: Proxy, upstream: SocketAddr) -> SocketAddr {
    let channel = connect(upstream).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = service_fn(move |request: http::Request<Body>| {
        let mut channel = channel.clone();
        async move {
            let request = match proxy {
                Proxy::RenamesRequests if request.uri().path().ends_with("/SubmitMonth") => renamed(request).await,
                Proxy::TakesSmallMessages if request.uri().path().ends_with("/SubmitMonth") => {
                    let (head, body) = request.into_parts();
                    let bytes = collect(body).await;
                    if bytes.len() > SMALL {
                        return Ok(Status::resource_exhausted("too large").into_http::<Body>());
                    }
                    http::Request::from_parts(head, Body::new(Whole(Some(bytes.into()))))
                }
                _ => request,
            };
            let mut response = channel.ready().await?.call(request).await?;
            if proxy == Proxy::DropsDetails {
                response.headers_mut().remove("grpc-status-details-bin");
            }
            Ok::<_, tonic::transport::Error>(response)
        }
    });
    tokio::spawn(Server::builder().serve_with_incoming(service, TcpListenerStream::new(listener)));
    address
}

async fn renamed(request: http::Request<Body>) -> http::Request<Body> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (head, body) = request.into_parts();
    let bytes = collect(body).await;
    let mut message = SubmitMonthRequest::decode(&bytes[5..]).unwrap();
    if !message.request_id.is_empty() {
        message.request_id = format!("proxy-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    }
    let message = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    http::Request::from_parts(head, Body::new(Whole(Some(frame.into()))))
}

async fn collect(mut body: Body) -> Vec<u8> {
    let mut bytes = vec![];
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame.unwrap().into_data() {
            bytes.extend(data);
        }
    }
    bytes
}

/// A body in one piece.
pub(crate) struct Whole(pub(crate) Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Runs the command, and gives what it found by id: 通过, 不通过 or 未检验.
async fn check(address: SocketAddr, region: Option<&str>) -> (Output, Vec<(String, String)>) {
    let mut arguments = vec!["conformance".to_owned(), "--target".to_owned(), format!("http://{address}")];
    arguments.extend(region.map(|region| ["--region".to_owned(), region.to_owned()]).into_iter().flatten());
    let running = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(running).await.unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let cells = |line: &str| {
        let mut cells = line.split_whitespace().map(ToOwned::to_owned);
        (cells.next().unwrap(), cells.next().unwrap())
    };
    let found = text.lines().skip(1).map(cells).collect();
    (output, found)
}

fn with(result: &str, found: &[(String, String)]) -> BTreeSet<String> {
    found.iter().filter(|(_, got)| got == result).map(|(id, _)| id.clone()).collect()
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

async fn our_own_interface_conforms(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met_at("219911", "41"));
    suite.register(&county).await;

    let (output, found) = check(suite.ingest_address(), Some("219911")).await;
    let (again, _) = check(serve(Proxy::Passes, suite.ingest_address()).await, Some("219911")).await;
    let (reading, without) = check(suite.ingest_address(), None).await;

    let printed = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert_eq!((found.len(), with("通过", &found).len()), (15, 15));
    assert_eq!(again.status.code(), Some(0), "through a proxy that passes, again: {}", printed(&again));
    assert_eq!(reading.status.code(), Some(0), "{}", printed(&reading));
    assert_eq!(
        with("通过", &without),
        ids(&["health", "reflection", "malformed", "unknown-county", "deadline"]),
        "nothing is written without a county"
    );
}

async fn what_a_proxy_breaks_is_found(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met_at("219911", "41"));
    suite.register(&county).await;
    for (proxy, broken) in [
        (Proxy::DropsDetails, ids(&["malformed", "unknown-county", "reuse", "pages"])),
        (Proxy::RenamesRequests, ids(&["repeat", "reuse"])),
        (Proxy::TakesSmallMessages, ids(&["large-message"])),
    ] {
        let (output, found) = check(serve(proxy, suite.ingest_address()).await, Some("219911")).await;

        assert_eq!(with("不通过", &found), broken, "{proxy:?}");
        assert_eq!(output.status.code(), Some(1));
    }
}

async fn a_county_that_nobody_registered_is_told_at_once(database: Database) {
    let suite = Suite::start(database).await;

    let (output, found) = check(suite.ingest_address(), Some("219911")).await;

    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), found.len()), (Some(1), 0));
    assert!(told.contains("请先登记") && told.trim().lines().count() == 1, "{told}");
}
