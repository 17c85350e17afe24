//! `ImportSchools`: creates or changes schools of one county, all of them or none, and marks what they touch for evaluation.

use junheng_domain::{
    checks::{SchoolRow, check_school_rows},
    code::{Month, RegionCode, SchoolCode},
    finding::{Fault, Finding, error_count},
    school::School,
};
use junheng_proto::ingest::v1::{ImportSchoolsRequest, ImportSchoolsResponse};
use junheng_runtime::Caller;
use junheng_store::{StoreError, WriteTransaction, Written, marks, schools, submissions};
use junheng_wire::{finding, fingerprint, name, school, status::RpcError, time, violations::Violations};

use super::{
    MAX_ROWS, check_text, require_county,
    write::{Begun, Request, Told, Write},
};
use crate::Ingest;

#[tracing::instrument(name = "ingest.import_schools", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.parent, schools.count = request.schools.len()))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: ImportSchoolsRequest,
) -> Result<ImportSchoolsResponse, RpcError> {
    let (county, rows) = decode(&request)?;
    let digest = fingerprint::of(&ImportSchoolsRequest { request_id: String::new(), ..request.clone() });
    require_county(&ingest.store, &county, "parent").await?;
    let begun = Write::begin(ingest, Request { scope: &county, id: &request.request_id, digest: &digest }).await?;
    let write = match begun {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let (wanted, mut findings) = check_school_rows(&rows);
    findings.extend(check_elsewhere(&write.transaction, &county, &rows).await?);
    let accepted = error_count(&findings) == 0;
    let written = if accepted {
        Some(register(&write.transaction, caller, &county, write.known_at, &wanted).await?)
    } else {
        None
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (findings, finding_groups) = finding::encode_all(&findings);
    let response = ImportSchoolsResponse {
        changed_count: written.map(|written| count(written.changed_count)),
        unchanged_count: written.map(|written| count(written.unchanged_count)),
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

fn decode(request: &ImportSchoolsRequest) -> Result<(RegionCode, Vec<SchoolRow>), RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    let county = violations.take("parent", name::parse_region(&request.parent));
    if request.schools.is_empty() || request.schools.len() > MAX_ROWS {
        violations.add("schools", format!("does not hold 1 to {MAX_ROWS} schools"));
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
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    Ok((county, rows))
}

/// A school belongs to one county: one that another county holds is an error.
async fn check_elsewhere(
    transaction: &WriteTransaction,
    county: &RegionCode,
    rows: &[SchoolRow],
) -> Result<Vec<Finding>, StoreError> {
    let codes: Vec<SchoolCode> = rows.iter().filter_map(|row| row.code.parse().ok()).collect();
    let elsewhere = schools::list_registered_elsewhere(transaction, county, &codes).await?;
    let foreign = rows.iter().filter_map(|row| {
        let code: SchoolCode = row.code.parse().ok()?;
        let other = elsewhere.get(&code)?;
        let fault = Fault::SchoolInCountyRegistered { school: (&code).into(), county: other.into() };
        Some(Finding::of(fault, format!("{}.name", row.path)).of_school(&code).found(code.as_str()))
    });
    Ok(foreign.collect())
}

async fn register(
    transaction: &WriteTransaction,
    caller: &Caller,
    county: &RegionCode,
    known_at: jiff::Timestamp,
    wanted: &[School],
) -> Result<Written, StoreError> {
    let written = schools::insert_versions(transaction, county, known_at, wanted).await?;
    if written.changed_count > 0 {
        // The registry says which schools count and as what: every month that the county reported may change.
        if let (Ok(first), Ok(last)) = (Month::new(1986, 1), Month::new(2999, 12)) {
            let months = submissions::list_months(transaction, county, first, last).await?;
            marks::mark(transaction, county, &months, known_at, &caller.trace.traceparent()).await?;
        }
    }
    Ok(written)
}
