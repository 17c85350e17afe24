//! `GetTemplate`: a workbook for one county and month, to fill in.

use std::sync::Arc;

use junheng_domain::{
    code::{Month, RegionCode},
    facts::CountyItem,
    standard::{ITEM_VALID_MONTHS_AT_MOST, Standard},
};
use junheng_proto::ingest::v1::{GetTemplateRequest, GetTemplateResponse};
use junheng_runtime::Caller;
use junheng_store::{CountyMonth, Reads, county_items, in_force_entries, regions, school_facts, schools, submissions};
use junheng_wire::{name, status::RpcError, violations::Violations};

use super::require_county;
use crate::{
    Ingest,
    file::{Before, Template, WorkbookError},
};

/// Media type of a workbook.
pub(super) const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[tracing::instrument(name = "ingest.get_template", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetTemplateRequest,
) -> Result<GetTemplateResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    let standard = match request.standard.as_str() {
        "" => None,
        named => violations.take("standard", name::parse_standard(named)),
    };
    violations.finish()?;
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let reads = ingest.store.begin_read().await?;
    require_county(&reads, &county, "region").await?;
    let template = template(ingest, &reads, &county, month, standard.as_deref()).await?;
    reads.finish().await?;
    let file_name = template.file_name();
    let content = written(blocking(move || template.write()).await?)?;
    Ok(GetTemplateResponse { content, media_type: MEDIA_TYPE.to_owned(), file_name })
}

/// What a county's template for a month is made of.
pub(super) async fn template(
    ingest: &Ingest,
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    standard: Option<&str>,
) -> Result<Template, RpcError> {
    let region = regions::find(reads, county).await?;
    let registered = schools::list_as_of(reads, county, None).await?;
    Ok(Template {
        county: county.clone(),
        county_name: region.map(|region| region.name).unwrap_or_default(),
        month,
        schools: registered.iter().filter_map(|school| school.in_month(month)).collect(),
        standards: standards(ingest, reads, county, month, standard).await?,
        before: before(ingest, reads, county, month).await?,
    })
}

async fn standards(
    ingest: &Ingest,
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    named: Option<&str>,
) -> Result<Vec<Arc<Standard>>, RpcError> {
    let chain = regions::list_above(reads, std::slice::from_ref(county)).await?.concat();
    let entries = in_force_entries::list(reads, &chain, None).await?;
    let ids = named.map_or_else(|| in_force_entries::nearest(&chain, &entries, month), |named| [named].into());
    let mut standards = Vec::new();
    for id in ids {
        let found = ingest.store.standards().find(reads, id).await?;
        let missing = || RpcError::StandardMissing { resource: name::standard(id) };
        standards.push(found.ok_or_else(missing)?.standard);
    }
    Ok(standards)
}

/// What was reported last, within the year before the month.
async fn before(
    ingest: &Ingest,
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
) -> Result<Option<Before>, RpcError> {
    let back = |months: u16| Month::from_ordinal(month.ordinal() - i32::from(months));
    // The months after the first, up to and including the second.
    let (Ok(after), Ok(last)) = (back(ITEM_VALID_MONTHS_AT_MOST + 1), back(1)) else { return Ok(None) };
    let Some(newest) = submissions::list_months(reads, county, after, last).await?.pop() else { return Ok(None) };
    let Some(current) = submissions::find_current(reads, county, newest, None).await? else { return Ok(None) };
    let question = CountyMonth { county: county.clone(), month: last, as_of: ingest.clock.now() };
    let items = county_items::list_latest(reads, &[question], ITEM_VALID_MONTHS_AT_MOST).await?;
    let items: Vec<CountyItem> = items.into_iter().flatten().map(|dated| dated.item).collect();
    let facts = school_facts::list(reads, county, newest, current.number).await?;
    Ok(Some(Before { month: newest, facts, items }))
}

/// Does what takes the processor for long where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RpcError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| RpcError::Internal { what: format!("a file: {error}") })
}

/// A workbook that was written, or could not be.
pub(super) fn written(result: Result<Vec<u8>, WorkbookError>) -> Result<Vec<u8>, RpcError> {
    result.map_err(|error| RpcError::Internal { what: format!("a workbook: {error:?}") })
}
