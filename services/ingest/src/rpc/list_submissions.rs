//! `ListSubmissions`: a county's submissions, newest month first and within it newest first, without facts; of findings
//! the groups alone, as a page of refused months would else not fit into an answer.

use junheng_domain::code::Month;
use junheng_proto::ingest::v1::{ListSubmissionsRequest, ListSubmissionsResponse, Submission};
use junheng_runtime::Caller;
use junheng_store::submissions;
use junheng_wire::{name, page, status::RpcError, submission, violations::Violations};

use super::{PAGE, require_county};
use crate::Ingest;

#[tracing::instrument(name = "ingest.list_submissions", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &ListSubmissionsRequest,
) -> Result<ListSubmissionsResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("parent", name::parse_region(&request.parent));
    let month = if request.month.is_empty() { None } else { violations.take("month", request.month.parse::<Month>()) };
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| {
        let (month, number) = token.split_once('.')?;
        Some((month.parse().ok()?, number.parse().ok()?))
    });
    violations.finish()?;
    let county = county.ok_or_else(|| RpcError::Missing { resource: request.parent.clone() })?;
    require_county(&ingest.store, &county, "parent").await?;
    let mut rows = submissions::list(&ingest.store, &county, month, after, size + 1).await?;
    let next_page_token = page::cut(&mut rows, size, |row| format!("{}.{}", row.content.month, row.number));
    Ok(ListSubmissionsResponse { submissions: rows.iter().map(summary).collect(), next_page_token })
}

fn summary(row: &submissions::Submission) -> Submission {
    Submission { findings: vec![], ..submission::encode(row) }
}
