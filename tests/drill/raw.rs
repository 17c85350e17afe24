//! Calls by bare HTTP/2, without the manners of a gRPC library.

use std::{io, net::SocketAddr, time::Duration};

use h2::client::SendRequest;
use http::{HeaderMap, Request};
use prost::bytes::Bytes;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Bytes>,
    driver: JoinHandle<()>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With a gRPC status: its number and its text.
    Status(i32, String),
    /// With an HTTP status and no gRPC status.
    Http,
    /// The stream or the connection was reset.
    Reset,
    /// Not at all.
    Silence,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = h2::client::handshake(stream).await.map_err(io::Error::other)?;
        let driver = tokio::spawn(async move {
            // How it ends is seen by the calls on it.
            let _ended = connection.await;
        });
        Ok(Self { sender, driver })
    }

    /// Makes a call of which everything is given, and reads how it ends.
    pub(crate) async fn call(&self, request: Request<()>, body: Vec<u8>) -> Ending {
        timeout(PATIENCE, ending(self.sender.clone(), request, body)).await.unwrap_or(Ending::Silence)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn ending(sender: SendRequest<Bytes>, request: Request<()>, body: Vec<u8>) -> Ending {
    read(sender, request, body).await.unwrap_or(Ending::Reset)
}

async fn read(sender: SendRequest<Bytes>, request: Request<()>, body: Vec<u8>) -> Result<Ending, h2::Error> {
    let (response, mut sending) = sender.ready().await?.send_request(request, false)?;
    // The answer may come before the body is sent, and then nobody reads it.
    let _sent = sending.send_data(body.into(), true);
    let (head, mut body) = response.await?.into_parts();
    if let Some(ending) = status(&head.headers) {
        return Ok(ending);
    }
    while let Some(data) = body.data().await {
        let size = data?.len();
        body.flow_control().release_capacity(size)?;
    }
    let trailers = body.trailers().await?;
    Ok(trailers.as_ref().and_then(status).unwrap_or(Ending::Http))
}

fn status(headers: &HeaderMap) -> Option<Ending> {
    let number = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
    let text = headers.get("grpc-message").and_then(|text| text.to_str().ok()).unwrap_or_default();
    Some(Ending::Status(number, text.to_owned()))
}

/// A call of an RPC as a gRPC library makes it.
pub(crate) fn post(address: SocketAddr, path: &str) -> http::request::Builder {
    Request::post(format!("http://{address}{path}")).header("content-type", "application/grpc").header("te", "trailers")
}

/// A message with its prefix.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame
}
