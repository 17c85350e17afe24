//! Metrics of the inflow, by city, for alerts and dashboards.
//!
//! They are read from the database and not counted on the way, so that they are right after a restart and on every replica: all replicas tell
//! the same, so take `max` of them and not `sum`. The label is the code of the region above the county; there are as many as are registered.

use std::{collections::BTreeMap, time::Duration};

use junheng_domain::code::RegionCode;
use junheng_runtime::{Clock, config::IngestConfig};
use junheng_store::{Store, inflow};
use junheng_wire::status::RpcError;
use tokio_util::sync::CancellationToken;

use super::Territory;

/// When a city's counties were accepted last, by `city`. Units: seconds since 1970.
const LAST_ACCEPTED: &str = "junheng_ingest_last_accepted_timestamp_seconds";
/// Submissions by `city` and `state`: accepted, refused, and others.
const SUBMISSIONS: &str = "junheng_ingest_submissions_total";

/// Keeps the metrics of the inflow up to date until it is told to stop.
pub async fn watch(store: Store, clock: Clock, config: IngestConfig, stop: CancellationToken) {
    metrics::describe_gauge!(
        LAST_ACCEPTED,
        metrics::Unit::Seconds,
        "When a city's counties were accepted last, since 1970; the same on every replica."
    );
    metrics::describe_counter!(SUBMISSIONS, "Submissions by city and state; the same on every replica.");
    let mut ticks = tokio::time::interval(Duration::from_millis(config.metrics_interval_ms));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(refresh(&store, &clock)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics of the inflow are not up to date");
        }
    }
}

async fn refresh(store: &Store, clock: &Clock) -> Result<(), RpcError> {
    let reads = store.begin_read().await?;
    let territory = Territory::read(&reads, None).await?;
    let counties: Vec<RegionCode> = territory.counties().iter().cloned().collect();
    let newest = inflow::list_newest(&reads, &counties, clock.now()).await?;
    let counts = inflow::count_by_state(&reads, &counties).await?;
    reads.finish().await?;
    let mut last: BTreeMap<&RegionCode, i64> = BTreeMap::new();
    let city = |county| territory.parent_of(county).unwrap_or(county);
    for county in newest.keys() {
        let (at, of_city) = (newest[county].accepted.as_second(), last.entry(city(county)).or_default());
        *of_city = (*of_city).max(at);
    }
    for (city, at) in last {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay below 2^53")]
        metrics::gauge!(LAST_ACCEPTED, "city" => city.to_string()).set(at as f64);
    }
    let mut sums: BTreeMap<(&RegionCode, &str), u64> = BTreeMap::new();
    for ((county, state), count) in &counts {
        *sums.entry((city(county), state)).or_default() += count;
    }
    for ((city, state), count) in sums {
        metrics::counter!(SUBMISSIONS, "city" => city.to_string(), "state" => state.to_owned()).absolute(count);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_change_unnoticed() {
        assert_eq!(
            [LAST_ACCEPTED, SUBMISSIONS],
            ["junheng_ingest_last_accepted_timestamp_seconds", "junheng_ingest_submissions_total"]
        );
    }
}
