use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use webpki::EndEntityCert;

use crate::telemetry::names;

/// Calls: HTTP/2.
pub(crate) const HTTP_2: &[u8] = b"h2";
/// Pages: HTTP/1.1.
pub(crate) const HTTP_1: &[u8] = b"http/1.1";

/// What the certificates in use make of a connection. Who looks at pages is known by his token: he is asked for no certificate.
#[derive(Debug, Clone)]
pub(super) struct Servers {
    pub(super) calls: Arc<ServerConfig>,
    pub(super) pages: Arc<ServerConfig>,
}

impl Servers {
    /// For those who speak a protocol, by its ALPN name.
    fn of(&self, protocol: &[u8]) -> Arc<ServerConfig> {
        Arc::clone(if protocol == HTTP_1 { &self.pages } else { &self.calls })
    }
}

/// How connections become secure.
#[derive(Debug, Clone)]
pub(crate) struct Handshakes {
    /// The ALPN name of what is spoken.
    pub(super) protocol: &'static [u8],
    pub(super) current: watch::Receiver<Servers>,
    /// Names of which a client certificate must bear one; none: any, or no certificate.
    pub(super) names: Arc<[String]>,
    pub(super) patience: Duration,
    /// Handshakes in progress at most; who comes then waits.
    pub(crate) most: usize,
}

/// Why a handshake failed: for the log and the metric.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("not finished in time")]
    Late,
    #[error(transparent)]
    Refused(#[from] std::io::Error),
    #[error("the certificate of the client bears another name")]
    Name,
    #[error("another protocol")]
    Protocol,
}

impl Handshakes {
    /// Makes a connection secure, with the names that the client certificate bears. `None` where it failed, which is logged.
    pub(crate) async fn shake(&self, stream: TcpStream) -> Option<(TlsStream<TcpStream>, Arc<[String]>)> {
        let peer = stream.peer_addr().ok();
        let accepted = self.accept(stream).await;
        let outcome = if accepted.is_ok() { "done" } else { "failed" };
        metrics::counter!(names::HANDSHAKES, "outcome" => outcome).increment(1);
        accepted
            .inspect_err(|failure| {
                let peer = peer.map(tracing::field::display);
                tracing::info!(caller.peer = peer, error = failure as &dyn std::error::Error, "connection not secured");
            })
            .ok()
    }

    async fn accept(&self, stream: TcpStream) -> Result<(TlsStream<TcpStream>, Arc<[String]>), Failure> {
        let accepting = TlsAcceptor::from(self.current.borrow().of(self.protocol)).accept(stream);
        let stream = tokio::time::timeout(self.patience, accepting).await.map_err(|_| Failure::Late)??;
        let connection = stream.get_ref().1;
        // Who names no protocol speaks HTTP/1.1.
        if connection.alpn_protocol().unwrap_or(HTTP_1) != self.protocol {
            return Err(Failure::Protocol);
        }
        let certificate = connection.peer_certificates().and_then(|chain| chain.first());
        let names: Arc<[String]> = certificate.map(names_of).unwrap_or_default().into();
        if !self.names.is_empty() && !names.iter().any(|name| self.names.contains(name)) {
            return Err(Failure::Name);
        }
        Ok((stream, names))
    }
}

/// The DNS names and URIs that a certificate bears.
fn names_of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return vec![] };
    certificate.valid_dns_names().chain(certificate.valid_uri_names()).map(str::to_owned).collect()
}
