//! Metrics of the inflow, by city, for alerts and dashboards.
//!
//! They are read from the database and not counted on the way, so that they are right after a restart and on every replica: all replicas tell
//! the same, so take `max` of them and not `sum`. The label is the code of the region above the county, of the first [`CITIES_AT_MOST`]; what lies
//! in further ones is told together: whoever registers regions does not decide how many series a monitoring system has to keep.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use junheng_domain::code::RegionCode;
use junheng_runtime::{Clock, config::IngestConfig, telemetry::names};
use junheng_store::{
    Store,
    inflow::{self, Newest},
};
use junheng_wire::{status::RpcError, territory::Territory};
use tokio_util::sync::CancellationToken;

/// Cities that have series of their own: the nation has 340, and 100 regions more that counties lie in.
const CITIES_AT_MOST: usize = 500;
/// Label of all further cities together.
const OTHER: &str = "other";

/// Keeps the metrics of the inflow up to date until it is told to stop.
pub async fn watch(store: Store, clock: Clock, config: IngestConfig, stop: CancellationToken) {
    // A counter that is not there looks like one that nobody watches.
    metrics::counter!(names::INGEST_OVERTAKEN).increment(0);
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
    let counties = territory.counties();
    let newest = inflow::list_newest(&reads, counties, clock.now()).await?;
    let counts = inflow::count_by_state(&reads, counties).await?;
    reads.finish().await?;
    let cities = Cities::of(counties, |county| territory.parent_of(county));
    for (city, at) in cities.last_accepted(&newest) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay below 2^53")]
        metrics::gauge!(names::INGEST_LAST_ACCEPTED, "city" => city).set(at as f64);
    }
    let mut sums: BTreeMap<Series, u64> = std::mem::take(told).into_iter().map(|series| (series, 0)).collect();
    for ((county, state), count) in &counts {
        *sums.entry((cities.label(county), state.clone())).or_default() += count;
    }
    for ((city, state), count) in &sums {
        #[expect(clippy::cast_precision_loss, reason = "counts of submissions stay below 2^53")]
        metrics::gauge!(names::INGEST_SUBMISSIONS, "city" => city.clone(), "state" => state.clone()).set(*count as f64);
    }
    *told = sums.into_keys().collect();
    Ok(())
}

/// The labels of counties.
struct Cities<'a> {
    of: BTreeMap<&'a RegionCode, &'a RegionCode>,
    /// Those that have series of their own: the first by code, so that every replica and every start has the same.
    named: BTreeSet<&'a RegionCode>,
}

impl<'a> Cities<'a> {
    /// `above` gives the region above a county; one that has none stands for itself.
    fn of(counties: &'a [RegionCode], above: impl Fn(&'a RegionCode) -> Option<&'a RegionCode>) -> Self {
        let of: BTreeMap<_, _> = counties.iter().map(|county| (county, above(county).unwrap_or(county))).collect();
        let all: BTreeSet<_> = of.values().copied().collect();
        Self { of, named: all.into_iter().take(CITIES_AT_MOST).collect() }
    }

    fn label(&self, county: &RegionCode) -> String {
        let city = self.of.get(county).filter(|city| self.named.contains(**city));
        city.map_or_else(|| OTHER.to_owned(), ToString::to_string)
    }

    /// When each label's counties were accepted last. Units: seconds since 1970.
    fn last_accepted(&self, newest: &BTreeMap<RegionCode, Newest>) -> BTreeMap<String, i64> {
        let mut last: BTreeMap<String, i64> = BTreeMap::new();
        for (county, newest) in newest {
            let of_city = last.entry(self.label(county)).or_default();
            *of_city = (*of_city).max(newest.accepted.as_second());
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn code(number: usize) -> RegionCode {
        (100_000 + number).to_string().parse().unwrap()
    }

    #[test]
    fn however_many_cities_are_registered_the_labels_are_bounded() {
        let counties: Vec<_> = (0..10_000).map(|number| code(20_000 + number)).collect();
        let above: BTreeMap<_, _> = counties.iter().cloned().zip((0..).map(code)).collect();
        let labels = Cities::of(&counties, |county| above.get(county));
        let newest = (0_i64..).zip(&counties).map(|(at, county)| {
            let accepted = Timestamp::from_second(at).unwrap();
            (county.clone(), Newest { month: None, accepted })
        });

        let told = labels.last_accepted(&newest.collect());

        assert_eq!(told.len(), CITIES_AT_MOST + 1);
        assert_eq!((told["100000"], told["100499"], told.get("100500")), (0, 499, None));
        assert_eq!(told["other"], 9_999, "of all others the latest");
        let unknown = code(90_000);
        assert_eq!(labels.label(&unknown), "other", "a county that nobody registered");
    }

    #[test]
    fn a_county_without_a_region_above_it_stands_for_itself() {
        let counties = [code(1), code(2)];

        let labels = Cities::of(&counties, |county| (*county == counties[0]).then_some(&counties[1]));

        assert_eq!(counties.each_ref().map(|county| labels.label(county)), ["100002", "100002"]);
    }
}
