//! A call without the client's own deadline, which would answer before the service does.

use std::{error::Error, sync::Arc, time::Duration};

use http::{Uri, header::AUTHORIZATION};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

use crate::server::Caller;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

type Fault = Box<dyn Error + Send + Sync>;

/// Opens a stream with a `grpc-timeout`, sends nothing over it, and gives the `grpc-status` that the service answers in the end.
pub(super) async fn status_of(target: &str, caller: &Caller, path: &str, grpc_timeout: &str) -> Result<String, String> {
    let answered = timeout(PATIENCE, call(target, caller, path, grpc_timeout)).await;
    answered.map_err(|_| "没有答复".to_owned())?.map_err(|error| error.to_string())
}

async fn call(target: &str, caller: &Caller, path: &str, grpc_timeout: &str) -> Result<String, Fault> {
    let target: Uri = target.parse()?;
    let secure = target.scheme_str() == Some("https");
    let authority = target.authority().ok_or("地址中没有主机")?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(if secure { 443 } else { 80 }))).await?;
    let mut request = http::Request::post(format!("{}://{authority}{path}", if secure { "https" } else { "http" }))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", grpc_timeout)
        .body(())?;
    if let Some(token) = caller.credentials.authorization()? {
        request.headers_mut().insert(AUTHORIZATION, token.as_encoded_bytes().try_into()?);
    }
    if !secure {
        return ask(stream, request).await;
    }
    let mut config = ClientConfig::clone(&*caller.secured()?);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(host.to_owned())?;
    ask(TlsConnector::from(Arc::new(config)).connect(name, stream).await?, request).await
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: http::Request<()>,
) -> Result<String, Fault> {
    let (client, connection) = h2::client::Builder::new().handshake::<_, &'static [u8]>(stream).await?;
    let driver = tokio::spawn(connection);
    let answered = answer(client, request).await;
    driver.abort();
    answered
}

async fn answer(client: h2::client::SendRequest<&'static [u8]>, request: http::Request<()>) -> Result<String, Fault> {
    // Kept open, so that nothing but the deadline ends the call.
    let (response, _sending) = client.ready().await?.send_request(request, false)?;
    let response = response.await?;
    let (head, mut body) = response.into_parts();
    let mut status = head.headers.get("grpc-status").cloned();
    while let Some(chunk) = body.data().await {
        let size = chunk?.len();
        body.flow_control().release_capacity(size)?;
    }
    if let Some(trailers) = body.trailers().await? {
        status = trailers.get("grpc-status").cloned().or(status);
    }
    Ok(status.map_or_else(|| "无".to_owned(), |status| String::from_utf8_lossy(status.as_bytes()).into_owned()))
}
