//! `ListStandards`: the standards by id, without their documents.

use junheng_proto::evaluation::v1::{ListStandardsRequest, ListStandardsResponse};
use junheng_runtime::Caller;
use junheng_wire::{page, standard, status::RpcError, violations::Violations};

use crate::Evaluation;

/// Standards of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (100, 1_000);

#[tracing::instrument(name = "evaluation.list_standards", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ListStandardsRequest,
) -> Result<ListStandardsResponse, RpcError> {
    let mut violations = Violations::default();
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| Some(token.to_owned()));
    violations.finish()?;
    let mut rows = evaluation.store.standards().list(&evaluation.store).await?;
    rows.retain(|row| after.as_ref().is_none_or(|after| row.standard.id > *after));
    let next_page_token = page::cut(&mut rows, size, |row| row.standard.id.clone());
    Ok(ListStandardsResponse {
        standards: rows.iter().map(|row| standard::encode_registered(row, false)).collect(),
        next_page_token,
    })
}
