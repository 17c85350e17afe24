//! `ListAuditRecords`: who did what, for auditors.

use junheng_proto::reporting::v1::{ListAuditRecordsRequest, ListAuditRecordsResponse};
use junheng_runtime::Caller;
use junheng_store::{
    audit::{self, Filter, Kind, Place, Stream},
    regions,
};
use junheng_wire::{
    audit as wire, name, page,
    status::RpcError,
    time,
    violations::{NO_INSTANT, Violations},
};

use crate::Reporting;

/// Records of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (100, 1_000);

#[tracing::instrument(name = "reporting.list_audit_records", skip_all, fields(caller.subject = %caller.subject, region.name = request.parent))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: ListAuditRecordsRequest,
) -> Result<ListAuditRecordsResponse, RpcError> {
    let mut violations = Violations::default();
    let parent = violations.take("parent", name::parse_region_or_nation(&request.parent));
    let kind = violations.take("kind", wire::decode_kind(request.kind));
    let (from, before) = (request.from_time.as_ref(), request.before_time.as_ref());
    let from = from.map(|from| violations.take("from_time", time::decode(from).ok_or(NO_INSTANT))).unwrap_or_default();
    let before =
        before.map(|before| violations.take("before_time", time::decode(before).ok_or(NO_INSTANT))).unwrap_or_default();
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, read_token);
    violations.finish()?;
    let mut regions = vec![];
    if let Some(region) = parent.flatten() {
        let within = regions::list_within(&reporting.store, Some(&region)).await?;
        regions.extend(within.into_iter().map(|region| region.code));
        if regions.is_empty() {
            return Err(RpcError::Missing { resource: request.parent });
        }
    }
    let filter = Filter {
        regions,
        kind: kind.flatten(),
        from,
        before,
        subject: request.subject,
        action: request.action,
        resource: request.resource_prefix,
        request_id: request.request_id,
    };
    let mut records = audit::list_all(&reporting.store, &filter, after.as_ref(), size + 1).await?;
    let token = |last: &audit::Record| format!("{}.{}.{}", last.stream.region, last.stream.kind.name(), last.sequence);
    let next_page_token = page::cut(&mut records, size, token);
    Ok(ListAuditRecordsResponse { records: records.iter().map(wire::encode).collect(), next_page_token })
}

fn read_token(token: &str) -> Option<Place> {
    let mut parts = token.splitn(3, '.');
    let stream = Stream { region: parts.next()?.to_owned(), kind: Kind::named(parts.next()?)? };
    Some((stream, parts.next()?.parse().ok()?))
}
