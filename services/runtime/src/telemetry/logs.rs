use std::io::{IsTerminal, stderr};

use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use super::lines::{HumanFields, JsonLine};
use super::{TelemetryError, panics, traces};
use crate::config::{LogConfig, LogFormat, TracesConfig};

/// Sends logs, and panics outside calls, to stderr, and spans to the collector where there is one. Once per process.
///
/// # Errors
///
/// [`TelemetryError`] when the filter or the endpoint is not valid or logs are already set up.
pub fn init(log: &LogConfig, collector: &TracesConfig) -> Result<(), TelemetryError> {
    let lines = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines = match log.format {
        LogFormat::Human => lines.fmt_fields(HumanFields).boxed(),
        LogFormat::Json => lines.fmt_fields(JsonFields::new()).event_format(JsonLine).boxed(),
    };
    let spans = traces::layer(collector)?;
    registry().with(lines.with_filter(EnvFilter::try_new(&log.filter)?)).with(spans).try_init()?;
    panics::install_hook();
    Ok(())
}

/// Sends spans to the collector and logs nowhere: for a program that speaks to its user itself.
///
/// # Errors
///
/// [`TelemetryError`] when the endpoint is not valid or logs are already set up.
pub fn init_traces(collector: &TracesConfig) -> Result<(), TelemetryError> {
    Ok(registry().with(traces::layer(collector)?).try_init()?)
}
