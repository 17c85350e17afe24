//! The RPCs, a file each.

mod acknowledge_submission;
mod as_of;
mod check_service;
mod file_service;
mod get_check_limits;
mod get_facts;
mod get_reporting_calendar;
mod get_reporting_status;
mod get_school;
mod get_submission;
mod get_template;
mod import_file;
mod import_regions;
mod import_schools;
mod inflow_service;
mod list_changes;
mod list_regions;
mod list_rules;
mod list_schools;
mod list_submissions;
mod record_school_events;
mod registry_service;
mod set_check_limits;
mod set_reporting_calendar;
mod submission_service;
mod submit_month;
mod submit_months;
mod withdraw_month;

use std::time::Instant;

use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_runtime::{Around, Caller, Scope};
use junheng_store::{
    Access, Reads, StoreError,
    regions::{self, Place},
};
use junheng_wire::{
    name,
    status::RpcError,
    violations::{NO_COUNTY, PROVINCE, Violations},
};

/// Rows of one kind that a message may have.
pub(crate) const MAX_ROWS: usize = 5_000;
/// County items that a message may have.
pub(crate) const MAX_ITEMS: usize = 1_000;
/// Characters that a text may have.
const MAX_TEXT: usize = 2_000;
/// Rows of a page, unless asked otherwise, and at the most.
const PAGE: (u32, u32) = (100, 1_000);

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

/// Holds a text against what every database stores.
pub(crate) fn check_text(field: impl FnOnce() -> String, text: &str, violations: &mut Violations) {
    if text.contains('\0') || text.chars().count() > MAX_TEXT {
        violations.add(
            &field(),
            (
                format!("holds a NUL character or more than {MAX_TEXT} characters"),
                format!("含有空字符（NUL）或超过{MAX_TEXT}个字"),
            ),
        );
    }
}

/// A region that is registered.
async fn require_region(reads: &impl Reads, region: &RegionCode) -> Result<(), RpcError> {
    match regions::find(reads, region).await? {
        Some(_) => Ok(()),
        None => Err(RpcError::Missing { resource: name::region(region) }),
    }
}

/// A county that is registered. A region with others below it is none, whatever its code, and a province never is: a city without counties (东莞)
/// is one.
async fn require_county(reads: &impl Reads, county: &RegionCode, field: &str) -> Result<(), RpcError> {
    lowest(regions::find_place(reads, county).await?, county, field)
}

/// What is no county has no submissions; a fault is told of `field`.
pub(crate) fn lowest(place: Place, county: &RegionCode, field: &str) -> Result<(), RpcError> {
    let words = match place {
        Place::Unknown => return Err(RpcError::Missing { resource: name::region(county) }),
        Place::Above => NO_COUNTY,
        Place::Lowest if county.level() == RegionLevel::Province => PROVINCE,
        Place::Lowest => return Ok(()),
    };
    let mut violations = Violations::default();
    violations.add(field, words);
    violations.finish()
}

/// Whether a code is that of a county that is registered.
async fn is_county(reads: &impl Reads, county: &RegionCode) -> Result<bool, StoreError> {
    Ok(lowest(regions::find_place(reads, county).await?, county, "").is_ok())
}
