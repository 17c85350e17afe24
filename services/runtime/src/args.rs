use std::path::PathBuf;

use std::error::Error;
use std::io::Write as _;

use crate::config::{Config, ConfigError, LogConfig, LogFormat, TracesConfig};
use crate::telemetry;

/// Where the format of the log is set in the environment.
const FORMAT: &str = "JUNHENG_LOG__FORMAT";

/// The flags of every service program. Flatten it into a larger command line, or parse it alone.
#[derive(Debug, Clone, Default, clap::Parser)]
pub struct Args {
    /// Configuration file; without one the defaults hold
    #[arg(long, value_name = "FILE", env = "JUNHENG_CONFIG")]
    pub config: Option<PathBuf>,

    /// Sets one key over file and environment, for example limits.concurrency=64; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub overrides: Vec<(String, String)>,

    /// Prints the configuration in force, without passwords, and ends
    #[arg(long)]
    pub print_config: bool,
}

impl Args {
    /// Reads the configuration that these flags and the environment name.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong.
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), &self.overrides)
    }

    /// Tells on stderr why the program ends: as one JSON line where it logs so, otherwise as text. A configuration that cannot be read
    /// counts as well, as far as it says how it logs.
    pub fn tell_failure(&self, error: &(dyn Error + 'static)) {
        if self.logs_json() {
            let log = LogConfig { format: LogFormat::Json, filter: "info".to_owned() };
            // Where logs are set up already, they are as they were set up.
            let _already = telemetry::init(&log, &TracesConfig { endpoint: String::new(), sample_ratio: 0.0 });
            tracing::error!(error, "cannot go on");
        } else {
            // Without stderr there is nobody to tell.
            let _told = writeln!(std::io::stderr(), "error: {}", telemetry::chain(error));
        }
    }

    /// Whether the log is JSON, as far as can be told without the rest of the configuration.
    #[must_use]
    pub fn logs_json(&self) -> bool {
        let flag = self.overrides.iter().rev().find(|(key, _)| key == "log.format").map(|(_, value)| value.clone());
        let format = flag.or_else(|| std::env::var(FORMAT).ok()).or_else(|| {
            let file: toml::Table = std::fs::read_to_string(self.config.as_ref()?).ok()?.parse().ok()?;
            Some(file.get("log")?.get("format")?.as_str()?.to_owned())
        });
        format.is_some_and(|format| format == "json")
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
