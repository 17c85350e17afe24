use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use crate::config::TlsConfig;

/// What the files hold. `Debug` shows nothing of it: one of them is a key.
#[derive(PartialEq, Eq)]
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    pub(super) client_ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Files").finish_non_exhaustive()
    }
}

impl Files {
    pub(super) fn read(config: &TlsConfig) -> Result<Self, TlsError> {
        let client_ca = if config.client_ca.is_empty() { None } else { Some(read(&config.client_ca)?) };
        Ok(Self { certificate: read(&config.certificate)?, key: read(&config.key)?, client_ca })
    }

    pub(super) fn chain(&self, config: &TlsConfig) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        certificates(&config.certificate, &self.certificate)
    }

    pub(super) fn key(&self, config: &TlsConfig) -> Result<PrivateKeyDer<'static>, TlsError> {
        private_key(&config.key, &self.key)
    }
}

/// The private key of a file.
pub(super) fn private_key(path: &str, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    // The error would say what stands in the file.
    PrivateKeyDer::from_pem_slice(text).map_err(|_| content(path, "no private key"))
}

pub(super) fn read(path: &str) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::File { path: path.into(), source })
}

/// The certificates of a file, as what is trusted.
pub(super) fn roots(path: &str, text: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, text)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

/// The certificates of a file.
pub(super) fn certificates(path: &str, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(content(path, "no certificate")),
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(content(path, "not PEM")),
    }
}

fn content(path: &str, text: &str) -> TlsError {
    TlsError::Content { path: Path::new(path).to_owned(), text: text.to_owned() }
}
