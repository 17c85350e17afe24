//! Holds a submission against the registry, the standards and what was reported before.

use std::sync::Arc;

use junheng_domain::{
    checks::{Registry, check_facts, check_items},
    code::Month,
    facts::CountyItem,
    finding::{Fault, Finding, Term},
    standard::Standard,
};
use junheng_store::{Reads, StoreError, county_items, schools, standards::Loaded, submissions};
use junheng_wire::status::RpcError;

use super::Submission;

/// Finds every fault of the data, with those that reading it found.
pub(crate) async fn check(
    reads: &impl Reads,
    standards: &Loaded,
    submission: &Submission,
    now: jiff::Timestamp,
) -> Result<Vec<Finding>, RpcError> {
    let registered = schools::list_as_of(reads, &submission.county, None).await?;
    // What a school is follows from the month, not from today.
    let registered: std::collections::BTreeMap<_, _> =
        registered.into_iter().map(|history| (history.code().clone(), history.view_in(submission.month))).collect();
    let unknown: Vec<_> = submission
        .schools
        .iter()
        .map(|row| &row.facts.school)
        .filter(|code| !registered.contains_key(*code))
        .cloned()
        .collect();
    let elsewhere = schools::list_registered_elsewhere(reads, &submission.county, &unknown).await?;
    let standards: Vec<Arc<Standard>> =
        standards.list(reads).await?.into_iter().map(|registered| registered.standard).collect();
    let mut findings = submission.findings.clone();
    if Month::at(now).is_ok_and(|current| submission.month > current) {
        let fault = Fault::MonthNotBegun { month: submission.month.into() };
        findings.push(Finding::of(fault, "month").found(submission.month.to_string()));
    }
    findings.extend(check_facts(&submission.schools, &Registry { schools: registered, elsewhere }, submission.month));
    findings.extend(check_items(&submission.items, &standards, submission.month));
    findings.extend(withdrawn(reads, submission).await?);
    Ok(findings)
}

/// A revision is whole: county items of the one before that it does not repeat are withdrawn, which is seldom meant.
async fn withdrawn(reads: &impl Reads, submission: &Submission) -> Result<Option<Finding>, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    let Some(current) = submissions::find_current(reads, county, month, None).await? else { return Ok(None) };
    let before = county_items::list(reads, county, month, current.number).await?;
    let repeated = |old: &CountyItem| {
        submission.items.iter().any(|row| row.item.item == old.item && row.item.operand == old.operand)
    };
    let gone: Vec<_> =
        before.iter().filter(|old| !repeated(old)).map(|old| format!("{}.{}", old.item, old.operand)).collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let fault = Fault::ItemWithdrawn { count: gone.len().into(), operands: Term::list(&gone) };
    Ok(Some(Finding::of(fault, "items")))
}
