//! Where services are found, and as whom they are called.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use junheng_client::{Client, ClientError, Credentials, Policy, Retrying};
use junheng_runtime::tls::{self, TlsError};
use tokio_rustls::rustls::ClientConfig;

use crate::{failure::Failure, output};

/// Where `junheng serve` offers the ingest service by default.
pub(crate) const INGEST: &str = "http://127.0.0.1:50051";
/// Where `junheng serve` offers the evaluation service by default.
pub(crate) const EVALUATION: &str = "http://127.0.0.1:50052";
/// Where `junheng serve` offers the report service by default.
pub(crate) const REPORTING: &str = "http://127.0.0.1:50053";

/// What the whole command line says of the caller, once: every command connects as the same one.
static CALLER: OnceLock<Caller> = OnceLock::new();

/// As whom services are called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// For calls.
    pub(crate) credentials: Credentials,
    /// File of the certificates that servers are believed by.
    ca: Option<PathBuf>,
    /// Files of the own certificate and its key.
    own: Option<(PathBuf, PathBuf)>,
}

/// Whether it says anything.
static IDENTIFIED: OnceLock<bool> = OnceLock::new();

/// As whom services are called: flags of every command.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Identity {
    #[arg(
        long,
        global = true,
        env = "JUNHENG_CA",
        value_name = "FILE",
        help_heading = "连接",
        help = "信任的服务端证书颁发者（PEM）；不给出时用公共的"
    )]
    ca: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        env = "JUNHENG_CERT",
        value_name = "FILE",
        help_heading = "连接",
        help = "客户端证书（PEM），与 --key 同用"
    )]
    cert: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        env = "JUNHENG_KEY",
        value_name = "FILE",
        help_heading = "连接",
        help = "客户端证书的私钥（PEM）"
    )]
    key: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        env = "JUNHENG_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        conflicts_with = "token_file",
        help_heading = "连接",
        help = "令牌；宜用环境变量或文件给出"
    )]
    token: Option<Secret>,
    #[arg(
        long,
        global = true,
        env = "JUNHENG_TOKEN_FILE",
        value_name = "FILE",
        help_heading = "连接",
        help = "令牌文件，内容改变后随之更换"
    )]
    token_file: Option<PathBuf>,
}

/// A text that is shown to nobody.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl Identity {
    /// Calls services as this one from now on.
    pub(crate) fn assume(&self) -> Result<(), Failure> {
        let credentials = self.read().map_err(|error| Failure::Client(ClientError::Credentials(error)))?;
        let own = self.cert.clone().zip(self.key.clone());
        // The command line is read once.
        CALLER.get_or_init(|| Caller { credentials, ca: self.ca.clone(), own });
        IDENTIFIED.get_or_init(|| self.token.is_some() || self.token_file.is_some() || self.cert.is_some());
        Ok(())
    }

    fn read(&self) -> Result<Credentials, junheng_client::CredentialsError> {
        let mut credentials = Credentials::default();
        if let Some(ca) = &self.ca {
            credentials = credentials.with_ca_file(ca)?;
        }
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key) {
            credentials = credentials.with_certificate_files(certificate, key)?;
        }
        if let Some(Secret(token)) = &self.token {
            credentials = credentials.with_token(token)?;
        }
        if let Some(file) = &self.token_file {
            credentials = credentials.with_token_file(file)?;
        }
        Ok(credentials)
    }
}

/// As whom the command line calls services.
pub(crate) fn caller() -> Caller {
    CALLER.get().cloned().unwrap_or_default()
}

/// Whether the caller says who he is: then regions beyond his own are as if they were not registered.
pub(crate) fn identified() -> bool {
    IDENTIFIED.get().copied().unwrap_or_default()
}

/// Connects to a service; one that starts again is waited for.
pub(crate) async fn connect(endpoint: &str) -> Result<Client, Failure> {
    // Who leaves out how it is spoken means it as services speak by default.
    let with_scheme = |one: &str| if one.contains("://") { one.to_owned() } else { format!("http://{one}") };
    let endpoint = endpoint.split(',').map(|one| with_scheme(one.trim())).collect::<Vec<_>>().join(",");
    let tell = |retrying: &Retrying<'_>| output::tell(&waiting(retrying));
    Ok(Client::connect_observed(endpoint, Policy::default(), caller().credentials, tell).await?)
}

/// What is told before a wait.
pub(crate) fn waiting(retrying: &Retrying<'_>) -> String {
    let (next, seconds) = (retrying.attempt + 1, retrying.delay.as_secs_f64());
    let spent = retrying.elapsed.as_secs_f64();
    format!(
        "{}\n  {seconds:.1}秒后重试（第{next}次，最多{}次；已用{spent:.1}秒）",
        retrying.error.localized(),
        retrying.attempts
    )
}

impl Caller {
    /// How it makes a connection secure by itself.
    pub(crate) fn secured(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let ca = self.ca.as_deref().map(text).unwrap_or_default();
        let own = self.own.as_ref().map(|(certificate, key)| (text(certificate), text(key)));
        tls::client(&ca, own.as_ref().map(|(certificate, key)| (certificate.as_str(), key.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_addresses_are_those_of_the_default_configuration() {
        let config = junheng_runtime::Config::defaults().unwrap();

        assert_eq!(INGEST, format!("http://{}", config.ingest.listen));
        assert_eq!(EVALUATION, format!("http://{}", config.evaluation.listen));
        assert_eq!(REPORTING, format!("http://{}", config.reporting.listen));
    }

    #[test]
    fn a_token_is_shown_to_nobody() {
        let identity = Identity { token: Some(Secret("secret".to_owned())), ..Identity::default() };

        assert!(!format!("{identity:?}").contains("secret"));
        assert!(!format!("{:?}", identity.read().unwrap()).contains("secret"));
    }
}
