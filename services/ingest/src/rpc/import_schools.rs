//! `ImportSchools`: registers schools of one county and corrects what is held of them, all of them or none, and marks what they touch for
//! evaluation.

use std::collections::BTreeMap;

use jiff::civil::Date;
use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    checks::{SchoolRow, check_school_rows, contradicts},
    code::{RegionCode, RegionLevel, SchoolCode, day_at, parse_day},
    finding::{Finding, error_count},
    history::{Contradiction, SchoolEvent, SchoolHistory, record},
    school::School,
};
use junheng_proto::ingest::v1::{ImportSchoolsRequest, ImportSchoolsResponse};
use junheng_runtime::Caller;
use junheng_store::Reads;
use junheng_wire::{
    finding, fingerprint, name, school,
    status::RpcError,
    time,
    violations::{NO_DATE, Violations},
};

use super::{MAX_ROWS, check_text, require_county};
use crate::{Ingest, registry::County};

#[tracing::instrument(name = "ingest.import_schools", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.parent, schools.count = request.schools.len()))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: ImportSchoolsRequest,
) -> Result<ImportSchoolsResponse, RpcError> {
    let (county, rows, effective_on) = decode(&request)?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        match require_county(&reads, &county, "parent").await {
            Err(RpcError::Missing { .. }) if county.level() != RegionLevel::Province => {}
            registered => registered?,
        }
        let checked = check(&reads, &county, &rows, effective_on, day_at(ingest.clock.now())).await?;
        let (findings, finding_groups) = finding::encode_all(&checked.findings);
        return Ok(ImportSchoolsResponse { findings, finding_groups, ..ImportSchoolsResponse::default() });
    }
    let digest = fingerprint::of(&ImportSchoolsRequest { request_id: String::new(), ..request.clone() });
    let begun = Write::begin(
        &ingest.store,
        &ingest.clock,
        Request { scope: &county, id: &request.request_id, digest: &digest },
    )
    .await?;
    let write = match begun {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    require_county(&write.transaction, &county, "parent").await?;
    let Checked { held, events, count, findings } =
        check(&write.transaction, &county, &rows, effective_on, day_at(write.known_at)).await?;
    let accepted = error_count(&findings) == 0;
    let written = if accepted {
        let (changed, _) = held.write(&write.transaction, caller, write.known_at, &events).await?;
        Some((changed.changed_count, count - changed.changed_count))
    } else {
        None
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (findings, finding_groups) = finding::encode_all(&findings);
    let response = ImportSchoolsResponse {
        changed_count: written.map(|(changed, _)| count(changed)),
        unchanged_count: written.map(|(_, unchanged)| count(unchanged)),
        findings,
        finding_groups,
        known_at: written.map(|_| time::encode(write.known_at)),
    };
    let outcome = if accepted { "accepted" } else { "refused" };
    write
        .commit(caller, &response, Told { action: "import_schools", resource: name::region(&county), outcome })
        .await?;
    Ok(response)
}

/// The county as the schools make it.
struct Checked {
    held: County,
    events: Vec<SchoolEvent>,
    /// The schools that can be registered.
    count: usize,
    /// All that speaks against them.
    findings: Vec<Finding>,
}

async fn check(
    reads: &impl Reads,
    county: &RegionCode,
    rows: &[SchoolRow],
    effective_on: Option<Date>,
    today: Date,
) -> Result<Checked, RpcError> {
    let (wanted, mut findings) = check_school_rows(rows);
    let mut held = County::read(reads, county).await?;
    let (mut events, mut places) = (vec![], BTreeMap::new());
    for school in &wanted {
        let path = rows.iter().find(|row| row.code == school.code.as_str()).map_or("", |row| row.path.as_str());
        places.insert(school.code.clone(), path);
        match change(&mut held, school, effective_on, today) {
            Ok(more) => events.extend(more),
            Err(contradiction) => findings.push(contradicts(path, &school.code, &contradiction)),
        }
    }
    let place = |code: &SchoolCode| format!("{}.name", places.get(code).copied().unwrap_or_default());
    findings.extend(held.check_elsewhere(reads, place).await?);
    Ok(Checked { held, events, count: wanted.len(), findings })
}

fn decode(request: &ImportSchoolsRequest) -> Result<(RegionCode, Vec<SchoolRow>, Option<Date>), RpcError> {
    let mut violations = Violations::default();
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    let county = violations.take("parent", name::parse_region(&request.parent));
    if request.schools.is_empty() || request.schools.len() > MAX_ROWS {
        violations
            .add("schools", (format!("does not hold 1 to {MAX_ROWS} schools"), format!("须有1至{MAX_ROWS}所学校")));
    }
    let mut rows = Vec::new();
    if let Some(county) = &county {
        for (index, message) in request.schools.iter().take(MAX_ROWS).enumerate() {
            let path = format!("schools[{index}]");
            check_text(|| format!("{path}.display_name"), &message.display_name, &mut violations);
            check_text(|| format!("{path}.group"), &message.group, &mut violations);
            rows.push(school::decode(message, county, &path, &mut violations));
        }
    }
    let effective_on = match request.effective_on.as_str() {
        "" => None,
        day => violations.take("effective_on", parse_day(day).ok_or(NO_DATE)),
    };
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    Ok((county, rows, effective_on))
}

/// Corrects what is held of a school, or changes it from a day on; gives the events that the change consists of.
fn change(
    held: &mut County,
    school: &School,
    effective_on: Option<Date>,
    today: Date,
) -> Result<Vec<SchoolEvent>, Contradiction> {
    let Some(history) = held.after.get_mut(&school.code) else {
        held.after.insert(school.code.clone(), SchoolHistory::of(school));
        return Ok(vec![]);
    };
    let Some(day) = effective_on else {
        history.correct(school, today)?;
        return Ok(vec![]);
    };
    history.correct_days(school.opened_on, school.closed_on, today)?;
    let event = |change| SchoolEvent { school: school.code.clone(), day, document: String::new(), change };
    let events: Vec<SchoolEvent> = history.changes_to(school, day).into_iter().map(event).collect();
    match record(&mut held.after, &events).into_iter().next() {
        Some((_, contradiction)) => Err(contradiction),
        None => Ok(events),
    }
}
