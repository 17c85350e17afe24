use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use super::{TelemetryError, panics};
use crate::config::{LogConfig, LogFormat};

/// Sends logs, and panics outside calls, to stderr. Once per process.
///
/// # Errors
///
/// [`TelemetryError`] when the filter is not valid or logs are already set up.
pub fn init(config: &LogConfig) -> Result<(), TelemetryError> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&config.filter)?)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    match config.format {
        LogFormat::Human => builder.finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).finish().try_init()?,
    }
    panics::install_hook();
    Ok(())
}
