//! The RPCs, a file each.

mod attribute_variation;
mod compare_evaluations;
mod compare_standards;
mod evaluate_county;
mod evaluate_province;
mod evaluation_server;
mod evaluation_service;
mod explain_verdict;
mod get_evaluation;
mod get_province_summary;
mod get_standard;
mod grant_waiver;
mod list_evaluations;
mod list_standards;
mod list_standards_in_force;
mod list_waivers;
mod province_counts;
mod question;
mod recompute_evaluations;
mod register_standard;
mod revoke_waiver;
mod set_standard_in_force;
mod simulate_county;
mod standard_service;
mod summaries;
mod waiver_service;

use std::time::Instant;

pub(crate) use evaluation_server::EvaluationServer;
use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_proto::evaluation::v1::{self as proto, EvaluationView};
use junheng_runtime::{Around, Caller, Scope};
use junheng_store::{Access, Reads, evaluations, regions};
use junheng_wire::{
    name,
    status::RpcError,
    time,
    violations::{NO_INSTANT, Violations},
};
use prost::Message as _;

/// Puts the caller's regions, and the instant after which nobody waits, around each step of a call: what it asks the store for is held against
/// them.
pub(crate) fn surround(caller: &Caller, deadline: Option<Instant>) -> Around {
    let access = match &*caller.scope {
        Scope::Everything => Access::everything(),
        Scope::Regions(codes) => Access::regions(codes),
    };
    let access = access.until(deadline);
    Box::new(move |step| access.enter(step))
}

/// A region that is registered.
async fn require_region(reads: &impl Reads, region: &RegionCode) -> Result<(), RpcError> {
    match regions::find(reads, region).await? {
        Some(_) => Ok(()),
        None => Err(RpcError::Missing { resource: name::region(region) }),
    }
}

/// Reads the instant that a question is asked as of.
fn as_of(field: &str, message: Option<&junheng_proto::Timestamp>, violations: &mut Violations) -> Option<Timestamp> {
    // Clocks count milliseconds: what lies between two is the earlier.
    let instant = time::decode(message?).and_then(|instant| Timestamp::from_millisecond(instant.as_millisecond()).ok());
    if instant.is_none() {
        violations.add(field, NO_INSTANT);
    }
    instant
}

/// Reads a view.
fn view(view: i32, violations: &mut Violations) -> EvaluationView {
    EvaluationView::try_from(view).unwrap_or_else(|_| {
        violations.add("view", ("is no known view", "不是已有的视图"));
        EvaluationView::Unspecified
    })
}

/// The message of a stored evaluation.
fn decode(row: &evaluations::Evaluation) -> Result<proto::Evaluation, RpcError> {
    proto::Evaluation::decode(row.evaluation.as_slice())
        .map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}
