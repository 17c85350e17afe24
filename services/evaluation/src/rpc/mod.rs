//! The RPCs, a file each.

mod compare_evaluations;
mod evaluate_county;
mod evaluation_service;
mod get_evaluation;
mod get_standard;
mod list_evaluations;
mod list_standards;
mod question;
mod simulate_county;
mod standard_service;

use junheng_domain::code::RegionCode;
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{Reads, evaluations, regions};
use junheng_wire::{name, status::RpcError};
use prost::Message as _;

/// A county that is registered.
async fn require_county(reads: &impl Reads, county: &RegionCode) -> Result<(), RpcError> {
    match regions::find(reads, county).await? {
        Some(_) => Ok(()),
        None => Err(RpcError::Missing { resource: name::region(county) }),
    }
}

/// The message of a stored evaluation.
fn decode(row: &evaluations::Evaluation) -> Result<proto::Evaluation, RpcError> {
    proto::Evaluation::decode(row.evaluation.as_slice())
        .map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}
