//! The RPCs, a file each.

mod evaluate_county;
mod evaluation_server;
mod evaluation_service;
mod get_evaluation;
mod get_standard;
mod list_evaluations;
mod list_standards;
mod recompute_evaluations;
mod standard_service;

pub(crate) use evaluation_server::EvaluationServer;
use junheng_domain::code::RegionCode;
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{Reads, evaluations, regions};
use junheng_wire::{name, status::RpcError};
use prost::Message as _;

/// A region that is registered.
async fn require_region(reads: &impl Reads, region: &RegionCode) -> Result<(), RpcError> {
    match regions::find(reads, region).await? {
        Some(_) => Ok(()),
        None => Err(RpcError::Missing { resource: name::region(region) }),
    }
}

/// The message of a stored evaluation.
fn decode(row: &evaluations::Evaluation) -> Result<proto::Evaluation, RpcError> {
    proto::Evaluation::decode(row.evaluation.as_slice())
        .map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}
