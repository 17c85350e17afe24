//! `GetSchool`: a school with its history, its events and its lineage through counties.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use junheng_domain::{
    code::{RegionCode, SchoolCode, day_at},
    history::{Change, Link, SchoolHistory, SchoolRef, links, predecessors, successors},
};
use junheng_proto::ingest::v1::{GetSchoolRequest, GetSchoolResponse};
use junheng_runtime::Caller;
use junheng_store::{
    ReadTransaction, StoreError,
    school_events::{self, Recorded},
    schools,
};
use junheng_wire::{school, school_event, status::RpcError, violations::Violations};

use super::{close, instant};
use crate::Ingest;

/// What is held of a county.
struct Held {
    schools: BTreeMap<SchoolCode, SchoolHistory>,
    /// Those that the histories bear out.
    events: Vec<Recorded>,
    /// The links of all events, also of those that are not borne out: where to look further.
    traces: Vec<Link>,
}

#[tracing::instrument(name = "ingest.get_school", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetSchoolRequest,
) -> Result<GetSchoolResponse, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", school::parse_name(&request.name));
    let instant = instant(request.known_at.as_ref(), "known_at", &mut violations);
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let (county, code) = parsed.ok_or_else(missing)?;
    let own = SchoolRef { county: county.clone(), school: code.clone() };
    let mut counties = BTreeMap::new();
    // Every county that the lineage leads to, until it leads to no further one.
    while let Some(next) = unread(&counties, &own) {
        if let Some(instant) = instant {
            close(ingest, caller, &next, instant, "known_at").await?;
        }
        let reads = ingest.store.begin_read().await?;
        counties.insert(next.clone(), read(&reads, &next, instant).await?);
        reads.finish().await?;
    }
    let borne_out = |(county, held): (&RegionCode, &Held)| links(county, held.events.iter().map(|one| &one.event));
    let links = once(counties.iter().flat_map(borne_out).collect());
    let (before, after) = (predecessors(&links, &own), successors(&links, &own));
    let held = counties.get(&county).ok_or_else(missing)?;
    let history = held.schools.get(&code).ok_or_else(missing)?;
    let today = day_at(instant.unwrap_or_else(|| ingest.clock.now()));
    let title = |school: &SchoolRef, day: Date| {
        let history = counties.get(&school.county).and_then(|held| held.schools.get(&school.school));
        history.map(|history| history.at(day).name).unwrap_or_default()
    };
    let encode = |link: &Link| school_event::encode_link(link, title);
    let of_school = |one: &&Recorded| match &one.event.change {
        _ if one.event.school == code => true,
        Change::Split(parts) => parts.contains(&code),
        Change::Merged(into) => *into == code,
        _ => false,
    };
    Ok(GetSchoolResponse {
        school: Some(school::encode(&history.at(today), &county)),
        periods: school::encode_periods(history, &county),
        events: held
            .events
            .iter()
            .filter(of_school)
            .map(|one| school_event::encode(&one.event, &county, Some(one.known_at)))
            .collect(),
        predecessors: before.iter().map(encode).collect(),
        successors: after.iter().map(encode).collect(),
    })
}

async fn read(reads: &ReadTransaction, county: &RegionCode, instant: Option<Timestamp>) -> Result<Held, StoreError> {
    let schools = schools::list_as_of(reads, county, instant).await?;
    let schools: BTreeMap<_, _> = schools.into_iter().map(|history| (history.code().clone(), history)).collect();
    let mut events = school_events::list(reads, county, instant).await?;
    let traces = links(county, events.iter().map(|one| &one.event));
    events.retain(|one| schools.get(&one.event.school).is_some_and(|history| history.bears_out(&one.event)));
    Ok(Held { schools, events, traces })
}

/// A county that the traces lead to and that is not read yet; the school's own first of all.
fn unread(counties: &BTreeMap<RegionCode, Held>, own: &SchoolRef) -> Option<RegionCode> {
    let traces = once(counties.values().flat_map(|held| held.traces.clone()).collect());
    let reached = [predecessors(&traces, own), successors(&traces, own)].into_iter().flatten();
    let reached = reached.flat_map(|link| [link.from.county, link.to.county]);
    [own.county.clone()].into_iter().chain(reached).find(|county| !counties.contains_key(county))
}

/// Each link once: both counties of a move tell of it.
fn once(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_unstable();
    links.dedup();
    links
}
