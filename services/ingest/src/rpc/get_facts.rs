//! `GetFacts`: what counts for a county's month, now or as of an instant; as of an instant the answer never changes.

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::ITEM_VALID_MONTHS_AT_MOST,
};
use junheng_proto::ingest::v1::{GetFactsRequest, GetFactsResponse};
use junheng_runtime::Caller;
use junheng_store::{CountyMonth, Reads, clock, county_items, school_facts, submissions};
use junheng_wire::{acknowledgement, facts, item, name, status::RpcError, time, violations::Violations};

use super::{close, instant, require_county};
use crate::Ingest;

#[tracing::instrument(name = "ingest.get_facts", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetFactsRequest,
) -> Result<GetFactsResponse, RpcError> {
    let (county, month, as_of) = decode(request)?;
    require_county(&ingest.store, &county, "region").await?;
    if let Some(as_of) = as_of {
        close(ingest, caller, &county, as_of, "as_of").await?;
    }
    let reads = ingest.store.begin_read().await?;
    // Of a county that was never written nothing is known at any time.
    let known = clock::find(&reads, &county).await?.unwrap_or(Timestamp::MIN);
    let response = read(&reads, county, month, as_of.map_or(known, |as_of| as_of.min(known))).await?;
    reads.finish().await?;
    Ok(response)
}

fn decode(request: &GetFactsRequest) -> Result<(RegionCode, Month, Option<Timestamp>), RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    let as_of = instant(request.as_of.as_ref(), "as_of", &mut violations);
    violations.finish()?;
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok((county, month, as_of))
}

/// Nothing of it depends on anything but what was known at the instant.
async fn read(
    reads: &impl Reads,
    county: RegionCode,
    month: Month,
    as_of: Timestamp,
) -> Result<GetFactsResponse, RpcError> {
    let missing = || RpcError::MonthNotReported { resource: name::region(&county) };
    let current = submissions::find_current(reads, &county, month, Some(as_of)).await?.ok_or_else(missing)?;
    let schools = school_facts::list(reads, &county, month, current.number).await?;
    let items = county_items::list(reads, &county, month, current.number).await?;
    let name = name::submission(&county, month, current.number);
    let asked = CountyMonth { county, month, as_of };
    let counting = county_items::list_latest(reads, &[asked], ITEM_VALID_MONTHS_AT_MOST).await?;
    Ok(GetFactsResponse {
        submission: name,
        revision: current.state.revision(),
        known_at: Some(time::encode(current.content.known_at)),
        content_digest: current.content.content_digest,
        acknowledgements: current.content.acknowledgements.iter().map(acknowledgement::encode).collect(),
        schools: schools.iter().map(facts::encode).collect(),
        items: items.iter().map(item::encode).collect(),
        counting_items: counting.iter().flatten().map(item::encode_dated).collect(),
    })
}
