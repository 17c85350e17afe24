//! The second half of a move: the school opens in the county that it moved to.
//!
//! It has closed in the county that it left by then, so that no month ever counts it twice. What is done already is not done again.

use std::collections::BTreeSet;

use jiff::civil::Date;
use junheng_domain::{
    code::{RegionCode, SchoolCode},
    history::{self, Attributes, Change, SchoolEvent, SchoolHistory},
};
use junheng_runtime::Caller;
use junheng_store::{Access, StoreError, audit, clock, school_events, schools};
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
    let moving = events.iter().filter(|event| event.change == Change::MovedTo(to.clone()));
    for SchoolEvent { school, day, document, .. } in moving {
        let held = schools::find(&ingest.store, from, school, None).await?;
        let last = held.iter().flat_map(SchoolHistory::periods).find(|period| period.to == Some(*day));
        arrivals.extend(last.map(|last| Arrival {
            school: school.clone(),
            day: *day,
            document: document.clone(),
            attributes: last.attributes.clone(),
        }));
    }
    Ok(arrivals)
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
    let recorded = school_events::list(&transaction, to, None).await?;
    let recorded: BTreeSet<(&SchoolCode, Date)> = recorded
        .iter()
        .filter(|one| one.event.change == Change::MovedFrom(from.clone()))
        .map(|one| (&one.event.school, one.event.day))
        .collect();
    let mut county = County::read(&transaction, to).await?;
    let mut events = vec![];
    for Arrival { school, day, document, attributes } in arrivals {
        if recorded.contains(&(&school, day)) {
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
