//! Logs to stderr, metrics for the admin port, and the panics that nobody catches.

mod chain;
mod lines;
mod logs;
mod metrics_recorder;
pub mod names;
pub(crate) mod panics;
pub mod traces;

pub use chain::chain;
pub use logs::{init, init_traces};
pub use metrics_recorder::{Metrics, metrics};

/// Telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one; [`crate::Config`] refuses it before.
    #[error("log filter is not valid")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Logs were set up before.
    #[error("logs are already set up")]
    Logs(#[from] tracing_subscriber::util::TryInitError),
    /// The endpoint of the collector is none.
    #[error("traces cannot be exported")]
    Traces(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Another recorder of metrics is installed.
    #[error("metrics cannot be recorded")]
    Metrics(#[source] Box<dyn std::error::Error + Send + Sync>),
}
