//! `ListReports`: the issued reports of a county, newest first, without their content.

use junheng_domain::code::Month;
use junheng_proto::reporting::v1::{ListReportsRequest, ListReportsResponse};
use junheng_runtime::Caller;
use junheng_store::{regions, reports};
use junheng_wire::{name, page, report, status::RpcError, violations::Violations};

use crate::Reporting;

/// Rows of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (100, 1_000);

#[tracing::instrument(name = "reporting.list_reports", skip_all, fields(caller.subject = %caller.subject, region.name = request.parent))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &ListReportsRequest,
) -> Result<ListReportsResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("parent", name::parse_region(&request.parent));
    let month = if request.month.is_empty() { None } else { violations.take("month", request.month.parse::<Month>()) };
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let before = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.parent.clone() };
    let county = county.ok_or_else(missing)?;
    regions::find(&reporting.store, &county).await?.ok_or_else(missing)?;
    let mut rows = reports::list(&reporting.store, &county, month, before, size + 1).await?;
    let next_page_token = page::cut(&mut rows, size, |row| row.number.to_string());
    Ok(ListReportsResponse { reports: rows.iter().map(report::encode).collect(), next_page_token })
}
