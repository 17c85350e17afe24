//! `SetCheckLimits`: sets the limits of a region, or tells every fault of the document.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{checks::LimitsDocument, code::RegionCode};
use junheng_proto::ingest::v1::{LimitsFault, SetCheckLimitsRequest, SetCheckLimitsResponse};
use junheng_runtime::Caller;
use junheng_store::{check_limits, check_limits::CheckLimits};
use junheng_wire::{fingerprint, name, status::RpcError, time, violations::Violations};

use super::require_region;
use crate::Ingest;

/// Bytes of a document.
const MAX_DOCUMENT: usize = 64 * 1024;

#[tracing::instrument(name = "ingest.set_check_limits", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: SetCheckLimitsRequest,
) -> Result<SetCheckLimitsResponse, RpcError> {
    let region = decode(&request)?;
    require_region(&ingest.store, &region).await?;
    let digest = fingerprint::of(&SetCheckLimitsRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &region, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&ingest.store, &ingest.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let response = match LimitsDocument::parse(&request.document) {
        Ok(_) => {
            let limits =
                CheckLimits { region: region.clone(), known_at: write.known_at, document: request.document.clone() };
            check_limits::append(&write.transaction, &limits).await?;
            SetCheckLimitsResponse { faults: vec![], known_at: Some(time::encode(write.known_at)) }
        }
        Err(faults) => {
            let fault =
                |fault: junheng_domain::checks::LimitsFault| LimitsFault { line: fault.line, message: fault.reason };
            SetCheckLimitsResponse { faults: faults.into_iter().map(fault).collect(), known_at: None }
        }
    };
    let accepted = response.known_at.is_some();
    write
        .commit(
            caller,
            &response,
            Told {
                action: "set_check_limits",
                resource: name::region(&region),
                outcome: if accepted { "accepted" } else { "refused" },
            },
        )
        .await?;
    Ok(response)
}

fn decode(request: &SetCheckLimitsRequest) -> Result<RegionCode, RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    let region = violations.take("region", name::parse_region(&request.region));
    if request.document.len() > MAX_DOCUMENT || request.document.contains('\0') {
        violations.add(
            "document",
            (
                format!("holds a NUL character or more than {MAX_DOCUMENT} bytes"),
                format!("含有空字符（NUL）或超过{MAX_DOCUMENT}字节"),
            ),
        );
    }
    violations.finish()?;
    region.ok_or_else(|| RpcError::Missing { resource: request.region.clone() })
}
