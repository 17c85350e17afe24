//! A server on a free port, and ways to call it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use http::uri::PathAndQuery;
use junheng_runtime::{Api, Config, Host, Limits, ServeError};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::echo::{AROUND, Echo, descriptors};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Who may call what, where callers must say who they are.
pub(crate) const POLICY: &str = r#"
    [services."test.Echo"]
    Say = { kind = "read", roles = ["service"], region = "none" }
    Chat = { kind = "read", roles = ["service"], region = "none" }
    [services."grpc.health.v1.Health"]
    Check = { kind = "read", roles = ["public"], region = "none" }
    Watch = { kind = "read", roles = ["public"], region = "none" }
    [services."grpc.reflection.v1.ServerReflection"]
    ServerReflectionInfo = { kind = "read", roles = ["anyone"], region = "none" }
    [services."grpc.reflection.v1alpha.ServerReflection"]
    ServerReflectionInfo = { kind = "read", roles = ["anyone"], region = "none" }
"#;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) host: Host,
    pub(crate) stop: CancellationToken,
    pub(crate) echo: Echo,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

pub(crate) fn limits() -> Limits {
    Config::defaults().unwrap().limits
}

impl Server {
    pub(crate) async fn start(limits: &Limits) -> Self {
        Self::start_on(Host::new(limits), limits).await
    }

    pub(crate) async fn start_on(host: Host, limits: &Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let echo =
            Echo { max_message_bytes: limits.max_message_bytes, entered: Arc::default(), release: Arc::default() };
        let api =
            Api::new(descriptors()).with_policy(POLICY).add_service(echo.clone()).surrounded(|caller, deadline| {
                let around = format!("{} {}", caller.subject, deadline.is_some());
                Box::new(move |step| AROUND.sync_scope(around.clone(), step))
            });
        let (serving, stopping) = (host.clone(), stop.clone());
        let served = tokio::spawn(async move { serving.serve(listener, api, stopping).await });
        Self { address, host, stop, echo, served }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub(crate) async fn say(&self, text: &str) -> Result<String, Status> {
        say(self.channel().await, Request::new(text.to_owned())).await.map(Response::into_inner)
    }

    /// Waits for the end of serving.
    pub(crate) async fn ended(self) -> Result<(), ServeError> {
        tokio::time::timeout(PATIENCE, self.served).await.expect("still serving").unwrap()
    }
}

pub(crate) async fn say(channel: Channel, request: Request<String>) -> Result<Response<String>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    grpc.unary(request, PathAndQuery::from_static("/test.Echo/Say"), ProstCodec::default()).await
}

pub(crate) async fn chat(
    channel: Channel,
    texts: impl Stream<Item = String> + Send + 'static,
) -> Result<Streaming<String>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/test.Echo/Chat");
    grpc.streaming(Request::new(texts), path, ProstCodec::default()).await.map(Response::into_inner)
}

/// Says something and nothing more, and keeps the request open.
pub(crate) fn open(texts: &[&str]) -> impl Stream<Item = String> + Send + 'static {
    let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    futures::stream::iter(texts).chain(futures::stream::pending())
}

/// Calls without tonic's client, which keeps deadlines by itself. Returns what the server sent last: headers or trailers.
pub(crate) async fn raw(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    message: &[u8],
    end: bool,
) -> Status {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    raw_bytes(address, path, headers, &frame, end).await
}

/// The same with a body as it is given, prefix and all.
pub(crate) async fn raw_bytes(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    end: bool,
) -> Status {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut request = http::Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut client = client.ready().await.unwrap();
    let (response, mut sending) = client.send_request(request.body(()).unwrap(), false).unwrap();
    // The answer may come before the message is sent, and then there is nothing left to send it to.
    let _sent = sending.send_data(body.to_vec().into(), end);

    let response = tokio::time::timeout(PATIENCE, response).await.expect("no answer").unwrap();
    let (head, mut body) = response.into_parts();
    let mut last = head.headers;
    if !last.contains_key("grpc-status") {
        while let Some(data) = body.data().await {
            let size = data.unwrap().len();
            body.flow_control().release_capacity(size).unwrap();
        }
        last = body.trailers().await.unwrap().expect("no trailers");
    }
    let status = Status::from_header_map(&last).expect("no status");
    driver.abort();
    status
}

/// Asks until the answer is yes.
pub(crate) async fn eventually(mut check: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("never happened");
}
