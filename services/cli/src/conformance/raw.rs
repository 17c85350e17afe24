//! A call without the client's own deadline, which would answer before the service does.

use std::time::Duration;

use tokio::{net::TcpStream, time::timeout};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens a stream with a `grpc-timeout`, sends nothing over it, and gives the `grpc-status` that the service answers in the end.
pub(super) async fn status_of(target: &str, path: &str, grpc_timeout: &str) -> Result<String, String> {
    timeout(PATIENCE, call(target, path, grpc_timeout)).await.map_err(|_| "没有答复".to_owned())?
}

async fn call(target: &str, path: &str, grpc_timeout: &str) -> Result<String, String> {
    let authority = target
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
        .ok_or_else(|| "只能检验 http:// 地址".to_owned())?;
    let address = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (client, connection) = h2::client::Builder::new().handshake(stream).await.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let answered = ask(client, authority, path, grpc_timeout).await.map_err(|error| error.to_string());
    driver.abort();
    answered
}

async fn ask(
    client: h2::client::SendRequest<&'static [u8]>,
    authority: &str,
    path: &str,
    grpc_timeout: &str,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let request = http::Request::post(format!("http://{authority}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", grpc_timeout)
        .body(())?;
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
