use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::{TelemetryError, names};

static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

/// The metrics of this process. Clones are the same.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

/// Installs the recorder of this process, or returns the one installed before.
///
/// # Errors
///
/// [`TelemetryError::Metrics`] when somebody else installed another recorder.
pub fn metrics() -> Result<Metrics, TelemetryError> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = &*installed {
        return Ok(metrics.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(names::RPC_DURATION.to_owned()), &names::RPC_DURATION_BUCKETS)
        .and_then(|builder| {
            let pages = Matcher::Full(names::PAGE_DURATION.to_owned());
            builder.set_buckets_for_metric(pages, &names::RPC_DURATION_BUCKETS)
        })
        .and_then(|builder| {
            let delay = Matcher::Full(names::EVALUATION_DELAY.to_owned());
            builder.set_buckets_for_metric(delay, &names::EVALUATION_DELAY_BUCKETS)
        })
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| TelemetryError::Metrics(error.into()))?;
    names::describe();
    metrics::gauge!(names::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // A counter that is not there looks like one that nobody watches.
    metrics::counter!(names::PANICS).increment(0);
    metrics::counter!(names::RPC_SHED).increment(0);
    metrics::gauge!(names::READY).set(0.0);
    Ok(installed.insert(Metrics(handle)).clone())
}

impl Metrics {
    /// Writes all metrics in the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Moves recorded durations into their buckets; call it every few seconds, since nobody may ever ask for the metrics.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}
