//! `RecordSchoolEvents`: records what happened to schools of one county, all of it or nothing, and marks the months that it touches.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    checks::{contradicts, held_elsewhere, no_county},
    code::RegionCode,
    finding::{Finding, error_count},
    history::{Change, Contradiction, SchoolEvent, record},
};
use junheng_proto::ingest::v1::{RecordSchoolEventsRequest, RecordSchoolEventsResponse};
use junheng_runtime::Caller;
use junheng_store::{Reads, schools};
use junheng_wire::{finding, fingerprint, name, school_event, status::RpcError, time, violations::Violations};

use super::{MAX_ROWS, is_county, require_county};
use crate::{
    Ingest,
    registry::{County, arrive, destinations},
};

#[tracing::instrument(name = "ingest.record_school_events", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.parent, events.count = request.events.len()))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: RecordSchoolEventsRequest,
) -> Result<RecordSchoolEventsResponse, RpcError> {
    let (county, events) = decode(&request)?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        require_county(&reads, &county, "parent").await?;
        let (held, findings) = check(&reads, &county, &events).await?;
        let touched = if error_count(&findings) == 0 { held.touched(&reads).await? } else { vec![] };
        let (findings, finding_groups) = finding::encode_all(&findings);
        return Ok(RecordSchoolEventsResponse {
            recorded_count: None,
            touched_months: touched.iter().map(ToString::to_string).collect(),
            findings,
            finding_groups,
            known_at: None,
        });
    }
    let digest = fingerprint::of(&RecordSchoolEventsRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &county, id: &request.request_id, digest: &digest };
    let write = match Write::begin::<RecordSchoolEventsResponse>(&ingest.store, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => {
            // Whoever answered it first may have been stopped before the schools that moved were open where they moved to.
            if first.recorded_count.is_some() {
                arrive(ingest, caller, &request.request_id, &county, &events).await?;
            }
            return Ok(first);
        }
    };
    require_county(&write.transaction, &county, "parent").await?;
    let (held, findings) = check(&write.transaction, &county, &events).await?;
    let accepted = error_count(&findings) == 0;
    let (findings, finding_groups) = finding::encode_all(&findings);
    let mut response = RecordSchoolEventsResponse { findings, finding_groups, ..RecordSchoolEventsResponse::default() };
    if accepted {
        let (_, touched) = held.write(&write.transaction, caller, write.known_at, &events).await?;
        response.recorded_count = Some(u32::try_from(events.len()).unwrap_or(u32::MAX));
        response.touched_months = touched.iter().map(ToString::to_string).collect();
        response.known_at = Some(time::encode(write.known_at));
    }
    let told = Told {
        action: "record_school_events",
        resource: name::region(&county),
        outcome: if accepted { "accepted" } else { "refused" },
    };
    write.commit(caller, &response, told).await?;
    if accepted {
        arrive(ingest, caller, &request.request_id, &county, &events).await?;
    }
    Ok(response)
}

fn decode(request: &RecordSchoolEventsRequest) -> Result<(RegionCode, Vec<SchoolEvent>), RpcError> {
    let mut violations = Violations::default();
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    let county = violations.take("parent", name::parse_region(&request.parent));
    if request.events.is_empty() || request.events.len() > MAX_ROWS {
        violations.add("events", (format!("does not hold 1 to {MAX_ROWS} events"), format!("须有1至{MAX_ROWS}个事件")));
    }
    let mut events = vec![];
    if let Some(county) = &county {
        for (index, message) in request.events.iter().take(MAX_ROWS).enumerate() {
            events.extend(school_event::decode(message, county, &format!("events[{index}]"), &mut violations));
        }
    }
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    Ok((county, events))
}

/// The county as the events make it, and all that speaks against them.
async fn check(
    reads: &impl Reads,
    county: &RegionCode,
    events: &[SchoolEvent],
) -> Result<(County, Vec<Finding>), RpcError> {
    let mut held = County::read(reads, county).await?;
    let path = |place: usize| format!("events[{place}]");
    let contradictions = record(&mut held.after, events);
    let mut findings: Vec<Finding> = contradictions
        .iter()
        .map(|(place, contradiction)| contradicts(&path(*place), &events[*place].school, contradiction))
        .collect();
    let first = |code: &_| events.iter().position(|event| event.school == *code).map(path).unwrap_or_default();
    findings.extend(held.check_elsewhere(reads, first).await?);
    findings.extend(check_moves(reads, county, events).await?);
    Ok((held, findings))
}

/// A school moves to another county, which does not hold it as open on the day or later.
async fn check_moves(
    reads: &impl Reads,
    county: &RegionCode,
    events: &[SchoolEvent],
) -> Result<Vec<Finding>, RpcError> {
    let mut findings = vec![];
    for other in destinations(events) {
        let known = is_county(reads, &other).await?;
        for (place, event) in
            events.iter().enumerate().filter(|(_, event)| event.change == Change::MovedTo(other.clone()))
        {
            let path = format!("events[{place}].moved_to");
            if other == *county {
                findings.push(contradicts(&path, &event.school, &Contradiction::Itself));
            } else if !known {
                findings.push(no_county(&path, &event.school, &other));
            } else {
                let elsewhere = schools::list_elsewhere(reads, county, std::slice::from_ref(&event.school)).await?;
                let there = elsewhere.values().flatten().filter(|(holder, _)| *holder == other);
                let periods: Vec<_> = there.flat_map(|(_, history)| history.periods()).collect();
                let open = |day| periods.iter().any(|one| one.to.is_none_or(|to| day < to));
                if open(event.day) {
                    findings.push(held_elsewhere(&path, &event.school, &other));
                }
            }
        }
    }
    Ok(findings)
}
