//! `GetReportingCalendar`: what holds for a region and month.

use junheng_domain::{
    code::Month,
    inflow::{DueDay, effective},
};
use junheng_proto::ingest::v1::{GetReportingCalendarRequest, GetReportingCalendarResponse};
use junheng_runtime::Caller;
use junheng_store::{regions, reporting_calendars};
use junheng_wire::{inflow, name, status::RpcError, violations::Violations};

use super::require_region;
use crate::Ingest;

#[tracing::instrument(name = "ingest.get_reporting_calendar", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetReportingCalendarRequest,
) -> Result<GetReportingCalendarResponse, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region(&request.region));
    let month = match request.month.as_str() {
        "" => Month::at(ingest.clock.now()).ok(),
        month => violations.take("month", month.parse::<Month>()),
    };
    violations.finish()?;
    let (Some(region), Some(month)) = (region, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let reads = ingest.store.begin_read().await?;
    require_region(&reads, &region).await?;
    let chain = regions::list_above(&reads, std::slice::from_ref(&region)).await?.concat();
    let entries = reporting_calendars::list(&reads, &chain, None).await?;
    reads.finish().await?;
    let holds = effective(&chain, &entries, month);
    let day = holds.map_or(DueDay::DEFAULT, |(_, day)| day);
    Ok(GetReportingCalendarResponse {
        calendar: Some(inflow::encode_calendar(holds)),
        month: month.to_string(),
        due_on: day.due_on(month).to_string(),
    })
}
