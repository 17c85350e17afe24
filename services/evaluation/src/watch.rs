//! Metrics of what waits for evaluation, read from the database: right after a restart, and the same on every replica.

use std::time::Duration;

use junheng_runtime::{Clock, config::EvaluationConfig, telemetry::names};
use junheng_store::{Store, StoreError, marks};
use tokio_util::sync::CancellationToken;

/// Keeps the metrics of the marks up to date until it is told to stop.
pub async fn watch(store: Store, clock: Clock, config: EvaluationConfig, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_millis(config.metrics_interval_ms));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(refresh(&store, &clock)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics of the marks are not up to date");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of marks and seconds since 1970 stay below 2^53")]
async fn refresh(store: &Store, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    let backlog = marks::find_backlog(store, now).await?;
    for (state, count) in [("waiting", backlog.waiting), ("leased", backlog.leased), ("failing", backlog.failing)] {
        metrics::gauge!(names::EVALUATION_MARKS, "state" => state).set(count as f64);
    }
    let oldest = backlog.oldest.unwrap_or(now).as_second() as f64;
    metrics::gauge!(names::EVALUATION_OLDEST_MARK).set(oldest);
    let first_end = backlog.first_lease_end.unwrap_or(now).as_second() as f64;
    metrics::gauge!(names::EVALUATION_OLDEST_LEASE).set(first_end);
    Ok(())
}
