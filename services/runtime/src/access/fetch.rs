//! One GET of a small document over HTTP/1.1, with or without TLS. Nothing is followed, nothing is kept open.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::poll_fn;
use http::{Request, Uri, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const PATIENCE: Duration = Duration::from_secs(5);
/// Largest document that is taken. Units: bytes.
const LARGEST: usize = 1 << 20;

/// A document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("not a URL of the form http(s)://HOST[:PORT]/PATH")]
    Url,
    #[error("cannot connect")]
    Connect(#[from] std::io::Error),
    #[error("HTTP failed")]
    Http(#[from] hyper::Error),
    #[error("request cannot be made")]
    Request(#[from] http::Error),
    #[error("answered with {0}")]
    Status(http::StatusCode),
    #[error("larger than {LARGEST} bytes")]
    TooLarge,
}

/// Fetches a document.
pub(super) async fn fetch(url: &Uri, tls: &Arc<ClientConfig>) -> Result<Vec<u8>, FetchError> {
    tokio::time::timeout(PATIENCE, get(url, tls)).await.unwrap_or(Err(FetchError::Late))
}

async fn get(url: &Uri, tls: &Arc<ClientConfig>) -> Result<Vec<u8>, FetchError> {
    let host = url.host().ok_or(FetchError::Url)?;
    let secure = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await?;
    if !secure {
        return request(url, stream).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| FetchError::Url)?;
    request(url, TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?).await
}

async fn request(
    url: &Uri,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Vec<u8>, FetchError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let authority = url.authority().ok_or(FetchError::Url)?.as_str();
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .body(String::new())?;
    let answering = async {
        let response = sender.send_request(request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        collect(response.into_body()).await
    };
    let mut connection = std::pin::pin!(connection);
    let mut answering = std::pin::pin!(answering);
    tokio::select! {
        answer = &mut answering => answer,
        ended = &mut connection => {
            ended?;
            // The last bytes may have come with the end of the connection.
            answering.await
        }
    }
}

async fn collect(mut body: Incoming) -> Result<Vec<u8>, FetchError> {
    let mut document = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            document.extend_from_slice(&data);
        }
        if document.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
    }
    Ok(document)
}
