//! Metrics of the inflow, by city, for alerts and dashboards.
//!
//! They are read from the database and not counted on the way, so that they are right after a restart and on every replica: all replicas tell
//! the same, so take `max` of them and not `sum`. The label is the code of the region above the county; there are as many as are registered.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use junheng_domain::code::RegionCode;
use junheng_runtime::{Clock, config::IngestConfig, telemetry::names};
use junheng_store::{Store, inflow};
use junheng_wire::status::RpcError;
use tokio_util::sync::CancellationToken;

use super::Territory;

/// Keeps the metrics of the inflow up to date until it is told to stop.
pub async fn watch(store: Store, clock: Clock, config: IngestConfig, stop: CancellationToken) {
    let mut told = BTreeSet::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(config.metrics_interval_ms));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(refresh(&store, &clock, &mut told)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics of the inflow are not up to date");
        }
    }
}

/// A city and a state, as labels.
type Series = (String, String);

/// Tells how it stands now; what was told before and is there no longer is told as none.
async fn refresh(store: &Store, clock: &Clock, told: &mut BTreeSet<Series>) -> Result<(), RpcError> {
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
        metrics::gauge!(names::INGEST_LAST_ACCEPTED, "city" => city.to_string()).set(at as f64);
    }
    let mut sums: BTreeMap<Series, u64> = std::mem::take(told).into_iter().map(|series| (series, 0)).collect();
    for ((county, state), count) in &counts {
        *sums.entry((city(county).to_string(), state.clone())).or_default() += count;
    }
    for ((city, state), count) in &sums {
        #[expect(clippy::cast_precision_loss, reason = "counts of submissions stay below 2^53")]
        metrics::gauge!(names::INGEST_SUBMISSIONS, "city" => city.clone(), "state" => state.clone()).set(*count as f64);
    }
    *told = sums.into_keys().collect();
    Ok(())
}
