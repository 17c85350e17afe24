use std::path::PathBuf;

use crate::config::{Config, ConfigError};

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
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
