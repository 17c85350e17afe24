//! TLS: certificates of ours and of our callers, read again from disk while connections go on.

mod files;
mod handshake;
mod validity;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::sync::watch;

use crate::config::TlsConfig;
use crate::telemetry::names;
use files::Files;
use handshake::Servers;
pub(crate) use handshake::{HTTP_1, HTTP_2, Handshakes};

/// The certificates in use. Clones are the same.
#[derive(Debug, Clone)]
pub struct Tls {
    config: TlsConfig,
    current: Arc<watch::Sender<Servers>>,
    read: Arc<std::sync::Mutex<Files>>,
}

/// Certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds nothing of use.
    #[error("{}: {text}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        text: String,
    },
    /// Certificate and key do not fit each other, or TLS refuses them.
    #[error("certificate and key cannot be used")]
    Refused(#[from] rustls::Error),
}

/// The cryptography of the whole process.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Makes the process's cryptography that of every library in it. Call it first thing; further calls change nothing.
pub fn install_provider() {
    // Whoever was first installed the same: there is no other one in this program.
    let _installed: Result<(), Arc<CryptoProvider>> = rustls::crypto::ring::default_provider().install_default();
}

/// How a client of ours connects: it trusts the certificates of a file, or, where that is `""`, those that browsers trust, and shows the
/// certificate of a file with its key, if there is one.
///
/// # Errors
///
/// [`TlsError`] when a file cannot be used.
pub fn client(ca: &str, own: Option<(&str, &str)>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    if ca.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        roots = files::roots(ca, &files::read(ca)?)?;
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots);
    let Some((certificate, key)) = own else { return Ok(Arc::new(builder.with_no_client_auth())) };
    let chain = files::certificates(certificate, &files::read(certificate)?)?;
    Ok(Arc::new(builder.with_client_auth_cert(chain, files::private_key(key, &files::read(key)?)?)?))
}

impl Tls {
    /// Reads the certificates for the first time.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when they cannot be used.
    pub fn open(config: &TlsConfig) -> Result<Self, TlsError> {
        let files = Files::read(config)?;
        let current = Arc::new(watch::Sender::new(servers(config, &files)?));
        Ok(Self { config: config.clone(), current, read: Arc::new(std::sync::Mutex::new(files)) })
    }

    /// Reads the certificates again and again, until dropped. New connections get the new ones; where those cannot be used the old stay.
    pub async fn keep(self) {
        let interval = Duration::from_millis(self.config.reload_interval_ms);
        loop {
            tokio::time::sleep(interval).await;
            self.reload();
        }
    }

    fn reload(&self) {
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let renewed = match Files::read(&self.config) {
            Ok(files) if files == *read => return,
            Ok(files) => servers(&self.config, &files).map(|servers| (files, servers)),
            Err(error) => Err(error),
        };
        match renewed {
            Ok((files, servers)) => {
                *read = files;
                self.current.send_replace(servers);
                metrics::counter!(names::CERTIFICATES_READ, "outcome" => "read").increment(1);
                tracing::info!("certificates read anew");
            }
            Err(error) => {
                metrics::counter!(names::CERTIFICATES_READ, "outcome" => "failed").increment(1);
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "new certificates cannot be used, the old stay in use");
            }
        }
    }

    /// Handshakes with those who speak a protocol, by its ALPN name.
    pub(crate) fn handshakes(&self, protocol: &'static [u8]) -> Handshakes {
        Handshakes {
            protocol,
            current: self.current.subscribe(),
            names: if protocol == HTTP_1 { Arc::default() } else { self.config.client_names.clone().into() },
            patience: Duration::from_millis(self.config.handshake_timeout_ms),
            most: usize::try_from(self.config.max_handshakes).unwrap_or(usize::MAX),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
fn servers(config: &TlsConfig, files: &Files) -> Result<Servers, TlsError> {
    let chain = files.chain(config)?;
    let ends = chain.first().and_then(|certificate| validity::end(certificate));
    let calls = server(config, files, files.client_ca.as_deref(), HTTP_2)?;
    let pages = server(config, files, None, HTTP_1)?;
    if let Some(end) = ends {
        metrics::gauge!(names::CERTIFICATE_END).set(end.as_millisecond() as f64 / 1_000.0);
    }
    Ok(Servers { calls, pages })
}

fn server(
    config: &TlsConfig,
    files: &Files,
    client_ca: Option<&[u8]>,
    protocol: &[u8],
) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let roots = Arc::new(files::roots(&config.client_ca, ca)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
            let verifier = if config.require_client_certificate { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| TlsError::Content {
                path: config.client_ca.clone().into(),
                text: error.to_string(),
            })?)
        }
    };
    let mut server = builder.with_single_cert(files.chain(config)?, files.key(config)?)?;
    server.alpn_protocols = vec![protocol.to_vec()];
    // A session taken up again would not look at the client's certificate again.
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    Ok(Arc::new(server))
}
