//! `RegisterStandard`: keeps a standard for good, or tells every fault of its document.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    code::RegionCode,
    standard::{Standard, StandardFaults},
};
use junheng_proto::evaluation::v1::{
    RegisterStandardRequest, RegisterStandardResponse, register_standard_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_store::{Access, Reads, standards, standards::Registered};
use junheng_wire::{fingerprint, name, standard, status::RpcError, violations::Violations};

use crate::{Evaluation, judge};

/// Bytes of a document.
const MAX_DOCUMENT: usize = 256 * 1024;

#[tracing::instrument(name = "evaluation.register_standard", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &RegisterStandardRequest,
) -> Result<RegisterStandardResponse, RpcError> {
    check(request)?;
    if request.validate_only {
        let reads = evaluation.store.begin_read().await?;
        let loaded = load(&reads, &request.document).await?;
        if let Ok(standard) = &loaded {
            find_same(evaluation, &reads, standard).await?;
        }
        reads.finish().await?;
        return Ok(encode(&loaded.map(|standard| Registered { standard: standard.into(), registered_at: None })));
    }
    // It belongs to no region: who may call may write it, whatever the caller's regions are.
    let store = evaluation.store.with_access(Access::current().with_nation());
    let evaluation = &Evaluation { store, ..evaluation.clone() };
    let scope = RegionCode::nation();
    let digest = fingerprint::of(&RegisterStandardRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &scope, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&evaluation.store, &evaluation.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let outcome = match load(&write.transaction, &request.document).await? {
        Err(faults) => Err(faults),
        Ok(standard) => Ok(keep(evaluation, caller, &write, standard).await?),
    };
    let resource = outcome.as_ref().map(|kept| name::standard(&kept.standard.id)).unwrap_or_default();
    let response = encode(&outcome);
    let told = if outcome.is_ok() { "accepted" } else { "refused" };
    write.commit(caller, &response, Told { action: "register_standard", resource, outcome: told }).await?;
    Ok(response)
}

fn check(request: &RegisterStandardRequest) -> Result<(), RpcError> {
    let mut violations = Violations::default();
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    if request.document.is_empty() || request.document.len() > MAX_DOCUMENT || request.document.contains('\0') {
        violations.add(
            "document",
            (
                format!("is empty, holds a NUL character or has more than {MAX_DOCUMENT} bytes"),
                format!("为空、含有空字符（NUL）或超过{MAX_DOCUMENT}字节"),
            ),
        );
    }
    violations.finish()
}

async fn load(reads: &impl Reads, document: &str) -> Result<Result<Standard, StandardFaults>, RpcError> {
    let bases = standards::list_bases(reads, document).await?;
    let document = document.to_owned();
    judge::apart(move || Standard::load_with(&document, &|id| bases.get(id).cloned())).await
}

/// The standard itself, where it is registered already; another one under its id refuses it.
async fn find_same(
    evaluation: &Evaluation,
    reads: &impl Reads,
    standard: &Standard,
) -> Result<Option<Registered>, RpcError> {
    match evaluation.store.standards().find(reads, &standard.id).await? {
        Some(known) if known.registered_at.is_none() || known.standard.document != standard.document => {
            Err(RpcError::StandardIdTaken { resource: name::standard(&standard.id) })
        }
        known => Ok(known),
    }
}

async fn keep(
    evaluation: &Evaluation,
    caller: &Caller,
    write: &Write<'_>,
    standard: Standard,
) -> Result<Registered, RpcError> {
    if let Some(same) = find_same(evaluation, &write.transaction, &standard).await? {
        return Ok(same);
    }
    standards::insert(&write.transaction, &standard, write.known_at, caller.subject.as_ref()).await?;
    Ok(Registered { standard: standard.into(), registered_at: Some(write.known_at) })
}

fn encode(outcome: &Result<Registered, StandardFaults>) -> RegisterStandardResponse {
    let outcome = match outcome {
        Ok(registered) => Outcome::Standard(standard::encode_registered(registered, false)),
        Err(faults) => Outcome::Refusal(standard::encode_faults(faults)),
    };
    RegisterStandardResponse { outcome: Some(outcome) }
}
