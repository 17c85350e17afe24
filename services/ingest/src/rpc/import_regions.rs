//! `ImportRegions`: creates or changes regions, all of them or none, and marks what another parent touches.

use std::collections::BTreeSet;

use jiff::Timestamp;
use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_proto::ingest::v1::{ImportRegionsRequest, ImportRegionsResponse};
use junheng_runtime::Caller;
use junheng_store::{Access, Reads, StoreError, WriteTransaction, clock, regions, regions::Region};
use junheng_wire::{
    fingerprint, name, school,
    status::RpcError,
    violations::{Fault, TWICE, Violations},
};

use super::{MAX_ROWS, check_text};
use crate::{Ingest, registry::mark_below};

#[tracing::instrument(name = "ingest.import_regions", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, regions.count = request.regions.len()))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: ImportRegionsRequest,
) -> Result<ImportRegionsResponse, RpcError> {
    let (scope, wanted) = decode(&request)?;
    let content = ImportRegionsRequest { request_id: String::new(), ..request.clone() };
    let digest = fingerprint::of(&content);
    // What lies in a parent speaks against a region below it, whoever registers that.
    let parents = wanted.iter().filter_map(|region| region.parent.as_ref());
    let parents = parents.filter(|parent| parent.level() != RegionLevel::Province);
    let store = ingest.store.with_access(parents.fold(Access::current(), |access, parent| access.with_region(parent)));
    let write =
        match Write::begin(&store, &ingest.clock, Request { scope: &scope, id: &request.request_id, digest: &digest })
            .await?
        {
            Begun::New(write) => write,
            Begun::Answered(first) => {
                // Whoever answered it first may have been stopped before all was marked.
                mark(ingest, caller, &first).await?;
                return Ok(first);
            }
        };
    check_parents(&write.transaction, write.known_at, &wanted).await?;
    let moved = moved(&write.transaction, &wanted).await?;
    let written = regions::upsert(&write.transaction, &wanted).await?;
    let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
    let response = ImportRegionsResponse {
        changed_count: count(written.changed_count),
        unchanged_count: count(written.unchanged_count),
        moved_regions: moved.iter().map(name::region).collect(),
    };
    let told = Told { action: "import_regions", resource: name::region(&scope), outcome: "accepted" };
    write.commit(caller, &response, told).await?;
    mark(ingest, caller, &response).await?;
    Ok(response)
}

/// The regions that are registered with another parent.
async fn moved(reads: &impl Reads, wanted: &[Region]) -> Result<Vec<RegionCode>, StoreError> {
    let codes: Vec<RegionCode> = wanted.iter().map(|region| region.code.clone()).collect();
    let before = regions::find_many(reads, &codes).await?;
    let differs = |region: &&Region| before.get(&region.code).is_some_and(|before| before.parent != region.parent);
    Ok(wanted.iter().filter(differs).map(|region| region.code.clone()).collect())
}

/// Marks what counties reported at or below regions that have another parent.
async fn mark(ingest: &Ingest, caller: &Caller, response: &ImportRegionsResponse) -> Result<(), StoreError> {
    let moved = response.moved_regions.iter().filter_map(|region| name::parse_region(region).ok());
    mark_below(ingest, caller, &moved.collect::<Vec<_>>()).await
}

/// The regions, and the province that the request is kept with: that of its first region.
fn decode(request: &ImportRegionsRequest) -> Result<(RegionCode, Vec<Region>), RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    if request.regions.is_empty() || request.regions.len() > MAX_ROWS {
        violations
            .add("regions", (format!("does not hold 1 to {MAX_ROWS} regions"), format!("须有1至{MAX_ROWS}个区划")));
    }
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::new();
    for (index, message) in request.regions.iter().take(MAX_ROWS).enumerate() {
        let path = format!("regions[{index}]");
        if !seen.insert(&message.name) {
            violations.add(&format!("{path}.name"), TWICE);
        }
        check_text(|| format!("{path}.display_name"), &message.display_name, &mut violations);
        check_text(|| format!("{path}.data_note"), &message.data_note, &mut violations);
        wanted.extend(school::decode_region(message, &path, &mut violations));
    }
    violations.finish()?;
    let mut scope = wanted
        .first()
        .map(|region| region.code.clone())
        .ok_or_else(|| RpcError::Internal { what: "no region was decoded".to_owned() })?;
    while let Some(parent) = scope.parent() {
        scope = parent;
    }
    Ok((scope, wanted))
}

/// Every parent is registered or in the same request, of a higher level, so that none goes in a circle, and has no schools or submissions of
/// its own: they would be out of reach, for a county has nothing below it.
async fn check_parents(write: &WriteTransaction, now: Timestamp, wanted: &[Region]) -> Result<(), RpcError> {
    let mut violations = Violations::default();
    let codes: BTreeSet<&RegionCode> = wanted.iter().map(|region| &region.code).collect();
    let parents: BTreeSet<RegionCode> = wanted.iter().filter_map(|region| region.parent.clone()).collect();
    let parents: Vec<RegionCode> = parents.into_iter().collect();
    let registered = regions::find_many(write, &parents).await?;
    // Under its lock nobody gives it a school or a month meanwhile, and whoever checked one before looks again. A transaction holds the lock of a
    // province before, which is no county, and these in the order of codes.
    for parent in registered.keys().filter(|parent| parent.level() != RegionLevel::Province) {
        clock::advance(write, parent, now).await?;
    }
    let in_use = regions::list_in_use(write, &parents).await?;
    for (index, region) in wanted.iter().enumerate() {
        let Some(parent) = &region.parent else { continue };
        let named = name::region(parent);
        let fault: Fault = if !codes.contains(parent) && !registered.contains_key(parent) {
            (format!("{named} is not registered"), format!("所指的 {named} 没有登记")).into()
        } else if parent.level() >= region.code.level() {
            (format!("{named} is not of a higher level"), format!("所指的 {named} 不是更高一级的区划")).into()
        } else if in_use.contains(parent) {
            (
                format!("{named} has schools or submissions of its own, so nothing lies below it"),
                format!("所指的 {named} 已有学校或报送，其下不能再设区划"),
            )
                .into()
        } else {
            continue;
        };
        violations.add(&format!("regions[{index}].parent"), fault);
    }
    violations.finish()
}
