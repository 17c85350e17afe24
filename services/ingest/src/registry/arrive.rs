//! The second half of a move: the school opens in the county that it moved to.
//!
//! It has closed in the county that it left by then, so that no month ever counts it twice. What is done already is not done again: a
//! school that left twice on the same day, because the first move was undone, arrives twice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use junheng_domain::{
    code::{RegionCode, SchoolCode},
    history::{self, Attributes, Change, SchoolEvent, SchoolHistory},
};
use junheng_runtime::Caller;
use junheng_store::{Access, Reads, StoreError, audit, clock, school_events, schools};
use junheng_wire::name;

use super::County;
use crate::Ingest;

/// A school that moves, with what it is in the county that it leaves.
#[derive(Debug)]
struct Arrival {
    school: SchoolCode,
    day: Date,
    document: String,
    attributes: Attributes,
    /// How often it left for the county on that day.
    departures: usize,
}

/// The counties that schools move to by these events.
pub(crate) fn destinations(events: &[SchoolEvent]) -> BTreeSet<RegionCode> {
    let destination = |event: &SchoolEvent| match &event.change {
        Change::MovedTo(other) => Some(other.clone()),
        _ => None,
    };
    events.iter().filter_map(destination).collect()
}

/// Opens the schools that moved by these events, which are committed, in the counties that they moved to; one transaction each.
pub(crate) async fn arrive(
    ingest: &Ingest,
    caller: &Caller,
    request_id: &str,
    from: &RegionCode,
    events: &[SchoolEvent],
) -> Result<(), StoreError> {
    for county in destinations(events) {
        let arrivals = departed(ingest, from, &county, events).await?;
        if !arrivals.is_empty() {
            open(ingest, caller, request_id, from, &county, arrivals).await?;
        }
    }
    Ok(())
}

/// The schools that left for the county; not those whose leaving was corrected since.
async fn departed(
    ingest: &Ingest,
    from: &RegionCode,
    to: &RegionCode,
    events: &[SchoolEvent],
) -> Result<Vec<Arrival>, StoreError> {
    let mut arrivals = vec![];
    let departures = count_moves(&ingest.store, from, &Change::MovedTo(to.clone())).await?;
    let moving = events.iter().filter(|event| event.change == Change::MovedTo(to.clone()));
    for SchoolEvent { school, day, document, .. } in moving {
        let held = schools::find(&ingest.store, from, school, None).await?;
        let last = held.iter().flat_map(SchoolHistory::periods).find(|period| period.to == Some(*day));
        arrivals.extend(last.map(|last| Arrival {
            school: school.clone(),
            day: *day,
            document: document.clone(),
            attributes: last.attributes.clone(),
            departures: departures.get(&(school.clone(), *day)).copied().unwrap_or_default(),
        }));
    }
    Ok(arrivals)
}

/// How often a county recorded a move of each school on each day, undone ones too.
async fn count_moves(
    reads: &impl Reads,
    county: &RegionCode,
    change: &Change,
) -> Result<BTreeMap<(SchoolCode, Date), usize>, StoreError> {
    let mut count = BTreeMap::new();
    for recorded in school_events::list(reads, county, None).await? {
        if recorded.event.change == *change {
            *count.entry((recorded.event.school, recorded.event.day)).or_default() += 1;
        }
    }
    Ok(count)
}

async fn open(
    ingest: &Ingest,
    caller: &Caller,
    request_id: &str,
    from: &RegionCode,
    to: &RegionCode,
    arrivals: Vec<Arrival>,
) -> Result<(), StoreError> {
    // The county that a school leaves tells that it left, and what follows from it is written by nobody else.
    let store = ingest.store.with_access(Access::current().with_region(to));
    let transaction = store.begin_write().await?;
    let known_at = clock::advance(&transaction, to, ingest.clock.now()).await?;
    let arrived = count_moves(&transaction, to, &Change::MovedFrom(from.clone())).await?;
    let mut county = County::read(&transaction, to).await?;
    let mut events = vec![];
    for Arrival { school, day, document, attributes, departures } in arrivals {
        if arrived.get(&(school.clone(), day)).is_some_and(|arrived| *arrived >= departures) {
            continue;
        }
        // Where the county registered it by itself meanwhile, it is open there as it should be.
        if let Err(contradiction) = history::open(&mut county.after, &school, day, &attributes) {
            tracing::info!(region.code = %to, ?contradiction, "a school that moved here is registered already");
        }
        events.push(SchoolEvent { school, day, document, change: Change::MovedFrom(from.clone()) });
    }
    if events.is_empty() {
        return transaction.rollback().await;
    }
    county.write(&transaction, caller, known_at, &events).await?;
    let entry = audit::Entry {
        scope: Some(to.clone()),
        at: known_at,
        who: junheng_audit::who(caller),
        action: "open_moved_schools".to_owned(),
        resource: name::region(to),
        outcome: "accepted".to_owned(),
        request_id: request_id.to_owned(),
        detail: name::region(from),
    };
    audit::append(&transaction, &entry).await?;
    transaction.commit().await
}
