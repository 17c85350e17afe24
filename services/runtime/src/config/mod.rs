//! Configuration: embedded defaults, then a file, then the environment, then flags.

mod check;
mod database_url;
mod error;
mod fields;
mod load;
mod network;
mod told;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use database_url::DatabaseUrl;
pub use error::{ConfigError, Problem};
pub use network::Network;

/// The commented defaults, as they are embedded: the reference of all keys.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

/// Everything that can be set. Meanings and units stand in [`DEFAULTS`].
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[traces]`
    pub traces: TracesConfig,
    /// `[admin]`
    pub admin: AdminConfig,
    /// `[access]`
    pub access: AccessConfig,
    /// `[tls]`
    pub tls: TlsConfig,
    /// `[limits]`
    pub limits: Limits,
    /// `[ingest]`
    pub ingest: IngestConfig,
    /// `[evaluation]`
    pub evaluation: EvaluationConfig,
    /// `[reporting]`
    pub reporting: ReportingConfig,
    /// `[audit]`
    pub audit: AuditConfig,
}

/// Where the data is.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// The database; its password is never shown.
    pub url: DatabaseUrl,
    /// Connections that one process opens at most.
    #[serde(deserialize_with = "fields::positive")]
    pub max_connections: u32,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub connect_timeout_ms: u64,
    /// Units: milliseconds. Zero does not wait.
    #[serde(deserialize_with = "fields::duration")]
    pub start_timeout_ms: u64,
}

/// What is logged, and how it looks.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// For people or for a collector.
    pub format: LogFormat,
    /// A level, or levels by target.
    #[serde(deserialize_with = "fields::log_filter")]
    pub filter: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line for a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// Where spans go.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TracesConfig {
    /// The collector, OTLP over gRPC; empty: none.
    pub endpoint: String,
    /// Share of the traces that begin here and are sent.
    #[serde(deserialize_with = "fields::share")]
    pub sample_ratio: f64,
}

/// The plaintext port for operators.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// `None`, written `""`, opens no admin port.
    #[serde(deserialize_with = "fields::optional_address", serialize_with = "fields::address_or_empty")]
    pub listen: Option<SocketAddr>,
}

/// How callers prove who they are.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccessConfig {
    /// Who issues tokens; `""` asks nobody who he is, and listens on this machine only.
    pub issuer: String,
    /// Whom tokens are meant for.
    pub audience: String,
    /// A file or a URL.
    pub jwks: String,
    /// A file; `""` trusts whom browsers trust.
    pub jwks_ca: String,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub jwks_refresh_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::duration")]
    pub jwks_pause_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::duration")]
    pub leeway_ms: u64,
    /// Names in client certificates.
    pub service_names: Vec<String>,
    /// Proxies whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// Certificates, of ours and of our callers.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// A file; `""` secures no connection.
    pub certificate: String,
    /// A file.
    pub key: String,
    /// A file; `""` asks no client for a certificate.
    pub client_ca: String,
    /// Whether a client without a certificate is refused.
    pub require_client_certificate: bool,
    /// Names of which a client certificate must bear one; none: any.
    pub client_names: Vec<String>,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub reload_interval_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub handshake_timeout_ms: u64,
    /// Handshakes in progress on one listener.
    #[serde(deserialize_with = "fields::positive")]
    pub max_handshakes: u32,
}

/// What one process takes on.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Units: milliseconds until a call must have begun to answer.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub default_deadline_ms: u64,
    /// Units: bytes. Give it to every generated server with `max_decoding_message_size`.
    #[serde(deserialize_with = "fields::positive")]
    pub max_message_bytes: usize,
    /// Calls in progress over all services of the process.
    #[serde(deserialize_with = "fields::positive")]
    pub concurrency: u32,
    /// Calls in progress on one connection.
    #[serde(deserialize_with = "fields::positive")]
    pub max_concurrent_streams: u32,
    /// Connections over all services of the process.
    #[serde(deserialize_with = "fields::positive")]
    pub max_connections: u32,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::duration")]
    pub drain_timeout_ms: u64,
    /// Units: milliseconds. Zero is never.
    #[serde(deserialize_with = "fields::duration")]
    pub max_connection_age_ms: u64,
    /// Units: milliseconds. Zero is never.
    #[serde(deserialize_with = "fields::duration")]
    pub keepalive_interval_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub keepalive_timeout_ms: u64,
}

/// The ingest service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {
    /// Where it listens.
    #[serde(deserialize_with = "fields::address")]
    pub listen: SocketAddr,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub metrics_interval_ms: u64,
}

/// The evaluation service and its worker.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Where it listens.
    #[serde(deserialize_with = "fields::address")]
    pub listen: SocketAddr,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub poll_interval_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub lease_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub metrics_interval_ms: u64,
}

/// The reporting service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReportingConfig {
    /// Where it listens.
    #[serde(deserialize_with = "fields::address")]
    pub listen: SocketAddr,
    /// Where its pages are; `None`, written `""`, opens none.
    #[serde(deserialize_with = "fields::optional_address", serialize_with = "fields::address_or_empty")]
    pub console_listen: Option<SocketAddr>,
    /// The header in which a request for a page brings its token.
    #[serde(deserialize_with = "fields::header_name")]
    pub console_token_header: String,
    /// Targets of regions, at most one entry for each.
    pub targets: Vec<TargetsConfig>,
}

/// Which share of its counties a region wants to be met, by year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetsConfig {
    /// Six-digit code of the region.
    pub region: String,
    /// Units: percent by year, `2025=60,2030=90.5`.
    pub shares: String,
    /// Who set them, and where: it stands beside them.
    pub source: String,
}

/// The audit, and the key that signs its heads and the receipts.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// File of the private key; `None`, written `""`, where there is none.
    #[serde(deserialize_with = "fields::optional_path", serialize_with = "fields::path_or_empty")]
    pub signing_key: Option<PathBuf>,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub head_interval_ms: u64,
    /// Units: milliseconds.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub flush_interval_ms: u64,
    /// Units: days, at least 184.
    #[serde(deserialize_with = "fields::retention_days")]
    pub retention_days: u32,
}

impl Config {
    /// Reads the configuration of this process: defaults, `file`, its environment, `overrides` of dotted key and value.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong, each with its key and its source.
    pub fn load(file: Option<&Path>, overrides: &[(String, String)]) -> Result<Self, ConfigError> {
        Self::load_from(file, std::env::vars_os(), overrides)
    }

    /// Reads the configuration as [`Config::load`] does, with a given environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong, each with its key and its source.
    pub fn load_from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        load::load(file, environment, overrides)
    }

    /// Refuses a configuration that names files which cannot be read, with all of them.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with each file, its key and what the system said.
    pub fn unread_files(&self) -> Result<(), ConfigError> {
        let problems = check::unread_files(self);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::new(problems)) }
    }

    /// Returns the embedded defaults.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the embedded file is damaged, which a test rules out.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::load_from(None, [], &[])
    }

    /// Writes the configuration in force as TOML, for `--print-config`. The password in the database url is masked.
    ///
    /// # Errors
    ///
    /// [`toml::ser::Error`] when a number is beyond TOML's integers.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

impl AccessConfig {
    /// Says whether callers must say who they are.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }
}

impl TlsConfig {
    /// Says whether connections are secured.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.certificate.is_empty()
    }
}

impl Limits {
    /// Returns the time until a call must have begun to answer.
    #[must_use]
    pub const fn default_deadline(&self) -> Duration {
        Duration::from_millis(self.default_deadline_ms)
    }

    /// Returns the time that calls in progress may still take after the signal to stop.
    #[must_use]
    pub const fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms)
    }
}
