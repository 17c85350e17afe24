//! What a client proves with who it is, and by what it believes a server.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tonic::{
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, ClientTlsConfig, Identity},
};

/// How long what a token file says is taken for true.
const FRESH: Duration = Duration::from_secs(10);

/// What a client proves with who it is, and by what it believes a server. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct Credentials {
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    token: Option<Token>,
}

#[derive(Clone)]
enum Token {
    Text(MetadataValue<Ascii>),
    File { path: PathBuf, read: Arc<Mutex<Option<Read>>> },
}

/// When a file was read, and what it said.
type Read = (Instant, MetadataValue<Ascii>);

/// Credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A token holds what no header can: it has more than one line, or is none.
    #[error("the token is not one line of plain text")]
    Token,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Believes servers whose certificate comes from those of a file (PEM), and no others; without it those that browsers believe.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::File`] when it cannot be read.
    pub fn with_ca_file(self, path: &Path) -> Result<Self, CredentialsError> {
        Ok(Self { ca: Some(read(path)?), ..self })
    }

    /// Shows servers a certificate of its own (PEM), with its key.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::File`] when one of them cannot be read.
    pub fn with_certificate_files(self, certificate: &Path, key: &Path) -> Result<Self, CredentialsError> {
        Ok(Self { identity: Some((read(certificate)?, read(key)?)), ..self })
    }

    /// Sends a token with every call.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Token`] when it can be none.
    pub fn with_token(self, token: &str) -> Result<Self, CredentialsError> {
        Ok(Self { token: Some(Token::Text(header(token)?)), ..self })
    }

    /// Sends the token of a file with every call; a file that changes is read anew.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when it cannot be read, or holds none.
    pub fn with_token_file(self, path: &Path) -> Result<Self, CredentialsError> {
        let token = Token::File { path: path.to_owned(), read: Arc::default() };
        token.header()?;
        Ok(Self { token: Some(token), ..self })
    }

    /// The value of `authorization`, if there is a token: for calls that are made without [`Client`](crate::Client).
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when the file of the token cannot be read, or holds none.
    pub fn authorization(&self) -> Result<Option<MetadataValue<Ascii>>, CredentialsError> {
        self.token.as_ref().map(Token::header).transpose()
    }

    /// How a connection to `https://` is made.
    #[must_use]
    pub fn tls(&self) -> ClientTlsConfig {
        let config = match &self.ca {
            Some(ca) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)),
            None => ClientTlsConfig::new().with_webpki_roots(),
        };
        match &self.identity {
            Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key)),
            None => config,
        }
    }
}

impl Token {
    fn header(&self) -> Result<MetadataValue<Ascii>, CredentialsError> {
        let (path, known) = match self {
            Self::Text(value) => return Ok(value.clone()),
            Self::File { path, read } => (path, read),
        };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(value.clone());
        }
        let value = header(&String::from_utf8_lossy(&read(path)?))?;
        *known = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CredentialsError> {
    fs::read(path).map_err(|source| CredentialsError::File { path: path.to_owned(), source })
}

fn header(token: &str) -> Result<MetadataValue<Ascii>, CredentialsError> {
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialsError::Token);
    }
    let mut value = MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| CredentialsError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_line_and_shown_to_nobody() {
        let credentials = Credentials::default().with_token(" secret\n").unwrap();

        assert_eq!(credentials.authorization().unwrap().unwrap(), "Bearer secret");
        assert!(!format!("{credentials:?}").contains("secret"));
        assert!(!format!("{:?}", credentials.authorization().unwrap().unwrap()).contains("secret"));
        for token in ["", " ", "two\nlines", "two words", "\u{4ee4}\u{724c}"] {
            assert!(Credentials::default().with_token(token).is_err(), "{token}");
        }
    }

    #[test]
    fn a_token_file_must_hold_one() {
        let missing = Credentials::default().with_token_file(Path::new("/nowhere/token"));

        assert!(matches!(missing, Err(CredentialsError::File { .. })));
        assert!(Credentials::default().authorization().unwrap().is_none());
    }
}
