//! `ListSchools`: the schools of a county by code, as they are now.

use junheng_proto::ingest::v1::{ListSchoolsRequest, ListSchoolsResponse};
use junheng_runtime::Caller;
use junheng_store::schools;
use junheng_wire::{name, page, school, status::RpcError, violations::Violations};

use super::{PAGE, require_county};
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
    let after = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    require_county(&ingest.store, &county, "parent").await?;
    let mut rows = schools::list_page(&ingest.store, &county, after.as_ref(), size + 1).await?;
    let next_page_token = page::cut(&mut rows, size, |row| row.code.to_string());
    Ok(ListSchoolsResponse { schools: rows.iter().map(|row| school::encode(row, &county)).collect(), next_page_token })
}
