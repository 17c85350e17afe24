//! `ListEvaluations`: stored evaluations of a county, newest month first.

use junheng_domain::code::Month;
use junheng_proto::evaluation::v1::{ListEvaluationsRequest, ListEvaluationsResponse};
use junheng_runtime::Caller;
use junheng_store::evaluations;
use junheng_wire::{name, page, status::RpcError, violations::Violations};

use super::require_region;
use crate::Evaluation;

/// Evaluations of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (10, 100);

#[tracing::instrument(name = "evaluation.list_evaluations", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ListEvaluationsRequest,
) -> Result<ListEvaluationsResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("parent", name::parse_region(&request.parent));
    let month = if request.month.is_empty() { None } else { violations.take("month", request.month.parse::<Month>()) };
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after: Option<(Month, String)> = page::token(&request.page_token, &mut violations, |token| {
        let (month, standard) = token.split_once('.')?;
        Some((month.parse().ok()?, name::parse_standard(&name::standard(standard)).ok()?))
    });
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    require_region(&evaluation.store, &county).await?;
    let after = after.as_ref().map(|(month, standard)| (*month, standard.as_str()));
    let mut rows = evaluations::list(&evaluation.store, &county, month, after, size + 1).await?;
    let next_page_token = page::cut(&mut rows, size, |row| format!("{}.{}", row.month, row.standard_id));
    let evaluations = rows.iter().map(super::decode).collect::<Result<_, _>>()?;
    Ok(ListEvaluationsResponse { evaluations, next_page_token })
}
