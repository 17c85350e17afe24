//! `ListRegions`: the regions by code, or those directly below one.

use junheng_proto::ingest::v1::{ListRegionsRequest, ListRegionsResponse};
use junheng_runtime::Caller;
use junheng_store::regions;
use junheng_wire::{name, page, school, status::RpcError, violations::Violations};

use super::PAGE;
use crate::Ingest;

#[tracing::instrument(name = "ingest.list_regions", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &ListRegionsRequest,
) -> Result<ListRegionsResponse, RpcError> {
    let mut violations = Violations::default();
    let parent =
        if request.parent.is_empty() { None } else { violations.take("parent", name::parse_region(&request.parent)) };
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let mut rows = regions::list(&ingest.store, parent.as_ref(), after.as_ref(), size + 1).await?;
    let next_page_token = page::cut(&mut rows, size, |row| row.code.to_string());
    Ok(ListRegionsResponse { regions: rows.iter().map(school::encode_region).collect(), next_page_token })
}
