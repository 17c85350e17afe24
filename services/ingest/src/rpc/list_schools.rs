//! `ListSchools`: the schools of a county by code, as they are on a day and as they were known at an instant.

use junheng_domain::{
    code::{SchoolCode, day_at, parse_day},
    school::School,
};
use junheng_proto::ingest::v1::{ListSchoolsRequest, ListSchoolsResponse};
use junheng_runtime::Caller;
use junheng_store::schools;
use junheng_wire::{
    name, page, school,
    status::RpcError,
    violations::{NO_DATE, Violations},
};

use super::{PAGE, as_of, require_county};
use crate::Ingest;

#[tracing::instrument(name = "ingest.list_schools", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &ListSchoolsRequest,
) -> Result<ListSchoolsResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("parent", name::parse_region(&request.parent));
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after: Option<SchoolCode> = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    let day = match request.as_of_date.as_str() {
        "" => None,
        day => violations.take("as_of_date", parse_day(day).ok_or(NO_DATE)),
    };
    let instant = as_of::instant("known_at", request.known_at.as_ref(), &mut violations);
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    require_county(&ingest.store, &county, "parent").await?;
    if let Some(instant) = instant {
        as_of::close(ingest, caller, &county, "known_at", instant).await?;
    }
    let today = day_at(instant.unwrap_or_else(|| ingest.clock.now()));
    // A county has few schools, so that the page is cut here.
    let held = schools::list_as_of(&ingest.store, &county, instant).await?;
    let rest = held.into_iter().filter(|history| after.as_ref().is_none_or(|after| history.code() > after));
    let mut rows: Vec<School> =
        rest.filter_map(|history| day.map_or_else(|| Some(history.at(today)), |day| history.on(day))).collect();
    let next_page_token = page::cut(&mut rows, size, |row| row.code.to_string());
    Ok(ListSchoolsResponse { schools: rows.iter().map(|row| school::encode(row, &county)).collect(), next_page_token })
}
