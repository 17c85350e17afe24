//! `SetReportingCalendar`: says until which day the counties of a region report, from a month on.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    code::Month,
    inflow::{CalendarEntry, DueDay, effective},
};
use junheng_proto::ingest::v1::{SetReportingCalendarRequest, SetReportingCalendarResponse};
use junheng_runtime::Caller;
use junheng_store::{regions, reporting_calendars};
use junheng_wire::{fingerprint, inflow, name, status::RpcError, time, violations::Violations};

use super::require_region;
use crate::Ingest;

#[tracing::instrument(name = "ingest.set_reporting_calendar", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &SetReportingCalendarRequest,
) -> Result<SetReportingCalendarResponse, RpcError> {
    let entry = decode(request)?;
    require_region(&ingest.store, &entry.region).await?;
    let digest = fingerprint::of(&SetReportingCalendarRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &entry.region, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&ingest.store, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    reporting_calendars::append(&write.transaction, &entry, write.known_at).await?;
    let chain = regions::list_above(&write.transaction, std::slice::from_ref(&entry.region)).await?.concat();
    let entries = reporting_calendars::list(&write.transaction, &chain, None).await?;
    let response = SetReportingCalendarResponse {
        calendar: Some(inflow::encode_calendar(effective(&chain, &entries, entry.from))),
        known_at: Some(time::encode(write.known_at)),
    };
    let told = Told { action: "set_reporting_calendar", resource: name::region(&entry.region), outcome: "accepted" };
    write.commit(caller, &response, told).await?;
    Ok(response)
}

fn decode(request: &SetReportingCalendarRequest) -> Result<CalendarEntry, RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    let region = violations.take("region", name::parse_region(&request.region));
    let from = violations.take("from_month", request.from_month.parse::<Month>());
    let due_day = request.due_day.and_then(|day| violations.take("due_day", DueDay::new(day)));
    violations.finish()?;
    let (Some(region), Some(from)) = (region, from) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(CalendarEntry { region, from, due_day })
}
