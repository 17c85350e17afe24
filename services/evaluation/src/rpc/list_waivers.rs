//! `ListWaivers`: the grants of a county by number, as they were known at an instant.

use junheng_domain::code::Month;
use junheng_proto::evaluation::v1::{ListWaiversRequest, ListWaiversResponse};
use junheng_runtime::Caller;
use junheng_store::waivers;
use junheng_wire::{name, page, status::RpcError, violations::Violations, waiver};

use super::{question::close_county, require_region};
use crate::Evaluation;

/// Grants of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (100, 1_000);

#[tracing::instrument(name = "evaluation.list_waivers", skip_all, fields(caller.subject = %caller.subject, region.name = request.parent))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ListWaiversRequest,
) -> Result<ListWaiversResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("parent", name::parse_region(&request.parent));
    let month = match request.month.as_str() {
        "" => None,
        month => violations.take("month", month.parse::<Month>()),
    };
    let as_of = super::as_of("as_of", request.as_of.as_ref(), &mut violations);
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| token.parse::<u32>().ok());
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })?;
    require_region(&evaluation.store, &county).await?;
    if let Some(as_of) = as_of {
        close_county(evaluation, caller, &county, as_of).await?;
    }
    let mut grants = waivers::list_as_of(&evaluation.store, &county, as_of).await?;
    grants.retain(|grant| {
        month.is_none_or(|month| grant.waiver.covers(month)) && after.is_none_or(|after| grant.number > after)
    });
    let next_page_token = page::cut(&mut grants, size, |grant| grant.number.to_string());
    let waivers = grants.iter().map(|grant| waiver::encode_grant(grant, &county)).collect();
    Ok(ListWaiversResponse { waivers, next_page_token })
}
